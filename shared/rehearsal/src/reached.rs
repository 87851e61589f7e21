//! Which states and ways an execution took, read off its log.
//!
//! A record tells which state was left and which comes next. Where several ways lead there, the
//! step is taken once more by the engine, on a definition in which each leads to a place of its own.

use std::{cell::OnceCell, collections::BTreeSet, sync::Arc};

use asl::Definition;
use engine::{Join, Moment, Origin, Scene, Stimulus};
use model::{
    EventKind, EventRef, Execution, ExecutionId, Frame, FramePath, Limits, Outcome, Payload, Phase,
    Place, Record, RecordKey, RecordNumber, StateName,
};
use orchestrator::{
    Fault,
    ports::{CallOutcome, Executions, Fans, History, Log},
};

use crate::{
    Exit, Machine, Way,
    stage::Stage,
    ways::{mark, marked},
};

/// States that were entered and ways that were taken, of one machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// The states.
    pub states: BTreeSet<StateName>,
    /// The ways, by their places in [`Machine::ways`].
    pub ways: BTreeSet<usize>,
}

impl Reached {
    /// Adds what another execution has reached.
    pub fn add(&mut self, other: Self) {
        self.states.extend(other.states);
        self.ways.extend(other.ways);
    }

    /// Adds the way of a state that leads there; of several the first.
    pub(crate) fn add_way(
        &mut self,
        machine: &Machine,
        state: &StateName,
        is_it: impl Fn(&Way) -> bool,
    ) {
        let place = machine.ways.iter().position(|way| way.state == *state && is_it(way));
        self.ways.extend(place);
    }
}

/// Reads the log of an execution that has ended.
pub(crate) async fn reached(
    machine: &Machine,
    stage: &Stage<'_>,
    place: &Place,
    id: &ExecutionId,
) -> Result<Reached, Fault> {
    let mut found = Reached::default();
    let Some(execution) = stage.store.execution(id).await? else { return Ok(found) };
    let reader = Reader { machine, stage, place, id, execution, marked: OnceCell::new() };
    for (frame, number, record) in stage.store.records(id).await? {
        for event in &record.events {
            if let EventKind::StateEntered { name, .. } = &event.kind {
                found.states.insert(name.clone());
            }
        }
        let key = RecordKey { execution: id.clone(), frame, number };
        if let Some(way) = reader.way(&key, &record).await? {
            found.ways.insert(way);
        }
    }
    Ok(found)
}

struct Reader<'a> {
    machine: &'a Machine,
    stage: &'a Stage<'a>,
    place: &'a Place,
    id: &'a ExecutionId,
    execution: Arc<Execution>,
    /// The definition with its ways marked, once it is needed.
    marked: OnceCell<Definition>,
}

