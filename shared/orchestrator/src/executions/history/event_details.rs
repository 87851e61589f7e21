//! The details of history events.
//!
//! Spec: API reference, `HistoryEvent` and the `…EventDetails` shapes.

use std::collections::BTreeMap;

use model::{
    AccountRegion, EventKind, ExecutionDataVisibility, Failure, Payload, StartedVersion, StateName,
    TaskCredentials,
};
use serde::Serialize;

/// `stateMachineVersionArn` and `stateMachineAliasArn` of an execution.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartedVersionArns {
    #[serde(skip_serializing_if = "Option::is_none")]
    state_machine_version_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_machine_alias_arn: Option<String>,
}

impl StartedVersionArns {
    /// Returns the ARNs of what was started; none if that was the newest revision.
    pub fn new(
        account_region: &AccountRegion,
        machine: &str,
        version: Option<&StartedVersion>,
    ) -> Self {
        let Some(StartedVersion { number, alias }) = version else { return Self::default() };
        let alias = alias.as_ref();
        Self {
            state_machine_version_arn: Some(account_region.version_arn(machine, *number)),
            state_machine_alias_arn: alias.map(|alias| account_region.alias_arn(machine, alias)),
        }
    }
}

/// All details shapes in one: each event type sets the members of its own shape.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEventDetails<'a> {
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
    input_details: Option<HistoryEventExecutionDataDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_details: Option<HistoryEventExecutionDataDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout_in_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_credentials: Option<WireTaskCredentials<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    heartbeat_in_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    worker_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_arn: Option<&'a str>,
    #[serde(flatten)]
    started: StartedVersionArns,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_variables: Option<BTreeMap<&'a str, &'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_variables_details: Option<HistoryEventExecutionDataDetails>,
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
struct HistoryEventExecutionDataDetails {
    truncated: bool,
}

const WHOLE: HistoryEventExecutionDataDetails =
    HistoryEventExecutionDataDetails { truncated: false };

impl<'a> HistoryEventDetails<'a> {
    /// Returns the details of an event and the member of `HistoryEvent` that holds them; `None` if
    /// its type has no details.
    pub fn in_member(
        kind: &'a EventKind,
        account_region: &'a AccountRegion,
        data: ExecutionDataVisibility,
    ) -> Option<(&'static str, Self)> {
        let member = details_member_name(kind)?;
        Some((member, details_of_event(kind, account_region, data)))
    }

    /// Adds to the details of `ExecutionStarted` which version was started.
    #[must_use]
    pub fn with_started_version(self, started: StartedVersionArns) -> Self {
        Self { started, ..self }
    }

    /// Returns the details of an event as a log has them: of data that is hidden, it has nothing.
    pub fn for_log(
        kind: &'a EventKind,
        account_region: &'a AccountRegion,
        data: ExecutionDataVisibility,
    ) -> Self {
        let details = details_of_event(kind, account_region, data);
        match data {
            ExecutionDataVisibility::Shown => details,
            ExecutionDataVisibility::Hidden => Self {
                parameters: None,
                input_details: None,
                output_details: None,
                assigned_variables: None,
                assigned_variables_details: None,
                ..details
            },
        }
    }
}

