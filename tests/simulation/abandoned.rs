//! Checks the children that were in flight when a sibling failed. Each must have been stopped in
//! its own log before its parent went on, and the history must show in which state.

use std::{collections::BTreeMap, sync::Arc};

use model::{
    ChildIndex, EventKind, ExecutionId, FrameOutcome, FramePath, FramePhase, Record, RecordNumber,
    StateType,
};

use crate::world::SimulatedWorld;

type FrameLogs = BTreeMap<FramePath, Vec<Arc<Record>>>;

/// Returns what is wrong with the ends of children whose fork was left early.
pub(crate) fn check_abandoned_children(world: &SimulatedWorld, id: &ExecutionId) -> Vec<String> {
    let mut logs = FrameLogs::new();
    for (key, record) in world.all_records().filter(|(key, _)| key.execution == *id) {
        logs.entry(key.frame.clone()).or_default().push(Arc::clone(record));
    }
    let mut wrong: Vec<String> =
        logs.iter().filter_map(|(frame, log)| check_abort_events(&logs, frame, log)).collect();
    for (frame, log) in &logs {
        for (pair, number) in log.windows(2).zip(0..) {
            let [forked, left] = pair else { continue };
            let FramePhase::Forked { shape, .. } = forked.frame.phase else { continue };
            if left.events.iter().any(|event| ends_from_outside(&event.kind)) {
                continue;
            }
            let fork = RecordNumber::new(number);
            for child in (0..shape.children).map(ChildIndex::new) {
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

/// Reports a child that did not end before its parent went on. The end of a child that never
/// started has no events, so it may come later.
fn child_outlives_fork(child: &FramePath, log: &[Arc<Record>], left: &Record) -> Option<String> {
    let last = log.last()?;
    let is_shown = log.iter().any(|record| !record.events.is_empty());
    let is_before = (last.written_at, last.logical_clock) < (left.written_at, left.logical_clock);
    let is_over = last.frame.outcome().is_some();
    let wrong = !is_over || (is_shown && !is_before);
    wrong.then(|| format!("'{child}' outlives its fork, which was left at {}", left.written_at))
}

/// Whether a frame around this one has failed with `States.Runtime`, whose history shows nothing of
/// what it cuts.
fn is_below_runtime_failure(logs: &FrameLogs, frame: &FramePath) -> bool {
    let mut around = frame.parent_fork().map(|(parent, ..)| parent);
    while let Some(frame) = around {
        let outcome = logs.get(&frame).and_then(|log| log.last()?.frame.outcome());
        if matches!(outcome, Some(FrameOutcome::Failed(failure)) if failure.is_runtime()) {
            return true;
        }
        around = frame.parent_fork().map(|(parent, ..)| parent);
    }
    false
}

/// Reports an aborted frame unless its last events abort exactly the iteration and the state that it
/// was in.
fn check_abort_events(logs: &FrameLogs, frame: &FramePath, log: &[Arc<Record>]) -> Option<String> {
    let (last, before) = log.split_last()?;
    let is_stopped = matches!(last.frame.outcome(), Some(FrameOutcome::Aborted(_)));
    // After a redrive, a frame may continue another one, and so begin inside a state.
    let enters = log.first().is_some_and(|first| {
        first.events.iter().any(|event| matches!(event.kind, EventKind::StateEntered { .. }))
    });
    if !is_stopped || frame.fork_depth() == 0 || !(enters || before.is_empty()) {
        return None;
    }
    let expected: Vec<String> = before
        .last()
        .and_then(|record| record.frame.iteration.as_ref())
        .map(|iteration| format!("iteration {}", iteration.index))
        .into_iter()
        .chain(entered_state(before).map(|state| format!("{state:?}")))
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
    if shown.is_empty() && is_below_runtime_failure(logs, frame) {
        return None;
    }
    (expected != shown).then(|| format!("'{frame}' was in {expected:?}, and {shown:?} is aborted"))
}

/// The type of the state that a log has entered and not exited.
fn entered_state(log: &[Arc<Record>]) -> Option<StateType> {
    log.iter().flat_map(|record| &record.events).fold(None, |inside, event| match &event.kind {
        EventKind::StateEntered { state, .. } => Some(*state),
        EventKind::StateExited { .. } => None,
        _ => inside,
    })
}
