//! `DescribeExecution`, `ListExecutions`.

use model::{
    AccountRegion, ExecutionStatus, FrameOutcome, Payload, Timestamp,
    limits::PAGE_TOKEN_EXECUTIONS_CHARS_MAX,
};
use orchestrator::{
    EngineContext,
    api::{
        ListExecutions, StartedVersionArns, check_redrivable, describe_execution, list_executions,
        refuse_map_run,
    },
    ports::ListedExecution,
    roles::ApiRole,
};
use serde::{Deserialize, Serialize};

use super::{IncludedData, OperationResult, check_next_token, print_response, read_request};
use crate::{
    api_exception::ApiException,
    page_token::PageTokenScope,
    request_constraints::{RequestConstraints, ValueSensitivity},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeExecutionInput {
    execution_arn: Option<String>,
    included_data: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DescribeExecutionOutput<'a> {
    execution_arn: &'a str,
    state_machine_arn: String,
    #[serde(flatten)]
    started: StartedVersionArns,
    name: &'a str,
    status: &'static str,
    start_date: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a str>,
    input_details: CloudWatchEventsExecutionDataDetails,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_details: Option<CloudWatchEventsExecutionDataDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_header: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    redrive_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    redrive_date: Option<f64>,
    redrive_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    redrive_status_reason: Option<String>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct CloudWatchEventsExecutionDataDetails {
    included: bool,
}

/// A payload, if it is included, and the details that say whether it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct PayloadWithDetails<'a> {
    pub(super) text: Option<&'a str>,
    pub(super) details: CloudWatchEventsExecutionDataDetails,
}

impl<'a> PayloadWithDetails<'a> {
    /// Includes the payload if it fits into the bytes that are left, and takes its bytes from them.
    pub(super) fn fit_payload(payload: &'a Payload, left: &mut usize) -> Self {
        let text = payload.json_text();
        // Counted apart, so that the compiler counts many bytes at once.
        let escaped_twice = text.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count();
        let escaped_once =
            text.bytes().filter(|byte| matches!(byte, b'\n' | b'\r' | b'\t')).count();
        // The payload is a string in the answer, which may itself be a string in JSON.
        let bytes = text.len() + 3 * escaped_twice + 2 * escaped_once;
        let included = bytes <= *left;
        if included {
            *left -= bytes;
        }
        Self {
            text: included.then_some(text),
            details: CloudWatchEventsExecutionDataDetails { included },
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListExecutionsInput {
    state_machine_arn: Option<String>,
    status_filter: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
    map_run_arn: Option<String>,
    redrive_filter: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ListExecutionsOutput<'a> {
    executions: Vec<ExecutionListItem<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ExecutionListItem<'a> {
    execution_arn: String,
    state_machine_arn: &'a str,
    #[serde(flatten)]
    started: StartedVersionArns,
    name: &'a str,
    status: &'static str,
    start_date: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_date: Option<f64>,
    redrive_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    redrive_date: Option<f64>,
}

pub(crate) async fn handle_describe_execution<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let DescribeExecutionInput { execution_arn, included_data } = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let execution_arn = constraints.require_arn("executionArn", execution_arn);
    let included = IncludedData::check_included_data(&mut constraints, included_data.as_deref());
    constraints.into_result()?;
    let (arn, execution) = describe_execution(ports, context, &execution_arn).await?;
    let (stop_date, output, failure) = match &execution.end {
        None => (None, None, None),
        Some((at, outcome)) => match outcome {
            FrameOutcome::Succeeded(output) => (Some(*at), Some(output), None),
            FrameOutcome::Failed(failure) | FrameOutcome::Aborted(failure) => {
                (Some(*at), None, Some(failure))
            }
            // Only the history names `States.Timeout` (observed).
            FrameOutcome::TimedOut(_) => (Some(*at), None, None),
        },
    };
    let mut left =
        if included == IncludedData::AllData { context.settings.response_bytes_max } else { 0 };
    let output = output.map(|output| PayloadWithDetails::fit_payload(output, &mut left));
    let input = PayloadWithDetails::fit_payload(&execution.input, &mut left);
    let not_redrivable = check_redrivable(&arn.execution_id(), &execution, ports.now()).err();
    let redriven = execution.facts.last_redrive.as_ref();
    Ok(print_response(&DescribeExecutionOutput {
        execution_arn: &execution_arn,
        state_machine_arn: context.settings.account_region.state_machine_arn(arn.machine.as_str()),
        started: StartedVersionArns::new(
            &context.settings.account_region,
            arn.machine.as_str(),
            execution.facts.version.as_ref(),
        ),
        name: arn.name.as_str(),
        status: execution.status().as_str(),
        start_date: execution.facts.started_at.as_epoch_seconds(),
        stop_date: stop_date.map(Timestamp::as_epoch_seconds),
        input: input.text,
        input_details: input.details,
        output: output.and_then(|output| output.text),
        output_details: output.map(|output| output.details),
        trace_header: execution.trace_header.as_deref(),
        error: failure.and_then(|failure| failure.error.as_deref()),
        cause: failure.and_then(|failure| failure.cause.as_deref()),
        redrive_count: execution.facts.redrive_count(),
        redrive_date: redriven.map(|redriven| redriven.requested_at.as_epoch_seconds()),
        redrive_status: if not_redrivable.is_some() { "NOT_REDRIVABLE" } else { "REDRIVABLE" },
        redrive_status_reason: not_redrivable.map(|reason| reason.to_string()),
    }))
}

impl<'a> ExecutionListItem<'a> {
    fn from_listed_execution(
        account_region: &AccountRegion,
        state_machine_arn: &'a str,
        listed: &'a ListedExecution,
    ) -> Self {
        let redriven = listed.redriven.as_ref();
        Self {
            execution_arn: account_region.execution_arn(&listed.id),
            state_machine_arn,
            started: StartedVersionArns::new(
                account_region,
                listed.id.machine_name(),
                listed.version.as_ref(),
            ),
            name: listed.id.execution_name(),
            status: listed.status.as_str(),
            start_date: listed.started_at.as_epoch_seconds(),
            stop_date: listed.stopped_at.map(Timestamp::as_epoch_seconds),
            redrive_count: redriven.map_or(0, |redriven| redriven.count),
            redrive_date: redriven.map(|redriven| redriven.requested_at.as_epoch_seconds()),
        }
    }
}

const PENDING_REDRIVE: &str = "PENDING_REDRIVE";

/// The values of `statusFilter`, in the order in which AWS lists them (recorded; of the last three
/// the order is believed).
const STATUS_FILTERS: [&str; 6] =
    ["SUCCEEDED", "TIMED_OUT", PENDING_REDRIVE, "ABORTED", "FAILED", "RUNNING"];

/// The value of the member `redriveFilter`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RedriveFilter {
    Redriven,
    NotRedriven,
}

impl RedriveFilter {
    const ALL: [Self; 2] = [Self::Redriven, Self::NotRedriven];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Redriven => "REDRIVEN",
            Self::NotRedriven => "NOT_REDRIVEN",
        }
    }

    const fn matches_execution(self, listed: &ListedExecution) -> bool {
        match self {
            Self::Redriven => listed.redriven.is_some(),
            Self::NotRedriven => listed.redriven.is_none(),
        }
    }
}

