//! The target of a console: what it shows, and for whom.

use std::time::Duration;

/// Where the state machines of a console are.
#[derive(Clone, Debug)]
pub struct ConsoleTarget {
    /// What it is called, such as `stack orders`.
    pub name: String,
    /// What runs it.
    pub kind: TargetKind,
    /// Who acts, as causes in histories tell it, such as `ada@laptop`.
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
