//! Which states and ways an execution took, read off its log.
//!
//! A record tells which state was left and which comes next. Where several ways lead there, the
//! step is taken once more by the engine, on a definition in which each leads to a place of its own.

use std::{cell::OnceCell, collections::BTreeSet, sync::Arc};

use asl::Definition;
use engine::{ChildOrigin, JoinedChildren, StepContext, Stimulus, TimeAndSeed};
use model::{
    AccountRegion, DeploymentLimits, EventKind, EventRef, Execution, ExecutionId, Frame,
    FrameOutcome, FramePath, FramePhase, Payload, Record, RecordKey, RecordNumber, StateName,
};
use orchestrator::{
    Fault,
    ports::{CallOutcome, ExecutionStore, FanInStore, HistoryReader, RecordLog},
};

use crate::{
    OfflineMachine, TransitionKind, TransitionRef,
    mock_world::MockWorld,
    transitions::{mark_transitions, transition_marker},
};

/// States that were entered and ways that were taken, of one machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoverageHits {
    /// The states.
    pub states: BTreeSet<StateName>,
    /// The ways, by their places in [`Machine::ways`].
    pub transitions: BTreeSet<usize>,
}

impl CoverageHits {
    /// Adds what another execution has reached.
    pub fn merge_hits(&mut self, other: Self) {
        self.states.extend(other.states);
        self.transitions.extend(other.transitions);
    }

    /// Adds the way of a state that leads there; of several the first.
    pub(crate) fn add_transition(
        &mut self,
        machine: &OfflineMachine,
        state: &StateName,
        is_it: impl Fn(&TransitionRef) -> bool,
    ) {
        let place = machine.transitions.iter().position(|way| way.state == *state && is_it(way));
        self.transitions.extend(place);
    }
}

/// Reads the log of an execution that has ended.
pub(crate) async fn read_coverage_hits(
    machine: &OfflineMachine,
    world: &MockWorld<'_>,
    place: &AccountRegion,
    id: &ExecutionId,
) -> Result<CoverageHits, Fault> {
    let mut found = CoverageHits::default();
    let Some(execution) = world.store.load_execution(id).await? else { return Ok(found) };
    let reader =
        LogCoverageReader { machine, world: world, place, id, execution, marked: OnceCell::new() };
    for (frame, number, record) in world.store.load_all_records(id).await? {
        for event in &record.events {
            if let EventKind::StateEntered { name, .. } = &event.kind {
                found.states.insert(name.clone());
            }
        }
        let key = RecordKey { execution: id.clone(), frame, number };
        if let Some(way) = reader.taken_transition(&key, &record).await? {
            found.transitions.insert(way);
        }
    }
    Ok(found)
}

struct LogCoverageReader<'a> {
    machine: &'a OfflineMachine,
    world: &'a MockWorld<'a>,
    place: &'a AccountRegion,
    id: &'a ExecutionId,
    execution: Arc<Execution>,
    /// The definition with its ways marked, once it is needed.
    marked: OnceCell<Definition>,
}

