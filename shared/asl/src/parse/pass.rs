//! Pass State.

use super::{
    cursor::DocumentCursor,
    fields::ObjectSchema,
    flow,
    language::{ParseLanguage, ResultPresence},
};
use crate::PassState;

/// Spec: ASL § Pass State.
pub(super) const FIELDS: ObjectSchema = ObjectSchema {
    allowed: &["Type", "Comment", "QueryLanguage", "Next", "End", "Assign"],
    jsonpath: &["InputPath", "OutputPath", "Parameters", "ResultPath", "Result"],
    jsonata: &["Output"],
    ..ObjectSchema::NONE
};

/// Reads a Pass.
pub(super) fn parse_pass_state<L: ParseLanguage>(
    state: &DocumentCursor<'_>,
) -> Option<PassState<L>> {
    let next = flow::parse_next_or_end(state);
    let flow = L::parse_data_flow(state, ResultPresence::Absent);
    Some(PassState { flow: flow?, result: L::parse_pass_result(state), next: next? })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::examples::refusals_of;

    #[test]
    fn a_parameter_is_given_with_a_dollar_or_without_but_not_both() {
        assert_eq!(
            refusals_of(json!({"Type": "Pass", "End": true,
                "Parameters": {"list": [{"k.$": "$.k", "k": 1}]}})),
            ["There should only be one of the following fields: [k, k.$] at \
              /States/S/Parameters/list[0]"]
        );
    }

    #[test]
    fn a_text_in_a_call_escapes_only_quotes_braces_and_backslashes() {
        let refusals = |call: &str| {
            refusals_of(json!({"Type": "Pass", "End": true, "Parameters": {"parsed.$": call}}))
        };
        assert_eq!(
            refusals(r#"States.StringToJson('{\"a\":1}')"#),
            ["The value for the field 'parsed.$' must be a valid JSONPath or a valid intrinsic \
              function call at /States/S/Parameters"]
        );
        assert!(refusals(r"States.Format('\{\}\'\\ {}', $.a)  ").is_empty());
    }
}
