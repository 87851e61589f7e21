//! The functions over arrays, but for `States.ArrayUnique`.

use std::borrow::Cow;

use serde_json::Value;

use super::{IntrinsicCall, Outcome, Refusal, truncated};

/// `States.ArrayPartition(array, size)`: chunks of at most `size` items.
pub(super) fn partition(arguments: &[Cow<'_, Value>]) -> Outcome {
    let [array, size] = arguments else {
        return Err(Refusal::InvalidArguments);
    };
    let items = items(array)?;
    let size = usize::try_from(truncated(size)?).map_err(|_| Refusal::InvalidArguments)?;
    if size == 0 {
        return Err(Refusal::InvalidArguments);
    }
    Ok(items.chunks(size).map(|chunk| Value::Array(chunk.to_vec())).collect())
}

/// `States.ArrayContains(array, value)`
pub(super) fn contains(arguments: &[Cow<'_, Value>]) -> Outcome {
    let [array, value] = arguments else {
        return Err(Refusal::InvalidArguments);
    };
    Ok(Value::Bool(items(array)?.contains(value)))
}

/// `States.ArrayRange(first, last, step)`: the last is included if a step hits it.
pub(super) fn range(arguments: &[Cow<'_, Value>]) -> Outcome {
    let [first, last, step] = arguments else {
        return Err(Refusal::InvalidArguments);
    };
    let (first, last, step) = (truncated(first)?, truncated(last)?, truncated(step)?);
    if step == 0 {
        return Err(Refusal::InvalidArguments);
    }
    let mut result = Vec::new();
    let mut next = first;
    while if step > 0 { next <= last } else { next >= last } {
        if result.len() == IntrinsicCall::RANGE_ITEMS_MAX {
            return Err(Refusal::InvalidArguments);
        }
        result.push(Value::from(next));
        next += step;
    }
    Ok(Value::Array(result))
}

/// `States.ArrayGetItem(array, index)`. Every index into an empty array gives null, as on AWS.
pub(super) fn get_item(arguments: &[Cow<'_, Value>]) -> Outcome {
    let [array, index] = arguments else {
        return Err(Refusal::InvalidArguments);
    };
    let items = items(array)?;
    let index = usize::try_from(truncated(index)?).map_err(|_| Refusal::InvalidArguments)?;
    match items.get(index) {
        Some(item) => Ok(item.clone()),
        None if items.is_empty() => Ok(Value::Null),
        None => Err(Refusal::InvalidArguments),
    }
}

/// `States.ArrayLength(array)`
pub(super) fn length(arguments: &[Cow<'_, Value>]) -> Outcome {
    match arguments {
        [array] => Ok(items(array)?.len().into()),
        _ => Err(Refusal::InvalidArguments),
    }
}

/// The items of an argument that must be an array.
pub(super) fn items(value: &Value) -> Result<&[Value], Refusal> {
    value.as_array().map(Vec::as_slice).ok_or(Refusal::InvalidArguments)
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
    fn contents_are_compared_by_value() {
        let data = json!([{"a": 1, "b": 2}, "x"]);
        assert_eq!(
            evaluate("States.ArrayContains($, States.StringToJson('{\"b\":2,\"a\":1}'))", &data),
            Ok(json!(true))
        );
        assert_eq!(evaluate("States.ArrayContains($, 'y')", &data), Ok(json!(false)));
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
