//! The conditions of Choice rules, as people write them.

use std::fmt::Display;

use asl::{ComparisonOperand, ComparisonOperator, DataTest, JsonPathCondition};

/// Writes a JSONPath condition the short way: `$.total > 100 and not ($.vip present)`.
pub(crate) fn condition_text(condition: &JsonPathCondition) -> String {
    match condition {
        JsonPathCondition::And(conditions) => join_conditions(conditions, " and "),
        JsonPathCondition::Or(conditions) => join_conditions(conditions, " or "),
        JsonPathCondition::Not(inner) => format!("not {}", nested_text(inner)),
        JsonPathCondition::DataTest { variable, test } => {
            format!("{} {}", variable.source_text(), test_text(test))
        }
    }
}

fn join_conditions(conditions: &[JsonPathCondition], word: &str) -> String {
    match conditions {
        [only] => condition_text(only),
        several => several.iter().map(nested_text).collect::<Vec<_>>().join(word),
    }
}

fn nested_text(condition: &JsonPathCondition) -> String {
    match condition {
        JsonPathCondition::DataTest { .. } => condition_text(condition),
        JsonPathCondition::And(_) | JsonPathCondition::Or(_) | JsonPathCondition::Not(_) => {
            format!("({})", condition_text(condition))
        }
    }
}

fn test_text(test: &DataTest) -> String {
    let is = |is: bool, what: &str| format!("{} {what}", if is { "is" } else { "is not" });
    match test {
        DataTest::IsNull(value) => is(*value, "null"),
        DataTest::IsPresent(value) => is(*value, "present"),
        DataTest::IsNumeric(value) => is(*value, "a number"),
        DataTest::IsString(value) => is(*value, "a string"),
        DataTest::IsBoolean(value) => is(*value, "a boolean"),
        DataTest::IsTimestamp(value) => is(*value, "a timestamp"),
        DataTest::String(operator, operand) => {
            comparison_text(*operator, operand, |text| format!("\"{text}\""))
        }
        DataTest::StringMatches(pattern) => format!("matches \"{}\"", pattern.text()),
        DataTest::Numeric(operator, operand) => comparison_text(*operator, operand, to_text),
        DataTest::Boolean(operand) => comparison_text(ComparisonOperator::Equals, operand, to_text),
        DataTest::Timestamp(operator, operand) => comparison_text(*operator, operand, to_text),
    }
}

fn to_text<T: Display>(value: &T) -> String {
    value.to_string()
}

fn comparison_text<T>(
    operator: ComparisonOperator,
    operand: &ComparisonOperand<T>,
    literal_text: impl Fn(&T) -> String,
) -> String {
    let sign = match operator {
        ComparisonOperator::Equals => "=",
        ComparisonOperator::LessThan => "<",
        ComparisonOperator::GreaterThan => ">",
        ComparisonOperator::LessThanEquals => "≤",
        ComparisonOperator::GreaterThanEquals => "≥",
    };
    match operand {
        ComparisonOperand::Literal(value) => format!("{sign} {}", literal_text(value)),
        ComparisonOperand::Path(path) => format!("{sign} {}", path.source_text()),
    }
}

/// A JSONata expression without its delimiters, on one line.
pub(crate) fn shorten_expression(source: &str) -> String {
    let inner = source.trim().strip_prefix("{%").and_then(|rest| rest.strip_suffix("%}"));
    let words = inner.unwrap_or(source).split_whitespace();
    words.collect::<Vec<_>>().join(" ")
}
