//! What a test of a state shows of the way through it.

use std::cell::RefCell;

use asl::FailureTolerance;
use model::{Failure, Payload};
use serde_json::{Map, Value};

/// What the data had come to after each step that a state took; none for a step that it has not
/// or did not come to.
///
/// Spec: API reference, `InspectionData`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InspectedData {
    /// `afterInputPath`
    pub input_path: Option<Payload>,
    /// `afterParameters`
    pub parameters: Option<Payload>,
    /// `afterArguments`
    pub arguments: Option<Payload>,
    /// `afterItemsPath`
    pub items_path: Option<Payload>,
    /// `afterItemSelector`: the inputs of all iterations.
    pub item_selector: Option<Payload>,
    /// `result`
    pub result: Option<Payload>,
    /// `afterResultSelector`
    pub result_selector: Option<Payload>,
    /// `afterResultPath`
    pub result_path: Option<Payload>,
    /// How many iterations a Map has, if its items are in the state's data.
    pub iterations: Option<u32>,
    /// `maxConcurrency`
    pub concurrency: Option<u32>,
    /// `toleratedFailureCount`, `toleratedFailurePercentage`
    pub tolerance: FailureTolerance,
    /// `errorDetails`: the retrier that matches.
    pub retry: Option<RetryDetails>,
    /// `errorDetails`: the index of the catcher that took the error.
    pub catcher: Option<usize>,
}

/// A retrier that matches an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryDetails {
    /// Its index.
    pub index: usize,
    /// Milliseconds until the next attempt; none if there is none left.
    pub backoff_milliseconds: Option<i64>,
}

/// A step of the data's flow.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DataFlowStep {
    InputPath,
    Parameters,
    Arguments,
    ItemsPath,
    ItemSelector,
    /// What a Task's call has answered.
    Result,
    /// The `Result` of a Pass, which AWS shows without the steps before it.
    FixedResult,
    ResultSelector,
    ResultPath,
}

/// Watches one state that is tested.
pub(crate) struct InspectionRecorder {
    context: Map<String, Value>,
    recorded: RefCell<RecordedInspection>,
}

/// What a watch has seen.
#[derive(Default)]
pub(super) struct RecordedInspection {
    pub(super) data: InspectedData,
    /// The failure that went to Retry and Catch.
    pub(super) failure: Option<Failure>,
}

impl InspectionRecorder {
    /// Watches a state that sees this context object.
    pub(super) fn new(context: Map<String, Value>) -> Self {
        Self { context, recorded: RefCell::default() }
    }

    pub(super) fn into_recorded(self) -> RecordedInspection {
        self.recorded.into_inner()
    }

    /// The context object of the test.
    pub(crate) const fn context_object(&self) -> &Map<String, Value> {
        &self.context
    }

    pub(crate) fn record_data(&self, step: DataFlowStep, payload: &Payload) {
        let trail = &mut self.recorded.borrow_mut().data;
        let place = match step {
            DataFlowStep::InputPath => &mut trail.input_path,
            DataFlowStep::Parameters => &mut trail.parameters,
            DataFlowStep::Arguments => &mut trail.arguments,
            DataFlowStep::ItemsPath => &mut trail.items_path,
            DataFlowStep::ItemSelector => &mut trail.item_selector,
            DataFlowStep::Result => &mut trail.result,
            DataFlowStep::FixedResult => {
                trail.input_path = None;
                trail.parameters = None;
                &mut trail.result
            }
            DataFlowStep::ResultSelector => &mut trail.result_selector,
            DataFlowStep::ResultPath => &mut trail.result_path,
        };
        *place = Some(payload.clone());
    }

    /// A Map has so many items.
    pub(crate) fn record_iterations(&self, iterations: u32) {
        self.recorded.borrow_mut().data.iterations = Some(iterations);
    }

    /// A Map is about to run its iterations.
    pub(crate) fn record_concurrency(&self, concurrency: u32, tolerance: FailureTolerance) {
        let trail = &mut self.recorded.borrow_mut().data;
        trail.concurrency = Some(concurrency);
        trail.tolerance = tolerance;
    }

    /// A failure goes to Retry and Catch.
    pub(crate) fn record_failure(&self, failure: &Failure) {
        self.recorded.borrow_mut().failure = Some(failure.clone());
    }

    /// A retrier matches.
    pub(crate) fn record_retrier(&self, index: usize) {
        let retry = RetryDetails { index, backoff_milliseconds: None };
        self.recorded.borrow_mut().data.retry = Some(retry);
    }

    /// It has an attempt left, after so long.
    pub(crate) fn record_backoff(&self, milliseconds: i64) {
        if let Some(retry) = &mut self.recorded.borrow_mut().data.retry {
            retry.backoff_milliseconds = Some(milliseconds);
        }
    }
}
