//! Records what `TestState` shows about the data flow of a state.

use std::cell::RefCell;

use asl::FailureTolerance;
use model::{Failure, Payload};
use serde_json::{Map, Value};

/// The data after each step of a state's data flow. A step is `None` if the state does not have it
/// or did not reach it.
///
/// Spec: API reference, `InspectionData`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InspectedData {
    /// `afterInputPath`: the data after `InputPath`.
    pub input_path: Option<Payload>,
    /// `afterParameters`: the data after `Parameters`.
    pub parameters: Option<Payload>,
    /// `afterArguments`: the value of `Arguments`.
    pub arguments: Option<Payload>,
    /// `afterItemsPath`: the items of a Map.
    pub items_path: Option<Payload>,
    /// `afterItemSelector`: an array of the inputs of all iterations.
    pub item_selector: Option<Payload>,
    /// `result`: the result of the call, or the `Result` of a Pass.
    pub result: Option<Payload>,
    /// `afterResultSelector`: the data after `ResultSelector`.
    pub result_selector: Option<Payload>,
    /// `afterResultPath`: the data after `ResultPath`.
    pub result_path: Option<Payload>,
    /// How many iterations a Map has. `None` for other states, and if an `ItemReader` supplies the
    /// items.
    pub iterations: Option<u32>,
    /// `maxConcurrency` of a Map; 0 for no limit.
    pub concurrency: Option<u32>,
    /// `toleratedFailureCount` and `toleratedFailurePercentage` of a Map.
    pub tolerance: FailureTolerance,
    /// `errorDetails`: the retrier that matched, if one did.
    pub retry: Option<RetryDetails>,
    /// `errorDetails`: the index of the catcher that caught the error, if one did.
    pub catcher: Option<usize>,
}

/// The retrier that matched an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryDetails {
    /// The index of the retrier in `Retry`.
    pub index: usize,
    /// Milliseconds until the next attempt. `None` if no attempt is left.
    pub backoff_milliseconds: Option<i64>,
}

/// A step of a state's data flow.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DataFlowStep {
    InputPath,
    Parameters,
    Arguments,
    ItemsPath,
    ItemSelector,
    /// The result of a Task's call.
    Result,
    /// The `Result` of a Pass, which AWS shows without the steps before it.
    FixedResult,
    ResultSelector,
    ResultPath,
}

/// Records the data flow of one tested state.
pub(crate) struct InspectionRecorder {
    context: Map<String, Value>,
    recorded: RefCell<RecordedInspection>,
}

/// What a recorder has recorded.
#[derive(Default)]
pub(super) struct RecordedInspection {
    pub(super) data: InspectedData,
    /// The failure that was passed to Retry and Catch.
    pub(super) failure: Option<Failure>,
}

impl InspectionRecorder {
    /// Creates a recorder for a state that sees this context object.
    pub(super) fn new(context: Map<String, Value>) -> Self {
        Self { context, recorded: RefCell::default() }
    }

    pub(super) fn into_recorded(self) -> RecordedInspection {
        self.recorded.into_inner()
    }

    /// Returns the context object of the test.
    pub(crate) const fn context_object(&self) -> &Map<String, Value> {
        &self.context
    }

    pub(crate) fn record_data(&self, step: DataFlowStep, payload: &Payload) {
        let data = &mut self.recorded.borrow_mut().data;
        let place = match step {
            DataFlowStep::InputPath => &mut data.input_path,
            DataFlowStep::Parameters => &mut data.parameters,
            DataFlowStep::Arguments => &mut data.arguments,
            DataFlowStep::ItemsPath => &mut data.items_path,
            DataFlowStep::ItemSelector => &mut data.item_selector,
            DataFlowStep::Result => &mut data.result,
            DataFlowStep::FixedResult => {
                data.input_path = None;
                data.parameters = None;
                &mut data.result
            }
            DataFlowStep::ResultSelector => &mut data.result_selector,
            DataFlowStep::ResultPath => &mut data.result_path,
        };
        *place = Some(payload.clone());
    }

    /// Records how many items a Map has.
    pub(crate) fn record_iterations(&self, iterations: u32) {
        self.recorded.borrow_mut().data.iterations = Some(iterations);
    }

    /// Records the concurrency and the failure tolerance of a Map.
    pub(crate) fn record_concurrency(&self, concurrency: u32, tolerance: FailureTolerance) {
        let data = &mut self.recorded.borrow_mut().data;
        data.concurrency = Some(concurrency);
        data.tolerance = tolerance;
    }

    /// Records the failure that is passed to Retry and Catch.
    pub(crate) fn record_failure(&self, failure: &Failure) {
        self.recorded.borrow_mut().failure = Some(failure.clone());
    }

    /// Records the index of the retrier that matches.
    pub(crate) fn record_retrier(&self, index: usize) {
        let retry = RetryDetails { index, backoff_milliseconds: None };
        self.recorded.borrow_mut().data.retry = Some(retry);
    }

    /// Records the index of the catcher that matches. Its own output may fail yet.
    pub(crate) fn record_catcher(&self, index: usize) {
        self.recorded.borrow_mut().data.catcher = Some(index);
    }

    /// Records the delay before the matching retrier's next attempt.
    pub(crate) fn record_backoff(&self, milliseconds: i64) {
        if let Some(retry) = &mut self.recorded.borrow_mut().data.retry {
            retry.backoff_milliseconds = Some(milliseconds);
        }
    }
}
