//! Evaluates the conditions of Choice rules in JSONPath.

use std::{borrow::Cow, cmp::Ordering};

use asl::{ComparisonOperand, ComparisonOperator, DataTest, JsonPathCondition};
use jsonpath::{JaywayPathError, JsonPathScope, SourcedPath};
use model::Timestamp;
use serde_json::{Number, Value};

/// A path of the condition that found nothing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidPath {
    pub(crate) path: String,
}

/// Evaluates a condition. Stops at the first part that decides the result.
///
/// A comparison is false if the value has another type.
///
/// Spec: ASL § Choice State.
pub(crate) fn condition_holds(
    condition: &JsonPathCondition,
    scope: &JsonPathScope<'_>,
) -> Result<bool, InvalidPath> {
    match condition {
        JsonPathCondition::And(all) => {
            for condition in all {
                if !condition_holds(condition, scope)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        JsonPathCondition::Or(any) => {
            for condition in any {
                if condition_holds(condition, scope)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        JsonPathCondition::Not(condition) => condition_holds(condition, scope).map(|held| !held),
        JsonPathCondition::DataTest { variable, test: DataTest::IsPresent(expected) } => {
            match variable.find_in_scope(scope) {
                // Nobody knows whether it is there.
                Err(JaywayPathError::TooCostly(_)) => Err(invalid_path(variable)),
                found => Ok(found.is_ok() == *expected),
            }
        }
        JsonPathCondition::DataTest { variable, test } => {
            let value = find_operand(variable, scope)?;
            test_passes(test, &value, scope)
        }
    }
}

fn find_operand<'v>(
    path: &SourcedPath,
    scope: &JsonPathScope<'v>,
) -> Result<Cow<'v, Value>, InvalidPath> {
    path.find_in_scope(scope).map_err(|_| invalid_path(path))
}

fn invalid_path(path: &SourcedPath) -> InvalidPath {
    InvalidPath { path: path.source_text().to_owned() }
}

fn test_passes(
    test: &DataTest,
    value: &Value,
    scope: &JsonPathScope<'_>,
) -> Result<bool, InvalidPath> {
    Ok(match test {
        DataTest::IsNull(expected) => value.is_null() == *expected,
        DataTest::IsPresent(expected) => *expected,
        DataTest::IsNumeric(expected) => value.is_number() == *expected,
        DataTest::IsString(expected) => value.is_string() == *expected,
        DataTest::IsBoolean(expected) => value.is_boolean() == *expected,
        DataTest::IsTimestamp(expected) => read_timestamp(value).is_some() == *expected,
        DataTest::String(order, operand) => {
            let right = right_operand(operand, scope, |value| value.as_str().map(str::to_owned))?;
            let left = value.as_str().map(str::to_owned);
            compare_operands(left, right, |a, b| {
                order_fits(*order, a.encode_utf16().cmp(b.encode_utf16()))
            })
        }
        DataTest::StringMatches(pattern) => {
            value.as_str().is_some_and(|text| pattern.matches(text))
        }
        DataTest::Numeric(order, operand) => {
            // AWS takes a right-hand value that is no number for 0 (believed).
            let number_or_zero =
                |value: &Value| Some(read_number(value).unwrap_or_else(|| Number::from(0)));
            let right = right_operand(operand, scope, number_or_zero)?;
            compare_operands(read_number(value), right, |a, b| {
                compare_numbers(a, b).is_some_and(|ordering| order_fits(*order, ordering))
            })
        }
        DataTest::Boolean(operand) => compare_operands(
            value.as_bool(),
            right_operand(operand, scope, Value::as_bool)?,
            |a, b| a == b,
        ),
        DataTest::Timestamp(order, operand) => {
            let right = right_operand(operand, scope, read_timestamp)?;
            compare_operands(read_timestamp(value), right, |a, b| order_fits(*order, a.cmp(b)))
        }
    })
}

/// Returns the right operand of a comparison, or `None` if the data has a value of another type.
fn right_operand<T: Clone>(
    operand: &ComparisonOperand<T>,
    scope: &JsonPathScope<'_>,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Option<T>, InvalidPath> {
    match operand {
        ComparisonOperand::Literal(value) => Ok(Some(value.clone())),
        ComparisonOperand::Path(path) => find_operand(path, scope).map(|value| read(&value)),
    }
}

fn compare_operands<T>(left: Option<T>, right: Option<T>, with: impl Fn(&T, &T) -> bool) -> bool {
    left.zip(right).is_some_and(|(left, right)| with(&left, &right))
}

const fn order_fits(order: ComparisonOperator, ordering: Ordering) -> bool {
    match order {
        ComparisonOperator::Equals => ordering.is_eq(),
        ComparisonOperator::LessThan => ordering.is_lt(),
        ComparisonOperator::GreaterThan => ordering.is_gt(),
        ComparisonOperator::LessThanEquals => ordering.is_le(),
        ComparisonOperator::GreaterThanEquals => ordering.is_ge(),
    }
}

fn read_number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

/// Compares whole numbers exactly and other numbers as 64-bit floats.
fn compare_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

fn read_timestamp(value: &Value) -> Option<Timestamp> {
    value.as_str().and_then(|text| Timestamp::parse(text).ok())
}
