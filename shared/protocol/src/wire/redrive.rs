//! `RedriveExecution`.

use model::limits::CLIENT_TOKEN_CHARS_MAX;
use orchestrator::{
    EngineContext,
    api::{RedriveExecution, redrive_execution},
    roles::ApiRole,
};
use serde::Deserialize;
use serde_json::json;

use super::{OperationResult, print_response, read_request};
use crate::request_constraints::{RequestConstraints, ValueSensitivity};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RedriveExecutionInput {
    execution_arn: Option<String>,
    client_token: Option<String>,
}

pub(crate) async fn handle_redrive_execution<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let RedriveExecutionInput { execution_arn, client_token } = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let execution_arn = constraints.require_arn("executionArn", execution_arn);
    let length = 1..=CLIENT_TOKEN_CHARS_MAX;
    constraints.check_length(
        "clientToken",
        client_token.as_deref(),
        length,
        ValueSensitivity::Public,
    );
    let is_graphic = |token: &str| token.bytes().all(|byte| byte.is_ascii_graphic());
    constraints.check_pattern("clientToken", client_token.as_deref(), is_graphic, "[!-~]+");
    constraints.into_result()?;
    let request = RedriveExecution { execution_arn, client_token };
    let redriven_at = redrive_execution(ports, context, request).await?;
    Ok(print_response(&json!({ "redriveDate": redriven_at.as_epoch_seconds() })))
}
