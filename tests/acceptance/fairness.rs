//! Executions and functions take turns: what is small does not wait for what is large.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    client::StepFunctionsClient, environment_numbers::report_figure, program::LocalProgram,
};

/// Executions of one state beside the load of the others.
const SMALL_EXECUTIONS: usize = 100;

const PASS: &str = r#"{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}"#;

fn status(client: &StepFunctionsClient, execution: &str) -> String {
    let described =
        client.call_successfully("DescribeExecution", &json!({"executionArn": execution}));
    described["status"].as_str().expect("a status").to_owned()
}

fn stop(client: &StepFunctionsClient, execution: &str) {
    client.call_successfully("StopExecution", &json!({"executionArn": execution}));
}

/// A Map over numbers, whose iterations are this state.
fn map_over(items: usize, state: (&str, Value)) -> Value {
    let (name, state) = state;
    json!({"Type": "Map", "End": true, "ItemsPath": "$.items", "ItemProcessor": {
        "StartAt": name, "States": {name: state}},
        "ItemSelector": {"items": (0..items).collect::<Vec<_>>()}})
}

/// A Map of `outer` iterations, of which each is a Map of `inner` iterations of one Pass state.
/// Its input has the items of the outer one.
fn nested_maps(inner: usize) -> String {
    let pass = json!({"Type": "Pass", "End": true});
    let outer = map_over(inner, ("Inner", map_over(0, ("Pass", pass))));
    json!({"StartAt": "Outer", "States": {"Outer": outer}}).to_string()
}

/// Reports how long executions took of which 99 of 100 took no longer.
fn report_p99(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let index = (times.len() * 99).div_ceil(100).saturating_sub(1);
    let (p99, median) = (times[index], times[times.len() / 2]);
    report_figure(&format!("{what}: p99 {p99:?}, median {median:?}"));
}

#[test]
fn small_executions_go_on_beside_a_map_of_a_million_and_it_can_be_stopped() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = LocalProgram::start(folder.path(), &["--limits", "open"]);
    let bulk = local.client.create_machine("bulk", &nested_maps(1_000));
    let items = json!({"items": (0..1_000).collect::<Vec<_>>()});
    let bulk = local.client.start_execution(&bulk, "bulk", &items);
    let small = local.client.create_machine("small", PASS);
    let times: Vec<_> = (0..SMALL_EXECUTIONS)
        .map(|number| {
            let began = Instant::now();
            let name = format!("small-{number}");
            let execution = local.client.start_execution(&small, &name, &json!(number));
            local.client.await_end(&execution);
            began.elapsed()
        })
        .collect();
    report_p99("small executions beside a Map of a million", times);
    assert_eq!(status(&local.client, &bulk), "RUNNING");
    let began = Instant::now();
    stop(&local.client, &bulk);
    report_figure(&format!("the Map was stopped after {:?}", began.elapsed()));
    assert_eq!(status(&local.client, &bulk), "ABORTED");
}

/// Hosts functions by this Python code.
fn start_with_functions(folder: &Path, code: &str, functions: &[&str]) -> LocalProgram {
    // Apart from the data: a function is started anew once its folder has changed.
    fs::create_dir(folder.join("code")).expect("a new folder");
    fs::write(folder.join("code/app.py"), code).expect("written");
    let functions: Vec<_> = functions
        .iter()
        .map(|name| {
            format!(
                "  {name}: {{Type: AWS::Serverless::Function, Properties: {{FunctionName: {name}, \
                 Runtime: python3.11, CodeUri: code, Timeout: 600, Handler: app.{name}, \
                 ReservedConcurrentExecutions: 2}}}}\n"
            )
        })
        .collect();
    let template = folder.join("template.yaml");
    fs::write(&template, format!("Resources:\n{}", functions.concat())).expect("written");
    let template = template.display().to_string();
    LocalProgram::start(&folder.join("data"), &["--limits", "open", "--template", &template])
}

/// A Map over the numbers of its input that calls a function.
fn map_of_calls(function: &str, timeout_seconds: u32) -> String {
    json!({"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": {
        "StartAt": "Call", "States": {"Call": {"Type": "Task", "End": true,
            "TimeoutSeconds": timeout_seconds,
            "Resource": format!("arn:aws:lambda:us-east-1:000000000000:function:{function}")}}}}}})
    .to_string()
}

/// Functions of which one takes long.
const SLOW_AND_QUICK: &str = "
import time
def slow(event, context):
    time.sleep(500)
def quick(event, context):
    return event
";

#[test]
fn a_thousand_calls_of_a_slow_function_keep_none_from_another() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = start_with_functions(folder.path(), SLOW_AND_QUICK, &["slow", "quick"]);
    let items = json!((0..1_100).collect::<Vec<_>>());
    let slow = local.client.create_machine("slow", &map_of_calls("slow", 600));
    let slow = local.client.start_execution(&slow, "x", &items);
    let begun = |client: &StepFunctionsClient| {
        let events = client.execution_history(&slow);
        events.iter().filter(|event| event["type"] == "LambdaFunctionStarted").count()
    };
    while begun(&local.client) < 2 {
        assert_eq!(status(&local.client, &slow), "RUNNING");
    }
    let quick = local.client.create_machine("quick", &map_of_calls("quick", 600));
    for number in 0..3 {
        let execution = local.client.start_execution(&quick, &number.to_string(), &json!([number]));
        assert_eq!(local.client.await_end(&execution)["output"], format!("[{number}]"));
    }
    assert_eq!(status(&local.client, &slow), "RUNNING");
}

/// Of twenty calls of a second two run at once, so the last ones wait for longer than a task may take.
#[test]
fn the_time_of_a_task_begins_with_its_function() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let code = "
import time
def slow(event, context):
    time.sleep(1)
    return event
";
    let local = start_with_functions(folder.path(), code, &["slow"]);
    let machine = local.client.create_machine("slow", &map_of_calls("slow", 8));
    let items = json!((0..20).collect::<Vec<_>>());
    let execution = local.client.start_execution(&machine, "x", &items);
    let ended = local.client.await_end(&execution);
    assert_eq!(ended["status"], "SUCCEEDED", "{ended}");
}

/// Each call writes that it has begun into a file of its own.
#[test]
fn no_call_begins_after_its_execution_was_stopped() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let code = "
import os, time
def noted(event, context):
    open('../begun/%d' % event, 'w').close()
    time.sleep(0.02)
    return event
";
    let begun = folder.path().join("begun");
    fs::create_dir(&begun).expect("a new folder");
    let count = || fs::read_dir(&begun).expect("a folder").count();
    let local = start_with_functions(folder.path(), code, &["noted"]);
    let machine = local.client.create_machine("noted", &map_of_calls("noted", 600));
    let items = json!((0..1_000).collect::<Vec<_>>());
    let execution = local.client.start_execution(&machine, "stopped", &items);
    while count() < 10 {
        assert_eq!(status(&local.client, &execution), "RUNNING");
    }
    stop(&local.client, &execution);
    let at_stop = count();
    // Calls of another execution, which take their turns after all that the first one has left.
    let after = local.client.start_execution(&machine, "after", &json!([1_001, 1_002, 1_003]));
    local.client.await_end(&after);
    // A process may have been told of its call before, and have written its file after the stop.
    let (calls_at_once, calls_after) = (2, 3);
    assert!(count() <= at_stop + calls_at_once + calls_after, "{at_stop} and then {}", count());
}
