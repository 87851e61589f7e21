//! `ListMapRuns`: no Map Run can be started yet, so the list is empty.

use model::limits::PAGE_TOKEN_CHARS_MAX;
use orchestrator::{EngineContext, api::describe_execution, roles::ApiRole};
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
