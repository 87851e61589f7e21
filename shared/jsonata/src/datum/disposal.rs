//! Drops values that nest deeply without recursion, which could overflow the stack.

use std::rc::Rc;

use super::{Array, Datum, Object, Text};
use crate::evaluator::VariableFrame;

/// Something that is about to be dropped and may hold more.
pub(crate) enum Remains<'a> {
    Datum(Datum<'a>),
    Frame(Rc<VariableFrame<'a>>),
}

/// Drops the items of an array.
pub(super) fn drop_items(items: Vec<Datum<'_>>) {
    if items.iter().any(may_nest) {
        dispose(items.into_iter().map(Remains::Datum).collect());
    }
}

/// Drops the members of an object.
pub(super) fn drop_members<'a>(members: Vec<(Text<'a>, Datum<'a>)>) {
    if members.iter().any(|(_, value)| may_nest(value)) {
        dispose(members.into_iter().map(|(_, value)| Remains::Datum(value)).collect());
    }
}

/// Whether dropping a datum may drop others.
pub(crate) fn may_nest(datum: &Datum<'_>) -> bool {
    match datum {
        Datum::Array(Array::Built(_)) | Datum::Object(Object::Built(_)) | Datum::Function(_) => {
            true
        }
        Datum::Undefined
        | Datum::Null
        | Datum::Bool(_)
        | Datum::Number(_)
        | Datum::Text(_)
        | Datum::Array(Array::Borrowed(_))
        | Datum::Object(Object::Borrowed(_)) => false,
    }
}

/// Drops things and all that only they hold, one after the other.
pub(crate) fn dispose(mut remains: Vec<Remains<'_>>) {
    while let Some(next) = remains.pop() {
        match next {
            Remains::Datum(Datum::Array(Array::Built(array))) => {
                if let Ok(mut array) = Rc::try_unwrap(array) {
                    remains
                        .extend(std::mem::take(&mut array.items).into_iter().map(Remains::Datum));
                }
            }
            Remains::Datum(Datum::Object(Object::Built(object))) => {
                if let Ok(mut object) = Rc::try_unwrap(object) {
                    let members = std::mem::take(&mut object.members).into_iter();
                    remains.extend(members.map(|(_, value)| Remains::Datum(value)));
                }
            }
            Remains::Datum(Datum::Function(function)) => {
                if let Ok(mut function) = Rc::try_unwrap(function) {
                    function.take_remains(&mut remains);
                }
            }
            Remains::Frame(frame) => {
                if let Ok(mut frame) = Rc::try_unwrap(frame) {
                    frame.take_remains(&mut remains);
                }
            }
            Remains::Datum(
                Datum::Undefined
                | Datum::Null
                | Datum::Bool(_)
                | Datum::Number(_)
                | Datum::Text(_)
                | Datum::Array(Array::Borrowed(_))
                | Datum::Object(Object::Borrowed(_)),
            ) => {}
        }
    }
}
