//! Operators.

use std::{cmp::Ordering, rc::Rc};

use super::{Evaluator, VariableFrame};
use crate::{
    datum::{
        ArrayBuilder, ArrayMarks, Datum, JsonLayout, compare_texts, count_of, double_of,
        is_deeply_equal, is_strictly_equal, json_text, number_text, round_to_precision, stringify,
    },
    limits::VALUE_BYTES_MAX,
    syntax::{BinaryOperator, Node},
    thrown::{CodedError, Evaluated, Thrown},
};

/// What JSONata takes a value for where it needs a truth; `None` for what is undefined.
pub(crate) fn boolean_of(value: &Datum<'_>) -> Evaluated<Option<bool>> {
    Ok(Some(match value {
        Datum::Undefined => return Ok(None),
        Datum::Null => false,
        Datum::Bool(boolean) => *boolean,
        Datum::Number(number) => check_number(*number)? && *number != 0.0,
        Datum::Text(text) => !text.is_empty(),
        Datum::Array(array) => {
            array.count_scan()?;
            for item in array.iter() {
                if crate::meter::with_stack(|| boolean_of(&item))? == Some(true) {
                    return Ok(Some(true));
                }
            }
            // The only item of an array stands for the array.
            if array.len() == 1 && array.get(0).is_undefined() {
                return Ok(None);
            }
            false
        }
        Datum::Object(object) => object.len() > 0,
        Datum::Function(function) => function.is_javascript_object(),
    }))
}

/// Whether a number is one. Infinite ones are an error.
pub(super) fn check_number(number: f64) -> Evaluated<bool> {
    if number.is_infinite() {
        return Err(Thrown::with_value("D1001", "null".to_owned()));
    }
    Ok(!number.is_nan())
}

/// The number of an operand; `None` if it is undefined.
fn operand(value: &Datum<'_>, code: &'static str) -> Evaluated<Option<f64>> {
    match value {
        Datum::Undefined => Ok(None),
        Datum::Number(number) if check_number(*number)? => Ok(Some(*number)),
        other => Err(Thrown::with_value(code, json_text(other))),
    }
}

/// `-value`
pub(super) fn negate<'a>(value: &Datum<'a>) -> Evaluated<Datum<'a>> {
    match operand(value, "D1002").map_err(|thrown| thrown.or_token(Some("-")))? {
        Some(number) => Ok(Datum::Number(-number)),
        None => Ok(Datum::Undefined),
    }
}

