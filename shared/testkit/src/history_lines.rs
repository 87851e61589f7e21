//! A history as text, with one line for each event.
//!
//! ```text
//! 1 0 ExecutionStarted {"n":1}
//! 2 0 TaskStateEntered Charge
//! 3 2 TaskScheduled lambda:invoke {"FunctionName":"charge"} timeout=10
//! 4 3 TaskStarted
//! 5 4 TaskFailed Busy "try later"
//! 6 5 TaskScheduled lambda:invoke {"FunctionName":"charge"} timeout=10 @2s
//! ```
//!
//! A line holds the id, the previous id, the type, what the event is about, and its data. Data is
//! omitted where it equals the data of the nearest predecessor that has any, following the previous
//! ids. `@2s` is the time since the start, shown where it differs from the line before.

use model::{EventKind, Failure, Payload};
use orchestrator::api::HistoryEvent;
use serde_json::Value;

use crate::OfflineMachine;

/// Formats the history of an offline run, one line for each event.
pub fn format_history_lines(history: &[HistoryEvent]) -> Vec<String> {
    let mut seen: Vec<Option<&Payload>> = Vec::with_capacity(history.len());
    let mut lines = Vec::with_capacity(history.len());
    let mut time = 0;
    for event in history {
        let before = usize::try_from(event.previous_event_id).unwrap_or(usize::MAX);
        // The first state's Entered event has no predecessor; its data is the execution's input.
        let before = seen.get(before.saturating_sub(1)).copied().unwrap_or_default();
        let now = data_after(before, event);
        let data = now.filter(|data| before.is_none_or(|before| !before.has_same_text(data)));
        let mut words = vec![event.id.to_string(), event.previous_event_id.to_string()];
        let (prefix, name) = event.event_kind().type_name_parts();
        words.push(format!("{prefix}{name}"));
        words.extend(subject_words(event));
        words.extend(data.map(|data| compact_json(data.json_value())));
        words.extend(attribute_words(event));
        let elapsed =
            event.timestamp().as_milliseconds() - OfflineMachine::started_at().as_milliseconds();
        if elapsed != time {
            words.push(format!("@{}s", format_seconds(elapsed)));
            time = elapsed;
        }
        lines.push(words.join(" "));
        seen.push(now);
    }
    lines
}

/// The data in effect after an event, which is the event's own or that of the one before.
fn data_after<'h>(before: Option<&'h Payload>, event: &'h HistoryEvent) -> Option<&'h Payload> {
    event_data(event.event_kind()).or(before)
}

const fn event_data(kind: &EventKind) -> Option<&Payload> {
    match kind {
        EventKind::ExecutionStarted { input: data, .. }
        | EventKind::ExecutionSucceeded { output: data }
        | EventKind::StateEntered { input: data, .. }
        | EventKind::StateExited { output: data, .. }
        | EventKind::TaskScheduled { parameters: data, .. }
        | EventKind::TaskSucceeded { output: data, .. }
        | EventKind::LambdaFunctionScheduled { input: data, .. }
        | EventKind::LambdaFunctionSucceeded { output: data }
        | EventKind::ActivityScheduled { input: data, .. }
        | EventKind::ActivitySucceeded { output: data } => Some(data),
        _ => None,
    }
}

/// What the event is about: a state, a resource, an iteration, a failure.
fn subject_words(event: &HistoryEvent) -> Vec<String> {
    match event.event_kind() {
        EventKind::StateEntered { name, .. } | EventKind::StateExited { name, .. } => {
            vec![quote_word(name.as_str())]
        }
        EventKind::TaskScheduled { resource_type, resource, .. } => {
            vec![format!("{resource_type}:{resource}")]
        }
        EventKind::LambdaFunctionScheduled { resource, .. }
        | EventKind::ActivityScheduled { resource, .. } => vec![resource.clone()],
        EventKind::MapIterationStarted { name, index }
        | EventKind::MapIterationSucceeded { name, index }
        | EventKind::MapIterationFailed { name, index }
        | EventKind::MapIterationAborted { name, index } => {
            vec![format!("{}[{index}]", quote_word(name.as_str()))]
        }
        EventKind::MapStateStarted { length } => vec![format!("length={length}")],
        EventKind::ActivityStarted { worker_name: Some(worker) } => vec![quote_word(worker)],
        EventKind::EvaluationFailed { failure: failed, location, state } => {
            let mut words = vec![quote_word(state.as_str())];
            words.extend(location.clone());
            words.extend(failure_words(failed));
            words
        }
        EventKind::ExecutionFailed(failed)
        | EventKind::ExecutionAborted(failed)
        | EventKind::ExecutionTimedOut(failed)
        | EventKind::LambdaFunctionFailed(failed)
        | EventKind::LambdaFunctionTimedOut(failed)
        | EventKind::ActivityScheduleFailed(failed)
        | EventKind::ActivityFailed(failed)
        | EventKind::ActivityTimedOut(failed)
        | EventKind::TaskFailed { failure: failed, .. }
        | EventKind::TaskTimedOut { failure: failed, .. } => failure_words(failed),
        _ => Vec::new(),
    }
}

/// `Busy "try later"`, or `-` if the error has no name.
fn failure_words(Failure { error, cause }: &Failure) -> Vec<String> {
    let mut words = vec![error.as_deref().map_or_else(|| "-".to_owned(), quote_word)];
    words.extend(cause.as_deref().map(|cause| Value::from(cause).to_string()));
    words
}

/// Timeouts and assigned variables: `timeout=10`, `assigned={"a":1}`.
fn attribute_words(event: &HistoryEvent) -> Vec<String> {
    let seconds = |name: &str, value: Option<u64>| value.map(|value| format!("{name}={value}"));
    match event.event_kind() {
        EventKind::TaskScheduled { timeout_in_seconds, heartbeat_in_seconds, .. }
        | EventKind::ActivityScheduled { timeout_in_seconds, heartbeat_in_seconds, .. } => {
            let timeout = seconds("timeout", *timeout_in_seconds);
            timeout.into_iter().chain(seconds("heartbeat", *heartbeat_in_seconds)).collect()
        }
        EventKind::LambdaFunctionScheduled { timeout_in_seconds, .. } => {
            seconds("timeout", *timeout_in_seconds).into_iter().collect()
        }
        EventKind::StateExited { assigned, .. } if !assigned.is_empty() => {
            let values = assigned.iter().map(|(name, it)| (name.clone(), it.json_value().clone()));
            let variables: Value = values.collect::<serde_json::Map<_, _>>().into();
            vec![format!("assigned={}", compact_json(&variables))]
        }
        _ => Vec::new(),
    }
}

/// A name, in quotes if it is not a single word.
fn quote_word(text: &str) -> String {
    let is_word = !text.is_empty() && text.chars().all(|c| !c.is_whitespace() && c != '"');
    if is_word { text.to_owned() } else { Value::from(text).to_string() }
}

fn compact_json(value: &Value) -> String {
    value.to_string()
}

fn format_seconds(milliseconds: i64) -> String {
    let (whole, rest) = (milliseconds / 1000, milliseconds % 1000);
    if rest == 0 {
        return whole.to_string();
    }
    format!("{whole}.{rest:03}").trim_end_matches('0').to_owned()
}
