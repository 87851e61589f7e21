//! What one client lets `local` compute takes neither the process nor another client's turn.

use std::{path::Path, thread};

use serde_json::{Value, json};

use crate::{client::StepFunctionsClient, program::LocalProgram};

/// How much memory the process may have, in kibibytes.
const MEMORY: u32 = 1_048_576;
/// How many executions of slow states there are: more than are computed at once.
const SLOW: usize = 10;

fn one_state_machine(language: &str, state: &Value) -> String {
    json!({"StartAt": "S", "QueryLanguage": language, "States": {"S": state}}).to_string()
}

/// A Pass whose expressions go on until they are cut off.
fn slow_pass() -> Value {
    let endless = "{% ($f := function($n) { $f($n + 1) }; $f(0)) %}";
    json!({"Type": "Pass", "Output": vec![endless; 30], "End": true})
}

/// Starts slow executions, and returns their ARNs.
fn start_slow_executions(client: &StepFunctionsClient) -> Vec<String> {
    let machine = client.create_machine("slow", &one_state_machine("JSONata", &slow_pass()));
    let names = (0..SLOW).map(|n| format!("slow-{n}"));
    names.map(|name| client.start_execution(&machine, &name, &json!({}))).collect()
}

fn count_running(client: &StepFunctionsClient, executions: &[String]) -> usize {
    let describe = |arn: &&String| {
        let described =
            client.call_successfully("DescribeExecution", &json!({ "executionArn": arn }));
        described["status"] == "RUNNING"
    };
    executions.iter().filter(describe).count()
}

/// Runs an execution within limited memory and returns its end.
fn end_within_memory(data: &Path, definition: &str, input: &Value) -> Value {
    let program = LocalProgram::start_within(MEMORY, data, &[]);
    let machine = program.client.create_machine("greedy", definition);
    let execution = program.client.start_execution(&machine, "greedy", input);
    let ended = program.client.await_end(&execution);
    assert!(program.terminate(), "the process lives on, and what it has written can be read");
    ended
}

#[test]
fn a_small_definition_that_multiplies_its_input_fails_and_takes_no_process_with_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let arguments = |inner: &str| [inner; 12].join(",");
    let call =
        (0..3).fold("$".to_owned(), |inner, _| format!("States.Array({})", arguments(&inner)));
    let state = json!({"Type": "Pass", "Parameters": {"a.$": call}, "End": true});
    let definition = one_state_machine("JSONPath", &state);
    assert!(definition.len() < 9_000, "{}", definition.len());
    let ended = end_within_memory(folder.path(), &definition, &json!("x".repeat(200_000)));
    assert_eq!(
        (&ended["status"], &ended["error"]),
        (&json!("FAILED"), &json!("States.DataLimitExceeded"))
    );
}

#[test]
fn expressions_that_multiply_their_input_fail_and_take_no_process_with_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let state = json!({"Type": "Pass", "Output": vec!["{% $states.input %}"; 2_000], "End": true});
    let definition = one_state_machine("JSONata", &state);
    let ended = end_within_memory(folder.path(), &definition, &json!(vec![1; 100_000]));
    assert_eq!(
        (&ended["status"], &ended["error"]),
        (&json!("FAILED"), &json!("States.QueryEvaluationError"))
    );
}

#[test]
fn results_that_are_too_large_together_fail_and_take_no_process_with_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let each = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true,
        "Parameters": {"text.$": "$$.Execution.Input.text"}}}});
    let state = json!({"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": each, "End": true,
        "ItemSelector": {"index.$": "$$.Map.Item.Index"}});
    let definition = one_state_machine("JSONPath", &state);
    let input = json!({"items": vec![1; 100], "text": "x".repeat(200_000)});
    let ended = end_within_memory(folder.path(), &definition, &input);
    assert_eq!(
        (&ended["status"], &ended["error"]),
        (&json!("FAILED"), &json!("States.DataLimitExceeded"))
    );
}

#[test]
fn a_loop_that_nests_its_data_ends_and_its_data_can_be_read_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let definition = json!({"StartAt": "S", "States": {
        "S": {"Type": "Pass", "Parameters": {"p.$": "$"}, "Next": "Again"},
        "Again": {"Type": "Choice", "Default": "S",
            "Choices": [{"Variable": "$.no", "IsPresent": true, "Next": "End"}]},
        "End": {"Type": "Succeed"}}});
    let ended = end_within_memory(folder.path(), &definition.to_string(), &json!({}));
    assert_eq!(
        (&ended["status"], &ended["error"]),
        (&json!("FAILED"), &json!("States.DataLimitExceeded"))
    );
    let again = LocalProgram::start(folder.path(), &[]);
    let execution = ended["executionArn"].as_str().expect("it has an ARN");
    assert!(again.client.execution_history(execution).len() > 100);
}

#[test]
fn slow_states_keep_no_other_execution_waiting() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = LocalProgram::start(folder.path(), &[]);
    let client = &program.client;
    let pass = json!({"Type": "Pass", "Output": "{% $states.input.a + 1 %}", "End": true});
    let quick = client.create_machine("quick", &one_state_machine("JSONata", &pass));
    let slow = start_slow_executions(client);
    let execution = client.start_execution(&quick, "quick", &json!({"a": 1}));
    assert_eq!(client.await_end(&execution)["output"], "2");
    assert_ne!(count_running(client, &slow), 0, "the slow ones are still computed");
}

#[test]
fn slow_tests_of_states_keep_no_other_request_waiting() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = LocalProgram::start(folder.path(), &[]);
    let mut slow_pass = slow_pass();
    slow_pass["QueryLanguage"] = json!("JSONata");
    let request = json!({"definition": slow_pass.to_string(), "input": "{}"});
    let tests: Vec<_> = (0..SLOW)
        .map(|_| {
            let (client, request) = (program.client.clone(), request.clone());
            thread::spawn(move || client.call_successfully("TestState", &request))
        })
        .collect();
    let pass = json!({"Type": "Pass", "Result": 1, "End": true});
    let machine = program.client.create_machine("quick", &one_state_machine("JSONPath", &pass));
    let execution = program.client.start_execution(&machine, "quick", &json!({}));
    assert_eq!(program.client.await_end(&execution)["output"], "1");
    assert!(tests.iter().any(|test| !test.is_finished()), "some tests are still computed");
    for test in tests {
        let tested = test.join().expect("the test is answered");
        assert_eq!(tested["status"], "FAILED", "{tested}");
    }
}

#[test]
fn a_process_that_computes_slow_states_ends_when_it_is_told_to() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = LocalProgram::start(folder.path(), &[]);
    let slow = start_slow_executions(&program.client);
    assert!(program.terminate(), "it ends in order");
    let again = LocalProgram::start(folder.path(), &[]);
    let running = count_running(&again.client, &slow);
    assert_ne!(running, 0, "it has not waited for the slow ones, which go on");
}
