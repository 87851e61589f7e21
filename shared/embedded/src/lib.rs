//! The ports on one machine: SQLite with group commit, a queue in memory, and Lambda functions as
//! child processes; and how to serve HTTP there.
//!
//! Invariant: the queue may be lost at any moment. [`recover_executions`] rebuilds it from the log
//! (`local::tests::forks_in_forks_go_on_whatever_the_crash`).

mod compute_threads;
mod execution_log_file;
pub mod http;
pub mod lambda;
mod local;
mod memory_pressure;
mod queue;
pub mod store;

use std::{io, path::Path};

pub use compute_threads::ComputeThreads;
pub use execution_log_file::{EXECUTION_LOG_NAME, ExecutionLogFile};
pub use local::{
    ExecutionCounts, LocalCallSlots, LocalDeathCounter, LocalPorts, QueueWorkers,
    recover_executions,
};
pub use memory_pressure::{MemoryLevel, MemoryPressure};
pub use queue::LocalQueue;
pub use store::{
    ActivityBacklog, DeadLetter, DeadLettersError, LastEnd, SqliteStore, StoreOpenError,
    StoredCounts, read_dead_letters,
};

/// The file in a data directory in which a server says where it listens.
pub const SERVER_FILE_NAME: &str = "server.json";

/// Writes that file. Only its user may read it.
pub fn write_server_file(directory: &Path, text: &str) -> io::Result<()> {
    store::write_private_file(&directory.join(SERVER_FILE_NAME), text)
}
