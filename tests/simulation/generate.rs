//! Generates random workflows from a seed: any states, in any order and nesting.
//!
//! Every failure is retried or caught where it happens, so that the history is the same in every
//! run. Where a branch fails on purpose, only the outcome is the same.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::{
    random::SimulationRandom,
    workflows::{ComparisonLevel, SimulatedWorkflow},
};

/// The greatest depth of nested forks.
const DEPTH_MAX: u32 = 3;
/// The number of states after which no further fork is generated.
const STATES_MAX: u32 = 14;

/// Generates the workflow of a seed.
pub(crate) fn generate_workflow(seed: u64) -> SimulatedWorkflow {
    let mut generator = WorkflowGenerator {
        random: SimulationRandom::new(seed ^ 0x6E6E),
        states: 0,
        sameness: ComparisonLevel::History,
    };
    let definition = generator.random_workflow(0);
    // Few deep forks, or more children than a bucket has.
    let items_max = if generator.states > STATES_MAX / 2 { 4 } else { 8 };
    let items: Vec<u64> = (0..generator.random.number_below(items_max)).collect();
    SimulatedWorkflow {
        name: Cow::Owned(format!("generated-{seed}")),
        definition: Cow::Owned(definition.to_string()),
        input: Cow::Owned(json!({ "items": items, "size": 7 }).to_string()),
        stopped_after: None,
        redriven: None,
        comparison: generator.sameness,
        asynchronous: false,
    }
}

struct WorkflowGenerator {
    random: SimulationRandom,
    /// The number of states so far.
    states: u32,
    sameness: ComparisonLevel,
}

impl WorkflowGenerator {
    /// Generates the states of a machine, a branch or an item processor.
    fn random_workflow(&mut self, depth: u32) -> Value {
        let length = 1 + self.random.number_below(4);
        let names: Vec<String> = (0..length).map(|_| self.next_state_name()).collect();
        let mut states = Map::new();
        for (at, name) in names.iter().enumerate() {
            let next = names.get(at + 1).map(String::as_str);
            for (name, state) in self.random_state(depth, name, next) {
                states.insert(name, state);
            }
        }
        json!({ "StartAt": names[0], "States": states })
    }

    fn next_state_name(&mut self) -> String {
        self.states += 1;
        format!("S{}", self.states)
    }

    /// Generates a state, together with the states that only it leads to.
    fn random_state(&mut self, depth: u32, name: &str, next: Option<&str>) -> Vec<(String, Value)> {
        let forks = depth < DEPTH_MAX && self.states < STATES_MAX;
        let result = format!("$.{name}");
        let mut state = match self.random.number_below(if forks { 14 } else { 11 }) {
            0 => json!({ "Type": "Pass", "Result": { "by": name } }),
            1 => task_state("echo"),
            2 => task_state("slow"),
            3 => flaky_task(),
            4 => with_catcher(task_state("broken"), "Broken", next),
            5 => json!({ "Type": "Wait", "Seconds": 1 + self.random.number_below(2_000) }),
            6 if next.is_some() => return vec![(name.to_owned(), choice_state(next))],
            7 => callback_task("ask"),
            8 => with_catcher(callback_task("decline"), "Declined", next),
            9 => nested_execution_task("inner"),
            6 | 10 => with_catcher(nested_execution_task("inner-fails"), "States.TaskFailed", next),
            11 => self.random_parallel(depth),
            12 => self.failing_parallel(depth, next),
            _ => self.random_map(depth),
        };
        if state["Type"] != "Wait" {
            state["ResultPath"] = result.into();
        }
        match next {
            Some(next) => state["Next"] = next.into(),
            None => state["End"] = true.into(),
        }
        if state["Catch"].is_array() && next.is_none() {
            let mend = self.next_state_name();
            state["Catch"][0]["Next"] = mend.as_str().into();
            let mended = json!({ "Type": "Pass", "End": true });
            return vec![(name.to_owned(), state), (mend, mended)];
        }
        vec![(name.to_owned(), state)]
    }

    fn random_parallel(&mut self, depth: u32) -> Value {
        let count = 1 + self.random.number_below(3);
        let branches: Vec<Value> = (0..count).map(|_| self.random_workflow(depth + 1)).collect();
        json!({ "Type": "Parallel", "Branches": branches })
    }

    /// A Parallel state with a branch that fails while the other runs.
    fn failing_parallel(&mut self, depth: u32, next: Option<&str>) -> Value {
        self.sameness = ComparisonLevel::Outcome;
        let (ready, fails) = (self.next_state_name(), self.next_state_name());
        let seconds = self.random.number_below(100);
        let branch = json!({ "StartAt": ready, "States": {
            (ready.as_str()): { "Type": "Wait", "Seconds": seconds, "Next": fails.as_str() },
            (fails.as_str()): { "Type": "Fail", "Error": "OnPurpose" } } });
        let other = self.random_workflow(depth + 1);
        with_catcher(json!({ "Type": "Parallel", "Branches": [branch, other] }), "OnPurpose", next)
    }

    fn random_map(&mut self, depth: u32) -> Value {
        let processor = self.random_workflow(depth + 1);
        json!({
            "Type": "Map",
            "ItemsPath": "$.items",
            "MaxConcurrency": self.random.number_below(4),
            "ItemSelector": {
                "items.$": "$.items",
                "size.$": "$.size",
                "index.$": "$$.Map.Item.Index",
            },
            "ItemProcessor": processor,
        })
    }
}

fn task_state(function: &str) -> Value {
    json!({ "Type": "Task", "Resource": format!("@function:{function}"), "Retry": [lost_call_retrier()] })
}

/// The value of the placeholder `@lost`, which cannot be part of a JSON value.
fn lost_call_retrier() -> Value {
    json!({ "ErrorEquals": ["Lambda.Unknown"], "IntervalSeconds": 1, "BackoffRate": 1.0,
        "MaxAttempts": 99 })
}

fn flaky_task() -> Value {
    let mut task = task_state("flaky");
    let retry = json!({ "ErrorEquals": ["Flaky"], "IntervalSeconds": 2, "MaxAttempts": 3 });
    task["Retry"] = json!([lost_call_retrier(), retry]);
    task
}

fn callback_task(function: &str) -> Value {
    json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": { "FunctionName": function, "Payload": { "token.$": "$$.Task.Token" } },
        "Retry": [lost_call_retrier()],
    })
}

fn nested_execution_task(machine: &str) -> Value {
    json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": { "StateMachineArn": format!("@machine:{machine}"), "Input": { "a": 1 } },
        "ResultSelector": { "output.$": "$.Output" },
    })
}

fn with_catcher(mut state: Value, error: &str, next: Option<&str>) -> Value {
    let next = next.unwrap_or_default();
    state["Catch"] = json!([{ "ErrorEquals": [error], "ResultPath": "$.caught", "Next": next }]);
    state
}

fn choice_state(next: Option<&str>) -> Value {
    let next = next.unwrap_or_default();
    json!({
        "Type": "Choice",
        "Choices": [{ "Variable": "$.size", "NumericGreaterThan": 5, "Next": next }],
        "Default": next,
    })
}
