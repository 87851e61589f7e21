//! `ListStateMachineVersions`, `ListStateMachineAliases`, `ListMapRuns`: lists of what cannot be
//! created yet, which are empty. Terraform reads the first two after every change.

use model::limits::PAGE_TOKEN_CHARS_MAX;
use orchestrator::{
    ApiError, EngineContext,
    api::{
        check_list_state_machine_aliases, check_list_state_machine_versions, describe_execution,
    },
    roles::ApiRole,
};
use serde::Deserialize;
use serde_json::json;

use super::{OperationResult, check_next_token, print_response, read_request};
use crate::{
    api_exception::ApiException, page_token::invalid_page_token,
    request_constraints::RequestConstraints,
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageOfListInput {
    state_machine_arn: Option<String>,
    execution_arn: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

impl PageOfListInput {
    /// Checks the request, and returns the ARN of the member `at`.
    fn check_arn(&self, at: &str, arn: Option<&String>) -> Result<String, ApiException> {
        let mut constraints = RequestConstraints::default();
        let arn = constraints.require_arn(at, arn.cloned());
        self.check_page(constraints)?;
        Ok(arn)
    }

    fn check_page(&self, mut constraints: RequestConstraints) -> Result<(), ApiException> {
        constraints.check_page_size(self.max_results);
        check_next_token(&mut constraints, self.next_token.as_deref(), PAGE_TOKEN_CHARS_MAX);
        constraints.into_result()
    }

    /// Refuses a token: an empty list has no second page.
    fn check_token(&self) -> Result<(), ApiException> {
        if self.next_token.is_some() { Err(invalid_page_token()) } else { Ok(()) }
    }
}

pub(crate) fn handle_list_state_machine_versions(body: &[u8]) -> OperationResult {
    let request = read_request::<PageOfListInput>(body)?;
    let arn = request.check_arn("stateMachineArn", request.state_machine_arn.as_ref())?;
    check_list_state_machine_versions(&arn).map_err(ApiError::Rejected)?;
    request.check_token()?;
    Ok(print_response(&json!({ "stateMachineVersions": [] })))
}

pub(crate) async fn handle_list_state_machine_aliases<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let request = read_request::<PageOfListInput>(body)?;
    let arn = request.check_arn("stateMachineArn", request.state_machine_arn.as_ref())?;
    check_list_state_machine_aliases(ports, context, &arn).await?;
    request.check_token()?;
    Ok(print_response(&json!({ "stateMachineAliases": [] })))
}

pub(crate) async fn handle_list_map_runs<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let request = read_request::<PageOfListInput>(body)?;
    let arn = request.check_arn("executionArn", request.execution_arn.as_ref())?;
    describe_execution(ports, context, &arn).await?;
    request.check_token()?;
    Ok(print_response(&json!({ "mapRuns": [] })))
}
