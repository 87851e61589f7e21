//! Parallel State.

use model::StateName;

use super::{flow::NextOrEnd, handlers::ErrorHandlers, language::QueryLanguage};

/// Runs its branches concurrently, each with its own copy of the effective input.
///
/// Spec: ASL § Parallel State.
#[derive(Clone, Debug)]
pub struct ParallelState<L: QueryLanguage> {
    /// Input and output processing.
    pub flow: L::StateDataFlow,
    /// `Branches`, never empty.
    pub branches: Vec<WorkflowDefinition>,
    /// `Retry`, `Catch`
    pub handlers: ErrorHandlers<L>,
    /// `Next` or `End`
    pub next: NextOrEnd,
}

/// A workflow: the whole state machine, a Parallel branch, or a Map's item processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowDefinition {
    /// `Comment`
    pub comment: Option<String>,
    /// `StartAt`, one of `states`.
    pub start_at: StateName,
    /// The names of its own states in the author's order. The states themselves are in
    /// [`super::Definition::states`].
    pub states: Vec<StateName>,
}
