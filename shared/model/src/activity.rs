//! Activities, and the tasks that wait for their workers.

use serde::{Deserialize, Serialize};

use crate::{Payload, ResourceName, TaskSecret, TaskToken, Timestamp};

/// An activity: a name under which workers ask for tasks.
///
/// Spec: Developer Guide, "Activities".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    /// The name of the activity.
    pub name: ResourceName,
    /// When the activity was created.
    pub created_at: Timestamp,
    /// `encryptionConfiguration` as given, if it was.
    #[serde(default)]
    pub encryption: Option<serde_json::Value>,
    /// Tags as keys and values, in the order given.
    #[serde(default)]
    pub tags: Vec<(String, String)>,
}

/// A row of the queue of an activity: it says that the task attempt with this token waited for a
/// worker when the row was written. Only the log of its frame says whether it still does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ActivityTask {
    /// The activity.
    pub activity: ResourceName,
    /// When the attempt was scheduled. Tasks are offered in that order.
    pub scheduled_at: Timestamp,
    /// The token of the attempt.
    pub token: TaskToken,
}

/// An activity's task in the log of its frame while it waits for a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueuedTask {
    /// The activity in whose queue it is.
    #[serde(rename = "a")]
    pub activity: ResourceName,
    /// [`ActivityTask::scheduled_at`] of its row.
    #[serde(rename = "t")]
    pub scheduled_at: Timestamp,
    /// The input that its worker gets.
    #[serde(rename = "i")]
    pub input: Payload,
    /// Maximum seconds between two heartbeats of its worker.
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub heartbeat_seconds: Option<u64>,
}

/// A task that a frame offers to workers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OfferedTask<'frame> {
    /// The secret of the attempt.
    pub secret: TaskSecret,
    /// The input that its worker gets.
    pub input: &'frame Payload,
    /// When the task times out. `None` for no timeout.
    pub deadline: Option<Timestamp>,
}
