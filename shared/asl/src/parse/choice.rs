//! Choice State.

mod operator;

use model::StateName;

use self::operator::COMPARISONS;
use super::{
    cursor::DocumentCursor,
    fields::{self, ObjectSchema, QueryDialect},
    flow,
    language::ParseLanguage,
    path,
};
use crate::{ChoiceRule, ChoiceState, JsonPathCondition};

/// Spec: ASL § Choice State.
pub(super) const FIELDS: ObjectSchema = ObjectSchema {
    allowed: &["Type", "Comment", "QueryLanguage", "Choices", "Default", "Assign"],
    jsonpath: &["InputPath", "OutputPath"],
    jsonata: &["Output"],
    required: &["Choices"],
};

/// The fields of a top-level rule.
const RULE_FIELDS: ObjectSchema = ObjectSchema {
    allowed: &["Comment", "Next", "Assign"],
    jsonpath: &["And", "Or", "Not", "Variable"],
    jsonata: &["Condition", "Output"],
    required: &["Next"],
};

/// The fields of a rule nested in another.
const NESTED_FIELDS: ObjectSchema = ObjectSchema {
    allowed: &["And", "Or", "Not", "Variable", "Comment"],
    jsonata: &["Condition"],
    ..ObjectSchema::NONE
};

/// The fields of which a rule must have exactly one; `Condition` belongs to JSONata.
const FORMS: [&str; 5] = ["And", "Or", "Not", "Variable", "Condition"];

/// Reads a Choice.
pub(super) fn parse_choice_state<L: ParseLanguage>(
    state: &DocumentCursor<'_>,
) -> Option<ChoiceState<L>> {
    let flow = L::parse_input_output(state);
    let rules = state
        .get("Choices")
        .and_then(|choices| choices.expect_non_empty_array())
        .and_then(|rules| DocumentCursor::read_each(&rules, parse_choice_rule));
    let default = state.optional_field("Default", flow::parse_state_name);
    Some(ChoiceState { flow: flow?, rules: rules?, default: default? })
}

fn parse_choice_rule<L: ParseLanguage>(rule: &DocumentCursor<'_>) -> Option<ChoiceRule<L>> {
    rule.expect_object()?;
    check_rule_fields(rule, &RULE_FIELDS, L::DIALECT);
    let comment =
        rule.optional_field("Comment", |comment| comment.expect_string().map(str::to_owned));
    let condition = L::parse_rule_condition(rule);
    let chosen = L::parse_rule_output(rule);
    let next: Option<StateName> = rule.get("Next").and_then(|next| flow::parse_state_name(&next));
    Some(ChoiceRule { comment: comment?, condition: condition?, next: next?, rule_output: chosen? })
}

/// Checks the names of a rule's fields; [`parse_data_test`] counts the comparisons.
fn check_rule_fields(rule: &DocumentCursor<'_>, fields: &ObjectSchema, dialect: QueryDialect) {
    let is_test = rule.has_field("Variable");
    fields.check_names(rule, dialect, |name| is_test && COMPARISONS.contains(&name));
}

/// Reads a rule's condition in JSONPath; the caller has checked the field names.
pub(super) fn parse_jsonpath_condition(rule: &DocumentCursor<'_>) -> Option<JsonPathCondition> {
    let mut forms = FORMS.iter().filter_map(|form| Some((*form, rule.get(form)?)));
    let (Some((form, cursor)), None) = (forms.next(), forms.next()) else {
        rule.refuse(format!(
            "The object must have only one of the following fields, [{}]",
            FORMS.join(", ")
        ));
        return None;
    };
    match form {
        "And" => parse_nested_rules(&cursor).map(JsonPathCondition::And),
        "Or" => parse_nested_rules(&cursor).map(JsonPathCondition::Or),
        "Not" => parse_nested_rule(&cursor).map(|inner| JsonPathCondition::Not(Box::new(inner))),
        "Variable" => parse_data_test(rule, &cursor),
        // `Condition` belongs to JSONata; its name has been refused.
        _ => None,
    }
}

/// Reads a rule nested in another.
fn parse_nested_rule(rule: &DocumentCursor<'_>) -> Option<JsonPathCondition> {
    rule.expect_object()?;
    check_rule_fields(rule, &NESTED_FIELDS, QueryDialect::JsonPath);
    parse_jsonpath_condition(rule)
}

fn parse_nested_rules(rules: &DocumentCursor<'_>) -> Option<Vec<JsonPathCondition>> {
    DocumentCursor::read_each(&rules.expect_non_empty_array()?, parse_nested_rule)
}

