//! Fail State.

use super::{cursor::DocumentCursor, fields::ObjectSchema, language::ParseLanguage};
use crate::FailState;

/// Spec: ASL § Fail State.
pub(super) const FIELDS: ObjectSchema = ObjectSchema {
    allowed: &["Type", "Comment", "QueryLanguage", "Error", "Cause"],
    jsonpath: &["ErrorPath", "CausePath"],
    ..ObjectSchema::NONE
};

/// Reads a Fail.
pub(super) fn parse_fail_state<L: ParseLanguage>(
    state: &DocumentCursor<'_>,
) -> Option<FailState<L>> {
    let error = L::parse_fail_text(state, ["Error", "ErrorPath"]);
    let cause = L::parse_fail_text(state, ["Cause", "CausePath"]);
    Some(FailState { error: error?, cause: cause? })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::examples::refusals_of;

    #[test]
    fn an_error_and_a_cause_are_given_or_named_but_not_both() {
        assert_eq!(
            refusals_of(json!({"Type": "Fail", "Error": "E", "ErrorPath": "$.e", "Cause": 1})),
            [
                "There should only be one of the following fields: [Error, ErrorPath] at \
                 /States/S",
                "Expected value of type [STRING] at /States/S/Cause",
            ]
        );
        assert!(refusals_of(json!({"Type": "Fail"})).is_empty());
    }

    #[test]
    fn a_path_may_be_a_function_that_gives_a_text() {
        let fail = |function: &str| refusals_of(json!({"Type": "Fail", "CausePath": function}));
        assert!(fail("States.Format('{}', $.a)").is_empty());
        assert!(fail("States.JsonToString($$.State)").is_empty());
        let refusals = fail("States.Array(1)");
        assert!(refusals[0].starts_with("The function 'States.Array' is not"), "{refusals:?}");
        assert_eq!(fail("nothing").len(), 1);
    }
}
