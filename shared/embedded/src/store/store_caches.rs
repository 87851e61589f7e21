//! The readers' caches of the database, and how commits update them.

use std::sync::Arc;

use model::{
    Execution, ExecutionId, FanInGate, FrameOutcome, MachineVersions, Record, RecordKey,
    RedriveDetails, ResourceName, Revision, RevisionId, StateMachine, Timestamp,
};

use super::shared_cache::SharedCache;

/// Most bytes of cached records, estimated.
const RECORD_BYTES_MAX: usize = 64 << 20;
/// Most bytes of cached executions, estimated.
const EXECUTION_BYTES_MAX: usize = 16 << 20;
/// Most bytes of cached definitions, for machines and for revisions each.
const DEFINITION_BYTES_MAX: usize = 32 << 20;
/// Most bytes of cached gates, estimated.
const GATE_BYTES_MAX: usize = 12 << 20;
/// Estimated bytes of a full bucket in a gate.
const FULL_BUCKET_BYTES: usize = 8;
/// Estimated bytes of an entry without its payloads.
const ENTRY_BYTES: usize = 1024;
/// Estimated bytes of a version or an alias.
const VERSION_BYTES: usize = 256;
/// Estimated bytes of a parsed JSON text per byte of the text.
const PARSED_FACTOR: usize = 3;

/// All caches that answer reads without the database.
#[derive(Debug)]
pub(super) struct StoreCaches {
    pub(super) records: SharedCache<RecordKey, Arc<Record>>,
    pub(super) executions: SharedCache<ExecutionId, Arc<Execution>>,
    pub(super) gates: SharedCache<RecordKey, Arc<FanInGate>>,
    pub(super) machines: SharedCache<ResourceName, Arc<StateMachine>>,
    pub(super) revisions: SharedCache<RevisionId, Arc<Revision>>,
}

/// A change that a command of a committed batch has made.
#[derive(Debug)]
pub(super) enum StoreChange {
    /// A record was appended. The number is the length of its JSON text in bytes.
    Appended(RecordKey, Arc<Record>, usize),
    /// An execution was started.
    Started(ExecutionId, Arc<Execution>),
    /// An execution has ended.
    Finished(ExecutionId, Timestamp, FrameOutcome),
    /// An execution was redriven.
    Reopened(ExecutionId, RedriveDetails),
    /// A gate was opened or changed.
    GatePut(RecordKey, Arc<FanInGate>),
    /// A machine was created.
    MachineCreated(Arc<StateMachine>),
    /// A machine was replaced, but for its versions.
    MachinePut(Arc<StateMachine>),
    /// The versions of a machine were replaced.
    VersionsReplaced(ResourceName, Arc<MachineVersions>),
    /// A machine was deleted, with its executions and revisions.
    MachineDeleted(ResourceName),
}

impl StoreCaches {
    pub(super) fn new() -> Self {
        Self {
            records: SharedCache::new(RECORD_BYTES_MAX),
            executions: SharedCache::new(EXECUTION_BYTES_MAX),
            gates: SharedCache::new(GATE_BYTES_MAX),
            machines: SharedCache::new(DEFINITION_BYTES_MAX),
            revisions: SharedCache::new(DEFINITION_BYTES_MAX),
        }
    }

    /// Applies a committed change to the caches.
    pub(super) fn publish_change(&self, change: StoreChange) {
        match change {
            StoreChange::Appended(key, record, bytes) => {
                self.records.insert_committed(key, record, record_weight(bytes));
            }
            StoreChange::Started(id, execution) => {
                let weight = execution_weight(&execution);
                self.executions.insert_committed(id, execution, weight);
            }
            StoreChange::Finished(id, at, outcome) => {
                let grows_by = outcome_weight(&outcome);
                self.executions.update_committed(&id, grows_by, |execution| {
                    Arc::make_mut(execution).end.get_or_insert((at, outcome));
                });
            }
            StoreChange::Reopened(id, redriven) => {
                self.executions.update_committed(&id, 0, |execution| {
                    let execution = Arc::make_mut(execution);
                    execution.end = None;
                    Arc::make_mut(&mut execution.facts).last_redrive = Some(redriven);
                });
            }
            StoreChange::GatePut(key, gate) => {
                let weight = gate_weight(&gate);
                self.gates.insert_committed(key, gate, weight);
            }
            StoreChange::MachineCreated(machine) => {
                self.put_revision(&machine);
                let weight = machine_weight(&machine);
                self.machines.insert_committed(machine.name.clone(), machine, weight);
            }
            StoreChange::MachinePut(machine) => {
                self.put_revision(&machine);
                let grows_by = machine.revision.definition.len();
                self.machines.update_committed(&machine.name, grows_by, |cached| {
                    let versions = Arc::clone(&cached.versions);
                    *cached = Arc::new(StateMachine { versions, ..StateMachine::clone(&machine) });
                });
            }
            StoreChange::VersionsReplaced(name, versions) => {
                self.machines.update_committed(&name, VERSION_BYTES, |machine| {
                    Arc::make_mut(machine).versions = versions;
                });
            }
            StoreChange::MachineDeleted(name) => self.delete_machine(&name),
        }
    }

    fn put_revision(&self, machine: &StateMachine) {
        let revision = machine.revision.clone();
        let weight = revision_weight(&revision);
        self.revisions.insert_committed(revision.id.clone(), Arc::new(revision), weight);
    }

    fn delete_machine(&self, name: &ResourceName) {
        let is_of_machine = |id: &ExecutionId| id.machine_name() == name.as_str();
        self.records.remove_where(|key| is_of_machine(&key.execution));
        self.gates.remove_where(|key| is_of_machine(&key.execution));
        self.executions.remove_where(is_of_machine);
        self.machines.remove_where(|machine| machine == name);
        self.revisions.remove_where(|_| true);
    }
}

/// Returns the weight of a record whose JSON text has this many bytes.
pub(super) fn record_weight(bytes: usize) -> usize {
    ENTRY_BYTES + PARSED_FACTOR * bytes
}

/// Returns the weight of a gate.
pub(super) fn gate_weight(gate: &FanInGate) -> usize {
    ENTRY_BYTES + FULL_BUCKET_BYTES * gate.full_buckets().count()
}

pub(super) fn execution_weight(execution: &Execution) -> usize {
    let end = execution.end.as_ref().map_or(0, |(_, outcome)| outcome_weight(outcome));
    ENTRY_BYTES + PARSED_FACTOR * execution.input.json_text().len() + end
}

fn outcome_weight(outcome: &FrameOutcome) -> usize {
    match outcome {
        FrameOutcome::Succeeded(output) => PARSED_FACTOR * output.json_text().len(),
        FrameOutcome::Failed(failure)
        | FrameOutcome::TimedOut(failure)
        | FrameOutcome::Aborted(failure) => failure.cause.as_ref().map_or(0, String::len),
    }
}

pub(super) fn machine_weight(machine: &StateMachine) -> usize {
    revision_weight(&machine.revision) + VERSION_BYTES * machine.versions.versions.len()
}

pub(super) fn revision_weight(revision: &Revision) -> usize {
    ENTRY_BYTES + revision.definition.len()
}
