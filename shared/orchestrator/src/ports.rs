//! Ports: what use cases need from the world. An adapter implements them; a use case's bounds name
//! the ones that it uses, which is its IAM policy in the cloud.

mod caller;
mod clock;
mod dead_letters;
mod executions;
mod fans;
mod log;
mod machines;
mod queue;
mod stored;

pub use caller::{CallOutcome, CallRequest, TaskCaller};
pub use clock::{Clock, RandomSource};
pub use dead_letters::DeadLetterQueue;
pub use executions::{ExecutionCreation, ExecutionPage, ExecutionStore, ListedExecution};
pub use fans::FanInStore;
pub use log::{AppendOutcome, HistoryReader, LogHead, RecordLog};
pub use machines::{MachineCreation, StateMachineStore};
pub use queue::{MessageDelivery, MessageQueue, QueueName};
pub use stored::HasStore;
