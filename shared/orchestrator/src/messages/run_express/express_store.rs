//! The store of one Express execution.
//!
//! Invariant: it keeps the newest records of each frame only, and the frames of a fork only until
//! their parent has left it. So what a loop takes does not depend on how often it turns.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use model::{
    Activity, ActivityTask, ChildEnd, ChildIndex, EndedChild, Execution, ExecutionId,
    ExecutionLogging, FanInBucket, FanInGate, FanInItems, FanInSlots, ForkShape, Frame,
    FrameOutcome, FramePath, MachineVersions, Record, RecordKey, RecordNumber, RedriveDetails,
    ResourceName, Revision, RevisionId, StateMachine, Timestamp, WrittenBy,
    limits::EXPRESS_SECONDS_MAX,
};

use super::event_recorder::{EventRecorder, RECORDS_KEPT};
use crate::{
    Fault,
    ports::{
        ActivityCreation, ActivityStore, ActivityTaskQueue, AppendOutcome, ExecutionCreation,
        ExecutionFilter, ExecutionLogLine, ExecutionPage, ExecutionStore, FanInStore, GateStore,
        LogHead, MachineCreation, RecordLog, StateMachineStore, StatusWrite,
    },
};

/// Keeps one execution until it is dropped.
#[derive(Debug)]
pub(super) struct ExpressStore {
    id: ExecutionId,
    revision: Arc<Revision>,
    state: Mutex<ExpressState>,
}

#[derive(Debug)]
struct ExpressState {
    execution: Arc<Execution>,
    logs: BTreeMap<FramePath, FrameLog>,
    /// By the frame and the record that forks.
    fan_ins: BTreeMap<(FramePath, RecordNumber), FanInItems>,
    /// None if nothing is logged or kept.
    recorder: Option<EventRecorder>,
}

/// The newest records of a frame.
#[derive(Debug)]
struct FrameLog {
    /// The number of the first record that is kept.
    first: u64,
    records: VecDeque<Arc<Record>>,
}

impl ExpressStore {
    /// Begins with the first record of an execution. `revision` is that of its facts.
    pub(super) fn new(
        id: ExecutionId,
        revision: Arc<Revision>,
        execution: Execution,
        first: Record,
        mut recorder: Option<EventRecorder>,
    ) -> Self {
        if let Some(recorder) = &mut recorder {
            let (execution, frame) = (id.clone(), FramePath::ROOT);
            let key = RecordKey { execution, frame, number: RecordNumber::FIRST };
            recorder.record_events(&key, &first);
        }
        let log = FrameLog { first: 0, records: VecDeque::from([Arc::new(first)]) };
        let logs = BTreeMap::from([(FramePath::ROOT, log)]);
        let execution = Arc::new(execution);
        let state = ExpressState { execution, logs, fan_ins: BTreeMap::new(), recorder };
        let state = Mutex::new(state);
        Self { id, revision, state }
    }

    /// Returns the execution once it has ended.
    pub(super) fn ended_execution(&self) -> Option<Arc<Execution>> {
        let state = self.lock_state();
        state.execution.end.is_some().then(|| Arc::clone(&state.execution))
    }

    pub(super) const fn id(&self) -> &ExecutionId {
        &self.id
    }

    /// Returns the role of the state machine.
    pub(super) fn role_arn(&self) -> &str {
        &self.revision.role_arn
    }

    /// The bytes of the lines that are to be logged.
    pub(super) fn log_bytes(&self) -> usize {
        self.lock_state().recorder.as_ref().map_or(0, EventRecorder::waiting_bytes)
    }

    /// Takes the lines that are to be logged; none if there are none.
    pub(super) fn take_log_lines(&self) -> Option<(ExecutionLogging, Vec<ExecutionLogLine>)> {
        self.lock_state().recorder.as_mut()?.take_lines()
    }

