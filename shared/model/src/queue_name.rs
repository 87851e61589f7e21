//! The two queues of a deployment.

use serde::{Deserialize, Serialize};

use crate::ChildIndex;

/// The name of a queue.
///
/// After a crash, a message is redelivered when its visibility timeout is over. That timeout covers
/// the longest run of the function that serves the queue. Short and long work have separate queues,
/// so that short work recovers fast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum QueueName {
    /// States that make no call. A message takes seconds.
    #[default]
    #[serde(rename = "S")]
    Steps,
    /// Task states. A message takes up to 15 minutes.
    #[serde(rename = "T")]
    Tasks,
}

impl QueueName {
    /// Returns whether this is [`Self::Steps`], the default, which is not stored.
    pub const fn is_steps(&self) -> bool {
        matches!(self, Self::Steps)
    }
}

/// The queues of the messages that start the children of a fork.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChildQueues {
    /// The messages of all children go to this queue.
    All(QueueName),
    /// One queue for each branch of a Parallel state, in order of the branches.
    Each(Vec<QueueName>),
}

impl ChildQueues {
    /// Builds the queues from one queue for each child, in order of the child indices.
    pub fn from_each(queues: Vec<QueueName>) -> Self {
        match queues.first() {
            Some(first) if queues.iter().all(|queue| queue == first) => Self::All(*first),
            Some(_) => Self::Each(queues),
            None => Self::All(QueueName::Steps),
        }
    }

    /// Returns the queue of the message that starts this child.
    pub fn queue_of(&self, child: ChildIndex) -> QueueName {
        match self {
            Self::All(queue) => *queue,
            Self::Each(queues) => queues.get(child.as_usize()).copied().unwrap_or_default(),
        }
    }
}
