//! The paths with which a state reads its input.

use jsonpath::{JsonPathExpression, SourcedPath};
use serde_json::Value;

use super::{
    super::abstract_value::{AbstractValue, PathLookup},
    data_flow, plain_path_names,
};
use crate::outline::{OutlineLanguage, TypedStateOutline};

/// The fields that are paths into the effective input.
const PATHS: [&str; 10] = [
    "ItemsPath",
    "SecondsPath",
    "TimestampPath",
    "TimeoutSecondsPath",
    "HeartbeatSecondsPath",
    "MaxConcurrencyPath",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentagePath",
    "ErrorPath",
    "CausePath",
];

/// Returns the paths that do not exist in this input, each after its location in the state.
pub(super) fn find_missing_reads(
    shape: &TypedStateOutline<'_>,
    input: &AbstractValue,
) -> Vec<(String, String)> {
    let mut search = MissingPathSearch { input, found: Vec::new() };
    match shape.language {
        OutlineLanguage::JsonPath => search.check_jsonpath_state(shape),
        OutlineLanguage::Jsonata => {
            for (field, value) in shape.fields {
                if !["Branches", "ItemProcessor", "Iterator", "Comment"].contains(&field.as_str()) {
                    search.check_jsonata_expressions(value, field);
                }
            }
        }
    }
    search.found
}

struct MissingPathSearch<'k> {
    input: &'k AbstractValue,
    found: Vec<(String, String)>,
}

