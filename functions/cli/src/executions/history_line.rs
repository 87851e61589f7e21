//! An event as a line.

use std::{collections::HashMap, rc::Rc};

use model::Timestamp;
use serde_json::Value;

use crate::view::{
    Paint, cause_line, duration_text, instant_of, one_line_json, pretty_json, visible_text,
};

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
    scopes: HashMap<u64, EventScope>,
}

/// The state that an event belongs to, within those around it.
#[derive(Clone)]
struct EventScope {
    state: Rc<str>,
    /// The Parallel or Map state around it.
    outer: Option<Rc<EventScope>>,
    /// Whether the next state that is entered is inside this one.
    opens: bool,
}

impl HistoryLines {
    pub(super) fn new(filter: HistoryFilter, full: bool, paint: Paint) -> Self {
        Self { filter, full, paint, started_at: None, scopes: HashMap::new() }
    }

    /// Takes note of an event. They come in the order of their numbers.
    pub(super) fn learn(&mut self, event: &Value) {
        if self.started_at.is_none() {
            self.started_at = instant_of(&event["timestamp"]);
        }
        let kind = event["type"].as_str().unwrap_or_default();
        let name = details_of(event).and_then(|details| details["name"].as_str());
        let before = event["previousEventId"].as_u64().and_then(|id| self.scopes.get(&id));
        let scope = scope_of_event(kind, name, before);
        if let (Some(id), Some(scope)) = (event["id"].as_u64(), scope) {
            self.scopes.insert(id, scope);
        }
    }

    /// Whether an event is wanted.
    pub(super) fn admits(&self, event: &Value) -> bool {
        let kind = event["type"].as_str().unwrap_or_default();
        let kind_is_wanted = self.filter.kind.as_ref().is_none_or(|wanted| kind.contains(wanted));
        let state_is_wanted = self
            .filter
            .state
            .as_ref()
            .is_none_or(|wanted| self.state_of(event) == Some(wanted.as_str()));
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
        let state = visible_text(self.state_of(event).unwrap_or_default());
        let (short, long) = self.details_text(event);
        let kind_text = self.paint.by_status(status_of_kind(kind), &format!("{kind:<26}"));
        let number = self.paint.dim(&format!("{id:>4}  {since:<9}"));
        let gap = if short.is_empty() { "" } else { "  " };
        format!("{number}  {kind_text}  {state}{gap}{short}").trim_end().to_owned() + &long
    }

    fn state_of(&self, event: &Value) -> Option<&str> {
        let kind = event["type"].as_str().unwrap_or_default();
        // What begins or ends an execution is in no state, but a redrive goes on in the one that failed.
        if kind.starts_with("Execution") {
            return None;
        }
        self.scopes.get(&event["id"].as_u64()?).map(|scope| &*scope.state)
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
            let value = if name == "cause" { cause_line(&value) } else { value };
            let shown = one_line_json(&value, DETAIL_CHARS_MAX);
            short.push(match name {
                "error" | "cause" | "input" | "output" | "parameters" => shown,
                _ => format!("{name} {shown}"),
            });
        }
        (short.join("  "), long)
    }
}

/// The scope of an event by that of the event before it.
fn scope_of_event(
    kind: &str,
    name: Option<&str>,
    before: Option<&EventScope>,
) -> Option<EventScope> {
    let is_start =
        matches!(kind, "ParallelStateStarted" | "MapIterationStarted" | "MapStateStarted");
    match (kind, name) {
        (_, Some(name)) if kind.ends_with("StateEntered") => {
            let outer = match before {
                Some(around) if around.opens => Some(Rc::new(around.clone())),
                Some(earlier) => earlier.outer.clone(),
                None => None,
            };
            Some(EventScope { state: name.into(), outer, opens: false })
        }
        // These belong to the Map state that they name, or to the Parallel state around what was before.
        (_, Some(name)) if kind.ends_with("StateExited") || kind.starts_with("MapIteration") => {
            let found = before.and_then(|before| before.within_state(name));
            let scope = found.unwrap_or_else(|| EventScope {
                state: name.into(),
                outer: None,
                opens: false,
            });
            Some(EventScope { opens: is_start, ..scope })
        }
        ("ParallelStateSucceeded" | "ParallelStateFailed" | "ParallelStateAborted", _) => {
            let around = before?.outer.as_deref().or(before)?;
            Some(EventScope { opens: false, ..around.clone() })
        }
        _ => Some(EventScope { opens: is_start, ..before?.clone() }),
    }
}

impl EventScope {
    /// This scope, or the nearest around it, of the state with this name.
    fn within_state(&self, name: &str) -> Option<Self> {
        if *self.state == *name {
            return Some(self.clone());
        }
        self.outer.as_ref()?.within_state(name)
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
    fn an_event_of_a_fork_belongs_to_the_state_that_forks() {
        let filter = HistoryFilter { state: None, kind: None };
        let mut lines = HistoryLines::new(filter, false, Paint::none());
        let event = |id, before, kind: &str, name: Option<&str>| {
            let details = name.map(|name| json!({ "name": name }));
            json!({"id": id, "previousEventId": before, "type": kind, "someEventDetails": details})
        };
        for (event, state) in [
            (event(1, 0, "ExecutionStarted", None), None),
            (event(2, 1, "ParallelStateEntered", Some("Both")), Some("Both")),
            (event(3, 2, "ParallelStateStarted", None), Some("Both")),
            (event(4, 3, "MapStateEntered", Some("Each")), Some("Each")),
            (event(5, 4, "MapStateStarted", None), Some("Each")),
            (event(6, 5, "MapIterationStarted", Some("Each")), Some("Each")),
            (event(7, 6, "TaskStateEntered", Some("Price")), Some("Price")),
            (event(8, 7, "TaskFailed", None), Some("Price")),
            (event(9, 8, "MapIterationFailed", Some("Each")), Some("Each")),
            (event(10, 9, "MapStateFailed", None), Some("Each")),
            (event(11, 10, "ParallelStateFailed", None), Some("Both")),
            (event(12, 11, "ExecutionFailed", None), None),
            (event(13, 12, "ExecutionRedriven", None), None),
            (event(14, 13, "ParallelStateStarted", None), Some("Both")),
            (event(15, 14, "PassStateEntered", Some("Other")), Some("Other")),
            (event(16, 15, "PassStateExited", Some("Other")), Some("Other")),
            (event(17, 16, "ParallelStateSucceeded", None), Some("Both")),
            (event(18, 17, "ParallelStateExited", Some("Both")), Some("Both")),
            (event(19, 18, "PassStateEntered", Some("Last")), Some("Last")),
            (event(20, 19, "ExecutionSucceeded", None), None),
        ] {
            lines.learn(&event);
            assert_eq!(lines.state_of(&event), state, "{event}");
        }
        assert!(lines.scopes[&19].outer.is_none(), "it is outside of the fork");
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
