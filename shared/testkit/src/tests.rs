//! Tests of offline runs through the public API.

use serde_json::{Value, json};

use crate::{
    OfflineMachine, OfflineRun, OfflineRunError, OfflineStateRun, StateMocks, StateRunRequest,
    history_lines, run_machine_offline, run_state_offline,
};

fn parse_machine(definition: &Value) -> OfflineMachine {
    OfflineMachine::parse(&definition.to_string()).expect("the definition is valid")
}

fn run_definition(
    machine: &OfflineMachine,
    input: &str,
    mocks: &Value,
) -> Result<OfflineRun, OfflineRunError> {
    run_machine_offline(
        machine,
        input,
        &StateMocks::from_json(mocks).expect("the mocks are in order"),
    )
}

fn taken_transitions(machine: &OfflineMachine, run: &OfflineRun) -> Vec<String> {
    run.reached.transitions.keys().map(|at| machine.all_transitions()[*at].to_string()).collect()
}

fn task_state(rest: Value) -> Value {
    let mut task = json!({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage"});
    if let (Some(task), Value::Object(rest)) = (task.as_object_mut(), rest) {
        task.extend(rest);
    }
    task
}

#[test]
fn time_jumps_over_retries_and_waits() {
    let machine = parse_machine(&json!({"StartAt": "Send", "States": {
        "Send": task_state(json!({"Next": "Rest", "Retry": [{"ErrorEquals": ["Busy"],
            "IntervalSeconds": 3600, "BackoffRate": 2.0}]})),
        "Rest": {"Type": "Wait", "Seconds": 86400, "End": true}}}));
    let mocks = json!({"Send": [{"error": "Busy"}, {"error": "Busy"}, {"result": {"sent": true}}]});
    let run = run_definition(&machine, "{}", &mocks).expect("it ends");
    assert_eq!(
        history_lines::format_history_lines(&run.history),
        [
            "1 0 ExecutionStarted {}",
            "2 0 TaskStateEntered Send",
            "3 2 TaskScheduled sqs:sendMessage",
            "4 3 TaskStarted",
            "5 4 TaskFailed Busy",
            "6 5 TaskScheduled sqs:sendMessage @3600s",
            "7 6 TaskStarted",
            "8 7 TaskFailed Busy",
            "9 8 TaskScheduled sqs:sendMessage @10800s",
            "10 9 TaskStarted",
            r#"11 10 TaskSucceeded {"sent":true}"#,
            "12 11 TaskStateExited Send",
            "13 12 WaitStateEntered Rest",
            "14 13 WaitStateExited Rest @97200s",
            "15 14 ExecutionSucceeded",
        ]
    );
    assert_eq!(taken_transitions(&machine, &run), ["Send: Next -> Rest", "Send: Retry[0]"]);
}

#[test]
fn ways_to_one_state_are_told_apart() {
    let machine = parse_machine(&json!({"StartAt": "Pick", "States": {
        "Pick": {"Type": "Choice", "Default": "Call", "Choices": [
            {"Variable": "$.n", "NumericEquals": 1, "Next": "Call"},
            {"Variable": "$.n", "NumericEquals": 2, "Next": "Call"}]},
        "Call": task_state(json!({"Next": "Done", "Catch": [
            {"ErrorEquals": ["A"], "Next": "Done"}, {"ErrorEquals": ["B"], "Next": "Done"}]})),
        "Done": {"Type": "Succeed"}}}));
    let taken = |n: u32, answer: Value| {
        let input = json!({ "n": n }).to_string();
        let run = run_definition(&machine, &input, &json!({ "Call": answer })).expect("it ends");
        taken_transitions(&machine, &run)
    };
    assert_eq!(
        taken(2, json!({"error": "B"})),
        ["Pick: Choices[1] -> Call", "Call: Catch[1] -> Done"]
    );
    assert_eq!(
        taken(3, json!({"error": "A"})),
        ["Pick: Default -> Call", "Call: Catch[0] -> Done"]
    );
    assert_eq!(taken(1, json!({"result": 1})), ["Pick: Choices[0] -> Call", "Call: Next -> Done"]);
}

#[test]
fn ways_inside_and_out_of_a_map_are_told_apart_too() {
    let inner = json!({"StartAt": "Each", "States": {
        "Each": {"Type": "Choice", "Default": "Bad", "Choices": [
            {"Variable": "$", "NumericEquals": 1, "Next": "Good"},
            {"Variable": "$", "NumericEquals": 2, "Next": "Good"}]},
        "Good": {"Type": "Succeed"}, "Bad": {"Type": "Fail", "Error": "E"}}});
    let machine = parse_machine(&json!({"StartAt": "All", "States": {
        "All": {"Type": "Map", "ItemProcessor": inner, "Next": "Done", "Catch": [
            {"ErrorEquals": ["Other"], "Next": "Done"}, {"ErrorEquals": ["E"], "Next": "Done"}]},
        "Done": {"Type": "Succeed"}}}));
    let taken = |input: &str| {
        taken_transitions(&machine, &run_definition(&machine, input, &json!({})).expect("it ends"))
    };
    assert_eq!(taken("[2]"), ["All: Next -> Done", "Each: Choices[1] -> Good"]);
    assert_eq!(taken("[3]"), ["All: Catch[1] -> Done", "Each: Default -> Bad"]);
}

#[test]
fn a_slow_answer_times_out_while_another_branch_goes_on() {
    let branch = |name: &str, state: Value| json!({"StartAt": name, "States": {name: state}});
    let machine = parse_machine(&json!({"StartAt": "Both", "States": {"Both": {"Type": "Parallel",
        "End": true, "Branches": [
            branch("Slow", task_state(json!({"End": true, "TimeoutSeconds": 60,
                "Retry": [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1}]}))),
            branch("Quick", task_state(json!({"End": true})))]}}}));
    let mocks = json!({"Slow": [{"result": 1, "seconds": 61}, {"result": 2, "seconds": 59.5}],
        "Quick": {"result": 3, "seconds": 30}});
    let run = run_definition(&machine, "{}", &mocks).expect("it ends");
    let lines = history_lines::format_history_lines(&run.history);
    let at = |text: &str| lines.iter().find(|line| line.contains(text)).cloned();
    assert_eq!(at("@30s").as_deref(), Some("10 9 TaskSucceeded 3 @30s"));
    assert_eq!(at("TimedOut").as_deref(), Some("12 6 TaskTimedOut States.Timeout @60s"));
    assert_eq!(at("@120.5s").as_deref(), Some("15 14 TaskSucceeded 2 @120.5s"));
    assert!(lines.last().is_some_and(|line| line.ends_with("ExecutionSucceeded")), "{lines:?}");
}

#[test]
fn a_call_that_nobody_answers_names_its_state() {
    let machine = parse_machine(&json!({"StartAt": "A", "States": {
        "A": task_state(json!({"Next": "B", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]})),
        "B": {"Type": "Choice", "Default": "A", "Choices": [
            {"Variable": "$.end", "IsPresent": true, "Next": "C"}]},
        "C": {"Type": "Succeed"}}}));
    let error = |mocks: Value| {
        run_definition(&machine, "{}", &mocks).expect_err("nobody answers").to_string()
    };
    assert_eq!(error(json!({})), "state 'A' makes a call, and no mock answers for it");
    assert_eq!(
        error(json!({"A": [{"result": 1}]})),
        "state 'A' makes call number 2, and its mock has no answer for that"
    );
    assert_eq!(
        error(json!({"B": {"result": 1}})),
        "a mock names the Choice state 'B'; an execution mocks Task states only"
    );
    assert!(error(json!({"D": {"result": 1}})).contains("has no state 'D'"));
}

