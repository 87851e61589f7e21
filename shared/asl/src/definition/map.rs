//! Map State, inline.

use super::{
    flow::NextOrEnd,
    handlers::ErrorHandlers,
    language::{NumberOrReference, QueryLanguage},
    parallel::WorkflowDefinition,
};

/// Runs one processor for each item of an array.
///
/// Spec: ASL § Map State.
#[derive(Clone, Debug)]
pub struct MapState<L: QueryLanguage> {
    /// How data flows, without `Parameters` or `Arguments`.
    pub flow: L::StateDataFlow,
    /// `ItemsPath`, `Items`
    pub items: L::MapItems,
    /// `ItemSelector`, or `Parameters` in the old spelling.
    pub item_selector: Option<L::JsonTemplate>,
    /// `ItemProcessor`, or `Iterator` in the old spelling.
    pub processor: WorkflowDefinition,
    /// `MaxConcurrency`, `MaxConcurrencyPath`: how many iterations may run at once; 0 sets no limit.
    pub concurrency: NumberOrReference<L>,
    /// `ToleratedFailureCount`, `ToleratedFailurePercentage`
    pub tolerance: FailureTolerance,
    /// Where the items come from.
    pub source: ItemSource,
    /// Where the results go.
    pub writer: ResultDestination,
    /// `Retry`, `Catch`
    pub handlers: ErrorHandlers<L>,
    /// Where it leads.
    pub next: NextOrEnd,
}

/// How many iterations may fail, as far as the definition says so itself; an inline Map tolerates
/// none whatever it says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FailureTolerance {
    /// `ToleratedFailureCount`
    pub count: Option<u64>,
    /// `ToleratedFailurePercentage`, 0 to 100.
    pub percentage: Option<f64>,
}

/// Where a Map's items come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemSource {
    /// From the state's data.
    Data,
    /// `ItemReader`; only a test's definition has it.
    ItemReader,
}

/// Where a Map's results go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultDestination {
    /// Into the state's result, as an array.
    Result,
    /// `ResultWriter`; only a test's definition has it.
    ResultWriter,
}
