//! What an execution used, and what that costs.

use std::{collections::BTreeMap, sync::Arc};

use graph::{ExecutionVisits, HistoryVisit, VisitAttempt};
use model::StateType;
use serde_json::Value;

use super::{
    money::PicoDollars,
    prices::{
        ARM_GB_SECOND, DEPLOYMENT_MEGABYTES, EXPRESS_GB_SECOND, EXPRESS_MEGABYTES, EXPRESS_REQUEST,
        FUNCTION_MEGABYTES, INVOCATION, REQUESTS_OF_MESSAGE, SQS_REQUEST, TRANSITION,
        TRANSITION_MILLISECONDS, WRITE_UNIT, WRITES_OF_EXECUTION, X86_GB_SECOND, time_price,
    },
};
use crate::state_source::states_of;

/// What was used, counted from a history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct StateUse {
    pub(super) visits: u64,
    /// The attempts after the first of each visit, made by retries and redrives.
    pub(super) repeats: u64,
    pub(super) retries: u64,
    /// Attempts of Tasks.
    pub(super) calls: u64,
    /// Branches and iterations that were started.
    pub(super) children: u64,
    /// The calls of Lambda functions that have ended.
    pub(super) function_calls: u64,
    /// Milliseconds in which Lambda functions were waited for.
    pub(super) function_milliseconds: u64,
}

/// The same for each state, in the order of their names, and the time of the whole execution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ExecutionUse {
    pub(super) states: BTreeMap<Arc<str>, StateUse>,
    /// Milliseconds from its first to its newest event.
    pub(super) milliseconds: u64,
}

impl StateUse {
    /// The state transitions, as AWS counts them: each state that is entered, and each retry.
    pub(super) const fn transitions(&self) -> u64 {
        self.visits + self.repeats
    }

    /// What Step Functions charges for them in a Standard workflow.
    pub(super) const fn step_functions_price(&self) -> PicoDollars {
        TRANSITION.times(self.transitions())
    }

    /// Write units of a deployment.
    pub(super) const fn write_units(&self) -> u64 {
        self.transitions() + self.calls + self.children
    }

    /// Requests of SQS of a deployment.
    pub(super) const fn sqs_requests(&self) -> u64 {
        self.transitions() * REQUESTS_OF_MESSAGE + self.calls
    }

    /// Milliseconds in which a deployment computes and waits for functions.
    pub(super) const fn deployment_milliseconds(&self) -> u64 {
        self.transitions() * TRANSITION_MILLISECONDS + self.function_milliseconds
    }

    /// What a deployment costs for them, with `TransitionsPerDelivery=1`.
    pub(super) fn deployment_price(&self) -> PicoDollars {
        WRITE_UNIT.times(self.write_units())
            + SQS_REQUEST.times(self.sqs_requests())
            + INVOCATION.times(self.transitions())
            + time_price(ARM_GB_SECOND, DEPLOYMENT_MEGABYTES, self.deployment_milliseconds())
    }

    /// What Lambda charges for the functions themselves.
    pub(super) fn functions_price(&self) -> PicoDollars {
        INVOCATION.times(self.function_calls)
            + time_price(X86_GB_SECOND, FUNCTION_MEGABYTES, self.function_milliseconds)
    }

    fn add_visit(
        &mut self,
        visits: &ExecutionVisits,
        visit: &HistoryVisit,
        function: Option<FunctionTime>,
    ) {
        self.visits += 1;
        self.repeats += visit.repeats() as u64;
        self.retries += visit.retries() as u64;
        match visit.state_type {
            StateType::Map | StateType::Parallel => {
                // Every attempt starts its own, and pays for them.
                self.children += (0_u32..)
                    .zip(&visit.attempts)
                    .map(|(attempt, _)| started_children(visits, visit, attempt))
                    .sum::<u64>();
            }
            StateType::Task => self.calls += visit.attempts.len() as u64,
            _ => {}
        }
        if let Some(time) = function {
            for milliseconds in visit.attempts.iter().filter_map(call_milliseconds) {
                self.function_calls += 1;
                self.function_milliseconds += match time {
                    FunctionTime::OfCall => milliseconds,
                    FunctionTime::Unknown => 0,
                };
            }
        }
    }
}

