//! Ports and use cases: everything between a message or an API call and the engine.
//!
//! The path of one message: [`handle_message`] → load → `engine::advance` → append → perform the
//! next action → acknowledge. `messages/advance_frame.rs` shows all of it.
//!
//! ```text
//! api ──────────▶ messages ──▶ integrations ──▶ executions ──▶ frames ──▶ ports
//! one file per    one file per  calls that we    how one        what is
//! operation       message kind  serve ourselves  starts         done to a frame
//! ```
//!
//! Invariant: these arrows go one way (`tests/tidy`).
//! Invariant: nothing is sent before it is durable; nothing is acknowledged before it is sent.
//! Invariant: no AWS SDK, no HTTP type, no `if local` (`tests/tidy`).

pub mod api;
mod context;
mod definition_cache;
mod executions;
mod fault;
mod frames;
mod history_order;
mod integrations;
mod messages;
pub mod ports;
mod rejection;
pub mod roles;

pub use context::{EngineContext, EngineSettings};
pub use definition_cache::DefinitionCache;
pub use executions::{
    AnswerEffect, RepeatPolicy, RewokenExecutions, StartExecution, StartRejection,
    StartedExecution, complete_function_call, continue_deletions, report_job_change,
    rewake_executions,
};
pub use fault::Fault;
pub use frames::schedule_execution_timeout;
pub use integrations::{can_call, is_own_integration};
pub use messages::{
    Disposition, count_earlier_deaths, fault_backoff_milliseconds, forget_deaths, handle_message,
    handle_step_message,
};
pub use rejection::{
    ActivityNotFound, ApiError, ExceptionMember, LabelledArn, Rejection, StateMachineIsDeleting,
    StateMachineNotFound, TooManyTags, TypeNotSupported,
};
