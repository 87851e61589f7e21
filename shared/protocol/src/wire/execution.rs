//! `DescribeExecution`, `ListExecutions`.

use model::{Outcome, Payload, Place, Status, limits::PAGE_TOKEN_EXECUTIONS_CHARS_MAX};
use orchestrator::{
    ListExecutions, Tools, describe_execution, list_executions, ports::ListedExecution, redrivable,
};
use serde::{Deserialize, Serialize};

use super::{Answer, Included, check_token, print, read};
use crate::{
    Ports,
    constraint::{Constraints, Shown},
    exception::Exception,
    token::Scope,
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeInput {
    execution_arn: Option<String>,
    included_data: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DescribeOutput<'a> {
    execution_arn: &'a str,
    state_machine_arn: String,
    name: &'a str,
    status: &'static str,
    start_date: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a str>,
    input_details: DataDetails,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_details: Option<DataDetails>,
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
struct DataDetails {
    included: bool,
}

/// A payload, or that it is left out.
#[derive(Clone, Copy, Debug)]
struct Data<'a> {
    text: Option<&'a str>,
    details: DataDetails,
}

impl<'a> Data<'a> {
    /// Takes what it needs of the bytes that are left.
    fn fitting(payload: &'a Payload, left: &mut usize) -> Self {
        let text = payload.text();
        let escapes = text.bytes().map(|byte| match byte {
            b'"' | b'\\' => 3,
            b'\n' | b'\r' | b'\t' => 2,
            _ => 0,
        });
        // It is a string in the answer, which may be a string itself.
        let bytes = text.len() + escapes.sum::<usize>();
        let included = bytes <= *left;
        if included {
            *left -= bytes;
        }
        Self { text: included.then_some(text), details: DataDetails { included } }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListInput {
    state_machine_arn: Option<String>,
    status_filter: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
    map_run_arn: Option<String>,
    redrive_filter: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ListOutput<'a> {
    executions: Vec<ListItem<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ListItem<'a> {
    execution_arn: String,
    state_machine_arn: &'a str,
    name: &'a str,
    status: &'static str,
    start_date: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_date: Option<f64>,
    redrive_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    redrive_date: Option<f64>,
}

pub(crate) async fn describe<P: Ports>(ports: &P, tools: &Tools, body: &[u8]) -> Answer {
    let DescribeInput { execution_arn, included_data } = read(body)?;
    let mut constraints = Constraints::default();
    let execution_arn = constraints.arn("executionArn", execution_arn);
    let included = Included::checked(&mut constraints, included_data.as_deref());
    constraints.finish()?;
    let (arn, execution) = describe_execution(ports, tools, &execution_arn).await?;
    let (stop_date, output, failure) = match &execution.end {
        None => (None, None, None),
        Some((at, outcome)) => match outcome {
            Outcome::Succeeded(output) => (Some(*at), Some(output), None),
            Outcome::Failed(failure) | Outcome::TimedOut(failure) | Outcome::Aborted(failure) => {
                (Some(*at), None, Some(failure))
            }
        },
    };
    let mut left = if included == Included::AllData { tools.answer_bytes } else { 0 };
    let output = output.map(|output| Data::fitting(output, &mut left));
    let input = Data::fitting(&execution.input, &mut left);
    let not_redrivable = redrivable(&execution, ports.now()).err();
    let redriven = execution.facts.redriven.as_ref();
    Ok(print(&DescribeOutput {
        execution_arn: &execution_arn,
        state_machine_arn: tools.place.machine_arn(arn.machine.as_str()),
        name: arn.name.as_str(),
        status: execution.status().as_str(),
        start_date: execution.facts.started_at.epoch_seconds(),
        stop_date: stop_date.map(model::Timestamp::epoch_seconds),
        input: input.text,
        input_details: input.details,
        output: output.and_then(|output| output.text),
        output_details: output.map(|output| output.details),
        trace_header: execution.trace_header.as_deref(),
        error: failure.and_then(|failure| failure.error.as_deref()),
        cause: failure.and_then(|failure| failure.cause.as_deref()),
        redrive_count: execution.facts.redrives(),
        redrive_date: redriven.map(|redriven| redriven.at.epoch_seconds()),
        redrive_status: if not_redrivable.is_some() { "NOT_REDRIVABLE" } else { "REDRIVABLE" },
        redrive_status_reason: not_redrivable.map(|reason| reason.to_string()),
    }))
}

impl<'a> ListItem<'a> {
    fn of(place: &Place, state_machine_arn: &'a str, listed: &'a ListedExecution) -> Self {
        let id = listed.id.as_str();
        let redriven = listed.redriven.as_ref();
        Self {
            execution_arn: place.execution(&listed.id),
            state_machine_arn,
            name: id.split_once(':').map_or(id, |(_, name)| name),
            status: listed.status.as_str(),
            start_date: listed.started_at.epoch_seconds(),
            stop_date: listed.stopped_at.map(model::Timestamp::epoch_seconds),
            redrive_count: redriven.map_or(0, |redriven| redriven.count),
            redrive_date: redriven.map(|redriven| redriven.at.epoch_seconds()),
        }
    }
}

const STATUSES: [Status; 5] =
    [Status::Running, Status::Succeeded, Status::Failed, Status::TimedOut, Status::Aborted];
const PENDING_REDRIVE: &str = "PENDING_REDRIVE";

/// `redriveFilter`
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

    const fn takes(self, listed: &ListedExecution) -> bool {
        match self {
            Self::Redriven => listed.redriven.is_some(),
            Self::NotRedriven => listed.redriven.is_none(),
        }
    }
}

/// A request in order and what its pages are about.
struct ListRequest {
    request: ListExecutions,
    /// Which executions are left on a page: AWS's pages may be short, too.
    redrive: Option<RedriveFilter>,
    /// The operation and its parameters.
    scope: [String; 4],
}

impl TryFrom<ListInput> for ListRequest {
    type Error = Exception;

    fn try_from(request: ListInput) -> Result<Self, Exception> {
        let mut constraints = Constraints::default();
        let status = request.status_filter.as_deref();
        let redrive = request.redrive_filter.as_deref();
        let names = STATUSES.map(Status::as_str);
        constraints.length(
            "stateMachineArn",
            request.state_machine_arn.as_deref(),
            1..=256,
            Shown::Open,
        );
        constraints.length("mapRunArn", request.map_run_arn.as_deref(), 1..=2000, Shown::Open);
        constraints.one_of("statusFilter", status, &[&names[..], &[PENDING_REDRIVE]].concat());
        constraints.one_of(
            "redriveFilter",
            redrive,
            &RedriveFilter::ALL.map(RedriveFilter::as_str),
        );
        let limit = constraints.page_size(request.max_results);
        let token = request.next_token.as_deref();
        check_token(&mut constraints, token, PAGE_TOKEN_EXECUTIONS_CHARS_MAX);
        constraints.finish()?;
        let arn = match (request.state_machine_arn, request.map_run_arn) {
            (Some(arn), None) => arn,
            (None, Some(_)) => {
                return Err(Exception::validation("Map Runs are not supported yet"));
            }
            (Some(_), Some(_)) | (None, None) => {
                return Err(Exception::validation(
                    "Must specify exactly one of stateMachineArn and mapRunArn",
                ));
            }
        };
        if status == Some(PENDING_REDRIVE) {
            return Err(Exception::validation(
                "The status filter PENDING_REDRIVE is only valid with mapRunArn",
            ));
        }
        let or_empty = |filter: Option<&str>| filter.unwrap_or_default().to_owned();
        let scope = ["ListExecutions".to_owned(), arn, or_empty(status), or_empty(redrive)];
        let texts = scope.each_ref().map(String::as_str);
        let after = token.map(|token| Scope(&texts).position(token)).transpose()?;
        let status = STATUSES.into_iter().find(|known| status == Some(known.as_str()));
        let redrive = RedriveFilter::ALL.into_iter().find(|known| redrive == Some(known.as_str()));
        let state_machine_arn = scope[1].clone();
        let request = ListExecutions { state_machine_arn, status, limit, after };
        Ok(Self { request, redrive, scope })
    }
}

pub(crate) async fn list<P: Ports>(ports: &P, tools: &Tools, body: &[u8]) -> Answer {
    let ListRequest { request, redrive, scope } = read::<ListInput>(body)?.try_into()?;
    let (machine, page) = list_executions(ports, tools, request).await?;
    let taken = |listed: &&ListedExecution| redrive.is_none_or(|filter| filter.takes(listed));
    let state_machine_arn = tools.place.machine_arn(machine.as_str());
    let item = |listed| ListItem::of(&tools.place, &state_machine_arn, listed);
    let scope = scope.each_ref().map(String::as_str);
    Ok(print(&ListOutput {
        executions: page.executions.iter().filter(taken).map(item).collect(),
        next_token: page.next.map(|position| Scope(&scope).token(&position)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_left_out_where_no_bytes_are_left_for_it() {
        let payload = Payload::parse("{\"a\":\n\"b\\\\\"}").expect("JSON");
        let once = serde_json::to_string(payload.text()).expect("prints");
        let twice = serde_json::to_string(&once).expect("prints");
        // Without the quotes that begin and end each string.
        let bytes = twice.len() - 2 - 4;
        let mut left = bytes + 1;
        assert_eq!(Data::fitting(&payload, &mut left).text, Some(payload.text()));
        assert_eq!(left, 1);
        assert_eq!(Data::fitting(&payload, &mut left).text, None);
        assert_eq!(left, 1);
    }
}
