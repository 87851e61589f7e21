//! Guards: host functions that count the cost of engine operations that do not limit it themselves.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few of the engine's many variants matter here"
)]

use std::rc::Rc;

use jsonata_core::{
    evaluator::{Evaluator, EvaluatorError, HostFnResult},
    functions,
    value::JValue,
};

use super::{meter::CostMeter, thrown_error, too_large_error, undefined_result};
use crate::limits::{PICTURE_BYTES_MAX, VALUE_BYTES_MAX};

/// A guard: it takes values and returns an error or, in most cases, the first value.
type GuardFunction = fn(&CostMeter, &[JValue]) -> HostFnResult;

/// Registers the guard with a name, if there is one.
pub(super) fn register_guard(evaluator: &mut Evaluator, name: &str, meter: &Rc<CostMeter>) {
    let guard: GuardFunction = match name {
        "!bound" => bound,
        "!built" => built,
        "!concatenate" => concatenate,
        "!copied" => copied,
        "!items" => items,
        "!made" => made,
        "!matched" => matched,
        "!picture" => picture,
        "!printed" => printed,
        "!replacement" => replacement,
        "!separator" => separator,
        "!source" => source,
        "!span" => span,
        "!spent" => spent,
        "!squared" => squared,
        "!targets" => targets,
        "!weigh" => weigh,
        "!weighed" => weighed,
        "!whole" => whole,
        "!width" => width,
        "!zipped" => zipped,
        _ => return,
    };
    let meter = Rc::clone(meter);
    evaluator
        .register_fn_override(name, move |values: &[JValue]| guard(&meter, values))
        .expect("the engine has no function whose name begins with `!`");
}

fn first_value(values: &[JValue]) -> &JValue {
    values.first().unwrap_or(&JValue::Undefined)
}

fn item_count(value: &JValue) -> usize {
    match value {
        JValue::Array(items) => items.len(),
        JValue::Undefined => 0,
        _ => 1,
    }
}

fn bound(meter: &CostMeter, values: &[JValue]) -> HostFnResult {
    meter.count_bound_items(item_count(first_value(values)))?;
    Ok(first_value(values).clone())
}

/// Takes the first part of an object or array and the number of members to count.
fn built(meter: &CostMeter, values: &[JValue]) -> HostFnResult {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the weight is a small whole number of ours"
    )]
    if let Some(JValue::Number(weight)) = values.get(1) {
        meter.count_built_members(*weight as usize)?;
    }
    Ok(first_value(values).clone())
}

fn copied(meter: &CostMeter, values: &[JValue]) -> HostFnResult {
    meter.count_copies(item_count(first_value(values)))?;
    Ok(first_value(values).clone())
}

/// Each item counts as four, because it gets an array of its own.
fn zipped(meter: &CostMeter, values: &[JValue]) -> HostFnResult {
    meter.count_copies(item_count(first_value(values)).saturating_mul(4))?;
    Ok(first_value(values).clone())
}

/// Each match counts as five members: it is an object of three members, one of them an array.
fn matched(meter: &CostMeter, values: &[JValue]) -> HostFnResult {
    meter.count_built_members(item_count(first_value(values)).saturating_mul(5))?;
    Ok(first_value(values).clone())
}

/// Refuses text that is too long before it is made.
fn check_text_length(bytes: usize) -> Result<(), EvaluatorError> {
    if bytes > VALUE_BYTES_MAX { Err(too_large_error()) } else { Ok(()) }
}

/// The engine compares every item with every other one.
fn squared(meter: &CostMeter, values: &[JValue]) -> HostFnResult {
    meter.walk_value(first_value(values))?;
    let length = item_count(first_value(values));
    meter.count_visits(length.saturating_mul(length) / 8)?;
    Ok(first_value(values).clone())
}

fn weighed(meter: &CostMeter, values: &[JValue]) -> HostFnResult {
    meter.walk_value(first_value(values))?;
    Ok(first_value(values).clone())
}

fn weigh(meter: &CostMeter, values: &[JValue]) -> HostFnResult {
    meter.walk_value(first_value(values))?;
    undefined_result()
}

/// The engine compares every object and array in the input with every target.
fn targets(meter: &CostMeter, values: &[JValue]) -> HostFnResult {
    let [input, located] = values else { return undefined_result() };
    let containers = meter.count_containers(input)?;
    meter.count_visits(containers.saturating_mul(item_count(located)) / 2)?;
    Ok(located.clone())
}

fn spent(meter: &CostMeter, values: &[JValue]) -> HostFnResult {
    if let JValue::String(text) = first_value(values) {
        meter.count_text_bytes(text.len())?;
    }
    Ok(first_value(values).clone())
}

