//! Helpers that the tests of several modules share.

use serde_json::{Map, Value, json};

use crate::{JsonataBindings, JsonataEvaluationError, JsonataExpression, JsonataSession};

/// Bindings of an input and variables, and of nothing else.
pub(crate) fn bindings_of_input<'v>(
    input: &'v Value,
    variables: &'v Map<String, Value>,
) -> JsonataBindings<'v> {
    JsonataBindings { input, context: None, result: None, error_output: None, variables }
}

fn evaluate_source(source: &str, seed: u128) -> Result<Value, JsonataEvaluationError> {
    let expression = JsonataExpression::parse(&format!("{{% {source} %}}"));
    let expression = expression.expect("the expression is well-formed");
    let (input, variables) = (json!({}), Map::new());
    let bindings = bindings_of_input(&input, &variables);
    expression.evaluate(&JsonataSession::new(bindings, seed, 1_510_067_274_972), "Output")
}

/// The value of an expression as JSON text.
pub(crate) fn evaluated_value(source: &str) -> String {
    value_with_seed(source, 0)
}

pub(crate) fn value_with_seed(source: &str, seed: u128) -> String {
    evaluate_source(source, seed).expect("the expression has a value").to_string()
}

/// The cause of an expression's failure.
pub(crate) fn failure_cause(source: &str) -> String {
    evaluate_source(source, 0).expect_err("the expression fails").to_string()
}

/// The message of JSONata in the cause of an expression's failure.
pub(crate) fn thrown_message(source: &str) -> String {
    let cause = failure_cause(source);
    let (_, message) = cause.split_once("during evaluation").expect("the expression throws");
    message.trim_start_matches(['.', ':', ' ']).to_owned()
}
