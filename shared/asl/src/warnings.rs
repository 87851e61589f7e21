//! AWS's warnings: values that look as if they were evaluated, and are not.
//!
//! The API reference names the codes and their topics. The messages are ours, since none were
//! recorded.

use jsonpath::{JsonPathExpression, SourcedPath};
use serde_json::{Map, Value};

use crate::{
    Diagnostic, DiagnosticCode,
    outline::{OutlineLanguage, StateOutline, TypedStateOutline, WorkflowOutline},
};

/// The most warnings of one definition. AWS's API returns at most 100 findings.
pub(crate) const WARNINGS_MAX: usize = 1_000;

/// The fields of a state that hold payload templates.
const TEMPLATES: [&str; 5] =
    ["Parameters", "ItemSelector", "ResultSelector", "Assign", "Credentials"];

/// The fields of a Fail state that have a sibling whose name ends in `Path`.
const PATHLESS: [&str; 2] = ["Error", "Cause"];

/// Returns AWS's warnings about these workflows, in document order.
pub(crate) fn workflow_warnings(workflows: &[WorkflowOutline<'_>]) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for state in workflows.iter().flat_map(|workflow| &workflow.states) {
        // JSONata has no paths.
        if let Some(shape) = state.shape.filter(|shape| shape.language == OutlineLanguage::JsonPath)
        {
            warn_of_state(state, &shape, &mut out);
        }
        if out.len() >= WARNINGS_MAX {
            break;
        }
    }
    out.truncate(WARNINGS_MAX);
    out
}

fn warn_of_state(
    state: &StateOutline<'_>,
    shape: &TypedStateOutline<'_>,
    out: &mut Vec<Diagnostic>,
) {
    for (name, value) in shape.fields {
        let location = format!("{}/{name}", state.location);
        match (shape.kind, name.as_str()) {
            (_, name) if TEMPLATES.contains(&name) => warn_of_template(value, &location, out),
            ("Pass", "Result") if has_expression(value) => {
                let message = "The result of a Pass state is taken as it stands: paths in it are not evaluated";
                let code = DiagnosticCode::PassResultIsStatic;
                out.push(Diagnostic::warning(code, message.to_owned(), location));
            }
            ("Fail", name) if PATHLESS.contains(&name) => {
                warn_of_unevaluated_field(name, value, &location, out);
            }
            ("Choice", "Choices") => {
                visit_object_elements(value, &location, &mut |rule, location| {
                    warn_of_choice_rule(rule, location, out);
                });
            }
            (_, "Catch") => visit_object_elements(value, &location, &mut |catcher, location| {
                if let Some(assign) = catcher.get("Assign") {
                    warn_of_template(assign, &format!("{location}/Assign"), out);
                }
            }),
            _ => {}
        }
    }
}

fn visit_object_elements<'v>(
    list: &'v Value,
    location: &str,
    visit: &mut dyn FnMut(&'v Map<String, Value>, &str),
) {
    for (index, element) in list.as_array().into_iter().flatten().enumerate() {
        if let Some(element) = element.as_object() {
            visit(element, &format!("{location}[{index}]"));
        }
    }
}

/// Warns about a rule of a Choice state.
fn warn_of_choice_rule(rule: &Map<String, Value>, location: &str, out: &mut Vec<Diagnostic>) {
    for (name, value) in rule {
        let location = format!("{location}/{name}");
        match name.as_str() {
            "And" | "Or" => visit_object_elements(value, &location, &mut |rule, at| {
                warn_of_choice_rule(rule, at, out);
            }),
            "Not" => {
                if let Some(inner) = value.as_object() {
                    warn_of_choice_rule(inner, &location, out);
                }
            }
            "Assign" => warn_of_template(value, &location, out),
            // `StringMatches` has no sibling that takes a path.
            name if name.starts_with("String")
                && !name.ends_with("Path")
                && name != "StringMatches" =>
            {
                warn_of_unevaluated_field(name, value, &location, out);
            }
            _ => {}
        }
    }
}

/// Warns about a field whose sibling takes a path, if its own value looks like one.
fn warn_of_unevaluated_field(name: &str, value: &Value, location: &str, out: &mut Vec<Diagnostic>) {
    if value.as_str().is_some_and(is_expression) {
        let message = format!(
            "The value of '{name}' looks like a path and is taken as it stands; '{name}Path' takes \
             a path"
        );
        out.push(Diagnostic::warning(DiagnosticCode::NoPath, message, location.to_owned()));
    }
}

