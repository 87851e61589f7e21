//! What a history tells of a visit.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use graph::{AttemptOutcome, HistoryVisit, VisitAttempt, VisitFailure};
use model::StateType;
use serde_json::Value;

use super::task_token::find_task_token;
use crate::{
    Console, ConsoleApi, execution::read_history::ReadHistory, page::PageError,
    state_source::find_state, view::unfolded_json,
};

/// A visit, and its own events with their data.
#[derive(Debug)]
pub(super) struct VisitRecord<'h> {
    pub(super) visit: &'h HistoryVisit,
    events: BTreeMap<u64, Value>,
    /// The Fail states by which its attempts have failed, as they are defined.
    fail_states: BTreeMap<Arc<str>, Value>,
}

/// An error with its cause, as an event tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RecordedFailure<'r> {
    pub(super) error: Option<&'r str>,
    pub(super) cause: Option<&'r str>,
}

impl<A: ConsoleApi> Console<A> {
    /// Reads the events of a visit.
    pub(super) async fn visit_record<'h>(
        &self,
        arn: &str,
        history: &ReadHistory,
        visit: &'h HistoryVisit,
    ) -> Result<VisitRecord<'h>, PageError> {
        let fail_states = defined_fail_states(visit, history.definition());
        let mut record = VisitRecord { visit, events: BTreeMap::new(), fail_states };
        let named = named_events(visit);
        let mut read_up_to = 0;
        for id in &named {
            if *id <= read_up_to {
                continue;
            }
            for event in self.events_from(arn, history, *id).await? {
                read_up_to = event["id"].as_u64().unwrap_or_default().max(read_up_to);
                record.add_event(&named, event);
            }
        }
        Ok(record)
    }
}

/// The Fail states that the failures of a visit name.
fn defined_fail_states(visit: &HistoryVisit, definition: &str) -> BTreeMap<Arc<str>, Value> {
    let of_attempts = visit.attempts.iter().filter_map(|attempt| match &attempt.outcome {
        AttemptOutcome::Failed(failure) => failure.fail_state.clone(),
        _ => None,
    });
    let of_visit = visit.failure.as_ref().and_then(|failure| failure.fail_state.clone());
    let names: BTreeSet<Arc<str>> = of_attempts.chain(of_visit).collect();
    if names.is_empty() {
        return BTreeMap::new();
    }
    let definition: Value = serde_json::from_str(definition).unwrap_or_default();
    let defined = |name: Arc<str>| find_state(&definition, &name).cloned().map(|it| (name, it));
    names.into_iter().filter_map(defined).collect()
}

/// The events that a visit names.
fn named_events(visit: &HistoryVisit) -> BTreeSet<u64> {
    let mut named = BTreeSet::from([visit.entered.event_id]);
    named.extend(visit.exited.map(|exited| exited.event_id));
    named.extend(visit.failure.as_ref().and_then(|failure| failure.event_id));
    for attempt in &visit.attempts {
        named.insert(attempt.scheduled.event_id);
        named.extend(attempt.started.map(|started| started.event_id));
        named.extend(attempt.ended.map(|ended| ended.event_id));
        if let AttemptOutcome::Failed(failure) = &attempt.outcome {
            named.extend(failure.event_id);
        }
    }
    named
}

