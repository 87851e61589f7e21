//! The commands about state machines: machines, deploy, import.

pub(crate) mod deploy;
mod deployment;
pub(crate) mod import;
pub(crate) mod list;
