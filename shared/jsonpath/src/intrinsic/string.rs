//! `States.Format` and `States.StringSplit`.

use std::{borrow::Cow, collections::BTreeSet};

use serde_json::Value;
use step_budget::StepBudget;

use super::{IntrinsicError, IntrinsicResult};

/// `States.Format(template, …)` with a template that is not a literal. A template that is not a
/// text is used as its JSON text.
pub(super) fn format_template_value(
    arguments: &[Cow<'_, Value>],
    budget: &StepBudget<'_>,
) -> IntrinsicResult {
    let (template, values) = arguments.split_first().ok_or(IntrinsicError::InvalidArguments)?;
    budget.charge_copy(template)?;
    format_template(&value_text(template), values, budget)
}

/// `States.Format(template, …)`: every `{}` is replaced by the next argument.
///
/// A backslash escapes a brace, a quote or another backslash.
pub(super) fn format_template(
    template: &str,
    values: &[Cow<'_, Value>],
    budget: &StepBudget<'_>,
) -> IntrinsicResult {
    budget.charge_bytes(template.len())?;
    let mut result = String::with_capacity(template.len());
    let mut rest = values.iter();
    let mut characters = template.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next_if(|c| matches!(c, '\\' | '\'' | '{' | '}')) {
                Some(escaped) => result.push(escaped),
                None => result.push('\\'),
            },
            '{' => {
                if characters.next() != Some('}') {
                    return Err(IntrinsicError::BadTemplate("matching '}' not found for '{'."));
                }
                let value = rest.next().ok_or(COUNT_MISMATCH)?;
                // What is printed is charged before, as a value, and what it has become after.
                budget.charge_copy(value)?;
                let text = value_text(value);
                budget.charge_bytes(text.len())?;
                result.push_str(&text);
            }
            '}' => return Err(IntrinsicError::BadTemplate("matching '{' not found for '}'.")),
            other => result.push(other),
        }
    }
    if rest.next().is_some() { Err(COUNT_MISMATCH) } else { Ok(Value::String(result)) }
}

const COUNT_MISMATCH: IntrinsicError =
    IntrinsicError::BadArguments("number of arguments do not match the occurrences of {}.");

/// `States.StringSplit(text, delimiters)`: splits at every character of `delimiters`; empty parts
/// are dropped.
pub(super) fn string_split(
    arguments: &[Cow<'_, Value>],
    budget: &StepBudget<'_>,
) -> IntrinsicResult {
    let [text, delimiters] = arguments else {
        return Err(IntrinsicError::InvalidArguments);
    };
    match (text.as_ref(), delimiters.as_ref()) {
        (Value::String(text), Value::String(delimiters)) => {
            // Both may be long, so that a search through all delimiters for each character is not
            // affordable.
            let delimiters: BTreeSet<char> = delimiters.chars().collect();
            let parts = || text.split(|c| delimiters.contains(&c)).filter(|part| !part.is_empty());
            let count = parts().count();
            budget.charge_bytes(text.len() + count.saturating_mul(size_of::<Value>()))?;
            budget.check_time()?;
            Ok(parts().map(Value::from).collect())
        }
        _ => Err(IntrinsicError::InvalidArguments),
    }
}

/// Prints a value inside a text as Java's `toString` does (observed): texts without quotes,
/// objects as `{a=1, b=[x, null]}`.
pub(super) fn value_text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Cow::Owned(crate::java::map_text(value))
        }
    }
}

/// Prints a value as JSON, but texts without quotes and numbers as Java prints them.
pub(super) fn json_text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Number(number) => Cow::Owned(crate::java::number_text(number)),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            Cow::Owned(value.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::evaluate;

    #[test]
    fn placeholders_are_filled_in_order() {
        let data = json!({"a": "x", "b": {"c": [1, 2]}, "t": "<{}>"});
        assert_eq!(
            evaluate("States.Format('{}: {}, {} {}', $.a, 1.5, null, $.b)", &data),
            Ok(json!("x: 1.5, null {c=[1, 2]}"))
        );
        let nested = json!([{"Arg1": 1, "Arg2": []}, ["a", 1, null], {}]);
        assert_eq!(
            evaluate("States.Format('{} {} {}', $[0], $[1], $[2])", &nested),
            Ok(json!("{Arg1=1, Arg2=[]} [a, 1, null] {}"))
        );
        assert_eq!(evaluate("States.Format($.t, true)", &data), Ok(json!("<true>")));
    }

    #[test]
    fn escaped_braces_and_quotes_stand_for_themselves() {
        assert_eq!(
            evaluate(r"States.Format('\{{}\} \'{}\' \\', 1, 2)", &Value::Null),
            Ok(json!(r"{1} '2' \"))
        );
    }

    #[test]
    fn there_are_as_many_arguments_as_placeholders() {
        for call in ["States.Format('{}')", "States.Format('', 1)", "States.Format(1, 2)"] {
            let cause = evaluate(call, &Value::Null).expect_err("it fails");
            assert!(
                cause.ends_with(
                    "Invalid arguments in States.Format: number of arguments do not match the \
                     occurrences of {}."
                ),
                "{cause}"
            );
        }
    }

    #[test]
    fn braces_come_in_pairs() {
        for call in ["States.Format('a {', 1)", "States.Format('{{}}', 1)"] {
            let cause = evaluate(call, &Value::Null).expect_err("it fails");
            assert!(
                cause.ends_with(
                    "Invalid template in States.Format: matching '}' not found for '{'."
                ),
                "{cause}"
            );
        }
        assert!(evaluate("States.Format('}')", &Value::Null).is_err());
    }

    #[test]
    fn every_delimiter_splits_and_nothing_empty_stays() {
        let split = |text: &str, delimiters: &str| {
            evaluate("States.StringSplit($[0], $[1])", &json!([text, delimiters]))
        };
        assert_eq!(split("1+2,3.4", ".+,"), Ok(json!(["1", "2", "3", "4"])));
        assert_eq!(split(",a,, b,", ","), Ok(json!(["a", " b"])));
        assert_eq!(split("", ","), Ok(json!([])));
        assert_eq!(split("abc", ""), Ok(json!(["abc"])));
        assert!(evaluate("States.StringSplit(1, ',')", &Value::Null).is_err());
    }
}
