//! The fields of JSONata.

use jsonata::{JsonataExpression, JsonataTemplate};
use serde_json::Value;

use super::{JsonFields, PrintLanguage, set_field};
use crate::{Jsonata, JsonataCondition, JsonataDataFlow, JsonataOutput};

impl PrintLanguage for Jsonata {
    const QUERY_LANGUAGE: Option<&'static str> = Some("JSONata");
    const SUFFIX: &'static str = "";

    fn print_reference(expression: &JsonataExpression) -> Value {
        expression.delimited_text().into()
    }

    fn print_text(expression: &JsonataExpression) -> Value {
        expression.delimited_text().into()
    }

    fn print_template(template: &JsonataTemplate) -> Value {
        template.as_json()
    }

    fn print_data_flow(fields: &mut JsonFields, flow: &JsonataDataFlow) {
        set_template(fields, "Arguments", flow.arguments.as_ref());
        Self::print_input_output(fields, &flow.output_and_assign);
    }

    fn print_input_output(fields: &mut JsonFields, ends: &JsonataOutput) {
        set_template(fields, "Output", ends.output.as_ref());
        set_template(fields, "Assign", ends.assign.as_ref());
    }

    fn print_map_items(fields: &mut JsonFields, items: &Option<JsonataTemplate>) {
        set_template(fields, "Items", items.as_ref());
    }

    fn print_rule_condition(fields: &mut JsonFields, condition: &JsonataCondition) {
        match condition {
            JsonataCondition::Literal(literal) => set_field(fields, "Condition", *literal),
            JsonataCondition::Expression(expression) => {
                set_field(fields, "Condition", expression.delimited_text())
            }
        }
    }

    fn print_rule_output(fields: &mut JsonFields, chosen: &JsonataOutput) {
        Self::print_input_output(fields, chosen);
    }

    fn print_catcher_output(fields: &mut JsonFields, caught: &JsonataOutput) {
        Self::print_input_output(fields, caught);
    }
}

fn set_template(fields: &mut JsonFields, name: &str, template: Option<&JsonataTemplate>) {
    if let Some(template) = template {
        set_field(fields, name, template.as_json());
    }
}
