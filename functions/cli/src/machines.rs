//! The commands about state machines: machines, deploy, delete, import.

pub(crate) mod delete;
pub(crate) mod deploy;
mod deployment;
pub(crate) mod import;
pub(crate) mod list;
