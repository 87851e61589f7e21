//! States that are made to cost too much: they fail, and what they leave behind can be read.

use std::sync::atomic::{AtomicU64, Ordering};

use model::{DeploymentLimits, FrameOutcome, FramePhase, Payload, error_name};
use serde_json::{Value, json};
use step_budget::{StepBudget, StepTime};

use crate::{
    StepContext, Stimulus, advance, start_execution,
    test_driver::{call_returns, run_to_end, run_to_end_within, with_test_context},
};

fn machine(language: &str, state: &Value) -> String {
    json!({"StartAt": "S", "QueryLanguage": language, "States": {"S": state}}).to_string()
}

/// A machine that comes back to the state again and again.
fn looping_machine(language: &str, state: &Value) -> String {
    let never = match language {
        "JSONata" => json!({"Condition": "{% false %}", "Next": "End"}),
        _ => json!({"Variable": "$.no", "IsPresent": true, "Next": "End"}),
    };
    json!({"StartAt": "S", "QueryLanguage": language, "States": {
        "S": state,
        "Again": {"Type": "Choice", "Choices": [never], "Default": "S"},
        "End": {"Type": "Succeed"}}})
    .to_string()
}

/// Runs a state and returns the error and the cause that it ends with.
fn failure_of(language: &str, state: &Value, input: &str) -> (String, String) {
    let run = run_to_end(&machine(language, state), input, &[]);
    let (error, cause) = run.error_and_cause();
    (error.to_owned(), cause.to_owned())
}

/// A JSON text that nests this deep.
fn nested(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

const TOO_LARGE: &str = "The state/task 'S' returned a result with a size exceeding the maximum \
     number of bytes service limit.";

#[test]
fn nested_calls_that_multiply_the_input_fail_before_they_fill_memory() {
    let arguments = |inner: &str| [inner; 12].join(",");
    let call =
        (0..3).fold("$".to_owned(), |inner, _| format!("States.Array({})", arguments(&inner)));
    assert!(call.len() > 3_000, "{}", call.len());
    let state = json!({"Type": "Pass", "Parameters": {"a.$": call}, "End": true});
    let input = json!("x".repeat(200_000)).to_string();
    let failure = failure_of("JSONPath", &state, &input);
    assert_eq!(failure, (error_name::DATA_LIMIT_EXCEEDED.to_owned(), TOO_LARGE.to_owned()));
}

#[test]
fn every_way_to_copy_the_input_counts_in_jsonpath() {
    let numbers: Value = (0..30_000).collect();
    let input = json!({"list": numbers, "text": "\u{1}".repeat(20_000)}).to_string();
    for call in [
        "$.list",
        "$.list[*]",
        "$..*",
        "States.ArrayUnique($.list)",
        "States.ArrayPartition($.list, 1)",
        "States.ArrayGetItem(States.Array($.list), 0)",
        "States.JsonMerge($, $, false)",
        "States.StringToJson(States.JsonToString($.list))",
        "States.JsonToString($)",
        "States.Format('{}{}', $.list, $.list)",
        "States.StringSplit(States.JsonToString($.list), ',')",
        "States.ArrayLength(States.Array($..*, $..*))",
    ] {
        let members = (0..500).map(|n| (format!("m{n}.$"), Value::from(call)));
        let template: Value = members.collect::<serde_json::Map<_, _>>().into();
        for field in ["Parameters", "ResultSelector", "Assign"] {
            let state = match field {
                "ResultSelector" => json!({"Type": "Task", "Resource":
                    "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"},
                    field: template, "End": true}),
                _ => json!({"Type": "Pass", field: template, "End": true}),
            };
            let run = run_to_end(&machine("JSONPath", &state), &input, &[call_returns(&input)]);
            assert_eq!(run.error_and_cause().0, error_name::DATA_LIMIT_EXCEEDED, "{call} {field}");
        }
    }
}

