//! The embedded ports together, the workers that serve the queue, and recovery after a restart.

mod call_slots;
mod careful_turns;
mod delivery_place;
mod execution_counts;
mod port_delegation;
mod recover;
mod recovered_sends;
#[cfg(test)]
mod tests;
mod workers;

use std::sync::Arc;

use model::{Record, RecordKey};
use system_clock::SystemClock;
use tokio::sync::mpsc::UnboundedSender;

use crate::{ComputeThreads, ExecutionLogFile, LocalQueue, MemoryPressure, SqliteStore};

pub use call_slots::LocalCallSlots;
pub use careful_turns::LocalDeathCounter;
pub use execution_counts::ExecutionCounts;
pub use recover::recover_executions;
pub(crate) use recovered_sends::sends_are_counted;
pub use workers::QueueWorkers;

/// Combines all ports of one machine in one value for the use cases.
///
/// Each port's trait is implemented by the field that provides it. `C` makes the calls of Task
/// states.
#[derive(Clone)]
pub struct LocalPorts<C> {
    /// Logs, history, fan-ins, executions, machines and dead letters, in SQLite.
    pub store: SqliteStore,
    /// The counts of deaths in that store.
    pub deaths: LocalDeathCounter,
    /// The queue. It is in memory, since the log is the source of truth.
    pub queue: LocalQueue,
    /// The slots for calls.
    pub call_slots: LocalCallSlots,
    /// How close the process is to the memory that it may have.
    pub memory: MemoryPressure,
    /// Computes steps and reads definitions.
    pub compute: ComputeThreads,
    /// The clock and the random source.
    pub clock: SystemClock,
    /// Makes the calls of Task states.
    pub caller: C,
    /// Writes the logs of executions.
    pub execution_log: Arc<ExecutionLogFile>,
    /// Counts what happens to executions.
    pub counts: Arc<ExecutionCounts>,
    /// Receives each record once it is durable; none if nothing watches.
    pub append_watcher: Option<UnboundedSender<(RecordKey, Arc<Record>)>>,
}
