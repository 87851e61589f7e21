//! The calls that Task states make, and the jobs that calls start.

use serde::{Deserialize, Serialize};

use crate::{
    ExecutionId, Payload, TaskResource, TaskSecret,
    limits::{
        JOB_POLL_MILLISECONDS_MAX, JOB_POLL_MILLISECONDS_MIN, SERVICE_JOB_POLL_MILLISECONDS_MAX,
        SERVICE_JOB_POLL_MILLISECONDS_MIN,
    },
};

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
    /// The role that the state names. `None` if the call is made with the state machine's.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<TaskCredentials>,
}

/// Whose credentials a Task's call is made with: `Credentials`.
///
/// Spec: Developer Guide, "Accessing resources in other AWS accounts".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskCredentials {
    /// The ARN of the role.
    pub role_arn: String,
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
    /// A job of an AWS service.
    Service(ServiceJob),
    /// An asynchronous invocation of a Lambda function, whose answer is sent to a queue.
    Function(FunctionInvocation),
}

/// An asynchronous invocation of a Lambda function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionInvocation {
    /// The resource of the Task, which says what its result looks like.
    #[serde(rename = "r")]
    pub resource: TaskResource,
    /// What its answer calls it.
    #[serde(rename = "n")]
    pub name: JobName,
}

/// A job of an AWS service: what asks for its state, and what cancels it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceJob {
    /// The integration that has started it.
    #[serde(rename = "r")]
    pub resource: TaskResource,
    /// The ids that the integration knows it by, as JSON text.
    #[serde(rename = "h")]
    pub handle: String,
    /// The role that the state names.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<TaskCredentials>,
    /// What its service calls it in events; none if its service sends none.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<JobName>,
}

/// What a service calls a job in its events: unique in the account and region.
///
/// Shape: `<source of the events>/<id>`, such as `aws.batch/4a1e…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobName(String);

impl JobName {
    /// The name of the job that events from this source call `id`.
    pub fn new(source: &str, id: &str) -> Self {
        Self(format!("{source}/{id}"))
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TaskJob {
    /// Returns the shortest and the longest interval between two polls, in milliseconds; none if there
    /// is nobody to ask. Between them, it is the time for which the task has waited.
    pub const fn poll_milliseconds(&self) -> Option<(i64, i64)> {
        match self {
            // Its end is reported; a poll finds only what got lost.
            Self::Execution { .. } => Some((JOB_POLL_MILLISECONDS_MIN, JOB_POLL_MILLISECONDS_MAX)),
            Self::Service(_) => {
                Some((SERVICE_JOB_POLL_MILLISECONDS_MIN, SERVICE_JOB_POLL_MILLISECONDS_MAX))
            }
            Self::Function(_) => None,
        }
    }

    /// Returns what those call the job who tell of it; none if nobody does.
    pub const fn name(&self) -> Option<&JobName> {
        match self {
            Self::Execution { .. } => None,
            Self::Service(job) => job.name.as_ref(),
            Self::Function(invocation) => Some(&invocation.name),
        }
    }
}

/// The form of a job's JSON in the result of the task that waited for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobOutput {
    /// `.sync`: as a string.
    Text,
    /// `.sync:2`: as JSON.
    Json,
}
