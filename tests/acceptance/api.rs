//! The Step Functions API of `statewright local`, where unit tests cannot reach it.

use serde_json::{Value, json};

use crate::program::LocalProgram;

const WAIT: &str = r#"{"StartAt": "W", "TimeoutSeconds": 3600, "States":
    {"W": {"Type": "Wait", "Seconds": 600, "End": true}}}"#;
const PASS: &str = r#"{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}"#;

fn start_local() -> (tempfile::TempDir, LocalProgram) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = LocalProgram::start(folder.path(), &[]);
    (folder, local)
}

fn error_type(answer: Result<Value, Value>) -> String {
    answer.expect_err("the call is refused")["__type"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_repeated_start_is_the_same_execution_while_it_runs() {
    let (_folder, local) = start_local();
    let machine = local.client.create_machine("waiting", WAIT);
    let start = |input: &str| {
        let request = json!({ "stateMachineArn": machine, "name": "once", "input": input });
        local.client.call_operation("StartExecution", &request)
    };
    let first = start("{\"a\": 1}").expect("a first start");
    assert_eq!(start("{\"a\": 1}").expect("the same start"), first);
    assert_eq!(error_type(start("{\"a\": 2}")), "ExecutionAlreadyExists");
    let stop = json!({ "executionArn": first["executionArn"] });
    local.client.call_successfully("StopExecution", &stop);
    assert_eq!(error_type(start("{\"a\": 1}")), "ExecutionAlreadyExists");
}

#[test]
fn a_stopped_execution_is_aborted_with_its_error_and_cause() {
    let (_folder, local) = start_local();
    let machine = local.client.create_machine("stopped", WAIT);
    let execution = local.client.start_execution(&machine, "x", &json!({}));
    let stop = json!({ "executionArn": execution, "error": "Why", "cause": "because" });
    local.client.call_successfully("StopExecution", &stop);
    let described = local.client.await_end(&execution);
    assert_eq!(described["status"], "ABORTED");
    assert_eq!((&described["error"], &described["cause"]), (&json!("Why"), &json!("because")));
    let history = local.client.execution_history(&execution);
    assert_eq!(history.last().map(|event| &event["type"]), Some(&json!("ExecutionAborted")));
}

#[test]
fn history_pages_meet_and_run_in_both_orders() {
    let (_folder, local) = start_local();
    let machine = local.client.create_machine("paged", PASS);
    let execution = local.client.start_execution(&machine, "x", &json!([1, 2]));
    assert_eq!(local.client.await_end(&execution)["output"], "[1,2]");
    for reverse in [false, true] {
        let mut ids = Vec::new();
        let mut request =
            json!({ "executionArn": execution, "maxResults": 3, "reverseOrder": reverse });
        loop {
            let page = local.client.call_successfully("GetExecutionHistory", &request);
            let events = page["events"].as_array().expect("a page has events");
            ids.extend(events.iter().filter_map(|event| event["id"].as_i64()));
            match page.get("nextToken") {
                Some(token) => request["nextToken"] = token.clone(),
                None => break,
            }
        }
        let expected = if reverse { [4, 3, 2, 1] } else { [1, 2, 3, 4] };
        assert_eq!(ids, expected);
    }
}

#[test]
fn what_is_not_json_or_too_large_changes_nothing() {
    let (_folder, local) = start_local();
    let machine = local.client.create_machine("strict", PASS);
    for input in ["{", "{\"a\": }", &format!("\"{}\"", "x".repeat(262_145)), &"[".repeat(2_000)] {
        let request = json!({ "stateMachineArn": machine, "name": "x", "input": input });
        let refused = error_type(local.client.call_operation("StartExecution", &request));
        assert!(["InvalidExecutionInput", "ValidationException"].contains(&refused.as_str()));
    }
    let list =
        local.client.call_successfully("ListExecutions", &json!({ "stateMachineArn": machine }));
    assert_eq!(list["executions"], json!([]));
}
