//! `SendTaskSuccess`, `SendTaskFailure`, `SendTaskHeartbeat`.

use model::{
    Failure,
    limits::{CAUSE_CHARS_MAX, ERROR_CHARS_MAX, TASK_TOKEN_CHARS_MAX},
};
use orchestrator::{Tools, send_task_failure, send_task_heartbeat, send_task_success};
use serde::Deserialize;

use super::{Answer, nothing, read};
use crate::{
    Ports,
    constraint::{Constraints, Shown},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SuccessInput {
    task_token: Option<String>,
    output: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FailureInput {
    task_token: Option<String>,
    error: Option<String>,
    cause: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HeartbeatInput {
    task_token: Option<String>,
}

pub(crate) async fn succeed<P: Ports>(ports: &P, tools: &Tools, body: &[u8]) -> Answer {
    let SuccessInput { task_token, output } = read(body)?;
    let mut constraints = Constraints::default();
    let task_token = token(&mut constraints, task_token);
    let output = constraints.required("output", output);
    constraints.finish()?;
    send_task_success(ports, tools, &task_token, &output).await?;
    Ok(nothing())
}

pub(crate) async fn fail<P: Ports>(ports: &P, tools: &Tools, body: &[u8]) -> Answer {
    let FailureInput { task_token, error, cause } = read(body)?;
    let mut constraints = Constraints::default();
    let task_token = token(&mut constraints, task_token);
    constraints.length("error", error.as_deref(), 0..=ERROR_CHARS_MAX, Shown::Sensitive);
    constraints.length("cause", cause.as_deref(), 0..=CAUSE_CHARS_MAX, Shown::Sensitive);
    constraints.finish()?;
    send_task_failure(ports, tools, &task_token, Failure { error, cause }).await?;
    Ok(nothing())
}

pub(crate) async fn heartbeat<P: Ports>(ports: &P, body: &[u8]) -> Answer {
    let HeartbeatInput { task_token } = read(body)?;
    let mut constraints = Constraints::default();
    let task_token = token(&mut constraints, task_token);
    constraints.finish()?;
    send_task_heartbeat(ports, &task_token).await?;
    Ok(nothing())
}

fn token(constraints: &mut Constraints, task_token: Option<String>) -> String {
    let length = 1..=TASK_TOKEN_CHARS_MAX;
    constraints.length("taskToken", task_token.as_deref(), length, Shown::Open);
    constraints.required("taskToken", task_token)
}