#[test]
fn a_task_that_waits_for_its_token_is_answered_like_any_other() {
    let machine = parse_machine(&json!({"StartAt": "Ask", "States": {
        "Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": "q", "MessageBody": {"token.$": "$$.Task.Token"}},
            "Next": "AskAgain"},
        "AskAgain": {"Type": "Task", "QueryLanguage": "JSONata", "End": true,
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Arguments": {"FunctionName": "f", "Payload": "{% $states.context.Task.Token %}"}}}}));
    let mocks =
        json!({"Ask": {"result": "yes", "seconds": 3600}, "AskAgain": {"result": "yes again"}});
    let run = run_definition(&machine, "{}", &mocks).expect("it ends");
    let lines = history_lines::format_history_lines(&run.history);
    let scheduled = "3 2 TaskScheduled sqs:sendMessage.waitForTaskToken {\"QueueUrl\":\"q\",";
    assert!(lines[2].starts_with(scheduled), "{lines:?}");
    let rest = ["4 3 TaskStarted", "5 4 TaskSubmitted", "6 5 TaskSucceeded \"yes\" @3600s"];
    assert_eq!(lines[3..6], rest);
    assert!(lines[13].ends_with("ExecutionSucceeded"), "{lines:?}");
}

#[test]
fn a_task_that_waits_fails_and_times_out_like_any_other() {
    let machine = parse_machine(&json!({"StartAt": "Run", "States": {
        "Run": {"Type": "Task", "Resource": "arn:aws:states:::batch:submitJob.sync",
            "Parameters": {"JobName": "j"}, "TimeoutSeconds": 60, "Next": "Done", "Catch": [
                {"ErrorEquals": ["States.Timeout"], "Next": "Done"},
                {"ErrorEquals": ["States.TaskFailed"], "Next": "Done"}]},
        "Done": {"Type": "Succeed"}}}));
    let taken = |answer: Value| {
        let run = run_definition(&machine, "{}", &json!({ "Run": answer })).expect("it ends");
        taken_transitions(&machine, &run)
    };
    assert_eq!(taken(json!({"result": {}, "seconds": 61})), ["Run: Catch[0] -> Done"]);
    assert_eq!(taken(json!({"error": "E", "seconds": 59})), ["Run: Catch[1] -> Done"]);
    assert_eq!(taken(json!({"result": {}, "seconds": 59})), ["Run: Next -> Done"]);
}

#[test]
fn an_endless_loop_ends_with_its_history() {
    let machine = parse_machine(&json!({"StartAt": "A", "States": {
        "A": {"Type": "Wait", "Seconds": 1, "Next": "B"},
        "B": {"Type": "Choice", "Default": "A", "Choices": [
            {"Variable": "$.end", "IsPresent": true, "Next": "C"}]},
        "C": {"Type": "Succeed"}}}));
    let run = run_definition(&machine, "{}", &json!({}));
    assert!(run.is_ok_and(|run| run.history.len() == 25_000));
}

#[test]
fn a_state_is_tested_alone() {
    let machine = parse_machine(&json!({"StartAt": "Call", "States": {
        "Call": task_state(json!({"Parameters": {"who.$": "$$.State.Name"}, "Next": "Done", "Catch": [
            {"ErrorEquals": ["A"], "Next": "Done"}, {"ErrorEquals": ["B"], "Next": "Done"}]})),
        "Done": {"Type": "Succeed"}}}));
    let tested = |mocks: Value| -> Result<OfflineStateRun, OfflineRunError> {
        let state = &model::StateName::new("Call");
        let request =
            StateRunRequest { state, input: "{}", context: None, variables: None, retries: 0 };
        run_state_offline(&machine, request, &StateMocks::from_json(&mocks).expect("in order"))
    };
    let caught = tested(json!({"Call": {"error": "B"}})).expect("it is in order");
    assert_eq!(
        (caught.status, caught.next.map(|next| next.to_string())),
        ("CAUGHT_ERROR", Some("Done".to_owned()))
    );
    let transition = caught
        .reached
        .transitions
        .keys()
        .next()
        .map(|at| machine.all_transitions()[*at].to_string());
    assert_eq!(transition.as_deref(), Some("Call: Catch[1] -> Done"));
    let error = tested(json!({})).err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some("state 'Call' makes a call, and no mock answers for it"));
}
