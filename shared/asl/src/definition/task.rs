//! Task State.

use super::{
    flow::Next,
    handlers::Handlers,
    language::{Language, Number},
};

/// One unit of work outside.
///
/// Spec: ASL § Task State.
#[derive(Clone, Debug)]
pub struct Task<L: Language> {
    /// How data flows.
    pub flow: L::Flow,
    /// `Resource`
    pub resource: Resource,
    /// `TimeoutSeconds`, `TimeoutSecondsPath`: 1 to 99,999,999.
    pub timeout: Option<Number<L>>,
    /// `HeartbeatSeconds`, `HeartbeatSecondsPath`: 1 to 99,999,999.
    pub heartbeat: Option<Number<L>>,
    /// `Retry`, `Catch`
    pub handlers: Handlers<L>,
    /// Where it leads.
    pub next: Next,
}

/// What is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A function by its own ARN: `arn:aws:lambda:<region>:<account>:function:<name>`.
    LambdaFunction {
        /// The ARN.
        arn: String,
    },
    /// `arn:aws:states:::<service>:<action><pattern>`
    Integration {
        /// The service and its action.
        action: Action,
        /// How the task is completed.
        pattern: IntegrationPattern,
    },
}

impl Resource {
    /// `arn:aws:states:::lambda:invoke`
    pub const INVOKE: Self = Self::Integration {
        action: Action::LambdaInvoke,
        pattern: IntegrationPattern::RequestResponse,
    };

    /// How the task is completed.
    pub const fn pattern(&self) -> IntegrationPattern {
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
pub enum Action {
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

impl Action {
    /// The service and the action in a resource's ARN.
    pub const fn names(self) -> [&'static str; 2] {
        match self {
            Self::LambdaInvoke => ["lambda", "invoke"],
            Self::StartExecution => ["states", "startExecution"],
        }
    }
}

impl IntegrationPattern {
    /// What follows the action in a resource's ARN.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::RequestResponse => "",
            Self::Sync => ".sync",
            Self::SyncJson => ".sync:2",
            Self::WaitForTaskToken => ".waitForTaskToken",
        }
    }

    /// Whether the task waits for more than the answer to its call, and so has a token.
    pub const fn waits(self) -> bool {
        match self {
            Self::RequestResponse => false,
            Self::Sync | Self::SyncJson | Self::WaitForTaskToken => true,
        }
    }
}
