//! A visit as a test that repeats it, from what the history has recorded.

use std::collections::{BTreeMap, BTreeSet};

use graph::{
    AttemptOutcome, ExecutionVisits, HistoryVisit, VisitAttempt, VisitFailure, VisitScope,
};
use model::StateType;
use serde_json::{Map, Value, json};

use super::record::VisitRecord;
use crate::{
    Console, ConsoleApi,
    execution::read_history::ReadHistory,
    links::execution_name,
    page::PageError,
    state_source::{find_state, states_of},
    test_state::TestStateFields,
    view::{indented_json, unfolded_json},
};

/// The most children whose outputs are put together, and the most earlier visits that are asked for
/// variables.
const READ_MAX: usize = 500;

/// A visit as a test.
#[derive(Debug)]
pub(crate) struct RecordedTest {
    pub(crate) fields: TestStateFields,
    /// What the visit put out.
    pub(crate) output: Option<String>,
    /// Why it cannot be repeated without doing something.
    pub(crate) refusal: Option<&'static str>,
    /// Whether the state reads what `TestState` does not take: the context object, unless there is a mock, and
    /// in it never how often an execution was redriven.
    pub(crate) lacks_context: bool,
}

impl<A: ConsoleApi> Console<A> {
    /// The visit of an execution that this event entered, as a test.
    pub(crate) async fn recorded_test(
        &self,
        execution: &str,
        event_id: &str,
    ) -> Result<RecordedTest, PageError> {
        let members = json!({ "executionArn": execution });
        let described = self.call("DescribeExecution", members).await?;
        let history = self.histories.of_execution(execution);
        let mut history = history.lock().await;
        self.read_history(&described, &mut history).await?;
        let visit = event_id.parse().ok().and_then(|id| history.visits.visit_entered_by(id));
        let Some(visit) = visit else {
            return Err(PageError::NotFound("There is no such visit.".to_owned()));
        };
        let definition: Value = serde_json::from_str(history.definition()).unwrap_or_default();
        let record = self.visit_record(execution, &history, visit).await?;
        let variables = self.variables_before(execution, &history, visit, &definition).await?;
        let state = find_state(&definition, &visit.name).cloned().unwrap_or_default();
        let mut fields = TestStateFields {
            machine: described["stateMachineArn"].as_str().unwrap_or_default().to_owned(),
            definition: indented_json(history.definition()),
            state: visit.name.to_string(),
            input: record.input().unwrap_or("{}").to_owned(),
            ..TestStateFields::default()
        };
        if !variables.is_empty() {
            fields.variables = unfolded_json(&variables, |_| true);
        }
        let refusal = match visit.state_type {
            StateType::Task => mock_call(&record, &mut fields),
            StateType::Map | StateType::Parallel => {
                let children = Children { history: &history, record: &record, state: &state };
                self.mock_children(execution, children, &mut fields).await?
            }
            _ => None,
        };
        if fields.has_mock() {
            "NONE".clone_into(&mut fields.validation);
            let error_of = |failure| record.recorded_failure(failure).error;
            let retries = retries_before(visit, &state, error_of);
            if retries > 0 {
                fields.retries = retries.to_string();
            }
            if reads_context(&state) {
                fields.context = context_object(&described, &history, &record, &state).to_string();
            }
        }
        let lacks_context = reads_context(&state) && !fields.has_mock() || reads_redrives(&state);
        let output = record.output().map(str::to_owned);
        Ok(RecordedTest { fields, output, refusal, lacks_context })
    }

    /// The variables that a visit sees, as far as the visits before it tell, each as JSON in a string.
    async fn variables_before(
        &self,
        execution: &str,
        history: &ReadHistory,
        visit: &HistoryVisit,
        definition: &Value,
    ) -> Result<Map<String, Value>, PageError> {
        let assigning: BTreeSet<&str> = states_of(definition)
            .into_iter()
            .filter(|state| assigns(state.source))
            .map(|state| state.name)
            .collect();
        let mut exits = exits_before(&history.visits, visit, &assigning);
        // The newest come first, and of a variable the newest value counts.
        exits.truncate(READ_MAX);
        let wanted = exits.iter().copied().collect();
        let details = self.details_of_events(execution, history, &wanted).await?;
        let mut variables = Map::new();
        for exit in exits.iter().rev() {
            let assigned = details.get(exit).and_then(|it| it["assignedVariables"].as_object());
            variables.extend(assigned.cloned().into_iter().flatten());
        }
        Ok(variables)
    }