impl LogCoverageReader<'_> {
    /// The way that a record took, if it took one.
    async fn taken_transition(
        &self,
        key: &RecordKey,
        record: &Record,
    ) -> Result<Option<usize>, Fault> {
        let before = match key.number.as_u64().checked_sub(1) {
            Some(before) => {
                let number = RecordNumber::new(before);
                self.world.store.load_record(&RecordKey { number, ..key.clone() }).await?
            }
            None => None,
        };
        let before = before.as_deref();
        if let FramePhase::Delayed { visit, .. } = &record.frame.phase {
            let used = before.map_or(&[][..], |before| retry_counts(&before.frame));
            let retrier =
                |index: &usize| visit.retries[*index] > used.get(*index).copied().unwrap_or(0);
            let index = (0..visit.retries.len()).find(retrier);
            return Ok(index.and_then(|index| {
                self.transition_index(&record.frame.state, TransitionKind::Retry(index))
            }));
        }
        let (FramePhase::Ready { .. }, Some(left)) = (&record.frame.phase, exited_state(record))
        else {
            return Ok(None);
        };
        let leads_there = |way: &TransitionRef| {
            way.state == *left
                && way.target == record.frame.state
                && !matches!(way.kind, TransitionKind::Retry(_))
        };
        let candidates: Vec<usize> = (0..self.machine.transitions.len())
            .filter(|at| leads_there(&self.machine.transitions[*at]))
            .collect();
        if candidates.len() < 2 {
            return Ok(candidates.first().copied());
        }
        let again = self.replay_with_markers(key, before, record).await?;
        let taken = again.and_then(|frame| {
            candidates.iter().copied().find(|at| frame.state == transition_marker(*at))
        });
        // A step that chance decided may go another way the second time.
        Ok(taken.or_else(|| candidates.first().copied()))
    }

    fn transition_index(&self, state: &StateName, exit: TransitionKind) -> Option<usize> {
        self.machine.transitions.iter().position(|way| way.state == *state && way.kind == exit)
    }

    /// The frame after the same step on a definition whose ways are marked.
    async fn replay_with_markers(
        &self,
        key: &RecordKey,
        before: Option<&Record>,
        record: &Record,
    ) -> Result<Option<Frame>, Fault> {
        let definition = self
            .marked
            .get_or_init(|| mark_transitions(&self.machine.definition, &self.machine.transitions));
        let step_context = StepContext {
            definition,
            account_region: self.place,
            limits: DeploymentLimits::AWS,
            execution: self.id,
            facts: &record.facts,
            input: Some(&self.execution.input),
            path: &key.frame,
            moment: TimeAndSeed { now: record.written_at, seed: 0 },
        };
        let transition = match before {
            Some(before) => {
                let stimulus = self.recorded_stimulus(key, before, record).await?;
                stimulus
                    .and_then(|stimulus| engine::advance(&step_context, &before.frame, stimulus))
            }
            None => self.replay_child_start(&step_context, &key.frame).await?,
        };
        Ok(transition.map(|transition| transition.frame))
    }

    async fn replay_child_start(
        &self,
        step_context: &StepContext<'_>,
        frame: &FramePath,
    ) -> Result<Option<engine::Transition>, Fault> {
        let Some((parent, fork, child)) = frame.parent_fork() else { return Ok(None) };
        let fork = RecordKey { execution: self.id.clone(), frame: parent, number: fork };
        let Some(parent) = self.world.store.load_record(&fork).await? else { return Ok(None) };
        let after = EventRef { frame: fork.frame, record: fork.number, index: 0 };
        let origin = ChildOrigin { after, events: parent.frame.events };
        Ok(engine::begin_child(step_context, &parent.frame, child, &origin))
    }

    /// What made the frame go on from that record.
    async fn recorded_stimulus(
        &self,
        key: &RecordKey,
        before: &Record,
        record: &Record,
    ) -> Result<Option<Stimulus>, Fault> {
        let number = RecordNumber::new(key.number.as_u64().saturating_sub(1));
        let key = RecordKey { number, ..key.clone() };
        match before.frame.phase {
            FramePhase::Ready { .. } | FramePhase::Waiting { .. } | FramePhase::Delayed { .. } => {
                Ok(Some(Stimulus::Due))
            }
            FramePhase::Claimed { .. } => {
                Ok(Some(Stimulus::CallReturned(self.world.call_outcome(&key))))
            }
            FramePhase::Forked { .. } => self.join_stimulus(&key, before.frame.events).await,
            FramePhase::Submitted { .. } if has_timed_out(record) => {
                Ok(Some(Stimulus::TaskCompleted(CallOutcome::TimedOut)))
            }
            FramePhase::Submitted { .. } => {
                // The claim is the record before.
                let number = RecordNumber::new(key.number.as_u64().saturating_sub(1));
                let claim = RecordKey { number, ..key };
                Ok(Some(Stimulus::TaskCompleted(self.world.call_outcome(&claim))))
            }
            FramePhase::Ended(_) => Ok(None),
        }
    }

    async fn join_stimulus(
        &self,
        fork: &RecordKey,
        events: u64,
    ) -> Result<Option<Stimulus>, Fault> {
        let store = &self.world.store;
        let Some(fan_in) = store.load_fan_in(fork).await? else { return Ok(None) };
        let of = |child, number| {
            let frame = fork.frame.child_path(fork.number, child);
            RecordKey { frame, number, ..fork.clone() }
        };
        if let Some((child, last)) = fan_in.failed_child() {
            let Some(record) = store.load_record(&of(child, last)).await? else { return Ok(None) };
            let failure = match record.frame.outcome() {
                Some(FrameOutcome::Failed(failure) | FrameOutcome::TimedOut(failure)) => {
                    failure.clone()
                }
                Some(FrameOutcome::Succeeded(_) | FrameOutcome::Aborted(_)) | None => {
                    return Ok(None);
                }
            };
            let after = EventRef { frame: fork.frame.clone(), record: fork.number, index: 0 };
            return Ok(Some(Stimulus::ChildFailed { failure, after, events }));
        }
        let keys: Vec<RecordKey> =
            fan_in.ended_children().map(|(child, last)| of(child, last)).collect();
        let records = store.load_records(&keys).await?;
        let output = |record: &Arc<Record>| record.frame.held_payload().cloned();
        let outputs: Option<Vec<Payload>> = records.iter().map(output).collect();
        Ok(outputs.map(|outputs| {
            Stimulus::ChildrenSucceeded(JoinedChildren { outputs, last_event: None, events })
        }))
    }
}

fn has_timed_out(record: &Record) -> bool {
    record.events.iter().any(|event| matches!(event.kind, EventKind::TaskTimedOut { .. }))
}

/// The state that a record left.
fn exited_state(record: &Record) -> Option<&StateName> {
    record.events.iter().rev().find_map(|event| match &event.kind {
        EventKind::StateExited { name, .. } => Some(name),
        _ => None,
    })
}

/// How often each retrier was used.
fn retry_counts(frame: &Frame) -> &[u32] {
    match &frame.phase {
        FramePhase::Waiting { visit, .. }
        | FramePhase::Claimed { visit, .. }
        | FramePhase::Submitted { visit, .. }
        | FramePhase::Delayed { visit, .. }
        | FramePhase::Forked { visit, .. } => &visit.retries,
        FramePhase::Ready { .. } | FramePhase::Ended(_) => &[],
    }
}
