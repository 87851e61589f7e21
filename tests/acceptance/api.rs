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

#[test]
fn what_cannot_be_created_yet_is_listed_as_nothing() {
    let (_folder, local) = start_local();
    let machine = local.client.create_machine("listed", PASS);
    let execution = local.client.start_execution(&machine, "x", &json!({}));
    local.client.await_end(&execution);
    let list = |operation: &str, request: Value| local.client.call_operation(operation, &request);
    let of_machine = |fields: Value| {
        let mut request = json!({ "stateMachineArn": machine });
        if let (Some(request), Value::Object(fields)) = (request.as_object_mut(), fields) {
            request.extend(fields);
        }
        request
    };
    let versions = list("ListStateMachineVersions", of_machine(json!({})));
    assert_eq!(versions, Ok(json!({ "stateMachineVersions": [] })));
    let aliases = list("ListStateMachineAliases", of_machine(json!({ "maxResults": 0 })));
    assert_eq!(aliases, Ok(json!({ "stateMachineAliases": [] })));
    let runs = list("ListMapRuns", json!({ "executionArn": execution }));
    assert_eq!(runs, Ok(json!({ "mapRuns": [] })));

    let gone = machine.replace("listed", "gone");
    for (operation, request, exception) in [
        ("ListStateMachineVersions", json!({}), "ValidationException"),
        (
            "ListStateMachineAliases",
            of_machine(json!({ "maxResults": 1001 })),
            "ValidationException",
        ),
        ("ListStateMachineVersions", json!({ "stateMachineArn": execution }), "InvalidArn"),
        (
            "ListStateMachineVersions",
            json!({ "stateMachineArn": format!("{machine}/each") }),
            "ValidationException",
        ),
        ("ListStateMachineAliases", json!({ "stateMachineArn": gone }), "StateMachineDoesNotExist"),
        ("ListMapRuns", json!({ "executionArn": machine }), "InvalidArn"),
        (
            "ListMapRuns",
            json!({ "executionArn": format!("{execution}2") }),
            "ExecutionDoesNotExist",
        ),
        ("ListStateMachineVersions", of_machine(json!({ "nextToken": "x" })), "InvalidToken"),
    ] {
        assert_eq!(error_type(list(operation, request)), exception, "{operation}");
    }
    let none = list("ListStateMachineVersions", json!({ "stateMachineArn": gone }));
    assert_eq!(none, Ok(json!({ "stateMachineVersions": [] })));
}

#[test]
fn a_machine_that_runs_too_long_has_timed_out_without_an_error() {
    let (_folder, local) = start_local();
    let definition = WAIT.replace("3600", "1");
    let machine = local.client.create_machine("late", &definition);
    let execution = local.client.start_execution(&machine, "x", &json!({}));
    let described = local.client.await_end(&execution);
    assert_eq!(described["status"], "TIMED_OUT");
    assert_eq!((described.get("error"), described.get("cause")), (None, None));
    let history = local.client.execution_history(&execution);
    let last = history.last().expect("it has events");
    assert_eq!((&last["type"], &last["previousEventId"]), (&json!("ExecutionTimedOut"), &json!(0)));
    assert_eq!(last["executionTimedOutEventDetails"], json!({ "error": "States.Timeout" }));
    assert!(history.iter().all(|event| !event["type"].to_string().contains("Aborted")));
}

#[test]
fn requests_are_refused_in_the_words_of_aws() {
    let (_folder, local) = start_local();
    let machine = local.client.create_machine("words", PASS);
    let refused = |operation: &str, request: Value| {
        let answer = local.client.call_operation(operation, &request);
        answer.expect_err("it is refused")["message"].as_str().unwrap_or_default().to_owned()
    };
    let start = json!({ "stateMachineArn": machine, "input": "" });
    assert_eq!(
        refused("StartExecution", start),
        "Invalid State Machine Execution Input: 'Invalid execution input.'"
    );
    let filter = json!({ "stateMachineArn": machine, "statusFilter": "LATE" });
    assert_eq!(
        refused("ListExecutions", filter),
        "1 validation error detected: Value 'LATE' at 'statusFilter' failed to satisfy constraint: \
         Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, \
         FAILED, RUNNING]"
    );
    let elsewhere = machine.replace("000000000000", "00000000000000000000");
    assert_eq!(
        refused("DescribeStateMachine", json!({ "stateMachineArn": elsewhere })),
        format!("Invalid Arn: '{elsewhere}'")
    );
    let empty =
        json!({ "name": "n", "definition": " ", "roleArn": "arn:aws:iam::000000000000:role/r" });
    assert_eq!(
        refused("CreateStateMachine", empty),
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Definition must be a valid \
         JSON object at null'"
    );
}

#[test]
fn a_child_that_a_failing_sibling_cuts_is_aborted_with_its_manager_as_the_cause() {
    let (_folder, local) = start_local();
    let child = local.client.create_machine("child", WAIT);
    let nested = json!({"StartAt": "Nest", "States": {"Nest": {"Type": "Task", "End": true,
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": child, "Name": "cut"}}}});
    let failing = json!({"StartAt": "Rest", "States": {
        "Rest": {"Type": "Wait", "Seconds": 1, "Next": "Fall"},
        "Fall": {"Type": "Fail", "Error": "Broken"}}});
    let parent = json!({"StartAt": "Both", "States": {
        "Both": {"Type": "Parallel", "Branches": [nested, failing], "End": true}}});
    let parent = local.client.create_machine("parent", &parent.to_string());
    let execution = local.client.start_execution(&parent, "x", &json!({}));
    assert_eq!(local.client.await_end(&execution)["error"], "Broken");
    let cut = child.replace(":stateMachine:", ":execution:") + ":cut";
    let described = local.client.await_end(&cut);
    assert_eq!(described["status"], "ABORTED");
    assert_eq!(described.get("error"), None);
    let cause = format!(
        "The Task state in AWS Step Functions execution [{execution}] which was managing this \
         resource was aborted"
    );
    assert_eq!(described["cause"], cause.as_str());
}