impl std::ops::AddAssign for StateUse {
    fn add_assign(&mut self, other: Self) {
        self.visits += other.visits;
        self.repeats += other.repeats;
        self.retries += other.retries;
        self.calls += other.calls;
        self.children += other.children;
        self.function_calls += other.function_calls;
        self.function_milliseconds += other.function_milliseconds;
    }
}

impl ExecutionUse {
    /// Counts the visits of an execution of this definition.
    pub(super) fn count(visits: &ExecutionVisits, definition: &Value) -> Self {
        let states = states_of(definition);
        let functions: BTreeMap<&str, FunctionTime> = states
            .iter()
            .filter_map(|state| {
                let resource = state.source["Resource"].as_str()?;
                Some((state.name, FunctionTime::of_resource(resource)?))
            })
            .collect();
        let mut counted = Self::default();
        for visit in visits.visits() {
            let function = functions.get(&*visit.name).copied();
            let state = counted.states.entry(Arc::clone(&visit.name)).or_default();
            state.add_visit(visits, visit, function);
        }
        if let Some((first, last)) = visits.started().zip(visits.last_event_at()) {
            let milliseconds = last.as_milliseconds() - first.at.as_milliseconds();
            counted.milliseconds = milliseconds.try_into().unwrap_or_default();
        }
        counted
    }

    pub(super) fn total(&self) -> StateUse {
        let mut total = StateUse::default();
        for state in self.states.values() {
            total += *state;
        }
        total
    }

    /// What a deployment costs for a start and an end.
    pub(super) const fn frame_price() -> PicoDollars {
        WRITE_UNIT.times(WRITES_OF_EXECUTION)
    }

    /// What Step Functions charges for an Express workflow of this time that needs little memory.
    pub(super) fn express_price(&self) -> PicoDollars {
        // It is counted in steps of 100 ms.
        let counted = self.milliseconds.div_ceil(100) * 100;
        EXPRESS_REQUEST + time_price(EXPRESS_GB_SECOND, EXPRESS_MEGABYTES, counted)
    }
}

/// What the history tells of the time of a Lambda function that a Task calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FunctionTime {
    /// It is that of the call.
    OfCall,
    /// The task waits for an answer from elsewhere after the call.
    Unknown,
}

impl FunctionTime {
    /// That of a Task with this resource; none if it is no function.
    fn of_resource(resource: &str) -> Option<Self> {
        let is_function = resource.split(':').nth(2) == Some("lambda")
            && resource.contains(":function:")
            || resource.contains(":states:::lambda:invoke");
        let waits = resource.ends_with(".waitForTaskToken");
        is_function.then_some(if waits { Self::Unknown } else { Self::OfCall })
    }
}

/// The branches and iterations that an attempt has started.
fn started_children(visits: &ExecutionVisits, visit: &HistoryVisit, attempt: u32) -> u64 {
    let iterations = visits.iterations_of_attempt(visit.index, attempt).len();
    let branches = visits.branch_scopes_of_attempt(visit.index, attempt).count();
    (iterations + branches) as u64
}

