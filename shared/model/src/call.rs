//! The calls that Task states make, and the jobs that calls start.

use serde::{Deserialize, Serialize};

use crate::{ExecutionId, Payload, TaskResource, TaskSecret};

/// The call that a Task state makes to a function, an activity or a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskCall {
    /// The resource to call.
    #[serde(rename = "r")]
    pub resource: TaskResource,
    /// The function's payload, or the parameters of the service integration.
    #[serde(rename = "p")]
    pub payload: Payload,
    /// The secret of this attempt. `None` if the response to the call completes the task.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<TaskSecret>,
}

/// A job that a call has started and whose end completes the task. The patterns `.sync` and
/// `.sync:2` start jobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskJob {
    /// An execution of another state machine of this deployment.
    Execution {
        /// The id of that execution.
        id: ExecutionId,
        /// The form of the execution's input and output in the task's result.
        output: JobOutput,
    },
}

/// The form of a job's JSON in the result of the task that waited for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobOutput {
    /// `.sync`: as a string.
    Text,
    /// `.sync:2`: as JSON.
    Json,
}
