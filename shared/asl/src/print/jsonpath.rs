//! The fields of JSONPath.

use jsonpath::{JsonPathExpression, PayloadTemplate, SourcedPath};
use serde_json::Value;

use super::{JsonFields, PrintLanguage, comparison, set_field};
use crate::{
    InputOutputPath, JsonPath, JsonPathCatcherOutput, JsonPathCondition, JsonPathDataFlow,
    JsonPathInputOutput, ResultPath,
};

impl PrintLanguage for JsonPath {
    const QUERY_LANGUAGE: Option<&'static str> = None;
    const SUFFIX: &'static str = "Path";

    fn print_reference(path: &SourcedPath) -> Value {
        path.source_text().into()
    }

    fn print_text(expression: &JsonPathExpression) -> Value {
        expression.source_text().into()
    }

    fn print_template(template: &PayloadTemplate) -> Value {
        template.as_json()
    }

    fn print_data_flow(fields: &mut JsonFields, flow: &JsonPathDataFlow) {
        set_selection(fields, "InputPath", &flow.input);
        set_template(fields, "Parameters", flow.parameters.as_ref());
        set_template(fields, "ResultSelector", flow.result_selector.as_ref());
        set_placement(fields, &flow.result_path);
        set_selection(fields, "OutputPath", &flow.output);
        set_template(fields, "Assign", flow.assign.as_ref());
    }

    fn print_input_output(fields: &mut JsonFields, ends: &JsonPathInputOutput) {
        set_selection(fields, "InputPath", &ends.input);
        set_selection(fields, "OutputPath", &ends.output);
        set_template(fields, "Assign", ends.assign.as_ref());
    }

    fn print_map_items(fields: &mut JsonFields, items: &SourcedPath) {
        set_field(fields, "ItemsPath", items.source_text());
    }

    fn print_rule_condition(fields: &mut JsonFields, condition: &JsonPathCondition) {
        comparison::set_condition(fields, condition);
    }

    fn print_rule_output(fields: &mut JsonFields, assign: &Option<PayloadTemplate>) {
        set_template(fields, "Assign", assign.as_ref());
    }

    fn print_catcher_output(fields: &mut JsonFields, caught: &JsonPathCatcherOutput) {
        set_placement(fields, &caught.result_path);
        set_template(fields, "Assign", caught.assign.as_ref());
    }
}

fn set_template(fields: &mut JsonFields, name: &str, template: Option<&PayloadTemplate>) {
    if let Some(template) = template {
        set_field(fields, name, template.as_json());
    }
}

fn set_selection(fields: &mut JsonFields, name: &str, selection: &InputOutputPath) {
    match selection {
        InputOutputPath::Whole => {}
        InputOutputPath::Nothing => set_field(fields, name, Value::Null),
        InputOutputPath::Path(path) => set_field(fields, name, path.source_text()),
    }
}

fn set_placement(fields: &mut JsonFields, placement: &ResultPath) {
    match placement {
        ResultPath::Replace => {}
        ResultPath::Discard => set_field(fields, "ResultPath", Value::Null),
        ResultPath::Path(path) => set_field(fields, "ResultPath", path.source_text()),
    }
}
