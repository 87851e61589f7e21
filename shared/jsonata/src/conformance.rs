//! Runs the official JSONata suite and the known faults of the engine. Both are data files outside
//! the repository; without them the tests compare nothing.
#![expect(clippy::print_stdout, reason = "what differs is to be seen with `--nocapture`")]

use std::{collections::BTreeMap, path::PathBuf, thread};

use jsonata_core::value::JValue;
use serde_json::{Map, Value};

use crate::{
    JsonataBindings, JsonataExpression, JsonataSession, convert,
    limits::EvaluationLimits,
    prepare::JsonataDialect,
    projection::ValueProjection,
    session::{StatesMember, ValueSource},
};

/// The minimum number of passing cases, of the suite's 1,625.
const SUITE_PASSING_MIN: usize = 1_623;

/// The minimum number of fixed faults, of the engine's 41 known ones.
const FIXED_FAULTS_MIN: usize = 33;

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
    let expression = match JsonataExpression::parse_dialect(&text, JsonataDialect::Whole) {
        Ok(expression) => expression,
        Err(error) => {
            return SuiteOutcome::Failed(format!("{}: {error}", error.code().unwrap_or_default()));
        }
    };
    let session = JsonataSession::new(bindings(&Value::Null, variables), 0, 1_510_067_274_972);
    let document = document.map_or(JValue::Undefined, convert::to_engine);
    match expression.evaluate_on(&document, &session, limits) {
        Ok(Some(value)) => SuiteOutcome::Value(value),
        Ok(None) => SuiteOutcome::Undefined,
        Err(error) => {
            let text = error.to_string();
            let (_, message) = text.split_once("during evaluation").unwrap_or(("", &text));
            SuiteOutcome::Failed(message.trim_start_matches(['.', ':', ' ']).to_owned())
        }
    }
}

fn bindings<'v>(input: &'v Value, variables: &'v Map<String, Value>) -> JsonataBindings<'v> {
    JsonataBindings { input, context: None, result: None, error_output: None, variables }
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
    let limits = EvaluationLimits { milliseconds, depth: depth.max(20), items: 10_000_000 };
    let outcome = run(source, document(suite, case), variables, limits);
    (!passes(case, &outcome)).then(|| format!("{} {source}\n  {outcome:.300?}", case["id"]))
}

#[test]
fn the_official_suite_passes() {
    let Some(suite) = data("jsonata-suite-2.0.6.json") else { return };
    let cases = suite["cases"].as_array().expect("the suite has cases");
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
fn an_expression_answers_the_same_on_what_it_needs_as_on_the_whole() {
    let Some(suite) = data("jsonata-suite-2.0.6.json") else { return };
    let variables = Map::new();
    for case in suite["cases"].as_array().expect("the suite has cases") {
        let source = case["expr"].as_str().expect("an expression is text");
        let Some(input) = document(&suite, case) else { continue };
        if case.get("timelimit").is_some() {
            continue;
        }
        for text in [format!("$states.input.({source})"), format!("$states.input.{source}")] {
            let Ok(expression) = JsonataExpression::parse(&format!("{{% {text} %}}")) else {
                continue;
            };
            let bindings = bindings(input, &variables);
            let answer = expression.evaluate(&JsonataSession::new(bindings, 0, 0), "Output");
            let whole = JsonataSession::new(bindings, 0, 0);
            whole.expect_projections(&BTreeMap::from([(
                ValueSource::Member(StatesMember::Input),
                ValueProjection::Whole,
            )]));
            let expected = expression.evaluate(&whole, "Output");
            if !format!("{expected:?}").contains("timeout") {
                assert_eq!(answer, expected, "{text}");
            }
        }
    }
}

#[test]
fn known_faults_of_the_engine_are_mended() {
    let Some(faults) = data("jsonata-core-divergences.json") else { return };
    let mut unmended = Vec::new();
    let faults = faults.as_array().expect("the faults are a list");
    for fault in faults {
        let source = fault["expr"].as_str().expect("an expression is text");
        let document = &fault["data"];
        let outcome = run(source, Some(document), &Map::new(), EvaluationLimits::STEP_FUNCTIONS);
        let expected = &fault["jsonata_js_2_0_6"];
        let mended = match &outcome {
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
        if !mended {
            unmended.push(format!("{source}  ON {document}\n  {outcome:?}\n  {expected}"));
        }
    }
    let mended = faults.len() - unmended.len();
    println!("{}\n{mended} of {} are mended", unmended.join("\n"), faults.len());
    assert!(mended >= FIXED_FAULTS_MIN, "only {mended} of {} are mended", faults.len());
}
