//! Tasks that wait for their token or for a nested execution.

use serde_json::{Value, json};

use crate::program::{LocalProgram, repository_root};

fn start_local_with_functions() -> (tempfile::TempDir, LocalProgram) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let template = repository_root().join("tests/acceptance/functions/template.yaml");
    let template = template.to_str().expect("a plain path");
    let local = LocalProgram::start(folder.path(), &["--template", template]);
    (folder, local)
}

/// A machine with a task that waits for its token and has these additional fields.
fn callback_definition(fields: &str) -> String {
    let caught = match fields {
        "" => "",
        _ => r#", "Late": {"Type": "Pass", "End": true}"#,
    };
    format!(
        r#"{{"StartAt": "Ask", "States": {{
            "Ask": {{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Parameters": {{"FunctionName": "echo",
                    "Payload": {{"token.$": "$$.Task.Token"}}}},
                {fields} "Next": "Done"}},
            "Done": {{"Type": "Succeed"}} {caught}}}}}"#
    )
}

/// Waits until the task of an execution waits for its token, and returns the token.
fn await_task_token(local: &LocalProgram, execution: &str) -> String {
    loop {
        let history = local.client.execution_history(execution);
        let is_submitted = history.iter().any(|event| event["type"] == "TaskSubmitted");
        if let Some(scheduled) = history.iter().rfind(|event| event["type"] == "TaskScheduled")
            && is_submitted
        {
            let parameters = &scheduled["taskScheduledEventDetails"]["parameters"];
            let parameters: Value =
                serde_json::from_str(parameters.as_str().expect("a text")).expect("JSON");
            return parameters["Payload"]["token"].as_str().expect("a token").to_owned();
        }
    }
}

fn event_types(history: &[Value]) -> Vec<&str> {
    history.iter().map(|event| event["type"].as_str().unwrap_or_default()).collect()
}

#[test]
fn a_task_goes_on_with_what_its_token_is_sent() {
    let (_folder, local) = start_local_with_functions();
    let machine = local.client.create_machine("callback", &callback_definition(""));
    let execution = local.client.start_execution(&machine, "x", &json!({}));
    let token = await_task_token(&local, &execution);
    let success = json!({ "taskToken": token, "output": "{\"answer\": 42}" });
    assert_eq!(
        local.client.call_successfully("SendTaskHeartbeat", &json!({ "taskToken": token })),
        json!({})
    );
    assert_eq!(local.client.call_successfully("SendTaskSuccess", &success), json!({}));
    assert_eq!(local.client.await_end(&execution)["output"], "{\"answer\": 42}");
    assert_eq!(
        event_types(&local.client.execution_history(&execution)),
        [
            "ExecutionStarted",
            "TaskStateEntered",
            "TaskScheduled",
            "TaskStarted",
            "TaskSubmitted",
            "TaskSucceeded",
            "TaskStateExited",
            "SucceedStateEntered",
            "SucceedStateExited",
            "ExecutionSucceeded",
        ]
    );
    let again = local.client.call_operation("SendTaskSuccess", &success).expect_err("it is over");
    assert_eq!(again["__type"], "TaskTimedOut");
    let garbled = json!({ "taskToken": "garbled", "output": "1" });
    let refused = local.client.call_operation("SendTaskSuccess", &garbled).expect_err("no token");
    assert_eq!(refused["__type"], "InvalidToken");
}

#[test]
fn a_task_that_waits_survives_a_kill() {
    let (folder, local) = start_local_with_functions();
    let machine = local.client.create_machine("callback", &callback_definition(""));
    let execution = local.client.start_execution(&machine, "x", &json!({}));
    let token = await_task_token(&local, &execution);
    local.kill();
    let local = LocalProgram::start(folder.path(), &[]);
    let failure = json!({ "taskToken": token, "error": "Refused", "cause": "by a person" });
    local.client.call_successfully("SendTaskFailure", &failure);
    let described = local.client.await_end(&execution);
    assert_eq!((&described["error"], &described["cause"]), (&failure["error"], &failure["cause"]));
}

#[test]
fn a_task_without_a_sign_of_life_times_out() {
    let (_folder, local) = start_local_with_functions();
    let fields = r#""HeartbeatSeconds": 1,
        "Catch": [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Late"}],"#;
    let machine = local.client.create_machine("callback", &callback_definition(fields));
    let execution = local.client.start_execution(&machine, "x", &json!({}));
    let output: Value = serde_json::from_str(
        local.client.await_end(&execution)["output"].as_str().expect("it is caught"),
    )
    .expect("JSON");
    assert_eq!(output["Error"], "States.Timeout");
    assert!(event_types(&local.client.execution_history(&execution)).contains(&"TaskTimedOut"));
}

/// A machine that starts an execution of another one with this integration pattern.
fn nested_definition(pattern: &str, target: &str) -> String {
    format!(
        r#"{{"StartAt": "Start", "States": {{"Start": {{"Type": "Task", "End": true,
            "Resource": "arn:aws:states:::states:startExecution{pattern}",
            "Parameters": {{"StateMachineArn": "{target}", "Name": "inner",
                "Input": {{"a": 1}}}}}}}}}}"#
    )
}

