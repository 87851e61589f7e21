//! `$append`, `$reverse`, `$zip`, `$distinct`, `$partition`, `$range`.

use std::collections::BTreeSet;

use super::Arguments;
use crate::{
    datum::{Array, ArrayBuilder, ArrayMarks, Datum, count_of, double_of, is_deeply_equal},
    limits::RANGE_ITEMS_MAX,
    thrown::{CodedError, Evaluated, Thrown},
};

pub(super) fn append<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let (first, second) = (arguments.get(0), arguments.get(1));
    if first.is_undefined() {
        return Ok(second.clone());
    }
    if second.is_undefined() {
        return Ok(first.clone());
    }
    let mut joined = ArrayBuilder::new(arguments.meter(), ArrayMarks::NONE)?;
    joined.append(first.clone())?;
    joined.append(second.clone())?;
    Ok(joined.build_datum())
}

pub(super) fn reverse<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(array) = arguments.array(0)? else { return Ok(Datum::Undefined) };
    if array.len() <= 1 {
        return Ok(Datum::Array(array.clone()));
    }
    let marks = ArrayMarks::NONE;
    let mut reversed = ArrayBuilder::with_capacity(arguments.meter(), marks, array.len())?;
    for index in (0..array.len()).rev() {
        reversed.push(array.get(index))?;
    }
    Ok(reversed.build_datum())
}

pub(super) fn zip<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let length = |value: &Datum<'a>| value.as_array().map_or(0, Array::len);
    let count = arguments.values.iter().map(length).min().unwrap_or(0);
    let (meter, marks) = (arguments.meter(), ArrayMarks::NONE);
    let mut zipped = ArrayBuilder::new(meter, marks)?;
    for index in 0..count {
        let mut tuple = ArrayBuilder::with_capacity(meter, marks, arguments.values.len())?;
        for value in arguments.values {
            tuple.push(value.as_array().map_or(Datum::Undefined, |array| array.get(index)))?;
        }
        meter.count_steps(1)?;
        zipped.push(tuple.build_datum())?;
    }
    Ok(zipped.build_datum())
}

/// `$distinct(array)`: the items without those that are equal to an earlier one.
pub(super) fn distinct<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Datum::Array(array) = arguments.get(0) else { return Ok(arguments.get(0).clone()) };
    if array.len() <= 1 {
        return Ok(Datum::Array(array.clone()));
    }
    let meter = arguments.meter();
    let marks = if array.is_sequence() { ArrayMarks::SEQUENCE } else { ArrayMarks::NONE };
    let mut items = ArrayBuilder::new(meter, marks)?;
    // Scalars are looked up, and only arrays and objects are compared with each other.
    let mut scalars: BTreeSet<Box<str>> = BTreeSet::new();
    let mut charge = meter.charge(0)?;
    let mut containers: Vec<Datum<'a>> = Vec::new();
    for item in array.iter() {
        meter.count_steps(1)?;
        let is_known = if let Some(key) = scalar_key(&item) {
            charge.add(key.len() + 48)?;
            !scalars.insert(key)
        } else {
            let mut is_known = false;
            for container in &containers {
                meter.count_steps(1)?;
                if is_deeply_equal(&item, container, meter)? {
                    is_known = true;
                    break;
                }
            }
            if !is_known {
                charge.add(size_of::<Datum<'a>>())?;
                containers.push(item.clone());
            }
            is_known
        };
        if !is_known {
            items.push(item)?;
        }
    }
    Ok(items.build_datum())
}

/// A text that is the same only for equal scalars; `None` for everything else.
fn scalar_key(item: &Datum<'_>) -> Option<Box<str>> {
    Some(match item {
        Datum::Undefined => "u".into(),
        Datum::Null => "0".into(),
        Datum::Bool(boolean) => boolean.to_string().into(),
        // No number that is not one equals itself.
        Datum::Number(number) if number.is_nan() => return None,
        Datum::Number(number) => format!("n{:x}", (number + 0.0).to_bits()).into(),
        Datum::Text(text) => format!("s{}", &**text).into(),
        _ => return None,
    })
}

