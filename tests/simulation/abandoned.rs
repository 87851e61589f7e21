//! Children that were in flight when a sibling failed: each was stopped in its own log before its
//! parent went on, and history says in which state.

use std::{collections::BTreeMap, sync::Arc};

use model::{
    ChildIndex, EventKind, ExecutionId, FramePath, Outcome, Phase, Record, RecordNumber, StateType,
};

use crate::world::World;

type Logs = BTreeMap<FramePath, Vec<Arc<Record>>>;

/// What is wrong with the ends of children whose fork was left early.
pub(crate) fn checked(world: &World, id: &ExecutionId) -> Vec<String> {
    let mut logs = Logs::new();
    for (key, record) in world.records().filter(|(key, _)| key.execution == *id) {
        logs.entry(key.frame.clone()).or_default().push(Arc::new(record));
    }
    let mut wrong: Vec<String> =
        logs.iter().filter_map(|(frame, log)| stopped_elsewhere(frame, log)).collect();
    for (frame, log) in &logs {
        for (pair, number) in log.windows(2).zip(0..) {
            let [forked, left] = pair else { continue };
            let Phase::Forked { children, .. } = forked.frame.phase else { continue };
            if left.events.iter().any(|event| ends_from_outside(&event.kind)) {
                continue;
            }
            let fork = RecordNumber::new(number);
            for child in (0..children).map(ChildIndex::new) {
                let child = frame.child(fork, child);
                let log = logs.get(&child).map(Vec::as_slice).unwrap_or_default();
                wrong.extend(outlives(&child, log, left));
            }
        }
    }
    wrong
}

fn ends_from_outside(kind: &EventKind) -> bool {
    matches!(kind, EventKind::ExecutionAborted(_) | EventKind::ExecutionTimedOut(_))
}

/// A child that goes on after its parent has gone on, or without an end before. The mark of one
/// that never began has no events: it may come late, since it says nothing.
fn outlives(child: &FramePath, log: &[Arc<Record>], left: &Record) -> Option<String> {
    let last = log.last()?;
    let is_shown = log.iter().any(|record| !record.events.is_empty());
    let is_before = (last.at, last.clock) < (left.at, left.clock);
    let is_over = last.frame.outcome().is_some();
    let wrong = !is_over || (is_shown && !is_before);
    wrong.then(|| format!("'{child}' outlives its fork, which was left at {}", left.at))
}

/// An aborted frame whose last events do not abort just the state and the iteration it was in.
fn stopped_elsewhere(frame: &FramePath, log: &[Arc<Record>]) -> Option<String> {
    let (last, before) = log.split_last()?;
    let is_stopped = matches!(last.frame.outcome(), Some(Outcome::Aborted(_)));
    // A frame that goes on for another one was inside a state before it began.
    let enters = log.first().is_some_and(|first| {
        first.events.iter().any(|event| matches!(event.kind, EventKind::StateEntered { .. }))
    });
    if !is_stopped || frame.depth() == 0 || !(enters || before.is_empty()) {
        return None;
    }
    let expected: Vec<String> = inside(before)
        .map(|state| format!("{state:?}"))
        .into_iter()
        .chain(
            before
                .last()
                .and_then(|record| record.frame.iteration.as_ref())
                .map(|iteration| format!("iteration {}", iteration.index)),
        )
        .collect();
    let shown: Vec<String> = last
        .events
        .iter()
        .map(|event| match &event.kind {
            EventKind::StateAborted(state) => format!("{state:?}"),
            EventKind::MapIterationAborted { index, .. } => format!("iteration {index}"),
            other => format!("unexpected {other:?}"),
        })
        .collect();
    (expected != shown).then(|| format!("'{frame}' was in {expected:?}, and {shown:?} is aborted"))
}

/// The state that a log has entered and not left.
fn inside(log: &[Arc<Record>]) -> Option<StateType> {
    log.iter().flat_map(|record| &record.events).fold(None, |inside, event| match &event.kind {
        EventKind::StateEntered { state, .. } => Some(*state),
        EventKind::StateExited { .. } => None,
        _ => inside,
    })
}
