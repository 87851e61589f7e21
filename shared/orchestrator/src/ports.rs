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

pub use caller::{CallOutcome, CallRequest, Caller};
pub use clock::{Chance, Clock};
pub use dead_letters::DeadLetters;
pub use executions::{Created, ExecutionPage, Executions, ListedExecution};
pub use fans::Fans;
pub use log::{Append, Head, History, Log};
pub use machines::{CreatedMachine, Machines};
pub use queue::{Delivery, Lane, Queue};
pub use stored::HasStore;
