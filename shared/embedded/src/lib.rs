//! The ports on one machine: SQLite with group commit, a queue in memory, Lambda functions as
//! child processes.
//!
//! Invariant: the queue may be lost at any moment; [`recover`] makes it again from the log.

pub mod lambda;
mod local;
mod queue;
pub mod store;

pub use local::{LocalPorts, QueueWorkers, recover_executions};
pub use queue::LocalQueue;
pub use store::{RunningHead, SqliteStore};
