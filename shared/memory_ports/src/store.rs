//! The store: maps behind one lock.
//!
//! Invariant: what is of an execution goes with it, and what is of a machine with that; nothing is
//! written to an execution that is not there.

mod dead_letters;
mod executions;
mod fan_ins;
mod log;
mod machines;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use model::{
    Execution, ExecutionId, FanIn, FramePath, QueueMessage, Record, RecordKey, RecordNumber,
    ResourceName, Revision, RevisionId, StateMachine, Timestamp,
};
use orchestrator::Fault;

use crate::lock_unpoisoned;
use executions::ListCursor;

/// Logs, fans, executions and machines, gone with the last clone. Cloning shares them.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<MemoryState>>,
}

/// Why the store could not do its work. Use cases see it as the source of a [`Fault`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MemoryStoreError {
    /// A page token that this store did not give.
    #[error("'{0}' is not a page token of this store")]
    PageToken(String),
}

#[derive(Debug, Default)]
struct MemoryState {
    records: BTreeMap<RecordKey, Arc<Record>>,
    /// What claims were renewed to, as long as they are heads.
    leases: BTreeMap<RecordKey, Timestamp>,
    fans: BTreeMap<RecordKey, Arc<FanIn>>,
    executions: BTreeMap<ExecutionId, StoredExecution>,
    /// Executions in the order of their lists.
    lists: BTreeMap<ListCursor, ExecutionId>,
    /// How many executions were ever started.
    started: u64,
    /// Messages that nobody could handle, with the reasons.
    dead_letters: Vec<(QueueMessage, String)>,
    machines: BTreeMap<ResourceName, Arc<StateMachine>>,
    revisions: BTreeMap<RevisionId, (ResourceName, Arc<Revision>)>,
}

#[derive(Debug)]
struct StoredExecution {
    execution: Arc<Execution>,
    /// Where it stands in its list.
    place: ListCursor,
}

impl MemoryStore {
    /// A store without anything.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock_state(&self) -> MutexGuard<'_, MemoryState> {
        lock_unpoisoned(&self.state)
    }
}

impl MemoryState {
    fn has_execution(&self, execution: &ExecutionId) -> bool {
        self.executions.contains_key(execution)
    }

    fn remove_execution(&mut self, id: &ExecutionId) {
        if let Some(started) = self.executions.remove(id) {
            self.lists.remove(&started.place);
        }
        remove_entries_of_execution(&mut self.records, id);
        remove_entries_of_execution(&mut self.leases, id);
        remove_entries_of_execution(&mut self.fans, id);
    }
}

impl From<MemoryStoreError> for Fault {
    fn from(error: MemoryStoreError) -> Self {
        Self::in_port("store", error)
    }
}

/// The least key of an execution.
fn first_record_key(execution: &ExecutionId) -> RecordKey {
    let (execution, frame) = (execution.clone(), FramePath::ROOT);
    RecordKey { execution, frame, number: RecordNumber::FIRST }
}

/// What an execution has in a map.
fn entries_of_execution<'map, V>(
    map: &'map BTreeMap<RecordKey, V>,
    execution: &ExecutionId,
) -> impl Iterator<Item = (&'map RecordKey, &'map V)> {
    map.range(first_record_key(execution)..).take_while(move |(key, _)| key.execution == *execution)
}

fn remove_entries_of_execution<V>(map: &mut BTreeMap<RecordKey, V>, execution: &ExecutionId) {
    let keys: Vec<RecordKey> =
        entries_of_execution(map, execution).map(|(key, _)| key.clone()).collect();
    for key in keys {
        map.remove(&key);
    }
}