    /// The result of the children of a Parallel or a Map is a list of their outputs.
    async fn mock_children(
        &self,
        execution: &str,
        children: Children<'_>,
        fields: &mut TestStateFields,
    ) -> Result<Option<&'static str>, PageError> {
        let Children { record, .. } = children;
        match record.visit.attempts.last().map(|attempt| &attempt.outcome) {
            Some(AttemptOutcome::Succeeded) => {}
            Some(AttemptOutcome::Failed(_)) => {
                let failure = record.failure().unwrap_or_default();
                fields.mock_error(failure.error, failure.cause);
                return Ok(None);
            }
            Some(AttemptOutcome::Running) => return Ok(Some("Its children have not ended.")),
            Some(AttemptOutcome::Aborted) => return Ok(Some("Its children were cut off.")),
            None if record.visit.ended().is_none() => return Ok(Some("It has no children yet.")),
            // It failed before it had any, so any result does.
            None => {
                "[]".clone_into(&mut fields.result);
                return Ok(None);
            }
        }
        let Some(exits) = children.exits() else {
            return Ok(Some(
                "TestState needs the result of a Map or Parallel, which is not in the history.",
            ));
        };
        if exits.len() > READ_MAX {
            return Ok(Some("It has more children than are put together here."));
        }
        let wanted = exits.iter().copied().collect();
        let details = self.details_of_events(execution, children.history, &wanted).await?;
        let output = |exit: &u64| details.get(exit)?["output"].as_str();
        let outputs: Option<Vec<&str>> = exits.iter().map(output).collect();
        let Some(outputs) = outputs else {
            return Ok(Some("The outputs of its children are not in the history."));
        };
        fields.result = format!("[{}]", outputs.join(","));
        Ok(None)
    }

    /// The details of these events.
    async fn details_of_events(
        &self,
        execution: &str,
        history: &ReadHistory,
        wanted: &BTreeSet<u64>,
    ) -> Result<BTreeMap<u64, Value>, PageError> {
        let mut found = BTreeMap::new();
        let mut read_up_to = 0;
        for id in wanted {
            if *id <= read_up_to {
                continue;
            }
            for event in self.events_from(execution, history, *id).await? {
                let id = event["id"].as_u64().unwrap_or_default();
                read_up_to = id.max(read_up_to);
                let Value::Object(members) = event else { continue };
                let details = members.into_iter().find(|(name, _)| name.ends_with("EventDetails"));
                if let Some((_, details)) = details.filter(|_| wanted.contains(&id)) {
                    found.insert(id, details);
                }
            }
        }
        Ok(found)
    }
}

/// The children of a Parallel or a Map that was visited.
#[derive(Clone, Copy)]
struct Children<'h> {
    history: &'h ReadHistory,
    record: &'h VisitRecord<'h>,
    state: &'h Value,
}

impl Children<'_> {
    /// The events by which the children ended, in the order of their results; none if one is missing.
    fn exits(self) -> Option<Vec<u64>> {
        let visits = &self.history.visits;
        let visit = self.record.visit;
        let exit_of = |scope: VisitScope| {
            visits.last_visit_of_scope(scope)?.exited.map(|exited| exited.event_id)
        };
        if visit.state_type == StateType::Map {
            // Those of a distributed Map are executions of their own.
            if visit.attempts.last()?.nested.is_some() {
                return None;
            }
            let iterations = visits.iterations(visit.index).iter();
            iterations
                .map(|iteration| exit_of(visits.iteration_scope(visit.index, iteration)))
                .collect()
        } else {
            let scopes: Vec<VisitScope> = visits.branch_scopes(visit.index).collect();
            let begins_with = |scope: &VisitScope, state: &str| {
                visits.visits_of_scope(*scope).next().is_some_and(|first| &*first.name == state)
            };
            // A history has branches in any order.
            let branches = self.state["Branches"].as_array()?.iter();
            let in_order = branches.map(|branch| {
                let first = branch["StartAt"].as_str()?;
                exit_of(*scopes.iter().find(|scope| begins_with(scope, first))?)
            });
            in_order.collect()
        }
    }
}

