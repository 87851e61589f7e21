//! Everything on one machine: the embedded ports together, and the workers that serve the queue.

mod port_delegation;
mod recover;
#[cfg(test)]
mod tests;
mod workers;

use std::sync::Arc;

use model::{Record, RecordKey};
use system_clock::SystemClock;
use tokio::sync::mpsc::UnboundedSender;

use crate::{LocalQueue, SqliteStore};

pub use recover::recover_executions;
pub use workers::QueueWorkers;

/// The ports of one machine.
///
/// Each trait is implemented by the part that has it; use cases see one value.
#[derive(Clone)]
pub struct LocalPorts<C> {
    /// Log, history, fans, executions, machines: SQLite.
    pub store: SqliteStore,
    /// The queue: in memory, since the log is the truth.
    pub queue: LocalQueue,
    /// Time and chance.
    pub clock: SystemClock,
    /// Calls of Task states.
    pub caller: C,
    /// Where each record is shown once it is durable, for who wants to watch.
    pub append_watcher: Option<UnboundedSender<(RecordKey, Arc<Record>)>>,
}
