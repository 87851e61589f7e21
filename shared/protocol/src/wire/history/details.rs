//! The details of history events.
//!
//! Spec: API reference, `HistoryEvent` and the `…EventDetails` shapes.

use std::collections::BTreeMap;

use model::{Data, EventKind, Failure, Place, StateName};
use orchestrator::HistoryEvent;
use serde::Serialize;

use super::ExecutionData;

/// Any details: a shape has the members that its type of event sets.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "members are named as in AWS's model")]
pub(super) struct Details<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_details: Option<DataDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_details: Option<DataDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout_in_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    heartbeat_in_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_variables: Option<BTreeMap<&'a str, &'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_variables_details: Option<DataDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redrive_count: Option<u32>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct DataDetails {
    truncated: bool,
}

const WHOLE: DataDetails = DataDetails { truncated: false };

/// The details and the member that holds them; none where the type has none.
pub(super) fn details<'a>(
    event: &'a HistoryEvent,
    place: &'a Place,
    data: ExecutionData,
) -> Option<(&'static str, Details<'a>)> {
    let member = member(event.kind())?;
    Some((member, members(event, place, data)))
}

fn members<'a>(event: &'a HistoryEvent, place: &'a Place, shown: ExecutionData) -> Details<'a> {
    match event.kind() {
        EventKind::ExecutionStarted { input, role_arn } => {
            Details { role_arn: Some(role_arn), ..of_input(event, input, shown) }
        }
        EventKind::StateEntered { name, input, .. } => {
            Details { name: Some(name.as_str()), ..of_input(event, input, shown) }
        }
        EventKind::LambdaFunctionScheduled { resource, input, timeout_in_seconds } => Details {
            resource: Some(resource),
            timeout_in_seconds: *timeout_in_seconds,
            ..of_input(event, input, shown)
        },
        EventKind::TaskScheduled {
            resource_type,
            resource,
            parameters,
            timeout_in_seconds,
            heartbeat_in_seconds,
        } => Details {
            region: Some(&place.region),
            // AWS's model requires the member.
            parameters: text(event, parameters, shown).or(Some("")),
            timeout_in_seconds: *timeout_in_seconds,
            heartbeat_in_seconds: *heartbeat_in_seconds,
            ..of_resource(resource_type, resource)
        },
        EventKind::ExecutionSucceeded { output }
        | EventKind::LambdaFunctionSucceeded { output } => of_output(event, output, shown),
        EventKind::StateExited { name, output, assigned, .. } => {
            let variables = (!assigned.is_empty()).then(|| variables(event, assigned, shown));
            Details {
                name: Some(name.as_str()),
                assigned_variables_details: variables.is_some().then_some(WHOLE),
                assigned_variables: variables,
                ..of_output(event, output, shown)
            }
        }
        EventKind::EvaluationFailed { failure, location, state } => Details {
            location: location.as_deref(),
            state: Some(state.as_str()),
            ..of_failure(failure)
        },
        EventKind::ExecutionRedriven { redrive_count } => of_redrive(*redrive_count),
        EventKind::TaskSubmitted { resource_type, resource, output }
        | EventKind::TaskSucceeded { resource_type, resource, output } => {
            let of_output = of_output(event, output, shown);
            Details { resource_type: Some(resource_type), resource: Some(resource), ..of_output }
        }
        EventKind::ExecutionFailed(failure)
        | EventKind::ExecutionAborted(failure)
        | EventKind::ExecutionTimedOut(failure)
        | EventKind::LambdaFunctionFailed(failure)
        | EventKind::LambdaFunctionTimedOut(failure) => of_failure(failure),
        EventKind::TaskFailed { resource_type, resource, failure }
        | EventKind::TaskTimedOut { resource_type, resource, failure } => {
            of_failed_task(resource_type, resource, failure)
        }
        EventKind::TaskStarted { resource_type, resource } => of_resource(resource_type, resource),
        EventKind::MapStateStarted { length } => of_length(*length),
        EventKind::MapIterationStarted { name, index }
        | EventKind::MapIterationSucceeded { name, index }
        | EventKind::MapIterationFailed { name, index }
        | EventKind::MapIterationAborted { name, index } => of_iteration(name, *index),
        EventKind::StateAborted(_)
        | EventKind::LambdaFunctionStarted
        | EventKind::ParallelStateStarted
        | EventKind::ParallelStateSucceeded
        | EventKind::ParallelStateFailed
        | EventKind::MapStateSucceeded
        | EventKind::MapStateFailed => Details::default(),
    }
}

