//! Input and output processing, step by step.

use asl::{DataFlow, InputOutput, Placement, Selection};
use jsonpath::{EvaluationError, Scope, SourcedPath, Template};
use model::{Failure, Payload, error_name, limits::PAYLOAD_BYTES_MAX};
use serde_json::{Map, Value};

use crate::{context::context_object, draft::Draft};

/// The data and the context object that an expression sees.
pub(crate) struct View<'v> {
    data: &'v Value,
    context: Value,
    variables: Map<String, Value>,
}

impl<'v> View<'v> {
    pub(crate) fn new(data: &'v Value, context: Value) -> Self {
        Self { data, context, variables: Map::new() }
    }

    /// What an expression sees that may or may not read the context object.
    pub(crate) fn of(draft: &Draft<'_>, data: &'v Value, reads_context: bool) -> Self {
        let context = if reads_context { context_object(draft, None) } else { Value::Null };
        Self::new(data, context)
    }

    pub(crate) fn scope(&self) -> Scope<'_> {
        Scope { data: self.data, context: &self.context, variables: &self.variables }
    }
}

/// The effective input: `InputPath`, then `Parameters`.
pub(crate) fn effective_input(
    draft: &mut Draft<'_>,
    flow: &DataFlow,
    input: &Payload,
) -> Result<Payload, Failure> {
    let selected = select(draft, &flow.input, input)?;
    apply(draft, flow.parameters.as_ref(), selected)
}

/// The state's output: `ResultSelector`, `ResultPath`, then `OutputPath`.
pub(crate) fn output(
    draft: &mut Draft<'_>,
    flow: &DataFlow,
    input: &Payload,
    result: Payload,
) -> Result<Payload, Failure> {
    let result = apply(draft, flow.result_selector.as_ref(), result)?;
    let placed = place(draft, &flow.result, input, result)?;
    let output = select(draft, &flow.output, &placed)?;
    limited(output, draft.state.name.as_str())
}

/// The output of a state that has no result of its own: `InputPath`, then `OutputPath`.
pub(crate) fn pass_through(
    draft: &Draft<'_>,
    flow: &InputOutput,
    input: &Payload,
) -> Result<Payload, Failure> {
    let selected = select(draft, &flow.input, input)?;
    select(draft, &flow.output, &selected)
}

/// `InputPath` or `OutputPath`.
pub(crate) fn select(
    draft: &Draft<'_>,
    selection: &Selection,
    payload: &Payload,
) -> Result<Payload, Failure> {
    match selection {
        Selection::Whole => Ok(payload.clone()),
        Selection::Nothing => Ok(Payload::empty_object()),
        Selection::At(path) => find(draft, path, payload).map(Payload::from_value),
    }
}

/// The value at a path which must exist.
pub(crate) fn find(
    draft: &Draft<'_>,
    path: &SourcedPath,
    payload: &Payload,
) -> Result<Value, Failure> {
    let view = View::of(draft, payload.value(), path.references_context());
    let found = path.find(&view.scope()).map(std::borrow::Cow::into_owned);
    found.map_err(|error| {
        draft.runtime_failure(&format!("Invalid path '{}' : {error}", path.text()))
    })
}

/// `Parameters` or `ResultSelector`.
fn apply(
    draft: &mut Draft<'_>,
    template: Option<&Template>,
    payload: Payload,
) -> Result<Payload, Failure> {
    let Some(template) = template else { return Ok(payload) };
    let view = View::of(draft, payload.value(), template.references_context());
    let value = template
        .evaluate(&view.scope(), &mut draft.draws)
        .map_err(|error| evaluation_failure(draft, &error))?;
    limited(Payload::from_value(value), draft.state.name.as_str())
}

/// The failure that an expression's error is.
pub(crate) fn evaluation_failure(draft: &Draft<'_>, error: &EvaluationError) -> Failure {
    draft.failure(error.error_name(), &error.to_string())
}

/// `ResultPath`: puts a result into the state's raw input.
pub(crate) fn place(
    draft: &Draft<'_>,
    placement: &Placement,
    input: &Payload,
    result: Payload,
) -> Result<Payload, Failure> {
    match placement {
        Placement::Replace => Ok(result),
        Placement::Discard => Ok(input.clone()),
        Placement::At(path) => path
            .insert(input.value().clone(), result.value().clone())
            .map(Payload::from_value)
            .map_err(|error| draft.failure(error.error_name(), &error.to_string())),
    }
}

/// A result that is not larger than the service allows.
///
/// Spec: Developer Guide, "Step Functions service quotas"; the words are recorded.
pub(crate) fn limited(payload: Payload, of: &str) -> Result<Payload, Failure> {
    if payload.text().len() <= PAYLOAD_BYTES_MAX {
        return Ok(payload);
    }
    Err(Failure::new(
        error_name::DATA_LIMIT_EXCEEDED,
        format!(
            "The state/task '{of}' returned a result with a size exceeding the maximum number of \
             bytes service limit."
        ),
    ))
}