/// A valid request and the scope of its page tokens.
struct ListExecutionsPageRequest {
    request: ListExecutions,
    /// Which executions a page keeps. That may make it short, as AWS's pages may be, too.
    redrive: Option<RedriveFilter>,
    /// The parts of the [`PageTokenScope`]: the operation and its parameters.
    scope: [String; 4],
}

impl ListExecutionsPageRequest {
    fn from_input(request: ListExecutionsInput, now: Timestamp) -> Result<Self, ApiException> {
        let mut constraints = RequestConstraints::default();
        let status = request.status_filter.as_deref();
        let redrive = request.redrive_filter.as_deref();
        constraints.check_length(
            "stateMachineArn",
            request.state_machine_arn.as_deref(),
            1..=256,
            ValueSensitivity::Public,
        );
        constraints.check_length(
            "mapRunArn",
            request.map_run_arn.as_deref(),
            1..=2000,
            ValueSensitivity::Public,
        );
        constraints.check_enum_value("statusFilter", status, &STATUS_FILTERS);
        constraints.check_enum_value(
            "redriveFilter",
            redrive,
            &RedriveFilter::ALL.map(RedriveFilter::as_str),
        );
        let limit = constraints.check_page_size(request.max_results);
        let token = request.next_token.as_deref();
        check_next_token(&mut constraints, token, PAGE_TOKEN_EXECUTIONS_CHARS_MAX);
        constraints.into_result()?;
        let arn = match (request.state_machine_arn, request.map_run_arn) {
            (Some(arn), None) => arn,
            (None, Some(arn)) => return Err(refuse_map_run(&arn).into()),
            (Some(_), Some(_)) | (None, None) => {
                return Err(ApiException::validation_exception(
                    "Must specify exactly one of stateMachineArn and mapRunArn",
                ));
            }
        };
        if status == Some(PENDING_REDRIVE) {
            return Err(ApiException::validation_exception(
                "The status filter PENDING_REDRIVE is only valid with mapRunArn",
            ));
        }
        let or_empty = |filter: Option<&str>| filter.unwrap_or_default().to_owned();
        let scope = ["ListExecutions".to_owned(), arn, or_empty(status), or_empty(redrive)];
        let texts = scope.each_ref().map(String::as_str);
        let after =
            token.map(|token| PageTokenScope(&texts).decode_page_token(token, now)).transpose()?;
        let status = ExecutionStatus::ALL.into_iter().find(|known| status == Some(known.as_str()));
        let redrive = RedriveFilter::ALL.into_iter().find(|known| redrive == Some(known.as_str()));
        let state_machine_arn = scope[1].clone();
        let request = ListExecutions { state_machine_arn, status, limit, after };
        Ok(Self { request, redrive, scope })
    }
}

