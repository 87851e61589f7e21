//! An event as a line.

use std::collections::HashMap;

use model::Timestamp;
use serde_json::Value;

use crate::view::{Paint, duration_text, instant_of, one_line_json, pretty_json, visible_text};

/// Most characters of an input, output or cause in a line.
const DETAIL_CHARS_MAX: usize = 100;
/// The members of details that are shown, in this order.
const DETAILS: [&str; 12] = [
    "error",
    "cause",
    "index",
    "length",
    "redriveCount",
    "resource",
    "input",
    "parameters",
    "output",
    "location",
    "stateMachineAliasArn",
    "mapRunArn",
];

/// Which events are wanted.
pub(super) struct HistoryFilter {
    pub(super) state: Option<String>,
    /// A part of the type.
    pub(super) kind: Option<String>,
}

/// Turns events into lines. It knows the state that each event belongs to, which the API says only of
/// events that enter or leave one.
pub(super) struct HistoryLines {
    filter: HistoryFilter,
    full: bool,
    paint: Paint,
    started_at: Option<Timestamp>,
    /// The state in which each event happened.
    states: HashMap<u64, String>,
}

impl HistoryLines {
    pub(super) fn new(filter: HistoryFilter, full: bool, paint: Paint) -> Self {
        Self { filter, full, paint, started_at: None, states: HashMap::new() }
    }

    /// Takes note of an event. They come in the order of their numbers.
    pub(super) fn learn(&mut self, event: &Value) {
        if self.started_at.is_none() {
            self.started_at = instant_of(&event["timestamp"]);
        }
        let kind = event["type"].as_str().unwrap_or_default();
        let named = details_of(event).and_then(|details| details["name"].as_str());
        let is_of_state = kind.ends_with("StateEntered") || kind.ends_with("StateExited");
        let state = match named {
            Some(name) if is_of_state => Some(name.to_owned()),
            _ if kind.starts_with("Execution") => None,
            // What a Map state or a branch begins with is in no state yet.
            _ => event["previousEventId"].as_u64().and_then(|id| self.states.get(&id)).cloned(),
        };
        if let (Some(id), Some(state)) = (event["id"].as_u64(), state) {
            self.states.insert(id, state);
        }
    }

    /// Whether an event is wanted.
    pub(super) fn admits(&self, event: &Value) -> bool {
        let kind = event["type"].as_str().unwrap_or_default();
        let kind_is_wanted = self.filter.kind.as_ref().is_none_or(|wanted| kind.contains(wanted));
        let state_is_wanted =
            self.filter.state.as_ref().is_none_or(|wanted| self.state_of(event) == Some(wanted));
        kind_is_wanted && state_is_wanted
    }

    /// The line of an event, and with `--full` what it carries below it.
    ///
    /// Shape: `   7  +1.20 s     LambdaFunctionFailed   Charge   Busy: card reader`
    pub(super) fn line_of(&self, event: &Value) -> String {
        let id = event["id"].as_u64().unwrap_or_default();
        let kind = event["type"].as_str().unwrap_or_default();
        let at = instant_of(&event["timestamp"]).zip(self.started_at);
        let since = at.map(|(at, start)| at.as_milliseconds() - start.as_milliseconds());
        let since = since.map(|since| format!("+{}", duration_text(since))).unwrap_or_default();
        let state = visible_text(self.state_of(event).map_or("", String::as_str));
        let (short, long) = self.details_text(event);
        let kind_text = self.paint.by_status(status_of_kind(kind), &format!("{kind:<26}"));
        let number = self.paint.dim(&format!("{id:>4}  {since:<9}"));
        let gap = if short.is_empty() { "" } else { "  " };
        format!("{number}  {kind_text}  {state}{gap}{short}").trim_end().to_owned() + &long
    }

    fn state_of(&self, event: &Value) -> Option<&String> {
        self.states.get(&event["id"].as_u64()?)
    }

    fn details_text(&self, event: &Value) -> (String, String) {
        let Some(details) = details_of(event) else { return Default::default() };
        let mut short = Vec::new();
        let mut long = String::new();
        for name in DETAILS {
            let value = match &details[name] {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            if self.full && matches!(name, "input" | "output" | "parameters" | "cause") {
                let pretty = pretty_json(&value).replace('\n', "\n      ");
                long.extend(["\n      ", &self.paint.dim(name), " ", &pretty]);
                continue;
            }
            let shown = one_line_json(&value, DETAIL_CHARS_MAX);
            short.push(match name {
                "error" | "cause" | "input" | "output" | "parameters" => shown,
                _ => format!("{name} {shown}"),
            });
        }
        (short.join("  "), long)
    }
}

/// The member that has what is particular to the type of an event.
fn details_of(event: &Value) -> Option<&Value> {
    let mut members = event.as_object()?.iter();
    members.find(|(name, _)| name.ends_with("EventDetails")).map(|(_, details)| details)
}

fn status_of_kind(kind: &str) -> &'static str {
    match kind {
        _ if kind.ends_with("Failed") => "FAILED",
        _ if kind.ends_with("TimedOut") => "TIMED_OUT",
        _ if kind.ends_with("Aborted") => "ABORTED",
        _ if kind.ends_with("Succeeded") => "SUCCEEDED",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn events() -> Vec<Value> {
        vec![
            json!({"id": 1, "previousEventId": 0, "timestamp": 10.0, "type": "ExecutionStarted",
                "executionStartedEventDetails": {"input": "{ \"a\": 1 }"}}),
            json!({"id": 2, "previousEventId": 1, "timestamp": 10.0, "type": "TaskStateEntered",
                "stateEnteredEventDetails": {"name": "Charge", "input": "{}"}}),
            json!({"id": 3, "previousEventId": 2, "timestamp": 11.25,
                "type": "LambdaFunctionFailed",
                "lambdaFunctionFailedEventDetails": {"error": "Busy", "cause": "no\u{1b}[2J"}}),
        ]
    }

    fn lines_with(state: Option<&str>, kind: Option<&str>, full: bool) -> Vec<String> {
        let filter =
            HistoryFilter { state: state.map(str::to_owned), kind: kind.map(str::to_owned) };
        let mut lines = HistoryLines::new(filter, full, Paint::none());
        let events = events();
        for event in &events {
            lines.learn(event);
        }
        events.iter().filter(|it| lines.admits(it)).map(|it| lines.line_of(it)).collect()
    }

    #[test]
    fn an_event_is_a_line_with_its_state() {
        assert_eq!(
            lines_with(None, None, false),
            [
                "   1  +0 ms      ExecutionStarted              {\"a\":1}",
                "   2  +0 ms      TaskStateEntered            Charge  {}",
                "   3  +1.25 s    LambdaFunctionFailed        Charge  Busy  no [2J",
            ]
        );
    }

    #[test]
    fn events_are_chosen_by_state_and_type() {
        assert_eq!(lines_with(Some("Charge"), None, false).len(), 2);
        assert_eq!(lines_with(Some("Charge"), Some("Failed"), false).len(), 1);
        assert_eq!(lines_with(Some("Ship"), None, false), [""; 0]);
        let full = lines_with(None, Some("Failed"), true);
        assert!(full[0].ends_with("Charge  Busy\n      cause no [2J"), "{full:?}");
    }
}
