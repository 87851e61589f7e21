//! What is kept in memory of the database, and how commits reach it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use model::{
    ChildEnd, ChildIndex, Execution, ExecutionId, Fan, FramePath, Name, Outcome, Record, RecordKey,
    RecordNumber, Revision, RevisionId, StateMachine, Timestamp,
};

use super::cache::Cache;

/// Bytes of records, estimated.
const RECORD_BYTES_MAX: usize = 64 << 20;
/// Bytes of executions, estimated.
const EXECUTION_BYTES_MAX: usize = 16 << 20;
/// Bytes of definitions, of machines and of revisions each.
const DEFINITION_BYTES_MAX: usize = 32 << 20;
/// Ended children in cached fans: some 50 bytes each.
pub(super) const FAN_CHILDREN_MAX: usize = 1_000_000;
/// What an entry weighs beside its payloads.
const ENTRY_BYTES: usize = 1024;
/// How often a text takes its length: parsed it takes more.
const PARSED_FACTOR: usize = 3;

/// Everything that reads are answered from without touching the database.
#[derive(Debug)]
pub(super) struct Caches {
    pub(super) records: Cache<RecordKey, Arc<Record>>,
    pub(super) executions: Cache<ExecutionId, Arc<Execution>>,
    pub(super) fans: Cache<RecordKey, Arc<Fan>>,
    pub(super) machines: Cache<Name, Arc<StateMachine>>,
    pub(super) revisions: Cache<RevisionId, Arc<Revision>>,
    leases: Mutex<BTreeMap<RecordKey, Timestamp>>,
}

/// What one command of a committed batch has changed.
#[derive(Debug)]
pub(super) enum Change {
    /// A record was appended; its text takes so many bytes.
    Appended(RecordKey, Arc<Record>, usize),
    /// The lease of a head that is a claim goes on.
    Renewed(RecordKey, Timestamp),
    /// An execution was started.
    Started(ExecutionId, Arc<Execution>),
    /// An execution has ended.
    Finished(ExecutionId, Timestamp, Outcome),
    /// A fan was made.
    FanOpened(RecordKey, Fan),
    /// A child was added to the ended ones of a fan.
    ChildEnded(RecordKey, ChildIndex, ChildEnd),
    /// A fan was closed.
    FanClosed(RecordKey),
    /// A machine was made or replaced.
    MachinePut(Arc<StateMachine>),
    /// A machine is gone, with all that was its own.
    MachineDeleted(Name),
}

impl Caches {
    pub(super) fn new() -> Self {
        Self {
            records: Cache::new(RECORD_BYTES_MAX),
            executions: Cache::new(EXECUTION_BYTES_MAX),
            fans: Cache::new(FAN_CHILDREN_MAX),
            machines: Cache::new(DEFINITION_BYTES_MAX),
            revisions: Cache::new(DEFINITION_BYTES_MAX),
            leases: Mutex::default(),
        }
    }

    /// Shows what has become durable.
    pub(super) fn publish(&self, change: Change) {
        match change {
            Change::Appended(key, record, bytes) => {
                self.end_lease(&key);
                self.records.put(key, record, record_weight(bytes));
            }
            Change::Renewed(key, until) => {
                let mut leases = self.leases();
                let lease = leases.entry(key).or_insert(until);
                *lease = until.max(*lease);
            }
            Change::Started(id, execution) => {
                let weight = execution_weight(&execution);
                self.executions.put(id, execution, weight);
            }
            Change::Finished(id, at, outcome) => {
                self.end_leases(&id);
                let grows_by = outcome_weight(&outcome);
                self.executions.change(&id, grows_by, |execution| {
                    Arc::make_mut(execution).end.get_or_insert((at, outcome));
                });
            }
            Change::FanOpened(key, fan) => self.fans.put(key, Arc::new(fan), 1),
            Change::ChildEnded(key, child, end) => self.fans.change(&key, 1, |fan| {
                Arc::make_mut(fan).end_child(child, end);
            }),
            Change::FanClosed(key) => self.fans.change(&key, 0, |fan| Arc::make_mut(fan).close()),
            Change::MachinePut(machine) => self.put_machine(machine),
            Change::MachineDeleted(name) => self.delete_machine(&name),
        }
    }

    /// Until when a renewed claim counts as alive.
    pub(super) fn lease(&self, key: &RecordKey) -> Option<Timestamp> {
        self.leases().get(key).copied()
    }

    fn put_machine(&self, machine: Arc<StateMachine>) {
        let revision = machine.revision.clone();
        let weight = revision_weight(&revision);
        self.revisions.put(revision.id.clone(), Arc::new(revision), weight);
        self.machines.put(machine.name.clone(), machine, weight);
    }

    fn delete_machine(&self, name: &Name) {
        let mine = |id: &ExecutionId| machine_of(id) == name.as_str();
        self.records.remove_where(|key| mine(&key.execution));
        self.fans.remove_where(|key| mine(&key.execution));
        self.executions.remove_where(mine);
        self.machines.remove_where(|machine| machine == name);
        self.revisions.remove_where(|_| true);
        self.leases().retain(|key, _| !mine(&key.execution));
    }

    /// The record after a claim ends its lease.
    fn end_lease(&self, key: &RecordKey) {
        let mut leases = self.leases();
        if !leases.is_empty()
            && let Some(before) = key.number.get().checked_sub(1)
        {
            leases.remove(&RecordKey { number: RecordNumber::new(before), ..key.clone() });
        }
    }

    fn end_leases(&self, execution: &ExecutionId) {
        let mut leases = self.leases();
        let first = RecordKey {
            execution: execution.clone(),
            frame: FramePath::ROOT,
            number: RecordNumber::FIRST,
        };
        let range = leases.range(first..).map(|(key, _)| key);
        let ended: Vec<_> = range.take_while(|key| key.execution == *execution).cloned().collect();
        for key in ended {
            leases.remove(&key);
        }
    }

    fn leases(&self) -> MutexGuard<'_, BTreeMap<RecordKey, Timestamp>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The machine's name in `machine:name`.
pub(super) fn machine_of(id: &ExecutionId) -> &str {
    id.as_str().split_once(':').map_or(id.as_str(), |(machine, _)| machine)
}

/// What a record weighs whose text takes so many bytes.
pub(super) fn record_weight(bytes: usize) -> usize {
    ENTRY_BYTES + PARSED_FACTOR * bytes
}

pub(super) fn execution_weight(execution: &Execution) -> usize {
    let end = execution.end.as_ref().map_or(0, |(_, outcome)| outcome_weight(outcome));
    ENTRY_BYTES + PARSED_FACTOR * execution.input.text().len() + end
}

fn outcome_weight(outcome: &Outcome) -> usize {
    match outcome {
        Outcome::Succeeded(output) => PARSED_FACTOR * output.text().len(),
        Outcome::Failed(failure) | Outcome::TimedOut(failure) | Outcome::Aborted(failure) => {
            failure.cause.as_ref().map_or(0, String::len)
        }
    }
}

pub(super) fn revision_weight(revision: &Revision) -> usize {
    ENTRY_BYTES + revision.definition.len()
}
