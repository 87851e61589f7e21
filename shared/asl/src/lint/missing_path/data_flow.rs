//! Infers a state's output from its input.

use serde_json::Value;

use super::{
    super::abstract_value::{AbstractValue, PathLookup},
    plain_path_names,
};
use crate::outline::{OutlineLanguage, TransitionSource, TypedStateOutline};

/// Infers the input of the next state if the transition `written_by` is taken.
pub(super) fn infer_state_output(
    shape: &TypedStateOutline<'_>,
    input: &AbstractValue,
    written_by: TransitionSource,
) -> AbstractValue {
    match shape.language {
        OutlineLanguage::JsonPath => infer_jsonpath_output(shape, input, written_by),
        OutlineLanguage::Jsonata => infer_jsonata_output(shape, input, written_by),
    }
}

fn infer_jsonpath_output(
    shape: &TypedStateOutline<'_>,
    input: &AbstractValue,
    written_by: TransitionSource,
) -> AbstractValue {
    if let TransitionSource::Catcher(index) = written_by {
        let catcher = shape.field_elements("Catch").get(index);
        let place = catcher.and_then(|catcher| catcher.get("ResultPath"));
        return apply_result_path(place, input, AbstractValue::Anything);
    }
    let effective = select_path(shape.fields.get("InputPath"), input);
    let made = match shape.kind {
        "Pass" => {
            let result = match (shape.fields.get("Result"), shape.fields.get("Parameters")) {
                (Some(result), _) => AbstractValue::from_literal(result, |_, _| false),
                (None, Some(template)) => {
                    AbstractValue::from_literal(template, |key, _| key.ends_with(".$"))
                }
                (None, None) => effective,
            };
            apply_result_path(shape.fields.get("ResultPath"), input, result)
        }
        "Choice" | "Wait" => effective,
        _ => apply_result_path(shape.fields.get("ResultPath"), input, AbstractValue::Anything),
    };
    select_path(shape.fields.get("OutputPath"), &made)
}

/// Returns what `InputPath` or `OutputPath` selects.
pub(super) fn select_path(path: Option<&Value>, from: &AbstractValue) -> AbstractValue {
    match path {
        None => from.clone(),
        Some(Value::Null) => AbstractValue::without_members(),
        Some(path) => match path.as_str().and_then(|path| plain_path_names(path, "$")) {
            Some(names) => match from.find_path(&names) {
                PathLookup::Known(known) => known.clone(),
                // The state fails, so that its output does not matter.
                PathLookup::Nothing => AbstractValue::Anything,
            },
            None => AbstractValue::Anything,
        },
    }
}

/// Combines the input and the result as `ResultPath` says.
fn apply_result_path(
    path: Option<&Value>,
    input: &AbstractValue,
    result: AbstractValue,
) -> AbstractValue {
    match path {
        None => result,
        Some(Value::Null) => input.clone(),
        Some(path) => match path.as_str().and_then(|path| plain_path_names(path, "$")) {
            Some(names) => {
                let mut placed = input.clone();
                placed.insert_at_path(&names, result);
                placed
            }
            None => AbstractValue::Anything,
        },
    }
}

fn infer_jsonata_output(
    shape: &TypedStateOutline<'_>,
    input: &AbstractValue,
    written_by: TransitionSource,
) -> AbstractValue {
    let template = match written_by {
        TransitionSource::Catcher(_) => return AbstractValue::Anything,
        TransitionSource::ChoiceRule(index) => {
            shape.field_elements("Choices").get(index).and_then(|rule| rule.get("Output"))
        }
        TransitionSource::Next | TransitionSource::Default => shape.fields.get("Output"),
    };
    match template {
        Some(template) => AbstractValue::from_literal(template, |_, value| {
            value.as_str().is_some_and(|text| text.starts_with("{%"))
        }),
        None if matches!(shape.kind, "Pass" | "Wait" | "Choice") => input.clone(),
        None => AbstractValue::Anything,
    }
}
