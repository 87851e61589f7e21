//! Fail State.

use jsonpath::{Expression, Function};

use super::{
    cursor::Cursor,
    fields::{self, Fields},
    path,
};
use crate::{Fail, Text};

/// Spec: ASL § Fail State.
pub(super) const FIELDS: Fields = Fields {
    allowed: &["Type", "Comment", "QueryLanguage", "Error", "ErrorPath", "Cause", "CausePath"],
    jsonata: &[],
    required: &[],
};

/// The intrinsic functions that give a text.
///
/// Spec: Developer Guide, Fail workflow state, `CausePath`, `ErrorPath`.
const FUNCTIONS: [Function; 7] = [
    Function::Format,
    Function::JsonToString,
    Function::ArrayGetItem,
    Function::Base64Encode,
    Function::Base64Decode,
    Function::Hash,
    Function::Uuid,
];

/// Reads a Fail.
pub(super) fn parse(state: &Cursor<'_>) -> Option<Fail> {
    let error = text(state, &["Error", "ErrorPath"]);
    let cause = text(state, &["Cause", "CausePath"]);
    Some(Fail { error: error?, cause: cause? })
}

/// Reads a field, or the one that names it by a path; they exclude each other.
fn text(state: &Cursor<'_>, group: &[&str; 2]) -> Option<Text> {
    let [plain, _] = group;
    match fields::at_most_one(state, group)? {
        None => Some(Text::Absent),
        Some((name, cursor)) if name == *plain => {
            cursor.string().map(|text| Text::Literal(text.to_owned()))
        }
        Some((_, cursor)) => text_expression(&cursor).map(Text::Expression),
    }
}

fn text_expression(cursor: &Cursor<'_>) -> Option<Expression> {
    let expression = path::expression(cursor)?;
    if let Expression::Call(call) = &expression
        && !FUNCTIONS.contains(&call.function())
    {
        let names: Vec<String> = FUNCTIONS.iter().map(Function::to_string).collect();
        cursor.refuse(format!(
            "The function '{}' is not one of those that return a string: [{}]",
            call.function(),
            names.join(", ")
        ));
        return None;
    }
    Some(expression)
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