    /// Takes the last record of the root with the events of all frames in place of its own; none if
    /// they are not kept.
    pub(super) fn take_kept_record(&self) -> Option<Record> {
        let mut state = self.lock_state();
        let last = Arc::clone(state.logs.get(&FramePath::ROOT)?.head().1);
        let events = state.recorder.as_mut()?.take_kept_events(last.written_at)?;
        let frame = Frame { events: events.len() as u64, ..last.frame.clone() };
        let (written_by, left) = (WrittenBy::StartFrame, None);
        Some(Record { written_by, logical_clock: 0, frame, events, left, ..Record::clone(&last) })
    }

    fn lock_state(&self) -> MutexGuard<'_, ExpressState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What only a mistake of ours asks of it.
    fn not_kept(&self, what: &str) -> Fault {
        let reason = format!("an Express execution keeps no {what}");
        Fault::Broken { execution: self.id.to_string(), reason }
    }
}

impl FrameLog {
    fn next_number(&self) -> u64 {
        self.first + self.records.len() as u64
    }

    fn record(&self, number: RecordNumber) -> Option<&Arc<Record>> {
        let index = number.as_u64().checked_sub(self.first)?;
        self.records.get(usize::try_from(index).ok()?)
    }

    /// # Panics
    /// Never: a log begins with a record, and its last one is never removed.
    fn head(&self) -> (RecordNumber, &Arc<Record>) {
        let head = self.records.back().expect("a log begins with a record");
        (RecordNumber::new(self.next_number() - 1), head)
    }

    fn push(&mut self, record: Arc<Record>) {
        self.records.push_back(record);
        while self.records.len() > RECORDS_KEPT {
            self.records.pop_front();
            self.first += 1;
        }
    }
}

impl ExpressState {
    fn load(&self, key: &RecordKey) -> Option<Arc<Record>> {
        self.logs.get(&key.frame)?.record(key.number).cloned()
    }

    /// Appends a record if it is the next of its frame, or the first of a child whose parent waits
    /// for it.
    fn append(&mut self, key: &RecordKey, record: &Arc<Record>) -> bool {
        let RecordKey { frame, number, .. } = key;
        if let Some(log) = self.logs.get_mut(frame) {
            if log.next_number() != number.as_u64() {
                return false;
            }
            let (before, head) = log.head();
            let leaves_fork = head.frame.is_at_fork() && record.frame.outcome().is_none();
            log.push(Arc::clone(record));
            self.record_events(key, record);
            if leaves_fork {
                self.forget_children(frame, before, record);
            }
            return true;
        }
        let waits = frame.parent_fork().is_some_and(|(parent, fork, _)| {
            self.logs.get(&parent).is_some_and(|log| log.head().0 == fork)
        });
        let begins = waits && *number == RecordNumber::FIRST;
        if begins {
            let log = FrameLog { first: 0, records: VecDeque::from([Arc::clone(record)]) };
            self.logs.insert(frame.clone(), log);
            self.record_events(key, record);
        }
        begins
    }

    fn record_events(&mut self, key: &RecordKey, record: &Record) {
        if let Some(recorder) = &mut self.recorder {
            recorder.record_events(key, record);
        }
    }

    /// Forgets what ran below a fork. Its gate stays, which turns late messages away.
    fn forget_children(&mut self, parent: &FramePath, fork: RecordNumber, left: &Record) {
        if let Some(recorder) = &mut self.recorder {
            recorder.forget_children(parent, left);
        }
        let is_below = |frame: &FramePath| {
            frame.forks_above().any(|(above, number)| above == *parent && number == fork)
        };
        self.logs.retain(|frame, _| !is_below(frame));
        if let Some(fan_in) = self.fan_ins.get_mut(&(parent.clone(), fork)) {
            fan_in.forget_children();
        }
    }

    fn fan_in(&mut self, fork: &RecordKey) -> &mut FanInItems {
        self.fan_ins.entry((fork.frame.clone(), fork.number)).or_default()
    }
}

impl RecordLog for ExpressStore {
    async fn load_record(&self, key: &RecordKey) -> Result<Option<Arc<Record>>, Fault> {
        Ok(self.lock_state().load(key))
    }

    async fn load_records(&self, keys: &[RecordKey]) -> Result<Vec<Arc<Record>>, Fault> {
        let state = self.lock_state();
        Ok(keys.iter().filter_map(|key| state.load(key)).collect())
    }

