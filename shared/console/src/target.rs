//! The target of a console: what it shows, and for whom.

use std::time::Duration;

/// Where the state machines of a console are.
#[derive(Clone, Debug)]
pub struct ConsoleTarget {
    /// What it is called, such as `stack orders`.
    pub name: String,
    /// What runs it.
    pub kind: TargetKind,
    /// Who acts, as causes in histories tell it, such as `ada at the console`, or the ARN of a user.
    pub operator: String,
}

/// What runs the state machines of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// `statewright local`.
    Local,
    /// A deployment, or another endpoint.
    Deployment,
    /// AWS Step Functions.
    StepFunctions,
}

/// How programs reach the state machines of a target by the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientAccess {
    /// At the address of the pages.
    Here,
    /// At this endpoint, such as `http://127.0.0.1:8083`.
    Endpoint(String),
    /// Through `statewright proxy` with these options, such as `--stack orders`.
    Proxy(String),
    /// Not at all: they are in this folder, which no server uses.
    Folder(String),
    /// As Step Functions itself.
    StepFunctions,
}

impl TargetKind {
    /// How often a page that shows something running asks for news. A request costs money where AWS
    /// counts it.
    pub(crate) const fn refresh_interval(self) -> Duration {
        match self {
            Self::Local => Duration::from_secs(1),
            Self::Deployment | Self::StepFunctions => Duration::from_secs(5),
        }
    }
}