#[test]
fn a_task_waits_for_the_execution_that_it_starts() {
    let (_folder, local) = start_local_with_functions();
    let pass = r#"{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}"#;
    for (name, pattern, output) in
        [("sync", ".sync", json!("{\"a\":1}")), ("sync2", ".sync:2", json!({ "a": 1 }))]
    {
        let target = local.client.create_machine(&format!("target-{name}"), pass);
        let machine = local.client.create_machine(name, &nested_definition(pattern, &target));
        let execution = local.client.start_execution(&machine, "x", &json!({}));
        let described = local.client.await_end(&execution);
        let result: Value =
            serde_json::from_str(described["output"].as_str().expect("it succeeded"))
                .expect("JSON");
        assert_eq!(result["Output"], output);
        assert_eq!((&result["Status"], &result["Name"]), (&json!("SUCCEEDED"), &json!("inner")));
        assert!(
            event_types(&local.client.execution_history(&execution)).contains(&"TaskSubmitted")
        );
    }
}

#[test]
fn a_task_fails_with_the_execution_that_it_waits_for() {
    let (_folder, local) = start_local_with_functions();
    let fail = r#"{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Inner"}}}"#;
    let target = local.client.create_machine("target", fail);
    let machine = local.client.create_machine("outer", &nested_definition(".sync", &target));
    let described =
        local.client.await_end(&local.client.start_execution(&machine, "x", &json!({})));
    assert_eq!(described["error"], "States.TaskFailed");
    let cause: Value =
        serde_json::from_str(described["cause"].as_str().expect("it has one")).expect("JSON");
    assert_eq!((&cause["Error"], &cause["Status"]), (&json!("Inner"), &json!("FAILED")));
}

#[test]
fn an_execution_is_stopped_with_the_one_that_waits_for_it() {
    let (_folder, local) = start_local_with_functions();
    let wait = r#"{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 600,
        "End": true}}}"#;
    let target = local.client.create_machine("target", wait);
    let machine = local.client.create_machine("outer", &nested_definition(".sync", &target));
    let outer = local.client.start_execution(&machine, "x", &json!({}));
    while !event_types(&local.client.execution_history(&outer)).contains(&"TaskSubmitted") {}
    local.client.call_successfully("StopExecution", &json!({ "executionArn": outer }));
    let inner = "arn:aws:states:us-east-1:000000000000:execution:target:inner";
    assert_eq!(local.client.await_end(inner)["status"], "ABORTED");
}

#[test]
fn a_redrive_goes_on_with_what_had_failed() {
    let (folder, local) = start_local_with_functions();
    let flag = folder.path().join("flag");
    let machine = local.client.create_machine(
        "redriven",
        r#"{"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
            {"StartAt": "Good", "States": {"Good": {"Type": "Task", "End": true,
                "Resource": "arn:aws:states:::lambda:invoke", "OutputPath": "$.Payload",
                "Parameters": {"FunctionName": "echo", "Payload": "good"}}}},
            {"StartAt": "Wait", "States": {
                "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Bad"},
                "Bad": {"Type": "Task", "End": true,
                    "Resource": "arn:aws:states:::lambda:invoke", "OutputPath": "$.Payload",
                    "Parameters": {"FunctionName": "guarded", "Payload.$": "$"}}}}]}}}"#,
    );
    let execution = local.client.start_execution(&machine, "x", &json!({ "flag": flag }));
    let failed = local.client.await_end(&execution);
    assert_eq!(
        (&failed["status"], &failed["redriveStatus"]),
        (&json!("FAILED"), &json!("REDRIVABLE"))
    );
    let before = local.client.execution_history(&execution);

    std::fs::write(&flag, "").expect("written");
    let redrive = json!({ "executionArn": execution, "clientToken": "once" });
    let first = local.client.call_successfully("RedriveExecution", &redrive);
    assert_eq!(
        local.client.call_successfully("RedriveExecution", &redrive),
        first,
        "the token is known"
    );
    let described = local.client.await_end(&execution);
    assert_eq!(described["output"], "[\"good\",\"passed\"]");
    assert_eq!(described["redriveCount"], 1);
    let history = local.client.execution_history(&execution);
    assert_eq!(history[..before.len()], before, "what was shown does not change");
    let at = history.iter().position(|event| event["type"] == "ExecutionRedriven");
    let after = &history[at.expect("it is shown")..];
    assert_eq!(
        event_types(after),
        [
            "ExecutionRedriven",
            "TaskScheduled",
            "TaskStarted",
            "TaskSucceeded",
            "TaskStateExited",
            "ParallelStateSucceeded",
            "ParallelStateExited",
            "ExecutionSucceeded",
        ],
        "what had succeeded is not done again"
    );
    let refused =
        local.client.call_operation("RedriveExecution", &json!({ "executionArn": execution }));
    assert_eq!(refused.expect_err("it succeeded")["__type"], "ExecutionNotRedrivable");
}