fn made(meter: &CostMeter, values: &[JValue]) -> HostFnResult {
    if let JValue::String(text) = first_value(values) {
        meter.track_text(text)?;
    }
    Ok(first_value(values).clone())
}

fn printed(meter: &CostMeter, values: &[JValue]) -> HostFnResult {
    meter.printed_bytes_min(first_value(values), 0)?;
    Ok(first_value(values).clone())
}

fn picture(_: &CostMeter, values: &[JValue]) -> HostFnResult {
    match first_value(values) {
        JValue::String(text) if text.len() > PICTURE_BYTES_MAX => Err(too_large_error()),
        other => Ok(other.clone()),
    }
}

/// Takes a time in milliseconds, whose fraction JavaScript drops.
fn whole(meter: &CostMeter, values: &[JValue]) -> HostFnResult {
    match first_value(values) {
        JValue::Number(number) => Ok(JValue::Number(number.trunc())),
        _ => picture(meter, values),
    }
}

fn width(_: &CostMeter, values: &[JValue]) -> HostFnResult {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "widths are positive here, and a cast saturates"
    )]
    if let JValue::Number(width) = first_value(values) {
        check_text_length(width.abs() as usize)?;
    }
    Ok(first_value(values).clone())
}

fn source(meter: &CostMeter, values: &[JValue]) -> HostFnResult {
    if let JValue::String(text) = first_value(values) {
        meter.source_bytes.set(text.len());
        meter.count_visits(text.len().saturating_mul(2))?;
    }
    Ok(first_value(values).clone())
}

/// A replacement may be inserted at every character, and every `$` in it may insert the whole text.
fn replacement(meter: &CostMeter, values: &[JValue]) -> HostFnResult {
    if let JValue::String(text) = first_value(values) {
        let places = meter.source_bytes.get() + 1;
        if places.saturating_mul(text.len()) > 8 * VALUE_BYTES_MAX {
            return Err(too_large_error());
        }
    }
    Ok(first_value(values).clone())
}

fn items(meter: &CostMeter, values: &[JValue]) -> HostFnResult {
    let bytes = meter.printed_bytes_min(first_value(values), 0)?;
    meter.source_bytes.set(bytes);
    meter.items.set(item_count(first_value(values)));
    Ok(first_value(values).clone())
}

fn separator(meter: &CostMeter, values: &[JValue]) -> HostFnResult {
    if let JValue::String(text) = first_value(values) {
        let separators = text.len().saturating_mul(meter.items.get());
        check_text_length(separators.saturating_add(meter.source_bytes.get()))?;
    }
    Ok(first_value(values).clone())
}

/// `a & b & …`, with any number of parts.
fn concatenate(meter: &CostMeter, values: &[JValue]) -> HostFnResult {
    let mut whole = String::new();
    for value in values {
        match value {
            JValue::Undefined => {}
            JValue::String(text) => whole.push_str(text),
            other => {
                meter.printed_bytes_min(other, 0)?;
                if let JValue::String(text) = functions::string::string(other, None)? {
                    whole.push_str(&text);
                }
            }
        }
        if whole.len() > VALUE_BYTES_MAX {
            return Err(too_large_error());
        }
    }
    let text = whole.into();
    meter.track_text(&text)?;
    Ok(JValue::String(text))
}

/// `a..b`
fn span(meter: &CostMeter, values: &[JValue]) -> HostFnResult {
    let [start, end] = values else { return undefined_result() };
    let (start, end) =
        (range_bound(start, "T2003: The left")?, range_bound(end, "T2004: The right")?);
    let (Some(start), Some(end)) = (start, end) else { return Ok(JValue::sequence(Vec::new())) };
    let count = end - start + 1.0;
    if count > 1e7 {
        return Err(thrown_error(format!(
            "D2014: The size of the sequence allocated by the range operator (..) must not exceed \
             1e6.  Attempted to allocate {count}."
        )));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the count is at most 1e7, and a negative one means zero"
    )]
    let count = count.max(0.0) as u32;
    if count as usize > meter.items_max() {
        return Err(too_large_error());
    }
    meter.count_copies(count as usize)?;
    let numbers = (0..count).map(|n| JValue::Number(start + f64::from(n)));
    Ok(JValue::sequence_flat(numbers.collect(), true))
}

fn range_bound(value: &JValue, side: &str) -> Result<Option<f64>, EvaluatorError> {
    match value {
        JValue::Undefined => Ok(None),
        JValue::Number(number) if number.fract() == 0.0 => Ok(Some(*number)),
        _ => Err(thrown_error(format!(
            "{side} side of the range operator (..) must evaluate to an integer"
        ))),
    }
}