/// Puts the recorded answer in place of the call of a Task. Returns why there is none.
fn mock_call(record: &VisitRecord<'_>, fields: &mut TestStateFields) -> Option<&'static str> {
    let Some(attempt) = record.visit.attempts.last() else {
        if record.visit.ended().is_none() {
            return Some("Its call has not begun.");
        }
        // It failed before it called anything, so any answer does.
        "{}".clone_into(&mut fields.result);
        return None;
    };
    match &attempt.outcome {
        AttemptOutcome::Succeeded => match record.result(attempt) {
            Some(result) => result.clone_into(&mut fields.result),
            None => return Some("The answer to its call is not in the history."),
        },
        AttemptOutcome::Failed(failure) => {
            let failure = record.recorded_failure(failure);
            fields.mock_error(failure.error, failure.cause);
        }
        AttemptOutcome::Running => {
            return Some("Its call has not ended. A test would make the call again.");
        }
        AttemptOutcome::Aborted => {
            return Some("Its call was cut off. A test would make the call again.");
        }
    }
    None
}

/// How often the retrier had run a state again before its last attempt: each counts the errors that are its
/// own, from the last redrive on.
fn retries_before<'v>(
    visit: &'v HistoryVisit,
    state: &Value,
    error_of: impl Fn(&'v VisitFailure) -> Option<&'v str>,
) -> usize {
    let retrier = |attempt: &'v VisitAttempt| match &attempt.outcome {
        AttemptOutcome::Failed(failure) => retrier_for(state, error_of(failure)?),
        AttemptOutcome::Running | AttemptOutcome::Succeeded | AttemptOutcome::Aborted => None,
    };
    let Some((last, earlier)) = visit.attempts_since_redrive().split_last() else { return 0 };
    match retrier(last) {
        Some(of_last) => earlier.iter().filter(|it| retrier(it) == Some(of_last)).count(),
        None => earlier.len(),
    }
}

/// The place of the retrier that is for an error.
///
/// Spec: States Language § Errors: `States.ALL` is for all, `States.TaskFailed` for all but `States.Timeout`
fn retrier_for(state: &Value, error: &str) -> Option<usize> {
    let is_for = |name: &Value| match name.as_str().unwrap_or_default() {
        "States.ALL" => true,
        "States.TaskFailed" => error != "States.Timeout",
        name => name == error,
    };
    let retriers = state["Retry"].as_array()?;
    retriers.iter().position(|it| it["ErrorEquals"].as_array().into_iter().flatten().any(is_for))
}

/// Whether a state can assign variables.
fn assigns(state: &Value) -> bool {
    let rules = ["Catch", "Choices"].map(|member| &state[member]);
    let mut rules = rules.into_iter().filter_map(Value::as_array).flatten();
    state.get("Assign").is_some() || rules.any(|rule| rule.get("Assign").is_some())
}

/// The events by which assigning states around and before a visit were left, the newest first.
fn exits_before(
    visits: &ExecutionVisits,
    visit: &HistoryVisit,
    assigning: &BTreeSet<&str>,
) -> Vec<u64> {
    let mut exits = Vec::new();
    let mut inner = Some(visit);
    while let Some(visit) = inner.filter(|_| !assigning.is_empty()) {
        let before = visits.visits_of_scope(visit.scope).take_while(|it| it.index < visit.index);
        let assigned = before.filter(|before| assigning.contains(&*before.name));
        let mut of_scope: Vec<u64> =
            assigned.filter_map(|before| before.exited.map(|exited| exited.event_id)).collect();
        of_scope.reverse();
        exits.extend(of_scope);
        inner = visit.scope.parent().and_then(|(around, _)| visits.visit(around));
    }
    exits
}

fn reads_context(state: &Value) -> bool {
    let text = state.to_string();
    text.contains("$$") || text.contains("$states.context")
}

/// Whether a state reads what the context object of a test must not have.
fn reads_redrives(state: &Value) -> bool {
    let text = state.to_string();
    text.contains("RedriveCount") || text.contains("RedriveTime")
}

