//! Host functions that behave like jsonata-js where the engine differs.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few of the engine's many variants matter here"
)]

use jsonata_core::{
    evaluator::{Evaluator, HostFnResult},
    functions,
    value::JValue,
};

use super::{thrown_error, undefined_result};

/// Registers the function with a name, if there is one.
pub(super) fn register_engine_fix(evaluator: &mut Evaluator, name: &str) {
    let function: fn(&[JValue]) -> HostFnResult = match name {
        "!as_text" => as_text,
        "!castable" => castable,
        "!is_scalar" => is_scalar,
        "!keep" => keep,
        "!nothing_to_group" => nothing_to_group,
        "!set_member" => set_member,
        _ => return,
    };
    evaluator
        .register_fn_override(name, function)
        .expect("the engine has no function whose name begins with `!`");
}

/// Converts a value to text as JavaScript does where it needs one.
fn as_text(values: &[JValue]) -> HostFnResult {
    match values.first() {
        None | Some(JValue::Undefined) => undefined_result(),
        Some(JValue::Object(_)) => Ok(JValue::from("[object Object]")),
        Some(other) => Ok(functions::string::string(other, None)?),
    }
}

/// Checks the `$` that `$number()` takes as its argument.
fn castable(values: &[JValue]) -> HostFnResult {
    match values.first() {
        None => undefined_result(),
        Some(
            value @ (JValue::Undefined | JValue::Number(_) | JValue::String(_) | JValue::Bool(_)),
        ) => Ok(value.clone()),
        Some(_) => Err(thrown_error(
            "T0411: Context value is not a compatible type with argument 1 of function \"number\"",
        )),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "every host function may fail")]
fn is_scalar(values: &[JValue]) -> HostFnResult {
    Ok(JValue::Bool(matches!(
        values.first(),
        Some(JValue::Null | JValue::Bool(_) | JValue::Number(_) | JValue::String(_))
    )))
}

/// Makes an array of a single item.
fn keep(values: &[JValue]) -> HostFnResult {
    match values.first() {
        None | Some(JValue::Undefined) => undefined_result(),
        Some(array @ JValue::Array(_)) => Ok(array.clone()),
        Some(single) => Ok(JValue::array(vec![single.clone()])),
    }
}

/// Fails as JavaScript does where a tuple is missing.
fn nothing_to_group(_: &[JValue]) -> HostFnResult {
    Err(thrown_error("Cannot read properties of undefined (reading '@')"))
}

/// Fails as JavaScript does where a member of a scalar is set.
fn set_member(values: &[JValue]) -> HostFnResult {
    let [target, JValue::Object(members)] = values else { return undefined_result() };
    let Some(key) = members.keys().next() else { return undefined_result() };
    let described = match target {
        JValue::Null => {
            return Err(thrown_error(format!("Cannot set properties of null (setting '{key}')")));
        }
        JValue::Bool(boolean) => format!("boolean '{boolean}'"),
        JValue::Number(_) => format!("number '{target}'"),
        JValue::String(text) => format!("string '{text}'"),
        _ => return undefined_result(),
    };
    Err(thrown_error(format!("Cannot create property '{key}' on {described}")))
}
