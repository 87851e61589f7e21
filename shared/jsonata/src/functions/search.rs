//! `$match`, `$contains`, `$replace`, `$split`, and calls of regular expressions.

mod matches;
mod replacement;

use std::rc::Rc;

use self::matches::{Matches, byte_position, match_object};
use super::{Arguments, text::implicit_text};
use crate::{
    datum::{ArrayBuilder, ArrayMarks, Datum, ObjectBuilder, Text, double_of, json_text},
    evaluator::Evaluator,
    limits::VALUE_BYTES_MAX,
    pattern::Pattern,
    thrown::{Evaluated, Thrown},
};

pub(super) fn match_pattern<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(text) = arguments.text(0)? else { return Ok(Datum::Undefined) };
    let limit = limit_argument(arguments, 2, "D3040")?;
    let meter = arguments.meter();
    let mut objects = ArrayBuilder::sequence(meter)?;
    let mut matches = Matches::new(arguments.get(1), text);
    // As in jsonata-js, the match after the last one that counts is looked for too, which fails if
    // it is empty.
    let mut next = if limit > 0.0 { matches.next_match(arguments.evaluator)? } else { None };
    while let Some(found) = next.take_if(|_| double_of(objects.len()) < limit) {
        let mut object = ObjectBuilder::new(meter, 3)?;
        object.insert(Text::Borrowed("match"), found.matched.clone())?;
        object.insert(Text::Borrowed("index"), found.index.clone())?;
        object.insert(Text::Borrowed("groups"), found.groups_datum(meter)?)?;
        objects.push(object.build_datum())?;
        next = matches.next_match(arguments.evaluator)?;
    }
    Ok(objects.build_datum())
}

/// The limit of how often something is done. Without one there is no limit.
fn limit_argument(
    arguments: Arguments<'_, '_>,
    index: usize,
    code: &'static str,
) -> Evaluated<f64> {
    match arguments.number(index)? {
        Some(limit) if limit < 0.0 => Err(Thrown::argument(code, index + 1)),
        Some(limit) => Ok(limit),
        None => Ok(f64::INFINITY),
    }
}

pub(super) fn contains<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(text) = arguments.text(0)? else { return Ok(Datum::Undefined) };
    arguments.meter().count_steps(text.len() / 64)?;
    let found = match arguments.get(1) {
        Datum::Text(part) => text.contains(&**part),
        pattern @ Datum::Function(_) => {
            Matches::new(pattern, text).next_match(arguments.evaluator)?.is_some()
        }
        _ => text.contains("undefined"),
    };
    Ok(Datum::Bool(found))
}

pub(super) fn split<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(text) = arguments.text(0)? else { return Ok(Datum::Undefined) };
    let limit = limit_argument(arguments, 2, "D3020")?;
    let meter = arguments.meter();
    let mut parts = ArrayBuilder::new(meter, ArrayMarks::NONE)?;
    let add = |parts: &mut ArrayBuilder<'a>, part: &str| {
        meter.count_steps(1)?;
        parts.push(Datum::text(meter, part.to_owned())?)
    };
    let separator = match arguments.get(1) {
        Datum::Text(separator) => &**separator,
        pattern @ Datum::Function(_) => {
            if limit > 0.0 {
                let mut matches = Matches::new(pattern, text);
                let mut start = 0;
                let mut next = matches.next_match(arguments.evaluator)?;
                while let Some(found) = next.take_if(|_| double_of(parts.len()) < limit) {
                    add(&mut parts, slice(text, start, found.start))?;
                    start = found.end;
                    next = matches.next_match(arguments.evaluator)?;
                }
                if double_of(parts.len()) < limit {
                    add(&mut parts, slice(text, start, text.len()))?;
                }
            }
            return Ok(parts.build_datum());
        }
        _ => {
            add(&mut parts, text)?;
            return Ok(parts.build_datum());
        }
    };
    let limit = limit.trunc();
    if separator.is_empty() {
        for letter in text.chars() {
            if double_of(parts.len()) >= limit {
                break;
            }
            add(&mut parts, letter.encode_utf8(&mut [0; 4]))?;
        }
    } else {
        for part in text.split(separator) {
            if double_of(parts.len()) >= limit {
                break;
            }
            add(&mut parts, part)?;
        }
    }
    Ok(parts.build_datum())
}

pub(super) fn replace<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(text) = arguments.text(0)? else { return Ok(Datum::Undefined) };
    if arguments.get(1).as_text().is_some_and(str::is_empty) {
        return Err(Thrown::argument("D3010", 2));
    }
    let limit = limit_argument(arguments, 3, "D3011")?;
    if limit <= 0.0 {
        return Ok(Datum::Text(text.clone()));
    }
    let replaced = match arguments.get(1) {
        Datum::Text(pattern) => replace_text(arguments, text, pattern, limit)?,
        pattern => replace_matches(arguments, text, pattern, limit)?,
    };
    arguments.text_result(replaced)
}