    /// The worker of every claim lives as long as the execution.
    async fn load_head(
        &self,
        _: &ExecutionId,
        frame: &FramePath,
    ) -> Result<Option<LogHead>, Fault> {
        let state = self.lock_state();
        let lease = state.execution.facts.started_at.plus_seconds(2 * EXPRESS_SECONDS_MAX);
        Ok(state.logs.get(frame).map(|log| {
            let (number, record) = log.head();
            LogHead { number, record: Arc::clone(record), lease }
        }))
    }

    async fn append_record(&self, key: &RecordKey, record: Record) -> Result<AppendOutcome, Fault> {
        let record = Arc::new(record);
        let is_appended = self.lock_state().append(key, &record);
        Ok(if is_appended { AppendOutcome::Done(record) } else { AppendOutcome::Lost })
    }

    async fn renew_lease(&self, _: &RecordKey, _: Timestamp) -> Result<(), Fault> {
        Ok(())
    }
}

impl GateStore for ExpressStore {
    async fn open_gate(&self, fork: &RecordKey, shape: &ForkShape) -> Result<FanInGate, Fault> {
        Ok(self.lock_state().fan_in(fork).open_gate(shape))
    }

    async fn add_failed_child(
        &self,
        fork: &RecordKey,
        failed: EndedChild,
    ) -> Result<Option<FanInGate>, Fault> {
        Ok(self.lock_state().fan_in(fork).add_failed_child(failed))
    }

    async fn add_full_bucket(
        &self,
        fork: &RecordKey,
        bucket: u32,
        events: u64,
    ) -> Result<Option<FanInGate>, Fault> {
        Ok(self.lock_state().fan_in(fork).add_full_bucket(bucket, events))
    }

    async fn close_gate(&self, fork: &RecordKey, shape: &ForkShape) -> Result<(), Fault> {
        self.lock_state().fan_in(fork).close_gate(shape);
        Ok(())
    }

    async fn load_gate(&self, fork: &RecordKey) -> Result<Option<Arc<FanInGate>>, Fault> {
        Ok(self.lock_state().fan_in(fork).gate().cloned())
    }

    async fn are_gates_open(&self, forks: &[RecordKey]) -> Result<bool, Fault> {
        let mut state = self.lock_state();
        let is_open = |fork| state.fan_in(fork).gate().is_none_or(|gate| gate.is_open());
        Ok(forks.iter().all(is_open))
    }
}

impl FanInStore for ExpressStore {
    async fn open_slots(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
        shard: u32,
    ) -> Result<FanInSlots, Fault> {
        Ok(self.lock_state().fan_in(fork).open_slots(shape, shard))
    }

    async fn advance_slot(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
        slot: u32,
        ended: ChildIndex,
    ) -> Result<Option<ChildIndex>, Fault> {
        Ok(self.lock_state().fan_in(fork).advance_slot(shape, slot, ended))
    }

    async fn load_slots(
        &self,
        fork: &RecordKey,
        _: &ForkShape,
        shards: Range<u32>,
    ) -> Result<Vec<Option<FanInSlots>>, Fault> {
        Ok(self.lock_state().fan_in(fork).load_slots(shards))
    }

    async fn add_child_ends(
        &self,
        fork: &RecordKey,
        bucket: u32,
        ends: &[(ChildIndex, ChildEnd)],
        events: u64,
    ) -> Result<FanInBucket, Fault> {
        Ok(self.lock_state().fan_in(fork).add_child_ends(bucket, ends, events))
    }

    async fn load_buckets(
        &self,
        fork: &RecordKey,
        buckets: Range<u32>,
    ) -> Result<Vec<FanInBucket>, Fault> {
        Ok(self.lock_state().fan_in(fork).load_buckets(buckets))
    }
}

/// There is one execution, which exists already.
impl ExecutionStore for ExpressStore {
    async fn create_execution(
        &self,
        _: &ExecutionId,
        _: Execution,
        _: Record,
    ) -> Result<ExecutionCreation, Fault> {
        Err(self.not_kept("other executions"))
    }

    async fn load_execution(&self, id: &ExecutionId) -> Result<Option<Arc<Execution>>, Fault> {
        Ok((*id == self.id).then(|| Arc::clone(&self.lock_state().execution)))
    }

