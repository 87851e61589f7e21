//! What history calls a task's events.

use asl::Resource;
use model::{EventKind, Failure, Payload};

/// The event family of a call: a function by its ARN has its own, all else are tasks.
pub(super) struct Names<'r> {
    family: Family<'r>,
    /// What the cause of `States.DataLimitExceeded` calls it (recorded).
    pub(super) limit_name: &'r str,
}

enum Family<'r> {
    LambdaFunction { arn: &'r str },
    Task { resource_type: &'static str, resource: String },
}

impl<'r> Names<'r> {
    pub(super) fn of(resource: &'r Resource) -> Self {
        match resource {
            Resource::LambdaFunction { arn } => {
                Self { family: Family::LambdaFunction { arn }, limit_name: arn }
            }
            Resource::Integration { action, pattern } => {
                let [service, action] = action.names();
                let resource = format!("{action}{}", pattern.suffix());
                let family = Family::Task { resource_type: service, resource };
                Self { family, limit_name: service }
            }
        }
    }

    pub(super) fn scheduled(
        &self,
        payload: &Payload,
        timeout_in_seconds: Option<u64>,
        heartbeat_in_seconds: Option<u64>,
    ) -> EventKind {
        let data = payload.clone().into();
        match &self.family {
            Family::LambdaFunction { arn } => EventKind::LambdaFunctionScheduled {
                resource: (*arn).to_owned(),
                input: data,
                timeout_in_seconds,
            },
            Family::Task { resource_type, resource } => EventKind::TaskScheduled {
                resource_type: (*resource_type).to_owned(),
                resource: resource.clone(),
                parameters: data,
                timeout_in_seconds,
                heartbeat_in_seconds,
            },
        }
    }

    pub(super) fn started(&self) -> EventKind {
        match &self.family {
            Family::LambdaFunction { .. } => EventKind::LambdaFunctionStarted,
            Family::Task { resource_type, resource } => EventKind::TaskStarted {
                resource_type: (*resource_type).to_owned(),
                resource: resource.clone(),
            },
        }
    }

    /// None for a function by its ARN: its return ends it.
    pub(super) fn submitted(&self, output: &Payload) -> Option<EventKind> {
        match &self.family {
            Family::LambdaFunction { .. } => None,
            Family::Task { resource_type, resource } => Some(EventKind::TaskSubmitted {
                resource_type: (*resource_type).to_owned(),
                resource: resource.clone(),
                output: output.clone().into(),
            }),
        }
    }

    pub(super) fn succeeded(&self, result: &Payload) -> EventKind {
        let output = result.clone().into();
        match &self.family {
            Family::LambdaFunction { .. } => EventKind::LambdaFunctionSucceeded { output },
            Family::Task { resource_type, resource } => EventKind::TaskSucceeded {
                resource_type: (*resource_type).to_owned(),
                resource: resource.clone(),
                output,
            },
        }
    }

    pub(super) fn failed(&self, failure: Failure) -> EventKind {
        match &self.family {
            Family::LambdaFunction { .. } => EventKind::LambdaFunctionFailed(failure),
            Family::Task { resource_type, resource } => EventKind::TaskFailed {
                resource_type: (*resource_type).to_owned(),
                resource: resource.clone(),
                failure,
            },
        }
    }

    pub(super) fn timed_out(&self, failure: Failure) -> EventKind {
        match &self.family {
            Family::LambdaFunction { .. } => EventKind::LambdaFunctionTimedOut(failure),
            Family::Task { resource_type, resource } => EventKind::TaskTimedOut {
                resource_type: (*resource_type).to_owned(),
                resource: resource.clone(),
                failure,
            },
        }
    }
}
