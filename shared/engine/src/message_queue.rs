//! Chooses the queue of the message that advances a frame.

use asl::{Definition, StateDefinition};
use model::{ChildIndex, ChildQueues, FramePhase, QueueName, StateName, StateType};

/// Returns the queue of the message that makes a frame enter a state.
pub(crate) fn queue_of_state(definition: &Definition, state: &StateName) -> QueueName {
    match definition.find_state(state).map(StateDefinition::state_type) {
        Some(StateType::Task) => QueueName::Tasks,
        Some(
            StateType::Pass
            | StateType::Choice
            | StateType::Wait
            | StateType::Succeed
            | StateType::Fail
            | StateType::Parallel
            | StateType::Map,
        )
        | None => QueueName::Steps,
    }
}

/// Returns the queue of the message that runs the state of a frame in this phase again.
pub(crate) const fn queue_to_try_again(phase: &FramePhase) -> QueueName {
    match phase {
        FramePhase::Ready { queue, .. } | FramePhase::Delayed { queue, .. } => *queue,
        FramePhase::Claimed { .. } | FramePhase::Submitted { .. } => QueueName::Tasks,
        FramePhase::Waiting { .. } | FramePhase::Forked { .. } | FramePhase::Ended(_) => {
            QueueName::Steps
        }
    }
}

/// Returns the queues of the messages that start the children of a Parallel or Map state.
pub(crate) fn child_queues(definition: &Definition, forking: &StateDefinition) -> ChildQueues {
    let queue_of = |child| {
        let workflow = forking.child_workflow(ChildIndex::new(child))?;
        Some(queue_of_state(definition, &workflow.start_at))
    };
    match forking.state_type() {
        StateType::Parallel => ChildQueues::from_each((0..).map_while(queue_of).collect()),
        StateType::Map => ChildQueues::All(queue_of(0).unwrap_or_default()),
        StateType::Pass
        | StateType::Task
        | StateType::Choice
        | StateType::Wait
        | StateType::Succeed
        | StateType::Fail => ChildQueues::All(QueueName::Steps),
    }
}