impl Reader<'_> {
    /// The way that a record took, if it took one.
    async fn way(&self, key: &RecordKey, record: &Record) -> Result<Option<usize>, Fault> {
        let before = match key.number.get().checked_sub(1) {
            Some(before) => {
                let number = RecordNumber::new(before);
                self.stage.store.load(&RecordKey { number, ..key.clone() }).await?
            }
            None => None,
        };
        let before = before.as_deref();
        if let Phase::Delayed { visit, .. } = &record.frame.phase {
            let used = before.map_or(&[][..], |before| retries(&before.frame));
            let retrier =
                |index: &usize| visit.retries[*index] > used.get(*index).copied().unwrap_or(0);
            let index = (0..visit.retries.len()).find(retrier);
            return Ok(index.and_then(|index| self.place(&record.frame.state, Exit::Retry(index))));
        }
        let (Phase::Ready { .. }, Some(left)) = (&record.frame.phase, left(record)) else {
            return Ok(None);
        };
        let leads_there = |way: &Way| {
            way.state == *left
                && way.target == record.frame.state
                && !matches!(way.exit, Exit::Retry(_))
        };
        let candidates: Vec<usize> = (0..self.machine.ways.len())
            .filter(|at| leads_there(&self.machine.ways[*at]))
            .collect();
        if candidates.len() < 2 {
            return Ok(candidates.first().copied());
        }
        let again = self.again(key, before, record).await?;
        let taken =
            again.and_then(|frame| candidates.iter().copied().find(|at| frame.state == mark(*at)));
        // A step that chance decided may go another way the second time.
        Ok(taken.or_else(|| candidates.first().copied()))
    }

    fn place(&self, state: &StateName, exit: Exit) -> Option<usize> {
        self.machine.ways.iter().position(|way| way.state == *state && way.exit == exit)
    }

    /// The frame after the same step on a definition whose ways are marked.
    async fn again(
        &self,
        key: &RecordKey,
        before: Option<&Record>,
        record: &Record,
    ) -> Result<Option<Frame>, Fault> {
        let definition =
            self.marked.get_or_init(|| marked(&self.machine.definition, &self.machine.ways));
        let scene = Scene {
            definition,
            place: self.place,
            limits: Limits::AWS,
            execution: self.id,
            facts: &record.facts,
            input: Some(&self.execution.input),
            path: &key.frame,
            moment: Moment { now: record.at, seed: 0 },
        };
        let transition = match before {
            Some(before) => {
                let stimulus = self.stimulus(key, before, record).await?;
                stimulus.and_then(|stimulus| engine::advance(&scene, &before.frame, stimulus))
            }
            None => self.begun(&scene, &key.frame).await?,
        };
        Ok(transition.map(|transition| transition.frame))
    }

    async fn begun(
        &self,
        scene: &Scene<'_>,
        frame: &FramePath,
    ) -> Result<Option<engine::Transition>, Fault> {
        let Some((parent, fork, child)) = frame.parent() else { return Ok(None) };
        let fork = RecordKey { execution: self.id.clone(), frame: parent, number: fork };
        let Some(parent) = self.stage.store.load(&fork).await? else { return Ok(None) };
        let after = EventRef { frame: fork.frame, record: fork.number, index: 0 };
        let origin = Origin { after, events: parent.frame.events };
        Ok(engine::begin_child(scene, &parent.frame, child, &origin))
    }

    /// What made the frame go on from that record.
    async fn stimulus(
        &self,
        key: &RecordKey,
        before: &Record,
        record: &Record,
    ) -> Result<Option<Stimulus>, Fault> {
        let number = RecordNumber::new(key.number.get().saturating_sub(1));
        let key = RecordKey { number, ..key.clone() };
        match before.frame.phase {
            Phase::Ready { .. } | Phase::Waiting { .. } | Phase::Delayed { .. } => {
                Ok(Some(Stimulus::Due))
            }
            Phase::Claimed { .. } => Ok(Some(Stimulus::Returned(self.stage.outcome(&key)))),
            Phase::Forked { .. } => self.settled(&key, before.frame.events).await,
            Phase::Submitted { .. } if has_timed_out(record) => {
                Ok(Some(Stimulus::Answered(CallOutcome::TimedOut)))
            }
            Phase::Submitted { .. } => {
                // The claim is the record before.
                let number = RecordNumber::new(key.number.get().saturating_sub(1));
                let claim = RecordKey { number, ..key };
                Ok(Some(Stimulus::Answered(self.stage.outcome(&claim))))
            }
            Phase::Ended(_) => Ok(None),
        }
    }

    async fn settled(&self, fork: &RecordKey, events: u64) -> Result<Option<Stimulus>, Fault> {
        let store = &self.stage.store;
        let Some(fan) = store.fan(fork).await? else { return Ok(None) };
        let of = |child, number| {
            let frame = fork.frame.child(fork.number, child);
            RecordKey { frame, number, ..fork.clone() }
        };
        if let Some((child, last)) = fan.failed() {
            let Some(record) = store.load(&of(child, last)).await? else { return Ok(None) };
            let failure = match record.frame.outcome() {
                Some(Outcome::Failed(failure) | Outcome::TimedOut(failure)) => failure.clone(),
                Some(Outcome::Succeeded(_) | Outcome::Aborted(_)) | None => return Ok(None),
            };
            let after = EventRef { frame: fork.frame.clone(), record: fork.number, index: 0 };
            return Ok(Some(Stimulus::Broken { failure, after, events }));
        }
        let keys: Vec<RecordKey> = fan.ended().map(|(child, last)| of(child, last)).collect();
        let records = store.load_all(&keys).await?;
        let output = |record: &Arc<Record>| record.frame.data().cloned();
        let outputs: Option<Vec<Payload>> = records.iter().map(output).collect();
        Ok(outputs.map(|outputs| Stimulus::Joined(Join { outputs, last: None, events })))
    }
}

fn has_timed_out(record: &Record) -> bool {
    record.events.iter().any(|event| matches!(event.kind, EventKind::TaskTimedOut { .. }))
}

/// The state that a record left.
fn left(record: &Record) -> Option<&StateName> {
    record.events.iter().rev().find_map(|event| match &event.kind {
        EventKind::StateExited { name, .. } => Some(name),
        _ => None,
    })
}

/// How often each retrier was used.
fn retries(frame: &Frame) -> &[u32] {
    match &frame.phase {
        Phase::Waiting { visit, .. }
        | Phase::Claimed { visit, .. }
        | Phase::Submitted { visit, .. }
        | Phase::Delayed { visit, .. }
        | Phase::Forked { visit, .. } => &visit.retries,
        Phase::Ready { .. } | Phase::Ended(_) => &[],
    }
}
