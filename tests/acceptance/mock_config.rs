//! `statewright local` with a mock configuration of Step Functions Local.

use serde_json::{Value, json};

use crate::program::LocalProgram;

const MACHINE: &str = r#"{"StartAt": "Call", "States": {"Call": {"Type": "Task", "End": true,
    "Resource": "arn:aws:lambda:us-east-1:000000000000:function:not-there",
    "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 1}]}}}"#;
const ASKING: &str = r#"{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "End": true,
    "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "Parameters": {"FunctionName": "not-there", "Payload": {"token.$": "$$.Task.Token"}}}}}"#;
const CONFIG: &str = r#"{
    "StateMachines": {"Order": {"TestCases": {
        "AtSecondTry": {"Call": "BusyOnce"}, "NeverAgain": {"Call": "BusyForOneCall"}}},
        "Question": {"TestCases": {"Answered": {"Ask": "Yes"}}}},
    "MockedResponses": {
        "Yes": {"0": {"Return": "yes"}},
        "BusyOnce": {"0": {"Throw": {"Error": "Busy", "Cause": "Ask again."}},
                     "1": {"Return": {"id": 7}}},
        "BusyForOneCall": {"0": {"Throw": {"Error": "Busy", "Cause": "Ask again."}}}}}"#;

fn start_local_with_mocks() -> (tempfile::TempDir, LocalProgram) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("MockConfigFile.json");
    std::fs::write(&file, CONFIG).expect("a temporary file can be written");
    let file = file.display().to_string();
    let local = LocalProgram::start(&folder.path().join("data"), &["--mock-config", &file]);
    (folder, local)
}

#[test]
fn a_start_that_names_a_test_case_has_its_answers() {
    let (_folder, local) = start_local_with_mocks();
    let machine = local.client.create_machine("Order", MACHINE);
    let request = json!({ "stateMachineArn": format!("{machine}#AtSecondTry") });
    let started = [(); 2].map(|()| local.client.call_successfully("StartExecution", &request));
    for started in started {
        let arn = started["executionArn"].as_str().expect("it has an ARN");
        let described = local.client.await_end(arn);
        assert_eq!(
            (&described["status"], &described["output"]),
            (&json!("SUCCEEDED"), &json!(r#"{"id":7}"#))
        );
        assert_eq!(described["stateMachineArn"], machine);
    }
    let used_up =
        local.client.start_execution(&format!("{machine}#NeverAgain"), "used-up", &json!({}));
    let described = local.client.await_end(&used_up);
    assert_eq!(described["error"], "States.Runtime");
    assert_eq!(described["cause"], "The mock of state 'Call' has no answer to call 2.");
}

#[test]
fn a_mock_answers_a_task_that_waits_for_its_token() {
    let (_folder, local) = start_local_with_mocks();
    let machine = local.client.create_machine("Question", ASKING);
    let execution = local.client.start_execution(&format!("{machine}#Answered"), "x", &json!({}));
    let described = local.client.await_end(&execution);
    assert_eq!(
        (&described["status"], &described["output"]),
        (&json!("SUCCEEDED"), &json!("\"yes\""))
    );
}

#[test]
fn an_unknown_test_case_is_refused() {
    let (_folder, local) = start_local_with_mocks();
    let machine = local.client.create_machine("Order", MACHINE);
    let request = json!({ "stateMachineArn": format!("{machine}#Nothing") });
    let refused =
        local.client.call_operation("StartExecution", &request).expect_err("it is refused");
    assert_eq!(refused["__type"], "InvalidName");
    assert_eq!(refused["message"], "there is no test case 'Nothing' of 'Order'");
    let list =
        local.client.call_successfully("ListExecutions", &json!({ "stateMachineArn": machine }));
    assert_eq!(list["executions"], Value::Array(Vec::new()));
}
