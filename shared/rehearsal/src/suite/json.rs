//! Cases in JSON.
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

use super::{Alone, Case, DefinitionSource, Expectation, Expected, Position, Suite, SuiteError};
use crate::{Mocks, diff};

const FILE_MEMBERS: [&str; 4] = ["definition", "definitionFile", "mocks", "cases"];
const CASE_MEMBERS: [&str; 8] =
    ["name", "input", "mocks", "state", "context", "variables", "retries", "expect"];
const EXPECT_MEMBERS: [&str; 6] = ["output", "error", "cause", "status", "next", "history"];

type Read<'r> = dyn Fn(&str) -> Result<String, String> + 'r;

/// Reads a JSON file.
pub(super) fn suite(text: &str, read: &Read<'_>) -> Result<Suite, SuiteError> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| SuiteError::new(Some(error.line()), format!("not JSON: {error}")))?;
    from_value(&value, read).map_err(|reason| SuiteError::new(None, reason))
}

/// The text with the expectations that say something else replaced, as `serde_json` prints it.
pub(super) fn updated(text: &str, actual: &[(Position, Expected)]) -> String {
    let Ok(mut file) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    for (place, expected) in actual {
        let Position::Member(case) = place else { continue };
        if let Some(expect) = file.pointer_mut(&format!("/cases/{case}/expect")) {
            let (name, value) = member(expected);
            expect[name] = value;
        }
    }
    diff::pretty(&file)
}

fn member(expected: &Expected) -> (&'static str, Value) {
    match expected {
        Expected::Output(value) => ("output", value.clone()),
        Expected::Error(text) => ("error", text.as_str().into()),
        Expected::Cause(text) => ("cause", text.as_str().into()),
        Expected::Status(text) => ("status", text.as_str().into()),
        Expected::Next(text) => ("next", text.as_str().into()),
        Expected::History(lines) => ("history", lines.as_slice().into()),
    }
}

fn from_value(value: &Value, read: &Read<'_>) -> Result<Suite, String> {
    let file = members(value, &FILE_MEMBERS, "the file")?;
    let mut suite = Suite::default();
    let machine = match (file.get("definition"), file.get("definitionFile")) {
        (Some(definition), None) => {
            suite.machine(DefinitionSource::Inside, || Ok(definition.to_string()))?
        }
        (None, Some(Value::String(name))) => {
            suite.machine(DefinitionSource::File(name.clone()), || read(name))?
        }
        _ => return Err("the file needs either a definition or a definitionFile".to_owned()),
    };
    let shared = file.get("mocks").map_or_else(|| Ok(Mocks::default()), mocks)?;
    let cases = file.get("cases").and_then(Value::as_array).filter(|cases| !cases.is_empty());
    let cases = cases.ok_or("the file needs cases, an array with at least one")?;
    for (at, value) in cases.iter().enumerate() {
        let name = value.get("name").and_then(Value::as_str);
        let name = name.map_or_else(|| format!("case {}", at + 1), str::to_owned);
        let case = case(value, &name, at, machine, &shared);
        suite.cases.push(case.map_err(|reason| format!("'{name}': {reason}"))?);
    }
    Ok(suite)
}

fn case(
    value: &Value,
    name: &str,
    at: usize,
    machine: usize,
    shared: &Mocks,
) -> Result<Case, String> {
    let case = members(value, &CASE_MEMBERS, "a case")?;
    let own = case.get("mocks").map_or_else(|| Ok(Mocks::default()), mocks)?;
    let printed = |name: &str| case.get(name).map(Value::to_string);
    let retries = case.get("retries").map(|retries| {
        let number = retries.as_u64().and_then(|number| u32::try_from(number).ok());
        number.ok_or("retries is no number")
    });
    let retries = retries.transpose()?.unwrap_or(0);
    let state = case.get("state").map(|state| {
        let state = model::StateName::new(state.as_str().ok_or("state is no text")?);
        let (context, variables) = (printed("context"), printed("variables"));
        Ok::<_, &str>(Alone { state, context, variables, retries })
    });
    Ok(Case {
        name: name.to_owned(),
        line: None,
        machine,
        input: printed("input").unwrap_or_else(|| "{}".to_owned()),
        mocks: own.or(shared),
        state: state.transpose()?,
        expectations: expectations(case.get("expect"), at)?,
    })
}

fn expectations(value: Option<&Value>, case: usize) -> Result<Vec<Expectation>, String> {
    let expect = members(value.unwrap_or(&Value::Null), &EXPECT_MEMBERS, "expect")?;
    let mut expectations = Vec::new();
    for (name, value) in expect {
        let text = || value.as_str().map(str::to_owned).ok_or_else(|| format!("{name} is no text"));
        let expected = match name.as_str() {
            "output" => Expected::Output(value.clone()),
            "error" => Expected::Error(text()?),
            "cause" => Expected::Cause(text()?),
            "status" => Expected::Status(text()?),
            "next" => Expected::Next(text()?),
            _ => Expected::History(history(value)?),
        };
        expectations.push(Expectation { expected, position: Position::Member(case) });
    }
    if expectations.is_empty() {
        return Err("expect says nothing that must come".to_owned());
    }
    Ok(expectations)
}

fn history(value: &Value) -> Result<Vec<String>, String> {
    let lines = value.as_array().map(|lines| lines.iter().map(|line| line.as_str()));
    let lines: Option<Vec<&str>> = lines.and_then(Iterator::collect);
    let lines = lines.ok_or("history is no array of texts")?;
    Ok(lines.into_iter().map(str::to_owned).collect())
}

fn mocks(value: &Value) -> Result<Mocks, String> {
    Mocks::read(value).map_err(|error| error.to_string())
}

fn members<'v>(
    value: &'v Value,
    known: &[&str],
    what: &str,
) -> Result<&'v Map<String, Value>, String> {
    let object = value.as_object().ok_or_else(|| format!("{what} is no object"))?;
    match object.keys().find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => Err(format!("{what} has an unknown member '{unknown}'")),
        None => Ok(object),
    }
}