fn text<'a>(event: &'a HistoryEvent, data: &'a Data, shown: ExecutionData) -> Option<&'a str> {
    match shown {
        ExecutionData::Shown => event.payload(data).map(model::Payload::text),
        ExecutionData::Hidden => None,
    }
}

fn variables<'a>(
    event: &'a HistoryEvent,
    names: &'a [String],
    shown: ExecutionData,
) -> BTreeMap<&'a str, &'a str> {
    match shown {
        ExecutionData::Shown => names
            .iter()
            .filter_map(|name| Some((name.as_str(), event.variable(name)?.text())))
            .collect(),
        ExecutionData::Hidden => BTreeMap::new(),
    }
}

fn of_input<'a>(event: &'a HistoryEvent, input: &'a Data, shown: ExecutionData) -> Details<'a> {
    let input = text(event, input, shown);
    Details { input, input_details: Some(WHOLE), ..Details::default() }
}

fn of_output<'a>(event: &'a HistoryEvent, output: &'a Data, shown: ExecutionData) -> Details<'a> {
    let output = text(event, output, shown);
    Details { output, output_details: Some(WHOLE), ..Details::default() }
}

fn of_failure(failure: &Failure) -> Details<'_> {
    let Failure { error, cause } = failure;
    Details { error: error.as_deref(), cause: cause.as_deref(), ..Details::default() }
}

fn of_resource<'a>(resource_type: &'a str, resource: &'a str) -> Details<'a> {
    Details { resource_type: Some(resource_type), resource: Some(resource), ..Details::default() }
}

fn of_failed_task<'a>(
    resource_type: &'a str,
    resource: &'a str,
    failure: &'a Failure,
) -> Details<'a> {
    Details { resource_type: Some(resource_type), resource: Some(resource), ..of_failure(failure) }
}

fn of_redrive(redrive_count: u32) -> Details<'static> {
    Details { redrive_count: Some(redrive_count), ..Details::default() }
}

fn of_length(length: u32) -> Details<'static> {
    Details { length: Some(length), ..Details::default() }
}

fn of_iteration(name: &StateName, index: u32) -> Details<'_> {
    Details { name: Some(name.as_str()), index: Some(index), ..Details::default() }
}

/// The member that holds the details of a type of event.
const fn member(kind: &EventKind) -> Option<&'static str> {
    Some(match kind {
        EventKind::ExecutionStarted { .. } => "executionStartedEventDetails",
        EventKind::ExecutionSucceeded { .. } => "executionSucceededEventDetails",
        EventKind::ExecutionFailed(_) => "executionFailedEventDetails",
        EventKind::ExecutionAborted(_) => "executionAbortedEventDetails",
        EventKind::ExecutionTimedOut(_) => "executionTimedOutEventDetails",
        EventKind::StateEntered { .. } => "stateEnteredEventDetails",
        EventKind::StateExited { .. } => "stateExitedEventDetails",
        EventKind::EvaluationFailed { .. } => "evaluationFailedEventDetails",
        EventKind::TaskScheduled { .. } => "taskScheduledEventDetails",
        EventKind::TaskStarted { .. } => "taskStartedEventDetails",
        EventKind::ExecutionRedriven { .. } => "executionRedrivenEventDetails",
        EventKind::TaskSubmitted { .. } => "taskSubmittedEventDetails",
        EventKind::TaskSucceeded { .. } => "taskSucceededEventDetails",
        EventKind::TaskFailed { .. } => "taskFailedEventDetails",
        EventKind::TaskTimedOut { .. } => "taskTimedOutEventDetails",
        EventKind::LambdaFunctionScheduled { .. } => "lambdaFunctionScheduledEventDetails",
        EventKind::LambdaFunctionSucceeded { .. } => "lambdaFunctionSucceededEventDetails",
        EventKind::LambdaFunctionFailed(_) => "lambdaFunctionFailedEventDetails",
        EventKind::LambdaFunctionTimedOut(_) => "lambdaFunctionTimedOutEventDetails",
        EventKind::MapStateStarted { .. } => "mapStateStartedEventDetails",
        EventKind::MapIterationStarted { .. } => "mapIterationStartedEventDetails",
        EventKind::MapIterationSucceeded { .. } => "mapIterationSucceededEventDetails",
        EventKind::MapIterationFailed { .. } => "mapIterationFailedEventDetails",
        EventKind::MapIterationAborted { .. } => "mapIterationAbortedEventDetails",
        EventKind::StateAborted(_)
        | EventKind::LambdaFunctionStarted
        | EventKind::ParallelStateStarted
        | EventKind::ParallelStateSucceeded
        | EventKind::ParallelStateFailed
        | EventKind::MapStateSucceeded
        | EventKind::MapStateFailed => return None,
    })
}
