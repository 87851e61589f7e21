//! Equality and order of values.
#![expect(clippy::float_cmp, reason = "JSONata compares numbers exactly")]

use std::{cmp::Ordering, rc::Rc};

use super::{Array, Datum, Object};
use crate::{
    limits::DATUM_DEPTH_MAX,
    meter::{EvaluationMeter, with_stack},
    thrown::{Evaluated, Thrown},
};

/// Whether two values are equal with `===` in JavaScript: arrays and objects only if they are the
/// same.
pub(crate) fn is_strictly_equal<'a>(left: &Datum<'a>, right: &Datum<'a>) -> bool {
    match (left, right) {
        (Datum::Array(a), Datum::Array(b)) => a.is_same(b),
        (Datum::Object(a), Datum::Object(b)) => a.is_same(b),
        (Datum::Function(a), Datum::Function(b)) => is_same_function(a, b),
        _ => is_equal_scalar(left, right),
    }
}

fn is_same_function(left: &Rc<super::Function<'_>>, right: &Rc<super::Function<'_>>) -> bool {
    match (&**left, &**right) {
        (super::Function::Builtin(a), super::Function::Builtin(b)) => std::ptr::eq(*a, *b),
        (a, b) => std::ptr::addr_eq(a, b),
    }
}

fn is_equal_scalar(left: &Datum<'_>, right: &Datum<'_>) -> bool {
    match (left, right) {
        (Datum::Undefined, Datum::Undefined) | (Datum::Null, Datum::Null) => true,
        (Datum::Bool(a), Datum::Bool(b)) => a == b,
        (Datum::Number(a), Datum::Number(b)) => a == b,
        (Datum::Text(a), Datum::Text(b)) => **a == **b,
        _ => false,
    }
}

/// Whether two values are equal with all that is below them. The order of members does not matter.
pub(crate) fn is_deeply_equal<'a>(
    left: &Datum<'a>,
    right: &Datum<'a>,
    meter: &EvaluationMeter<'a>,
) -> Evaluated<bool> {
    is_equal_below(left, right, meter, 0)
}

fn is_equal_below<'a>(
    left: &Datum<'a>,
    right: &Datum<'a>,
    meter: &EvaluationMeter<'a>,
    depth: usize,
) -> Evaluated<bool> {
    if depth > DATUM_DEPTH_MAX {
        return Err(Thrown::stack_overflow());
    }
    match (left, right) {
        (Datum::Array(a), Datum::Array(b)) => {
            if a.is_same(b) {
                return Ok(true);
            }
            if a.len() != b.len() {
                return Ok(false);
            }
            meter.count_visits(a.len())?;
            with_stack(|| are_items_equal(a, b, meter, depth))
        }
        (Datum::Object(a), Datum::Object(b)) => {
            if a.is_same(b) {
                return Ok(true);
            }
            if a.len() != b.len() {
                return Ok(false);
            }
            meter.count_visits(a.len())?;
            with_stack(|| are_members_equal(a, b, meter, depth))
        }
        _ => Ok(is_strictly_equal(left, right)),
    }
}

fn are_items_equal<'a>(
    left: &Array<'a>,
    right: &Array<'a>,
    meter: &EvaluationMeter<'a>,
    depth: usize,
) -> Evaluated<bool> {
    for (a, b) in left.iter().zip(right.iter()) {
        if !is_equal_below(&a, &b, meter, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn are_members_equal<'a>(
    left: &Object<'a>,
    right: &Object<'a>,
    meter: &EvaluationMeter<'a>,
    depth: usize,
) -> Evaluated<bool> {
    for (name, a) in left.members() {
        let b = right.get(&name);
        if b.is_undefined() || !is_equal_below(&a, &b, meter, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The order of two texts in JavaScript, which compares UTF-16 code units.
pub(crate) fn compare_texts(left: &str, right: &str) -> Ordering {
    let differing = left.chars().zip(right.chars()).find(|(a, b)| a != b);
    match differing {
        Some((a, b)) => {
            let unit = |letter: char| {
                let mut units = [0; 2];
                letter.encode_utf16(&mut units)[0]
            };
            unit(a).cmp(&unit(b)).then(a.cmp(&b))
        }
        None => left.len().cmp(&right.len()),
    }
}
