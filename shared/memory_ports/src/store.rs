//! The in-memory store: maps behind one lock.
//!
//! Invariant: deleting an execution deletes all its entries, and deleting a machine deletes its
//! executions and revisions. Nothing is written to an execution that does not exist.

mod activities;
mod dead_letters;
mod deaths;
mod executions;
mod fan_ins;
mod jobs;
mod log;
mod machines;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

use model::{
    Activity, ActivityTask, Execution, ExecutionId, FanInItems, FramePath, JobName,
    MessageIdentity, QueueMessage, Record, RecordKey, RecordNumber, ResourceName, Revision,
    RevisionId, StateMachine, TaskToken, Timestamp,
};
use orchestrator::{Fault, ports::DeathCount};

use crate::lock_unpoisoned;
use executions::ListCursor;

/// Stores logs, fan-ins, executions, machines and activities until the last clone is dropped. Clones share
/// them.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<MemoryState>>,
}

/// Says why the store could not do its work. Use cases see it as the source of a [`Fault`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MemoryStoreError {
    /// The page token was not issued by this store.
    #[error("'{0}' is not a page token of this store")]
    PageToken(String),
}

#[derive(Debug, Default)]
struct MemoryState {
    records: BTreeMap<RecordKey, Arc<Record>>,
    /// Renewed leases, each as long as its record is the head of its log.
    leases: BTreeMap<RecordKey, Timestamp>,
    fan_ins: BTreeMap<RecordKey, FanInItems>,
    executions: BTreeMap<ExecutionId, StoredExecution>,
    /// Executions in the order in which they are listed.
    lists: BTreeMap<ListCursor, ExecutionId>,
    /// Number of executions ever started.
    started: u64,
    deaths: BTreeMap<MessageIdentity, DeathCount>,
    /// The tasks that wait for jobs of services.
    awaited_jobs: BTreeMap<JobName, TaskToken>,
    /// Dead letters with their reasons.
    dead_letters: Vec<(QueueMessage, String)>,
    machines: BTreeMap<ResourceName, Arc<StateMachine>>,
    revisions: BTreeMap<RevisionId, (ResourceName, Arc<Revision>)>,
    activities: BTreeMap<ResourceName, Arc<Activity>>,
    /// Tasks that wait for workers, of each activity in the order in which they are offered.
    activity_tasks: BTreeSet<ActivityTask>,
}

#[derive(Debug)]
struct StoredExecution {
    execution: Arc<Execution>,
    /// The key of the execution in `lists`.
    cursor: ListCursor,
}

impl MemoryStore {
    /// Makes an empty store.
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
            self.lists.remove(&started.cursor);
        }
        remove_entries_of_execution(&mut self.records, id);
        remove_entries_of_execution(&mut self.leases, id);
        remove_entries_of_execution(&mut self.fan_ins, id);
        self.deaths.retain(|message, _| message.execution != *id);
    }
}

impl From<MemoryStoreError> for Fault {
    fn from(error: MemoryStoreError) -> Self {
        Self::in_port("store", error)
    }
}

/// Returns the least record key of an execution.
fn first_record_key(execution: &ExecutionId) -> RecordKey {
    let (execution, frame) = (execution.clone(), FramePath::ROOT);
    RecordKey { execution, frame, number: RecordNumber::FIRST }
}

/// Returns the entries of an execution in a map.
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
