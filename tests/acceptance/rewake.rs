//! The command `rewake`, which wakes executions whose messages are lost. `tests/contracts/rewake.rs`
//! tests what it does to a deployment.

use std::process::{Command, Output};

use serde_json::json;

use crate::program::{LocalProgram, statewright_binary};

fn run_rewake(arguments: &[&str]) -> Output {
    let mut command = Command::new(statewright_binary());
    for variable in ["STATEWRIGHT_TABLE", "STATEWRIGHT_STEPS_URL", "STATEWRIGHT_TASKS_URL"] {
        command.env_remove(variable);
    }
    command.arg("rewake").args(arguments).output().expect("the built binary runs")
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_folder_lists_what_goes_on_when_it_is_served_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().to_str().expect("a plain path");
    let local = LocalProgram::start(folder.path(), &[]);
    let definition = r#"{"StartAt": "Split", "States": {"Split": {"Type": "Parallel", "End": true,
        "Branches": [
            {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": true}}},
            {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": true}}}]}}}"#;
    let machine = local.client.create_machine("waits", definition);
    let execution = local.client.start_execution(&machine, "x", &json!({}));
    let is_waiting = || {
        let history = local.client.execution_history(&execution);
        let seen = |kind| history.iter().any(|event| event["type"] == kind);
        seen("WaitStateEntered") && seen("PassStateExited")
    };
    while !is_waiting() {}
    assert_eq!(run_rewake(&["--data", data]).status.code(), Some(2), "the folder is in use");
    local.kill();

    let listed = run_rewake(&["--data", data]);
    assert_eq!(listed.status.code(), Some(0), "{listed:?}");
    let lines = printed(&listed);
    assert!(lines.contains("waits:x frame '1:0': take record 0 on, in steps at "), "{lines}");
    assert!(lines.contains("1 running execution, "), "{lines}");
}

#[test]
fn a_deployment_must_be_named() {
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let absent = elsewhere.path().join("absent");
    for arguments in [&[][..], &["--table", "t"], &["--data", absent.to_str().expect("plain")]] {
        assert_eq!(run_rewake(arguments).status.code(), Some(2), "{arguments:?}");
    }
    assert!(!absent.exists(), "it makes no folder");
}

#[test]
fn a_deployment_that_does_not_answer_is_a_fault() {
    let mut command = Command::new(statewright_binary());
    command
        .args(["rewake", "--table", "t", "--steps-queue-url", "http://s", "--tasks-queue-url"])
        .arg("http://t")
        .envs([("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), ("AWS_REGION", "us-east-1")])
        .envs([("AWS_ACCESS_KEY_ID", "any"), ("AWS_SECRET_ACCESS_KEY", "any")]);
    let output = command.output().expect("the built binary runs");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}
