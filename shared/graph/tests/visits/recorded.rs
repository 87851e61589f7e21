//! Recorded histories, read and described.

use std::{fs, path::Path};

use graph::{AttemptOutcome, ExecutionVisits, HistoryVisit, VisitScope};
use serde_json::{Value, json};

pub(crate) fn recorded_events(name: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories");
    let text = fs::read_to_string(folder.join(format!("{name}.json"))).expect("it is there");
    let history: Value = serde_json::from_str(&text).expect("it is JSON");
    history["events"].as_array().expect("it has events").clone()
}

pub(crate) fn read_visits(events: &[Value]) -> ExecutionVisits {
    let mut visits = ExecutionVisits::default();
    for event in events {
        visits.read_event(event);
    }
    visits
}

pub(crate) fn recorded(name: &str) -> ExecutionVisits {
    read_visits(&recorded_events(name))
}

/// Reads a history up to an event.
pub(crate) fn recorded_until(name: &str, last: u64) -> ExecutionVisits {
    let events = recorded_events(name);
    let until = events.iter().filter(|event| event["id"].as_u64() <= Some(last));
    read_visits(&until.cloned().collect::<Vec<_>>())
}

/// Describes visits as a tree: `Each failed [1 failed: Check succeeded, Handle failed; 2 …]`, with the
/// attempts of each in round brackets if there are more than one.
pub(crate) fn tree(visits: &ExecutionVisits) -> String {
    scope_tree(visits, VisitScope::Execution)
}

pub(crate) fn scope_tree(visits: &ExecutionVisits, scope: VisitScope) -> String {
    let described = visits.visits_of_scope(scope).map(|visit| visit_tree(visits, visit));
    described.collect::<Vec<_>>().join(", ")
}

pub(crate) fn visit_tree(visits: &ExecutionVisits, visit: &HistoryVisit) -> String {
    let mut text = format!("{} {}", visit.name, visit.status().as_str());
    if visit.attempts.len() > 1 {
        let outcome = |outcome: &AttemptOutcome| match outcome {
            AttemptOutcome::Running => "running".to_owned(),
            AttemptOutcome::Succeeded => "succeeded".to_owned(),
            AttemptOutcome::Failed(failure) => failure.error.as_deref().unwrap_or("-").to_owned(),
            AttemptOutcome::Aborted => "aborted".to_owned(),
        };
        let attempts = visit.attempts.iter().map(|attempt| outcome(&attempt.outcome));
        text = format!("{text} ({})", attempts.collect::<Vec<_>>().join(" "));
    }
    let iterations = visits.iterations(visit.index).iter().map(|iteration| {
        let scope = visits.iteration_scope(visit.index, iteration);
        let status = iteration.status.state_status().as_str();
        format!("{} {status}: {}", iteration.index, scope_tree(visits, scope))
    });
    let branches = visits.branch_scopes(visit.index).map(|scope| scope_tree(visits, scope));
    let parts: Vec<String> = iterations.chain(branches).collect();
    if !parts.is_empty() {
        text = format!("{text} [{}]", parts.join("; "));
    }
    text
}

pub(crate) fn visit_of<'v>(visits: &'v ExecutionVisits, name: &str) -> &'v HistoryVisit {
    visits.visits().iter().find(|visit| &*visit.name == name).expect("it was entered")
}

/// An event by its type, its id and the id of the event before it, with a name or an error.
pub(crate) fn event(id: u64, previous: u64, kind: &str, named: &str) -> Value {
    let mut event = json!({"id": id, "previousEventId": previous, "type": kind, "timestamp": id});
    if kind.ends_with("StateEntered") {
        event["stateEnteredEventDetails"] = json!({ "name": named });
    } else if kind == "TaskFailed" {
        event["taskFailedEventDetails"] = json!({ "error": named });
    }
    event
}
