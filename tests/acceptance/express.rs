//! Executions of Express state machines.

use serde_json::{Value, json};

use crate::{client::StepFunctionsClient, program::LocalProgram};

fn start_local() -> (tempfile::TempDir, LocalProgram) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = LocalProgram::start(folder.path(), &[]);
    (folder, local)
}

fn create_express(client: &StepFunctionsClient, name: &str, definition: &Value) -> String {
    let request = json!({
        "name": name,
        "type": "EXPRESS",
        "definition": definition.to_string(),
        "roleArn": "arn:aws:iam::000000000000:role/tests",
    });
    let created = client.call_successfully("CreateStateMachine", &request);
    created["stateMachineArn"].as_str().expect("an ARN").to_owned()
}

fn run_sync(client: &StepFunctionsClient, machine: &str, input: &Value) -> Value {
    let request = json!({ "stateMachineArn": machine, "input": input.to_string() });
    client.call_successfully("StartSyncExecution", &request)
}

fn refused(answer: Result<Value, Value>) -> (String, String) {
    let error = answer.expect_err("the call is refused");
    let text = |member: &str| error[member].as_str().unwrap_or_default().to_owned();
    (text("__type"), text("message"))
}

fn pass() -> Value {
    json!({ "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } })
}

/// A Map whose iterations each run a Parallel, three at a time.
fn forks() -> Value {
    let branch = |name: &str, state: Value| json!({ "StartAt": name, "States": { name: state } });
    let wait = branch("W", json!({ "Type": "Wait", "Seconds": 0, "End": true }));
    let own_id = json!({ "id.$": "$$.Execution.Id", "item.$": "$" });
    let name = branch("N", json!({ "Type": "Pass", "Parameters": own_id, "End": true }));
    let both = json!({ "Type": "Parallel", "Branches": [wait, name], "End": true });
    let each = json!({ "Type": "Map", "MaxConcurrency": 3, "End": true,
        "ItemProcessor": branch("Both", both) });
    branch("Each", each)
}

#[test]
fn a_sync_execution_is_answered_with_its_result() {
    let (_folder, local) = start_local();
    let machine = create_express(&local.client, "forks", &forks());
    let items: Vec<u32> = (0..100).collect();
    let answer = run_sync(&local.client, &machine, &json!(items));
    assert_eq!(answer["status"], "SUCCEEDED", "{answer}");
    let arn = answer["executionArn"].as_str().expect("an ARN");
    let name = answer["name"].as_str().expect("a name");
    let prefix = format!("arn:aws:states:us-east-1:000000000000:express:forks:{name}:");
    assert!(arn.starts_with(&prefix), "{arn}");
    let output: Value =
        serde_json::from_str(answer["output"].as_str().expect("text")).expect("JSON");
    let expected: Vec<Value> =
        items.iter().map(|item| json!([item, { "id": arn, "item": item }])).collect();
    assert_eq!(output, json!(expected));
    assert_eq!(answer["stateMachineArn"], json!(machine));
    assert_eq!(answer["billingDetails"]["billedMemoryUsedInMB"], 64);
    let billed = answer["billingDetails"]["billedDurationInMilliseconds"].as_u64();
    assert!(billed.is_some_and(|billed| billed > 0 && billed.is_multiple_of(100)), "{answer}");
}

#[test]
fn a_sync_execution_that_fails_is_answered_all_the_same() {
    let (_folder, local) = start_local();
    let mut machine = json!({ "StartAt": "Each", "States": { "Each": { "Type": "Map", "End": true,
        "ItemProcessor": { "StartAt": "One", "States": {
            "One": { "Type": "Choice", "Default": "Long",
                "Choices": [{ "Variable": "$", "NumericEquals": 1, "Next": "Bad" }] },
            "Bad": { "Type": "Fail", "Error": "Bad", "Cause": "one" },
            "Long": { "Type": "Wait", "Seconds": 3000, "End": true },
        } } } } });
    let fails = create_express(&local.client, "fails", &machine);
    let answer = run_sync(&local.client, &fails, &json!([0, 1, 2]));
    assert_eq!((&answer["status"], &answer["error"]), (&json!("FAILED"), &json!("Bad")));
    assert_eq!((&answer["cause"], answer.get("output")), (&json!("one"), None));
    machine["States"]["Each"]["Catch"] = json!([{ "ErrorEquals": ["Bad"], "Next": "Caught" }]);
    machine["States"]["Caught"] = json!({ "Type": "Succeed" });
    let catches = create_express(&local.client, "catches", &machine);
    let answer = run_sync(&local.client, &catches, &json!([0, 1, 2]));
    assert_eq!(answer["output"], json!(r#"{"Error":"Bad","Cause":"one"}"#));
}

#[test]
fn a_loop_without_a_pause_ends_at_its_timeout_and_keeps_nobody_waiting() {
    let (_folder, local) = start_local();
    let never = json!([{ "Variable": "$.x", "IsPresent": true, "Next": "C" }]);
    let endless = json!({ "StartAt": "A", "TimeoutSeconds": 2, "States": {
        "A": { "Type": "Pass", "Next": "B" },
        "B": { "Type": "Choice", "Default": "A", "Choices": never },
        "C": { "Type": "Succeed" },
    } });
    let machine = create_express(&local.client, "endless", &endless);
    let quick = create_express(&local.client, "quick", &pass());
    let client = local.client.clone();
    let looping = std::thread::spawn(move || run_sync(&client, &machine, &json!({})));
    for _ in 0..20 {
        assert_eq!(run_sync(&local.client, &quick, &json!(1))["output"], "1");
    }
    let answer = looping.join().expect("an answer");
    assert_eq!(
        (&answer["status"], &answer["error"]),
        (&json!("TIMED_OUT"), &json!("States.Timeout"))
    );
}

#[test]
fn each_start_of_an_express_machine_is_another_execution() {
    let (_folder, local) = start_local();
    let machine = create_express(&local.client, "same", &pass());
    let start = || local.client.start_execution(&machine, "name", &json!({}));
    let (first, second) = (start(), start());
    assert_ne!(first, second);
    let stored = json!({ "executionArn": first });
    for operation in ["DescribeExecution", "StopExecution", "GetExecutionHistory"] {
        let (exception, message) = refused(local.client.call_operation(operation, &stored));
        assert_eq!(exception, "InvalidArn", "{operation}");
        assert_eq!(message, "Invalid Arn: 'Resource type not valid in this context: express'");
    }
    let list = json!({ "stateMachineArn": machine });
    let (exception, message) = refused(local.client.call_operation("ListExecutions", &list));
    assert_eq!(exception, "StateMachineTypeNotSupported");
    assert_eq!(message, "This operation is not supported by this type of state machine");
}

#[test]
fn a_standard_machine_has_no_sync_executions() {
    let (_folder, local) = start_local();
    let machine = local.client.create_machine("standard", &pass().to_string());
    let request = json!({ "stateMachineArn": machine });
    let (exception, message) = refused(local.client.call_operation("StartSyncExecution", &request));
    assert_eq!(exception, "StateMachineTypeNotSupported");
    assert_eq!(message, "This operation is not supported by this type of state machine");
}

#[test]
fn data_that_is_not_asked_for_is_left_out() {
    let (_folder, local) = start_local();
    let machine = create_express(&local.client, "metadata", &pass());
    let request =
        json!({ "stateMachineArn": machine, "input": "{}", "includedData": "METADATA_ONLY" });
    let answer = local.client.call_successfully("StartSyncExecution", &request);
    assert_eq!((answer.get("input"), answer.get("output")), (None, None));
    assert_eq!(answer["outputDetails"], json!({ "included": false }));
}
