//! `Assign`: variables and their values.

use model::limits::NAME_CHARS_MAX;

use super::{
    cursor::DocumentCursor,
    jsonata_expression::{self, StatesVariableMembers},
    path,
    report::VariableAssignment,
};
use crate::DiagnosticCode;

/// Reads `Assign` in JSONPath: a payload template.
///
/// Spec: ASL § Workflow variables.
#[expect(clippy::option_option, reason = "wrong, left out and given are three things")]
pub(super) fn parse_jsonpath_assign(
    object: &DocumentCursor<'_>,
) -> Option<Option<jsonpath::PayloadTemplate>> {
    object.optional_field("Assign", |assign| {
        let names = check_variable_names(assign, |key| key.strip_suffix(".$").unwrap_or(key));
        let template = path::parse_payload_template(assign);
        names?;
        template
    })
}

/// Reads `Assign` in JSONata.
///
/// Spec: ASL § Workflow variables.
#[expect(clippy::option_option, reason = "wrong, left out and given are three things")]
pub(super) fn parse_jsonata_assign(
    object: &DocumentCursor<'_>,
    members: StatesVariableMembers,
) -> Option<Option<jsonata::JsonataTemplate>> {
    object.optional_field("Assign", |assign| {
        let names = check_variable_names(assign, |key| key);
        let template = jsonata_expression::parse_jsonata_template(assign, members);
        names?;
        template
    })
}

/// Checks the names of the variables, and records every assignment.
fn check_variable_names<'k>(
    assign: &DocumentCursor<'k>,
    name_of: impl Fn(&'k str) -> &'k str,
) -> Option<()> {
    assign.expect_object()?;
    let mut is_good = true;
    for (key, value) in assign.field_entries() {
        let name = name_of(key);
        if name == "states" {
            let message = "Cannot assign to reserved variable '$states'.";
            value.refuse_as(DiagnosticCode::ReservedVariableName, message);
            is_good = false;
        } else if !is_variable_name(name) {
            let message = format!(
                "Invalid variable name '{name}': the variable name contains invalid characters."
            );
            value.refuse_as(DiagnosticCode::InvalidVariableName, message);
            is_good = false;
        }
        let location = value.location().to_owned();
        assign.report().note_assignment(VariableAssignment { name: name.to_owned(), location });
    }
    is_good.then_some(())
}

/// Whether a string is a valid variable name.
///
/// Spec: ASL § Workflow variables: Unicode's `ID_Start`, then `ID_Continue`. Letters and digits are
/// the closest that the standard library has.
fn is_variable_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|other| other.is_alphanumeric() || other == '_')
        && name.chars().count() <= NAME_CHARS_MAX
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::examples::{definition_refusals, refusals_of};

    #[test]
    fn a_variable_has_a_name() {
        assert_eq!(
            refusals_of(json!({"Type": "Pass", "End": true,
                "Assign": {"states": 1, "1x": 2, "größe.$": "$.a", "_ok": 3}})),
            [
                "RESERVED_VARIABLE_NAME: Cannot assign to reserved variable '$states'. at \
                 /States/S/Assign/states",
                "INVALID_VARIABLE_NAME: Invalid variable name '1x': the variable name contains \
                 invalid characters. at /States/S/Assign/1x",
            ]
        );
    }

    #[test]
    fn an_inner_scope_does_not_assign_what_an_outer_one_does() {
        let machine = |inner: &str| {
            json!({"StartAt": "F", "States": {
                "F": {"Type": "Pass", "Assign": {"shared": 1}, "Next": "M"},
                "M": {"Type": "Map", "End": true, "ItemProcessor": {
                    "StartAt": "P",
                    "States": {"P": {"Type": "Pass", "Assign": {inner: 2}, "End": true}}}}}})
            .to_string()
        };
        assert!(definition_refusals(&machine("own")).is_empty());
        assert_eq!(
            definition_refusals(&machine("shared")),
            [
                "DUPLICATE_VARIABLE_NAME: The variable name 'shared' was already defined in a parent \
              scope. at /States/M/ItemProcessor/States/P/Assign/shared"
            ]
        );
    }

    #[test]
    fn a_parallel_assigns_what_its_own_branches_assign() {
        let machine = |assigned_before: &str| {
            let branch = json!({"StartAt": "B", "States": {
                "B": {"Type": "Pass", "Assign": {"found": 1}, "End": true}}});
            json!({"StartAt": "F", "States": {
                "F": {"Type": "Pass", "Assign": {assigned_before: 0}, "Next": "P"},
                "P": {"Type": "Parallel", "Branches": [branch], "Assign": {"found.$": "$[0]"},
                      "Catch": [{"ErrorEquals": ["E"], "Assign": {"found": 0}, "Next": "G"}],
                      "Next": "G"},
                "G": {"Type": "Succeed"}}})
            .to_string()
        };
        assert!(definition_refusals(&machine("other")).is_empty());
        let refusals = definition_refusals(&machine("found"));
        assert_eq!(refusals.len(), 1, "{refusals:?}");
        assert!(refusals[0].ends_with("/States/P/Branches[0]/States/B/Assign/found"));
    }

    #[test]
    fn a_state_without_a_way_on_assigns_nothing() {
        assert_eq!(
            refusals_of(json!({"Type": "Succeed", "Assign": {"a": 1}})),
            ["Field 'Assign' is not supported at /States/S"]
        );
    }
}
