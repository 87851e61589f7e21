//! Order: `^(…)` and `$sort`.

use std::{cmp::Ordering, rc::Rc};

use super::{Evaluator, VariableFrame};
use crate::{
    datum::{ArrayBuilder, ArrayMarks, Datum, compare_texts, json_text},
    syntax::SortTerm,
    thrown::{CodedError, Evaluated, Thrown},
};

impl<'a> Evaluator<'a> {
    /// Orders an array by terms.
    pub(super) fn evaluate_sort(
        &self,
        terms: &'a [SortTerm],
        input: Datum<'a>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Datum<'a>> {
        let is_tuple_stream = input.is_marked(ArrayMarks::TUPLE_STREAM);
        let Datum::Array(array) = &input else { return Ok(input) };
        if array.len() <= 1 {
            return Ok(input);
        }
        // Each term is evaluated once for each item, when a comparison first needs it.
        let mut keys: Vec<Vec<Option<Datum<'a>>>> = vec![vec![None; terms.len()]; array.len()];
        let _charge =
            self.meter.charge(array.len() * (terms.len() + 1) * size_of::<Option<Datum<'a>>>())?;
        let order: Vec<usize> = (0..array.len()).collect();
        let order = self.merge_sort(order, &mut |left, right| {
            for (number, term) in terms.iter().enumerate() {
                for index in [*left, *right] {
                    if keys[index][number].is_none() {
                        let value =
                            self.evaluate_term(term, &array.get(index), is_tuple_stream, frame)?;
                        keys[index][number] = Some(value);
                    }
                }
                let (Some(a), Some(b)) = (&keys[*left][number], &keys[*right][number]) else {
                    continue;
                };
                match compare_keys(a, b, term.is_descending)? {
                    Ordering::Equal => {}
                    order => return Ok(order == Ordering::Greater),
                }
            }
            Ok(false)
        })?;
        let marks = if is_tuple_stream { array.marks() } else { ArrayMarks::NONE };
        let mut sorted = ArrayBuilder::with_capacity(&self.meter, marks, order.len())?;
        for index in order {
            sorted.push(array.get(index))?;
        }
        Ok(sorted.build_datum())
    }

    fn evaluate_term(
        &self,
        term: &'a SortTerm,
        item: &Datum<'a>,
        is_tuple_stream: bool,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Datum<'a>> {
        match item {
            Datum::Object(tuple) if is_tuple_stream => {
                let frame = VariableFrame::of_tuple(frame, tuple);
                self.evaluate(&term.expression, &tuple.get("@"), &frame)
            }
            other => self.evaluate(&term.expression, other, frame),
        }
    }

    /// Sorts as jsonata-js does, so that a function that compares is called in the same order.
    /// `must_swap` tells whether the right item comes before the left one.
    pub(crate) fn merge_sort<T>(
        &self,
        mut items: Vec<T>,
        must_swap: &mut dyn FnMut(&T, &T) -> Evaluated<bool>,
    ) -> Evaluated<Vec<T>> {
        if items.len() <= 1 {
            return Ok(items);
        }
        let right = items.split_off(items.len() / 2);
        let left = self.merge_sort(items, must_swap)?;
        let right = self.merge_sort(right, must_swap)?;
        let mut merged = Vec::with_capacity(left.len() + right.len());
        let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            self.meter.count_steps(1)?;
            let next = if must_swap(a, b)? { right.next() } else { left.next() };
            merged.extend(next);
        }
        merged.extend(left);
        merged.extend(right);
        Ok(merged)
    }
}

/// The order of two values of a term. What is undefined comes last.
fn compare_keys<'a>(
    left: &Datum<'a>,
    right: &Datum<'a>,
    is_descending: bool,
) -> Evaluated<Ordering> {
    let order = match (left, right) {
        (Datum::Undefined, Datum::Undefined) => return Ok(Ordering::Equal),
        (Datum::Undefined, _) => return Ok(Ordering::Greater),
        (_, Datum::Undefined) => return Ok(Ordering::Less),
        (Datum::Number(a), Datum::Number(b)) => a.partial_cmp(b).unwrap_or(Ordering::Greater),
        (Datum::Text(a), Datum::Text(b)) => compare_texts(a, b),
        (Datum::Number(_) | Datum::Text(_), Datum::Number(_) | Datum::Text(_)) => {
            return Err(Thrown::Coded(Box::new(CodedError {
                code: "T2007",
                value: Some(json_text(left)),
                value2: Some(json_text(right)),
                ..CodedError::default()
            })));
        }
        (Datum::Number(_) | Datum::Text(_), wrong) | (wrong, _) => {
            return Err(Thrown::with_value("T2008", json_text(wrong)));
        }
    };
    Ok(if is_descending { order.reverse() } else { order })
}
