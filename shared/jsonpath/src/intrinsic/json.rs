//! `States.StringToJson`, `States.JsonToString` and `States.JsonMerge`.

use std::{borrow::Cow, io};

use serde_json::Value;
use step_budget::{BudgetExceeded, StepBudget, parsed_bytes_max};

use super::{IntrinsicError, IntrinsicResult};
use crate::java::json_refusal::explain_refusal;

/// `States.StringToJson(text)`. A blank text gives null.
pub(super) fn string_to_json(
    arguments: &[Cow<'_, Value>],
    budget: &StepBudget<'_>,
) -> IntrinsicResult {
    let [argument] = arguments else {
        return Err(IntrinsicError::InvalidArguments);
    };
    let text = argument.as_str().ok_or(IntrinsicError::InvalidArguments)?;
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    budget.charge_bytes(parsed_bytes_max(text))?;
    let value = serde_json::from_str(text)
        .map_err(|error| IntrinsicError::NotJson(explain_refusal(text, &error)))?;
    Ok(without_negative_zero(value))
}

/// Java reads `-0` as the integer 0, `serde_json` as a negative floating-point number.
fn without_negative_zero(value: Value) -> Value {
    match value {
        Value::Number(number)
            if number.as_f64().is_some_and(|n| n == 0.0 && n.is_sign_negative()) =>
        {
            Value::from(0)
        }
        Value::Array(items) => items.into_iter().map(without_negative_zero).collect(),
        Value::Object(members) => Value::Object(
            members.into_iter().map(|(name, value)| (name, without_negative_zero(value))).collect(),
        ),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}

/// `States.JsonToString(value)`: compact JSON.
pub(super) fn json_to_string(
    arguments: &[Cow<'_, Value>],
    budget: &StepBudget<'_>,
) -> IntrinsicResult {
    match arguments {
        [value] => Ok(Value::String(print_json(value, budget)?)),
        [] => Err(IntrinsicError::InvalidArguments),
        _ => Err(IntrinsicError::BadArguments("only a single argument is allowed.")),
    }
}

/// Prints a value as compact JSON.
fn print_json(value: &Value, budget: &StepBudget<'_>) -> Result<String, BudgetExceeded> {
    let mut text = ChargedText { text: Vec::new(), budget };
    budget.check_time()?;
    // A value always prints, so only the budget refuses it.
    serde_json::to_writer(&mut text, value).map_err(|_| BudgetExceeded::Bytes)?;
    String::from_utf8(text.text).map_err(|_| BudgetExceeded::Bytes)
}

/// A text that charges its budget before it grows.
struct ChargedText<'b> {
    text: Vec<u8>,
    budget: &'b StepBudget<'b>,
}

impl io::Write for ChargedText<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.budget.charge_bytes(bytes.len()).map_err(io::Error::other)?;
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `States.JsonMerge(first, second, false)`: the members of both objects. If both have a member,
/// the second object's wins.
///
/// AWS does not support deep merges, so the flag `true` is refused. Any other value is accepted.
pub(super) fn json_merge(arguments: &[Cow<'_, Value>], budget: &StepBudget<'_>) -> IntrinsicResult {
    let [first, second, deep] = arguments else {
        return Err(IntrinsicError::InvalidArguments);
    };
    budget.charge_copies(&[first, second])?;
    let (Value::Object(first), Value::Object(second)) = (first.as_ref(), second.as_ref()) else {
        return Err(IntrinsicError::InvalidArguments);
    };
    if deep.as_ref() == &Value::Bool(true) {
        return Err(IntrinsicError::InvalidArguments);
    }
    let mut merged = first.clone();
    merged.extend(second.iter().map(|(name, value)| (name.clone(), value.clone())));
    Ok(Value::Object(merged))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::evaluate;

    #[test]
    fn json_is_read_from_texts() {
        let read = |text: &str| evaluate("States.StringToJson($)", &json!(text));
        assert_eq!(read(r#" {"a": [1, "x"]} "#), Ok(json!({"a": [1, "x"]})));
        assert_eq!(read(""), Ok(Value::Null));
        assert_eq!(read("  "), Ok(Value::Null));
        assert_eq!(read("[-0]"), Ok(json!([0])));
        let words = "States.StringToJson($). Cannot convert String to Json in \
                     States.StringToJson, caused by: Unexpected character ('a' (code 97)): ";
        assert!(read("{a}").expect_err("it is no JSON").contains(words));
        assert!(read(&"[".repeat(10_000)).is_err());
        assert!(evaluate("States.StringToJson(1)", &Value::Null).is_err());
    }

    #[test]
    fn json_is_written_without_blanks_in_the_order_of_the_keys() {
        let data = json!({"b": [1, null], "a": "x"});
        assert_eq!(
            evaluate("States.JsonToString($)", &data),
            Ok(json!(r#"{"b":[1,null],"a":"x"}"#))
        );
    }

    #[test]
    fn members_are_merged_at_the_top_only() {
        let data = json!([{"a": {"x": 1}, "b": 1}, {"a": {"y": 2}, "c": 2}]);
        assert_eq!(
            evaluate("States.JsonMerge($[0], $[1], false)", &data),
            Ok(json!({"a": {"y": 2}, "b": 1, "c": 2}))
        );
        assert!(evaluate("States.JsonMerge($[0], $[1], true)", &data).is_err());
        assert!(evaluate("States.JsonMerge($[0], $[1], 'x')", &data).is_ok());
        assert!(evaluate("States.JsonMerge($[0], $, false)", &data).is_err());
    }
}