/// Warns about a payload template.
fn warn_of_template(value: &Value, location: &str, out: &mut Vec<Diagnostic>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let location = format!("{location}/{key}");
                if !key.ends_with(".$") && value.as_str().is_some_and(is_expression) {
                    let message = format!(
                        "The value of '{key}' looks like a path or an intrinsic function and is \
                         taken as it stands; '{key}.$' would evaluate it"
                    );
                    out.push(Diagnostic::warning(DiagnosticCode::NoDollar, message, location));
                } else {
                    warn_of_template(value, &location, out);
                }
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                warn_of_template(element, &format!("{location}[{index}]"), out);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether some value in a `Result` looks like a path or an intrinsic function.
fn has_expression(value: &Value) -> bool {
    match value {
        Value::String(text) => is_expression(text),
        Value::Array(elements) => elements.iter().any(has_expression),
        Value::Object(members) => members.values().any(has_expression),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a text looks like a path or an intrinsic function. `$5` does not: it may be a price.
fn is_expression(text: &str) -> bool {
    if text.starts_with("States.") {
        return matches!(JsonPathExpression::parse(text), Ok(JsonPathExpression::Call(_)));
    }
    let looks_rooted = ["$.", "$[", "$$."].iter().any(|root| text.starts_with(root));
    text == "$" || text == "$$" || (looks_rooted && SourcedPath::parse(text).is_ok())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::definition_warnings;

    #[expect(clippy::needless_pass_by_value, reason = "tests read better without borrows")]
    fn found(state: Value) -> Vec<String> {
        let machine = json!({"StartAt": "S", "States": {"S": state}}).to_string();
        definition_warnings(&machine).iter().map(ToString::to_string).collect()
    }

    fn codes_and_places(state: Value) -> Vec<String> {
        let place = |text: &String| {
            let (code, rest) = text.split_once(": ").unwrap_or_default();
            format!("{code} {}", rest.rsplit(' ').next().unwrap_or_default())
        };
        found(state).iter().map(place).collect()
    }

    #[test]
    fn a_value_that_looks_like_a_path_lacks_a_dollar_at_its_key() {
        let parameters = json!({
            "path": "$.a", "call": "States.UUID()", "context": ["x", {"y": "$$.State.Name"}],
            "path.$": "$.a", "price": "$5", "name": "States.Foo", "dollars": "$$",
        });
        assert_eq!(
            codes_and_places(json!({"Type": "Pass", "End": true, "Parameters": parameters})),
            [
                "NO_DOLLAR /States/S/Parameters/path",
                "NO_DOLLAR /States/S/Parameters/call",
                "NO_DOLLAR /States/S/Parameters/context[1]/y",
                "NO_DOLLAR /States/S/Parameters/dollars",
            ]
        );
        let jsonata = json!({"Type": "Pass", "End": true, "QueryLanguage": "JSONata",
            "Output": {"a": "$.a"}, "Assign": {"a": "$.a"}});
        assert_eq!(found(jsonata), [""; 0]);
    }

    #[test]
    fn a_path_is_given_to_a_field_whose_name_says_so() {
        let choice = json!({"Type": "Choice", "Choices": [
            {"And": [{"Variable": "$.a", "StringEquals": "$.b"},
                {"Not": {"Variable": "$.a", "StringEqualsPath": "$.b"}}], "Next": "S"},
            {"Variable": "$.a", "StringMatches": "$.*", "Next": "S"}]});
        assert_eq!(codes_and_places(choice), ["NO_PATH /States/S/Choices[0]/And[0]/StringEquals"]);
        assert_eq!(
            codes_and_places(json!({"Type": "Fail", "Error": "$.e", "CausePath": "$.c"})),
            ["NO_PATH /States/S/Error"]
        );
    }

    #[test]
    fn a_path_in_a_result_is_static() {
        let pass = |result: Value| json!({"Type": "Pass", "End": true, "Result": result});
        assert_eq!(
            found(pass(json!({"a.$": "$.b", "c": ["$.d"]}))),
            [
                "PASS_RESULT_IS_STATIC: The result of a Pass state is taken as it stands: paths in it \
              are not evaluated at /States/S/Result"
            ]
        );
        assert_eq!(found(pass(json!({"a": "$5", "b": 1}))), [""; 0]);
    }

    #[test]
    fn what_cannot_be_read_has_no_warnings() {
        assert!(definition_warnings("{").is_empty() && definition_warnings("[]").is_empty());
        assert_eq!(found(json!({"Type": "Loop", "Parameters": {"a": "$.a"}})), [""; 0]);
    }
}
