//! Variables that are read before anything can have assigned them.

use std::collections::{BTreeMap, BTreeSet};

use model::StateName;
use serde_json::Value;

use super::{live_transitions, states_by_name};
use crate::{
    Diagnostic, DiagnosticCode,
    outline::{OutlineLanguage, StateOutline, TypedStateOutline, WorkflowOutline},
};

/// The variables that may have a value when a state is entered.
type AssignedVariables<'d> = BTreeSet<&'d str>;

/// Reports every variable that a state reads and that no state before it can have assigned.
///
/// `reads` holds the variables that each state reads.
pub(super) fn find_unassigned_variables(
    workflows: &[WorkflowOutline<'_>],
    reads: &BTreeMap<StateName, BTreeSet<String>>,
) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut entered: Vec<BTreeMap<&str, AssignedVariables<'_>>> = Vec::new();
    for workflow in workflows {
        // A nested workflow can read the variables of the enclosing one.
        let from_outside = match workflow.outer {
            None => Some(AssignedVariables::new()),
            Some((outer, owner)) => entered[outer].get(owner).cloned(),
        };
        let assigned =
            from_outside.map_or_else(BTreeMap::new, |from| propagate_assignments(workflow, from));
        for state in &workflow.states {
            let names = reads.get(&StateName::new(state.name)).into_iter().flatten();
            let Some((shape, before)) = state.shape.zip(assigned.get(state.name)) else { continue };
            let unassigned = names.filter(|name| !before.contains(name.as_str()));
            let is_variable = |name: &&String| {
                shape.language == OutlineLanguage::JsonPath || !FUNCTIONS.contains(&name.as_str())
            };
            findings.extend(
                unassigned
                    .filter(is_variable)
                    .map(|name| unassigned_variable_warning(state, &shape, name)),
            );
        }
        entered.push(assigned);
    }
    findings
}

/// Returns the variables that may be assigned on entry, for each state that can be entered.
fn propagate_assignments<'d>(
    workflow: &WorkflowOutline<'d>,
    at_start: AssignedVariables<'d>,
) -> BTreeMap<&'d str, AssignedVariables<'d>> {
    let states = states_by_name(workflow);
    let mut entered: BTreeMap<&str, AssignedVariables<'d>> = BTreeMap::new();
    let mut open: Vec<(&str, AssignedVariables<'d>)> =
        workflow.start_at.map(|start| (start, at_start)).into_iter().collect();
    while let Some((name, assigned)) = open.pop() {
        let Some(shape) = states.get(name).and_then(|state| state.shape) else { continue };
        let is_first = !entered.contains_key(name);
        let known = entered.entry(name).or_default();
        let count = known.len();
        known.extend(assigned);
        if is_first || known.len() > count {
            let mut after = known.clone();
            after.extend(assigned_by(&shape));
            let next = live_transitions(&shape).into_iter();
            open.extend(next.map(|transition| (transition.target, after.clone())));
        }
    }
    entered
}

/// Returns the variables that a state may assign, whichever transition it takes.
fn assigned_by<'d>(shape: &TypedStateOutline<'d>) -> Vec<&'d str> {
    let handlers = ["Choices", "Catch"].into_iter().flat_map(|list| shape.field_elements(list));
    let inner = handlers.filter_map(|handler| handler.get("Assign"));
    let all = inner.chain(shape.fields.get("Assign"));
    all.filter_map(Value::as_object)
        .flat_map(|assign| assign.keys())
        .map(|key| key.strip_suffix(".$").unwrap_or(key))
        .collect()
}

fn unassigned_variable_warning(
    state: &StateOutline<'_>,
    shape: &TypedStateOutline<'_>,
    name: &str,
) -> Diagnostic {
    let nested = ["Branches", "ItemProcessor", "Iterator", "Comment"];
    let fields = shape.fields.iter().filter(|(field, _)| !nested.contains(&field.as_str()));
    let place = fields.into_iter().find_map(|(field, value)| {
        locate_variable_mention(value, name)
            .map(|inside| format!("{}/{field}{inside}", state.location))
    });
    let message = format!("The variable ${name} is read before anything can have assigned it");
    let location = place.unwrap_or_else(|| state.location.clone());
    Diagnostic::warning(DiagnosticCode::StatewrightUnassignedVariable, message, location)
}

