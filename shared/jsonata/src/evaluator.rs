//! Evaluates syntax trees.
//!
//! The evaluator is a port of jsonata-js 2.0.6. Where that one relies on properties of JavaScript
//! values, such as marks of arrays, the same marks exist here.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an operation accepts few of the many kinds of nodes and values"
)]

mod call;
mod evaluation;
mod frame;
mod group;
mod operators;
mod path;
mod sort;
mod transform;
mod tuple;

use std::{cell::RefCell, rc::Rc};

use self::frame::CapturedFrames;
pub(crate) use self::{
    evaluation::ExpressionEvaluation, frame::VariableFrame, operators::boolean_of,
};
use crate::{
    datum::{Array, ArrayBuilder, ArrayMarks, Datum, Function, ObjectBuilder, Text},
    functions,
    meter::{EvaluationMeter, with_stack},
    session::{JsonataSession, StatesMember},
    syntax::{Node, NodeKind, SyntaxTree},
    thrown::Evaluated,
};

/// Evaluates one expression.
#[derive(Debug)]
pub(crate) struct Evaluator<'a> {
    tree: &'a SyntaxTree,
    pub(crate) session: &'a JsonataSession<'a>,
    pub(crate) meter: Rc<EvaluationMeter<'a>>,
    /// The value of `$$`.
    document: Datum<'a>,
    captured: RefCell<CapturedFrames<'a>>,
}

