//! Message handlers: one file for each kind of message, and what all kinds have in common.

mod advance_and_append;
mod advance_frame;
mod claimed_call;
mod complete_task;
mod deaths;
mod end_execution;
mod handle_message;
mod log_execution;
mod log_line;
mod poll_service_job;
mod poll_submitted;
mod redelivery;
mod redrive_execution;
mod run_express;
mod service_job;
mod start_activity_task;
mod start_execution;
mod start_frame;
mod step_outcome;

pub use deaths::{count_earlier_deaths, fault_backoff_milliseconds, forget_deaths};
pub use handle_message::{handle_message, handle_step_message};
pub use step_outcome::Disposition;

pub(crate) use handle_message::handle_sent_message;
pub(crate) use run_express::run_express_execution;
