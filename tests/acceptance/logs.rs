//! The logs of executions: the lines in `logs.jsonl`.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{client::StepFunctionsClient, program::LocalProgram};

/// A `loggingConfiguration`.
pub(crate) fn logging(level: &str, include_execution_data: bool) -> Value {
    json!({ "level": level, "includeExecutionData": include_execution_data, "destinations": [
        { "cloudWatchLogsLogGroup": {
            "logGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:/aws/vendedlogs/x:*" } }] })
}

/// Creates a machine that is logged, and returns its ARN.
pub(crate) fn create_logged(
    client: &StepFunctionsClient,
    (name, machine_type): (&str, &str),
    definition: &Value,
    logging: &Value,
) -> String {
    let request = json!({
        "name": name,
        "type": machine_type,
        "definition": definition.to_string(),
        "roleArn": "arn:aws:iam::000000000000:role/tests",
        "loggingConfiguration": logging,
    });
    let created = client.call_successfully("CreateStateMachine", &request);
    created["stateMachineArn"].as_str().expect("an ARN").to_owned()
}

/// The lines that were logged in a data folder.
pub(crate) fn logged_lines(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("logs.jsonl")).unwrap_or_default();
    // The last line may be about to be written.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The lines of an execution, once its end is among them that many times.
fn await_log(folder: &Path, execution: &str, ends: usize) -> Vec<Value> {
    const ENDS: [&str; 4] =
        ["ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"];
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let mut lines = logged_lines(folder);
        lines.retain(|line| line["execution_arn"] == execution);
        let is_end = |line: &&Value| line["type"].as_str().is_some_and(|end| ENDS.contains(&end));
        if lines.iter().filter(is_end).count() == ends {
            return lines;
        }
        assert!(Instant::now() < deadline, "{execution} is not logged: {lines:?}");
        std::thread::yield_now();
    }
}

/// Ids, the ids of what they follow, and types.
fn outlines(lines: &[Value], members: [&str; 3]) -> Vec<[String; 3]> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    lines.iter().map(|line| members.map(|member| text(&line[member]))).collect()
}

fn logged_outlines(lines: &[Value]) -> Vec<[String; 3]> {
    outlines(lines, ["id", "previous_event_id", "type"])
}

fn history_outlines(client: &StepFunctionsClient, execution: &str) -> Vec<[String; 3]> {
    outlines(&client.execution_history(execution), ["id", "previousEventId", "type"])
}

/// A Map of Choice states; the item 1 goes to `on_one`.
fn map_of_items(on_one: &Value) -> Value {
    let choices = json!([{ "Variable": "$", "NumericEquals": 1, "Next": "One" }]);
    json!({ "StartAt": "Each", "States": { "Each": { "Type": "Map", "End": true,
        "ItemProcessor": { "StartAt": "Which", "States": {
            "Which": { "Type": "Choice", "Default": "Other", "Choices": choices },
            "Other": { "Type": "Pass", "End": true },
            "One": on_one,
        } } } } })
}