/// `$partition(array, size)`: the array in pieces of `size` items. The last piece holds the rest.
///
/// Undefined if there are no items, or if the size is zero; one piece without a size (observed on
/// AWS).
pub(super) fn partition<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let array = match arguments.get(0) {
        Datum::Undefined => return Ok(Datum::Undefined),
        Datum::Array(array) => array,
        _ => {
            let error = CodedError { code: "T0412", index: 1, ..CodedError::default() };
            return Err(Thrown::Coded(Box::new(error)));
        }
    };
    let size = match arguments.number(1)? {
        Some(size) => count_of(size.trunc()),
        None => array.len(),
    };
    if array.len() == 0 || size == 0 {
        return Ok(Datum::Undefined);
    }
    let (meter, marks) = (arguments.meter(), ArrayMarks::NONE);
    let mut pieces = ArrayBuilder::new(meter, marks)?;
    let mut start = 0;
    while start < array.len() {
        let end = array.len().min(start.saturating_add(size));
        let mut piece = ArrayBuilder::with_capacity(meter, marks, end - start)?;
        for index in start..end {
            piece.push(array.get(index))?;
        }
        meter.count_steps(1)?;
        pieces.push(piece.build_datum())?;
        start = end;
    }
    Ok(pieces.build_datum())
}

/// `$range(start, end, step)`: the numbers from `start` to at most `end`.
///
/// Undefined if an argument is missing or the step leads away from the end. A single number is not
/// put into a list (observed on AWS).
pub(super) fn range<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let whole = |index| Ok(arguments.number(index)?.map(f64::trunc));
    let (start, end, step) = (whole(0)?, whole(1)?, whole(2)?);
    let (Some(start), Some(end), Some(step)): (_, _, Option<f64>) = (start, end, step) else {
        return Ok(Datum::Undefined);
    };
    let steps: f64 = ((end - start) / step).floor();
    if step == 0.0 || steps < 0.0 || !steps.is_finite() {
        return Ok(Datum::Undefined);
    }
    let count = count_of(steps);
    if count >= RANGE_ITEMS_MAX {
        return Err(Thrown::too_large());
    }
    let (meter, marks) = (arguments.meter(), ArrayMarks::SEQUENCE);
    let mut numbers = ArrayBuilder::with_capacity(meter, marks, count + 1)?;
    for index in 0..=count {
        numbers.push(Datum::Number(start + double_of(index) * step))?;
    }
    Ok(numbers.build_datum())
}

#[cfg(test)]
mod tests {
    use crate::testing::{evaluated_value, failure_cause, thrown_message};

    #[test]
    fn an_array_is_cut_into_pieces() {
        assert_eq!(evaluated_value("$partition([1,2,3,4,5], 2)"), "[[1,2],[3,4],[5]]");
        assert_eq!(evaluated_value("$partition([1,2,3], 2.9)"), "[[1,2],[3]]");
        assert_eq!(evaluated_value("$partition([1,2], 9)"), "[[1,2]]");
        assert_eq!(evaluated_value("$partition([1,2])"), "[[1,2]]");
        for nothing in ["$partition([], 2)", "$partition([1], 0)", "$partition($nope, 1)"] {
            assert!(failure_cause(nothing).contains("returned nothing"), "{nothing}");
        }
        assert!(failure_cause("$partition([1], 'x')").contains(
            "T0410: Argument 2 of function \"partition\" does not match function signature"
        ));
        assert_eq!(
            thrown_message("$partition('x', 2)"),
            "T0412: Argument 1 of function \"partition\" must be an array of undefined"
        );
    }

    #[test]
    fn a_range_includes_an_end_that_it_meets() {
        assert_eq!(evaluated_value("$range(0, 6, 2)"), "[0,2,4,6]");
        assert_eq!(evaluated_value("$range(0, 5, 2)"), "[0,2,4]");
        assert_eq!(evaluated_value("$range(3, 1, -1)"), "[3,2,1]");
        assert_eq!(evaluated_value("$range(-1.7, 2, 1)"), "[-1,0,1,2]");
        assert_eq!(evaluated_value("$range(4, 4, 1)"), "4");
        for nothing in ["$range(0, 5)", "$range(0, 5, -1)", "$range(0, 5, 0)"] {
            assert!(failure_cause(nothing).contains("returned nothing"), "{nothing}");
        }
        assert_eq!(evaluated_value("$count($range(1, 360145, 1))"), "360145");
        assert!(
            failure_cause("$range(1, 360146, 1)").ends_with("Check for excessive memory usage")
        );
    }

    #[test]
    fn distinct_items_keep_their_order() {
        assert_eq!(
            evaluated_value("$distinct([3, '3', 1, 3, {'a': 1}, null, {'a': 1}, [1], 1, null])"),
            r#"[3,"3",1,{"a":1},null,[1]]"#
        );
    }
}