fn replace_text<'a>(
    arguments: Arguments<'_, 'a>,
    text: &Text<'a>,
    pattern: &str,
    limit: f64,
) -> Evaluated<String> {
    let replacement = match arguments.get(2) {
        Datum::Function(_) => String::new(),
        other => implicit_text(other),
    };
    let (mut result, mut rest, mut count) = (String::new(), &**text, 0.0);
    while count < limit {
        let Some((before, after)) = rest.split_once(pattern) else { break };
        push_limited(&mut result, before)?;
        push_limited(&mut result, &replacement)?;
        arguments.meter().count_steps(1 + (before.len() + replacement.len()) / 64)?;
        rest = after;
        count += 1.0;
    }
    push_limited(&mut result, rest)?;
    Ok(result)
}

fn replace_matches<'a>(
    arguments: Arguments<'_, 'a>,
    text: &Text<'a>,
    pattern: &Datum<'a>,
    limit: f64,
) -> Evaluated<String> {
    let evaluator = arguments.evaluator;
    let mut matches = Matches::new(pattern, text);
    let (mut result, mut position, mut count) = (String::new(), 0, 0.0);
    let mut next = matches.next_match(evaluator)?;
    while let Some(found) = next.take_if(|_| count < limit) {
        push_limited(&mut result, slice(text, position, found.start))?;
        match arguments.get(2) {
            Datum::Text(template) => {
                let substitute = replacement::substitute(template, &found)?;
                evaluator.meter.count_steps(1 + substitute.len() / 64)?;
                push_limited(&mut result, &substitute)?;
            }
            function => {
                let object = matches.object_of(&found, evaluator)?;
                let value = evaluator.apply(function, vec![object], &Datum::Null)?;
                let Datum::Text(substitute) = &value else {
                    return Err(Thrown::with_value("D3012", json_text(&value)));
                };
                push_limited(&mut result, substitute)?;
            }
        }
        position = found.start + found.length;
        count += 1.0;
        next = matches.next_match(evaluator)?;
    }
    push_limited(&mut result, slice(text, position, text.len()))?;
    Ok(result)
}

/// Adds to a text that must not become too long.
fn push_limited(text: &mut String, part: &str) -> Evaluated<()> {
    if text.len() + part.len() > VALUE_BYTES_MAX {
        return Err(Thrown::too_large());
    }
    text.push_str(part);
    Ok(())
}

/// The text between two positions, which JavaScript takes in either order.
fn slice(text: &str, start: usize, end: usize) -> &str {
    text.get(start.min(end)..start.max(end)).unwrap_or_default()
}

/// Calls a regular expression, which gives the first match from a position on.
pub(crate) fn call_pattern<'a>(
    evaluator: &Evaluator<'a>,
    pattern: &'a Pattern,
    text: &Datum<'a>,
    from: f64,
) -> Evaluated<Datum<'a>> {
    let text = match text {
        Datum::Text(text) => text.clone(),
        other => Text::build(&evaluator.meter, implicit_text(other))?,
    };
    let from = byte_position(&text, from);
    match_object(evaluator, pattern, &text, from)
}

/// Calls the function `next` of a match.
pub(crate) fn call_next_match<'a>(
    evaluator: &Evaluator<'a>,
    pattern: &'a Pattern,
    text: &Text<'a>,
    from: usize,
) -> Evaluated<Datum<'a>> {
    if from >= text.len() {
        return Ok(Datum::Undefined);
    }
    let next = match_object(evaluator, pattern, text, from)?;
    let matched = next.as_object().map(|object| object.get("match"));
    if matched.as_ref().and_then(Datum::as_text) == Some("") {
        return Err(Thrown::code("D1004"));
    }
    Ok(next)
}

/// A function of the language as the `next` of a match.
fn next_function<'a>(pattern: &'a Pattern, text: &Text<'a>, from: usize) -> Datum<'a> {
    let text = text.clone();
    Datum::Function(Rc::new(crate::datum::Function::NextMatch { pattern, text, from }))
}

#[cfg(test)]
mod tests {
    use crate::testing::{evaluated_value, thrown_message};

    #[test]
    fn texts_are_searched_as_in_javascript() {
        for (source, value) in [
            ("$match('ab1cd2', /([a-z]+)(\\d)/).groups", r#"["ab","1","cd","2"]"#),
            ("$match('a💩b', /b/).index", "3"),
            ("$replace('265USD', /([0-9]+)USD/, '$$$1')", "\"$265\""),
            ("$replace('abc', /(?<=a)b(?=c)/, '-')", "\"a-c\""),
            ("$replace('aa bb', /(.)\\1/, function($m) { $uppercase($m.match) })", "\"AA BB\""),
            ("$split('a1b22c', /\\d+?/)", r#"["a","b","","c"]"#),
            ("$split('a, b', ', ', 1)", r#"["a"]"#),
            ("$contains('x', /^\\w$/)", "true"),
            ("('ABC' ~> /b/i).start", "1"),
        ] {
            assert_eq!(evaluated_value(source), value, "{source}");
        }
        assert_eq!(
            thrown_message("$split('abc', /b*/)"),
            "D1004: Regular expression matches zero length string"
        );
    }
}