/// How long a call lasted that has ended.
fn call_milliseconds(attempt: &VisitAttempt) -> Option<u64> {
    let begun = attempt.started.unwrap_or(attempt.scheduled).at;
    let milliseconds = attempt.ended?.at.as_milliseconds() - begun.as_milliseconds();
    Some(milliseconds.try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The visits of events, each `(type, seconds, name, previous)`.
    fn visits_of(events: &[(&str, f64, &str, u64)]) -> ExecutionVisits {
        let mut visits = ExecutionVisits::default();
        for (id, (kind, seconds, name, previous)) in (1_u64..).zip(events) {
            visits.read_event(&json!({"id": id, "previousEventId": previous, "type": kind,
                "timestamp": seconds, "anyEventDetails": {"name": name, "error": "E"}}));
        }
        visits
    }

    /// A Pass, then a Task that calls a function for 150 ms, in vain, and again for 100 ms.
    const RETRIED: [(&str, f64, &str, u64); 12] = [
        ("ExecutionStarted", 0.0, "", 0),
        ("PassStateEntered", 0.01, "First", 1),
        ("PassStateExited", 0.02, "First", 2),
        ("TaskStateEntered", 0.03, "Call", 3),
        ("TaskScheduled", 0.03, "", 4),
        ("TaskStarted", 0.05, "", 5),
        ("TaskFailed", 0.2, "", 6),
        ("TaskScheduled", 1.2, "", 7),
        ("TaskStarted", 1.25, "", 8),
        ("TaskSucceeded", 1.35, "", 9),
        ("TaskStateExited", 1.35, "Call", 10),
        ("ExecutionSucceeded", 1.36, "", 11),
    ];

    #[test]
    fn a_retry_is_a_transition_and_a_call() {
        let definition = json!({"States": {"First": {"Type": "Pass"},
            "Call": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}}});
        let counted = ExecutionUse::count(&visits_of(&RETRIED), &definition);
        let total = counted.total();
        let expected = StateUse {
            visits: 2,
            repeats: 1,
            retries: 1,
            calls: 2,
            function_calls: 2,
            function_milliseconds: 250,
            ..StateUse::default()
        };
        assert_eq!((total, counted.milliseconds), (expected, 1360));
        // 3 transitions at $25 a million.
        assert_eq!(total.step_functions_price(), PicoDollars::new(75_000_000));
        // 5 write units, 11 requests of SQS, 3 invocations, and 60 + 250 ms of a quarter of a GB.
        let parts = 5 * 625_000 + 11 * 400_000 + 3 * 200_000 + 310 * 13_333_400 / 4000;
        assert_eq!(total.deployment_price(), PicoDollars::new(parts));
        // 2 invocations, and 250 ms of an eighth of a GB.
        let functions = 2 * 200_000 + 250 * 16_666_700 / 8000;
        assert_eq!(total.functions_price(), PicoDollars::new(functions));
        // 1400 ms of a sixteenth of a GB.
        let express = 1_000_000 + 1400 * 16_670_000 / 16_000;
        assert_eq!(counted.express_price(), PicoDollars::new(express));
    }

    #[test]
    fn the_children_of_every_attempt_are_counted() {
        let text = include_str!("../../../graph/tests/histories/map-retried.json");
        let history: Value = serde_json::from_str(text).expect("it is JSON");
        let mut visits = ExecutionVisits::default();
        for event in history["events"].as_array().expect("it has events") {
            visits.read_event(event);
        }
        let counted = ExecutionUse::count(&visits, &Value::Null);
        let each = counted.states["Each"];
        assert_eq!((each.visits, each.retries, each.children), (1, 1, 4));
    }

    #[test]
    fn fifty_passes_cost_what_was_metered() {
        let state = StateUse { visits: 50, ..StateUse::default() };
        let execution = state.deployment_price() + ExecutionUse::frame_price();
        assert_eq!(execution, PicoDollars::new(107_708_350));
        // 20,000 of them are a million transitions: the $2.16 of infra/README.md, which rounds up.
        assert_eq!(execution.times(20_000).to_string(), "$2.15");
    }

    #[test]
    fn functions_are_told_from_other_resources() {
        for (resource, expected) in [
            ("arn:aws:lambda:us-east-1:1:function:price", Some(FunctionTime::OfCall)),
            ("arn:aws-cn:states:::lambda:invoke", Some(FunctionTime::OfCall)),
            ("arn:aws-cn:states:::lambda:invoke.waitForTaskToken", Some(FunctionTime::Unknown)),
            ("arn:aws:states:::sqs:sendMessage", None),
            ("arn:aws:states:us-east-1:1:activity:lambda", None),
            ("", None),
        ] {
            assert_eq!(FunctionTime::of_resource(resource), expected, "{resource}");
        }
    }
}
