//! Children that were in flight when a sibling failed: each was stopped in its own log before its
//! parent went on, and history says in which state.

use std::{collections::BTreeMap, sync::Arc};

use model::{
    ChildIndex, EventKind, ExecutionId, FrameOutcome, FramePath, FramePhase, Record, RecordNumber,
    StateType,
};

use crate::world::SimulatedWorld;

type FrameLogs = BTreeMap<FramePath, Vec<Arc<Record>>>;

/// What is wrong with the ends of children whose fork was left early.
pub(crate) fn check_abandoned_children(world: &SimulatedWorld, id: &ExecutionId) -> Vec<String> {
    let mut logs = FrameLogs::new();
    for (key, record) in world.all_records().filter(|(key, _)| key.execution == *id) {
        logs.entry(key.frame.clone()).or_default().push(Arc::new(record));
    }
    let mut wrong: Vec<String> =
        logs.iter().filter_map(|(frame, log)| check_abort_events(frame, log)).collect();
    for (frame, log) in &logs {
        for (pair, number) in log.windows(2).zip(0..) {
            let [forked, left] = pair else { continue };
            let FramePhase::Forked { children, .. } = forked.frame.phase else { continue };
            if left.events.iter().any(|event| ends_from_outside(&event.kind)) {
                continue;
            }
            let fork = RecordNumber::new(number);
            for child in (0..children).map(ChildIndex::new) {
                let child = frame.child_path(fork, child);
                let log = logs.get(&child).map(Vec::as_slice).unwrap_or_default();
                wrong.extend(child_outlives_fork(&child, log, left));
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
fn child_outlives_fork(child: &FramePath, log: &[Arc<Record>], left: &Record) -> Option<String> {
    let last = log.last()?;
    let is_shown = log.iter().any(|record| !record.events.is_empty());
    let is_before = (last.written_at, last.logical_clock) < (left.written_at, left.logical_clock);
    let is_over = last.frame.outcome().is_some();
    let wrong = !is_over || (is_shown && !is_before);
    wrong.then(|| format!("'{child}' outlives its fork, which was left at {}", left.written_at))
}

/// An aborted frame whose last events do not abort just the state and the iteration it was in.
fn check_abort_events(frame: &FramePath, log: &[Arc<Record>]) -> Option<String> {
    let (last, before) = log.split_last()?;
    let is_stopped = matches!(last.frame.outcome(), Some(FrameOutcome::Aborted(_)));
    // A frame that goes on for another one was inside a state before it began.
    let enters = log.first().is_some_and(|first| {
        first.events.iter().any(|event| matches!(event.kind, EventKind::StateEntered { .. }))
    });
    if !is_stopped || frame.fork_depth() == 0 || !(enters || before.is_empty()) {
        return None;
    }
    let expected: Vec<String> = entered_state(before)
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
fn entered_state(log: &[Arc<Record>]) -> Option<StateType> {
    log.iter().flat_map(|record| &record.events).fold(None, |inside, event| match &event.kind {
        EventKind::StateEntered { state, .. } => Some(*state),
        EventKind::StateExited { .. } => None,
        _ => inside,
    })
}
