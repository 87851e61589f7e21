//! The result of a task that has started an execution.
//!
//! Spec: Developer Guide, "Start a new state machine from a running execution"; members, their
//! order and the milliseconds are AWS's.

use model::{
    AccountRegion, Execution, ExecutionId, Failure, FrameOutcome, JobOutput, Payload, error_name,
};
use serde_json::{Map, Value, json};

use crate::{StartedExecution, ports::CallOutcome};

/// The response of `StartExecution`, with the metadata of the HTTP response.
pub(super) fn start_execution_output(started: &StartedExecution, request_id: &str) -> Payload {
    let body = json!({
        "executionArn": started.arn,
        "startDate": started.started_at.as_epoch_seconds(),
    });
    let headers = [
        ("Content-Type", "application/x-amz-json-1.0".to_owned()),
        ("Content-Length", body.to_string().len().to_string()),
        ("x-amzn-RequestId", request_id.to_owned()),
    ];
    let all: Map<String, Value> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), json!([value]))).collect();
    let single: Map<String, Value> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    Payload::from_value(json!({
        "ExecutionArn": started.arn,
        "SdkHttpMetadata": {
            "AllHttpHeaders": all,
            "HttpHeaders": single,
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": { "RequestId": request_id },
        "StartDate": started.started_at.as_milliseconds(),
    }))
}

/// The outcome of the task: the execution's description, or a failure with the description as its
/// cause. None while the execution runs.
pub(super) fn execution_description(
    account_region: &AccountRegion,
    id: &ExecutionId,
    execution: &Execution,
    shown_as: JobOutput,
) -> Option<CallOutcome> {
    let (stopped_at, outcome) = execution.end.as_ref()?;
    let data = |payload: &Payload| match shown_as {
        JobOutput::Json => payload.json_value().clone(),
        JobOutput::Text => payload.json_text().into(),
    };
    let (machine, name) = id.names();
    let mut members = Map::new();
    let mut set = |member: &str, value: Value| members.insert(member.to_owned(), value);
    let (input, output) = match outcome {
        FrameOutcome::Succeeded(output) => (data(&execution.input), Some(data(output))),
        // As in `DescribeExecution`, which the task's result is.
        FrameOutcome::TimedOut(_) => (execution.input.json_text().into(), None),
        FrameOutcome::Failed(failure) | FrameOutcome::Aborted(failure) => {
            let Failure { error, cause } = failure;
            cause.as_ref().map(|cause| set("Cause", cause.as_str().into()));
            error.as_ref().map(|error| set("Error", error.as_str().into()));
            (execution.input.json_text().into(), None)
        }
    };
    set("ExecutionArn", account_region.execution_arn(id).into());
    set("Input", input);
    set("InputDetails", json!({ "Included": true }));
    set("Name", name.into());
    let succeeded = output.is_some();
    if let Some(output) = output {
        set("Output", output);
        set("OutputDetails", json!({ "Included": true }));
    }
    set("StartDate", execution.facts.started_at.as_milliseconds().into());
    let version = execution.facts.version.as_ref();
    if let Some(alias) = version.and_then(|version| version.alias.as_ref()) {
        set("StateMachineAliasArn", account_region.alias_arn(machine, alias).into());
    }
    set("StateMachineArn", account_region.state_machine_arn(machine).into());
    if let Some(version) = version {
        set("StateMachineVersionArn", account_region.version_arn(machine, version.number).into());
    }
    set("Status", outcome.execution_status().as_str().into());
    set("StopDate", stopped_at.as_milliseconds().into());
    let description = Payload::from_value(members.into());
    Some(if succeeded {
        CallOutcome::Succeeded(description)
    } else {
        CallOutcome::Failed(Failure::new(error_name::TASK_FAILED, description.json_text()))
    })
}
