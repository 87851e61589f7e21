//! `$sum`, `$count`, `$max`, `$min`, `$average`.

use super::Arguments;
use crate::{
    datum::{Array, Datum, double_of},
    thrown::Evaluated,
};

pub(super) fn sum<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    fold(arguments, |array| Some(total(array)))
}

pub(super) fn count<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    Ok(Datum::count(arguments.array(0)?.map_or(0, Array::len)))
}

pub(super) fn max<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    fold(arguments, |array| numbers(array).reduce(|a, b| if b > a || b.is_nan() { b } else { a }))
}

pub(super) fn min<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    fold(arguments, |array| numbers(array).reduce(|a, b| if b < a || b.is_nan() { b } else { a }))
}

pub(super) fn average<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    fold(arguments, |array| (array.len() > 0).then(|| total(array) / double_of(array.len())))
}

/// A number made of an array of numbers; undefined if there is no array or no number.
fn fold<'a>(
    arguments: Arguments<'_, 'a>,
    fold: impl FnOnce(&Array<'a>) -> Option<f64>,
) -> Evaluated<Datum<'a>> {
    let Some(array) = arguments.array(0)? else { return Ok(Datum::Undefined) };
    arguments.meter().count_steps(array.len() / 16)?;
    Ok(fold(array).map_or(Datum::Undefined, Datum::Number))
}

fn numbers(array: &Array<'_>) -> impl Iterator<Item = f64> {
    array.iter().filter_map(|item| item.as_number())
}

fn total(array: &Array<'_>) -> f64 {
    numbers(array).fold(0.0, |total, number| total + number)
}
