//! Task State.

use model::TaskResource;

use super::{
    flow::NextOrEnd,
    handlers::ErrorHandlers,
    language::{NumberOrReference, QueryLanguage},
};

/// A Task state: one call to a resource outside the workflow.
///
/// Spec: ASL § Task State.
#[derive(Clone, Debug)]
pub struct TaskState<L: QueryLanguage> {
    /// How it processes its input and output, in its query language.
    pub flow: L::StateDataFlow,
    /// `Resource`
    pub resource: TaskResource,
    /// `TimeoutSeconds`, `TimeoutSecondsPath`: 1 to 99,999,999.
    pub timeout: Option<NumberOrReference<L>>,
    /// `HeartbeatSeconds`, `HeartbeatSecondsPath`: 1 to 99,999,999.
    pub heartbeat: Option<NumberOrReference<L>>,
    /// `Credentials`: an object whose `RoleArn` is the role that makes the call.
    pub credentials: Option<L::JsonTemplate>,
    /// `Retry`, `Catch`
    pub handlers: ErrorHandlers<L>,
    /// The next state, or the end.
    pub next: NextOrEnd,
}
