//! The way of the data through a state, one field after the other.

use maud::{Markup, html};
use serde_json::Value;

use crate::view::{data_tree, indented_json, line_diff};

/// The most bytes of two values that are compared line by line.
const COMPARED_BYTES_MAX: usize = 200_000;

/// What a step is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StepBase {
    /// The step before it.
    Before,
    /// The state's input, which it is made of beside the step before it.
    Input,
    /// Nothing: it comes from outside, such as the answer to a call.
    Nothing,
}

/// The members of `inspectionData` in the order in which a state makes them.
///
/// Spec: API reference, `InspectionData`.
const STEPS: [(&str, &str, StepBase); 13] = [
    ("afterInputPath", "After InputPath", StepBase::Before),
    ("afterItemsPath", "After ItemsPath", StepBase::Before),
    ("afterItemsPointer", "After ItemsPointer", StepBase::Before),
    ("afterParameters", "After Parameters", StepBase::Before),
    ("afterArguments", "After Arguments", StepBase::Before),
    ("afterItemSelector", "After ItemSelector", StepBase::Before),
    ("afterItemBatcher", "After ItemBatcher", StepBase::Before),
    ("request", "HTTP request", StepBase::Nothing),
    ("response", "HTTP response", StepBase::Nothing),
    ("result", "Result", StepBase::Nothing),
    ("afterResultSelector", "After ResultSelector", StepBase::Before),
    ("afterResultPath", "After ResultPath", StepBase::Input),
    ("output", "Output", StepBase::Before),
];

/// A value on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DataStep {
    label: &'static str,
    /// Its JSON text, indented.
    text: String,
    change: StepChange,
}

/// What has become of the value before.
#[derive(Clone, Debug, PartialEq, Eq)]
enum StepChange {
    Same,
    /// It differs from that with this label and text.
    Changed {
        from: &'static str,
        text: String,
    },
    /// It comes from outside.
    New,
}

/// The steps from an input to the output of an answer of `TestState`.
pub(super) fn data_steps(input: &str, tested: &Value) -> Vec<DataStep> {
    let input = indented_json(input);
    let inspected = &tested["inspectionData"];
    let mut steps: Vec<DataStep> = Vec::new();
    for (member, label, base) in STEPS {
        let value = match member {
            "output" => &tested["output"],
            member => &inspected[member],
        };
        let text = match value {
            Value::Null => continue,
            Value::String(text) => indented_json(text),
            object => format!("{object:#}"),
        };
        // The result of children is not told but by what is selected of it.
        let is_first_result = member == "afterResultSelector" && inspected["result"].is_null();
        let base = if is_first_result { StepBase::Nothing } else { base };
        let before =
            steps.last().map_or(("the input", &input), |step| (name_of(step.label), &step.text));
        let change = match base {
            _ if *before.1 == text => StepChange::Same,
            StepBase::Nothing => StepChange::New,
            StepBase::Before => StepChange::Changed { from: before.0, text: before.1.clone() },
            StepBase::Input => StepChange::Changed { from: "the input", text: input.clone() },
        };
        steps.push(DataStep { label, text, change });
    }
    steps
}

/// How a step is called in a sentence.
fn name_of(label: &'static str) -> &'static str {
    match label {
        "Result" => "the result",
        "HTTP response" => "the HTTP response",
        other => other.strip_prefix("After ").unwrap_or(other),
    }
}

impl DataStep {
    /// The step, unfolded if it has changed something.
    pub(super) fn markup(&self) -> Markup {
        html! {
            details.step open[self.change != StepChange::Same] {
                summary {
                    (self.label)
                    @match &self.change {
                        StepChange::Same => { span.hint { " unchanged" } }
                        StepChange::Changed { .. } => { span.careful { " changed" } }
                        StepChange::New => { span.good { " new" } }
                    }
                }
                @match &self.change {
                    StepChange::Changed { from, text } => {
                        div.side-by-side {
                            div {
                                p.hint { "Against " (from) }
                                (bounded_diff(text, &self.text))
                            }
                            (data_tree(self.label, &self.text))
                        }
                    }
                    StepChange::Same | StepChange::New => { (data_tree(self.label, &self.text)) }
                }
            }
        }
    }
}

/// What has changed, unless it takes too long to find out.
pub(super) fn bounded_diff(before: &str, after: &str) -> Markup {
    if before.len() + after.len() > COMPARED_BYTES_MAX {
        return html! { p { "They are too large to be compared." } };
    }
    line_diff(before, after)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changes(input: &str, tested: &Value) -> Vec<(&'static str, &'static str)> {
        let word = |step: &DataStep| match step.change {
            StepChange::Same => "same",
            StepChange::Changed { from, .. } => from,
            StepChange::New => "new",
        };
        data_steps(input, tested).iter().map(|step| (step.label, word(step))).collect()
    }

    #[test]
    fn steps_are_compared_with_what_they_are_made_of() {
        let tested = json!({"output": r#"{"a": 1, "b": 3}"#, "inspectionData": {
            "input": r#"{"a":1}"#, "afterInputPath": r#"{"a":1}"#, "afterParameters": r#"{"x":1}"#,
            "result": r#"{"y": 3}"#, "afterResultSelector": "3", "afterResultPath": r#"{"a":1,"b":3}"#}});
        assert_eq!(
            changes(r#"{ "a": 1 }"#, &tested),
            [
                ("After InputPath", "same"),
                ("After Parameters", "InputPath"),
                ("Result", "new"),
                ("After ResultSelector", "the result"),
                ("After ResultPath", "the input"),
                ("Output", "same"),
            ]
        );
    }

    #[test]
    fn the_result_of_children_is_new() {
        let tested =
            json!({"inspectionData": {"afterInputPath": "1", "afterResultSelector": "[2]"}});
        assert_eq!(
            changes("1", &tested),
            [("After InputPath", "same"), ("After ResultSelector", "new")]
        );
    }

    #[test]
    fn an_http_request_is_an_object() {
        let tested = json!({"inspectionData": {"request": {"method": "GET"}, "result": "{"}});
        assert_eq!(changes("1", &tested), [("HTTP request", "new"), ("Result", "new")]);
    }
}
