//! The values that the evaluator works on.
//!
//! A datum is cheap to clone. What comes from JSON is borrowed, so that an expression pays only for
//! what it touches; what an expression builds is counted and shared.

mod array;
mod comparison;
mod disposal;
mod function;
mod json;
mod number;
mod object;
mod text;

use std::rc::Rc;

use serde_json::Value;

pub(crate) use self::{
    array::{Array, ArrayBuilder, ArrayMarks},
    comparison::{compare_texts, is_deeply_equal, is_strictly_equal},
    disposal::{Remains, dispose},
    function::{Closure, Function, PartialBuiltin},
    json::{JsonLayout, datum_to_json, json_text, quote_json, stringify},
    number::{count_of, double_of, number_text, parse_float_prefix, round_to_precision},
    object::{Object, ObjectBuilder},
    text::Text,
};
use crate::{meter::EvaluationMeter, thrown::Evaluated};

/// A value of an expression.
#[derive(Clone, Debug)]
pub(crate) enum Datum<'a> {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Text<'a>),
    Array(Array<'a>),
    Object(Object<'a>),
    Function(Rc<Function<'a>>),
}

impl<'a> Datum<'a> {
    /// The datum of a JSON value. Its numbers are doubles.
    pub(crate) fn from_json(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(boolean) => Self::Bool(*boolean),
            Value::Number(number) => Self::Number(number.as_f64().unwrap_or(0.0)),
            Value::String(text) => Self::Text(Text::Borrowed(text)),
            Value::Array(items) => Self::Array(Array::Borrowed(items)),
            Value::Object(members) => Self::Object(Object::Borrowed(members)),
        }
    }

    /// A text that is built.
    pub(crate) fn text(meter: &Rc<EvaluationMeter<'a>>, text: String) -> Evaluated<Self> {
        Text::build(meter, text).map(Self::Text)
    }

    /// A number that counts something.
    pub(crate) fn count(count: usize) -> Self {
        Self::Number(double_of(count))
    }

    pub(crate) fn is_undefined(&self) -> bool {
        matches!(self, Self::Undefined)
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Undefined
            | Self::Null
            | Self::Bool(_)
            | Self::Number(_)
            | Self::Array(_)
            | Self::Object(_)
            | Self::Function(_) => None,
        }
    }

    pub(crate) fn as_number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    pub(crate) fn as_array(&self) -> Option<&Array<'a>> {
        if let Self::Array(array) = self { Some(array) } else { None }
    }

    pub(crate) fn as_object(&self) -> Option<&Object<'a>> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    pub(crate) fn as_function(&self) -> Option<&Rc<Function<'a>>> {
        if let Self::Function(function) = self { Some(function) } else { None }
    }

    /// Whether this is an array with a mark.
    pub(crate) fn is_marked(&self, mark: ArrayMarks) -> bool {
        self.as_array().is_some_and(|array| array.marks().has(mark))
    }

    /// Whether JavaScript takes the value for true, which differs from JSONata.
    pub(crate) fn is_truthy(&self) -> bool {
        match self {
            Self::Undefined | Self::Null => false,
            Self::Bool(boolean) => *boolean,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::Array(_) | Self::Object(_) | Self::Function(_) => true,
        }
    }
}
