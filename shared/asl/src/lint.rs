//! Warnings that AWS does not give, about valid definitions that are probably mistakes.
//!
//! | code | finding |
//! |---|---|
//! | `STATEWRIGHT_LONG_HTTP_TASK` | an HTTP Task that AWS ends before its timeout |
//! | `STATEWRIGHT_MISSING_PATH` | a path that is missing from every input the state can have |
//! | `STATEWRIGHT_UNASSIGNED_VARIABLE` | a variable read before anything can have assigned it |
//! | `STATEWRIGHT_UNMATCHED_ERROR` | a retrier or catcher that no error reaches |
//! | `STATEWRIGHT_UNREACHABLE_STATE` | a state behind rules and catchers that never match |
//!
//! Invariant: no false alarms. Nothing is reported that is not certain
//! (test `the_projects_own_definitions_give_no_alarm`).

mod abstract_value;
mod long_http_task;
mod missing_path;
mod unassigned_variable;
mod unmatched_error;
mod unreachable_state;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    Definition, Diagnostic,
    outline::{
        self, OutlineLanguage, OutlineTransition, StateOutline, TransitionSource,
        TypedStateOutline, WorkflowOutline,
    },
    parse,
    warnings::WARNINGS_MAX,
};

/// Returns our own warnings about a definition; `text` is what it was parsed from.
pub fn lint_definition(text: &str, definition: &Definition) -> Vec<Diagnostic> {
    let Ok(document) = parse::read_document(text) else { return Vec::new() };
    let workflows = outline::outline_workflows(&document);
    let mut findings = unreachable_state::find_unreachable_states(&workflows);
    findings.extend(missing_path::find_missing_paths(&workflows));
    findings.extend(unassigned_variable::find_unassigned_variables(
        &workflows,
        &definition.variable_references,
    ));
    findings.extend(unmatched_error::find_unmatched_handlers(&workflows));
    findings.extend(long_http_task::find_long_http_tasks(&workflows));
    findings.truncate(WARNINGS_MAX);
    findings
}

/// Indexes the states of a workflow by name.
fn states_by_name<'w, 'd>(
    workflow: &'w WorkflowOutline<'d>,
) -> BTreeMap<&'d str, &'w StateOutline<'d>> {
    workflow.states.iter().map(|state| (state.name, state)).collect()
}

/// Returns the transitions of a state, without those that certainly never happen.
fn live_transitions<'d>(shape: &TypedStateOutline<'d>) -> Vec<OutlineTransition<'d>> {
    let first_true = first_true_rule(shape);
    let unmatched = unmatched_error::find_never_matching(shape, "Catch");
    let mut transitions = shape.transitions();
    transitions.retain(|transition| match transition.source {
        TransitionSource::Next => true,
        TransitionSource::ChoiceRule(index) => {
            first_true.is_none_or(|first| index <= first)
                && constant_condition(shape, index) != Some(false)
        }
        TransitionSource::Default => first_true.is_none(),
        TransitionSource::Catcher(index) => !unmatched.contains_key(&index),
    });
    transitions
}

/// Returns the index of the first Choice rule that always matches; later rules are never evaluated.
fn first_true_rule(shape: &TypedStateOutline<'_>) -> Option<usize> {
    if shape.kind != "Choice" {
        return None;
    }
    (0..shape.field_elements("Choices").len())
        .find(|index| constant_condition(shape, *index) == Some(true))
}

/// Returns the value of a Choice rule's condition if it is constant.
fn constant_condition(shape: &TypedStateOutline<'_>, index: usize) -> Option<bool> {
    if shape.language != OutlineLanguage::Jsonata {
        return None;
    }
    match shape.field_elements("Choices").get(index)?.get("Condition")? {
        Value::Bool(constant) => Some(*constant),
        Value::String(text) => match text.strip_prefix("{%")?.strip_suffix("%}")?.trim() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        },
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{
        lint_definition,
        parse::{
            examples::{full_jsonata, full_jsonpath, one_value_mutants},
            parse_definition,
        },
    };

    /// Lints a valid machine of these states that starts at `A`.
    #[expect(clippy::needless_pass_by_value, reason = "tests read better without borrows")]
    pub(super) fn found(language: &str, states: Value) -> Vec<String> {
        let text = json!({"QueryLanguage": language, "StartAt": "A", "States": states}).to_string();
        let definition =
            parse_definition(&text).unwrap_or_else(|findings| panic!("{text}: {findings:?}"));
        lint_definition(&text, &definition).iter().map(ToString::to_string).collect()
    }

    const TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests");

    fn read(path: &std::path::Path) -> String {
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{error}: {}", path.display()))
    }

    /// The definitions of the golden cases without a `…Failed` event.
    fn golden() -> Vec<String> {
        let folder =
            std::fs::read_dir(format!("{TESTS}/conformance")).expect("the folder is there");
        let files = folder.map(|entry| entry.expect("the folder can be listed").path());
        let suites = files.filter(|file| file.extension().is_some_and(|ending| ending == "md"));
        suites
            .flat_map(|file| {
                let text = read(&file);
                let cases = text.split("\n## ").filter(|case| !case.contains("Failed"));
                let definition = |case: &str| {
                    let (_, block) = case.split_once("```asl\n")?;
                    Some(block.split_once("```")?.0.to_owned())
                };
                cases.filter_map(definition).collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn the_projects_own_definitions_give_no_alarm() {
        let mut texts = golden();
        texts.retain(|text| parse_definition(text).is_ok());
        assert!(texts.len() > 20, "{} golden definitions", texts.len());
        texts.push(read(format!("{TESTS}/acceptance/examples/order.asl.json").as_ref()));
        texts.extend([full_jsonpath(), full_jsonata()].iter().map(Value::to_string));
        for text in texts {
            let definition =
                parse_definition(&text).unwrap_or_else(|findings| panic!("{text}: {findings:?}"));
            assert_eq!(lint_definition(&text, &definition), [], "{text}");
        }
    }

    #[test]
    fn whatever_is_valid_is_judged_without_a_panic_and_briefly() {
        let mut judged = 0;
        for text in one_value_mutants(&full_jsonpath())
            .iter()
            .chain(&one_value_mutants(&full_jsonata()))
            .map(Value::to_string)
        {
            let Ok(definition) = parse_definition(&text) else { continue };
            assert!(lint_definition(&text, &definition).len() < 10, "{text}");
            judged += 1;
        }
        assert!(judged > 100, "{judged}");
    }
}