fn details_of_event<'a>(
    event: &'a EventKind,
    account_region: &'a AccountRegion,
    visibility: ExecutionDataVisibility,
) -> HistoryEventDetails<'a> {
    match event {
        EventKind::ExecutionStarted { input, role_arn } => {
            HistoryEventDetails { role_arn: Some(role_arn), ..details_of_input(input, visibility) }
        }
        EventKind::ExecutionSucceeded { output } => details_of_output(output, visibility),
        EventKind::ExecutionFailed(failure)
        | EventKind::ExecutionAborted(failure)
        | EventKind::ExecutionTimedOut(failure) => details_of_failure(failure),
        EventKind::ExecutionRedriven { redrive_count } => details_of_redrive(*redrive_count),
        EventKind::StateEntered { name, input, .. } => {
            HistoryEventDetails { name: Some(name.as_str()), ..details_of_input(input, visibility) }
        }
        EventKind::StateExited { name, output, assigned, .. } => {
            let variables =
                (!assigned.is_empty()).then(|| assigned_variables_texts(assigned, visibility));
            HistoryEventDetails {
                name: Some(name.as_str()),
                assigned_variables_details: variables.is_some().then_some(WHOLE),
                assigned_variables: variables,
                ..details_of_output(output, visibility)
            }
        }
        EventKind::EvaluationFailed { failure, location, state } => HistoryEventDetails {
            location: location.as_deref(),
            state: Some(state.as_str()),
            ..details_of_failure(failure)
        },
        EventKind::MapStateStarted { length } => details_of_length(*length),
        EventKind::MapIterationStarted { name, index }
        | EventKind::MapIterationSucceeded { name, index }
        | EventKind::MapIterationFailed { name, index }
        | EventKind::MapIterationAborted { name, index } => details_of_iteration(name, *index),
        EventKind::StateAborted(_)
        | EventKind::ParallelStateStarted
        | EventKind::ParallelStateSucceeded
        | EventKind::ParallelStateFailed
        | EventKind::MapStateSucceeded
        | EventKind::MapStateFailed => HistoryEventDetails::default(),
        EventKind::LambdaFunctionScheduled { .. }
        | EventKind::LambdaFunctionStarted
        | EventKind::LambdaFunctionSucceeded { .. }
        | EventKind::LambdaFunctionFailed(_)
        | EventKind::LambdaFunctionTimedOut(_) => details_of_function_event(event, visibility),
        EventKind::ActivityScheduled { .. }
        | EventKind::ActivityScheduleFailed(_)
        | EventKind::ActivityStarted { .. }
        | EventKind::ActivitySucceeded { .. }
        | EventKind::ActivityFailed(_)
        | EventKind::ActivityTimedOut(_) => details_of_activity_event(event, visibility),
        EventKind::TaskScheduled { .. }
        | EventKind::TaskStarted { .. }
        | EventKind::TaskSubmitted { .. }
        | EventKind::TaskSucceeded { .. }
        | EventKind::TaskFailed { .. }
        | EventKind::TaskTimedOut { .. } => {
            details_of_task_event(event, account_region, visibility)
        }
    }
}

/// Whose credentials a task's call is made with.
///
/// Spec: API reference, `TaskCredentials`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct WireTaskCredentials<'a> {
    role_arn: &'a str,
}

impl<'a> From<&'a TaskCredentials> for WireTaskCredentials<'a> {
    fn from(credentials: &'a TaskCredentials) -> Self {
        Self { role_arn: &credentials.role_arn }
    }
}

/// The details of `LambdaFunction…` events.
#[expect(clippy::wildcard_enum_match_arm, reason = "it gets only events of its family")]
fn details_of_function_event(
    event: &EventKind,
    visibility: ExecutionDataVisibility,
) -> HistoryEventDetails<'_> {
    match event {
        EventKind::LambdaFunctionScheduled { resource, input, timeout_in_seconds, credentials } => {
            HistoryEventDetails {
                resource: Some(resource),
                timeout_in_seconds: *timeout_in_seconds,
                task_credentials: credentials.as_ref().map(WireTaskCredentials::from),
                ..details_of_input(input, visibility)
            }
        }
        EventKind::LambdaFunctionSucceeded { output } => details_of_output(output, visibility),
        EventKind::LambdaFunctionFailed(failure) | EventKind::LambdaFunctionTimedOut(failure) => {
            details_of_failure(failure)
        }
        _ => HistoryEventDetails::default(),
    }
}

/// The details of `Activity…` events.
#[expect(clippy::wildcard_enum_match_arm, reason = "it gets only events of its family")]
fn details_of_activity_event(
    event: &EventKind,
    visibility: ExecutionDataVisibility,
) -> HistoryEventDetails<'_> {
    match event {
        EventKind::ActivityScheduled {
            resource,
            input,
            timeout_in_seconds,
            heartbeat_in_seconds,
        } => HistoryEventDetails {
            resource: Some(resource),
            timeout_in_seconds: *timeout_in_seconds,
            heartbeat_in_seconds: *heartbeat_in_seconds,
            ..details_of_input(input, visibility)
        },
        EventKind::ActivitySucceeded { output } => details_of_output(output, visibility),
        EventKind::ActivityStarted { worker_name } => {
            HistoryEventDetails { worker_name: worker_name.as_deref(), ..Default::default() }
        }
        EventKind::ActivityScheduleFailed(failure)
        | EventKind::ActivityFailed(failure)
        | EventKind::ActivityTimedOut(failure) => details_of_failure(failure),
        _ => HistoryEventDetails::default(),
    }
}

