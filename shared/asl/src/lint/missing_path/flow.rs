//! What a state makes of its input.

use serde_json::Value;

use super::{
    super::known::{Found, Known},
    names,
};
use crate::outline::{Language, Shape, Via};

/// What is known of the next state's input.
pub(super) fn output(shape: &Shape<'_>, input: &Known, via: Via) -> Known {
    match shape.language {
        Language::JsonPath => in_jsonpath(shape, input, via),
        Language::Jsonata => in_jsonata(shape, input, via),
    }
}

fn in_jsonpath(shape: &Shape<'_>, input: &Known, via: Via) -> Known {
    if let Via::Catcher(index) = via {
        let catcher = shape.elements("Catch").get(index);
        let place = catcher.and_then(|catcher| catcher.get("ResultPath"));
        return placed(place, input, Known::Anything);
    }
    let effective = selected(shape.fields.get("InputPath"), input);
    let made = match shape.kind {
        "Pass" => {
            let result = match (shape.fields.get("Result"), shape.fields.get("Parameters")) {
                (Some(result), _) => Known::of(result, |_, _| false),
                (None, Some(template)) => Known::of(template, |key, _| key.ends_with(".$")),
                (None, None) => effective,
            };
            placed(shape.fields.get("ResultPath"), input, result)
        }
        "Choice" | "Wait" => effective,
        _ => placed(shape.fields.get("ResultPath"), input, Known::Anything),
    };
    selected(shape.fields.get("OutputPath"), &made)
}

/// What `InputPath` or `OutputPath` selects.
pub(super) fn selected(path: Option<&Value>, from: &Known) -> Known {
    match path {
        None => from.clone(),
        Some(Value::Null) => Known::nothing(),
        Some(path) => match path.as_str().and_then(|path| names(path, "$")) {
            Some(names) => match from.find(&names) {
                Found::Known(known) => known.clone(),
                // The state fails there.
                Found::Nothing => Known::Anything,
            },
            None => Known::Anything,
        },
    }
}

/// What `ResultPath` makes of the input and the result.
fn placed(path: Option<&Value>, input: &Known, result: Known) -> Known {
    match path {
        None => result,
        Some(Value::Null) => input.clone(),
        Some(path) => match path.as_str().and_then(|path| names(path, "$")) {
            Some(names) => {
                let mut placed = input.clone();
                placed.place(&names, result);
                placed
            }
            None => Known::Anything,
        },
    }
}

fn in_jsonata(shape: &Shape<'_>, input: &Known, via: Via) -> Known {
    let template = match via {
        Via::Catcher(_) => return Known::Anything,
        Via::Rule(index) => {
            shape.elements("Choices").get(index).and_then(|rule| rule.get("Output"))
        }
        Via::Next | Via::Default => shape.fields.get("Output"),
    };
    match template {
        Some(template) => Known::of(template, |_, value| {
            value.as_str().is_some_and(|text| text.starts_with("{%"))
        }),
        None if matches!(shape.kind, "Pass" | "Wait" | "Choice") => input.clone(),
        None => Known::Anything,
    }
}
