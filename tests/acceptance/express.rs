//! Executions of Express state machines.

use serde_json::{Value, json};

use crate::{
    client::StepFunctionsClient,
    logs::{create_logged, logged_lines, logging},
    program::LocalProgram,
};

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

#[test]
fn an_execution_is_logged_in_the_shape_of_vended_logs() {
    let (folder, local) = start_local();
    let machine =
        create_logged(&local.client, ("logged", "EXPRESS"), &pass(), &logging("ALL", true));
    let arn = run_sync(&local.client, &machine, &json!({ "a": 1 }))["executionArn"].clone();
    let mut lines = logged_lines(folder.path());
    for line in &mut lines {
        let at = line["event_timestamp"].take();
        assert!(at.as_str().is_some_and(|at| at.parse::<u64>().is_ok()), "{at}");
    }
    let line = |id: &str, event_type: &str, previous: &str, details: Value| {
        json!({ "id": id, "type": event_type, "details": details, "previous_event_id": previous,
            "event_timestamp": null, "execution_arn": arn, "redrive_count": "0" })
    };
    let with = |data: &str, mut other: Value| {
        other[data] = json!(r#"{"a":1}"#);
        other[format!("{data}Details")] = json!({ "truncated": false });
        other
    };
    let role = "arn:aws:iam::000000000000:role/tests";
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

#[test]
fn each_level_logs_its_events_and_data_only_where_it_is_included() {
    let (folder, local) = start_local();
    let fails = json!({ "StartAt": "F", "States": {
        "F": { "Type": "Fail", "Error": "Bad", "Cause": "for a reason" } } });
    for (level, logged) in [
        ("OFF", vec![]),
        ("FATAL", vec![("3", json!({ "error": "Bad", "cause": "for a reason" }))]),
        (
            "ERROR",
            vec![
                ("2", json!({ "name": "F" })),
                ("3", json!({ "error": "Bad", "cause": "for a reason" })),
            ],
        ),
    ] {
        let before = logged_lines(folder.path()).len();
        let machine =
            create_logged(&local.client, (level, "EXPRESS"), &fails, &logging(level, false));
        run_sync(&local.client, &machine, &json!({}));
        let lines = logged_lines(folder.path()).split_off(before);
        let shown: Vec<(&str, Value)> = lines
            .iter()
            .map(|line| (line["id"].as_str().expect("text"), line["details"].clone()))
            .collect();
        assert_eq!(shown, logged, "{level}");
    }
}

#[test]
fn events_are_numbered_as_in_the_history_of_a_standard_execution() {
    let (folder, local) = start_local();
    let inner = |name: &str| {
        json!({ "StartAt": name, "States": {
        name: { "Type": "Pass", "End": true } } })
    };
    let retry = json!([{ "ErrorEquals": ["Bad"], "IntervalSeconds": 1, "MaxAttempts": 1 }]);
    let caught = json!([{ "ErrorEquals": ["States.ALL"], "Next": "End" }]);
    let definition = json!({ "StartAt": "Each", "States": {
        "Each": { "Type": "Map", "MaxConcurrency": 1, "Next": "Branch",
            "ItemProcessor": inner("One") },
        "Branch": { "Type": "Parallel", "Branches": [inner("Two")], "Next": "Fails" },
        "Fails": { "Type": "Map", "Next": "End", "Retry": retry, "Catch": caught,
            "ItemsPath": "$[0]", "MaxConcurrency": 1,
            "ItemProcessor": { "StartAt": "F", "States": {
                "F": { "Type": "Fail", "Error": "Bad" } } } },
        "End": { "Type": "Succeed" },
    } });
    let express =
        create_logged(&local.client, ("express", "EXPRESS"), &definition, &logging("ALL", true));
    run_sync(&local.client, &express, &json!([1, 2]));
    let lines = logged_lines(folder.path());
    let logged: Vec<_> = lines
        .iter()
        .map(|line| ["id", "previous_event_id", "type"].map(|field| line[field].as_str()))
        .map(|fields| fields.map(|field| field.unwrap_or_default().to_owned()))
        .collect();
    let standard = local.client.create_machine("standard", &definition.to_string());
    let execution = local.client.start_execution(&standard, "x", &json!([1, 2]));
    local.client.await_end(&execution);
    let history: Vec<_> = local
        .client
        .execution_history(&execution)
        .iter()
        .map(|event| {
            let event_type = event["type"].as_str().unwrap_or_default().to_owned();
            [event["id"].to_string(), event["previousEventId"].to_string(), event_type]
        })
        .collect();
    assert_eq!(logged, history);
}

#[test]
fn an_asynchronous_start_runs_and_so_does_that_of_a_task() {
    let (folder, local) = start_local();
    let machine =
        create_logged(&local.client, ("async", "EXPRESS"), &pass(), &logging("ALL", false));
    let execution = local.client.start_execution(&machine, "x", &json!({}));
    let parent = json!({ "StartAt": "S", "States": { "S": { "Type": "Task", "End": true,
        "Resource": "arn:aws:states:::states:startExecution",
        "Parameters": { "StateMachineArn": machine, "Input": {} } } } });
    let standard = local.client.create_machine("standard", &parent.to_string());
    let by_standard = local.client.start_execution(&standard, "p", &json!({}));
    let output = local.client.await_end(&by_standard)["output"].clone();
    let output: Value = serde_json::from_str(output.as_str().expect("text")).expect("JSON");
    let express = create_express(&local.client, "express", &parent);
    let by_express = run_sync(&local.client, &express, &json!({}))["output"].clone();
    let by_express: Value = serde_json::from_str(by_express.as_str().expect("text")).expect("JSON");
    let started =
        [json!(execution), output["ExecutionArn"].clone(), by_express["ExecutionArn"].clone()];
    let has_ended = |arn: &Value| {
        let mut lines = logged_lines(folder.path()).into_iter();
        lines.any(|line| line["type"] == "ExecutionSucceeded" && line["execution_arn"] == *arn)
    };
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while !started.iter().all(has_ended) {
        assert!(std::time::Instant::now() < deadline, "{started:?} have not ended");
        std::thread::yield_now();
    }
}

#[test]
fn what_an_express_machine_does_not_support_is_refused() {
    let (_folder, local) = start_local();
    let waits = json!({ "StartAt": "S", "States": { "S": { "Type": "Task", "End": true,
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": { "StateMachineArn": "arn" } } } });
    let what = "SCHEMA_VALIDATION_FAILED: Express state machine does not support '.sync' service \
                integration at /States/S/Resource";
    let message = format!("Invalid State Machine Definition: '{what}'");
    let create = json!({ "name": "waits", "type": "EXPRESS", "definition": waits.to_string(),
        "roleArn": "arn:aws:iam::000000000000:role/tests" });
    let refusal = refused(local.client.call_operation("CreateStateMachine", &create));
    assert_eq!(refusal, ("InvalidDefinition".to_owned(), message.clone()));
    let machine = create_express(&local.client, "waits", &pass());
    let update = json!({ "stateMachineArn": machine, "definition": waits.to_string() });
    let refusal = refused(local.client.call_operation("UpdateStateMachine", &update));
    assert_eq!(refusal, ("InvalidDefinition".to_owned(), message));
    for (machine_type, result) in [("EXPRESS", "FAIL"), ("STANDARD", "OK")] {
        let validate = json!({ "definition": waits.to_string(), "type": machine_type });
        let validated = local.client.call_successfully("ValidateStateMachineDefinition", &validate);
        assert_eq!(validated["result"], result, "{validated}");
    }
}

#[test]
fn an_execution_is_kept_where_its_machine_says_so() {
    let (folder, local) = start_local();
    let machine = create_express(&local.client, "forks", &forks());
    let standard = local.client.create_machine("standard", &forks().to_string());
    let input = json!([1, 2, 3]);
    let asked = |arn: &Value| json!({ "executionArn": arn });
    let forgotten = run_sync(&local.client, &machine, &input)["executionArn"].clone();
    let list = json!({ "stateMachineArn": machine });
    let (refusal, _) = refused(local.client.call_operation("ListExecutions", &list));
    assert_eq!(refusal, "StateMachineTypeNotSupported");

    let tag = json!([{ "key": "statewright:history", "value": "kept" }]);
    let tagging = json!({ "resourceArn": machine, "tags": tag });
    local.client.call_successfully("TagResource", &tagging);
    let kept = run_sync(&local.client, &machine, &input);
    let named = json!({ "stateMachineArn": machine, "name": "n", "input": input.to_string() });
    let started = local.client.call_successfully("StartExecution", &named)["executionArn"].clone();
    let described = loop {
        if let Ok(described) = local.client.call_operation("DescribeExecution", &asked(&started)) {
            break described;
        }
    };
    assert_eq!((&described["status"], &described["name"]), (&json!("SUCCEEDED"), &json!("n")));
    assert_eq!(described["redriveStatus"], "NOT_REDRIVABLE");

    local.kill();
    let local = LocalProgram::start(folder.path(), &[]);
    let described =
        local.client.call_successfully("DescribeExecution", &asked(&kept["executionArn"]));
    for member in
        ["executionArn", "stateMachineArn", "name", "status", "input", "output", "startDate"]
    {
        assert_eq!(described[member], kept[member], "{member}");
    }
    let listed = local.client.call_successfully("ListExecutions", &list);
    let listed: Vec<&Value> = listed["executions"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|execution| &execution["executionArn"])
        .collect();
    assert_eq!(listed, [&started, &kept["executionArn"]]);
    let of_forgotten = asked(&forgotten);
    for operation in ["DescribeExecution", "GetExecutionHistory"] {
        let (refusal, _) = refused(local.client.call_operation(operation, &of_forgotten));
        assert_eq!(refusal, "InvalidArn", "{operation}");
    }
    for operation in ["StopExecution", "RedriveExecution"] {
        let (refusal, _) = refused(local.client.call_operation(operation, &asked(&started)));
        assert_eq!(refusal, "InvalidArn", "{operation}");
    }

    let beside = local.client.start_execution(&standard, "beside", &input);
    local.client.await_end(&beside);
    let expected = shape_of_history(&local.client, &json!(beside));
    assert_eq!(shape_of_history(&local.client, &started), expected);
    assert_eq!(shape_of_history(&local.client, &kept["executionArn"]), expected);
}

/// The types of the events of a history in some order, each with that of the event before it.
fn shape_of_history(client: &StepFunctionsClient, execution: &Value) -> Vec<(String, String)> {
    let events = client.execution_history(execution.as_str().expect("an ARN"));
    let type_of = |id: &Value| {
        let event = events.iter().find(|event| event["id"] == *id);
        event.map_or("none", |event| event["type"].as_str().expect("a type")).to_owned()
    };
    let ids: Vec<u64> = events.iter().filter_map(|event| event["id"].as_u64()).collect();
    assert!(ids.iter().copied().eq(1..=ids.len() as u64), "{ids:?}");
    let mut shape: Vec<_> = events
        .iter()
        .map(|event| (type_of(&event["id"]), type_of(&event["previousEventId"])))
        .collect();
    shape.sort();
    shape
}

#[test]
fn a_start_may_ask_for_the_other_type() {
    let (_folder, local) = start_local();
    let express = create_express(&local.client, "express", &pass());
    let standard = local.client.create_machine("standard", &pass().to_string());
    let waits = json!({ "StartAt": "W", "States": { "W": { "Type": "Task", "End": true,
        "Resource": "arn:aws:states:us-east-1:000000000000:activity:work" } } });
    let waits = local.client.create_machine("waits", &waits.to_string());
    let start = |operation: &str, asked: &str, machine: &str| {
        let header = format!("x-statewright-execution-type: {asked}\r\n");
        let request = json!({ "stateMachineArn": machine, "input": "1" });
        let answer = local.client.try_operation_with(&header, operation, &request);
        answer.expect("the endpoint answers")
    };
    let started = start("StartExecution", "STANDARD", &express).expect("it has Standard ones");
    let arn = started["executionArn"].as_str().expect("an ARN");
    assert!(arn.contains(":execution:express:"), "{arn}");
    assert_eq!(local.client.await_end(arn)["output"], "1");
    assert_eq!(local.client.execution_history(arn).len(), 4);

    let ended = start("StartSyncExecution", "EXPRESS", &standard).expect("it has Express ones");
    let arn = ended["executionArn"].as_str().expect("an ARN");
    assert!(arn.contains(":express:standard:"), "{arn}");
    assert_eq!((&ended["status"], &ended["output"]), (&json!("SUCCEEDED"), &json!("1")));
    let started = start("StartExecution", "EXPRESS", &standard).expect("it has Express ones");
    let arn = started["executionArn"].as_str().expect("an ARN");
    assert!(arn.contains(":express:standard:"), "{arn}");

    let (name, message) = refused(start("StartExecution", "EXPRESS", &waits));
    assert_eq!(name, "ValidationException");
    assert!(message.contains("does not support Activity ARN at /States/W/Resource"), "{message}");
    let (name, _) = refused(start("StartSyncExecution", "STANDARD", &express));
    assert_eq!(name, "StateMachineTypeNotSupported");
    let (name, message) = refused(start("StartExecution", "FAST", &express));
    assert_eq!(name, "ValidationException");
    assert!(message.contains("x-statewright-execution-type"), "{message}");
}
