//! `SendTaskSuccess`, `SendTaskFailure`, `SendTaskHeartbeat`.

use model::limits::TASK_TOKEN_CHARS_MAX;
use orchestrator::{
    EngineContext,
    api::{send_task_failure, send_task_heartbeat, send_task_success},
    roles::ApiRole,
};
use serde::Deserialize;

use super::{OperationResult, empty_response, read_request};
use crate::request_constraints::{RequestConstraints, ValueSensitivity};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SendTaskSuccessInput {
    task_token: Option<String>,
    output: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SendTaskFailureInput {
    task_token: Option<String>,
    error: Option<String>,
    cause: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SendTaskHeartbeatInput {
    task_token: Option<String>,
}

pub(crate) async fn handle_send_task_success<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let SendTaskSuccessInput { task_token, output } = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let task_token = check_task_token(&mut constraints, task_token);
    let output = constraints.require_member("output", output);
    constraints.into_result()?;
    send_task_success(ports, context, &task_token, &output).await?;
    Ok(empty_response())
}

pub(crate) async fn handle_send_task_failure<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let SendTaskFailureInput { task_token, error, cause } = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let task_token = check_task_token(&mut constraints, task_token);
    let failure = constraints.check_failure(error, cause);
    constraints.into_result()?;
    send_task_failure(ports, context, &task_token, failure).await?;
    Ok(empty_response())
}

pub(crate) async fn handle_send_task_heartbeat<P: ApiRole>(
    ports: &P,
    body: &[u8],
) -> OperationResult {
    let SendTaskHeartbeatInput { task_token } = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let task_token = check_task_token(&mut constraints, task_token);
    constraints.into_result()?;
    send_task_heartbeat(ports, &task_token).await?;
    Ok(empty_response())
}

fn check_task_token(constraints: &mut RequestConstraints, task_token: Option<String>) -> String {
    let length = 1..=TASK_TOKEN_CHARS_MAX;
    constraints.check_length("taskToken", task_token.as_deref(), length, ValueSensitivity::Public);
    constraints.require_member("taskToken", task_token)
}
