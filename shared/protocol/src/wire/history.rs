//! `GetExecutionHistory`.

mod details;

use model::{EventKind, Place, limits::PAGE_TOKEN_CHARS_MAX};
use orchestrator::{GetExecutionHistory, HistoryEvent, HistoryOrder, Tools, get_execution_history};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::value::{RawValue, to_raw_value};

use self::details::details;
use super::{Answer, check_token, escaped_bytes, print, read};
use crate::{
    Ports,
    constraint::Constraints,
    token::{self, Scope},
};

/// Bytes of the events on one page, as a JSON string: a Lambda function answers by one, of 6 MB at
/// most. A page that would be larger has fewer events than were asked for.
const PAGE_BYTES_MAX: usize = 5 * 1_048_576;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HistoryInput {
    execution_arn: Option<String>,
    max_results: Option<i64>,
    reverse_order: Option<bool>,
    next_token: Option<String>,
    include_execution_data: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HistoryOutput {
    events: Vec<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// Whether inputs and outputs are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ExecutionData {
    Shown,
    Hidden,
}

/// One event as it is printed.
#[derive(Debug)]
struct EventShape<'a> {
    event: &'a HistoryEvent,
    place: &'a Place,
    data: ExecutionData,
}

/// Shape: `{timestamp, type, id, previousEventId, <one member of details>}`.
impl Serialize for EventShape<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { event, place, data } = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("timestamp", &event.at().epoch_seconds())?;
        map.serialize_entry("type", &EventType(event.kind()))?;
        map.serialize_entry("id", &event.id)?;
        map.serialize_entry("previousEventId", &event.previous_event_id)?;
        if let Some((member, details)) = details(event, place, data) {
            map.serialize_entry(member, &details)?;
        }
        map.end()
    }
}

struct EventType<'a>(&'a EventKind);

impl Serialize for EventType<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (prefix, name) = self.0.type_name();
        serializer.collect_str(&format_args!("{prefix}{name}"))
    }
}

pub(crate) async fn get<P: Ports>(ports: &P, tools: &Tools, body: &[u8]) -> Answer {
    let request: HistoryInput = read(body)?;
    let mut constraints = Constraints::default();
    let execution_arn = constraints.arn("executionArn", request.execution_arn);
    let limit = constraints.page_size(request.max_results);
    check_token(&mut constraints, request.next_token.as_deref(), PAGE_TOKEN_CHARS_MAX);
    constraints.finish()?;
    let order = match request.reverse_order {
        Some(true) => HistoryOrder::NewestFirst,
        Some(false) | None => HistoryOrder::OldestFirst,
    };
    let scope = ["GetExecutionHistory", &execution_arn, order_name(order)];
    let after = request.next_token.map(|token| Scope(&scope).position(&token)).transpose()?;
    let after = after.map(|id| id.parse()).transpose().map_err(|_| token::invalid())?;
    let execution = execution_arn.clone();
    let asked = GetExecutionHistory { execution_arn: execution, order, limit, after };
    let page = get_execution_history(ports, tools, asked).await?;
    let data = match request.include_execution_data {
        Some(false) => ExecutionData::Hidden,
        Some(true) | None => ExecutionData::Shown,
    };
    let print_with = |event, data| printed(&EventShape { event, place: &tools.place, data });
    let events = fitting(page.events.iter().map(|event| {
        let whole = print_with(event, data);
        let fits = escaped_bytes(whole.get()) <= tools.answer_bytes;
        if fits { whole } else { print_with(event, ExecutionData::Hidden) }
    }));
    let next = match page.events.get(events.len().saturating_sub(1)) {
        Some(last) if events.len() < page.events.len() => Some(last.id),
        _ => page.next,
    };
    let next_token = next.map(|id| Scope(&scope).token(&id.to_string()));
    Ok(print(&HistoryOutput { events, next_token }))
}

/// # Panics
/// Never: an event has string keys and finite numbers.
fn printed(event: &EventShape<'_>) -> Box<RawValue> {
    to_raw_value(event).expect("an event has string keys and finite numbers, so it prints")
}

/// As many of the first events as a page may hold, at least one.
fn fitting(events: impl Iterator<Item = Box<RawValue>>) -> Vec<Box<RawValue>> {
    let mut left = PAGE_BYTES_MAX;
    let mut fitting = Vec::new();
    for event in events {
        let bytes = escaped_bytes(event.get());
        if bytes > left && !fitting.is_empty() {
            break;
        }
        left = left.saturating_sub(bytes);
        fitting.push(event);
    }
    fitting
}

const fn order_name(order: HistoryOrder) -> &'static str {
    match order {
        HistoryOrder::OldestFirst => "forward",
        HistoryOrder::NewestFirst => "reverse",
    }
}

#[cfg(test)]
mod tests;
