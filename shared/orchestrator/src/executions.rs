//! Starts executions, whoever asks for it, and looks up executions and machines by their ARNs.

mod execution_input;
mod lookup;
mod start;

pub use start::{RepeatPolicy, StartExecution, StartRejection, StartedExecution};

pub(crate) use execution_input::parse_execution_input;
pub(crate) use lookup::{execution_id_here, machine_here};
pub(crate) use start::{StartOrder, send_first_messages, start};
