//! Steps that bind variables: `@$name`, `#$name` and those that `%` refers to.
//!
//! Such a path carries tuples: objects with the value of the step as `@`, and the variables.

use std::rc::Rc;

use super::{Evaluator, VariableFrame, path::StepInput};
use crate::{
    datum::{Array, ArrayBuilder, ArrayMarks, Datum, Object, ObjectBuilder, Text},
    syntax::{Node, NodeKind},
    thrown::{Evaluated, Thrown},
};

/// The marks of a stream of tuples.
const STREAM: ArrayMarks = ArrayMarks::SEQUENCE.with(ArrayMarks::TUPLE_STREAM);

/// The member of a tuple that holds the value of the step.
const VALUE: Text<'static> = Text::Borrowed("@");

impl<'a> Evaluator<'a> {
    /// The tuples after a step. `tuples` are those before it, if there are any.
    pub(super) fn evaluate_tuple_step(
        &self,
        step: &'a Node,
        items: &StepInput<'a>,
        tuples: Option<&Array<'a>>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Array<'a>> {
        let result = match (&step.kind, tuples) {
            (NodeKind::Sort(terms), Some(tuples)) => {
                self.evaluate_sort(terms, Datum::Array(tuples.clone()), frame)?
            }
            (NodeKind::Sort(terms), None) => {
                let input = self.input_array(items)?;
                let sorted = self.evaluate_sort(terms, Datum::Array(input), frame)?;
                self.tuples_of_sorted(step, &sorted)?
            }
            _ => Datum::Array(self.join_step(step, items, tuples, frame)?),
        };
        match self.evaluate_stages(&step.stages, result, frame)? {
            Datum::Array(array) => Ok(array),
            // A filter by number may select a single tuple.
            other => {
                let mut stream = ArrayBuilder::new(&self.meter, STREAM)?;
                if !other.is_undefined() {
                    stream.push(other)?;
                }
                Ok(stream.build())
            }
        }
    }

    fn input_array(&self, items: &StepInput<'a>) -> Evaluated<Array<'a>> {
        match items {
            StepInput::Each(array) => Ok(array.clone()),
            StepInput::One(value) => {
                let mut sequence = ArrayBuilder::sequence(&self.meter)?;
                sequence.push(value.clone())?;
                Ok(sequence.build())
            }
        }
    }

    fn tuples_of_sorted(&self, step: &'a Node, sorted: &Datum<'a>) -> Evaluated<Datum<'a>> {
        let mut stream = ArrayBuilder::new(&self.meter, STREAM)?;
        if let Datum::Array(sorted) = sorted {
            for (position, value) in sorted.iter().enumerate() {
                let mut tuple = ObjectBuilder::new(&self.meter, 2)?;
                tuple.insert(VALUE, value)?;
                if let Some(name) = &step.index {
                    tuple.insert(Text::Borrowed(name), Datum::count(position))?;
                }
                stream.push(tuple.build_datum())?;
            }
        }
        Ok(stream.build_datum())
    }

    /// Evaluates a step for each tuple, and makes a tuple of each of its results.
    fn join_step(
        &self,
        step: &'a Node,
        items: &StepInput<'a>,
        tuples: Option<&Array<'a>>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Array<'a>> {
        let mut stream = ArrayBuilder::new(&self.meter, STREAM)?;
        let count = tuples.map_or(items.len(), Array::len);
        for position in 0..count {
            let tuple = if let Some(tuples) = tuples {
                tuples.get(position)
            } else {
                let mut tuple = ObjectBuilder::new(&self.meter, 1)?;
                tuple.insert(VALUE, items.get(position))?;
                tuple.build_datum()
            };
            let Datum::Object(tuple) = tuple else { continue };
            let inner = VariableFrame::of_tuple(frame, &tuple);
            let value = self.evaluate(step, &tuple.get("@"), &inner)?;
            match value {
                Datum::Undefined => {}
                Datum::Array(results) => {
                    let is_stream = results.marks().has(ArrayMarks::TUPLE_STREAM);
                    for (index, result) in results.iter().enumerate() {
                        let joined = if is_stream {
                            self.merge_tuples(&tuple, &result)?
                        } else {
                            self.extend_tuple(step, &tuple, result, index)?
                        };
                        stream.push(joined)?;
                    }
                }
                single => stream.push(self.extend_tuple(step, &tuple, single, 0)?)?,
            }
        }
        Ok(stream.build())
    }

    fn merge_tuples(&self, tuple: &Object<'a>, other: &Datum<'a>) -> Evaluated<Datum<'a>> {
        let mut merged = ObjectBuilder::copy(&self.meter, tuple)?;
        if let Datum::Object(other) = other {
            for (name, value) in other.members() {
                merged.insert(name, value)?;
            }
        }
        Ok(merged.build_datum())
    }

    /// The tuple of one result of a step.
    fn extend_tuple(
        &self,
        step: &'a Node,
        tuple: &Object<'a>,
        result: Datum<'a>,
        position: usize,
    ) -> Evaluated<Datum<'a>> {
        self.meter.count_steps(1)?;
        let mut extended = ObjectBuilder::copy(&self.meter, tuple)?;
        match &step.focus {
            Some(name) => extended.insert(Text::Borrowed(name), result)?,
            None => extended.insert(VALUE, result)?,
        }
        if let Some(name) = &step.index {
            extended.insert(Text::Borrowed(name), Datum::count(position))?;
        }
        if let Some(label) = step.ancestor.and_then(|slot| self.tree.labels.get(slot)) {
            extended.insert(Text::Borrowed(label), tuple.get("@"))?;
        }
        Ok(extended.build_datum())
    }

