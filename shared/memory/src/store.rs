//! The store: maps behind one lock.
//!
//! Invariant: what is of an execution goes with it, and what is of a machine with that; nothing is
//! written to an execution that is not there.

mod dead_letters;
mod executions;
mod fans;
mod log;
mod machines;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use model::{
    Execution, ExecutionId, Fan, FramePath, Message, Name, Record, RecordKey, RecordNumber,
    Revision, RevisionId, StateMachine, Timestamp,
};
use orchestrator::Fault;

use crate::locked;
use executions::Place;

/// Logs, fans, executions and machines, gone with the last clone. Cloning shares them.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
}

/// Why the store could not do its work. Use cases see it as the source of a [`Fault`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A page token that this store did not give.
    #[error("'{0}' is not a page token of this store")]
    PageToken(String),
}

#[derive(Debug, Default)]
struct State {
    records: BTreeMap<RecordKey, Arc<Record>>,
    /// What claims were renewed to, as long as they are heads.
    leases: BTreeMap<RecordKey, Timestamp>,
    fans: BTreeMap<RecordKey, Arc<Fan>>,
    executions: BTreeMap<ExecutionId, Started>,
    /// Executions in the order of their lists.
    lists: BTreeMap<Place, ExecutionId>,
    /// How many executions were ever started.
    started: u64,
    /// Messages that nobody could handle, with the reasons.
    buried: Vec<(Message, String)>,
    machines: BTreeMap<Name, Arc<StateMachine>>,
    revisions: BTreeMap<RevisionId, (Name, Arc<Revision>)>,
}

#[derive(Debug)]
struct Started {
    execution: Arc<Execution>,
    /// Where it stands in its list.
    place: Place,
}

impl MemoryStore {
    /// A store without anything.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }
}

impl State {
    fn has(&self, execution: &ExecutionId) -> bool {
        self.executions.contains_key(execution)
    }

    fn forget_execution(&mut self, id: &ExecutionId) {
        if let Some(started) = self.executions.remove(id) {
            self.lists.remove(&started.place);
        }
        remove_of(&mut self.records, id);
        remove_of(&mut self.leases, id);
        remove_of(&mut self.fans, id);
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::port("store", error)
    }
}

/// The least key of an execution.
fn first_key(execution: &ExecutionId) -> RecordKey {
    let (execution, frame) = (execution.clone(), FramePath::ROOT);
    RecordKey { execution, frame, number: RecordNumber::FIRST }
}

/// What an execution has in a map.
fn range_of<'map, V>(
    map: &'map BTreeMap<RecordKey, V>,
    execution: &ExecutionId,
) -> impl Iterator<Item = (&'map RecordKey, &'map V)> {
    map.range(first_key(execution)..).take_while(move |(key, _)| key.execution == *execution)
}

fn remove_of<V>(map: &mut BTreeMap<RecordKey, V>, execution: &ExecutionId) {
    let keys: Vec<RecordKey> = range_of(map, execution).map(|(key, _)| key.clone()).collect();
    for key in keys {
        map.remove(&key);
    }
}