#[test]
fn a_standard_execution_is_logged_when_it_has_ended() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = LocalProgram::start(folder.path(), &[]);
    let definition = json!({ "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } });
    let input = r#"{"a":1}"#;
    let role = "arn:aws:iam::000000000000:role/tests";
    for (include, name) in [(true, "with-data"), (false, "without")] {
        let logging = logging("ALL", include);
        let machine = create_logged(&local.client, (name, "STANDARD"), &definition, &logging);
        let arn = local.client.start_execution(&machine, "x", &json!({ "a": 1 }));
        let mut lines = await_log(folder.path(), &arn, 1);
        for line in &mut lines {
            let at = line["event_timestamp"].take();
            assert!(at.as_str().is_some_and(|at| at.parse::<u64>().is_ok()), "{at}");
        }
        let line = |id: &str, event_type: &str, previous: &str, details: Value| {
            json!({ "id": id, "type": event_type, "details": details, "previous_event_id": previous,
                "event_timestamp": null, "execution_arn": arn, "redrive_count": "0" })
        };
        let with = |data: &str, mut other: Value| {
            if include {
                other[data] = json!(input);
                other[format!("{data}Details")] = json!({ "truncated": false });
            }
            other
        };
        assert_eq!(
            lines,
            [
                line("1", "ExecutionStarted", "0", with("input", json!({ "roleArn": role }))),
                line("2", "PassStateEntered", "0", with("input", json!({ "name": "P" }))),
                line("3", "PassStateExited", "2", with("output", json!({ "name": "P" }))),
                line("4", "ExecutionSucceeded", "3", with("output", json!({}))),
            ]
        );
    }
}

#[test]
fn a_level_logs_the_failures_of_standard_executions() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = LocalProgram::start(folder.path(), &[]);
    let fails = map_of_items(&json!({ "Type": "Fail", "Error": "Bad" }));
    let succeeds = map_of_items(&json!({ "Type": "Succeed" }));
    for (level, expected) in [
        ("FATAL", vec!["ExecutionFailed"]),
        (
            "ERROR",
            vec!["FailStateEntered", "MapIterationFailed", "MapStateFailed", "ExecutionFailed"],
        ),
    ] {
        let logging = logging(level, false);
        let quiet = format!("quiet-{level}");
        let quiet = create_logged(&local.client, (&quiet, "STANDARD"), &succeeds, &logging);
        let quiet = local.client.start_execution(&quiet, "x", &json!([1]));
        local.client.await_end(&quiet);
        let machine = create_logged(&local.client, (level, "STANDARD"), &fails, &logging);
        let arn = local.client.start_execution(&machine, "x", &json!([1]));
        let lines = await_log(folder.path(), &arn, 1);
        let types: Vec<&str> = lines.iter().filter_map(|line| line["type"].as_str()).collect();
        assert_eq!(types, expected, "{level}");
        let mut history = history_outlines(&local.client, &arn);
        history.retain(|[_, _, event_type]| expected.contains(&event_type.as_str()));
        assert_eq!(logged_outlines(&lines), history, "{level}");
        let all = logged_lines(folder.path());
        assert!(all.iter().all(|line| line["execution_arn"] != json!(quiet)), "{level}");
    }
}

#[test]
fn all_that_iterations_did_is_logged_in_the_order_of_the_history() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = LocalProgram::start(folder.path(), &[]);
    let definition = map_of_items(&json!({ "Type": "Wait", "Seconds": 1, "End": true }));
    let logging = logging("ALL", true);
    let machine = create_logged(&local.client, ("map", "STANDARD"), &definition, &logging);
    // More events than one delivery logs.
    let items: Vec<u32> = (0..1_700).collect();
    let arn = local.client.start_execution(&machine, "x", &json!(items));
    let lines = await_log(folder.path(), &arn, 1);
    assert_eq!(logged_outlines(&lines), history_outlines(&local.client, &arn));
    assert_eq!(lines.len(), 6 + 1_700 * 6, "each iteration has six events");
}

#[test]
fn a_redriven_execution_logs_what_has_happened_since() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = LocalProgram::start(folder.path(), &[]);
    let definition = map_of_items(&json!({ "Type": "Fail", "Error": "Bad" }));
    let logging = logging("ALL", true);
    let machine = create_logged(&local.client, ("redriven", "STANDARD"), &definition, &logging);
    let arn = local.client.start_execution(&machine, "x", &json!([1, 0]));
    let first = await_log(folder.path(), &arn, 1);
    local.client.await_end(&arn);
    assert_eq!(logged_outlines(&first), history_outlines(&local.client, &arn));
    local.client.call_successfully("RedriveExecution", &json!({ "executionArn": arn }));
    let both = await_log(folder.path(), &arn, 2);
    assert_eq!(logged_outlines(&both), history_outlines(&local.client, &arn));
    let (before, since) = both.split_at(first.len());
    assert_eq!(before, first);
    assert_eq!(since[0]["type"], "ExecutionRedriven");
    assert!(since.iter().all(|line| line["redrive_count"] == "1"), "{since:?}");
}

#[test]
fn an_execution_that_was_stopped_is_logged_with_what_it_left_running() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = LocalProgram::start(folder.path(), &[]);
    let definition = map_of_items(&json!({ "Type": "Wait", "Seconds": 3000, "End": true }));
    let logging = logging("ALL", false);
    let machine = create_logged(&local.client, ("stopped", "STANDARD"), &definition, &logging);
    let arn = local.client.start_execution(&machine, "x", &json!([1]));
    let waits = |event: &Value| event["type"] == "WaitStateEntered";
    let deadline = Instant::now() + Duration::from_mins(1);
    while !local.client.execution_history(&arn).iter().any(waits) {
        assert!(Instant::now() < deadline, "it does not wait");
    }
    local.client.call_successfully("StopExecution", &json!({ "executionArn": arn }));
    let lines = await_log(folder.path(), &arn, 1);
    assert_eq!(logged_outlines(&lines), history_outlines(&local.client, &arn));
}