impl<'a> Evaluator<'a> {
    /// The value of a node for an input, in a frame of variables.
    pub(crate) fn evaluate(
        &self,
        node: &'a Node,
        input: &Datum<'a>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Datum<'a>> {
        if let Some(value) = evaluate_leaf(node, input, frame) {
            self.meter.count_steps(1)?;
            return Ok(value);
        }
        // Most operators have such operands, above all in the filters of large arrays.
        if let NodeKind::Binary { operator, left, right } = &node.kind
            && node.is_plain_step()
            && let Some(left) = evaluate_leaf(left, input, frame)
            && let Some(right) = evaluate_leaf(right, input, frame)
        {
            self.meter.count_steps(1)?;
            let value = self.evaluate_binary(*operator, left, &right)?;
            return self.unwrap_sequence(value, false);
        }
        self.meter.enter_node()?;
        let value = with_stack(|| self.evaluate_filtered(node, input, frame));
        self.meter.leave_node();
        value
    }

    fn evaluate_filtered(
        &self,
        node: &'a Node,
        input: &Datum<'a>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Datum<'a>> {
        let mut value = self.evaluate_kind(node, input, frame)?;
        for predicate in &node.predicates {
            value = self.evaluate_filter(predicate, value, frame)?;
        }
        if let Some(group) = &node.group
            && !matches!(node.kind, NodeKind::Path(_))
        {
            value = self.evaluate_group(group, value, frame)?;
        }
        self.unwrap_sequence(value, node.keep_array)
    }

    /// A sequence of one item is that item, and an empty one is nothing.
    fn unwrap_sequence(&self, value: Datum<'a>, keep_array: bool) -> Evaluated<Datum<'a>> {
        let Datum::Array(array) = value else { return Ok(value) };
        let mut marks = array.marks();
        if !marks.has(ArrayMarks::SEQUENCE) || marks.has(ArrayMarks::TUPLE_STREAM) {
            return Ok(Datum::Array(array));
        }
        if keep_array {
            marks = marks.with(ArrayMarks::KEEP_SINGLETON);
        }
        match array.len() {
            0 => Ok(Datum::Undefined),
            1 if !marks.has(ArrayMarks::KEEP_SINGLETON) => Ok(array.get(0)),
            _ => array.with_marks(&self.meter, marks).map(Datum::Array),
        }
    }

    fn evaluate_kind(
        &self,
        node: &'a Node,
        input: &Datum<'a>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Datum<'a>> {
        match &node.kind {
            NodeKind::Path(path) => self.evaluate_path(path, node, input, frame),
            NodeKind::Name(name) => self.lookup(input, name),
            NodeKind::Text(text) => Ok(Datum::Text(Text::Borrowed(text))),
            NodeKind::Number(number) => Ok(Datum::Number(*number)),
            NodeKind::Bool(boolean) => Ok(Datum::Bool(*boolean)),
            NodeKind::Null => Ok(Datum::Null),
            NodeKind::Variable(name) => self.evaluate_variable(name, input, frame),
            NodeKind::Binary { operator, left, right } => {
                let left = self.evaluate(left, input, frame)?;
                let right = self.evaluate(right, input, frame)?;
                self.evaluate_binary(*operator, left, &right)
            }
            NodeKind::And { left, right } => {
                let left = self.evaluate(left, input, frame)?;
                self.evaluate_logic("and", &left, right, input, frame)
            }
            NodeKind::Or { left, right } => {
                let left = self.evaluate(left, input, frame)?;
                self.evaluate_logic("or", &left, right, input, frame)
            }
            NodeKind::Negate(inner) => {
                let value = self.evaluate(inner, input, frame)?;
                operators::negate(&value)
            }
            NodeKind::Array(items) => self.evaluate_array(items, node.is_constructed, input, frame),
            NodeKind::Object(group) => self.evaluate_group(group, input.clone(), frame),
            NodeKind::Wildcard => self.evaluate_wildcard(input),
            NodeKind::Descendants => self.evaluate_descendants(input),
            NodeKind::Parent(slot) => Ok(self
                .tree
                .labels
                .get(*slot)
                .map_or(Datum::Undefined, |label| self.lookup_variable(label, frame))),
            NodeKind::Condition { condition, yes, no } => {
                let condition = self.evaluate(condition, input, frame)?;
                match (boolean_of(&condition)?, no) {
                    (Some(true), _) => self.evaluate(yes, input, frame),
                    (_, Some(no)) => self.evaluate(no, input, frame),
                    (_, None) => Ok(Datum::Undefined),
                }
            }
            NodeKind::Block(items) => {
                let frame = VariableFrame::below(frame);
                let mut value = Datum::Undefined;
                for item in items {
                    value = self.evaluate(item, input, &frame)?;
                }
                Ok(value)
            }
            NodeKind::Bind { name, value } => {
                let value = self.evaluate(value, input, frame)?;
                frame.bind(name, value.clone());
                Ok(value)
            }
            _ => self.evaluate_function_kind(node, input, frame),
        }
    }

    /// Nodes that call functions or are functions.
    fn evaluate_function_kind(
        &self,
        node: &'a Node,
        input: &Datum<'a>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Datum<'a>> {
        match &node.kind {
            NodeKind::Call { procedure, arguments } => {
                self.evaluate_call(procedure, arguments, None, input, frame)
            }
            NodeKind::PartialCall { procedure, arguments } => {
                self.evaluate_partial_call(procedure, arguments, input, frame)
            }
            NodeKind::TailCall { procedure, arguments } => {
                let (input, frame) = (input.clone(), Rc::clone(frame));
                let call = Function::TailCall { procedure, arguments, input, frame };
                Ok(Datum::Function(Rc::new(call)))
            }
            NodeKind::Lambda(lambda) => self.evaluate_lambda(lambda, input, frame),
            NodeKind::Apply { left, right } => self.evaluate_apply(left, right, input, frame),
            NodeKind::Regex(pattern) => Ok(Datum::Function(Rc::new(Function::Pattern(pattern)))),
            NodeKind::Transform(node) => {
                self.capture(frame)?;
                let frame = Rc::clone(frame);
                Ok(Datum::Function(Rc::new(Function::Transform { node, frame })))
            }
            // An order-by is a step of a path, which evaluates it.
            _ => Ok(Datum::Undefined),
        }
    }

    /// Notes that a function sees a frame, so that both may hold each other.
    fn capture(&self, frame: &Rc<VariableFrame<'a>>) -> Evaluated<()> {
        self.captured.borrow_mut().add(frame, &self.meter)
    }

    fn evaluate_variable(
        &self,
        name: &'a str,
        input: &Datum<'a>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Datum<'a>> {
        if !name.is_empty() {
            if name == "states" && frame.find("states").is_none() {
                return self.states_object();
            }
            return Ok(self.lookup_variable(name, frame));
        }
        match input {
            Datum::Array(array) if array.marks().has(ArrayMarks::OUTER_WRAPPER) => Ok(array.get(0)),
            other => Ok(other.clone()),
        }
    }

    /// The value of a variable: of the expression, of the workflow, or a function.
    fn lookup_variable(&self, name: &str, frame: &Rc<VariableFrame<'a>>) -> Datum<'a> {
        if let Some(value) = frame.find(name) {
            return value;
        }
        if name == "$" {
            return self.document.clone();
        }
        if let Some(value) = self.session.variable_value(name) {
            return Datum::from_json(value);
        }
        functions::find_builtin(name).map_or(Datum::Undefined, |builtin| {
            Datum::Function(Rc::new(Function::Builtin(builtin)))
        })
    }

    /// The value of `$states`.
    fn states_object(&self) -> Evaluated<Datum<'a>> {
        let mut states = ObjectBuilder::new(&self.meter, StatesMember::ALL.len())?;
        for member in StatesMember::ALL {
            if let Some(value) = self.session.member_value(member) {
                states.insert(Text::Borrowed(member.member_name()), Datum::from_json(value))?;
            }
        }
        Ok(states.build_datum())
    }

    /// `[…]`
    fn evaluate_array(
        &self,
        items: &'a [Node],
        is_constructed: bool,
        input: &Datum<'a>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Datum<'a>> {
        let marks = if is_constructed { ArrayMarks::CONSTRUCTED } else { ArrayMarks::NONE };
        let mut array = ArrayBuilder::new(&self.meter, marks)?;
        for item in items {
            let value = self.evaluate(item, input, frame)?;
            // The items of a range, such as `[1..9]`, need not be copied.
            if items.len() == 1
                && !item.is_array()
                && let Datum::Array(built @ Array::Built(_)) = value
            {
                return built.with_marks(&self.meter, marks).map(Datum::Array);
            }
            if value.is_undefined() {
                continue;
            }
            if item.is_array() {
                array.push(value)?;
            } else {
                array.append(value)?;
            }
        }
        Ok(array.build_datum())
    }

    /// The member of an object, or of each object in an array.
    pub(crate) fn lookup(&self, input: &Datum<'a>, name: &str) -> Evaluated<Datum<'a>> {
        match input {
            Datum::Object(object) => Ok(object.get(name)),
            Datum::Array(array) => {
                self.meter.count_steps(array.len() / 4)?;
                let mut found = ArrayBuilder::sequence(&self.meter)?;
                for item in array.iter() {
                    let value = with_stack(|| self.lookup(&item, name))?;
                    if !value.is_undefined() {
                        found.append(value)?;
                    }
                }
                Ok(found.build_datum())
            }
            _ => Ok(Datum::Undefined),
        }
    }

    /// `*`
    fn evaluate_wildcard(&self, input: &Datum<'a>) -> Evaluated<Datum<'a>> {
        let input = match input {
            Datum::Array(array)
                if array.marks().has(ArrayMarks::OUTER_WRAPPER) && array.len() > 0 =>
            {
                array.get(0)
            }
            other => other.clone(),
        };
        let mut values = Vec::new();
        match &input {
            Datum::Object(object) => object.visit(&mut |_, value| values.push(value)),
            Datum::Array(array) => values.extend(array.iter()),
            _ => {}
        }
        self.meter.count_steps(values.len() / 4)?;
        let mut found = ArrayBuilder::sequence(&self.meter)?;
        for value in values {
            if let Datum::Array(array) = &value {
                self.flatten_into(array, &mut found, 0)?;
                // As in jsonata-js, what is joined with an array is no sequence any more.
                found.set_marks(ArrayMarks::NONE);
            } else {
                found.push(value)?;
            }
        }
        Ok(found.build_datum())
    }

    fn flatten_into(
        &self,
        array: &Array<'a>,
        found: &mut ArrayBuilder<'a>,
        depth: usize,
    ) -> Evaluated<()> {
        self.check_depth(depth)?;
        self.meter.count_visits(array.len())?;
        for item in array.iter() {
            match &item {
                Datum::Array(inner) => with_stack(|| self.flatten_into(inner, found, depth + 1))?,
                _ => found.push(item)?,
            }
        }
        Ok(())
    }

    /// `**`
    fn evaluate_descendants(&self, input: &Datum<'a>) -> Evaluated<Datum<'a>> {
        if input.is_undefined() {
            return Ok(Datum::Undefined);
        }
        let mut found = ArrayBuilder::sequence(&self.meter)?;
        self.descend(input, &mut found, 0)?;
        if let [single] = found.items() {
            return Ok(single.clone());
        }
        Ok(found.build_datum())
    }

    fn descend(
        &self,
        value: &Datum<'a>,
        found: &mut ArrayBuilder<'a>,
        depth: usize,
    ) -> Evaluated<()> {
        self.check_depth(depth)?;
        match value {
            Datum::Array(array) => {
                self.meter.count_visits(array.len())?;
                for item in array.iter() {
                    with_stack(|| self.descend(&item, found, depth + 1))?;
                }
            }
            Datum::Object(object) => {
                found.push(value.clone())?;
                self.meter.count_visits(object.len())?;
                for (_, member) in object.members() {
                    with_stack(|| self.descend(&member, found, depth + 1))?;
                }
            }
            other => found.push(other.clone())?,
        }
        Ok(())
    }

    fn check_depth(&self, depth: usize) -> Evaluated<()> {
        if depth > crate::limits::DATUM_DEPTH_MAX {
            return Err(crate::thrown::Thrown::stack_overflow());
        }
        self.meter.count_steps(1)
    }
}

/// The value of a node that needs neither stack nor sequences: a literal, a variable, or the
/// member of an object.
fn evaluate_leaf<'a>(
    node: &'a Node,
    input: &Datum<'a>,
    frame: &Rc<VariableFrame<'a>>,
) -> Option<Datum<'a>> {
    if !node.is_plain_step() {
        return None;
    }
    let value = match &node.kind {
        NodeKind::Number(number) => Datum::Number(*number),
        NodeKind::Text(text) => Datum::Text(Text::Borrowed(text)),
        NodeKind::Bool(boolean) => Datum::Bool(*boolean),
        NodeKind::Null => Datum::Null,
        NodeKind::Variable(name) if !name.is_empty() => frame.find(name)?,
        NodeKind::Path(path) if !path.keeps_singleton_array => {
            let (Datum::Object(object), [step]) = (input, &*path.steps) else { return None };
            match &step.kind {
                NodeKind::Name(name) if step.is_plain_step() => object.get(name),
                _ => return None,
            }
        }
        _ => return None,
    };
    let is_sequence = value.is_marked(ArrayMarks::SEQUENCE);
    (!is_sequence && !value.is_marked(ArrayMarks::CONSTRUCTED)).then_some(value)
}
