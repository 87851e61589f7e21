//! The 39 comparisons of a data test.

use serde_json::Number;

use super::super::{cursor::DocumentCursor, path, wait};
use crate::{ComparisonOperand, ComparisonOperator, DataTest, StringMatchesPattern};

/// Every comparison, in the order in which AWS lists them.
///
/// Spec: ASL § Choice State, data-test expressions.
pub(super) const COMPARISONS: [&str; 39] = [
    "StringEquals",
    "IsBoolean",
    "StringLessThan",
    "IsNumeric",
    "BooleanEquals",
    "StringLessThanEqualsPath",
    "NumericLessThan",
    "NumericGreaterThan",
    "NumericLessThanPath",
    "StringMatches",
    "TimestampLessThanEqualsPath",
    "NumericEquals",
    "TimestampGreaterThan",
    "StringGreaterThanEqualsPath",
    "TimestampGreaterThanEqualsPath",
    "TimestampLessThanEquals",
    "NumericLessThanEqualsPath",
    "TimestampEquals",
    "BooleanEqualsPath",
    "IsTimestamp",
    "StringLessThanEquals",
    "NumericLessThanEquals",
    "StringLessThanPath",
    "TimestampGreaterThanPath",
    "StringGreaterThan",
    "StringGreaterThanPath",
    "IsString",
    "StringEqualsPath",
    "TimestampEqualsPath",
    "TimestampLessThan",
    "StringGreaterThanEquals",
    "NumericGreaterThanPath",
    "NumericGreaterThanEquals",
    "NumericEqualsPath",
    "TimestampLessThanPath",
    "IsNull",
    "IsPresent",
    "TimestampGreaterThanEquals",
    "NumericGreaterThanEqualsPath",
];

/// Reads one of [`COMPARISONS`] with its operand.
pub(super) fn parse_comparison(name: &str, operand: &DocumentCursor<'_>) -> Option<DataTest> {
    match name {
        "IsNull" => return operand.expect_boolean().map(DataTest::IsNull),
        "IsPresent" => return operand.expect_boolean().map(DataTest::IsPresent),
        "IsNumeric" => return operand.expect_boolean().map(DataTest::IsNumeric),
        "IsString" => return operand.expect_boolean().map(DataTest::IsString),
        "IsBoolean" => return operand.expect_boolean().map(DataTest::IsBoolean),
        "IsTimestamp" => return operand.expect_boolean().map(DataTest::IsTimestamp),
        "StringMatches" => {
            return operand
                .expect_string()
                .map(|text| DataTest::StringMatches(StringMatchesPattern::parse(text)));
        }
        _ => {}
    }
    let (comparison, form) = name
        .strip_suffix("Path")
        .map_or((name, OperandForm::Literal), |rest| (rest, OperandForm::Path));
    if let Some(order) = comparison.strip_prefix("String").and_then(parse_comparison_operator) {
        let literal = |at: &DocumentCursor<'_>| at.expect_string().map(str::to_owned);
        return parse_operand(form, operand, literal)
            .map(|operand| DataTest::String(order, operand));
    }
    if let Some(order) = comparison.strip_prefix("Numeric").and_then(parse_comparison_operator) {
        return parse_operand(form, operand, parse_json_number)
            .map(|operand| DataTest::Numeric(order, operand));
    }
    if let Some(order) = comparison.strip_prefix("Timestamp").and_then(parse_comparison_operator) {
        return parse_operand(form, operand, wait::parse_timestamp)
            .map(|operand| DataTest::Timestamp(order, operand));
    }
    parse_operand(form, operand, DocumentCursor::expect_boolean).map(DataTest::Boolean)
}

/// Whether the name ends in `Path`.
#[derive(Clone, Copy)]
enum OperandForm {
    Literal,
    Path,
}

fn parse_operand<'a, T>(
    form: OperandForm,
    operand: &DocumentCursor<'a>,
    literal: impl FnOnce(&DocumentCursor<'a>) -> Option<T>,
) -> Option<ComparisonOperand<T>> {
    match form {
        OperandForm::Literal => literal(operand).map(ComparisonOperand::Literal),
        OperandForm::Path => {
            path::parse_sourced_reference_path(operand).map(ComparisonOperand::Path)
        }
    }
}

fn parse_json_number(cursor: &DocumentCursor<'_>) -> Option<Number> {
    cursor.expect_type(cursor.value().as_number().cloned(), "[NUMBER]")
}

fn parse_comparison_operator(name: &str) -> Option<ComparisonOperator> {
    match name {
        "Equals" => Some(ComparisonOperator::Equals),
        "LessThan" => Some(ComparisonOperator::LessThan),
        "GreaterThan" => Some(ComparisonOperator::GreaterThan),
        "LessThanEquals" => Some(ComparisonOperator::LessThanEquals),
        "GreaterThanEquals" => Some(ComparisonOperator::GreaterThanEquals),
        _ => None,
    }
}
