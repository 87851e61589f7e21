//! Child frames: Parallel branches and Map iterations.

use asl::{Definition, StateDefinition};
use model::{
    ChildIndex, EventKind, EventRef, Failure, Frame, FrameOutcome, FramePhase, MapIteration,
    QueueName, RecordedEvent, StateType, WorkflowVariables,
};

use crate::{
    advance::{fits_history, full_history},
    child_end::EndedStatesEvents,
    states::{self, tolerance::exceeds_tolerance},
    step_context::StepContext,
    transition::Transition,
    transition_builder::TransitionBuilder,
};

/// The event that a child frame follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildOrigin {
    /// The predecessor of the child's first event: an event of the fork, or of the child whose end
    /// started this one.
    pub after: EventRef,
    /// How many events the execution has up to and including that event.
    pub events: u64,
}

/// Begins a child frame and takes the step of its first state. The transition becomes the first
/// record of the child.
///
/// `context.path` must be the path of the child. Returns `None` if the parent is not at a fork that
/// has this child.
pub fn begin_child(
    context: &StepContext<'_>,
    parent: &Frame,
    index: ChildIndex,
    origin: &ChildOrigin,
) -> Option<Transition> {
    let FramePhase::Forked { input, children_input: effective, visit, .. } = &parent.phase else {
        return None;
    };
    let forking = context.definition.find_state(&parent.state)?;
    let effective = effective.as_ref().unwrap_or(input);
    let after = Some(origin.after.clone());
    let workflow = forking.child_workflow(index)?;
    let first = context.definition.find_state(&workflow.start_at)?;
    let mut frame = Frame {
        state: first.name.clone(),
        phase: FramePhase::Ready { input: effective.clone(), queue: QueueName::Steps },
        iteration: None,
        fork: None,
        // Variables that no state of the child reads would only make its records larger.
        variables: parent
            .variables
            .filtered_by_name(|name| context.definition.reads_variable(workflow, name)),
        events_before: origin.events,
        events: origin.events,
    };
    if forking.state_type() == StateType::Parallel {
        let builder = TransitionBuilder::entering_state(context, &frame, first)
            .following_event(after.clone());
        let begun = states::enter_state(builder, effective);
        return Some(within_history(context, &frame, first, after, begun));
    }
    let iteration = MapIteration { map: forking.name.clone(), index: index.as_u32() };
    let started =
        EventKind::MapIterationStarted { name: iteration.map.clone(), index: iteration.index };
    frame.iteration = Some(iteration);
    // The Map state selects the item, so its `ItemSelector` sees the variables of the Map state.
    let of_map = Frame { variables: parent.variables.clone(), ..frame.clone() };
    let mut selecting = TransitionBuilder::within_state(context, &of_map, forking, visit)
        .following_event(after.clone());
    match states::iteration_input(&mut selecting, input, effective, index)? {
        Ok(item) => {
            let mut builder = TransitionBuilder::entering_state(context, &frame, first)
                .following_event(after.clone());
            builder.push_event(RecordedEvent::new_chained(started));
            let begun = states::enter_state(builder, &item);
            Some(within_history(context, &frame, first, after, begun))
        }
        Err(failure) => {
            // The iteration has not started, so AWS shows no event of it (observed).
            let mut failing = TransitionBuilder::within_state(context, &frame, forking, visit)
                .following_event(after);
            for event in selecting.into_events() {
                failing.emit_event(event.kind);
            }
            Some(failing.fail_frame(failure))
        }
    }
}

/// Returns the first transition of a child, or its failure if that leaves no room in the history.
fn within_history(
    context: &StepContext<'_>,
    frame: &Frame,
    first: &StateDefinition,
    after: Option<EventRef>,
    begun: Transition,
) -> Transition {
    if fits_history(context, &begun) {
        return begun;
    }
    TransitionBuilder::entering_state(context, frame, first)
        .following_event(after)
        .fail_frame(full_history(context.limits.history_events))
}

/// Returns whether history shows what this failure of a child ends. `fork` is the parent.
pub fn events_of_ended_states(
    definition: &Definition,
    fork: &Frame,
    failure: &Failure,
) -> EndedStatesEvents {
    let state = definition.find_state(&fork.state);
    let is_tolerance = state.is_some_and(|state| exceeds_tolerance(state, &fork.phase));
    if failure.is_runtime() && !is_tolerance {
        EndedStatesEvents::Hidden
    } else {
        EndedStatesEvents::Shown
    }
}

/// Aborts a child that has not ended, because a sibling of it or of a frame above it has failed.
///
/// `after` is the failing event. `events` is how many events the execution has, as far as the
/// child's own children know.
pub fn abort_child(
    definition: &Definition,
    frame: &Frame,
    after: &EventRef,
    events: u64,
    show: EndedStatesEvents,
) -> Transition {
    let inside = match frame.phase {
        FramePhase::Waiting { .. }
        | FramePhase::Claimed { .. }
        | FramePhase::Submitted { .. }
        | FramePhase::Delayed { .. }
        | FramePhase::Forked { .. } => definition.find_state(&frame.state),
        FramePhase::Ready { .. } | FramePhase::Ended(_) => None,
    };
    let state = inside.map(|state| EventKind::StateAborted(state.state_type()));
    let iteration = frame.iteration.as_ref().map(|iteration| EventKind::MapIterationAborted {
        name: iteration.map.clone(),
        index: iteration.index,
    });
    let kinds = match show {
        EndedStatesEvents::Shown => iteration.into_iter().chain(state).collect(),
        EndedStatesEvents::Hidden => Vec::new(),
    };
    let shown: Vec<RecordedEvent> =
        kinds.into_iter().map(|kind| RecordedEvent::new_after(after.clone(), kind)).collect();
    Transition {
        frame: Frame {
            phase: FramePhase::Ended(FrameOutcome::Aborted(Failure::default())),
            events: frame.events.max(events) + shown.len() as u64,
            ..frame.clone()
        },
        events: shown,
    }
}

/// Ends a child whose sibling failed before the child began. The transition becomes the only record
/// of the child and prevents it from beginning. It has no events, so history does not show it.
pub fn abort_unstarted_child(parent: &Frame) -> Transition {
    let frame = Frame {
        state: parent.state.clone(),
        phase: FramePhase::Ended(FrameOutcome::Aborted(Failure::default())),
        iteration: None,
        fork: None,
        variables: WorkflowVariables::default(),
        events_before: parent.events,
        events: parent.events,
    };
    Transition { events: Vec::new(), frame }
}
