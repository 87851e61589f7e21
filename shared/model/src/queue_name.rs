//! The two queues of a deployment.

use serde::{Deserialize, Serialize};

use crate::ChildIndex;

/// A queue. Recovery after a crash takes as long as the function that serves the queue may run, so
/// short and long work do not share one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum QueueName {
    /// States that call nothing outside: seconds.
    #[default]
    #[serde(rename = "S")]
    Steps,
    /// Task states: up to 15 minutes.
    #[serde(rename = "T")]
    Tasks,
}

impl QueueName {
    /// Whether it is the queue of states that call nothing.
    pub const fn is_steps(&self) -> bool {
        matches!(self, Self::Steps)
    }
}

/// The queues of the messages that start the children of a fork.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChildQueues {
    /// All children begin with states of one kind.
    All(QueueName),
    /// The branches of a Parallel state, in their order.
    Each(Vec<QueueName>),
}

impl ChildQueues {
    /// The queues of these children, in order of their indices.
    pub fn from_each(queues: Vec<QueueName>) -> Self {
        match queues.first() {
            Some(first) if queues.iter().all(|queue| queue == first) => Self::All(*first),
            Some(_) => Self::Each(queues),
            None => Self::All(QueueName::Steps),
        }
    }

    /// The queue of the message that starts this child.
    pub fn queue_of(&self, child: ChildIndex) -> QueueName {
        match self {
            Self::All(queue) => *queue,
            Self::Each(queues) => queues.get(child.as_usize()).copied().unwrap_or_default(),
        }
    }
}
