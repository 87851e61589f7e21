//! How data flows through a state, and where it leads.

use model::StateName;

use super::{cursor::Cursor, fields, path};
use crate::{Next, Placement, Selection};

/// `Next` or `End`, exactly one of them.
///
/// Spec: ASL § Transitions.
pub(super) fn next(state: &Cursor<'_>) -> Option<Next> {
    const GROUP: [&str; 2] = ["Next", "End"];
    let end = state.optional_or("End", false, Cursor::boolean);
    let next = state.optional("Next", state_name);
    // `"End": false` is as if it were left out.
    match (next?, end?) {
        (Some(next), false) => Some(Next::State(next)),
        (None, true) => Some(Next::End),
        (Some(_), true) => {
            state.refuse(fields::both(&GROUP));
            None
        }
        (None, false) => {
            state.refuse(fields::neither(&GROUP));
            None
        }
    }
}

/// The name of a state, which may not exist.
pub(super) fn state_name(cursor: &Cursor<'_>) -> Option<StateName> {
    cursor.string().map(StateName::new)
}

/// `InputPath`, `OutputPath`.
///
/// Spec: ASL § Input and Output Processing.
pub(super) fn selection(cursor: &Cursor<'_>) -> Option<Selection> {
    if cursor.value().is_null() {
        return Some(Selection::Nothing);
    }
    if cursor.value() == "$" {
        return Some(Selection::Whole);
    }
    path::sourced(cursor).map(Selection::At)
}

/// `ResultPath`.
///
/// Spec: ASL § `ResultPath`.
pub(super) fn placement(cursor: &Cursor<'_>) -> Option<Placement> {
    if cursor.value().is_null() {
        return Some(Placement::Discard);
    }
    if cursor.value() == "$" {
        return Some(Placement::Replace);
    }
    path::reference(cursor).map(Placement::At)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::examples::{refusals_of, task};

    #[test]
    fn a_state_leads_on_or_ends() {
        assert_eq!(
            refusals_of(json!({"Type": "Pass"})),
            [
                "This object should have only one of the following fields: [Next, End] at \
                 /States/S",
                "MISSING_END_STATE: Workflow has no terminal state at null",
            ]
        );
        assert_eq!(
            refusals_of(json!({"Type": "Pass", "End": true, "Next": "S"})),
            ["There should only be one of the following fields: [Next, End] at /States/S"]
        );
        assert_eq!(
            refusals_of(json!({"Type": "Pass", "End": 1})),
            ["Expected value of type [BOOLEAN] at /States/S/End"]
        );
    }

    #[test]
    fn a_path_must_be_one() {
        assert_eq!(
            refusals_of(task(json!({"InputPath": "a", "OutputPath": 1, "ResultPath": "$.a[*]"}))),
            [
                "Value must be a valid JSONPath. at /States/S/InputPath",
                "Expected value of type [STRING] at /States/S/OutputPath",
                "Value is not a Reference Path at /States/S/ResultPath",
            ]
        );
        assert_eq!(
            refusals_of(task(json!({"ResultPath": "a"}))),
            ["Value is not a Reference Path: Reference path didn't start with '$' at \
              /States/S/ResultPath"]
        );
    }

    #[test]
    fn a_template_names_the_key_whose_value_is_no_expression() {
        assert_eq!(
            refusals_of(task(json!({"Parameters": {"a": [{"b.$": "c"}], "d.$": 1}}))),
            [
                "The value for the field 'b.$' must be a valid JSONPath or a valid intrinsic \
                 function call at /States/S/Parameters/a[0]",
                "The value for the field 'd.$' must be a valid JSONPath or a valid intrinsic \
                 function call at /States/S/Parameters",
            ]
        );
    }
}
