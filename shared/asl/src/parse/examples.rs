//! Definitions for the parser's tests, and tests that hold for all of them.

use serde_json::{Value, json};

use crate::{Definition, DiagnosticCode, parse_definition};

/// A machine of one state, `S`.
fn single_state_machine(state: &Value) -> String {
    json!({"StartAt": "S", "States": {"S": state}}).to_string()
}

/// Parses a machine of one state, `S`.
pub(super) fn definition_of(state: &Value) -> Definition {
    parse_definition(&single_state_machine(state)).expect("the state is valid")
}

/// Returns what is wrong with a definition: message and location of each finding, and also the code
/// unless it is a schema error.
pub(super) fn definition_refusals(text: &str) -> Vec<String> {
    let findings = parse_definition(text).err().unwrap_or_default();
    findings
        .iter()
        .map(|finding| {
            let text = finding.to_string();
            let prefix = format!("{}: ", DiagnosticCode::SchemaValidationFailed.as_str());
            text.strip_prefix(&prefix).unwrap_or(&text).to_owned()
        })
        .collect()
}

/// Returns what is wrong with a machine of one state, `S`.
#[expect(clippy::needless_pass_by_value, reason = "tests read better without borrows")]
pub(super) fn refusals_of(state: Value) -> Vec<String> {
    definition_refusals(&single_state_machine(&state))
}

/// A Task that is the whole machine, with some fields added or replaced.
pub(super) fn task_state_json(fields: Value) -> Value {
    let mut task = json!({"Type": "Task", "Resource": FUNCTION, "End": true});
    if let (Some(task), Value::Object(fields)) = (task.as_object_mut(), fields) {
        task.extend(fields);
    }
    task
}

const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:work";

/// A machine with every state type and nearly every field.
pub(crate) fn full_jsonpath() -> Value {
    let error_handling = json!({
        "Retry": [
            {"ErrorEquals": ["A", "States.Timeout"], "IntervalSeconds": 2, "MaxAttempts": 0,
                "BackoffRate": 1.5, "MaxDelaySeconds": 60, "JitterStrategy": "FULL"},
            {"ErrorEquals": ["States.ALL"], "Comment": "the rest"},
        ],
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Fail"}],
    });
    let with_handlers = |mut state: Value| {
        if let (Some(state), Value::Object(handlers)) =
            (state.as_object_mut(), error_handling.clone())
        {
            state.extend(handlers);
        }
        state
    };
    json!({
        "Comment": "all", "Version": "1.0", "TimeoutSeconds": 60, "QueryLanguage": "JSONPath",
        "StartAt": "Pass",
        "States": {
            "Pass": {"Type": "Pass", "Comment": "c", "InputPath": null, "OutputPath": "$.o",
                "Result": {"a.$": "kept"}, "Parameters": {"n": [{"t.$": "$$.State.Name"}]},
                "ResultPath": "$.r", "Next": "Task"},
            "Task": with_handlers(json!({"Type": "Task", "Resource": FUNCTION,
                "TimeoutSeconds": 20, "HeartbeatSeconds": 10, "ResultSelector": {"x.$": "$.x"},
                "ResultPath": null, "Next": "Choice"})),
            "Choice": {"Type": "Choice", "Default": "Wait", "Choices": [
                {"Variable": "$.a", "StringEquals": "x", "Next": "Wait"},
                {"And": [{"Variable": "$.b", "IsNull": false},
                    {"Not": {"Or": [{"Variable": "$.c", "NumericGreaterThanPath": "$.d"}]}}],
                    "Comment": "nested", "Next": "Parallel"}]},
            "Wait": {"Type": "Wait", "Timestamp": "2030-01-01T00:00:00Z", "Next": "Parallel"},
            "Parallel": with_handlers(json!({"Type": "Parallel", "Next": "Map", "Branches": [
                {"StartAt": "Left", "States": {"Left": {"Type": "Succeed", "InputPath": "$.i"}}},
                {"Comment": "b", "StartAt": "Right", "States": {
                    "Right": {"Type": "Wait", "SecondsPath": "$.s", "End": true}}}]})),
            "Map": with_handlers(json!({"Type": "Map", "ItemsPath": "$.items",
                "ItemSelector": {"i.$": "$$.Map.Item.Value"}, "MaxConcurrency": 2, "End": true,
                "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Item",
                    "States": {"Item": task_state_json(json!({"TimeoutSecondsPath": "$.t"}))}}})),
            "Fail": {"Type": "Fail", "Error": "E", "CausePath": "States.Format('{}', $.c)"},
        },
    })
}

