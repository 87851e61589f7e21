//! Task State.

use jsonpath::SourcedPath;

use super::{
    flow::{DataFlow, Next},
    handlers::Handlers,
};

/// One unit of work outside.
///
/// Spec: ASL § Task State.
#[derive(Clone, Debug)]
pub struct Task {
    /// How data flows.
    pub flow: DataFlow,
    /// `Resource`
    pub resource: Resource,
    /// `TimeoutSeconds`, `TimeoutSecondsPath`
    pub timeout: Option<Duration>,
    /// `HeartbeatSeconds`, `HeartbeatSecondsPath`
    pub heartbeat: Option<Duration>,
    /// `Retry`, `Catch`
    pub handlers: Handlers,
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
    /// `arn:aws:states:::lambda:invoke`
    LambdaInvoke,
}

/// A number of seconds, 1 to 99,999,999, or where to find it.
#[derive(Clone, Debug)]
pub enum Duration {
    /// The number.
    Seconds(u64),
    /// `…Path`
    Path(SourcedPath),
}
