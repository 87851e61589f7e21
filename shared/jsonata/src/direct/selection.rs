//! What a path selects from the items of an array.

use serde_json::Value;

use super::{
    Found, Step,
    condition::{Condition, Test, Verdict},
};
use crate::{
    convert,
    limits::{ITEMS_MAX, VALUE_BYTES_MAX},
    session::Session,
};

/// What the steps lead to from each item that meets the conditions.
///
/// Shape: one value stands for itself, several are an array.
pub(super) fn select<'v>(
    items: &'v [Value],
    conditions: &[Condition],
    steps: &[Step],
    session: &Session<'v>,
) -> Found<'v> {
    if items.len() > ITEMS_MAX || steps.iter().any(|step| !step.conditions.is_empty()) {
        return Found::Unknown;
    }
    let tests = conditions.iter().map(|condition| condition.test(session));
    let Some(tests) = tests.collect::<Option<Vec<_>>>() else { return Found::Unknown };
    let mut budget = VALUE_BYTES_MAX;
    let mut selected = Vec::new();
    for item in items {
        let value = match one(item, &tests, steps) {
            One::Value(value) => value,
            One::Nothing => continue,
            One::Unknown => return Found::Unknown,
        };
        match convert::through_engine(value, &mut budget) {
            Some(value) => selected.push(value),
            None => return Found::Unknown,
        }
    }
    match selected.len() {
        0 => Found::Nothing,
        1 => selected.pop().map_or(Found::Nothing, Found::Selected),
        _ => Found::Selected(Value::Array(selected)),
    }
}

enum One<'v> {
    Value(&'v Value),
    Nothing,
    Unknown,
}

fn one<'v>(item: &'v Value, tests: &[Test<'_>], steps: &[Step]) -> One<'v> {
    let Value::Object(members) = item else { return One::Unknown };
    for test in tests {
        match test.verdict(members) {
            Verdict::Holds => {}
            Verdict::Fails => return One::Nothing,
            Verdict::Unknown => return One::Unknown,
        }
    }
    let mut value = item;
    for step in steps {
        let member = match value {
            Value::Object(members) => members.get(&step.name),
            Value::Array(_) => return One::Unknown,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        };
        match member {
            Some(member) => value = member,
            None => return One::Nothing,
        }
    }
    // Arrays of arrays are flattened.
    if value.is_array() { One::Unknown } else { One::Value(value) }
}
