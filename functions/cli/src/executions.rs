//! The commands about executions: start, list, describe, history, stop, redrive, export.

pub(crate) mod describe;
pub(crate) mod execution_conditions;
pub(crate) mod export;
mod followed_execution;
pub(crate) mod history;
mod history_line;
pub(crate) mod list;
mod named_executions;
mod newest_first;
mod payload_filter;
pub(crate) mod redrive;
pub(crate) mod start;
pub(crate) mod stop;
