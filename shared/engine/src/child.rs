//! Children: Parallel branches and Map iterations.

use asl::Definition;
use model::{
    ChildIndex, Event, EventKind, EventRef, Failure, Frame, Iteration, Outcome, Phase, StateType,
    Variables,
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
    let workflow = forking.child(index)?;
    let first = scene.definition.state(&workflow.start_at)?;
    let mut frame = Frame {
        state: first.name.clone(),
        phase: Phase::Ready { input: effective.clone() },
        iteration: None,
        // What no state of it reads need not be stored again with each of its records.
        variables: parent.variables.only(|name| scene.definition.reads_variable(workflow, name)),
        events_before: origin.events,
        events: origin.events,
    };
    if forking.state_type() == StateType::Parallel {
        let draft = Draft::entering(scene, &frame, first).after(after);
        return Some(states::enter(draft, effective));
    }
    let iteration = Iteration { map: forking.name.clone(), index: index.get() };
    let started =
        EventKind::MapIterationStarted { name: iteration.map.clone(), index: iteration.index };
    frame.iteration = Some(iteration);
    // The item is still the Map's to select: it sees the Map's variables.
    let of_map = Frame { variables: parent.variables.clone(), ..frame.clone() };
    let mut selecting = Draft::within(scene, &of_map, forking, visit).after(after.clone());
    match states::item(&mut selecting, input, effective, index)? {
        Ok(item) => {
            let mut draft = Draft::entering(scene, &frame, first).after(after);
            draft.push(Event::chained(started));
            Some(states::enter(draft, &item))
        }
        Err(failure) => {
            // Its own events, if any, come after the iteration's beginning.
            let mut failing = Draft::within(scene, &frame, forking, visit).after(after);
            failing.emit(started);
            for event in selecting.into_events() {
                failing.emit(event.kind);
            }
            Some(failing.fail(failure))
        }
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
        | Phase::Submitted { .. }
        | Phase::Delayed { .. }
        | Phase::Forked { .. } => definition.state(&frame.state),
        Phase::Ready { .. } | Phase::Ended(_) => None,
    };
    let state = inside.map(|state| EventKind::StateAborted(state.state_type()));
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
        variables: Variables::default(),
        events_before: parent.events,
        events: parent.events,
    };
    Transition { events: Vec::new(), frame }
}