fn parse_data_test(
    rule: &DocumentCursor<'_>,
    variable: &DocumentCursor<'_>,
) -> Option<JsonPathCondition> {
    let variable = path::parse_sourced_reference_path(variable);
    let mut comparisons = COMPARISONS.iter().filter_map(|name| Some((*name, rule.get(name)?)));
    let test = match (comparisons.next(), comparisons.next()) {
        (Some((name, operand)), None) => operator::parse_comparison(name, &operand),
        (None, _) => {
            rule.refuse(fields::no_field_message(&COMPARISONS));
            None
        }
        (Some(_), Some(_)) => {
            rule.refuse(fields::several_fields_message(&COMPARISONS));
            None
        }
    };
    Some(JsonPathCondition::DataTest { variable: variable?, test: test? })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::examples::{definition_of, refusals_of};
    use super::operator::COMPARISONS;
    use crate::{StateBody, StateKind};

    fn choice(mut rule: Value) -> Vec<String> {
        rule["Next"] = json!("S");
        let state = json!({"Type": "Choice", "Choices": [rule]});
        let mut refusals = refusals_of(state);
        // A machine of one Choice has no end, which is not what these tests are about.
        refusals.retain(|refusal| !refusal.starts_with("MISSING_END_STATE"));
        refusals
    }

    #[test]
    fn a_choice_has_rules_and_each_leads_on() {
        let without_end = "MISSING_END_STATE: Workflow has no terminal state at null";
        assert_eq!(
            refusals_of(json!({"Type": "Choice", "Choices": []})),
            ["Value cannot be empty at /States/S/Choices", without_end]
        );
        let rule = json!({"Variable": "$.a", "IsNull": true});
        assert_eq!(
            refusals_of(json!({"Type": "Choice", "Choices": [rule]})),
            ["These fields are required: [Next] at /States/S/Choices[0]", without_end]
        );
    }

    #[test]
    fn a_rule_has_one_form_and_leads_on_at_the_top_only() {
        let nested = json!({"Variable": "$.a", "IsNull": true, "Next": "S"});
        assert_eq!(
            choice(json!({"And": [nested], "Extra": 1})),
            [
                "Field 'Extra' is not supported at /States/S/Choices[0]",
                "Field 'Next' is not supported at /States/S/Choices[0]/And[0]",
            ]
        );
        let one = "The object must have only one of the following fields, [And, Or, Not, \
                   Variable, Condition] at /States/S/Choices[0]";
        assert_eq!(choice(json!({})), [one]);
        assert_eq!(choice(json!({"And": [], "Or": []})), [one]);
        assert_eq!(
            choice(json!({"Not": {"Or": []}})),
            ["Value cannot be empty at /States/S/Choices[0]/Not/Or"]
        );
    }

    #[test]
    fn a_condition_belongs_to_jsonata() {
        assert_eq!(
            choice(json!({"Condition": "{% true %}"})),
            ["The QueryLanguage is set to 'JSONPath', but field 'Condition' is only supported \
              for the 'JSONata' QueryLanguage at /States/S/Choices[0]"]
        );
    }

    #[test]
    fn a_data_test_has_one_comparison() {
        let list = COMPARISONS.join(", ");
        assert_eq!(
            choice(json!({"Variable": "$.a"})),
            [format!(
                "This object should have only one of the following fields: [{list}] at \
                 /States/S/Choices[0]"
            )]
        );
        assert_eq!(
            choice(json!({"Variable": "$.a", "IsNull": true, "IsString": true})),
            [format!(
                "There should only be one of the following fields: [{list}] at \
                 /States/S/Choices[0]"
            )]
        );
    }

    #[test]
    fn every_comparison_takes_its_own_type_only() {
        for name in COMPARISONS {
            let values = [json!("$.x"), json!(1), json!(true), json!("2030-01-01T00:00:00Z")];
            let taken: Vec<bool> = values
                .iter()
                .map(|value| choice(json!({"Variable": "$.a", name: value})).is_empty())
                .collect();
            let expected = match name {
                _ if name.ends_with("Path") => [true, false, false, false],
                _ if name.starts_with("String") => [true, false, false, true],
                _ if name.starts_with("Numeric") => [false, true, false, false],
                _ if name.starts_with("Timestamp") => [false, false, false, true],
                _ => [false, false, true, false],
            };
            assert_eq!(taken, expected, "{name}");
        }
    }

    #[test]
    fn a_rule_keeps_its_comment() {
        let branch = json!({"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [
            {"Variable": "$.a", "IsNull": true, "Comment": "c", "Next": "C"}]}}});
        let definition =
            definition_of(&json!({"Type": "Parallel", "Branches": [branch], "End": true}));
        let comments: Vec<_> = definition
            .states
            .values()
            .filter_map(|state| {
                let StateBody::JsonPath(StateKind::Choice(choice)) = &state.body else {
                    return None;
                };
                choice.rules[0].comment.clone()
            })
            .collect();
        assert_eq!(comments, ["c"]);
    }
}