#[test]
fn every_way_to_copy_the_input_counts_in_jsonata() {
    let numbers: Value = (0..30_000).collect();
    let input = json!({"list": numbers}).to_string();
    for value in [
        json!("{% $states.input.list %}"),
        json!("{% $states.input.list[$ > 0] %}"),
        json!("{% $append($states.input.list, 1) %}"),
    ] {
        let members = (0..120).map(|n| (format!("m{n}"), value.clone()));
        let mut template: serde_json::Map<_, _> = members.collect();
        template.insert("last".to_owned(), json!("{% 1 %}"));
        for field in ["Output", "Assign"] {
            let state = json!({"Type": "Pass", field: template, "End": true});
            let (error, cause) = failure_of("JSONata", &state, &input);
            assert_eq!(error, error_name::QUERY_EVALUATION_ERROR, "{value} {field}");
            assert!(cause.contains("memory limit exceeded"), "{cause}");
        }
    }
}

#[test]
fn a_loop_that_nests_its_data_ends_before_the_data_cannot_be_read() {
    let nesting = json!({"Type": "Pass", "Parameters": {"p.$": "$"}, "Next": "Again"});
    let jsonata = json!({"Type": "Pass", "Output": {"p": "{% $states.input %}"}, "Next": "Again"});
    let by_result =
        json!({"Type": "Pass", "InputPath": "$", "ResultPath": "$.a.a", "Next": "Again"});
    for (language, state) in
        [("JSONPath", &nesting), ("JSONata", &jsonata), ("JSONPath", &by_result)]
    {
        let run = run_to_end(&looping_machine(language, state), "{}", &[]);
        let (error, cause) = run.error_and_cause();
        assert_eq!(error, error_name::DATA_LIMIT_EXCEEDED, "{cause}");
        assert!(cause.ends_with("A value is nested more than 127 levels deep."), "{cause}");
    }
}

#[test]
fn whatever_adds_levels_to_data_of_the_greatest_depth_is_refused() {
    let deepest = nested(127);
    let item = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}});
    let task = |rest: Value| {
        let mut task = json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f"}, "End": true});
        if let (Some(task), Some(rest)) = (task.as_object_mut(), rest.as_object()) {
            task.extend(rest.clone());
        }
        task
    };
    for (language, state) in [
        ("JSONPath", json!({"Type": "Pass", "ResultPath": "$[0]", "End": true})),
        ("JSONPath", json!({"Type": "Pass", "Assign": {"v.$": "States.Array($)"}, "End": true})),
        ("JSONPath", json!({"Type": "Parallel", "Branches": [item], "End": true})),
        (
            "JSONPath",
            json!({"Type": "Map", "ItemsPath": "$", "ItemProcessor": item,
            "ItemSelector": {"x.$": "$"}, "End": true}),
        ),
        ("JSONPath", task(json!({"ResultSelector": {"x.$": "$"}}))),
        ("JSONPath", task(json!({"Parameters": {"FunctionName": "f", "Payload.$": "$"}}))),
        ("JSONata", json!({"Type": "Parallel", "Branches": [item], "End": true})),
        (
            "JSONata",
            json!({"Type": "Map", "Items": [["{% $states.input %}"]],
            "ItemProcessor": item, "End": true}),
        ),
        (
            "JSONata",
            json!({"Type": "Pass", "Assign": {"v": ["{% $states.input %}"]},
            "End": true}),
        ),
    ] {
        let run = run_to_end(&machine(language, &state), &deepest, &[call_returns(&deepest)]);
        let (error, cause) = run.error_and_cause();
        assert_eq!(error, error_name::DATA_LIMIT_EXCEEDED, "{state}: {cause}");
        assert!(cause.ends_with("127 levels deep."), "{state}: {cause}");
    }
}