    async fn finish_execution(
        &self,
        _: &ExecutionId,
        _: Option<&RedriveDetails>,
        (at, outcome): (Timestamp, &FrameOutcome),
    ) -> Result<Option<StatusWrite>, Fault> {
        let mut state = self.lock_state();
        let execution = Arc::make_mut(&mut state.execution);
        let repeated = execution.end.is_some();
        execution.end.get_or_insert_with(|| (at, outcome.clone()));
        Ok(Some(StatusWrite { execution: Some(Arc::clone(&state.execution)), repeated }))
    }

    async fn reopen_execution(
        &self,
        _: &ExecutionId,
        _: &RedriveDetails,
    ) -> Result<Option<StatusWrite>, Fault> {
        Err(self.not_kept("redrives"))
    }

    async fn list_executions(
        &self,
        _: &ResourceName,
        _: ExecutionFilter,
        _: u32,
        _: Option<&str>,
    ) -> Result<ExecutionPage, Fault> {
        Err(self.not_kept("lists"))
    }
}

/// There is one revision, which the execution runs.
impl StateMachineStore for ExpressStore {
    async fn load_revision(&self, id: &RevisionId) -> Result<Option<Arc<Revision>>, Fault> {
        Ok((*id == self.revision.id).then(|| Arc::clone(&self.revision)))
    }

    async fn load_machine(&self, _: &ResourceName) -> Result<Option<Arc<StateMachine>>, Fault> {
        Err(self.not_kept("state machines"))
    }

    async fn create_machine(&self, _: StateMachine) -> Result<MachineCreation, Fault> {
        Err(self.not_kept("state machines"))
    }

    async fn put_machine(&self, _: StateMachine) -> Result<(), Fault> {
        Err(self.not_kept("state machines"))
    }

    async fn replace_versions(&self, _: &ResourceName, _: MachineVersions) -> Result<bool, Fault> {
        Err(self.not_kept("versions"))
    }

    async fn list_machines(
        &self,
        _: u32,
        _: Option<&ResourceName>,
    ) -> Result<Vec<Arc<StateMachine>>, Fault> {
        Err(self.not_kept("state machines"))
    }

    async fn delete_machine(&self, _: &ResourceName) -> Result<(), Fault> {
        Err(self.not_kept("state machines"))
    }

    async fn list_deleting_machines(&self, _: u32) -> Result<Vec<ResourceName>, Fault> {
        Err(self.not_kept("state machines"))
    }

    async fn sweep_deleting_machine(&self, _: &ResourceName, _: Timestamp) -> Result<bool, Fault> {
        Err(self.not_kept("state machines"))
    }
}

/// An Express state machine has no activities.
impl ActivityStore for ExpressStore {
    async fn create_activity(&self, _: Activity) -> Result<ActivityCreation, Fault> {
        Err(self.not_kept("activities"))
    }

    async fn put_activity(&self, _: Activity) -> Result<(), Fault> {
        Err(self.not_kept("activities"))
    }

    async fn load_activity(&self, _: &ResourceName) -> Result<Option<Arc<Activity>>, Fault> {
        Ok(None)
    }

    async fn list_activities(
        &self,
        _: u32,
        _: Option<&ResourceName>,
    ) -> Result<Vec<Arc<Activity>>, Fault> {
        Err(self.not_kept("activities"))
    }

    async fn delete_activity(&self, _: &ResourceName) -> Result<(), Fault> {
        Err(self.not_kept("activities"))
    }
}

impl ActivityTaskQueue for ExpressStore {
    async fn put_activity_task(&self, _: ActivityTask) -> Result<(), Fault> {
        Err(self.not_kept("activities"))
    }

    async fn await_activity_tasks(
        &self,
        _: &ResourceName,
        _: u32,
        _: i64,
    ) -> Result<Vec<ActivityTask>, Fault> {
        Err(self.not_kept("activities"))
    }

    async fn remove_activity_task(&self, _: &ActivityTask) -> Result<(), Fault> {
        Err(self.not_kept("activities"))
    }
}
