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
/// An inline Map tolerates no failure. But where it has one of these fields, AWS reports a
/// `States.Runtime` that exceeds it as `States.ExceedToleratedFailureThreshold` (observed).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FailureTolerance {
    /// `ToleratedFailureCount`; `None` if left out or not a literal.
    pub count: Option<u64>,
    /// `ToleratedFailurePercentage`, 0 to 100; `None` if left out or not a literal.
    pub percentage: Option<f64>,
}

impl FailureTolerance {
    /// Whether the definition gives a number.
    pub const fn is_given(&self) -> bool {
        self.count.is_some() || self.percentage.is_some()
    }

    /// Whether more of so many iterations have failed than are tolerated; without a number, none is.
    pub fn is_exceeded_by(&self, failures: u32, iterations: u32) -> bool {
        if !self.is_given() {
            return failures > 0;
        }
        let percent = 100.0 * f64::from(failures) / f64::from(iterations.max(1));
        self.count.is_some_and(|count| u64::from(failures) > count)
            || self.percentage.is_some_and(|percentage| percent > percentage)
    }
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

#[cfg(test)]
mod tests {
    use super::FailureTolerance;

    #[test]
    fn either_number_may_be_exceeded_and_without_one_any_failure_is_too_many() {
        let tolerance = |count, percentage| FailureTolerance { count, percentage };
        assert!(tolerance(None, None).is_exceeded_by(1, 10));
        assert!(!tolerance(None, None).is_exceeded_by(0, 10));
        assert!(!tolerance(Some(2), None).is_exceeded_by(2, 10));
        assert!(tolerance(Some(2), None).is_exceeded_by(3, 10));
        assert!(!tolerance(None, Some(30.0)).is_exceeded_by(3, 10));
        assert!(tolerance(Some(9), Some(29.5)).is_exceeded_by(3, 10));
    }
}
