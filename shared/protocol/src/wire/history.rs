//! `GetExecutionHistory`.

use model::{
    AccountRegion, EventKind, ExecutionArn, ExecutionDataVisibility, limits::PAGE_TOKEN_CHARS_MAX,
};
use orchestrator::{
    EngineContext,
    api::{
        GetExecutionHistory, HistoryEvent, HistoryEventDetails, StartedVersionArns,
        get_execution_history,
    },
    ports::LogOrder,
    roles::ApiRole,
};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::value::{RawValue, to_raw_value};

use super::{OperationResult, check_next_token, escaped_json_bytes, print_response, read_request};
use crate::{
    page_token::{self, PageTokenScope},
    request_constraints::RequestConstraints,
};

/// Bytes of the events on one page as a JSON string, which is how a Lambda function answers, with 6
/// MB at most. A page that would be larger has fewer events than were requested.
const PAGE_BYTES_MAX: usize = 5 * 1_048_576;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GetExecutionHistoryInput {
    execution_arn: Option<String>,
    max_results: Option<i64>,
    reverse_order: Option<bool>,
    next_token: Option<String>,
    include_execution_data: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GetExecutionHistoryOutput {
    events: Vec<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// One event as it is printed.
#[derive(Debug)]
struct HistoryEventShape<'a> {
    event: &'a HistoryEvent,
    account_region: &'a AccountRegion,
    /// The name of the state machine.
    machine: &'a str,
    data: ExecutionDataVisibility,
}

/// Shape: `{timestamp, type, id, previousEventId, <one member of details>}`.
impl Serialize for HistoryEventShape<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { event, account_region, machine, data } = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("timestamp", &event.timestamp().as_epoch_seconds())?;
        map.serialize_entry("type", &HistoryEventTypeName(event.event_kind()))?;
        map.serialize_entry("id", &event.id)?;
        map.serialize_entry("previousEventId", &event.previous_event_id)?;
        if let Some((member, mut details)) =
            HistoryEventDetails::in_member(event.event_kind(), account_region, data)
        {
            if matches!(event.event_kind(), EventKind::ExecutionStarted { .. }) {
                let version = event.started_version();
                let started = StartedVersionArns::new(account_region, machine, version);
                details = details.with_started_version(started);
            }
            map.serialize_entry(member, &details)?;
        }
        map.end()
    }
}

struct HistoryEventTypeName<'a>(&'a EventKind);

impl Serialize for HistoryEventTypeName<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (prefix, name) = self.0.type_name_parts();
        serializer.collect_str(&format_args!("{prefix}{name}"))
    }
}

pub(crate) async fn handle_get_execution_history<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let request: GetExecutionHistoryInput = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let execution_arn = constraints.require_arn("executionArn", request.execution_arn);
    let limit = constraints.check_page_size(request.max_results);
    check_next_token(&mut constraints, request.next_token.as_deref(), PAGE_TOKEN_CHARS_MAX);
    constraints.into_result()?;
    let order = match request.reverse_order {
        Some(true) => LogOrder::NewestFirst,
        Some(false) | None => LogOrder::OldestFirst,
    };
    let scope = ["GetExecutionHistory", &execution_arn, order_name(order)];
    let after = request
        .next_token
        .map(|token| PageTokenScope(&scope).decode_page_token(&token, ports.now()))
        .transpose()?;
    let after = after
        .map(|after| after.parse())
        .transpose()
        .map_err(|_| page_token::invalid_page_token())?;
    let execution = execution_arn.clone();
    let asked = GetExecutionHistory { execution_arn: execution, order, limit, after };
    let page = get_execution_history(ports, context, asked).await?;
    let arn = ExecutionArn::parse_of_any_type(&execution_arn);
    let machine = arn.map(|arn| arn.machine.to_string());
    let machine = machine.unwrap_or_default();
    let data = match request.include_execution_data {
        Some(false) => ExecutionDataVisibility::Hidden,
        Some(true) | None => ExecutionDataVisibility::Shown,
    };
    let print_with = |event, data| {
        print_event(&HistoryEventShape {
            event,
            account_region: &context.settings.account_region,
            machine: &machine,
            data,
        })
    };
    let events = take_page_events(page.events.iter().map(|event| {
        let whole = print_with(event, data);
        let fits = escaped_json_bytes(whole.get()) <= context.settings.response_bytes_max;
        if fits { whole } else { print_with(event, ExecutionDataVisibility::Hidden) }
    }));
    let next = match page.events.get(events.len().saturating_sub(1)) {
        Some(last) if events.len() < page.events.len() => Some(last.position()),
        _ => page.next,
    };
    let next_token =
        next.map(|next| PageTokenScope(&scope).encode_page_token(&next.to_string(), ports.now()));
    Ok(print_response(&GetExecutionHistoryOutput { events, next_token }))
}

/// # Panics
/// Never: an event has string keys and finite numbers.
fn print_event(event: &HistoryEventShape<'_>) -> Box<RawValue> {
    to_raw_value(event).expect("an event has string keys and finite numbers, so it prints")
}

/// As many of the first events as a page may hold, and at least one if there are any.
fn take_page_events(events: impl Iterator<Item = Box<RawValue>>) -> Vec<Box<RawValue>> {
    let mut left = PAGE_BYTES_MAX;
    let mut fitting = Vec::new();
    for event in events {
        let bytes = escaped_json_bytes(event.get());
        if bytes > left && !fitting.is_empty() {
            break;
        }
        left = left.saturating_sub(bytes);
        fitting.push(event);
    }
    fitting
}

const fn order_name(order: LogOrder) -> &'static str {
    match order {
        LogOrder::OldestFirst => "forward",
        LogOrder::NewestFirst => "reverse",
    }
}

#[cfg(test)]
mod tests;
