//! Host functions: those that Step Functions adds to JSONata, and replacements for the engine's.

mod array;
mod builtin;
mod engine_fixes;
mod guard;
mod hash;
mod meter;
mod random;
mod text;
mod time;
mod url;

use std::rc::Rc;

use jsonata_core::{
    evaluator::{Evaluator, EvaluatorError, HostFnResult},
    value::JValue,
};

use self::meter::CostMeter;
use crate::{
    evaluation_error::TOO_LARGE, limits::EvaluationLimits, prepare::PreparedExpression,
    session::JsonataSession,
};

/// Registers the host functions that an expression names.
pub(crate) fn register_functions(
    evaluator: &mut Evaluator,
    prepared: &PreparedExpression,
    session: &JsonataSession<'_>,
    limits: EvaluationLimits,
) {
    let meter = Rc::new(CostMeter::new(limits));
    for name in &prepared.names {
        if name.starts_with('!') {
            guard::register_guard(evaluator, name, &meter);
            engine_fixes::register_engine_fix(evaluator, name);
            continue;
        }
        let registered = match &**name {
            "encodeUrl" => evaluator.register_fn_override(name, url::encode_url),
            "encodeUrlComponent" => evaluator.register_fn_override(name, url::encode_url_component),
            "hash" => evaluator.register_fn_override(name, hash::hash_text),
            "millis" => evaluator
                .register_fn_override(name, time::session_milliseconds(session.now_milliseconds())),
            "now" => evaluator
                .register_fn_override(name, time::session_timestamp(session.now_milliseconds())),
            "parse" => evaluator.register_fn_override(name, text::parse_json_text),
            "partition" => evaluator.register_fn_override(name, array::partition_array),
            "random" => {
                evaluator.register_fn_override(name, random::random_number(session.shared_random()))
            }
            "range" => evaluator.register_fn_override(name, array::number_range),
            "shuffle" => {
                evaluator.register_fn_override(name, random::shuffle_array(session.shared_random()))
            }
            "spread" => evaluator.register_fn_override(name, array::spread_object),
            "toMillis" => evaluator.register_fn_override(
                name,
                time::timestamp_to_milliseconds(session.now_milliseconds()),
            ),
            "uuid" => {
                evaluator.register_fn_override(name, random::random_uuid(session.shared_random()))
            }
            _ => Ok(()),
        };
        registered.expect("only functions that the engine lets go are replaced");
    }
}

/// An error with a message of jsonata-js, which starts with its code.
fn thrown_error(message: impl Into<String>) -> EvaluatorError {
    EvaluatorError::EvaluationError(message.into())
}

/// The error of an argument of the wrong type. `position` counts from 1.
fn argument_mismatch(function: &str, position: usize) -> EvaluatorError {
    thrown_error(format!(
        "T0410: Argument {position} of function \"{function}\" does not match function signature"
    ))
}

fn too_large_error() -> EvaluatorError {
    thrown_error(TOO_LARGE)
}

/// Refuses more than `count` arguments.
fn check_argument_count(
    function: &str,
    arguments: &[JValue],
    count: usize,
) -> Result<(), EvaluatorError> {
    if arguments.len() > count { Err(argument_mismatch(function, count + 1)) } else { Ok(()) }
}

/// The text argument at an index; `None` if it is undefined.
fn text_argument<'a>(
    function: &str,
    arguments: &'a [JValue],
    index: usize,
) -> Result<Option<&'a str>, EvaluatorError> {
    match arguments.get(index) {
        None | Some(JValue::Undefined) => Ok(None),
        Some(JValue::String(text)) => Ok(Some(text)),
        Some(_) => Err(argument_mismatch(function, index + 1)),
    }
}

/// The number argument at an index, rounded towards zero; `None` if it is undefined.
fn integer_argument(
    function: &str,
    arguments: &[JValue],
    index: usize,
) -> Result<Option<f64>, EvaluatorError> {
    match arguments.get(index) {
        None | Some(JValue::Undefined) => Ok(None),
        Some(JValue::Number(number)) => Ok(Some(number.trunc())),
        Some(_) => Err(argument_mismatch(function, index + 1)),
    }
}

/// The result of a function that has no value.
#[expect(clippy::unnecessary_wraps, reason = "every host function may fail")]
fn undefined_result() -> HostFnResult {
    Ok(JValue::Undefined)
}
