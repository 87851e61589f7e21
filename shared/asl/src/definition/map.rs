//! Map State, inline.

use super::{
    flow::NextOrEnd,
    handlers::ErrorHandlers,
    language::{NumberOrReference, QueryLanguage},
    parallel::WorkflowDefinition,
};

/// Runs its item processor once for each item of an array.
///
/// Spec: ASL § Map State.
#[derive(Clone, Debug)]
pub struct MapState<L: QueryLanguage> {
    /// Input and output processing, without `Parameters` or `Arguments`.
    pub flow: L::StateDataFlow,
    /// `ItemsPath` or `Items`
    pub items: L::MapItems,
    /// `ItemSelector`, or `Parameters` in the old spelling.
    pub item_selector: Option<L::JsonTemplate>,
    /// `ItemProcessor`, or `Iterator` in the old spelling.
    pub processor: WorkflowDefinition,
    /// `MaxConcurrency`, `MaxConcurrencyPath`: how many iterations may run at once; 0 is no limit.
    pub concurrency: NumberOrReference<L>,
    /// `ToleratedFailureCount`, `ToleratedFailurePercentage`
    pub tolerance: FailureTolerance,
    /// Where the items come from.
    pub source: ItemSource,
    /// Where the results go.
    pub result_destination: ResultDestination,
    /// `Retry`, `Catch`
    pub handlers: ErrorHandlers<L>,
    /// `Next` or `End`
    pub next: NextOrEnd,
}

/// How many iterations may fail, where the definition gives literal numbers.
///
/// An inline Map ignores these fields and tolerates no failure.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FailureTolerance {
    /// `ToleratedFailureCount`; `None` if left out or not a literal.
    pub count: Option<u64>,
    /// `ToleratedFailurePercentage`, 0 to 100; `None` if left out or not a literal.
    pub percentage: Option<f64>,
}

/// Where a Map's items come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemSource {
    /// From the state's data.
    Data,
    /// `ItemReader`, allowed only when the definition is parsed to test a state.
    ItemReader,
}

/// Where a Map's results go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultDestination {
    /// Into the state's result, as an array.
    Result,
    /// `ResultWriter`, allowed only when the definition is parsed to test a state.
    ResultWriter,
}
