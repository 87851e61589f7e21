//! Paths: steps and their filters.

use std::rc::Rc;

use super::{Evaluator, VariableFrame, boolean_of, operators::check_number};
use crate::{
    datum::{Array, ArrayBuilder, ArrayMarks, Datum, double_of},
    syntax::{Node, NodeKind, PathNode, StepStage},
    thrown::Evaluated,
};

/// What a step is evaluated for: a single value or each item of an array.
pub(super) enum StepInput<'a> {
    One(Datum<'a>),
    Each(Array<'a>),
}

impl<'a> StepInput<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Each(array) => array.len(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Datum<'a> {
        match self {
            Self::One(value) if index == 0 => value.clone(),
            Self::One(_) => Datum::Undefined,
            Self::Each(array) => array.get(index),
        }
    }
}

/// How far the plain steps at the start of a path lead.
struct PlainStart<'a> {
    /// How many steps were taken.
    steps: usize,
    /// The value after them.
    value: Datum<'a>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn evaluate_path(
        &self,
        path: &'a PathNode,
        node: &'a Node,
        input: &Datum<'a>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Datum<'a>> {
        let start = self.follow_plain_steps(path, input, frame)?;
        let is_simple = node.group.is_none() && !path.keeps_singleton_array;
        if start.steps == path.steps.len() && is_simple {
            return Ok(match start.value {
                Datum::Array(array) if array.is_sequence() => {
                    let mut sequence = ArrayBuilder::sequence(&self.meter)?;
                    sequence.extend(&array)?;
                    sequence.build_datum()
                }
                other => other,
            });
        }
        let start_is_nothing = start.steps > 0 && is_nothing(&start.value);
        let mut items = match (start.steps, start.value) {
            (0, _) => path_input(path, input),
            (_, Datum::Array(array)) => {
                StepInput::Each(self.sorted_input(path, start.steps, array)?)
            }
            (_, value) => StepInput::One(value),
        };
        let mut result = None;
        if start_is_nothing {
            result = Some(ArrayBuilder::sequence(&self.meter)?.build_datum());
        }
        let mut tuples: Option<Array<'a>> = None;
        let mut is_tuple_stream = false;
        let first = if start_is_nothing { path.steps.len() } else { start.steps };
        for (i, step) in path.steps.iter().enumerate().skip(first) {
            is_tuple_stream |= step.is_tuple;
            if i == 0 && step.is_constructed {
                result = Some(self.evaluate(step, &self.step_input_datum(&items)?, frame)?);
            } else if is_tuple_stream {
                tuples = Some(self.evaluate_tuple_step(step, &items, tuples.as_ref(), frame)?);
            } else {
                let is_last = i + 1 == path.steps.len();
                result = Some(self.evaluate_step(step, &items, frame, is_last)?);
            }
            if !is_tuple_stream && result.as_ref().is_none_or(is_nothing) {
                break;
            }
            if step.focus.is_none()
                && let Some(value) = &result
            {
                items = match value {
                    Datum::Array(array) => StepInput::Each(array.clone()),
                    other => StepInput::One(other.clone()),
                };
            }
        }
        if result.is_none() && tuples.is_none() {
            result = Some(self.plain_result(&items)?);
        }
        self.finish_path(path, node, result, tuples, frame)
    }

    /// An array that plain steps have selected, as the next step takes it. A single item that is
    /// ordered stays in a sequence, so that it can stand for itself afterwards.
    fn sorted_input(
        &self,
        path: &PathNode,
        steps: usize,
        array: Array<'a>,
    ) -> Evaluated<Array<'a>> {
        let is_sort =
            path.steps.get(steps).is_some_and(|step| matches!(step.kind, NodeKind::Sort(_)));
        if is_sort && array.len() == 1 && !array.is_sequence() {
            return array.with_marks(&self.meter, ArrayMarks::SEQUENCE);
        }
        Ok(array)
    }

    /// The result of a path that has only plain steps.
    fn plain_result(&self, items: &StepInput<'a>) -> Evaluated<Datum<'a>> {
        match items {
            StepInput::Each(array) if !array.is_sequence() => Ok(Datum::Array(array.clone())),
            StepInput::Each(array) => {
                let mut sequence = ArrayBuilder::sequence(&self.meter)?;
                sequence.extend(array)?;
                Ok(sequence.build_datum())
            }
            StepInput::One(value) => {
                let mut sequence = ArrayBuilder::sequence(&self.meter)?;
                if !value.is_undefined() {
                    sequence.push(value.clone())?;
                }
                Ok(sequence.build_datum())
            }
        }
    }

    /// Keeps arrays of one item, and groups.
    fn finish_path(
        &self,
        path: &'a PathNode,
        node: &'a Node,
        result: Option<Datum<'a>>,
        tuples: Option<Array<'a>>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Datum<'a>> {
        let mut result = match (&tuples, result) {
            (Some(tuples), _) if node.is_tuple => Datum::Array(tuples.clone()),
            (Some(tuples), _) => {
                let mut values = ArrayBuilder::sequence(&self.meter)?;
                for tuple in tuples.iter() {
                    values
                        .push(tuple.as_object().map_or(Datum::Undefined, |tuple| tuple.get("@")))?;
                }
                values.build_datum()
            }
            (None, result) => result.unwrap_or(Datum::Undefined),
        };
        if path.keeps_singleton_array
            && let Datum::Array(array) = result
        {
            let marks = array.marks();
            let is_constructed =
                marks.has(ArrayMarks::CONSTRUCTED) && !marks.has(ArrayMarks::SEQUENCE);
            result = if is_constructed {
                let marks = ArrayMarks::SEQUENCE.with(ArrayMarks::KEEP_SINGLETON);
                let mut outer = ArrayBuilder::new(&self.meter, marks)?;
                outer.push(Datum::Array(array))?;
                outer.build_datum()
            } else if marks.has(ArrayMarks::SEQUENCE) {
                let marks = marks.with(ArrayMarks::KEEP_SINGLETON);
                Datum::Array(array.with_marks(&self.meter, marks)?)
            } else {
                Datum::Array(array)
            };
        }
        match &node.group {
            Some(group) => {
                let grouped = tuples.map_or(result, Datum::Array);
                self.evaluate_group(group, grouped, frame)
            }
            None => Ok(result),
        }
    }

    /// The first steps of a path as far as they only select members of objects, which needs no
    /// sequences.
    fn follow_plain_steps(
        &self,
        path: &'a PathNode,
        input: &Datum<'a>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<PlainStart<'a>> {
        let mut start = PlainStart { steps: 0, value: input.clone() };
        for (i, step) in path.steps.iter().enumerate() {
            if !step.is_plain_step() {
                break;
            }
            let value = match (&step.kind, &start.value) {
                (NodeKind::Variable(name), _) if i == 0 => {
                    // `$states` as a whole need not be built to select one of its members.
                    match path.steps.get(1).map(|step| &step.kind) {
                        Some(NodeKind::Name(member))
                            if name == "states"
                                && path.steps.get(1).is_some_and(Node::is_plain_step)
                                && frame.find("states").is_none() =>
                        {
                            let value = self.session.named_member_value(member);
                            start.steps = 2;
                            start.value = value.map_or(Datum::Undefined, Datum::from_json);
                            continue;
                        }
                        _ => self.evaluate(step, input, frame)?,
                    }
                }
                (NodeKind::Name(_), _) if i < start.steps => continue,
                (NodeKind::Name(name), Datum::Object(object)) => object.get(name),
                (NodeKind::Name(_), Datum::Undefined) if i > 0 => Datum::Undefined,
                _ => break,
            };
            if value.is_marked(ArrayMarks::CONSTRUCTED) {
                break;
            }
            start.steps = i + 1;
            start.value = value;
        }
        Ok(start)
    }

    fn step_input_datum(&self, items: &StepInput<'a>) -> Evaluated<Datum<'a>> {
        match items {
            StepInput::Each(array) => Ok(Datum::Array(array.clone())),
            StepInput::One(value) => {
                let mut sequence = ArrayBuilder::sequence(&self.meter)?;
                sequence.push(value.clone())?;
                Ok(sequence.build_datum())
            }
        }
    }

    fn evaluate_step(
        &self,
        step: &'a Node,
        items: &StepInput<'a>,
        frame: &Rc<VariableFrame<'a>>,
        is_last: bool,
    ) -> Evaluated<Datum<'a>> {
        if let NodeKind::Sort(terms) = &step.kind {
            let input = self.step_input_datum(items)?;
            let sorted = self.evaluate_sort(terms, input, frame)?;
            return self.evaluate_stages(&step.stages, sorted, frame);
        }
        let mut sequence = ArrayBuilder::sequence(&self.meter)?;
        // The only result of the last step is not flattened, so the first one waits.
        let (mut first, mut is_single) = (None, true);
        for index in 0..items.len() {
            let value = self.evaluate_step_item(step, &items.get(index), frame)?;
            if value.is_undefined() {
                continue;
            }
            if first.is_none() && is_single {
                first = Some(value);
                continue;
            }
            is_single = false;
            if let Some(first) = first.take() {
                add_flattened(&mut sequence, first)?;
            }
            add_flattened(&mut sequence, value)?;
        }
        match first {
            Some(Datum::Array(array)) if is_last && !array.is_sequence() => Ok(Datum::Array(array)),
            Some(other) => {
                add_flattened(&mut sequence, other)?;
                Ok(sequence.build_datum())
            }
            None => Ok(sequence.build_datum()),
        }
    }

    fn evaluate_step_item(
        &self,
        step: &'a Node,
        item: &Datum<'a>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Datum<'a>> {
        let mut value = match &step.kind {
            NodeKind::Name(name) if step.predicates.is_empty() && !step.keep_array => {
                self.meter.count_steps(1)?;
                let value = self.lookup(item, name)?;
                self.unwrap_sequence(value, false)?
            }
            _ => self.evaluate(step, item, frame)?,
        };
        for stage in &step.stages {
            if let StepStage::Filter(filter) = stage {
                value = self.evaluate_filter(filter, value, frame)?;
            }
        }
        Ok(value)
    }

    /// The filters of a step that keeps its tuples or its order.
    pub(super) fn evaluate_stages(
        &self,
        stages: &'a [StepStage],
        input: Datum<'a>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Datum<'a>> {
        let mut result = input;
        for stage in stages {
            result = match stage {
                StepStage::Filter(filter) => self.evaluate_filter(filter, result, frame)?,
                StepStage::Index(name) => self.index_tuples(name, result)?,
            };
        }
        Ok(result)
    }

    /// `input[predicate]`
    pub(super) fn evaluate_filter(
        &self,
        predicate: &'a Node,
        input: Datum<'a>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Datum<'a>> {
        let is_tuple_stream = input.is_marked(ArrayMarks::TUPLE_STREAM);
        let marks = if is_tuple_stream {
            ArrayMarks::SEQUENCE.with(ArrayMarks::TUPLE_STREAM)
        } else {
            ArrayMarks::SEQUENCE
        };
        let mut results = ArrayBuilder::new(&self.meter, marks)?;
        let items = match input {
            Datum::Array(array) => StepInput::Each(array),
            other => StepInput::One(other),
        };
        if let NodeKind::Number(number) = &predicate.kind {
            let index = position(*number, items.len());
            let item = index.map_or(Datum::Undefined, |index| items.get(index));
            return match item {
                Datum::Array(_) => Ok(item),
                Datum::Undefined => Ok(results.build_datum()),
                other => {
                    results.push(other)?;
                    Ok(results.build_datum())
                }
            };
        }
        for index in 0..items.len() {
            let item = items.get(index);
            let value = match item.as_object() {
                Some(tuple) if is_tuple_stream => {
                    let frame = VariableFrame::of_tuple(frame, tuple);
                    self.evaluate(predicate, &tuple.get("@"), &frame)?
                }
                _ => self.evaluate(predicate, &item, frame)?,
            };
            for _ in 0..selections(&value, index, items.len())? {
                results.push(item.clone())?;
            }
        }
        Ok(results.build_datum())
    }
}

/// What the first step of a path is evaluated for.
fn path_input<'a>(path: &PathNode, input: &Datum<'a>) -> StepInput<'a> {
    let is_absolute =
        path.steps.first().is_some_and(|step| matches!(step.kind, NodeKind::Variable(_)));
    match input {
        Datum::Array(array) if !is_absolute => StepInput::Each(array.clone()),
        other => StepInput::One(other.clone()),
    }
}

/// Adds the result of a step to its sequence. Only arrays that were written as such stay arrays.
fn add_flattened<'a>(sequence: &mut ArrayBuilder<'a>, value: Datum<'a>) -> Evaluated<()> {
    match value {
        Datum::Array(array) if !array.marks().has(ArrayMarks::CONSTRUCTED) => {
            sequence.extend(&array)
        }
        other => sequence.push(other),
    }
}

/// How often the value of a predicate selects the item at an index: numbers are indexes, everything
/// else is true or false.
fn selections(value: &Datum<'_>, index: usize, length: usize) -> Evaluated<usize> {
    let selects = |number: f64| position(number, length) == Some(index);
    match value {
        Datum::Number(number) if check_number(*number)? => Ok(usize::from(selects(*number))),
        Datum::Array(array) => {
            array.count_scan()?;
            let mut count = 0;
            for item in array.iter() {
                match item {
                    Datum::Number(number) if check_number(number)? => {
                        count += usize::from(selects(number));
                    }
                    _ => return Ok(usize::from(boolean_of(value)? == Some(true))),
                }
            }
            Ok(count)
        }
        other => Ok(usize::from(boolean_of(other)? == Some(true))),
    }
}

/// The index that a number means: it is rounded down, and negative ones count from the end.
#[expect(clippy::float_cmp, reason = "both are whole numbers")]
fn position(number: f64, length: usize) -> Option<usize> {
    let index = number.floor();
    let index = if index < 0.0 { double_of(length) + index } else { index };
    let position = crate::datum::count_of(index);
    (index >= 0.0 && double_of(position) == index).then_some(position)
}

/// Whether the result of a step is an empty array or nothing.
fn is_nothing(result: &Datum<'_>) -> bool {
    match result {
        Datum::Undefined => true,
        Datum::Array(array) => array.len() == 0,
        _ => false,
    }
}
