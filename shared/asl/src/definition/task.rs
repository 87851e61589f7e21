//! Task State.

use model::TaskResource;

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
