//! Fail State: one step.

use asl::{Fail, Text};
use model::{Failure, Payload};
use serde_json::Value;

use crate::{
    Transition,
    draft::Draft,
    flow::{View, evaluation_failure},
};

/// Spec: ASL § Fail State.
pub(crate) fn run(mut draft: Draft<'_>, fail: &Fail, input: &Payload) -> Transition {
    let failure = text(&mut draft, &fail.error, "ErrorPath", input).and_then(|error| {
        let cause = text(&mut draft, &fail.cause, "CausePath", input)?;
        Ok(Failure { error, cause })
    });
    let (Ok(failure) | Err(failure)) = failure;
    draft.fail(failure)
}

fn text(
    draft: &mut Draft<'_>,
    text: &Text,
    field: &str,
    input: &Payload,
) -> Result<Option<String>, Failure> {
    let expression = match text {
        Text::Absent => return Ok(None),
        Text::Literal(literal) => return Ok(Some(literal.clone())),
        Text::Expression(expression) => expression,
    };
    let view = View::of(draft, input.value(), expression.references_context());
    let value = expression
        .evaluate(&view.scope(), &mut draft.draws)
        .map_err(|error| evaluation_failure(draft, &error.for_field(field)))?;
    match value {
        Value::String(text) => Ok(Some(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(draft.runtime_failure(&format!(
                "The {field} field must refer to a string, but {} refers to {value}",
                expression.text()
            )))
        }
    }
}
