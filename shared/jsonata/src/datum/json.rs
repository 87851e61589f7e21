//! Values as JSON: the results of expressions, and the text of `$string`.

use std::{fmt::Write, rc::Rc};

use serde_json::{Map, Number, Value};

use super::{Array, Datum, Object, number_text, round_to_precision};
use crate::{
    evaluation_error::EvaluationFailure,
    limits::{DATUM_DEPTH_MAX, NESTING_MAX, VALUE_BYTES_MAX},
    meter::{EvaluationMeter, with_stack},
    thrown::{Evaluated, Thrown},
};

/// A result as JSON; `None` if it is undefined.
pub(crate) fn datum_to_json(datum: &Datum<'_>) -> Result<Option<Value>, EvaluationFailure> {
    if datum.is_undefined() {
        return Ok(None);
    }
    let mut budget = VALUE_BYTES_MAX;
    below_to_json(datum, 0, &mut budget).map(Some)
}

/// Shared parts of a value count each time they occur, because JSON shares nothing.
fn below_to_json(
    datum: &Datum<'_>,
    depth: usize,
    budget: &mut usize,
) -> Result<Value, EvaluationFailure> {
    spend_budget(depth, if let Datum::Text(text) = datum { text.len() + 1 } else { 8 }, budget)?;
    match datum {
        Datum::Null | Datum::Undefined => Ok(Value::Null),
        Datum::Bool(boolean) => Ok(Value::Bool(*boolean)),
        Datum::Number(number) => Ok(number_to_json(*number)),
        Datum::Text(text) => Ok(Value::String((**text).to_owned())),
        Datum::Array(Array::Borrowed(items)) => {
            items.iter().map(|item| copy_json(item, depth + 1, budget)).collect()
        }
        Datum::Array(array) => {
            array.iter().map(|item| below_to_json(&item, depth + 1, budget)).collect()
        }
        Datum::Object(Object::Borrowed(members)) => copy_members(members, depth, budget),
        Datum::Object(object) => {
            let mut copy = Map::with_capacity(object.len());
            for (name, value) in object.members() {
                spend_budget(depth, name.len(), budget)?;
                copy.insert((*name).to_owned(), below_to_json(&value, depth + 1, budget)?);
            }
            Ok(Value::Object(copy))
        }
        Datum::Function(_) => Err(EvaluationFailure::UnsupportedType),
    }
}

/// Copies JSON that an expression selected. Integers stay exact.
fn copy_json(value: &Value, depth: usize, budget: &mut usize) -> Result<Value, EvaluationFailure> {
    spend_budget(depth, if let Value::String(text) = value { text.len() + 1 } else { 8 }, budget)?;
    match value {
        Value::Number(number) if number.is_f64() => {
            Ok(number_to_json(number.as_f64().unwrap_or(0.0)))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(value.clone()),
        Value::Array(items) => {
            items.iter().map(|item| copy_json(item, depth + 1, budget)).collect()
        }
        Value::Object(members) => copy_members(members, depth, budget),
    }
}

fn copy_members(
    members: &Map<String, Value>,
    depth: usize,
    budget: &mut usize,
) -> Result<Value, EvaluationFailure> {
    let mut copy = Map::with_capacity(members.len());
    for (name, value) in members {
        spend_budget(depth, name.len(), budget)?;
        copy.insert(name.clone(), copy_json(value, depth + 1, budget)?);
    }
    Ok(Value::Object(copy))
}

fn spend_budget(depth: usize, bytes: usize, budget: &mut usize) -> Result<(), EvaluationFailure> {
    if depth > NESTING_MAX {
        return Err(EvaluationFailure::too_large());
    }
    *budget = budget.checked_sub(bytes).ok_or_else(EvaluationFailure::too_large)?;
    Ok(())
}

/// A number as JavaScript prints it: whole numbers without a fraction. Numbers that JSON does not
/// have become texts (observed on AWS: `1/0` gives `"Infinity"`).
fn number_to_json(double: f64) -> Value {
    // Whole doubles convert exactly below 2^63, which is the first that no `i64` holds.
    if double.fract() == 0.0 && double.abs() < 9_223_372_036_854_775_808.0 {
        #[expect(clippy::cast_possible_truncation, reason = "the number is whole and in range")]
        return Value::from(double as i64);
    }
    Number::from_f64(double).map_or_else(|| Value::from(number_text(double)), Value::Number)
}

/// How a value is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonLayout {
    Compact,
    /// With line breaks, and an indentation of two spaces.
    Pretty,
}

