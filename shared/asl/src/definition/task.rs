//! Task State.

use super::{
    flow::NextOrEnd,
    handlers::ErrorHandlers,
    language::{NumberOrReference, QueryLanguage},
};

/// One unit of work outside.
///
/// Spec: ASL § Task State.
#[derive(Clone, Debug)]
pub struct TaskState<L: QueryLanguage> {
    /// How data flows.
    pub flow: L::StateDataFlow,
    /// `Resource`
    pub resource: TaskResource,
    /// `TimeoutSeconds`, `TimeoutSecondsPath`: 1 to 99,999,999.
    pub timeout: Option<NumberOrReference<L>>,
    /// `HeartbeatSeconds`, `HeartbeatSecondsPath`: 1 to 99,999,999.
    pub heartbeat: Option<NumberOrReference<L>>,
    /// `Retry`, `Catch`
    pub handlers: ErrorHandlers<L>,
    /// Where it leads.
    pub next: NextOrEnd,
}

/// What is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskResource {
    /// A function by its own ARN: `arn:aws:lambda:<region>:<account>:function:<name>`.
    LambdaFunction {
        /// The ARN.
        arn: String,
    },
    /// `arn:aws:states:::<service>:<action><pattern>`
    Integration {
        /// The service and its action.
        action: IntegrationAction,
        /// How the task is completed.
        pattern: IntegrationPattern,
    },
}

impl TaskResource {
    /// `arn:aws:states:::lambda:invoke`
    pub const INVOKE: Self = Self::Integration {
        action: IntegrationAction::LambdaInvoke,
        pattern: IntegrationPattern::RequestResponse,
    };

    /// How the task is completed.
    pub const fn integration_pattern(&self) -> IntegrationPattern {
        match self {
            Self::LambdaFunction { .. } => IntegrationPattern::RequestResponse,
            Self::Integration { pattern, .. } => *pattern,
        }
    }
}

/// An action of a service that is called by its own name.
///
/// Spec: Developer Guide, "Integrating services with Step Functions".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntegrationAction {
    /// `lambda:invoke`
    LambdaInvoke,
    /// `states:startExecution`
    StartExecution,
}

/// How a task is completed.
///
/// Spec: Developer Guide, "Service integration patterns".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntegrationPattern {
    /// By the answer to its call.
    RequestResponse,
    /// `.sync`: by the end of the job that the call starts.
    Sync,
    /// `.sync:2`: so, and the job's JSON is read.
    SyncJson,
    /// `.waitForTaskToken`: by who holds its token.
    WaitForTaskToken,
}

impl IntegrationAction {
    /// The service and the action in a resource's ARN.
    pub const fn arn_names(self) -> [&'static str; 2] {
        match self {
            Self::LambdaInvoke => ["lambda", "invoke"],
            Self::StartExecution => ["states", "startExecution"],
        }
    }
}

impl IntegrationPattern {
    /// What follows the action in a resource's ARN.
    pub const fn arn_suffix(self) -> &'static str {
        match self {
            Self::RequestResponse => "",
            Self::Sync => ".sync",
            Self::SyncJson => ".sync:2",
            Self::WaitForTaskToken => ".waitForTaskToken",
        }
    }

    /// Whether the task waits for more than the answer to its call, and so has a token.
    pub const fn has_task_token(self) -> bool {
        match self {
            Self::RequestResponse => false,
            Self::Sync | Self::SyncJson | Self::WaitForTaskToken => true,
        }
    }
}
