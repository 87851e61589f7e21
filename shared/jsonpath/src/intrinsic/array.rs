//! The array functions except `States.ArrayUnique`.

use std::borrow::Cow;

use serde_json::Value;
use step_budget::StepBudget;

use super::{IntrinsicCall, IntrinsicError, IntrinsicResult, truncated_integer};
use crate::java::map_text;

/// `States.ArrayPartition(array, size)`: chunks of at most `size` items.
pub(super) fn array_partition(
    arguments: &[Cow<'_, Value>],
    budget: &StepBudget<'_>,
) -> IntrinsicResult {
    let [array, size] = arguments else {
        return Err(IntrinsicError::InvalidArguments);
    };
    let items = array_items(array)?;
    let size =
        usize::try_from(truncated_integer(size)?).map_err(|_| IntrinsicError::InvalidArguments)?;
    if size == 0 {
        return Err(IntrinsicError::InvalidArguments);
    }
    budget.charge_copy(array)?;
    budget.charge_bytes(items.len().div_ceil(size).saturating_mul(size_of::<Value>()))?;
    Ok(items.chunks(size).map(|chunk| Value::Array(chunk.to_vec())).collect())
}

/// `States.ArrayContains(array, value)`. AWS compares by text, so that `'true'` is `true`, and
/// objects are equal whose members have the same order (believed).
pub(super) fn array_contains(arguments: &[Cow<'_, Value>]) -> IntrinsicResult {
    let [array, value] = arguments else {
        return Err(IntrinsicError::InvalidArguments);
    };
    let text = map_text(value);
    Ok(Value::Bool(array_items(array)?.iter().any(|item| map_text(item) == text)))
}

/// `States.ArrayRange(first, last, step)`: `last` is included if a step reaches it.
pub(super) fn array_range(arguments: &[Cow<'_, Value>]) -> IntrinsicResult {
    let [first, last, step] = arguments else {
        return Err(IntrinsicError::InvalidArguments);
    };
    let (first, last, step) =
        (truncated_integer(first)?, truncated_integer(last)?, truncated_integer(step)?);
    if step == 0 {
        return Err(IntrinsicError::InvalidArguments);
    }
    let mut result = Vec::new();
    let mut next = first;
    while if step > 0 { next <= last } else { next >= last } {
        if result.len() == IntrinsicCall::RANGE_ITEMS_MAX {
            return Err(IntrinsicError::InvalidArguments);
        }
        result.push(Value::from(next));
        next += step;
    }
    Ok(Value::Array(result))
}

/// `States.ArrayGetItem(array, index)`. Every index into an empty array gives null, as on AWS.
pub(super) fn array_get_item(
    arguments: &[Cow<'_, Value>],
    budget: &StepBudget<'_>,
) -> IntrinsicResult {
    let [array, index] = arguments else {
        return Err(IntrinsicError::InvalidArguments);
    };
    let items = array_items(array)?;
    let index =
        usize::try_from(truncated_integer(index)?).map_err(|_| IntrinsicError::InvalidArguments)?;
    match items.get(index) {
        Some(item) => {
            budget.charge_copy(item)?;
            Ok(item.clone())
        }
        None if items.is_empty() => Ok(Value::Null),
        None => Err(IntrinsicError::InvalidArguments),
    }
}

/// `States.ArrayLength(array)`
pub(super) fn array_length(arguments: &[Cow<'_, Value>]) -> IntrinsicResult {
    match arguments {
        [array] => Ok(array_items(array)?.len().into()),
        _ => Err(IntrinsicError::InvalidArguments),
    }
}

/// The items of an argument that must be an array.
pub(super) fn array_items(value: &Value) -> Result<&[Value], IntrinsicError> {
    value.as_array().map(Vec::as_slice).ok_or(IntrinsicError::InvalidArguments)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::evaluate;

    #[test]
    fn partitions_are_full_but_for_the_last() {
        let data = json!([1, 2, 3]);
        assert_eq!(evaluate("States.ArrayPartition($, 2)", &data), Ok(json!([[1, 2], [3]])));
        assert_eq!(evaluate("States.ArrayPartition($, 2.9)", &data), Ok(json!([[1, 2], [3]])));
        assert_eq!(evaluate("States.ArrayPartition($, 5)", &json!([])), Ok(json!([])));
        for size in ["0", "-1", "0.9", "'1'"] {
            assert!(evaluate(&format!("States.ArrayPartition($, {size})"), &data).is_err());
        }
    }

    #[test]
    fn contents_are_compared_by_their_text() {
        let data = json!([{"a": 1, "b": 2}, "x", "9007199254740991", "true", [0, 1]]);
        for (value, expected) in [
            (json!({"a": 1, "b": 2}), true),
            (json!({"b": 2, "a": 1}), false),
            (json!({"a": 1}), false),
            (json!(9_007_199_254_740_991_i64), true),
            (json!(true), true),
            (json!(false), false),
            (json!([0, 1]), true),
            (json!("y"), false),
        ] {
            let contains = evaluate("States.ArrayContains($[0], $[1])", &json!([data, value]));
            assert_eq!(contains, Ok(json!(expected)), "{value}");
        }
    }

    #[test]
    fn a_range_includes_its_end_and_cuts_fractions_off() {
        let range = |text: &str| evaluate(&format!("States.ArrayRange({text})"), &Value::Null);
        assert_eq!(range("1, 9, 2"), Ok(json!([1, 3, 5, 7, 9])));
        assert_eq!(range("5, 1, -2"), Ok(json!([5, 3, 1])));
        assert_eq!(range("5, 1, 1"), Ok(json!([])));
        assert_eq!(range("1.6, 1.4, 1"), Ok(json!([1])));
        assert!(range("1, 2, 0.9").is_err());
        assert!(range("1, 5").is_err());
    }

    #[test]
    fn a_range_has_at_most_a_thousand_items() {
        assert!(evaluate("States.ArrayRange(1, 1000, 1)", &Value::Null).is_ok());
        assert!(evaluate("States.ArrayRange(1, 1001, 1)", &Value::Null).is_err());
    }

    #[test]
    fn an_item_must_exist_unless_there_is_none() {
        let data = json!([10, 20]);
        assert_eq!(evaluate("States.ArrayGetItem($, 1.2)", &data), Ok(json!(20)));
        assert!(evaluate("States.ArrayGetItem($, 2)", &data).is_err());
        assert!(evaluate("States.ArrayGetItem($, -1)", &data).is_err());
        assert_eq!(evaluate("States.ArrayGetItem($, 9)", &json!([])), Ok(Value::Null));
    }

    #[test]
    fn only_arrays_have_a_length() {
        assert_eq!(evaluate("States.ArrayLength($)", &json!([1, 2])), Ok(json!(2)));
        assert!(evaluate("States.ArrayLength('ab')", &Value::Null).is_err());
    }
}
