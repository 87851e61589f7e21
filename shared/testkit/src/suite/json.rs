//! Test files in JSON.
//!
//! ```text
//! {"definition": {…} or "definitionFile": "order.asl.json",
//!  "mocks": {…for all cases…},
//!  "cases": [{"name": "…", "input": {…}, "mocks": {…},
//!             "state": "…", "context": {…}, "variables": {…}, "retries": 0,
//!             "expect": {"output": … , "error": "…", "cause": "…", "status": "…", "next": "…",
//!                        "history": ["…"]}}]}
//! ```

use serde_json::{Map, Value};

use super::{
    DefinitionSource, Expectation, ExpectationPosition, ExpectedResult, StateUnderTest, TestCase,
    TestSuite, TestSuiteError,
};
use crate::{StateMocks, diff, nearest_word::find_nearest_word};

const FILE_MEMBERS: [&str; 4] = ["definition", "definitionFile", "mocks", "cases"];
const CASE_MEMBERS: [&str; 8] =
    ["name", "input", "mocks", "state", "context", "variables", "retries", "expect"];
const EXPECT_MEMBERS: [&str; 6] = ["output", "error", "cause", "status", "next", "history"];

type ReadFileFn<'r> = dyn Fn(&str) -> Result<String, String> + 'r;

pub(super) fn parse_json_suite(
    text: &str,
    read: &ReadFileFn<'_>,
) -> Result<TestSuite, TestSuiteError> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| TestSuiteError::new(Some(error.line()), format!("not JSON: {error}")))?;
    suite_from_value(&value, read).map_err(|reason| TestSuiteError::new(None, reason))
}

/// Returns the text with these expectations replaced, formatted as `serde_json` prints it.
pub(super) fn update_json_expectations(
    text: &str,
    actual: &[(ExpectationPosition, ExpectedResult)],
) -> String {
    let Ok(mut file) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    for (position, expected) in actual {
        let ExpectationPosition::Member(case) = position else { continue };
        if let Some(expect) = file.pointer_mut(&format!("/cases/{case}/expect")) {
            let (name, value) = expectation_member(expected);
            expect[name] = value;
        }
    }
    diff::pretty_json(&file)
}

fn expectation_member(expected: &ExpectedResult) -> (&'static str, Value) {
    match expected {
        ExpectedResult::Output(value) => ("output", value.clone()),
        ExpectedResult::Error(text) => ("error", text.as_str().into()),
        ExpectedResult::Cause(text) => ("cause", text.as_str().into()),
        ExpectedResult::Status(text) => ("status", text.as_str().into()),
        ExpectedResult::Next(text) => ("next", text.as_str().into()),
        ExpectedResult::History(lines) => ("history", lines.as_slice().into()),
    }
}

fn suite_from_value(value: &Value, read: &ReadFileFn<'_>) -> Result<TestSuite, String> {
    let file = known_members(value, &FILE_MEMBERS, "the file")?;
    let mut suite = TestSuite::default();
    let machine = match (file.get("definition"), file.get("definitionFile")) {
        (Some(definition), None) => {
            suite.add_machine(DefinitionSource::InlineJson, || Ok(definition.to_string()))?
        }
        (None, Some(Value::String(name))) => {
            suite.add_machine(DefinitionSource::File(name.clone()), || read(name))?
        }
        _ => return Err("the file needs either a definition or a definitionFile".to_owned()),
    };
    let shared = file.get("mocks").map_or_else(|| Ok(StateMocks::default()), parse_mocks)?;
    let cases = file.get("cases").and_then(Value::as_array).filter(|cases| !cases.is_empty());
    let cases = cases.ok_or("the file needs cases, an array with at least one")?;
    for (at, value) in cases.iter().enumerate() {
        let name = value.get("name").and_then(Value::as_str);
        let name = name.map_or_else(|| format!("case {}", at + 1), str::to_owned);
        let case = parse_case(value, &name, at, machine, &shared);
        suite.cases.push(case.map_err(|reason| format!("'{name}': {reason}"))?);
    }
    Ok(suite)
}

fn parse_case(
    value: &Value,
    name: &str,
    at: usize,
    machine: usize,
    shared: &StateMocks,
) -> Result<TestCase, String> {
    let case = known_members(value, &CASE_MEMBERS, "a case")?;
    let own = case.get("mocks").map_or_else(|| Ok(StateMocks::default()), parse_mocks)?;
    let printed = |name: &str| case.get(name).map(Value::to_string);
    let retries = case.get("retries").map(|retries| {
        let number = retries.as_u64().and_then(|number| u32::try_from(number).ok());
        number.ok_or("retries is no number")
    });
    let retries = retries.transpose()?.unwrap_or(0);
    let state = case.get("state").map(|state| {
        let state = model::StateName::new(state.as_str().ok_or("state is no text")?);
        let (context, variables) = (printed("context"), printed("variables"));
        Ok::<_, &str>(StateUnderTest { state, context, variables, retries })
    });
    Ok(TestCase {
        name: name.to_owned(),
        line: None,
        machine,
        input: printed("input").unwrap_or_else(|| "{}".to_owned()),
        mocks: own.with_fallback(shared),
        state: state.transpose()?,
        expectations: parse_expectations(case.get("expect"), at)?,
    })
}

fn parse_expectations(value: Option<&Value>, case: usize) -> Result<Vec<Expectation>, String> {
    let expect = known_members(value.unwrap_or(&Value::Null), &EXPECT_MEMBERS, "expect")?;
    let mut expectations = Vec::new();
    for (name, value) in expect {
        let text = || value.as_str().map(str::to_owned).ok_or_else(|| format!("{name} is no text"));
        let expected = match name.as_str() {
            "output" => ExpectedResult::Output(value.clone()),
            "error" => ExpectedResult::Error(text()?),
            "cause" => ExpectedResult::Cause(text()?),
            "status" => ExpectedResult::Status(text()?),
            "next" => ExpectedResult::Next(text()?),
            _ => ExpectedResult::History(parse_history_lines(value)?),
        };
        expectations.push(Expectation { expected, position: ExpectationPosition::Member(case) });
    }
    if expectations.is_empty() {
        return Err("expect says nothing that must come".to_owned());
    }
    Ok(expectations)
}

fn parse_history_lines(value: &Value) -> Result<Vec<String>, String> {
    let lines = value.as_array().map(|lines| lines.iter().map(|line| line.as_str()));
    let lines: Option<Vec<&str>> = lines.and_then(Iterator::collect);
    let lines = lines.ok_or("history is no array of texts")?;
    Ok(lines.into_iter().map(str::to_owned).collect())
}

fn parse_mocks(value: &Value) -> Result<StateMocks, String> {
    StateMocks::from_json(value).map_err(|error| error.to_string())
}

fn known_members<'v>(
    value: &'v Value,
    known: &[&str],
    what: &str,
) -> Result<&'v Map<String, Value>, String> {
    let object = value.as_object().ok_or_else(|| format!("{what} is no object"))?;
    match object.keys().find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => {
            let near = find_nearest_word(unknown, known.iter().copied());
            let guess = near.map(|near| format!("; is it '{near}'?")).unwrap_or_default();
            Err(format!("{what} has an unknown member '{unknown}'{guess}"))
        }
        None => Ok(object),
    }
}