/// Returns the location, within a value, of the first string that mentions the variable.
fn locate_variable_mention(value: &Value, name: &str) -> Option<String> {
    match value {
        Value::String(text) => {
            let mut found = text.match_indices('$').map(|(at, _)| &text[at + 1..]);
            let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
            let is_named = found.any(|rest| rest.strip_prefix(name).is_some_and(ends));
            is_named.then(String::new)
        }
        Value::Array(elements) => elements.iter().enumerate().find_map(|(index, element)| {
            locate_variable_mention(element, name).map(|inside| format!("[{index}]{inside}"))
        }),
        Value::Object(members) => members.iter().find_map(|(key, value)| {
            locate_variable_mention(value, name).map(|inside| format!("/{key}{inside}"))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// Names that can be read like variables: the functions of JSONata, those that Step Functions adds,
/// and `$states`.
const FUNCTIONS: [&str; 71] = [
    "abs",
    "append",
    "assert",
    "average",
    "base64decode",
    "base64encode",
    "boolean",
    "ceil",
    "clone",
    "contains",
    "count",
    "decodeUrl",
    "decodeUrlComponent",
    "distinct",
    "each",
    "encodeUrl",
    "encodeUrlComponent",
    "error",
    "eval",
    "exists",
    "filter",
    "floor",
    "formatBase",
    "formatInteger",
    "formatNumber",
    "fromMillis",
    "hash",
    "join",
    "keys",
    "length",
    "lookup",
    "lowercase",
    "map",
    "match",
    "max",
    "merge",
    "millis",
    "min",
    "not",
    "now",
    "number",
    "pad",
    "parse",
    "parseInteger",
    "partition",
    "power",
    "random",
    "range",
    "reduce",
    "replace",
    "reverse",
    "round",
    "shuffle",
    "sift",
    "single",
    "sort",
    "split",
    "spread",
    "sqrt",
    "string",
    "substring",
    "substringAfter",
    "substringBefore",
    "sum",
    "toMillis",
    "trim",
    "type",
    "uppercase",
    "uuid",
    "zip",
    "states",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::found;

    #[test]
    fn a_variable_is_assigned_on_some_way_to_where_it_is_read() {
        let machine = |assigned: &str| {
            found(
                "JSONata",
                json!({
                    "A": {"Type": "Choice", "Default": "C", "Choices": [
                        {"Condition": "{% $states.input.b %}", "Next": "B"}]},
                    "B": {"Type": "Pass", "Assign": {assigned: 1}, "Next": "C"},
                    "C": {"Type": "Pass", "Output": {"x": ["{% $xs & $x %}"]}, "End": true},
                }),
            )
            .into_iter()
            .filter(|finding| !finding.contains("$xs"))
            .collect::<Vec<_>>()
        };
        assert_eq!(machine("x"), [""; 0]);
        assert_eq!(
            machine("y"),
            ["STATEWRIGHT_UNASSIGNED_VARIABLE: The variable $x is read before anything can have \
              assigned it at /States/C/Output/x[0]"]
        );
    }

    #[test]
    fn an_assignment_holds_only_after_its_state() {
        let pass = |next: &str| json!({"Type": "Pass", "Assign": {"x.$": "$x"}, "Next": next});
        let end = json!({"Type": "Succeed"});
        assert_eq!(found("JSONPath", json!({"A": pass("B"), "B": end})).len(), 1);
        // In the second iteration of the loop it has a value.
        let choice = json!({"Type": "Choice", "Default": "B", "Choices": [
            {"Variable": "$.again", "IsPresent": true, "Next": "A"}]});
        let round = json!({"A": pass("C"), "B": end, "C": choice});
        assert_eq!(found("JSONPath", round), [""; 0]);
    }

    #[test]
    fn an_inner_workflow_reads_what_was_assigned_around_it() {
        let machine = |name: &str| {
            let inner = json!({"StartAt": "I", "States": {
                "I": {"Type": "Pass", "Parameters": {"x.$": "$x"}, "End": true}}});
            found(
                "JSONPath",
                json!({
                    "A": {"Type": "Pass", "Assign": {name: 1}, "Next": "M"},
                    "M": {"Type": "Map", "ItemProcessor": inner, "End": true},
                }),
            )
        };
        assert_eq!(machine("x"), [""; 0]);
        let findings = machine("y");
        assert!(
            findings[0].ends_with(" at /States/M/ItemProcessor/States/I/Parameters/x.$"),
            "{findings:?}"
        );
    }

    #[test]
    fn a_function_is_no_variable() {
        let pass = |output: &str| {
            let output = format!("{{% {output} %}}");
            found("JSONata", json!({"A": {"Type": "Pass", "Output": output, "End": true}}))
        };
        assert_eq!(pass("$map(['a'], $uppercase)"), [""; 0]);
        assert_eq!(pass("($f := function($n) { $n }; $f(1))"), [""; 0]);
        assert_eq!(pass("$map(['a'], $nope)").len(), 1);
    }
}