    /// Numbers tuples, as `#$name` after a filter does.
    pub(super) fn index_tuples(&self, name: &'a str, tuples: Datum<'a>) -> Evaluated<Datum<'a>> {
        let Datum::Array(array) = tuples else { return Ok(tuples) };
        let mut indexed = ArrayBuilder::with_capacity(&self.meter, array.marks(), array.len())?;
        for (position, tuple) in array.iter().enumerate() {
            match tuple {
                Datum::Object(tuple) => {
                    let mut copy = ObjectBuilder::copy(&self.meter, &tuple)?;
                    copy.insert(Text::Borrowed(name), Datum::count(position))?;
                    indexed.push(copy.build_datum())?;
                }
                other => indexed.push(other)?,
            }
        }
        Ok(indexed.build_datum())
    }

    /// One tuple for several: each variable has the values of all of them.
    pub(super) fn reduce_tuples(&self, tuples: &Datum<'a>) -> Evaluated<Object<'a>> {
        let stream = match tuples {
            Datum::Object(tuple) => return Ok(tuple.clone()),
            Datum::Array(stream) => stream,
            _ => return Err(missing_tuple()),
        };
        let mut names: Vec<Text<'a>> = Vec::new();
        let mut values: Vec<Vec<Datum<'a>>> = Vec::new();
        for tuple in stream.iter() {
            let Datum::Object(tuple) = tuple else { continue };
            self.meter.count_steps(tuple.len())?;
            for (name, value) in tuple.members() {
                if let Some(place) = names.iter().position(|known| **known == *name) {
                    values[place].push(value);
                } else {
                    names.push(name);
                    values.push(vec![value]);
                }
            }
        }
        let mut reduced = ObjectBuilder::new(&self.meter, names.len())?;
        for (name, values) in names.into_iter().zip(values) {
            reduced.insert(name, self.join_values(values)?)?;
        }
        match reduced.build_datum() {
            Datum::Object(object) => Ok(object),
            _ => Err(missing_tuple()),
        }
    }

    /// Several values as one array; a single one stays what it is.
    pub(super) fn join_values(&self, mut values: Vec<Datum<'a>>) -> Evaluated<Datum<'a>> {
        values.retain(|value| !value.is_undefined());
        if values.len() <= 1 {
            return Ok(values.pop().unwrap_or(Datum::Undefined));
        }
        let mut joined = ArrayBuilder::new(&self.meter, ArrayMarks::NONE)?;
        for value in values {
            joined.append(value)?;
        }
        Ok(joined.build_datum())
    }
}

/// The error of JavaScript where a tuple is missing.
pub(super) fn missing_tuple() -> Thrown {
    Thrown::Plain("Cannot read properties of undefined (reading '@')".to_owned())
}
