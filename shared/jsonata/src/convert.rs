//! Converts values to and from the engine.

use std::rc::Rc;

use indexmap::IndexMap;
use jsonata_core::value::{JArray, JMap, JValue, with_stack};
use serde_json::{Map, Number, Value};

use crate::{
    evaluation_error::EvaluationFailure,
    limits::{NESTING_MAX, VALUE_BYTES_MAX},
    projection::ValueProjection,
};

/// Converts a value for the engine, whose numbers are all doubles.
pub(crate) fn to_engine(value: &Value) -> JValue {
    match value {
        Value::Null => JValue::Null,
        Value::Bool(boolean) => JValue::Bool(*boolean),
        Value::Number(number) => JValue::Number(number.as_f64().unwrap_or(0.0)),
        Value::String(text) => JValue::String(Rc::from(&**text)),
        Value::Array(items) => array_to_engine(items, to_engine),
        Value::Object(members) => {
            let convert = |(key, value): (&String, &Value)| (key.clone(), to_engine(value));
            let members = with_stack(|| members.iter().map(convert).collect::<JMap>());
            JValue::Object(Rc::new(members))
        }
    }
}

/// Converts the needed part of a value for the engine.
pub(crate) fn project_to_engine(value: &Value, need: &ValueProjection) -> JValue {
    let ValueProjection::Members(needed) = need else { return to_engine(value) };
    match value {
        Value::Array(items) => array_to_engine(items, |item| project_to_engine(item, need)),
        Value::Object(members) => {
            // The capacity is reserved because growing the map costs more than adding the members.
            let mut map = IndexMap::with_capacity(needed.len().min(members.len()));
            with_stack(|| {
                for (key, value) in members {
                    if let Some(need) = needed.get(key) {
                        map.insert(key.clone(), project_to_engine(value, need));
                    }
                }
            });
            JValue::Object(Rc::new(JMap::from(map)))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => to_engine(value),
    }
}

fn array_to_engine(items: &[Value], convert: impl Fn(&Value) -> JValue) -> JValue {
    let is_flat = !items.iter().any(Value::is_array);
    let items = with_stack(|| items.iter().map(convert).collect());
    JValue::Array(JArray::new_flat(items, is_flat))
}

/// A value as it would come back from the engine. `None` if it would not come back as a value, so
/// that the engine must report the error. `budget` is the number of bytes left.
pub(crate) fn round_trip_value(value: &Value, budget: &mut usize) -> Option<Value> {
    round_trip_nested(value, 0, budget).ok()
}

fn round_trip_nested(
    value: &Value,
    depth: usize,
    budget: &mut usize,
) -> Result<Value, EvaluationFailure> {
    spend_budget(depth, if let Value::String(text) = value { text.len() + 1 } else { 8 }, budget)?;
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(value.clone()),
        Value::Number(double) => {
            number_from_engine(double.as_f64().unwrap_or(0.0)).map(Value::Number)
        }
        Value::Array(items) => {
            items.iter().map(|item| round_trip_nested(item, depth + 1, budget)).collect()
        }
        Value::Object(members) => {
            let mut object = Map::with_capacity(members.len());
            for (key, value) in members {
                spend_budget(depth, key.len(), budget)?;
                object.insert(key.clone(), round_trip_nested(value, depth + 1, budget)?);
            }
            Ok(Value::Object(object))
        }
    }
}

/// Converts a result of the engine to JSON; `None` if it is undefined.
pub(crate) fn from_engine(value: &JValue) -> Result<Option<Value>, EvaluationFailure> {
    if value.is_undefined() {
        return Ok(None);
    }
    let mut budget = VALUE_BYTES_MAX;
    nested_from_engine(value, 0, &mut budget).map(Some)
}

/// Shared parts of a value count each time they occur, because JSON shares nothing.
fn nested_from_engine(
    value: &JValue,
    depth: usize,
    budget: &mut usize,
) -> Result<Value, EvaluationFailure> {
    spend_budget(depth, if let JValue::String(text) = value { text.len() + 1 } else { 8 }, budget)?;
    match value {
        JValue::Null | JValue::Undefined => Ok(Value::Null),
        JValue::Bool(boolean) => Ok(Value::Bool(*boolean)),
        JValue::Number(double) => number_from_engine(*double).map(Value::Number),
        JValue::String(text) => Ok(Value::String((**text).to_owned())),
        JValue::Array(items) => items
            .iter()
            .map(|item| nested_from_engine(item, depth + 1, budget))
            .collect::<Result<_, _>>()
            .map(Value::Array),
        JValue::Object(members) => {
            let mut object = Map::with_capacity(members.len());
            for (key, value) in &**members {
                spend_budget(depth, key.len(), budget)?;
                object.insert(key.clone(), nested_from_engine(value, depth + 1, budget)?);
            }
            Ok(Value::Object(object))
        }
        JValue::Lambda(_) | JValue::Builtin { .. } | JValue::Regex { .. } => {
            Err(EvaluationFailure::UnsupportedType)
        }
    }
}

fn spend_budget(depth: usize, bytes: usize, budget: &mut usize) -> Result<(), EvaluationFailure> {
    if depth > NESTING_MAX {
        return Err(EvaluationFailure::too_large());
    }
    *budget = budget.checked_sub(bytes).ok_or_else(EvaluationFailure::too_large)?;
    Ok(())
}

/// A number as JavaScript prints it: whole numbers without a fraction.
fn number_from_engine(double: f64) -> Result<Number, EvaluationFailure> {
    if !double.is_finite() {
        return Err(EvaluationFailure::from_thrown(format!(
            "D1001: Number out of range: {}",
            non_finite_name(double)
        )));
    }
    // Whole doubles convert exactly below 2^63, which is the first that no `i64` holds.
    if double.fract() == 0.0 && double.abs() < 9_223_372_036_854_775_808.0 {
        #[expect(clippy::cast_possible_truncation, reason = "the number is whole and in range")]
        return Ok(Number::from(double as i64));
    }
    Ok(Number::from_f64(double).expect("finite numbers are JSON"))
}

/// JavaScript's name of a number that is not finite.
fn non_finite_name(double: f64) -> &'static str {
    if double.is_nan() {
        "NaN"
    } else if double > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}
