//! Ports: what use cases need from outside. Adapters implement them; a role of [`crate::roles`]
//! combines those that one function may use.

mod activities;
mod activity_tasks;
mod call_slots;
mod clock;
mod composed_ports;
mod compute_pool;
mod dead_letter_queue;
mod death_counter;
mod execution_logs;
mod execution_observer;
mod executions;
mod fan_ins;
mod gates;
mod job_index;
mod message_queue;
mod record_log;
mod state_machines;
mod task_caller;

pub use activities::{ActivityCreation, ActivityStore};
pub use activity_tasks::ActivityTaskQueue;
pub use call_slots::CallSlots;
pub use clock::{Clock, RandomSource};
pub use composed_ports::{ComposedPorts, WithTaskCaller};
pub use compute_pool::{ComputePool, StepOrigin};
pub use dead_letter_queue::DeadLetterQueue;
pub use death_counter::{DeathCount, DeathCounter};
pub use execution_logs::{ExecutionLogBatch, ExecutionLogLine, ExecutionLogs};
pub use execution_observer::{ExecutionObserver, StatusChange};
pub use executions::{
    ExecutionCreation, ExecutionFilter, ExecutionPage, ExecutionStore, ListedExecution, StatusWrite,
};
pub use fan_ins::FanInStore;
pub use gates::GateStore;
pub use job_index::JobIndex;
pub use message_queue::{HANDLED_BY_SENDER, MessageDelivery, MessageQueue};
pub use model::QueueName;
pub use record_log::{AppendOutcome, HistoryReader, LogHead, LogOrder, RecordLog};
pub use state_machines::{MachineCreation, StateMachineStore};
pub use step_budget::StepTime;
pub use task_caller::{
    CallConcurrency, CallOrigin, CallOutcome, CallRequest, IntegrationMistake, JobCancellation,
    MockedFields, TaskCaller,
};
