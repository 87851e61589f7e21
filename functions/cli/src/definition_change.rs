//! What an edit of a definition has changed, in a line.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::counted_noun::counted_noun;

/// The members of a state that hold other states.
const NESTING_MEMBERS: [&str; 3] = ["Branches", "ItemProcessor", "Iterator"];

/// The most names of states in a line.
const NAMES_MAX: usize = 5;

/// `2 states changed (Charge, Ship), 1 added (Refund)`; none if the definitions say the same.
pub(crate) fn describe_change(before: &str, after: &str) -> Option<String> {
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let (before, after) = (parse(before), parse(after));
    if before == after {
        return None;
    }
    let (old, new) = (flat_states(&before), flat_states(&after));
    let changed =
        |(name, state): &(&&str, &Value)| old.get(**name).is_some_and(|old| old != *state);
    let changed: Vec<&str> = new.iter().filter(changed).map(|(name, _)| *name).collect();
    let added: Vec<&str> = new.keys().filter(|name| !old.contains_key(*name)).copied().collect();
    let removed: Vec<&str> = old.keys().filter(|name| !new.contains_key(*name)).copied().collect();
    let mut parts = Vec::new();
    for (what, names) in [("changed", changed), ("added", added), ("removed", removed)] {
        if names.is_empty() {
            continue;
        }
        let count = if parts.is_empty() {
            counted_noun(&names.len(), "state")
        } else {
            names.len().to_string()
        };
        let more = if names.len() > NAMES_MAX { ", …" } else { "" };
        let shown = names.iter().take(NAMES_MAX).copied().collect::<Vec<_>>().join(", ");
        parts.push(format!("{count} {what} ({shown}{more})"));
    }
    parts.extend(changed_fields(&before, &after));
    Some(parts.join(", "))
}

/// The fields of the definition itself that differ, such as `StartAt`.
fn changed_fields(before: &Value, after: &Value) -> Option<String> {
    let names = [before, after].into_iter().filter_map(Value::as_object).flat_map(Map::keys);
    let mut names: Vec<&str> = names.map(String::as_str).filter(|name| *name != "States").collect();
    names.retain(|name| before.get(name) != after.get(name));
    names.sort_unstable();
    names.dedup();
    (!names.is_empty()).then(|| format!("{} changed", names.join(", ")))
}

/// All states by their names, which no two of a definition share, each without those inside it.
fn flat_states(definition: &Value) -> BTreeMap<&str, Value> {
    let mut states = BTreeMap::new();
    collect_states(definition, &mut states);
    states
}

fn collect_states<'d>(scope: &'d Value, states: &mut BTreeMap<&'d str, Value>) {
    for (name, state) in scope["States"].as_object().into_iter().flatten() {
        let mut own = state.clone();
        for member in NESTING_MEMBERS {
            match &state[member] {
                Value::Array(branches) => {
                    for branch in branches {
                        collect_states(branch, states);
                    }
                }
                scope => collect_states(scope, states),
            }
            if let Some(inner) = own.get_mut(member) {
                remove_states(inner);
            }
        }
        states.insert(name.as_str(), own);
    }
}

fn remove_states(scope: &mut Value) {
    match scope {
        Value::Array(branches) => branches.iter_mut().for_each(remove_states),
        Value::Object(members) => drop(members.remove("States")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(before: &Value, after: &Value) -> Option<String> {
        describe_change(&before.to_string(), &after.to_string())
    }

    #[test]
    fn changed_added_and_removed_states_are_named() {
        let map = |inner: &str| {
            json!({"Type": "Map", "ItemProcessor": {"StartAt": "Price",
                "States": {"Price": {"Type": inner, "End": true}}}})
        };
        let before = json!({"StartAt": "Charge", "States": {
            "Charge": {"Type": "Pass"}, "Lines": map("Pass"), "Old": {"Type": "Fail"}}});
        let after = json!({"StartAt": "Charge", "Comment": "c", "States": {
            "Charge": {"Type": "Wait"}, "Lines": map("Wait"), "Refund": {"Type": "Fail"}}});
        let expected = "2 states changed (Charge, Price), 1 added (Refund), 1 removed (Old), \
                        Comment changed";
        assert_eq!(change(&before, &after).as_deref(), Some(expected));
    }

    #[test]
    fn a_definition_that_is_only_written_differently_has_not_changed() {
        let before = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}"#;
        assert_eq!(describe_change(before, &before.replace(' ', "\n")), None);
        let other = before.replace("\"A\"", "\"B\"");
        let expected = "1 state added (B), 1 removed (A), StartAt changed";
        assert_eq!(describe_change(before, &other).as_deref(), Some(expected));
    }
}