/// The details of `Task…` events.
#[expect(clippy::wildcard_enum_match_arm, reason = "it gets only events of its family")]
fn details_of_task_event<'a>(
    event: &'a EventKind,
    account_region: &'a AccountRegion,
    visibility: ExecutionDataVisibility,
) -> HistoryEventDetails<'a> {
    match event {
        EventKind::TaskScheduled {
            resource_type,
            resource,
            parameters,
            timeout_in_seconds,
            heartbeat_in_seconds,
            credentials,
        } => HistoryEventDetails {
            region: Some(&account_region.region),
            // AWS's model requires the member.
            parameters: data_text(parameters, visibility).or(Some("")),
            timeout_in_seconds: *timeout_in_seconds,
            heartbeat_in_seconds: *heartbeat_in_seconds,
            task_credentials: credentials.as_ref().map(WireTaskCredentials::from),
            ..details_of_resource(resource_type, resource)
        },
        EventKind::TaskStarted { resource_type, resource } => {
            details_of_resource(resource_type, resource)
        }
        EventKind::TaskSubmitted { resource_type, resource, output }
        | EventKind::TaskSucceeded { resource_type, resource, output } => HistoryEventDetails {
            resource_type: Some(resource_type),
            resource: Some(resource),
            ..details_of_output(output, visibility)
        },
        EventKind::TaskFailed { resource_type, resource, failure }
        | EventKind::TaskTimedOut { resource_type, resource, failure } => {
            details_of_failed_task(resource_type, resource, failure)
        }
        _ => HistoryEventDetails::default(),
    }
}

fn data_text(data: &Payload, visibility: ExecutionDataVisibility) -> Option<&str> {
    match visibility {
        ExecutionDataVisibility::Shown => Some(data.json_text()),
        ExecutionDataVisibility::Hidden => None,
    }
}

fn assigned_variables_texts(
    assigned: &[(String, Payload)],
    visibility: ExecutionDataVisibility,
) -> BTreeMap<&str, &str> {
    match visibility {
        ExecutionDataVisibility::Shown => {
            assigned.iter().map(|(name, value)| (name.as_str(), value.json_text())).collect()
        }
        ExecutionDataVisibility::Hidden => BTreeMap::new(),
    }
}

fn details_of_input(
    input: &Payload,
    visibility: ExecutionDataVisibility,
) -> HistoryEventDetails<'_> {
    let input = data_text(input, visibility);
    HistoryEventDetails { input, input_details: Some(WHOLE), ..HistoryEventDetails::default() }
}

fn details_of_output(
    output: &Payload,
    visibility: ExecutionDataVisibility,
) -> HistoryEventDetails<'_> {
    let output = data_text(output, visibility);
    HistoryEventDetails { output, output_details: Some(WHOLE), ..HistoryEventDetails::default() }
}

fn details_of_failure(failure: &Failure) -> HistoryEventDetails<'_> {
    let Failure { error, cause } = failure;
    HistoryEventDetails {
        error: error.as_deref(),
        cause: cause.as_deref(),
        ..HistoryEventDetails::default()
    }
}

fn details_of_resource<'a>(resource_type: &'a str, resource: &'a str) -> HistoryEventDetails<'a> {
    HistoryEventDetails {
        resource_type: Some(resource_type),
        resource: Some(resource),
        ..HistoryEventDetails::default()
    }
}

fn details_of_failed_task<'a>(
    resource_type: &'a str,
    resource: &'a str,
    failure: &'a Failure,
) -> HistoryEventDetails<'a> {
    HistoryEventDetails {
        resource_type: Some(resource_type),
        resource: Some(resource),
        ..details_of_failure(failure)
    }
}

fn details_of_redrive(redrive_count: u32) -> HistoryEventDetails<'static> {
    HistoryEventDetails { redrive_count: Some(redrive_count), ..HistoryEventDetails::default() }
}

fn details_of_length(length: u32) -> HistoryEventDetails<'static> {
    HistoryEventDetails { length: Some(length), ..HistoryEventDetails::default() }
}

fn details_of_iteration(name: &StateName, index: u32) -> HistoryEventDetails<'_> {
    HistoryEventDetails {
        name: Some(name.as_str()),
        index: Some(index),
        ..HistoryEventDetails::default()
    }
}

/// The member that holds the details of an event type; `None` if the type has no details.
const fn details_member_name(kind: &EventKind) -> Option<&'static str> {
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
        EventKind::ActivityScheduled { .. } => "activityScheduledEventDetails",
        EventKind::ActivityScheduleFailed(_) => "activityScheduleFailedEventDetails",
        EventKind::ActivityStarted { .. } => "activityStartedEventDetails",
        EventKind::ActivitySucceeded { .. } => "activitySucceededEventDetails",
        EventKind::ActivityFailed(_) => "activityFailedEventDetails",
        EventKind::ActivityTimedOut(_) => "activityTimedOutEventDetails",
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
