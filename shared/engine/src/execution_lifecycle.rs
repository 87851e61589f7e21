//! Transitions of a whole execution: start, stop, timeout, and failure by the engine's own limits.

use asl::Definition;
use model::{
    EventKind, Failure, Frame, FrameOutcome, FramePhase, Payload, PreviousEvent, RecordedEvent,
    WorkflowVariables, error_name,
};

use crate::{
    message_queue::queue_of_state, transition::Transition, transition_builder::execution_end_event,
};

/// Starts an execution: returns `ExecutionStarted` and the root frame, ready to enter its first
/// state. The transition becomes record 0 of the root.
pub fn start_execution(definition: &Definition, input: Payload, role_arn: &str) -> Transition {
    let event = RecordedEvent::new_chained(EventKind::ExecutionStarted {
        input: input.clone(),
        role_arn: role_arn.to_owned(),
    });
    let queue = queue_of_state(definition, &definition.workflow.start_at);
    let frame = Frame {
        state: definition.workflow.start_at.clone(),
        phase: FramePhase::Ready { input, queue },
        iteration: None,
        fork: None,
        variables: WorkflowVariables::default(),
        events_before: 0,
        events: 1,
    };
    Transition { events: vec![event], frame }
}

/// Aborts an execution for `StopExecution`. Returns `None` if the root frame has already ended.
pub fn abort_execution(root: &Frame, failure: Failure) -> Option<Transition> {
    end_execution(root, FrameOutcome::Aborted(failure))
}

/// Ends an execution that exceeded its `TimeoutSeconds`. Returns `None` if the root frame has
/// already ended.
pub fn time_out_execution(root: &Frame) -> Option<Transition> {
    end_execution(root, FrameOutcome::TimedOut(Failure::with_error_name(error_name::TIMEOUT)))
}

/// Fails an execution because the engine gives up on it. Returns `None` if the root frame has
/// already ended.
pub fn fail_execution(root: &Frame, cause: &str) -> Option<Transition> {
    end_execution(root, FrameOutcome::Failed(Failure::new(error_name::RUNTIME, cause)))
}

fn end_execution(root: &Frame, outcome: FrameOutcome) -> Option<Transition> {
    if root.outcome().is_some() {
        return None;
    }
    // When an execution is not ended by one of its states, AWS gives the last event no predecessor.
    let event = RecordedEvent::new(PreviousEvent::Nothing, execution_end_event(&outcome));
    let frame =
        Frame { phase: FramePhase::Ended(outcome), events: root.events + 1, ..root.clone() };
    Some(Transition { events: vec![event], frame })
}
