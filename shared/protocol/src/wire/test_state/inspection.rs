//! What `TestState` shows of a state.

use std::collections::BTreeMap;

use model::{Failure, Payload, StateName, WorkflowVariables};
use orchestrator::api::{InspectedData, InspectionStatus, TestedState};
use serde::Serialize;

use crate::request_constraints::RequestConstraints;

/// The value of the member `inspectionLevel`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InspectionLevel {
    /// `INFO`: how the state ended.
    Info,
    /// `DEBUG` and `TRACE`: also the data in between. AWS's two levels differ only for HTTP tasks.
    Debug,
}

impl InspectionLevel {
    pub(super) fn check_inspection_level(
        constraints: &mut RequestConstraints,
        value: Option<&str>,
    ) -> Self {
        constraints.check_enum_value("inspectionLevel", value, &["INFO", "DEBUG", "TRACE"]);
        match value {
            Some("DEBUG" | "TRACE") => Self::Debug,
            Some(_) | None => Self::Info,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TestStateOutput<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inspection_data: Option<InspectionData<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_state: Option<&'a str>,
    status: &'static str,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct InspectionData<'a> {
    input: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_arguments: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_input_path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_parameters: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_result_selector: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_result_path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variables: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_details: Option<InspectionErrorDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_items_path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_item_selector: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tolerated_failure_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tolerated_failure_percentage: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_concurrency: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct InspectionErrorDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    catch_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_backoff_interval_seconds: Option<i64>,
}

impl<'a> TestStateOutput<'a> {
    pub(super) fn new(tested: &'a TestedState, level: InspectionLevel) -> Self {
        let TestedState { input, inspection } = tested;
        let inspection_data = (level == InspectionLevel::Debug)
            .then(|| build_inspection_data(input, &inspection.data, &inspection.variables));
        let nothing = Self {
            output: None,
            error: None,
            cause: None,
            inspection_data,
            next_state: None,
            status: "",
        };
        match &inspection.status {
            InspectionStatus::Succeeded { output, next } => Self {
                output: Some(output.json_text()),
                next_state: next.as_ref().map(StateName::as_str),
                status: "SUCCEEDED",
                ..nothing
            },
            InspectionStatus::Failed(failure) => nothing.with_failure(failure, "FAILED"),
            InspectionStatus::Retriable(failure) => nothing.with_failure(failure, "RETRIABLE"),
            InspectionStatus::Caught { failure, output, next } => Self {
                output: Some(output.json_text()),
                next_state: Some(next.as_str()),
                ..nothing.with_failure(failure, "CAUGHT_ERROR")
            },
        }
    }

    fn with_failure(self, failure: &'a Failure, status: &'static str) -> Self {
        let Failure { error, cause } = failure;
        Self { error: error.as_deref(), cause: cause.as_deref(), status, ..self }
    }
}

fn build_inspection_data<'a>(
    input: &'a Payload,
    data: &'a InspectedData,
    variables: &WorkflowVariables,
) -> InspectionData<'a> {
    let text = |payload: &'a Option<Payload>| payload.as_ref().map(Payload::json_text);
    InspectionData {
        input: input.json_text(),
        after_arguments: text(&data.arguments),
        after_input_path: text(&data.input_path),
        after_parameters: text(&data.parameters),
        result: text(&data.result),
        after_result_selector: text(&data.result_selector),
        after_result_path: text(&data.result_path),
        variables: (!variables.is_empty()).then(|| print_variables(variables)),
        error_details: error_details(data),
        after_items_path: text(&data.items_path),
        after_item_selector: text(&data.item_selector),
        tolerated_failure_count: data.tolerance.count,
        tolerated_failure_percentage: data.tolerance.percentage,
        max_concurrency: data.concurrency,
    }
}

fn error_details(data: &InspectedData) -> Option<InspectionErrorDetails> {
    if data.retry.is_none() && data.catcher.is_none() {
        return None;
    }
    Some(InspectionErrorDetails {
        catch_index: data.catcher,
        retry_index: data.retry.map(|retry| retry.index),
        retry_backoff_interval_seconds: data
            .retry
            .and_then(|retry| retry.backoff_milliseconds)
            .map(|milliseconds| milliseconds / 1_000),
    })
}

/// Prints an object with a member for each variable.
///
/// # Panics
/// Never: an object with string keys prints.
fn print_variables(variables: &WorkflowVariables) -> String {
    let members: BTreeMap<&str, &Payload> = variables.iter().collect();
    serde_json::to_string(&members).expect("an object with string keys prints")
}

#[cfg(test)]
mod tests {
    use orchestrator::api::{RetryDetails, StateInspection};
    use serde_json::{Value, json};

    use super::*;

    fn shown(status: InspectionStatus, data: InspectedData, level: InspectionLevel) -> Value {
        let inspection =
            StateInspection { status, data, variables: WorkflowVariables::default(), taken: None };
        let tested = TestedState { input: Payload::empty_object(), inspection };
        serde_json::to_value(TestStateOutput::new(&tested, level)).expect("an answer prints")
    }

    #[test]
    fn an_answer_shows_the_way_only_when_it_is_asked_for() {
        let status = InspectionStatus::Succeeded { output: Payload::empty_object(), next: None };
        assert_eq!(
            shown(status.clone(), InspectedData::default(), InspectionLevel::Info),
            json!({"output": "{}", "status": "SUCCEEDED"})
        );
        let data = InspectedData { concurrency: Some(0), ..InspectedData::default() };
        assert_eq!(
            shown(status, data, InspectionLevel::Debug),
            json!({"output": "{}", "status": "SUCCEEDED",
                "inspectionData": {"input": "{}", "maxConcurrency": 0}})
        );
    }

    #[test]
    fn an_error_shows_what_would_become_of_it() {
        let retry = Some(RetryDetails { index: 1, backoff_milliseconds: Some(16_000) });
        let status = InspectionStatus::Retriable(Failure::new("E", "because"));
        assert_eq!(
            shown(
                status,
                InspectedData { retry, ..InspectedData::default() },
                InspectionLevel::Debug
            ),
            json!({"error": "E", "cause": "because", "status": "RETRIABLE",
                "inspectionData": {"input": "{}",
                    "errorDetails": {"retryIndex": 1, "retryBackoffIntervalSeconds": 16}}})
        );
        let output = Payload::empty_object();
        let caught = InspectionStatus::Caught {
            failure: Failure::with_error_name("E"),
            output,
            next: StateName::new("N"),
        };
        assert_eq!(
            shown(caught, InspectedData::default(), InspectionLevel::Info),
            json!({"output": "{}", "error": "E", "nextState": "N", "status": "CAUGHT_ERROR"})
        );
    }
}
