//! The conditions of Choice rules in JSONPath.

use serde_json::Value;

use super::{JsonFields, set_field};
use crate::{ComparisonOperand, ComparisonOperator, DataTest, JsonPathCondition};

pub(super) fn set_condition(fields: &mut JsonFields, condition: &JsonPathCondition) {
    match condition {
        JsonPathCondition::And(all) => set_field(fields, "And", print_conditions(all)),
        JsonPathCondition::Or(any) => set_field(fields, "Or", print_conditions(any)),
        JsonPathCondition::Not(inner) => set_field(fields, "Not", print_condition(inner)),
        JsonPathCondition::DataTest { variable, test } => {
            set_field(fields, "Variable", variable.source_text());
            set_data_test(fields, test);
        }
    }
}

fn print_conditions(conditions: &[JsonPathCondition]) -> Vec<Value> {
    conditions.iter().map(print_condition).collect()
}

fn print_condition(condition: &JsonPathCondition) -> Value {
    let mut fields = JsonFields::new();
    set_condition(&mut fields, condition);
    fields.into()
}

fn set_data_test(fields: &mut JsonFields, test: &DataTest) {
    match test {
        DataTest::IsNull(expected) => set_field(fields, "IsNull", *expected),
        DataTest::IsPresent(expected) => set_field(fields, "IsPresent", *expected),
        DataTest::IsNumeric(expected) => set_field(fields, "IsNumeric", *expected),
        DataTest::IsString(expected) => set_field(fields, "IsString", *expected),
        DataTest::IsBoolean(expected) => set_field(fields, "IsBoolean", *expected),
        DataTest::IsTimestamp(expected) => set_field(fields, "IsTimestamp", *expected),
        DataTest::StringMatches(pattern) => set_field(fields, "StringMatches", pattern.text()),
        DataTest::String(order, operand) => {
            set_operand(fields, "String", *order, operand, |text| text.as_str().into());
        }
        DataTest::Numeric(order, operand) => {
            set_operand(fields, "Numeric", *order, operand, |number| number.clone().into());
        }
        DataTest::Boolean(operand) => {
            set_operand(fields, "Boolean", ComparisonOperator::Equals, operand, |boolean| {
                (*boolean).into()
            });
        }
        DataTest::Timestamp(order, operand) => {
            set_operand(fields, "Timestamp", *order, operand, |time| time.to_string().into());
        }
    }
}

fn set_operand<T>(
    fields: &mut JsonFields,
    kind: &str,
    order: ComparisonOperator,
    operand: &ComparisonOperand<T>,
    print: impl FnOnce(&T) -> Value,
) {
    let order = match order {
        ComparisonOperator::Equals => "Equals",
        ComparisonOperator::LessThan => "LessThan",
        ComparisonOperator::GreaterThan => "GreaterThan",
        ComparisonOperator::LessThanEquals => "LessThanEquals",
        ComparisonOperator::GreaterThanEquals => "GreaterThanEquals",
    };
    match operand {
        ComparisonOperand::Literal(literal) => {
            set_field(fields, &format!("{kind}{order}"), print(literal))
        }
        ComparisonOperand::Path(path) => {
            set_field(fields, &format!("{kind}{order}Path"), path.source_text())
        }
    }
}
