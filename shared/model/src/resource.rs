//! The `Resource` of a Task state, parsed once from its ARN.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{FunctionArn, ResourceName};

/// The `Resource` of a Task state. It is stored as its ARN.
///
/// Spec: ASL § Task State; Developer Guide, "Integrating services with Step Functions".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TaskResource {
    /// A Lambda function by its own ARN: `arn:aws:lambda:<region>:<account>:function:<name>`.
    LambdaFunction {
        /// The ARN as it is written in the definition.
        arn: String,
    },
    /// An activity: `arn:aws:states:<region>:<account>:activity:<name>`.
    Activity {
        /// The ARN as it is written in the definition.
        arn: String,
    },
    /// An action of a service: `arn:aws:states:::<service>:<action><pattern>`, for example
    /// `arn:aws:states:::sqs:sendMessage.waitForTaskToken`.
    Integration(Integration),
}

/// An action of a service, and how the task that calls it is completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integration {
    /// The service, for example `lambda`, `sqs` or `aws-sdk:s3`. History shows it as
    /// `resourceType`.
    pub service: String,
    /// The action, for example `invoke`, `sendMessage` or `getObject`.
    pub action: String,
    /// How the task is completed.
    pub pattern: IntegrationPattern,
}

/// How a task is completed.
///
/// Spec: Developer Guide, "Service integration patterns".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntegrationPattern {
    /// No suffix: the response to the call completes the task.
    RequestResponse,
    /// `.sync`: the end of the job that the call starts completes the task. The job's JSON stays a
    /// string.
    Sync,
    /// `.sync:2`: like `.sync`, but the job's JSON is parsed.
    SyncJson,
    /// `.waitForTaskToken`: whoever holds the task token completes the task.
    WaitForTaskToken,
}

impl IntegrationPattern {
    /// All patterns that have a suffix.
    const SUFFIXED: [Self; 3] = [Self::SyncJson, Self::Sync, Self::WaitForTaskToken];

    /// Returns the suffix that follows the action in the ARN.
    pub const fn arn_suffix(self) -> &'static str {
        match self {
            Self::RequestResponse => "",
            Self::Sync => ".sync",
            Self::SyncJson => ".sync:2",
            Self::WaitForTaskToken => ".waitForTaskToken",
        }
    }

    /// Returns whether the task waits after its call has returned, and therefore has a task token.
    pub const fn has_task_token(self) -> bool {
        match self {
            Self::RequestResponse => false,
            Self::Sync | Self::SyncJson | Self::WaitForTaskToken => true,
        }
    }
}

impl Integration {
    /// Returns the action and the suffix, for example `sendMessage.waitForTaskToken`. History shows
    /// it as `resource`.
    pub fn action_and_pattern(&self) -> String {
        format!("{}{}", self.action, self.pattern.arn_suffix())
    }

    /// Returns whether this is the given action of the given service, with any pattern.
    pub fn is_action(&self, service: &str, action: &str) -> bool {
        self.service == service && self.action == action
    }

    /// Splits `<service>:<action><pattern>`.
    fn from_arn_tail(tail: &str) -> Option<Self> {
        let suffixed = IntegrationPattern::SUFFIXED
            .into_iter()
            .find_map(|pattern| Some((tail.strip_suffix(pattern.arn_suffix())?, pattern)));
        let (name, pattern) = suffixed.unwrap_or((tail, IntegrationPattern::RequestResponse));
        let (service, action) = name.rsplit_once(':')?;
        if service.is_empty() || action.is_empty() {
            return None;
        }
        Some(Self { service: service.to_owned(), action: action.to_owned(), pattern })
    }
}

impl TaskResource {
    /// Returns the resource `arn:aws:states:::lambda:invoke`.
    pub fn lambda_invoke() -> Self {
        Self::Integration(Integration {
            service: "lambda".to_owned(),
            action: "invoke".to_owned(),
            pattern: IntegrationPattern::RequestResponse,
        })
    }

    /// Whether it is a Lambda function whose answer completes the task.
    pub fn is_function(&self) -> bool {
        match self {
            Self::LambdaFunction { .. } => true,
            Self::Activity { .. } => false,
            Self::Integration(integration) => {
                integration.is_action("lambda", "invoke")
                    && integration.pattern == IntegrationPattern::RequestResponse
            }
        }
    }