#[test]
fn an_answer_that_was_wrapped_beyond_the_depth_is_refused() {
    let deepest = nested(127);
    let inner: Value = serde_json::from_str(&deepest).expect("it is just not too deep");
    let wrapped = Payload::from_value(json!({"Payload": inner}));
    let state = json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "f"}, "End": true,
        "Catch": [{"ErrorEquals": ["States.DataLimitExceeded"], "Next": "S"}]});
    let answers = [crate::CallOutcome::Succeeded(wrapped), call_returns("1")];
    let run = run_to_end(&machine("JSONPath", &state), "{}", &answers);
    assert_eq!(run.output_json(), "1");
}

#[test]
fn results_that_are_too_large_together_are_not_collected() {
    let item = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true,
        "Result": {"text": "x".repeat(1_000)}}}});
    let state = json!({"Type": "Map", "ItemProcessor": item, "End": true});
    let items: Value = (0..300).collect();
    let failure = failure_of("JSONPath", &state, &items.to_string());
    assert_eq!(failure, (error_name::DATA_LIMIT_EXCEEDED.to_owned(), TOO_LARGE.to_owned()));
}

#[test]
fn the_largest_payload_of_small_parts_can_be_copied_a_few_times() {
    for limits in [DeploymentLimits::AWS, DeploymentLimits::OPEN] {
        let numbers: Value = vec![json!(1); limits.payload_bytes / 2 - 100].into();
        let input = json!({"a": numbers}).to_string();
        let state = json!({"Type": "Pass", "Parameters": {"b.$": "$.a"}, "ResultPath": "$.a",
            "OutputPath": "$.a", "End": true});
        let run = run_to_end_within(limits, &machine("JSONPath", &state), &input, &[]);
        assert_eq!(run.output_json().len(), input.len());
    }
}

#[test]
fn a_step_whose_time_is_over_ends_as_a_failure_that_nothing_catches() {
    let many = |call: &str| -> Value {
        (0..50).map(|n| (format!("m{n}.$"), call.into())).collect::<serde_json::Map<_, _>>().into()
    };
    let is_present = json!({"Variable": "$.a", "IsPresent": false, "Next": "Again"});
    let jsonata: Value = (0..50).map(|_| json!("{% $count([1..10]) %}")).collect();
    for (language, state, error) in [
        (
            "JSONPath",
            json!({"Type": "Pass", "Parameters": many("$.a"), "End": true}),
            error_name::RUNTIME,
        ),
        (
            "JSONPath",
            json!({"Type": "Pass", "Parameters": many("States.UUID()"), "End": true}),
            error_name::RUNTIME,
        ),
        (
            "JSONPath",
            json!({"Type": "Choice", "Choices": vec![is_present; 50], "Default": "End"}),
            error_name::RUNTIME,
        ),
        (
            "JSONata",
            json!({"Type": "Pass", "Output": jsonata, "End": true}),
            error_name::QUERY_EVALUATION_ERROR,
        ),
    ] {
        let is_loop = state["Type"] == "Choice";
        let text =
            if is_loop { looping_machine(language, &state) } else { machine(language, &state) };
        let definition = asl::parse_definition(&text).expect("the definition is valid");
        let input = Payload::parse(r#"{"a": 1}"#).expect("valid JSON");
        let left = AtomicU64::new(20);
        let remaining =
            || left.fetch_sub(u64::from(left.load(Ordering::Relaxed) > 0), Ordering::Relaxed);
        let time = StepTime::new(&remaining);
        let frame = start_execution(&definition, input.clone(), "arn:aws:iam::0:role/r").frame;
        let ended = with_test_context(&definition, &input, |context| {
            let budget = &StepBudget::new(usize::MAX, &time);
            advance(&StepContext { budget, ..*context }, &frame, Stimulus::Due)
        });
        let ended = ended.expect("the frame is due").frame.phase;
        let FramePhase::Ended(FrameOutcome::Failed(failure)) = ended else {
            panic!("{state} did not fail: {ended:?}")
        };
        assert_eq!(failure.error.as_deref(), Some(error), "{state}");
        assert!(time.was_over());
    }
}
