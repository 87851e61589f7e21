//! Tests of the query languages in complete test runs.

use crate::test_driver::{DrivenRun, call_fails, call_returns, run_to_end};

/// Returns a JSONata definition whose first state, `S`, is the given one, with a state `Next`.
fn jsonata_machine(state: &str) -> String {
    format!(
        r#"{{"QueryLanguage": "JSONata", "StartAt": "S", "States": {{"S": {{{state}}},
            "Next": {{"Type": "Pass", "End": true}}}}}}"#
    )
}

fn pass_machine(rest: &str) -> String {
    jsonata_machine(&format!(r#""Type": "Pass", "Next": "Next", {rest}"#))
}

fn task_machine(rest: &str) -> String {
    jsonata_machine(&format!(
        r#""Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "Next", {rest}"#
    ))
}

fn failure_cause(run: &DrivenRun) -> &str {
    let (error, cause) = run.error_and_cause();
    assert_eq!(error, "States.QueryEvaluationError");
    let prefix = "An error occurred while executing the state 'S' (entered at the event id #2). ";
    cause.strip_prefix(prefix).expect("the state is named")
}

#[test]
fn an_output_is_made_of_literals_and_expressions_in_their_order() {
    let machine = pass_machine(r#""Output": {"z": 1, "a": ["{% $states.input.x + 1 %}", "{% x"]}"#);
    // The second element of the array is refused at creation.
    assert!(asl::parse_definition(&machine).is_err());
    let machine =
        pass_machine(r#""Output": {"z": 1, "a": ["{% $states.input.x + 1 %}", " {% x %}"]}"#);
    assert_eq!(
        run_to_end(&machine, r#"{"x": 2}"#, &[]).output_json(),
        r#"{"z":1,"a":[3," {% x %}"]}"#
    );
}

#[test]
fn a_task_has_arguments_and_its_output_sees_input_and_result() {
    let machine = task_machine(
        r#""Arguments": {"FunctionName": "f", "Payload": "{% $states.input.x %}"},
           "Output": {"was": "{% $states.input.x %}", "is": "{% $states.result.y %}"}"#,
    );
    let run = run_to_end(&machine, r#"{"x": 1}"#, &[call_returns(r#"{"y": 2}"#)]);
    assert_eq!(run.output_json(), r#"{"was":1,"is":2}"#);
}

#[test]
fn a_result_is_the_output_of_a_task_that_makes_none() {
    let run = run_to_end(
        &task_machine(r#""Arguments": {"FunctionName": "f"}"#),
        "{}",
        &[call_returns("[1]")],
    );
    assert_eq!(run.output_json(), "[1]");
}

#[test]
fn a_catcher_makes_its_output_of_the_error_and_the_input() {
    let machine = task_machine(
        r#""Arguments": {"FunctionName": "f"}, "Catch": [{"ErrorEquals": ["Broken"],
           "Next": "Next", "Output": {"e": "{% $states.errorOutput.Error %}",
           "i": "{% $states.input %}"}}]"#,
    );
    assert_eq!(
        run_to_end(&machine, "7", &[call_fails("Broken")]).output_json(),
        r#"{"e":"Broken","i":7}"#
    );
}

#[test]
fn an_expression_without_a_value_fails_beside_the_entered_event() {
    let run =
        run_to_end(&pass_machine(r#""Output": {"a": "{% $states.input.nope %}"}"#), "{}", &[]);
    assert_eq!(
        failure_cause(&run),
        "The JSONata expression '$states.input.nope' specified for the field 'Output/a' returned \
         nothing (undefined)."
    );
    let types = ["ExecutionStarted", "PassStateEntered", "EvaluationFailed", "ExecutionFailed"];
    assert_eq!(run.event_types(), types);
}

#[test]
fn a_failed_evaluation_can_be_caught() {
    let machine = task_machine(
        r#""Arguments": "{% $nope %}", "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"],
           "Next": "Next", "Output": "caught"}]"#,
    );
    let run = run_to_end(&machine, "{}", &[]);
    assert_eq!(run.output_json(), "\"caught\"");
    assert_eq!(run.event_types()[2..4], ["EvaluationFailed", "TaskStateExited"]);
}

#[test]
fn the_first_rule_that_holds_decides_and_only_its_own_output_applies() {
    let machine = jsonata_machine(
        r#""Type": "Choice", "Default": "Next", "Output": "default", "Choices": [
            {"Condition": false, "Next": "Next", "Output": "never"},
            {"Condition": "{% $states.input.x > 1 %}", "Next": "Next", "Output": "big"}]"#,
    );
    assert_eq!(run_to_end(&machine, r#"{"x": 2}"#, &[]).output_json(), "\"big\"");
    assert_eq!(run_to_end(&machine, r#"{"x": 1}"#, &[]).output_json(), "\"default\"");
    let run = run_to_end(&machine.replace("$states.input.x > 1", "1"), "{}", &[]);
    assert_eq!(
        failure_cause(&run),
        "The JSONata expression '1' specified for the field 'Choices[1]/Condition' returned an \
         unexpected result type. Expected 'boolean', but was 'number' for value: 1"
    );
}

#[test]
fn a_map_takes_its_items_from_an_expression_and_selects_of_each() {
    let machine = jsonata_machine(
        r#""Type": "Map", "Next": "Next", "Items": "{% $states.input.xs %}",
           "ItemSelector": {"v": "{% $states.context.Map.Item.Value * 2 %}",
                            "k": "{% $states.input.k %}"},
           "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}"#,
    );
    let input = r#"{"xs": [1, 2], "k": true}"#;
    assert_eq!(
        run_to_end(&machine, input, &[]).output_json(),
        r#"[{"v":2,"k":true},{"v":4,"k":true}]"#
    );
    let failed = run_to_end(&machine, r#"{"xs": 5}"#, &[]);
    assert!(failure_cause(&failed).ends_with("Expected 'array', but was 'number' for value: 5"));
    let types = ["MapStateEntered", "EvaluationFailed", "MapStateFailed", "ExecutionFailed"];
    assert_eq!(failed.event_types()[1..], types);
}

#[test]
fn a_fail_names_its_error_by_expressions() {
    let machine = r#"{"QueryLanguage": "JSONata", "StartAt": "F", "States": {"F": {"Type": "Fail",
        "Error": "{% 'E' & $states.input %}", "Cause": "as it is"}}}"#;
    assert_eq!(run_to_end(machine, "1", &[]).error_and_cause(), ("E1", "as it is"));
}

#[test]
fn a_wait_takes_whole_seconds_within_bounds() {
    let waiting = |seconds: &str| {
        run_to_end(
            &jsonata_machine(&format!(
                r#""Type": "Wait", "Next": "Next", "Seconds": "{{% {seconds} %}}""#
            )),
            "{}",
            &[],
        )
    };
    assert_eq!(waiting("1 + 1").output_json(), "{}");
    assert_eq!(
        failure_cause(&waiting("1.5")),
        "The Seconds field cannot be parsed as an integer: 1.5"
    );
}

#[test]
fn an_assigned_variable_is_seen_from_the_next_state_on_in_both_languages() {
    let machine = r#"{"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Assign": {"x.$": "$.n", "y": {"z": [1]}}, "Next": "B"},
        "B": {"Type": "Pass", "QueryLanguage": "JSONata", "Next": "C",
              "Output": "{% $x %}", "Assign": {"x": "{% $x + 1 %}"}},
        "C": {"Type": "Pass", "Parameters": {"x.$": "$x", "z.$": "$y.z[0]", "b.$": "$"},
              "End": true}}}"#;
    let run = run_to_end(machine, r#"{"n": 5}"#, &[]);
    assert_eq!(run.output_json(), r#"{"b":5,"x":6,"z":1}"#);
}

#[test]
fn what_a_branch_assigns_is_gone_at_its_end() {
    let machine = r#"{"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Assign": {"outer": 1}, "Next": "P"},
        "P": {"Type": "Parallel", "Next": "B", "Branches": [{"StartAt": "I", "States": {
            "I": {"Type": "Pass", "Assign": {"inner.$": "$outer"}, "Next": "J"},
            "J": {"Type": "Pass", "Parameters": {"sees.$": "$inner"}, "End": true}}}]},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$inner", "IsPresent": true,
              "Next": "Leaked"}], "Default": "Done"},
        "Leaked": {"Type": "Fail"}, "Done": {"Type": "Succeed"}}}"#;
    assert_eq!(run_to_end(machine, "{}", &[]).output_json(), r#"[{"sees":1}]"#);
}

#[test]
fn a_choice_rule_and_a_catcher_assign_instead_of_their_state() {
    let machine = r#"{"StartAt": "T", "States": {
        "T": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
              "Parameters": {"FunctionName": "f"}, "Assign": {"by": "task"}, "Next": "C",
              "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"by.$": "$.Error"},
                         "Next": "C"}]},
        "C": {"Type": "Choice", "Assign": {"rule": "default"}, "Default": "D", "Choices": [
              {"Variable": "$by", "StringEquals": "Broken", "Next": "D",
               "Assign": {"rule": "first"}}]},
        "D": {"Type": "Pass", "Parameters": {"a.$": "$by", "b.$": "$rule"}, "End": true}}}"#;
    let caught = run_to_end(machine, "{}", &[call_fails("Broken")]);
    assert_eq!(caught.output_json(), r#"{"a":"Broken","b":"first"}"#);
    assert_eq!(
        run_to_end(machine, "{}", &[call_returns("1")]).output_json(),
        r#"{"a":"task","b":"default"}"#
    );
}

#[test]
fn one_assign_holds_no_more_than_a_payload() {
    let assigns = |bytes: usize| {
        let machine = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true,
            "Assign": {"x.$": "$.x", "y.$": "$.y"}, "OutputPath": null}}}"#;
        let half = "x".repeat(bytes / 2 - 2);
        run_to_end(machine, &format!(r#"{{"x":"{half}","y":"{half}"}}"#), &[])
    };
    assert_eq!(assigns(256 * 1024).output_json(), "{}");
    assert_eq!(assigns(256 * 1024 + 2).error_and_cause().0, "States.DataLimitExceeded");
}

#[test]
fn a_map_may_take_its_items_from_a_variable_that_its_iterations_do_not_read() {
    let machine = r#"{"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Assign": {"xs": [1, 2], "k": 3}, "Next": "M"},
        "M": {"Type": "Map", "ItemsPath": "$xs", "End": true,
              "ItemSelector": {"v.$": "$$.Map.Item.Value", "k.$": "$k"},
              "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}}"#;
    assert_eq!(run_to_end(machine, "{}", &[]).output_json(), r#"[{"v":1,"k":3},{"v":2,"k":3}]"#);
}
