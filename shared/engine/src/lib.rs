//! One function is the engine: [`advance`] takes a frame and what has happened, and gives the
//! events and the frame that follow.
//!
//! Invariant: no clock, chance, environment, I/O, async or logging. Time and seeds arrive in
//! [`Moment`], remote results in [`Stimulus`]; what must happen next is [`model::Frame::wake`].
//! Invariant: a stimulus that the frame does not wait for changes nothing.
#![warn(clippy::wildcard_enum_match_arm)]

mod child;
mod context;
mod execution_lifecycle;
mod failure_handling;
mod inspect;
mod language;
#[cfg(test)]
mod lint_false_positives;
mod message_queue;
mod redrive;
mod states;
mod step_context;
#[cfg(test)]
mod test_driver;
mod transition_builder;

use asl::StateDefinition;
use model::{Failure, Frame, FramePhase, RecordedEvent, TransitionKind, TransitionRef, error_name};

pub use child::{ChildOrigin, abort_child, abort_unstarted_child, begin_child};
pub use execution_lifecycle::{
    abort_execution, fail_execution, start_execution, time_out_execution,
};
pub use inspect::{
    InspectedData, InspectionInput, InspectionStatus, RetryDetails, StateInspection, inspect_state,
    inspected_call,
};
pub use redrive::{
    FrameEndReason, ResumableFrame, carry_over_child, redrive_execution, resume_child,
};
pub use step_context::{CallOutcome, JoinedChildren, StepContext, Stimulus, TimeAndSeed};

use transition_builder::TransitionBuilder;

/// The events of one step and the frame after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// In order; empty when only the frame changes.
    pub events: Vec<RecordedEvent>,
    /// The frame from then on.
    pub frame: Frame,
}

impl Transition {
    /// The transition of the definition that the step took; none if it stayed in a state, or ended
    /// the frame by a failure.
    pub fn taken(&self) -> Option<TransitionRef> {
        taken_transition(&self.events, &self.frame)
    }
}

/// The transition of the definition that a record with these events and this frame took.
pub fn taken_transition(events: &[RecordedEvent], frame: &Frame) -> Option<TransitionRef> {
    if let FramePhase::Delayed { retrier: Some(index), .. } = frame.phase {
        let kind = TransitionKind::Retry(index);
        return Some(TransitionRef { state: frame.state.clone(), kind });
    }
    events.iter().rev().find_map(|event| event.kind.exit())
}

/// Takes a frame one step on; none when the stimulus is not what the frame waits for, or the
/// frame stands in a state that the definition does not have.
///
/// ```text
/// Ready    + Due               → the state is entered
/// Waiting  + Due, once it is   → the Wait state is left
/// Delayed  + Due, once it is   → the state is tried again
/// Claimed  + Returned | Lost   → the Task state is left, retried, fails or waits for an answer
/// Claimed  + Answered          → the Task state is left, retried or fails
/// Submitted + Answered         → the Task state is left, retried or fails
/// Forked   + Joined | Broken   → the Parallel or Map state is left, retried or fails
/// anything else                → nothing
/// ```
pub fn advance(context: &StepContext<'_>, frame: &Frame, stimulus: Stimulus) -> Option<Transition> {
    let state = context.definition.find_state(&frame.state)?;
    let transition = step_frame(context, frame, state, stimulus)?;
    let is_over = transition.frame.outcome().is_some();
    let most = context.limits.history_events;
    if is_over || transition.frame.events < most {
        return Some(transition);
    }
    // The last event that fits is the one that ends the execution.
    //
    // Spec: Developer Guide, "Step Functions service quotas" § execution event history size.
    let cause = format!("The execution reached the maximum number of history events ({most}).");
    let builder = TransitionBuilder::entering_state(context, frame, state);
    Some(builder.fail_frame(Failure::new(error_name::RUNTIME, cause)))
}

fn step_frame(
    context: &StepContext<'_>,
    frame: &Frame,
    state: &StateDefinition,
    stimulus: Stimulus,
) -> Option<Transition> {
    let now = context.moment.now;
    match (&frame.phase, stimulus) {
        (FramePhase::Ready { input, .. }, Stimulus::Due) => {
            let builder = TransitionBuilder::entering_state(context, frame, state);
            Some(states::enter_state(builder, input))
        }
        (FramePhase::Waiting { input, visit, until }, Stimulus::Due) if now >= *until => {
            Some(states::resume_wait(
                TransitionBuilder::within_state(context, frame, state, visit),
                input,
            ))
        }
        (FramePhase::Delayed { input, visit, until, failing_event: after, .. }, Stimulus::Due)
            if now >= *until =>
        {
            let builder = TransitionBuilder::within_state(context, frame, state, visit)
                .following_event(after.clone());
            Some(states::run_state(builder, input))
        }
        (FramePhase::Claimed { input, visit, .. }, Stimulus::CallReturned(outcome)) => {
            let builder = TransitionBuilder::within_state(context, frame, state, visit);
            Some(states::finish_call(builder, input, outcome))
        }
        (FramePhase::Claimed { input, visit, .. }, Stimulus::CallLost) => {
            let builder = TransitionBuilder::within_state(context, frame, state, visit);
            Some(states::complete_task(builder, input, CallOutcome::worker_lost()))
        }
        (
            FramePhase::Claimed { input, visit, .. } | FramePhase::Submitted { input, visit, .. },
            Stimulus::TaskCompleted(outcome),
        ) => {
            let builder = TransitionBuilder::within_state(context, frame, state, visit);
            Some(states::complete_task(builder, input, outcome))
        }
        (FramePhase::Forked { input, visit, .. }, Stimulus::ChildrenSucceeded(join)) => {
            let builder = TransitionBuilder::within_state(context, frame, state, visit)
                .with_events_at_least(join.events);
            Some(states::join_children(builder, input, join))
        }
        (
            FramePhase::Forked { input, visit, .. },
            Stimulus::ChildFailed { failure, after, events },
        ) => {
            let builder = TransitionBuilder::within_state(context, frame, state, visit)
                .with_events_at_least(events);
            Some(states::handle_child_failure(builder, input, failure, after))
        }
        _ => None,
    }
}
