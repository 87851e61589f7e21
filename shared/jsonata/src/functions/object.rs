//! `$keys`, `$lookup`, `$spread`, `$merge`, `$exists`, `$type`, `$clone`, `$parse`, `$error`,
//! `$assert`.

use serde_json::Value;

use super::Arguments;
use crate::{
    datum::{ArrayBuilder, ArrayMarks, Datum, ObjectBuilder, Text},
    evaluator::Evaluator,
    limits::DATUM_DEPTH_MAX,
    meter::with_stack,
    thrown::{Evaluated, Thrown},
};

pub(super) fn keys<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let evaluator = arguments.evaluator;
    let mut found = ObjectBuilder::new(&evaluator.meter, 0)?;
    collect_keys(evaluator, arguments.get(0), &mut found, 0)?;
    let mut keys = ArrayBuilder::sequence(&evaluator.meter)?;
    for (name, _) in found.build().members() {
        keys.push(Datum::Text(name))?;
    }
    Ok(keys.build_datum())
}

fn collect_keys<'a>(
    evaluator: &Evaluator<'a>,
    value: &Datum<'a>,
    found: &mut ObjectBuilder<'a>,
    depth: usize,
) -> Evaluated<()> {
    if depth > DATUM_DEPTH_MAX {
        return Err(Thrown::stack_overflow());
    }
    match value {
        Datum::Array(array) => {
            evaluator.meter.count_visits(array.len())?;
            for item in array.iter() {
                with_stack(|| collect_keys(evaluator, &item, found, depth + 1))?;
            }
        }
        Datum::Object(object) => {
            evaluator.meter.count_steps(object.len())?;
            for (name, _) in object.members() {
                found.insert(name, Datum::Null)?;
            }
        }
        _ => {}
    }
    Ok(())
}

pub(super) fn lookup<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    match arguments.text(1)? {
        Some(name) => arguments.evaluator.lookup(arguments.get(0), name),
        None => Ok(Datum::Undefined),
    }
}

/// `$spread(object)`: one object for each member. The items of an array are spread one by one.
pub(super) fn spread<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    spread_value(arguments.evaluator, arguments.get(0), 0)
}

fn spread_value<'a>(
    evaluator: &Evaluator<'a>,
    value: &Datum<'a>,
    depth: usize,
) -> Evaluated<Datum<'a>> {
    if depth > DATUM_DEPTH_MAX {
        return Err(Thrown::stack_overflow());
    }
    let meter = &evaluator.meter;
    match value {
        Datum::Object(object) => {
            let mut parts = ArrayBuilder::sequence(meter)?;
            for (name, member) in object.members() {
                let mut part = ObjectBuilder::new(meter, 1)?;
                part.insert(name, member)?;
                parts.push(part.build_datum())?;
            }
            Ok(parts.build_datum())
        }
        Datum::Array(array) => {
            let mut parts = ArrayBuilder::sequence(meter)?;
            for item in array.iter() {
                meter.count_visits(1)?;
                let part = with_stack(|| spread_value(evaluator, &item, depth + 1))?;
                if !part.is_undefined() {
                    // As in jsonata-js, what is joined is no sequence any more.
                    parts.set_marks(ArrayMarks::NONE);
                    parts.append(part)?;
                }
            }
            Ok(parts.build_datum())
        }
        other => Ok(other.clone()),
    }
}

pub(super) fn merge<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(array) = arguments.array(0)? else { return Ok(Datum::Undefined) };
    let mut merged = ObjectBuilder::new(arguments.meter(), 0)?;
    for item in array.iter() {
        if let Datum::Object(object) = &item {
            arguments.meter().count_steps(1 + object.len())?;
            for (name, value) in object.members() {
                merged.insert(name, value)?;
            }
        }
    }
    Ok(merged.build_datum())
}

#[expect(clippy::unnecessary_wraps, reason = "every function may fail")]
pub(super) fn exists<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    Ok(Datum::Bool(!arguments.get(0).is_undefined()))
}

