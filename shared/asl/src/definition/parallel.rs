//! Parallel State.

use model::StateName;

use super::{flow::NextOrEnd, handlers::ErrorHandlers, language::QueryLanguage};

/// Runs its branches side by side, each with its own copy of the effective input.
///
/// Spec: ASL § Parallel State.
#[derive(Clone, Debug)]
pub struct ParallelState<L: QueryLanguage> {
    /// How data flows.
    pub flow: L::StateDataFlow,
    /// `Branches`, never empty.
    pub branches: Vec<WorkflowDefinition>,
    /// `Retry`, `Catch`
    pub handlers: ErrorHandlers<L>,
    /// Where it leads.
    pub next: NextOrEnd,
}

/// A workflow: the whole machine's, a branch, or a Map's processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowDefinition {
    /// The author's words.
    pub comment: Option<String>,
    /// `StartAt`, one of `states`.
    pub start_at: StateName,
    /// The names of its own states in the author's order; the states stand in
    /// [`super::Definition::states`].
    pub states: Vec<StateName>,
}
