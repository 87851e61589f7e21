//! `$string`, `$substring`, `$pad`, `$trim`, `$join` and other functions of texts.

use super::Arguments;
use crate::{
    datum::{ArrayMarks, Datum, JsonLayout, Text, count_of, double_of, number_text, stringify},
    limits::VALUE_BYTES_MAX,
    thrown::{Evaluated, Thrown},
};

pub(super) fn string<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let is_pretty = arguments.get(1).is_truthy();
    match arguments.get(0) {
        Datum::Undefined => Ok(Datum::Undefined),
        text @ Datum::Text(_) => Ok(text.clone()),
        value @ (Datum::Array(_) | Datum::Object(_)) if is_pretty => {
            let inner = match value {
                Datum::Array(array) if array.marks().has(ArrayMarks::OUTER_WRAPPER) => array.get(0),
                other => other.clone(),
            };
            let text = stringify(&inner, JsonLayout::Pretty, arguments.meter())?;
            arguments.text_result(text)
        }
        value => arguments.text_result(arguments.evaluator.text_of(value)?),
    }
}

pub(super) fn substring<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(text) = arguments.text(0)? else { return Ok(Datum::Undefined) };
    let start = arguments.number(1)?.unwrap_or(0.0);
    arguments.meter().count_steps(text.len() / 64)?;
    let count = double_of(text.chars().count());
    let start = if count + start < 0.0 { 0.0 } else { start };
    let end = match arguments.number(2)? {
        Some(length) if length <= 0.0 => return Ok(Datum::Text(Text::Borrowed(""))),
        Some(length) if start >= 0.0 => start + length,
        Some(length) => count + start + length,
        None => count,
    };
    let position = |index: f64| {
        let index = index.trunc();
        count_of(if index < 0.0 { (count + index).max(0.0) } else { index.min(count) })
    };
    let (start, end) = (position(start), position(end));
    let part = text.chars().skip(start).take(end.saturating_sub(start)).collect();
    arguments.text_result(part)
}

pub(super) fn substring_before<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    split_at_text(arguments, |before, _| before)
}

pub(super) fn substring_after<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    split_at_text(arguments, |_, after| after)
}

fn split_at_text<'a>(
    arguments: Arguments<'_, 'a>,
    choose: for<'t> fn(&'t str, &'t str) -> &'t str,
) -> Evaluated<Datum<'a>> {
    let Some(text) = arguments.text(0)? else { return Ok(Datum::Undefined) };
    arguments.meter().count_steps(text.len() / 64)?;
    // In JavaScript, what is undefined is searched as a text.
    let mark = arguments.text(1)?.map_or("undefined", |mark| &**mark);
    match text.split_once(mark) {
        Some((before, after)) => arguments.text_result(choose(before, after).to_owned()),
        None => Ok(Datum::Text(text.clone())),
    }
}

pub(super) fn lowercase<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    change_text(arguments, str::to_lowercase)
}

pub(super) fn uppercase<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    change_text(arguments, str::to_uppercase)
}

/// `$trim(text)`: only spaces, tabs and line breaks are space.
pub(super) fn trim<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    change_text(arguments, |text| {
        let words = text.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join(" ")
    })
}

fn change_text<'a>(
    arguments: Arguments<'_, 'a>,
    change: impl FnOnce(&str) -> String,
) -> Evaluated<Datum<'a>> {
    let Some(text) = arguments.text(0)? else { return Ok(Datum::Undefined) };
    arguments.meter().count_steps(text.len() / 64)?;
    let _charge = arguments.meter().charge(text.len())?;
    arguments.text_result(change(text))
}

pub(super) fn length<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(text) = arguments.text(0)? else { return Ok(Datum::Undefined) };
    arguments.meter().count_steps(text.len() / 256)?;
    Ok(Datum::count(text.chars().count()))
}

pub(super) fn pad<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(text) = arguments.text(0)? else { return Ok(Datum::Undefined) };
    let width = arguments.number(1)?.unwrap_or(f64::NAN);
    let filler = arguments.text(2)?.map_or(" ", |filler| &**filler);
    let filler = if filler.is_empty() { " " } else { filler };
    let missing = width.abs() - double_of(text.chars().count());
    if missing.is_nan() || missing <= 0.0 {
        return Ok(Datum::Text(text.clone()));
    }
    if missing >= double_of(VALUE_BYTES_MAX) {
        return Err(Thrown::too_large());
    }
    if missing.fract() != 0.0 {
        return Err(Thrown::Plain("Invalid array length".to_owned()));
    }
    let count = count_of(missing);
    arguments.meter().count_steps(count / 64)?;
    let _charge = arguments.meter().charge(4 * count)?;
    let padding = repeated_text(filler, count);
    arguments.text_result(if width > 0.0 {
        format!("{}{padding}", &**text)
    } else {
        format!("{padding}{}", &**text)
    })
}

/// So many characters of a text that is repeated.
fn repeated_text(text: &str, count: usize) -> String {
    let length = text.chars().count().max(1);
    let mut repeated = text.repeat(count / length);
    repeated.extend(text.chars().take(count % length));
    repeated
}

pub(super) fn join<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(array) = arguments.array(0)? else { return Ok(Datum::Undefined) };
    let separator = arguments.text(1)?.map_or("", |separator| &**separator);
    let mut joined = String::new();
    for (index, item) in array.iter().enumerate() {
        arguments.meter().count_steps(1)?;
        let text = item.as_text().unwrap_or_default();
        if joined.len() + separator.len() + text.len() > VALUE_BYTES_MAX {
            return Err(Thrown::too_large());
        }
        if index > 0 {
            joined.push_str(separator);
        }
        joined.push_str(text);
    }
    arguments.text_result(joined)
}

/// The text of a value where JavaScript converts it implicitly.
pub(super) fn implicit_text(value: &Datum<'_>) -> String {
    match value {
        Datum::Undefined => "undefined".to_owned(),
        Datum::Null => "null".to_owned(),
        Datum::Bool(boolean) => boolean.to_string(),
        Datum::Number(number) => number_text(*number),
        Datum::Text(text) => (**text).to_owned(),
        Datum::Array(_) | Datum::Object(_) | Datum::Function(_) => "[object Object]".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::evaluated_value;

    #[test]
    fn numbers_become_text_as_in_javascript() {
        assert_eq!(evaluated_value("$string(1234567890123456)"), "\"1234567890123460\"");
        assert_eq!(evaluated_value("$string([1e21, 0.1 + 0.2])"), "\"[1e+21,0.3]\"");
        assert_eq!(
            evaluated_value("$string({'a': [1, {}], 'b': []}, true)"),
            r#""{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}""#
        );
    }

    #[test]
    fn only_plain_space_is_trimmed() {
        assert_eq!(evaluated_value("$trim(' \t\\u00a0a \n b\\u3000 ')"), "\"\u{a0}a b\u{3000}\"");
    }
}