/// The context object, as far as a test may have it.
///
/// Spec: API reference, `TestState` § context
fn context_object(
    execution: &Value,
    history: &ReadHistory,
    record: &VisitRecord<'_>,
    state: &Value,
) -> Value {
    let text = |name: &str| execution[name].as_str().unwrap_or_default();
    let time = |date: &Value| {
        let milliseconds = crate::view::milliseconds_of(date).unwrap_or_default();
        model::Timestamp::from_milliseconds(milliseconds).to_string()
    };
    let machine = text("stateMachineArn");
    let input: Value = serde_json::from_str(text("input")).unwrap_or_default();
    let visit = record.visit;
    let mut context = json!({
        "Execution": {"Id": text("executionArn"), "Input": input,
            "Name": execution_name(text("executionArn")), "StartTime": time(&execution["startDate"])},
        "State": {"EnteredTime": visit.entered.at.to_string(), "Name": &*visit.name},
        "StateMachine": {"Id": machine, "Name": crate::links::resource_name(machine)},
    });
    if let Some(role) = history.role() {
        context["Execution"]["RoleArn"] = role.into();
    }
    if matches!(visit.state_type, StateType::Task | StateType::Map | StateType::Parallel) {
        context["State"]["RetryCount"] =
            visit.attempts_since_redrive().len().saturating_sub(1).into();
    }
    if let Some(token) = record.token(state) {
        context["Task"] = json!({ "Token": token });
    }
    context
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_assigned_last_and_nearest_comes_first() {
        let mut visits = ExecutionVisits::default();
        for (id, (kind, name)) in (1_u64..).zip([
            ("ExecutionStarted", ""),
            ("PassStateEntered", "First"),
            ("PassStateExited", "First"),
            ("PassStateEntered", "Second"),
            ("PassStateExited", "Second"),
            ("MapStateEntered", "Each"),
            ("MapStateStarted", ""),
            ("MapIterationStarted", "Each"),
            ("PassStateEntered", "Inner"),
            ("PassStateExited", "Inner"),
            ("WaitStateEntered", "Wait"),
        ]) {
            visits.read_event(&json!({"id": id, "previousEventId": id - 1, "type": kind,
                "timestamp": 1.0, "anyEventDetails": {"name": name, "index": 0}}));
        }
        let assigning = BTreeSet::from(["First", "Second", "Inner", "Wait"]);
        let before = |entered: u64, assigning: &BTreeSet<&str>| {
            let visit = visits.visit_entered_by(entered).expect("a visit");
            exits_before(&visits, visit, assigning)
        };
        assert_eq!(before(11, &assigning), [10, 5, 3]);
        assert_eq!(before(4, &assigning), [3]);
        assert_eq!(before(11, &BTreeSet::new()), [0; 0]);
    }

    #[test]
    fn each_retrier_counts_its_own_errors_since_the_last_redrive() {
        let state =
            json!({"Retry": [{"ErrorEquals": ["A"]}, {"ErrorEquals": ["States.TaskFailed"]}]});
        let mut visits = ExecutionVisits::default();
        let mut id = 0;
        let mut add = |kind: &str, error: &str| {
            id += 1;
            visits.read_event(&json!({"id": id, "previousEventId": id - 1, "type": kind,
                "timestamp": 1.0, "anyEventDetails": {"name": "Call", "error": error}}));
            let visit = visits.visits().first();
            visit.map_or(0, |it| retries_before(it, &state, |failure| failure.error.as_deref()))
        };
        add("ExecutionStarted", "");
        add("TaskStateEntered", "");
        for (error, expected) in [("A", 0), ("A", 1), ("B", 0), ("B", 1), ("A", 2)] {
            add("TaskScheduled", "");
            assert_eq!(add("TaskFailed", error), expected, "{error}");
        }
        add("ExecutionFailed", "A");
        add("ExecutionRedriven", "");
        add("TaskScheduled", "");
        assert_eq!(add("TaskFailed", "A"), 0);
        add("TaskScheduled", "");
        assert_eq!(add("TaskFailed", "A"), 1);
    }

    #[test]
    fn rules_and_catchers_assign_too() {
        for (state, expected) in [
            (json!({"Type": "Pass", "Assign": {}}), true),
            (json!({"Choices": [{}, {"Assign": {"a": 1}}]}), true),
            (json!({"Catch": [{"Assign": {"a": 1}}]}), true),
            (json!({"Choices": [{"Next": "Assign"}], "Catch": "Assign"}), false),
        ] {
            assert_eq!(assigns(&state), expected, "{state}");
        }
    }
}