impl VisitRecord<'_> {
    /// Adds an event if it is of this visit: one that is named, or that follows one of them.
    fn add_event(&mut self, named: &BTreeSet<u64>, event: Value) {
        let Some(id) = event["id"].as_u64() else { return };
        let previous = event["previousEventId"].as_u64().unwrap_or_default();
        let has_exited = self.visit.exited.is_some_and(|exited| exited.event_id == previous);
        let follows = self.events.contains_key(&previous) && !has_exited;
        let kind = event["type"].as_str().unwrap_or_default();
        if named.contains(&id) || follows && self.may_follow(kind) {
            self.events.insert(id, event);
        }
    }

    /// Whether an event of this type that follows one of this visit's is its own, too, and does not end
    /// what is around it.
    fn may_follow(&self, kind: &str) -> bool {
        let is_fork = matches!(self.visit.state_type, StateType::Map | StateType::Parallel);
        if is_fork {
            return kind.starts_with("MapRun") || kind == "EvaluationFailed";
        }
        let of_others = ["Execution", "MapIteration", "MapState", "ParallelState"];
        !of_others.iter().any(|prefix| kind.starts_with(prefix)) && !kind.ends_with("StateEntered")
    }

    /// Its events in their order.
    pub(super) fn events(&self) -> Vec<&Value> {
        self.events.values().collect()
    }

    /// The details of an event.
    pub(super) fn details(&self, event_id: u64) -> Option<&Value> {
        let members = self.events.get(&event_id)?.as_object()?;
        let details = members.iter().find(|(name, _)| name.ends_with("EventDetails"));
        details.map(|(_, details)| details)
    }

    pub(super) fn input(&self) -> Option<&str> {
        self.details(self.visit.entered.event_id)?["input"].as_str()
    }

    pub(super) fn output(&self) -> Option<&str> {
        self.details(self.visit.exited?.event_id)?["output"].as_str()
    }

    /// The variables that it assigned, as the text of an object; none if it assigned none.
    pub(super) fn assigned(&self) -> Option<String> {
        let details = self.details(self.visit.exited?.event_id)?;
        Some(unfolded_json(details["assignedVariables"].as_object()?, |_| true))
    }

    /// Its failure: that of its last attempt, or of the state itself.
    pub(super) fn failure(&self) -> Option<RecordedFailure<'_>> {
        Some(self.recorded_failure(self.visit.failure.as_ref()?))
    }

    /// What is recorded of a failure. That of a Fail state inside of a Parallel or a Map is in no event, and
    /// is what the state is defined with.
    pub(super) fn recorded_failure<'r>(&'r self, failure: &'r VisitFailure) -> RecordedFailure<'r> {
        let told = failure.event_id.and_then(|id| self.details(id));
        let defined = failure.fail_state.as_ref().and_then(|name| self.fail_states.get(name));
        // A JSONata expression is not its value.
        let literal = |member: &str| {
            let text = defined?[member].as_str()?;
            Some(text).filter(|text| !text.starts_with("{%"))
        };
        RecordedFailure {
            error: failure
                .error
                .as_deref()
                .or_else(|| told?["error"].as_str())
                .or_else(|| literal("Error")),
            cause: told.and_then(|told| told["cause"].as_str()).or_else(|| literal("Cause")),
        }
    }

    /// What an attempt was scheduled with: `resource`, `parameters` or `input`, timeouts.
    pub(super) fn scheduled(&self, attempt: &VisitAttempt) -> Option<&Value> {
        self.details(attempt.scheduled.event_id)
    }

    /// The parameters of an attempt as JSON text.
    pub(super) fn parameters(&self, attempt: &VisitAttempt) -> Option<&str> {
        let scheduled = self.scheduled(attempt)?;
        scheduled["parameters"].as_str().or_else(|| scheduled["input"].as_str())
    }

    /// The task token of its last attempt, if its state puts one into the parameters.
    pub(super) fn token(&self, state: &Value) -> Option<String> {
        let parameters = self.parameters(self.visit.attempts.last()?)?;
        find_task_token(state, &serde_json::from_str(parameters).ok()?)
    }

    /// What the call of an attempt answered, as JSON text.
    pub(super) fn result(&self, attempt: &VisitAttempt) -> Option<&str> {
        self.details(attempt.ended?.event_id)?["output"].as_str()
    }
}

#[cfg(test)]
mod tests {
    use graph::ExecutionVisits;
    use serde_json::json;

    use super::*;

    fn event(id: u64, kind: &str, name: &str) -> Value {
        json!({"id": id, "previousEventId": id - 1, "type": kind, "timestamp": 1.0,
            "anyEventDetails": {"name": name, "error": "E", "cause": "C", "input": "{}"}})
    }

    #[test]
    fn a_visit_has_its_own_events_and_none_of_what_is_around_it() {
        let events = [
            event(1, "ExecutionStarted", ""),
            event(2, "ParallelStateEntered", "Around"),
            event(3, "ParallelStateStarted", ""),
            event(4, "TaskStateEntered", "Call"),
            event(5, "TaskScheduled", ""),
            event(6, "TaskStarted", ""),
            event(7, "TaskSubmitted", ""),
            event(8, "TaskFailed", ""),
            event(9, "ParallelStateFailed", ""),
            event(10, "ExecutionFailed", ""),
        ];
        let mut visits = ExecutionVisits::default();
        for event in &events {
            visits.read_event(event);
        }
        let own = |entered: u64| -> Vec<u64> {
            let visit = visits.visit_entered_by(entered).expect("a visit");
            let fail_states = BTreeMap::new();
            let mut record = VisitRecord { visit, events: BTreeMap::new(), fail_states };
            let named = named_events(visit);
            for event in &events {
                record.add_event(&named, event.clone());
            }
            let failure = RecordedFailure { error: Some("E"), cause: Some("C") };
            assert_eq!(record.failure(), Some(failure), "{entered}");
            assert_eq!(record.input(), Some("{}"));
            record.events.into_keys().collect()
        };
        assert_eq!(own(4), [4, 5, 6, 7, 8]);
        // Its failure is told by the event of the state inside.
        assert_eq!(own(2), [2, 3, 8, 9]);
    }
}
