//! From an execution's history to the statuses of its states.

use serde_json::Value;

use crate::{history_visits::ExecutionVisits, state_status::StateStatuses};

/// Finds out what has become of each state, from the events of one execution.
///
/// Shape: each event is as `GetExecutionHistory` prints it, in any order. Events that are missing, or
/// are of unknown types, are passed over.
///
/// Spec: API reference, `HistoryEvent`.
pub fn statuses_of_history(events: &[Value]) -> StateStatuses {
    let mut ordered: Vec<&Value> = events.iter().collect();
    ordered.sort_by_key(|event| event.get("id").and_then(Value::as_u64));
    let mut visits = ExecutionVisits::default();
    for event in ordered {
        visits.read_event(event);
    }
    visits.statuses()
}

#[cfg(test)]
mod tests;
