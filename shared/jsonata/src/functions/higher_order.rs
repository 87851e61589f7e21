//! `$map`, `$filter`, `$single`, `$reduce`, `$sift`, `$each`, `$sort`.

use std::cmp::Ordering;

use super::Arguments;
use crate::{
    datum::{Array, ArrayBuilder, ArrayMarks, Datum, ObjectBuilder, compare_texts},
    evaluator::boolean_of,
    thrown::{Evaluated, Thrown},
};

/// Calls a function for the item at an index.
fn call_for_item<'a>(
    arguments: Arguments<'_, 'a>,
    function: &Datum<'a>,
    array: &Array<'a>,
    index: usize,
) -> Evaluated<Datum<'a>> {
    arguments.meter().count_steps(1)?;
    let item = [array.get(index), Datum::count(index), Datum::Array(array.clone())];
    arguments.evaluator.call_for_item(function, item)
}

pub(super) fn map<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(array) = arguments.array(0)? else { return Ok(Datum::Undefined) };
    let mut mapped = ArrayBuilder::sequence(arguments.meter())?;
    for index in 0..array.len() {
        let value = call_for_item(arguments, arguments.get(1), array, index)?;
        if !value.is_undefined() {
            mapped.push(value)?;
        }
    }
    Ok(mapped.build_datum())
}

pub(super) fn filter<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(array) = arguments.array(0)? else { return Ok(Datum::Undefined) };
    let mut filtered = ArrayBuilder::sequence(arguments.meter())?;
    for index in 0..array.len() {
        let value = call_for_item(arguments, arguments.get(1), array, index)?;
        if boolean_of(&value)? == Some(true) {
            filtered.push(array.get(index))?;
        }
    }
    Ok(filtered.build_datum())
}

pub(super) fn single<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(array) = arguments.array(0)? else { return Ok(Datum::Undefined) };
    let function = arguments.get(1);
    let mut found = None;
    for index in 0..array.len() {
        let matches = function.is_undefined()
            || boolean_of(&call_for_item(arguments, function, array, index)?)? == Some(true);
        if matches && found.replace(array.get(index)).is_some() {
            return Err(Thrown::code("D3138"));
        }
    }
    found.ok_or_else(|| Thrown::code("D3139"))
}

pub(super) fn reduce<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(array) = arguments.array(0)? else { return Ok(Datum::Undefined) };
    let function = arguments.get(1);
    let arity = function.as_function().map_or(0, |function| function.arity());
    if arity < 2 {
        return Err(Thrown::argument("D3050", 1));
    }
    let (mut value, start) = match arguments.get(2) {
        Datum::Undefined if array.len() > 0 => (array.get(0), 1),
        initial => (initial.clone(), 0),
    };
    for index in start..array.len() {
        arguments.meter().count_steps(1)?;
        let mut values = vec![value, array.get(index)];
        if arity >= 3 {
            values.push(Datum::count(index));
        }
        if arity >= 4 {
            values.push(Datum::Array(array.clone()));
        }
        value = arguments.evaluator.apply(function, values, &Datum::Null)?;
    }
    Ok(value)
}

pub(super) fn each<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let mut results = ArrayBuilder::sequence(arguments.meter())?;
    if let Some(object) = arguments.get(0).as_object() {
        for (name, value) in object.members() {
            let member = [value, Datum::Text(name), Datum::Object(object.clone())];
            let value = arguments.evaluator.call_for_item(arguments.get(1), member)?;
            if !value.is_undefined() {
                results.push(value)?;
            }
        }
    }
    Ok(results.build_datum())
}

pub(super) fn sift<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(object) = arguments.get(0).as_object() else { return Ok(Datum::Undefined) };
    let mut sifted = ObjectBuilder::new(arguments.meter(), 0)?;
    for (name, value) in object.members() {
        let member = [value.clone(), Datum::Text(name.clone()), Datum::Object(object.clone())];
        let holds = arguments.evaluator.call_for_item(arguments.get(1), member)?;
        if boolean_of(&holds)? == Some(true) {
            sifted.insert(name, value)?;
        }
    }
    Ok(if sifted.len() == 0 { Datum::Undefined } else { sifted.build_datum() })
}

pub(super) fn sort<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(array) = arguments.array(0)? else { return Ok(Datum::Undefined) };
    if array.len() <= 1 {
        return Ok(Datum::Array(array.clone()));
    }
    let evaluator = arguments.evaluator;
    let _charge = arguments.meter().charge(2 * array.len() * size_of::<Datum<'a>>())?;
    let items: Vec<Datum<'a>> = array.iter().collect();
    let comparator = arguments.get(1);
    let sorted = if comparator.is_undefined() {
        check_comparable(&items)?;
        evaluator.merge_sort(items, &mut |left, right| Ok(is_greater(left, right)))?
    } else {
        evaluator.merge_sort(items, &mut |left, right| {
            let values = vec![left.clone(), right.clone()];
            Ok(evaluator.apply(comparator, values, &Datum::Null)?.is_truthy())
        })?
    };
    let marks = ArrayMarks::NONE;
    let mut result = ArrayBuilder::with_capacity(arguments.meter(), marks, sorted.len())?;
    for item in sorted {
        result.push(item)?;
    }
    Ok(result.build_datum())
}

/// Refuses to sort what is neither all numbers nor all texts.
fn check_comparable(items: &[Datum<'_>]) -> Evaluated<()> {
    let mut are_numbers = true;
    for item in items {
        match item {
            Datum::Number(number) if number.is_infinite() && are_numbers => {
                return Err(Thrown::with_value("D1001", "null".to_owned()));
            }
            Datum::Number(number) if !number.is_nan() => {}
            _ => are_numbers = false,
        }
    }
    if are_numbers || items.iter().all(|item| item.as_text().is_some()) {
        return Ok(());
    }
    Err(Thrown::argument("D3070", 1))
}

fn is_greater(left: &Datum<'_>, right: &Datum<'_>) -> bool {
    match (left, right) {
        (Datum::Text(left), Datum::Text(right)) => compare_texts(left, right) == Ordering::Greater,
        (left, right) => left.as_number().unwrap_or(0.0) > right.as_number().unwrap_or(0.0),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{evaluated_value, failure_cause};

    #[test]
    fn functions_of_the_language_are_values() {
        assert_eq!(evaluated_value("[3,1,2] ~> $sort"), "[1,2,3]");
        assert_eq!(evaluated_value("($f := $zip; $f([1,2], ['a','b']))"), r#"[[1,"a"],[2,"b"]]"#);
        assert_eq!(evaluated_value("[1,2] ~> $map(function($v) { $v * 2 }) ~> $sum"), "6");
        assert_eq!(evaluated_value("($f := $trim ~> $uppercase; $f(' a '))"), "\"A\"");
        assert_eq!(evaluated_value("$map(['a', 'b'], $pad(?, 3, '.'))"), r#"["a..","b.."]"#);
        assert_eq!(evaluated_value("$map([[1, 2], [3]], $sum)"), "[3,3]");
    }

    #[test]
    fn nothing_reduces_to_nothing() {
        assert!(failure_cause("$reduce([], function($a, $b) { $a })").contains("returned nothing"));
        assert_eq!(evaluated_value("$reduce([1, 2, 3], function($a, $b) { $a + $b }, 10)"), "16");
    }
}
