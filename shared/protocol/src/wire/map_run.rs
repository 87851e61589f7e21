//! `DescribeMapRun`, `ListMapRuns`, `UpdateMapRun`: no Map Run can be started yet, so there is none.

use model::limits::{LONG_ARN_CHARS_MAX, PAGE_TOKEN_CHARS_MAX};
use orchestrator::{
    EngineContext,
    api::{MapRunRejection, describe_execution, refuse_map_run},
    roles::ApiRole,
};
use serde::Deserialize;
use serde_json::json;

use super::{OperationResult, check_next_token, print_response, read_request};
use crate::{
    api_exception::ApiException,
    page_token::invalid_page_token,
    request_constraints::{RequestConstraints, ValueSensitivity},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeMapRunInput {
    map_run_arn: Option<String>,
}

pub(crate) fn handle_describe_map_run(body: &[u8]) -> OperationResult {
    let DescribeMapRunInput { map_run_arn } = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let arn = require_map_run_arn(&mut constraints, map_run_arn);
    constraints.into_result()?;
    Err(ApiException::from(refuse_map_run(&arn)).into())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateMapRunInput {
    map_run_arn: Option<String>,
    max_concurrency: Option<i64>,
    tolerated_failure_percentage: Option<f64>,
    tolerated_failure_count: Option<i64>,
}

pub(crate) fn handle_update_map_run(body: &[u8]) -> OperationResult {
    let request: UpdateMapRunInput = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let arn = require_map_run_arn(&mut constraints, request.map_run_arn);
    constraints.check_range("maxConcurrency", request.max_concurrency, 0..=i64::MAX);
    let percentage = request.tolerated_failure_percentage;
    constraints.check_fraction("toleratedFailurePercentage", percentage, 0.0..=100.0);
    let count = request.tolerated_failure_count;
    constraints.check_range("toleratedFailureCount", count, 0..=i64::MAX);
    constraints.into_result()?;
    let is_empty = request.max_concurrency.is_none() && percentage.is_none() && count.is_none();
    let refused = match refuse_map_run(&arn) {
        MapRunRejection::NotFound { .. } if is_empty => MapRunRejection::NothingToUpdate,
        refused => refused,
    };
    Err(ApiException::from(refused).into())
}

fn require_map_run_arn(constraints: &mut RequestConstraints, arn: Option<String>) -> String {
    const AT: &str = "mapRunArn";
    let length = 1..=LONG_ARN_CHARS_MAX;
    constraints.check_length(AT, arn.as_deref(), length, ValueSensitivity::Public);
    constraints.require_member(AT, arn)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListMapRunsInput {
    execution_arn: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(crate) async fn handle_list_map_runs<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let ListMapRunsInput { execution_arn, max_results, next_token } = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let arn = constraints.require_arn("executionArn", execution_arn);
    constraints.check_page_size(max_results);
    check_next_token(&mut constraints, next_token.as_deref(), PAGE_TOKEN_CHARS_MAX);
    constraints.into_result()?;
    describe_execution(ports, context, &arn).await?;
    if next_token.is_some() {
        // An empty list has no second page.
        return Err(invalid_page_token().into());
    }
    Ok(print_response(&json!({ "mapRuns": [] })))
}
