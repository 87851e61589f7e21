//! The history events of a task. Their names depend on its resource.

use model::{EventKind, Failure, Payload, TaskCredentials, TaskResource};

/// Builds the events of a task. Functions named by their ARN and activities have event types of
/// their own. All other resources have `Task…` events.
pub(super) struct TaskEvents<'r> {
    family: TaskEventFamily<'r>,
    /// The name of the task in the cause of `States.DataLimitExceeded` (recorded).
    pub(super) limit_name: &'r str,
}

enum TaskEventFamily<'r> {
    LambdaFunction { arn: &'r str },
    Activity { arn: &'r str },
    Task { resource_type: &'r str, resource: String },
}

impl<'r> TaskEvents<'r> {
    pub(super) fn for_resource(resource: &'r TaskResource) -> Self {
        match resource {
            TaskResource::LambdaFunction { arn } => {
                Self { family: TaskEventFamily::LambdaFunction { arn }, limit_name: arn }
            }
            TaskResource::Activity { arn } => {
                Self { family: TaskEventFamily::Activity { arn }, limit_name: arn }
            }
            TaskResource::Integration(integration) => {
                let resource_type = integration.service.as_str();
                let resource = integration.action_and_pattern();
                let family = TaskEventFamily::Task { resource_type, resource };
                Self { family, limit_name: resource_type }
            }
        }
    }

    pub(super) fn scheduled_event(
        &self,
        payload: &Payload,
        timeout_in_seconds: Option<u64>,
        heartbeat_in_seconds: Option<u64>,
        credentials: Option<&TaskCredentials>,
    ) -> EventKind {
        let data = payload.clone();
        let credentials = credentials.cloned();
        match &self.family {
            TaskEventFamily::LambdaFunction { arn } => EventKind::LambdaFunctionScheduled {
                resource: (*arn).to_owned(),
                input: data,
                timeout_in_seconds,
                credentials,
            },
            TaskEventFamily::Activity { arn } => EventKind::ActivityScheduled {
                resource: (*arn).to_owned(),
                input: data,
                timeout_in_seconds,
                heartbeat_in_seconds,
            },
            TaskEventFamily::Task { resource_type, resource } => EventKind::TaskScheduled {
                resource_type: (*resource_type).to_owned(),
                resource: resource.clone(),
                parameters: data,
                timeout_in_seconds,
                heartbeat_in_seconds,
                credentials,
            },
        }
    }

    /// Returns the event that follows the scheduled event at once. `None` for activities, whose
    /// tasks start when a worker takes them.
    pub(super) fn started_event(&self) -> Option<EventKind> {
        match &self.family {
            TaskEventFamily::LambdaFunction { .. } => Some(EventKind::LambdaFunctionStarted),
            TaskEventFamily::Activity { .. } => None,
            TaskEventFamily::Task { resource_type, resource } => Some(EventKind::TaskStarted {
                resource_type: (*resource_type).to_owned(),
                resource: resource.clone(),
            }),
        }
    }

    /// Returns the event that follows the return of a call whose task then waits for its answer.
    /// `None` for functions by their ARN, which AWS shows without such an event.
    ///
    /// The call of an activity's task returns like this only to a mock, which stands for a worker
    /// without a name.
    pub(super) fn submitted_event(&self, output: &Payload) -> Option<EventKind> {
        match &self.family {
            TaskEventFamily::LambdaFunction { .. } => None,
            TaskEventFamily::Activity { .. } => {
                Some(EventKind::ActivityStarted { worker_name: None })
            }
            TaskEventFamily::Task { resource_type, resource } => Some(EventKind::TaskSubmitted {
                resource_type: (*resource_type).to_owned(),
                resource: resource.clone(),
                output: output.clone(),
            }),
        }
    }

    pub(super) fn succeeded_event(&self, result: &Payload) -> EventKind {
        let output = result.clone();
        match &self.family {
            TaskEventFamily::LambdaFunction { .. } => EventKind::LambdaFunctionSucceeded { output },
            TaskEventFamily::Activity { .. } => EventKind::ActivitySucceeded { output },
            TaskEventFamily::Task { resource_type, resource } => EventKind::TaskSucceeded {
                resource_type: (*resource_type).to_owned(),
                resource: resource.clone(),
                output,
            },
        }
    }

    pub(super) fn failed_event(&self, failure: Failure) -> EventKind {
        match &self.family {
            TaskEventFamily::LambdaFunction { .. } => EventKind::LambdaFunctionFailed(failure),
            TaskEventFamily::Activity { .. } => EventKind::ActivityFailed(failure),
            TaskEventFamily::Task { resource_type, resource } => EventKind::TaskFailed {
                resource_type: (*resource_type).to_owned(),
                resource: resource.clone(),
                failure,
            },
        }
    }

    pub(super) fn timed_out_event(&self, failure: Failure) -> EventKind {
        match &self.family {
            TaskEventFamily::LambdaFunction { .. } => EventKind::LambdaFunctionTimedOut(failure),
            TaskEventFamily::Activity { .. } => EventKind::ActivityTimedOut(failure),
            TaskEventFamily::Task { resource_type, resource } => EventKind::TaskTimedOut {
                resource_type: (*resource_type).to_owned(),
                resource: resource.clone(),
                failure,
            },
        }
    }
}
