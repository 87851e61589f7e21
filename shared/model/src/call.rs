//! Calls of Task states to the world outside, and the jobs that calls start.

use serde::{Deserialize, Serialize};

use crate::{ExecutionId, Payload, TaskResource, TaskSecret};

/// A call to the world outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskCall {
    /// What is called.
    #[serde(rename = "r")]
    pub resource: TaskResource,
    /// The function's payload, or the parameters of the integration.
    #[serde(rename = "p")]
    pub payload: Payload,
    /// The secret of this attempt, where it may be answered from elsewhere.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<TaskSecret>,
}

/// A job that a call has started and whose end completes the task: the patterns `.sync` and
/// `.sync:2`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskJob {
    /// An execution of another state machine of this deployment.
    Execution {
        /// Which execution.
        id: ExecutionId,
        /// How the task's result shows the execution's input and output.
        output: JobOutput,
    },
}

/// How the result of a task shows the JSON of the job that it waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobOutput {
    /// `.sync`: as a string.
    Text,
    /// `.sync:2`: as JSON.
    Json,
}