impl<'a> Evaluator<'a> {
    pub(super) fn evaluate_binary(
        &self,
        operator: BinaryOperator,
        left: Datum<'a>,
        right: &Datum<'a>,
    ) -> Evaluated<Datum<'a>> {
        let value = match operator {
            BinaryOperator::Add
            | BinaryOperator::Subtract
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Remainder => calculate(operator, &left, right),
            BinaryOperator::Equal => self.are_equal(&left, right, true),
            BinaryOperator::NotEqual => self.are_equal(&left, right, false),
            BinaryOperator::Less
            | BinaryOperator::LessOrEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterOrEqual => compare(operator, &left, right),
            BinaryOperator::Concatenate => self.concatenate(left, right),
            BinaryOperator::Range => self.range(&left, right),
            BinaryOperator::In => self.is_in(&left, right),
        };
        value.map_err(|thrown| thrown.replace_token(operator.symbol()))
    }

    /// `=` and `!=`. What is undefined is neither equal nor different.
    fn are_equal(
        &self,
        left: &Datum<'a>,
        right: &Datum<'a>,
        expected: bool,
    ) -> Evaluated<Datum<'a>> {
        if left.is_undefined() || right.is_undefined() {
            return Ok(Datum::Bool(false));
        }
        Ok(Datum::Bool(is_deeply_equal(left, right, &self.meter)? == expected))
    }

    fn is_in(&self, left: &Datum<'a>, right: &Datum<'a>) -> Evaluated<Datum<'a>> {
        if left.is_undefined() || right.is_undefined() {
            return Ok(Datum::Bool(false));
        }
        let found = match right {
            Datum::Array(array) => {
                self.meter.count_steps(array.len() / 16)?;
                array.iter().any(|item| is_strictly_equal(&item, left))
            }
            other => is_strictly_equal(other, left),
        };
        Ok(Datum::Bool(found))
    }

    /// `and` and `or`, which evaluate the right side only if it decides.
    pub(super) fn evaluate_logic(
        &self,
        operator: &'static str,
        left: &Datum<'a>,
        right: &'a Node,
        input: &Datum<'a>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Datum<'a>> {
        let decide = || {
            let left = boolean_of(left)?.unwrap_or(false);
            if left == (operator == "or") {
                return Ok(left);
            }
            let right = self.evaluate(right, input, frame)?;
            Ok(boolean_of(&right)?.unwrap_or(false))
        };
        let decided: Evaluated<bool> = decide();
        // As in jsonata-js, the operator is named even if a function in its operand failed.
        decided.map(Datum::Bool).map_err(|thrown| thrown.replace_token(operator))
    }

    /// The text of a value: `$string`.
    pub(crate) fn text_of(&self, value: &Datum<'a>) -> Evaluated<String> {
        match value {
            Datum::Undefined | Datum::Function(_) => Ok(String::new()),
            Datum::Text(text) => Ok((**text).to_owned()),
            Datum::Number(number) if number.is_infinite() || number.is_nan() => {
                Err(Thrown::with_value("D3001", "null".to_owned()))
            }
            Datum::Number(number) => Ok(number_text(round_to_precision(*number))),
            Datum::Array(array) if array.marks().has(ArrayMarks::OUTER_WRAPPER) => {
                stringify(&array.get(0), JsonLayout::Compact, &self.meter)
            }
            other => stringify(other, JsonLayout::Compact, &self.meter),
        }
    }

    fn concatenate(&self, left: Datum<'a>, right: &Datum<'a>) -> Evaluated<Datum<'a>> {
        if let (Datum::Text(_), Datum::Undefined) = (&left, right) {
            return Ok(left);
        }
        if let (Some(left), Some(right)) = (left.as_text(), right.as_text())
            && left.len() + right.len() > VALUE_BYTES_MAX
        {
            return Err(Thrown::too_large());
        }
        let mut text = self.text_of(&left)?;
        match right {
            Datum::Text(right) => text.push_str(right),
            other => text.push_str(&self.text_of(other)?),
        }
        Datum::text(&self.meter, text)
    }

    /// `[left..right]`
    fn range(&self, left: &Datum<'a>, right: &Datum<'a>) -> Evaluated<Datum<'a>> {
        let bound = |value: &Datum<'a>, code| match value {
            Datum::Undefined => Ok(None),
            Datum::Number(number) if number.fract() == 0.0 => Ok(Some(*number)),
            other => Err(Thrown::with_value(code, json_text(other))),
        };
        let (Some(first), Some(last)) = (bound(left, "T2003")?, bound(right, "T2004")?) else {
            return Ok(Datum::Undefined);
        };
        if first > last {
            return Ok(Datum::Undefined);
        }
        let size = last - first + 1.0;
        if size > 1e7 {
            return Err(Thrown::with_value("D2014", number_text(size)));
        }
        let count = count_of(size);
        let marks = ArrayMarks::SEQUENCE;
        let mut numbers = ArrayBuilder::with_capacity(&self.meter, marks, count)?;
        for index in 0..count {
            numbers.push(Datum::Number(first + double_of(index)))?;
        }
        Ok(numbers.build_datum())
    }
}

fn calculate<'a>(
    operator: BinaryOperator,
    left: &Datum<'a>,
    right: &Datum<'a>,
) -> Evaluated<Datum<'a>> {
    let (left, right) = (operand(left, "T2001")?, operand(right, "T2002")?);
    let (Some(left), Some(right)) = (left, right) else { return Ok(Datum::Undefined) };
    Ok(Datum::Number(match operator {
        BinaryOperator::Add => left + right,
        BinaryOperator::Subtract => left - right,
        BinaryOperator::Multiply => left * right,
        BinaryOperator::Divide => left / right,
        _ => left % right,
    }))
}

fn compare<'a>(
    operator: BinaryOperator,
    left: &Datum<'a>,
    right: &Datum<'a>,
) -> Evaluated<Datum<'a>> {
    let is_comparable =
        |value: &Datum<'a>| matches!(value, Datum::Undefined | Datum::Text(_) | Datum::Number(_));
    if !is_comparable(left) || !is_comparable(right) {
        let is_defined = matches!(left, Datum::Text(_) | Datum::Number(_));
        let wrong = if is_defined { right } else { left };
        return Err(Thrown::with_value("T2010", json_text(wrong)));
    }
    let order = match (left, right) {
        (Datum::Undefined, _) | (_, Datum::Undefined) => return Ok(Datum::Undefined),
        (Datum::Number(a), Datum::Number(b)) => a.partial_cmp(b),
        (Datum::Text(a), Datum::Text(b)) => Some(compare_texts(a, b)),
        _ => {
            return Err(Thrown::Coded(Box::new(CodedError {
                code: "T2009",
                value: Some(json_text(left)),
                value2: Some(json_text(right)),
                ..CodedError::default()
            })));
        }
    };
    Ok(Datum::Bool(match operator {
        BinaryOperator::Less => order == Some(Ordering::Less),
        BinaryOperator::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        BinaryOperator::Greater => order == Some(Ordering::Greater),
        _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }))
}
