//! Reads how data flows through a state, and what follows the state.

use model::StateName;

use super::{cursor::DocumentCursor, fields, path};
use crate::{InputOutputPath, NextOrEnd, ResultPath};

/// Reads `Next` or `End`, of which a state must have exactly one.
///
/// Spec: ASL § Transitions.
pub(super) fn parse_next_or_end(state: &DocumentCursor<'_>) -> Option<NextOrEnd> {
    const GROUP: [&str; 2] = ["Next", "End"];
    let end = state.optional_field_or("End", false, DocumentCursor::expect_boolean);
    let next = state.optional_field("Next", parse_state_name);
    // `"End": false` means the same as no `End`.
    match (next?, end?) {
        (Some(next), false) => Some(NextOrEnd::State(next)),
        (None, true) => Some(NextOrEnd::End),
        (Some(_), true) => {
            state.refuse(fields::several_fields_message(&GROUP));
            None
        }
        (None, false) => {
            state.refuse(fields::no_field_message(&GROUP));
            None
        }
    }
}

/// Reads the name of a state, which may not exist.
pub(super) fn parse_state_name(cursor: &DocumentCursor<'_>) -> Option<StateName> {
    cursor.expect_string().map(StateName::new)
}

/// Reads `InputPath` or `OutputPath`.
///
/// Spec: ASL § Input and Output Processing.
pub(super) fn parse_input_output_path(cursor: &DocumentCursor<'_>) -> Option<InputOutputPath> {
    if cursor.value().is_null() {
        return Some(InputOutputPath::Nothing);
    }
    if cursor.value() == "$" {
        return Some(InputOutputPath::Whole);
    }
    path::parse_sourced_path(cursor).map(InputOutputPath::Path)
}

/// Reads `ResultPath`.
///
/// Spec: ASL § `ResultPath`.
pub(super) fn parse_result_path(cursor: &DocumentCursor<'_>) -> Option<ResultPath> {
    if cursor.value().is_null() {
        return Some(ResultPath::Discard);
    }
    if cursor.value() == "$" {
        return Some(ResultPath::Replace);
    }
    path::parse_reference_path(cursor).map(ResultPath::Path)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::examples::{refusals_of, task_state_json};

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
            refusals_of(task_state_json(
                json!({"InputPath": "a", "OutputPath": 1, "ResultPath": "$.a[*]"})
            )),
            [
                "Value must be a valid JSONPath. at /States/S/InputPath",
                "Expected value of type [STRING] at /States/S/OutputPath",
                "Value is not a Reference Path at /States/S/ResultPath",
            ]
        );
        assert_eq!(
            refusals_of(task_state_json(json!({"ResultPath": "a"}))),
            ["Value is not a Reference Path: Reference path didn't start with '$' at \
              /States/S/ResultPath"]
        );
    }

    #[test]
    fn a_template_names_the_key_whose_value_is_no_expression() {
        assert_eq!(
            refusals_of(task_state_json(json!({"Parameters": {"a": [{"b.$": "c"}], "d.$": 1}}))),
            [
                "The value for the field 'b.$' must be a valid JSONPath or a valid intrinsic \
                 function call at /States/S/Parameters/a[0]",
                "The value for the field 'd.$' must be a valid JSONPath or a valid intrinsic \
                 function call at /States/S/Parameters",
            ]
        );
    }
}
