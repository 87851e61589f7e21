//! Runs the official JSONata suite, and expressions on which another implementation differs from
//! jsonata-js. Both are data files outside the repository; without them the tests compare nothing.
#![expect(clippy::print_stdout, reason = "what differs is to be seen with `--nocapture`")]

use std::{path::PathBuf, thread};

use serde_json::{Map, Value};

use crate::{
    JsonataExpression, JsonataSession, limits::EvaluationLimits, testing::bindings_of_input,
};

/// The minimum number of passing cases, of the suite's 1,613 without `$eval`, which Step Functions
/// removes.
const SUITE_PASSING_MIN: usize = 1_611;

/// The minimum number of expressions with the value of jsonata-js, of the 41 in the file.
const SAME_VALUES_MIN: usize = 36;

/// The outcome of an expression.
#[derive(Debug, PartialEq)]
enum SuiteOutcome {
    Value(Value),
    Undefined,
    /// It failed, with this code and message.
    Failed(String),
}

fn data(name: &str) -> Option<Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/expressions");
    let text = std::fs::read_to_string(folder.join(name)).ok();
    if text.is_none() {
        println!("{name} is not beside the repository: nothing is compared");
    }
    Some(serde_json::from_str(&text?.replace("\\ud800", "\\ufffd")).expect("the data is JSON"))
}

fn run(
    source: &str,
    document: Option<&Value>,
    variables: &Map<String, Value>,
    limits: EvaluationLimits,
) -> SuiteOutcome {
    let text = format!("{{% {source} %}}");
    let expression = match JsonataExpression::parse(&text) {
        Ok(expression) => expression,
        Err(error) => {
            return SuiteOutcome::Failed(format!("{}: {error}", error.code().unwrap_or_default()));
        }
    };
    let session =
        JsonataSession::new(bindings_of_input(&Value::Null, variables), 0, 1_510_067_274_972);
    match expression.evaluate_on(document, &session, limits) {
        Ok(Some(value)) => SuiteOutcome::Value(value),
        Ok(None) => SuiteOutcome::Undefined,
        Err(error) => {
            let text = error.to_string();
            let (_, message) = text.split_once("during evaluation").unwrap_or(("", &text));
            SuiteOutcome::Failed(message.trim_start_matches(['.', ':', ' ']).to_owned())
        }
    }
}

fn document<'v>(suite: &'v Value, case: &'v Value) -> Option<&'v Value> {
    match case.get("dataset").and_then(Value::as_str) {
        Some(name) => suite["datasets"].get(name),
        None => case.get("data"),
    }
}

/// Whether two values are equal in JavaScript, where `1` and `1.0` are the same number.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap_or(0.0), b.as_f64().unwrap_or(0.0));
            (a - b).abs() <= 1e-12 * a.abs().max(b.abs())
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

fn in_any_order(value: &Value) -> Value {
    let mut value = value.clone();
    if let Value::Array(items) = &mut value {
        items.sort_by_key(Value::to_string);
    }
    value
}

fn passes(case: &Value, outcome: &SuiteOutcome) -> bool {
    let code = case.get("code").or_else(|| case.pointer("/error/code"));
    if let Some(code) = code.and_then(Value::as_str) {
        return matches!(outcome, SuiteOutcome::Failed(message) if message.starts_with(code)
            || code == "U1001"
                && (message.starts_with("Stack overflow") || message.contains("timeout")));
    }
    if case.get("undefinedResult").is_some() {
        return *outcome == SuiteOutcome::Undefined;
    }
    match (outcome, case.get("result")) {
        (SuiteOutcome::Value(value), Some(result)) if case.get("unordered").is_some() => {
            same(&in_any_order(value), &in_any_order(result))
        }
        (SuiteOutcome::Value(value), Some(result)) => same(value, result),
        (SuiteOutcome::Failed(_), None) => case.get("error").is_some(),
        _ => false,
    }
}

/// The description of a failed case; `None` if it passes.
fn failure(suite: &Value, case: &Value) -> Option<String> {
    let empty = Map::new();
    let variables = case.get("bindings").and_then(Value::as_object).unwrap_or(&empty);
    let source = case["expr"].as_str().expect("an expression is text");
    let milliseconds = case.get("timelimit").and_then(Value::as_u64).unwrap_or(60_000);
    let depth = case.get("depth").and_then(Value::as_u64).unwrap_or(500);
    let depth = usize::try_from(depth).expect("depths are small");
    let limits = EvaluationLimits {
        milliseconds,
        depth: depth.max(20),
        items: 10_000_000,
        live_bytes: 1 << 30,
    };
    let outcome = run(source, document(suite, case), variables, limits);
    (!passes(case, &outcome)).then(|| format!("{} {source}\n  {outcome:.300?}", case["id"]))
}

#[test]
fn the_official_suite_passes() {
    let Some(suite) = data("jsonata-suite-2.0.6.json") else { return };
    let mut cases = suite["cases"].as_array().expect("the suite has cases").clone();
    cases.retain(|case| case["expr"].as_str().is_some_and(|source| !source.contains("$eval")));
    let failures: Vec<String> = thread::scope(|scope| {
        // Neighbouring cases test the same function, so each thread takes every fourth case.
        let threads: Vec<_> = (0..4)
            .map(|first| {
                let cases = cases.iter().skip(first).step_by(4);
                let suite = &suite;
                scope.spawn(move || cases.filter_map(|case| failure(suite, case)).collect())
            })
            .collect();
        let join = |thread: thread::ScopedJoinHandle<'_, Vec<String>>| {
            thread.join().expect("no case panics")
        };
        threads.into_iter().flat_map(join).collect()
    });
    let passing = cases.len() - failures.len();
    println!("{}\n{passing} of {} pass", failures.join("\n"), cases.len());
    assert!(passing >= SUITE_PASSING_MIN, "only {passing} of {} pass", cases.len());
}

#[test]
fn expressions_that_others_get_wrong_are_right() {
    let Some(faults) = data("jsonata-core-divergences.json") else { return };
    let mut wrong = Vec::new();
    let faults = faults.as_array().expect("the file is a list");
    for fault in faults {
        let source = fault["expr"].as_str().expect("an expression is text");
        let document = &fault["data"];
        let outcome = run(source, Some(document), &Map::new(), EvaluationLimits::STEP_FUNCTIONS);
        let expected = &fault["jsonata_js_2_0_6"];
        let is_right = match &outcome {
            SuiteOutcome::Undefined => expected.get("undef").is_some(),
            SuiteOutcome::Value(value) => expected["raw"]
                .as_str()
                .is_some_and(|raw| serde_json::from_str(raw).is_ok_and(|raw| same(value, &raw))),
            SuiteOutcome::Failed(message) => match (expected["code"].as_str(), &expected["msg"]) {
                (Some(code), Value::String(text)) => *message == format!("{code}: {text}"),
                (None, Value::String(text)) => message == text,
                _ => false,
            },
        };
        if !is_right {
            wrong.push(format!("{source}  ON {document}\n  {outcome:?}\n  {expected}"));
        }
    }
    let right = faults.len() - wrong.len();
    println!("{}\n{right} of {} are right", wrong.join("\n"), faults.len());
    assert!(right >= SAME_VALUES_MIN, "only {right} of {} are right", faults.len());
}