/// Returns every variant of a value with one inner value replaced or one field renamed.
pub(crate) fn one_value_mutants(value: &Value) -> Vec<Value> {
    let replacements =
        [json!(null), json!(-1), json!(1e300), json!("$"), json!(""), json!([]), json!({})];
    let mut mutants = replacements.to_vec();
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                for mutant in one_value_mutants(inner) {
                    let mut copy = object.clone();
                    copy.insert(name.clone(), mutant);
                    mutants.push(Value::Object(copy));
                }
                let mut copy = object.clone();
                copy.shift_remove(name);
                copy.insert("\u{0}/~".to_owned(), inner.clone());
                mutants.push(Value::Object(copy));
            }
        }
        Value::Array(array) => {
            for (index, inner) in array.iter().enumerate() {
                for mutant in one_value_mutants(inner) {
                    let mut copy = array.clone();
                    copy[index] = mutant;
                    mutants.push(Value::Array(copy));
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    mutants
}

/// A machine in JSONata with every type of state and every field.
pub(crate) fn full_jsonata() -> Value {
    let handlers = json!({
        "Retry": [{"ErrorEquals": ["A"], "IntervalSeconds": 2, "MaxDelaySeconds": 9,
                   "JitterStrategy": "FULL"}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Fail", "Assign": {"c": 1},
                   "Output": {"e": "{% $states.errorOutput %}"}}],
    });
    let with_handlers = |mut state: Value| {
        if let (Some(state), Value::Object(handlers)) = (state.as_object_mut(), handlers.clone()) {
            state.extend(handlers);
        }
        state
    };
    json!({
        "QueryLanguage": "JSONata", "StartAt": "Pass",
        "States": {
            "Pass": {"Type": "Pass", "Output": [1, "{% $states.input.a %}"],
                "Assign": {"a": "{% 1 + 1 %}", "b": null}, "Next": "Task"},
            "Task": with_handlers(json!({"Type": "Task", "Resource": FUNCTION, "Next": "Choice",
                "Arguments": "{% $a %}", "TimeoutSeconds": "{% 9 %}", "HeartbeatSeconds": 3,
                "Output": "{% $states.result %}"})),
            "Choice": {"Type": "Choice", "Default": "Wait", "Output": 7, "Choices": [
                {"Condition": "{% $a = 2 %}", "Next": "Wait", "Output": "{% $b %}"},
                {"Condition": true, "Next": "Until", "Assign": {"d": true}, "Comment": "c"}]},
            "Wait": {"Type": "Wait", "Seconds": "{% $a %}", "Next": "Until"},
            "Until": {"Type": "Wait", "Timestamp": "{% $now() %}", "Next": "Parallel"},
            "Parallel": with_handlers(json!({"Type": "Parallel", "Arguments": {"x": 1},
                "Branches": [{"StartAt": "In", "States": {"In": {"Type": "Succeed",
                    "Output": "{% $states.input.x %}"}}}], "Next": "Map"})),
            "Map": with_handlers(json!({"Type": "Map", "Items": [1, "{% $a %}"],
                "ItemSelector": {"i": "{% $states.context.Map.Item.Index %}"},
                "MaxConcurrency": "{% 2 %}", "ToleratedFailurePercentage": 0.5, "End": true,
                "ItemProcessor": {"StartAt": "Item", "States": {"Item":
                    {"Type": "Pass", "End": true}}}})),
            "Fail": {"Type": "Fail", "Error": "{% $a %}", "Cause": "why"},
        },
    })
}

#[test]
fn every_type_and_field_is_read() {
    let definition =
        parse_definition(&full_jsonpath().to_string()).expect("the full machine is valid");
    assert_eq!(definition.states.len(), 10);
    assert_eq!(definition.workflow.states.len(), 7);
    assert_eq!(definition.timeout_seconds, Some(60));
    assert_eq!(definition.comment.as_deref(), Some("all"));
    assert!(!definition.reads_execution_input);
}

#[test]
fn a_workflow_reads_what_the_states_inside_it_read() {
    let map = |inner: Value| {
        json!({"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "I",
            "States": {"I": inner}}})
    };
    let inner = json!({"Type": "Pass", "InputPath": "$deep", "End": true});
    let parallel = json!({"Type": "Parallel", "End": true, "Branches": [{"StartAt": "M",
        "States": {"M": map(inner)}}]});
    let definition = definition_of(&parallel);
    assert!(definition.reads_variable(&definition.workflow, "deep"));
    assert!(!definition.reads_variable(&definition.workflow, "other"));
}

#[test]
fn an_expression_that_reads_the_executions_input_is_noticed() {
    for field in ["Parameters", "ResultSelector"] {
        let state = task_state_json(json!({field: {"a": [{"b.$": "$$.Execution.Input.c"}]}}));
        assert!(definition_of(&state).reads_execution_input, "{field}");
    }
    assert!(
        definition_of(&task_state_json(json!({"InputPath": "$$.Execution"}))).reads_execution_input
    );
    assert!(
        !definition_of(&task_state_json(json!({"InputPath": "$$.State"}))).reads_execution_input
    );
}

#[test]
fn a_definition_with_any_value_replaced_is_read_or_refused() {
    for full in [full_jsonpath(), full_jsonata()] {
        assert!(parse_definition(&full.to_string()).is_ok());
        let mutants = one_value_mutants(&full);
        let mut refused = 0;
        for mutant in &mutants {
            match parse_definition(&mutant.to_string()) {
                Ok(definition) => assert!(!definition.states.is_empty()),
                Err(findings) => {
                    assert!(!findings.is_empty(), "{mutant}");
                    refused += 1;
                }
            }
        }
        let (all, read) = (mutants.len(), mutants.len() - refused);
        assert!(refused > 50 && read > 50, "{refused} of {all} are refused");
    }
}

#[test]
fn a_text_cut_off_anywhere_is_refused() {
    let text = full_jsonpath().to_string();
    for length in (0..text.len()).filter(|length| text.is_char_boundary(*length)) {
        assert!(parse_definition(&text[..length]).is_err());
    }
}

#[test]
fn a_megabyte_of_mistakes_is_answered_briefly() {
    let fields: serde_json::Map<String, Value> =
        (0..60_000).map(|index| (format!("x{index}"), json!(1))).collect();
    let state = Value::Object(fields.clone());
    let name = "n".repeat(300_000);
    let long_name = json!({"StartAt": "S", "States": {name: state}}).to_string();
    // For the name, for `StartAt`, which names no state, and for a state without a type, which ends
    // no machine.
    assert_eq!(definition_refusals(&long_name).len(), 3);
    let mut pass = fields;
    pass.insert("Type".to_owned(), json!("Pass"));
    assert_eq!(refusals_of(Value::Object(pass)).len(), 1_000);
}