    /// Returns how the task is completed. The worker of an activity uses the task token.
    pub const fn integration_pattern(&self) -> IntegrationPattern {
        match self {
            Self::LambdaFunction { .. } => IntegrationPattern::RequestResponse,
            Self::Activity { .. } => IntegrationPattern::WaitForTaskToken,
            Self::Integration(integration) => integration.pattern,
        }
    }
}

/// The text is not the ARN of a resource that a Task state can call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the ARN of a resource that a Task can call")]
pub struct TaskResourceError;

impl FromStr for TaskResource {
    type Err = TaskResourceError;

    fn from_str(arn: &str) -> Result<Self, TaskResourceError> {
        if FunctionArn::parse(arn).is_ok() {
            return Ok(Self::LambdaFunction { arn: arn.to_owned() });
        }
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        match parts[..] {
            ["arn", _, "states", "", "", tail] => {
                Integration::from_arn_tail(tail).map(Self::Integration).ok_or(TaskResourceError)
            }
            ["arn", _, "states", region, account, tail]
                if !region.is_empty() && !account.is_empty() && is_activity(tail) =>
            {
                Ok(Self::Activity { arn: arn.to_owned() })
            }
            _ => Err(TaskResourceError),
        }
    }
}

/// Whether a text is `activity:<name>`.
fn is_activity(tail: &str) -> bool {
    tail.strip_prefix("activity:").is_some_and(|name| ResourceName::parse(name).is_ok())
}

impl TryFrom<String> for TaskResource {
    type Error = TaskResourceError;

    fn try_from(arn: String) -> Result<Self, TaskResourceError> {
        arn.parse()
    }
}

impl From<TaskResource> for String {
    fn from(resource: TaskResource) -> Self {
        resource.to_string()
    }
}

/// Formats the ARN. The ARN of an integration always has the partition `aws`, because the partition
/// makes no difference there.
impl fmt::Display for TaskResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LambdaFunction { arn } | Self::Activity { arn } => f.write_str(arn),
            Self::Integration(integration) => {
                let Integration { service, .. } = integration;
                write!(f, "arn:aws:states:::{service}:{}", integration.action_and_pattern())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integration(arn: &str) -> Option<(String, String, IntegrationPattern)> {
        match arn.parse() {
            Ok(TaskResource::Integration(Integration { service, action, pattern })) => {
                Some((service, action, pattern))
            }
            Ok(TaskResource::LambdaFunction { .. } | TaskResource::Activity { .. }) | Err(_) => {
                None
            }
        }
    }

    #[test]
    fn an_integration_is_a_service_an_action_and_a_pattern() {
        for (tail, service, action, pattern) in [
            ("lambda:invoke", "lambda", "invoke", IntegrationPattern::RequestResponse),
            (
                "sqs:sendMessage.waitForTaskToken",
                "sqs",
                "sendMessage",
                IntegrationPattern::WaitForTaskToken,
            ),
            (
                "states:startExecution.sync:2",
                "states",
                "startExecution",
                IntegrationPattern::SyncJson,
            ),
            ("glue:startJobRun.sync", "glue", "startJobRun", IntegrationPattern::Sync),
            (
                "aws-sdk:s3:getObject",
                "aws-sdk:s3",
                "getObject",
                IntegrationPattern::RequestResponse,
            ),
        ] {
            let arn = format!("arn:aws-cn:states:::{tail}");
            assert_eq!(integration(&arn), Some((service.to_owned(), action.to_owned(), pattern)));
        }
    }

    #[test]
    fn a_resource_reads_back_as_it_prints() {
        for arn in [
            "arn:aws-cn:lambda:cn-north-1:000000000000:function:work:live",
            "arn:aws:states:us-east-1:000000000000:activity:work",
            "arn:aws:states:::states:startExecution.sync:2",
            "arn:aws:states:::aws-sdk:dynamodb:getItem",
        ] {
            let resource: TaskResource = arn.parse().expect("a resource");
            assert_eq!(resource.to_string(), arn);
        }
    }

    #[test]
    fn what_no_task_can_call_is_no_resource() {
        for arn in [
            "",
            "work",
            "arn:",
            "arn:aws:states:::nothing",
            "arn:aws:states:::.sync",
            "arn:aws:lambda:us-east-1:000000000000:layer:work",
            "arn:aws:states:us-east-1:000000000000:stateMachine:work",
            "arn:aws:states:us-east-1:000000000000:activity:work:1",
            "arn:aws:states:us-east-1:000000000000:activity:",
            "arn:aws:states:us-east-1::activity:work",
        ] {
            assert_eq!(arn.parse::<TaskResource>(), Err(TaskResourceError), "{arn}");
        }
    }
}
