//! `RedriveExecution`.

use model::limits::CLIENT_TOKEN_CHARS_MAX;
use orchestrator::{RedriveExecution, Tools, redrive_execution};
use serde::Deserialize;
use serde_json::json;

use super::{Answer, print, read};
use crate::{
    Ports,
    constraint::{Constraints, Shown},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RedriveInput {
    execution_arn: Option<String>,
    client_token: Option<String>,
}

pub(crate) async fn redrive<P: Ports>(ports: &P, tools: &Tools, body: &[u8]) -> Answer {
    let RedriveInput { execution_arn, client_token } = read(body)?;
    let mut constraints = Constraints::default();
    let execution_arn = constraints.arn("executionArn", execution_arn);
    let length = 1..=CLIENT_TOKEN_CHARS_MAX;
    constraints.length("clientToken", client_token.as_deref(), length, Shown::Open);
    constraints.finish()?;
    let request = RedriveExecution { execution_arn, client_token };
    let redriven_at = redrive_execution(ports, tools, request).await?;
    Ok(print(&json!({ "redriveDate": redriven_at.epoch_seconds() })))
}
