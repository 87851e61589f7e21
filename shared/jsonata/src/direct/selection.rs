//! Selects from the items of an array.

use serde_json::Value;

use super::{
    DirectLookup, DirectStep,
    condition::{ConditionOutcome, ItemCondition, ResolvedCondition},
};
use crate::{
    convert,
    limits::{ITEMS_MAX, VALUE_BYTES_MAX},
    session::JsonataSession,
};

/// Follows the steps from each item that meets the conditions.
///
/// Shape: one value stands for itself, several values are an array.
pub(super) fn select_items<'v>(
    items: &'v [Value],
    conditions: &[ItemCondition],
    steps: &[DirectStep],
    session: &JsonataSession<'v>,
) -> DirectLookup<'v> {
    if items.len() > ITEMS_MAX || steps.iter().any(|step| !step.conditions.is_empty()) {
        return DirectLookup::Unknown;
    }
    let tests = conditions.iter().map(|condition| condition.resolve_operands(session));
    let Some(tests) = tests.collect::<Option<Vec<_>>>() else { return DirectLookup::Unknown };
    let mut budget = VALUE_BYTES_MAX;
    let mut selected = Vec::new();
    for item in items {
        let value = match select_item(item, &tests, steps) {
            ItemSelection::Value(value) => value,
            ItemSelection::Nothing => continue,
            ItemSelection::Unknown => return DirectLookup::Unknown,
        };
        match convert::round_trip_value(value, &mut budget) {
            Some(value) => selected.push(value),
            None => return DirectLookup::Unknown,
        }
    }
    match selected.len() {
        0 => DirectLookup::Nothing,
        1 => selected.pop().map_or(DirectLookup::Nothing, DirectLookup::Selected),
        _ => DirectLookup::Selected(Value::Array(selected)),
    }
}

enum ItemSelection<'v> {
    Value(&'v Value),
    Nothing,
    Unknown,
}

fn select_item<'v>(
    item: &'v Value,
    tests: &[ResolvedCondition<'_>],
    steps: &[DirectStep],
) -> ItemSelection<'v> {
    let Value::Object(members) = item else { return ItemSelection::Unknown };
    for test in tests {
        match test.check_item(members) {
            ConditionOutcome::Holds => {}
            ConditionOutcome::Fails => return ItemSelection::Nothing,
            ConditionOutcome::Unknown => return ItemSelection::Unknown,
        }
    }
    let mut value = item;
    for step in steps {
        let member = match value {
            Value::Object(members) => members.get(&step.name),
            Value::Array(_) => return ItemSelection::Unknown,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        };
        match member {
            Some(member) => value = member,
            None => return ItemSelection::Nothing,
        }
    }
    // The engine flattens arrays of arrays.
    if value.is_array() { ItemSelection::Unknown } else { ItemSelection::Value(value) }
}
