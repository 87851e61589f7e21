//! Children that were in flight when a sibling failed: history shows how far they came, and that
//! they were aborted there.

use std::{collections::BTreeMap, sync::Arc};

use model::{
    ChildIndex, EventKind, ExecutionId, FramePath, Phase, Record, RecordNumber, StateType,
};

use crate::world::World;

type Logs = BTreeMap<FramePath, Vec<Arc<Record>>>;

/// What is wrong with the ends of children whose fork was left early.
pub(crate) fn checked(world: &World, id: &ExecutionId) -> Vec<String> {
    let mut logs = Logs::new();
    for (key, record) in world.records().filter(|(key, _)| key.execution == *id) {
        logs.entry(key.frame.clone()).or_default().push(Arc::new(record));
    }
    let mut wrong = Vec::new();
    for (frame, log) in &logs {
        for (pair, number) in log.windows(2).zip(0..) {
            let [forked, left] = pair else { continue };
            let Phase::Forked { children, .. } = forked.frame.phase else { continue };
            let is_outside = left.events.iter().any(|event| ends_from_outside(&event.kind));
            if is_outside {
                continue;
            }
            let fork = RecordNumber::new(number);
            let in_flight: Vec<InFlight> = (0..children)
                .map(ChildIndex::new)
                .filter_map(|child| in_flight(child, logs.get(&frame.child(fork, child))?, left))
                .collect();
            wrong.extend(compared(frame, left, &in_flight));
        }
    }
    wrong
}

fn ends_from_outside(kind: &EventKind) -> bool {
    matches!(kind, EventKind::ExecutionAborted(_) | EventKind::ExecutionTimedOut(_))
}

/// A child that, as history shows it, has begun and not ended.
#[derive(Debug)]
struct InFlight {
    child: ChildIndex,
    /// The state that it is in.
    inside: Option<StateType>,
}

fn in_flight(child: ChildIndex, log: &[Arc<Record>], left: &Record) -> Option<InFlight> {
    let visible = log.iter().take_while(|record| (record.at, record.clock) < (left.at, left.clock));
    let visible: Vec<&Arc<Record>> = visible.collect();
    if visible.last()?.frame.outcome().is_some() {
        return None;
    }
    let mut inside = None;
    for event in visible.iter().flat_map(|record| &record.events) {
        match &event.kind {
            EventKind::StateEntered { state, .. } => inside = Some(*state),
            EventKind::StateExited { .. } => inside = None,
            _ => {}
        }
    }
    Some(InFlight { child, inside })
}

fn compared(frame: &FramePath, left: &Record, in_flight: &[InFlight]) -> Option<String> {
    let mut aborted: Vec<StateType> = Vec::new();
    let mut iterations: Vec<u32> = Vec::new();
    let mut is_map = false;
    for event in &left.events {
        match &event.kind {
            EventKind::StateAborted(state) => aborted.push(*state),
            EventKind::MapIterationAborted { index, .. } => iterations.push(*index),
            EventKind::MapStateFailed => is_map = true,
            _ => {}
        }
    }
    let mut inside: Vec<StateType> = in_flight.iter().filter_map(|child| child.inside).collect();
    aborted.sort_unstable();
    inside.sort_unstable();
    let begun: Vec<u32> = in_flight.iter().map(|child| child.child.get()).collect();
    let missed = is_map && iterations != begun;
    (aborted != inside || missed).then(|| {
        format!(
            "where '{frame}' left its fork at {}, history shows {in_flight:?} in flight, and \
             aborts states {aborted:?} and iterations {iterations:?}",
            left.at
        )
    })
}