pub(super) fn type_name<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let name = match arguments.get(0) {
        Datum::Undefined => return Ok(Datum::Undefined),
        Datum::Null => "null",
        Datum::Bool(_) => "boolean",
        Datum::Number(number) if number.is_infinite() => {
            return Err(Thrown::with_value("D1001", "null".to_owned()));
        }
        Datum::Number(_) => "number",
        Datum::Text(_) => "string",
        Datum::Array(_) => "array",
        Datum::Object(_) => "object",
        Datum::Function(_) => "function",
    };
    Ok(Datum::Text(Text::Borrowed(name)))
}

pub(super) fn clone<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    match arguments.get(0) {
        Datum::Undefined => Ok(Datum::Undefined),
        value => arguments.evaluator.copy_deeply(value, 0),
    }
}

/// `$parse(text)`: the value that a JSON text stands for.
pub(super) fn parse<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(text) = arguments.text(0)? else { return Ok(Datum::Undefined) };
    let bytes = step_budget::parsed_bytes_max(text);
    arguments.meter().count_steps(text.len() / 32)?;
    let _charge = arguments.meter().charge(bytes)?;
    let value: Value = serde_json::from_str(text)
        .map_err(|_| Thrown::message("D3137", "Invalid JSON".to_owned()))?;
    build_json(arguments.evaluator, value)
}

/// A value of JSON that nothing holds.
fn build_json<'a>(evaluator: &Evaluator<'a>, value: Value) -> Evaluated<Datum<'a>> {
    let meter = &evaluator.meter;
    match value {
        Value::Null => Ok(Datum::Null),
        Value::Bool(boolean) => Ok(Datum::Bool(boolean)),
        Value::Number(number) => Ok(Datum::Number(number.as_f64().unwrap_or(0.0))),
        Value::String(text) => Datum::text(meter, text),
        Value::Array(items) => {
            let marks = ArrayMarks::NONE;
            let mut array = ArrayBuilder::with_capacity(meter, marks, items.len())?;
            for item in items {
                array.push(with_stack(|| build_json(evaluator, item))?)?;
            }
            Ok(array.build_datum())
        }
        Value::Object(members) => {
            let mut object = ObjectBuilder::new(meter, members.len())?;
            for (name, value) in members {
                let value = with_stack(|| build_json(evaluator, value))?;
                object.insert(Text::build(meter, name)?, value)?;
            }
            Ok(object.build_datum())
        }
    }
}

pub(super) fn error<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let message = given_message(arguments, 0, "$error() function evaluated")?;
    Err(Thrown::message("D3137", message))
}

pub(super) fn assert<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    if arguments.get(0).is_truthy() {
        return Ok(Datum::Undefined);
    }
    let message = given_message(arguments, 1, "$assert() statement failed")?;
    Err(Thrown::message("D3141", message))
}

fn given_message(arguments: Arguments<'_, '_>, index: usize, default: &str) -> Evaluated<String> {
    let given = arguments.text(index)?.map_or("", |text| &**text);
    Ok(if given.is_empty() { default } else { given }.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::testing::{evaluated_value, failure_cause, thrown_message};

    #[test]
    fn json_text_is_parsed() {
        assert_eq!(
            evaluated_value(r#"$parse('{"b":[1,2.5],"a":null}')"#),
            r#"{"b":[1,2.5],"a":null}"#
        );
        assert_eq!(evaluated_value("$parse('[1]')"), "[1]");
        assert_eq!(thrown_message("$parse('{')"), "D3137: Invalid JSON");
        assert!(failure_cause("$parse($nope)").contains("returned nothing"));
    }

    #[test]
    fn a_null_member_is_found() {
        assert_eq!(evaluated_value("$lookup({'bar': null}, 'bar')"), "null");
        assert_eq!(evaluated_value("$spread($zip([1,2,3],[4,5],[7,8,9]))"), "[1,4,7,2,5,8]");
    }
}
