//! Takes one step of a frame, according to its phase and the stimulus.

use asl::StateDefinition;
use model::{Failure, Frame, FramePhase, error_name};

use crate::{
    states,
    step_context::{CallOutcome, StepContext, Stimulus},
    transition::Transition,
    transition_builder::TransitionBuilder,
};

/// Advances a frame by one step.
///
/// Returns `None` if the frame does not wait for the stimulus, or if the definition does not have
/// the state of the frame.
///
/// ```text
/// Ready     + Due                  → the state is entered
/// Waiting   + Due at its time      → the Wait state is left
/// Delayed   + Due at its time      → the state runs again
/// Claimed   + CallReturned         → the Task state is left, retried, fails or waits for an answer
/// Claimed   + CallLost             → the Task state is left by a catcher, retried or fails
/// Claimed   + ActivityTaskTaken    → the task of an activity has a worker, for whose answer it waits
/// Claimed   + TaskCompleted        → the Task state is left, retried or fails
/// Submitted + ActivityTaskTaken    → the same as for Claimed, if it has no worker yet
/// Submitted + TaskCompleted        → the Task state is left, retried or fails
/// Forked    + ChildrenSucceeded    → the Parallel or Map state is left, retried or fails
/// Forked    + ChildFailed          → the same
/// anything else                    → nothing
/// ```
pub fn advance(context: &StepContext<'_>, frame: &Frame, stimulus: Stimulus) -> Option<Transition> {
    let state = context.definition.find_state(&frame.state)?;
    let transition = step_frame(context, frame, state, stimulus)?;
    if fits_history(context, &transition) {
        return Some(transition);
    }
    let builder = TransitionBuilder::entering_state(context, frame, state);
    Some(builder.fail_frame(full_history(context.limits.history_events)))
}

/// Whether a transition ends its frame, or leaves room for the event that will.
pub(crate) fn fits_history(context: &StepContext<'_>, transition: &Transition) -> bool {
    let is_over = transition.frame.outcome().is_some();
    is_over || transition.frame.events < context.limits.history_events
}

/// Returns the failure of an execution whose last event is the last that the limit allows.
///
/// Spec: Developer Guide, "Step Functions service quotas" § execution event history size.
pub fn full_history(events_max: u64) -> Failure {
    let cause =
        format!("The execution reached the maximum number of history events ({events_max}).");
    Failure::new(error_name::RUNTIME, cause)
}

fn step_frame(
    context: &StepContext<'_>,
    frame: &Frame,
    state: &StateDefinition,
    stimulus: Stimulus,
) -> Option<Transition> {
    let now = context.time_and_seed.now;
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
            Stimulus::ActivityTaskTaken { worker_name },
        ) if frame.offered_task().is_some() => {
            let builder = TransitionBuilder::within_state(context, frame, state, visit);
            Some(states::start_activity_task(builder, input, worker_name))
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
            Stimulus::ChildFailed { failure, after, events, shown },
        ) => {
            let builder = TransitionBuilder::within_state(context, frame, state, visit)
                .with_events_at_least(events);
            Some(states::handle_child_failure(builder, input, failure, after, shown))
        }
        _ => None,
    }
}
