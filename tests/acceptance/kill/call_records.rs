//! The definitions that run under repeated kills, and the comparison of the calls in their
//! histories with the handlers' own log.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{client::StepFunctionsClient, environment_numbers::report_figure};

/// A task that is retried when its worker is lost. Each attempt's call has a unique name.
fn task_state(pattern: &str, name: &str, next: &Value, payload: &Value) -> Value {
    let mut payload = payload.clone();
    payload["log.$"] = json!("$.log");
    payload["call.$"] = json!(name);
    let mut task = json!({
        "Type": "Task",
        "Resource": format!("arn:aws:states:::lambda:invoke{pattern}"),
        "Parameters": { "FunctionName": "logged", "Payload": payload },
        "ResultPath": null,
        "Retry": [{
            "ErrorEquals": ["Lambda.Unknown"],
            "IntervalSeconds": 1,
            "MaxAttempts": 1000,
            "BackoffRate": 1,
        }],
    });
    match next.as_str() {
        Some(next) => task["Next"] = json!(next),
        None => task["End"] = json!(true),
    }
    task
}

/// The name of a call, from its execution, state and attempt.
const CALL: &str =
    "States.Format('{}/{}/{}', $$.Execution.Name, $$.State.Name, $$.State.RetryCount)";
/// The name of a call in a Map, which also contains the iteration.
const ITEM: &str = "States.Format('{}/{}/{}/{}', $$.Execution.Name, $$.State.Name, $.index, \
                    $$.State.RetryCount)";

/// A machine that makes one call.
pub(super) fn inner_definition() -> String {
    let states = json!({ "Inside": task_state("", CALL, &Value::Null, &json!({})) });
    json!({ "StartAt": "Inside", "States": states }).to_string()
}

/// A machine with concurrent calls, a wait, a callback task and a nested execution of `inner`.
pub(super) fn outer_definition(inner: &str) -> String {
    let end = Value::Null;
    let each = json!({
        "Type": "Map",
        "ItemsPath": "$.items",
        "MaxConcurrency": 2,
        "ItemSelector": { "log.$": "$.log", "index.$": "$$.Map.Item.Index" },
        "ItemProcessor": {
            "StartAt": "Item",
            "States": { "Item": task_state("", ITEM, &end, &json!({})) },
        },
        "End": true,
    });
    let token = json!({ "token.$": "$$.Task.Token" });
    let states = json!({
        "Split": {
            "Type": "Parallel",
            "Branches": [
                { "StartAt": "Left", "States": { "Left": task_state("", CALL, &end, &json!({})) } },
                { "StartAt": "Each", "States": { "Each": each } },
                {
                    "StartAt": "Pause",
                    "States": { "Pause": { "Type": "Wait", "Seconds": 1, "End": true } },
                },
            ],
            "ResultPath": null,
            "Next": "Ask",
        },
        "Ask": task_state(".waitForTaskToken", CALL, &json!("Nest"), &token),
        "Nest": {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": {
                "StateMachineArn": inner,
                "Name.$": "States.Format('{}-inner', $$.Execution.Name)",
                "Input": { "log.$": "$.log" },
            },
            "ResultPath": null,
            "Next": "Last",
        },
        "Last": task_state("", CALL, &end, &json!({})),
    });
    json!({ "StartAt": "Split", "States": states }).to_string()
}

/// Lists all executions of a machine.
pub(super) fn list_executions(client: &StepFunctionsClient, machine: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut request = json!({ "stateMachineArn": machine });
    loop {
        let page = client.call_successfully("ListExecutions", &request);
        all.extend(page["executions"].as_array().expect("a page has executions").clone());
        match page.get("nextToken") {
            Some(token) => request["nextToken"] = token.clone(),
            None => return all,
        }
    }
}

/// The calls that the histories contain.
#[derive(Default)]
pub(super) struct CallRecords {
    scheduled: BTreeSet<String>,
    succeeded: BTreeSet<String>,
}

impl CallRecords {
    /// Adds the calls of a history, and checks that the history is well-formed.
    pub(super) fn add_history(&mut self, history: &[Value]) {
        let mut calls: BTreeMap<u64, Option<String>> = BTreeMap::new();
        let (mut entered, mut exited) = (0, 0);
        for (event, id) in history.iter().zip(1..) {
            assert_eq!(event["id"], id, "ids are contiguous");
            let previous = event["previousEventId"].as_u64().unwrap_or(0);
            assert!(previous < id, "{event} follows what is earlier");
            let kind = event["type"].as_str().expect("an event has a type");
            entered += usize::from(kind.ends_with("StateEntered"));
            exited += usize::from(kind.ends_with("StateExited"));
            // The events that follow a Scheduled event are about the same call.
            let call = match kind {
                "TaskScheduled" => call_name(event),
                "TaskStarted" | "TaskSubmitted" | "TaskSucceeded" | "TaskFailed" => {
                    calls.get(&previous).cloned().flatten()
                }
                _ => None,
            };
            match (kind, &call) {
                ("TaskScheduled", Some(call)) => {
                    assert!(self.scheduled.insert(call.clone()), "{call} is scheduled once");
                }
                ("TaskSubmitted" | "TaskSucceeded", Some(call)) => {
                    self.succeeded.insert(call.clone());
                }
                _ => {}
            }
            calls.insert(id, call);
        }
        assert_eq!(entered, exited, "every state that was entered was left");
        let last = history.last().expect("a history has events");
        assert_eq!(last["type"], "ExecutionSucceeded");
    }

    /// Compares the calls with the lines of the handlers' log.
    pub(super) fn compare_with_log(&self, lines: &[String]) {
        let mut called = BTreeSet::new();
        for line in lines {
            let call = line.split_once(' ').map_or(line.as_str(), |(call, _)| call);
            assert!(called.insert(call.to_owned()), "{call} is called once");
        }
        let missing: Vec<_> = self.succeeded.difference(&called).collect();
        assert!(missing.is_empty(), "histories tell of calls that nobody got: {missing:?}");
        let unknown: Vec<_> = called.difference(&self.scheduled).collect();
        assert!(unknown.is_empty(), "calls that no history tells of: {unknown:?}");
        report_figure(&format!(
            "{} calls were claimed, {} handled, {} succeeded",
            self.scheduled.len(),
            called.len(),
            self.succeeded.len()
        ));
    }
}

/// The name of a scheduled call; none if it does not call a function.
fn call_name(scheduled: &Value) -> Option<String> {
    let parameters = scheduled["taskScheduledEventDetails"]["parameters"].as_str()?;
    let parameters: Value = serde_json::from_str(parameters).expect("parameters are JSON");
    Some(parameters["Payload"]["call"].as_str()?.to_owned())
}
