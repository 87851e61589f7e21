//! What happens to an execution from outside its states: start, stop, timeout, refusal.

use asl::Definition;
use model::{
    EventKind, Failure, Frame, FrameOutcome, FramePhase, Payload, PreviousEvent, RecordedEvent,
    WorkflowVariables, error_name,
};

use crate::{
    message_queue::queue_of_state, transition::Transition, transition_builder::execution_end_event,
};

/// Record 0 of an execution: `ExecutionStarted`, and its first state ready.
pub fn start_execution(definition: &Definition, input: Payload, role_arn: &str) -> Transition {
    let event = RecordedEvent::new_chained(EventKind::ExecutionStarted {
        input: input.clone().into(),
        role_arn: role_arn.to_owned(),
    });
    let queue = queue_of_state(definition, &definition.workflow.start_at);
    let frame = Frame {
        state: definition.workflow.start_at.clone(),
        phase: FramePhase::Ready { input, queue },
        iteration: None,
        variables: WorkflowVariables::default(),
        events_before: 0,
        events: 1,
    };
    Transition { events: vec![event], frame }
}

/// `StopExecution`: the root frame ends as aborted; none if it is over.
pub fn abort_execution(root: &Frame, failure: Failure) -> Option<Transition> {
    end_execution(root, FrameOutcome::Aborted(failure))
}

/// The execution's own `TimeoutSeconds`: the root frame ends as timed out; none if it is over.
pub fn time_out_execution(root: &Frame) -> Option<Transition> {
    end_execution(root, FrameOutcome::TimedOut(Failure::with_error_name(error_name::TIMEOUT)))
}

/// The engine's own limit: the root frame fails; none if it is over.
pub fn fail_execution(root: &Frame, cause: &str) -> Option<Transition> {
    end_execution(root, FrameOutcome::Failed(Failure::new(error_name::RUNTIME, cause)))
}

fn end_execution(root: &Frame, outcome: FrameOutcome) -> Option<Transition> {
    if root.outcome().is_some() {
        return None;
    }
    // AWS numbers the end of an execution from outside as following nothing.
    let event =
        RecordedEvent { previous: PreviousEvent::Nothing, kind: execution_end_event(&outcome) };
    let frame =
        Frame { phase: FramePhase::Ended(outcome), events: root.events + 1, ..root.clone() };
    Some(Transition { events: vec![event], frame })
}