impl MissingPathSearch<'_> {
    fn check_path(&mut self, path: &str, root: &str, field: &str) {
        if let Some(names) = plain_path_names(path, root)
            && matches!(self.input.find_path(&names), PathLookup::Nothing)
        {
            self.found.push((field.to_owned(), path.to_owned()));
        }
    }

    fn check_jsonpath_state(&mut self, shape: &TypedStateOutline<'_>) {
        if let Some(path) = shape.field_text("InputPath") {
            self.check_path(path, "$", "InputPath");
        }
        let effective = data_flow::select_path(shape.fields.get("InputPath"), self.input);
        let mut inner = MissingPathSearch { input: &effective, found: Vec::new() };
        for field in PATHS {
            if let Some(text) = shape.field_text(field) {
                inner.check_path_expression(text, field);
            }
        }
        if shape.kind != "Pass" || !shape.fields.contains_key("Result") {
            for field in ["Parameters", "ItemSelector"] {
                if let Some(value) = shape.fields.get(field) {
                    inner.check_payload_template(value, field);
                }
            }
        }
        if matches!(shape.kind, "Choice" | "Wait" | "Succeed")
            && let Some(path) = shape.field_text("OutputPath")
        {
            inner.check_path(path, "$", "OutputPath");
        }
        if let Some(rules) = shape.fields.get("Choices").filter(|_| shape.kind == "Choice") {
            // A Choice that uses `IsPresent` expects that a path may be missing.
            if !asks_for_presence(rules) {
                inner.check_choice_rules(rules, "Choices");
            }
        }
        self.found.append(&mut inner.found);
    }

    /// Checks a path, or the paths in a call of an intrinsic function.
    fn check_path_expression(&mut self, text: &str, field: &str) {
        if let Ok(expression) = JsonPathExpression::parse(text) {
            expression.visit_paths(&mut |path| {
                if let SourcedPath::Data(path) = path {
                    self.check_path(path.source_text(), "$", field);
                }
            });
        }
    }

    fn check_payload_template(&mut self, value: &Value, field: &str) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    let field = format!("{field}/{key}");
                    match value.as_str().filter(|_| key.ends_with(".$")) {
                        Some(text) => self.check_path_expression(text, &field),
                        None => self.check_payload_template(value, &field),
                    }
                }
            }
            Value::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    self.check_payload_template(element, &format!("{field}[{index}]"));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// Checks only what is always evaluated: the first rule, and the first operand of `And` and
    /// `Or`.
    fn check_choice_rules(&mut self, rules: &Value, field: &str) {
        let Some(first) = rules.as_array().and_then(|rules| rules.first()) else { return };
        let field = format!("{field}[0]");
        let Some(rule) = first.as_object() else { return };
        for (name, value) in rule {
            let field = format!("{field}/{name}");
            match name.as_str() {
                "And" | "Or" => self.check_choice_rules(value, &field),
                "Variable" => self.check_path(value.as_str().unwrap_or_default(), "$", &field),
                _ => {}
            }
        }
    }

    /// Checks only expressions that consist of one path; others may test whether a value exists.
    fn check_jsonata_expressions(&mut self, value: &Value, field: &str) {
        match value {
            Value::String(text) => {
                let source = text.strip_prefix("{%").and_then(|text| text.strip_suffix("%}"));
                if let Some(source) = source {
                    self.check_path(source.trim(), "$states.input", field);
                }
            }
            Value::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    self.check_jsonata_expressions(element, &format!("{field}[{index}]"));
                }
            }
            Value::Object(members) => {
                for (key, value) in members {
                    self.check_jsonata_expressions(value, &format!("{field}/{key}"));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

fn asks_for_presence(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            members.iter().any(|(key, value)| key == "IsPresent" || asks_for_presence(value))
        }
        Value::Array(elements) => elements.iter().any(asks_for_presence),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::lint::tests::found;

    #[expect(clippy::needless_pass_by_value, reason = "tests read better without borrows")]
    fn after(first: Value, second: Value) -> Vec<String> {
        found("JSONPath", json!({"A": first, "B": second}))
    }

    fn missing(path: &str, at: &str) -> String {
        format!("STATEWRIGHT_MISSING_PATH: No input that this state can have holds {path} at {at}")
    }

    fn read(path: &str) -> Value {
        json!({"Type": "Pass", "Parameters": {"x.$": path}, "End": true})
    }

    #[test]
    fn a_written_result_holds_what_is_written_and_no_more() {
        let result = || json!({"Type": "Pass", "Result": {"a": {"b": 1}, "l": []}, "Next": "B"});
        for path in ["$.a.b", "$.a", "$", "$.l.x", "$.a['c']", "$..c", "$$.State.Name"] {
            assert_eq!(after(result(), read(path)), [""; 0], "{path}");
        }
        for path in ["$.c", "$.a.c", "$.a.b.c"] {
            let at = "/States/B/Parameters/x.$";
            assert_eq!(after(result(), read(path)), [missing(path, at)]);
            let inside = format!("States.Format('{{}}', {path})");
            assert_eq!(after(result(), read(&inside)), [missing(path, at)]);
        }
    }

    #[test]
    fn a_template_gives_its_keys() {
        let parameters = json!({"a.$": "$.x", "b": {"c.$": "$.y"}});
        let pass = || json!({"Type": "Pass", "Parameters": parameters, "Next": "B"});
        let fail = |path: &str| json!({"Type": "Fail", "CausePath": path});
        for path in ["$.a.z", "$.b.c.z"] {
            assert_eq!(after(pass(), fail(path)), [""; 0]);
        }
        for path in ["$.x", "$.b.y"] {
            assert_eq!(after(pass(), fail(path)), [missing(path, "/States/B/CausePath")]);
        }
    }

    #[test]
    fn a_result_path_adds_to_the_input() {
        let machine = |place: Value| {
            let end = json!({"Type": "Pass", "InputPath": "$.y", "End": true});
            found(
                "JSONPath",
                json!({
                    "A": {"Type": "Pass", "Result": {"x": 1}, "Next": "B"},
                    "B": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f",
                        "ResultPath": place, "Next": "C"},
                    "C": end,
                }),
            )
        };
        assert_eq!(machine(json!("$")), [""; 0]);
        assert_eq!(machine(json!("$.y")), [""; 0]);
        let nothing = [missing("$.y", "/States/C/InputPath")];
        assert_eq!(machine(json!("$.z")), nothing);
        assert_eq!(machine(json!(null)), nothing);
    }

    #[test]
    fn every_way_into_a_state_counts() {
        let machine = |other: Value| {
            found(
                "JSONPath",
                json!({
                    "A": {"Type": "Choice", "Default": "C", "Choices": [
                        {"Variable": "$.a", "IsPresent": true, "Next": "B"}]},
                    "B": {"Type": "Pass", "Result": {"x": 1}, "Next": "D"},
                    "C": other,
                    "D": read("$.y"),
                }),
            )
        };
        let pass = |result: Value| json!({"Type": "Pass", "Result": result, "Next": "D"});
        assert_eq!(machine(pass(json!({"y": 1}))), [""; 0]);
        assert_eq!(machine(json!({"Type": "Wait", "Seconds": 1, "Next": "D"})), [""; 0]);
        let at = "/States/D/Parameters/x.$";
        assert_eq!(machine(pass(json!({"z": 1}))), [missing("$.y", at)]);
    }

    #[test]
    fn a_choice_may_ask_whether_something_is_there() {
        let choice = |rule: Value| {
            let mut rule = rule;
            rule["Next"] = json!("B");
            found(
                "JSONPath",
                json!({
                    "A": {"Type": "Pass", "Result": {"x": 1}, "Next": "C"},
                    "B": {"Type": "Succeed"},
                    "C": {"Type": "Choice", "Choices": [rule], "Default": "B"},
                }),
            )
        };
        assert_eq!(choice(json!({"Variable": "$.y", "IsPresent": false})), [""; 0]);
        assert_eq!(
            choice(json!({"Variable": "$.y", "IsNull": false})),
            [missing("$.y", "/States/C/Choices[0]/Variable")]
        );
    }

    #[test]
    fn an_expression_that_is_only_a_path_gives_nothing() {
        let machine = |source: &str| {
            found(
                "JSONata",
                json!({
                    "A": {"Type": "Pass", "Output": {"x": "{% $states.input %}"}, "Next": "B"},
                    "B": {"Type": "Pass", "Output": [format!("{{% {source} %}}")], "End": true},
                }),
            )
        };
        assert_eq!(machine("$states.input.x.z"), [""; 0]);
        assert_eq!(machine("$exists($states.input.y)"), [""; 0]);
        let at = "/States/B/Output[0]";
        assert_eq!(machine("$states.input.y"), [missing("$states.input.y", at)]);
    }
}
