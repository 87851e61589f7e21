//! What is kept in memory of the database, and how commits reach it.

use std::sync::Arc;

use model::{
    ChildEnd, ChildIndex, Execution, ExecutionId, Fan, Name, Outcome, Record, RecordKey, Redriven,
    Revision, RevisionId, StateMachine, Timestamp,
};

use super::cache::Cache;

/// Bytes of records, estimated.
const RECORD_BYTES_MAX: usize = 64 << 20;
/// Bytes of executions, estimated.
const EXECUTION_BYTES_MAX: usize = 16 << 20;
/// Bytes of definitions, of machines and of revisions each.
const DEFINITION_BYTES_MAX: usize = 32 << 20;
/// Ended children in cached fans: some 50 bytes each, here and with the writer.
pub(super) const FAN_CHILDREN_MAX: usize = 250_000;
/// What a fan itself takes, in ended children.
const FAN_CHILDREN: usize = 12;
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
}

/// What one command of a committed batch has changed.
#[derive(Debug)]
pub(super) enum Change {
    /// A record was appended; its text takes so many bytes.
    Appended(RecordKey, Arc<Record>, usize),
    /// An execution was started.
    Started(ExecutionId, Arc<Execution>),
    /// An execution has ended.
    Finished(ExecutionId, Timestamp, Outcome),
    /// An execution was redriven.
    Reopened(ExecutionId, Redriven),
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
        }
    }

    /// Shows what has become durable.
    pub(super) fn publish(&self, change: Change) {
        match change {
            Change::Appended(key, record, bytes) => {
                self.records.put(key, record, record_weight(bytes));
            }
            Change::Started(id, execution) => {
                let weight = execution_weight(&execution);
                self.executions.put(id, execution, weight);
            }
            Change::Finished(id, at, outcome) => {
                let grows_by = outcome_weight(&outcome);
                self.executions.change(&id, grows_by, |execution| {
                    Arc::make_mut(execution).end.get_or_insert((at, outcome));
                });
            }
            Change::Reopened(id, redriven) => self.executions.change(&id, 0, |execution| {
                let execution = Arc::make_mut(execution);
                execution.end = None;
                Arc::make_mut(&mut execution.facts).redriven = Some(redriven);
            }),
            Change::FanOpened(key, fan) => self.fans.put(key, Arc::new(fan), fan_weight(0)),
            Change::ChildEnded(key, child, end) => self.fans.change(&key, 1, |fan| {
                Arc::make_mut(fan).end_child(child, end);
            }),
            Change::FanClosed(key) => self.fans.change(&key, 0, |fan| Arc::make_mut(fan).close()),
            Change::MachinePut(machine) => self.put_machine(machine),
            Change::MachineDeleted(name) => self.delete_machine(&name),
        }
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

/// What a fan weighs of which so many children have ended.
pub(super) const fn fan_weight(ended: u32) -> usize {
    FAN_CHILDREN + ended as usize
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
