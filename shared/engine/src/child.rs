//! Child frames: Parallel branches and Map iterations.

use asl::Definition;
use model::{
    ChildIndex, EventKind, EventRef, Failure, Frame, FrameOutcome, FramePhase, MapIteration,
    QueueName, Record, RecordNumber, RecordedEvent, StateType, WorkflowVariables,
};

use crate::{
    states, step_context::StepContext, transition::Transition,
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
        let builder =
            TransitionBuilder::entering_state(context, &frame, first).following_event(after);
        return Some(states::enter_state(builder, effective));
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
            let mut builder =
                TransitionBuilder::entering_state(context, &frame, first).following_event(after);
            builder.push_event(RecordedEvent::new_chained(started));
            Some(states::enter_state(builder, &item))
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

/// What the parent of a failed child shows of the child's end, before its own failure.
///
/// It is the parent that shows it, since AWS shows it after what it shows of the siblings that the
/// failure cuts (observed).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FailedChildEvents {
    /// The index of the iteration that has failed. `None` for a branch, and for an iteration that
    /// had not started.
    pub iteration: Option<u32>,
    /// Whether the child ended in a Task state whose task has failed: AWS shows that state as
    /// aborted (observed).
    pub task_aborted: bool,
}

impl FailedChildEvents {
    /// Reads it from the last record of a failed child.
    pub fn of_last_record(number: RecordNumber, record: &Record) -> Self {
        let last = record.events.last().map(|event| &event.kind);
        // An earlier version wrote the end of an iteration into its own log.
        let is_shown = matches!(last, Some(EventKind::MapIterationFailed { .. }));
        let began = number != RecordNumber::FIRST
            || record
                .events
                .iter()
                .any(|event| matches!(event.kind, EventKind::MapIterationStarted { .. }));
        let iteration = record.frame.iteration.as_ref().filter(|_| began && !is_shown);
        Self {
            iteration: iteration.map(|iteration| iteration.index),
            task_aborted: last.is_some_and(is_failed_task),
        }
    }
}

/// Returns whether an event says that the task of a Task state has failed.
pub(crate) fn is_failed_task(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::TaskFailed { .. }
            | EventKind::TaskTimedOut { .. }
            | EventKind::LambdaFunctionFailed(_)
            | EventKind::LambdaFunctionTimedOut(_)
            | EventKind::ActivityFailed(_)
            | EventKind::ActivityTimedOut(_)
    )
}

/// Whether history shows what a failure ends: the children that it cuts, and the states above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedStatesEvents {
    /// Each has an event.
    Shown,
    /// None has. So it is on AWS with `States.Runtime`, which nothing can handle (observed).
    Hidden,
}

impl EndedStatesEvents {
    /// Whether those are shown that this failure of a child ends. `fork` is the parent.
    pub fn of_child_failure(definition: &Definition, fork: &Frame, failure: &Failure) -> Self {
        let state = definition.find_state(&fork.state);
        let is_tolerance = state.is_some_and(|state| states::exceeds_tolerance(state, &fork.phase));
        if failure.is_runtime() && !is_tolerance { Self::Hidden } else { Self::Shown }
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
