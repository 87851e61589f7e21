//! Children: Parallel branches and Map iterations.

use asl::{Definition, StateKind};
use model::{
    ChildIndex, Event, EventKind, EventRef, Failure, Frame, Iteration, Outcome, Payload, Phase,
};

use crate::{Scene, Transition, draft::Draft, states};

/// What a child follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The event that its first one follows: of the fork, or of the child whose end let it start.
    pub after: EventRef,
    /// Events of the execution up to there.
    pub events: u64,
}

/// The first record of a child: its beginning and its first state's step. None if the parent is
/// not at a fork that has this child.
///
/// `scene.path` is the child's.
pub fn begin_child(
    scene: &Scene<'_>,
    parent: &Frame,
    index: ChildIndex,
    origin: &Origin,
) -> Option<Transition> {
    let Phase::Forked { input, effective, visit, .. } = &parent.phase else { return None };
    let forking = scene.definition.state(&parent.state)?;
    let effective = effective.as_ref().unwrap_or(input);
    let after = Some(origin.after.clone());
    match &forking.kind {
        StateKind::Parallel(parallel) => {
            let branch = parallel.branches.get(index.index())?;
            let first = scene.definition.state(&branch.start_at)?;
            let frame = child_frame(&first.name, effective.clone(), None, origin.events);
            let draft = Draft::entering(scene, &frame, first).after(after);
            Some(states::enter(draft, effective))
        }
        StateKind::Map(map) => {
            let first = scene.definition.state(&map.processor.start_at)?;
            let iteration = Iteration { map: forking.name.clone(), index: index.get() };
            let started = EventKind::MapIterationStarted {
                name: iteration.map.clone(),
                index: iteration.index,
            };
            let frame = child_frame(&first.name, effective.clone(), Some(iteration), origin.events);
            let mut selecting = Draft::within(scene, &frame, forking, visit).after(after.clone());
            match states::map::item_input(&mut selecting, map, effective, index) {
                Ok(item) => {
                    let mut draft = Draft::entering(scene, &frame, first).after(after);
                    draft.push(Event::chained(started));
                    Some(states::enter(draft, &item))
                }
                Err(failure) => {
                    selecting.emit(started);
                    Some(selecting.fail(failure))
                }
            }
        }
        StateKind::Pass(_)
        | StateKind::Task(_)
        | StateKind::Choice(_)
        | StateKind::Wait(_)
        | StateKind::Succeed(_)
        | StateKind::Fail(_) => None,
    }
}

/// Stops a child that is not over because a sibling has failed.
///
/// `after` is the failing event; `events` are those of the execution as the child's own children
/// knew them.
pub fn abort_child(
    definition: &Definition,
    frame: &Frame,
    after: &EventRef,
    events: u64,
) -> Transition {
    let inside = match frame.phase {
        Phase::Waiting { .. }
        | Phase::Claimed { .. }
        | Phase::Delayed { .. }
        | Phase::Forked { .. } => definition.state(&frame.state),
        Phase::Ready { .. } | Phase::Ended(_) => None,
    };
    let state = inside.map(|state| EventKind::StateAborted(state.kind.state_type()));
    let iteration = frame.iteration.as_ref().map(|iteration| EventKind::MapIterationAborted {
        name: iteration.map.clone(),
        index: iteration.index,
    });
    let kinds = state.into_iter().chain(iteration);
    let shown: Vec<Event> = kinds.map(|kind| Event::after(after.clone(), kind)).collect();
    Transition {
        frame: Frame {
            phase: Phase::Ended(Outcome::Aborted(Failure::default())),
            events: frame.events.max(events) + shown.len() as u64,
            ..frame.clone()
        },
        events: shown,
    }
}

/// The only record of a child whose sibling failed before it could begin. History does not show
/// it; it keeps the child from beginning.
pub fn never_begun(parent: &Frame) -> Transition {
    let frame = Frame {
        state: parent.state.clone(),
        phase: Phase::Ended(Outcome::Aborted(Failure::default())),
        iteration: None,
        events_before: parent.events,
        events: parent.events,
    };
    Transition { events: Vec::new(), frame }
}

fn child_frame(
    state: &model::StateName,
    input: Payload,
    iteration: Option<Iteration>,
    events: u64,
) -> Frame {
    Frame {
        state: state.clone(),
        phase: Phase::Ready { input },
        iteration,
        events_before: events,
        events,
    }
}