/// The text of a value as `$string` makes it: numbers have 15 digits and functions are empty.
pub(crate) fn stringify<'a>(
    datum: &Datum<'a>,
    layout: JsonLayout,
    meter: &Rc<EvaluationMeter<'a>>,
) -> Evaluated<String> {
    let mut printer = JsonPrinter { text: String::new(), layout, numbers: PrintedNumbers::Rounded };
    printer.print(datum, 0, Some(meter))?;
    Ok(printer.text)
}

/// A value as the messages of errors quote it.
pub(crate) fn json_text(datum: &Datum<'_>) -> String {
    if matches!(datum, Datum::Undefined | Datum::Function(_)) {
        return "undefined".to_owned();
    }
    let layout = JsonLayout::Compact;
    let mut printer = JsonPrinter { text: String::new(), layout, numbers: PrintedNumbers::Exact };
    // What is too long or too deep to print is quoted as far as it was printed.
    drop(printer.print(datum, 0, None));
    printer.text
}

/// A text as a JSON string.
pub(crate) fn quote_json(text: &str) -> String {
    Value::from(text).to_string()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum PrintedNumbers {
    /// With 15 digits; those that are not finite are an error.
    Rounded,
    Exact,
}

struct JsonPrinter {
    text: String,
    layout: JsonLayout,
    numbers: PrintedNumbers,
}

impl JsonPrinter {
    fn print<'a>(
        &mut self,
        datum: &Datum<'a>,
        depth: usize,
        meter: Option<&Rc<EvaluationMeter<'a>>>,
    ) -> Evaluated<()> {
        if depth > DATUM_DEPTH_MAX {
            return Err(Thrown::stack_overflow());
        }
        super::text::check_text_length(self.text.len())?;
        match datum {
            Datum::Undefined | Datum::Null => self.text.push_str("null"),
            Datum::Bool(boolean) => self.text.push_str(if *boolean { "true" } else { "false" }),
            Datum::Number(number) => self.print_number(*number)?,
            Datum::Text(text) => self.text.push_str(&quote_json(text)),
            Datum::Function(_) => self.text.push_str("\"\""),
            Datum::Array(array) => {
                count_visits(meter, array.len())?;
                self.text.push('[');
                for (i, item) in array.iter().enumerate() {
                    self.separate(i, depth + 1);
                    with_stack(|| self.print(&item, depth + 1, meter))?;
                }
                self.close(']', array.len(), depth);
            }
            Datum::Object(object) => {
                count_visits(meter, object.len())?;
                self.text.push('{');
                for (i, (name, value)) in object.members().into_iter().enumerate() {
                    self.separate(i, depth + 1);
                    self.text.push_str(&quote_json(&name));
                    self.text.push_str(if self.is_pretty() { ": " } else { ":" });
                    with_stack(|| self.print(&value, depth + 1, meter))?;
                }
                self.close('}', object.len(), depth);
            }
        }
        Ok(())
    }

    fn print_number(&mut self, number: f64) -> Evaluated<()> {
        let printed = match self.numbers {
            PrintedNumbers::Rounded if number.is_infinite() => {
                return Err(Thrown::with_value("D1001", "null".to_owned()));
            }
            PrintedNumbers::Rounded => round_to_precision(number),
            PrintedNumbers::Exact => number,
        };
        if printed.is_finite() {
            self.text.push_str(&number_text(printed));
        } else {
            self.text.push_str("null");
        }
        Ok(())
    }

    fn is_pretty(&self) -> bool {
        self.layout == JsonLayout::Pretty
    }

    fn separate(&mut self, index: usize, depth: usize) {
        if index > 0 {
            self.text.push(',');
        }
        self.break_line(depth);
    }

    fn close(&mut self, bracket: char, count: usize, depth: usize) {
        if count > 0 {
            self.break_line(depth);
        }
        self.text.push(bracket);
    }

    fn break_line(&mut self, depth: usize) {
        if self.is_pretty() {
            let width = 2 * depth;
            write!(self.text, "\n{:width$}", "").expect("writing to a string does not fail");
        }
    }
}

fn count_visits(meter: Option<&Rc<EvaluationMeter<'_>>>, count: usize) -> Evaluated<()> {
    meter.map_or(Ok(()), |meter| meter.count_visits(count))
}