pub(crate) async fn handle_list_executions<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let ListExecutionsPageRequest { request, redrive, scope } =
        ListExecutionsPageRequest::from_input(read_request(body)?, ports.now())?;
    let (machine, page) = list_executions(ports, context, request).await?;
    let taken =
        |listed: &&ListedExecution| redrive.is_none_or(|filter| filter.matches_execution(listed));
    let state_machine_arn = context.settings.account_region.state_machine_arn(machine.as_str());
    let item = |listed| {
        ExecutionListItem::from_listed_execution(
            &context.settings.account_region,
            &state_machine_arn,
            listed,
        )
    };
    let scope = scope.each_ref().map(String::as_str);
    Ok(print_response(&ListExecutionsOutput {
        executions: page.executions.iter().filter(taken).map(item).collect(),
        next_token: page
            .next
            .map(|position| PageTokenScope(&scope).encode_page_token(&position, ports.now())),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_left_out_where_no_bytes_are_left_for_it() {
        let payload = Payload::parse("{\"a\":\n\"b\\\\\"}").expect("JSON");
        let once = serde_json::to_string(payload.json_text()).expect("prints");
        let twice = serde_json::to_string(&once).expect("prints");
        // Without the quotes that begin and end each string.
        let bytes = twice.len() - 2 - 4;
        let mut left = bytes + 1;
        assert_eq!(
            PayloadWithDetails::fit_payload(&payload, &mut left).text,
            Some(payload.json_text())
        );
        assert_eq!(left, 1);
        assert_eq!(PayloadWithDetails::fit_payload(&payload, &mut left).text, None);
        assert_eq!(left, 1);
    }
}
