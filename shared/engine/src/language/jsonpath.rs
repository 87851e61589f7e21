//! JSONPath: input and output processing, step by step.

mod choose;
mod wait;

use std::borrow::Cow;

use asl::{
    Choice, DataFlow, InputOutput, JsonPath, Map, Number, Placed, Placement, Selection, Text,
};
use jsonpath::{EvaluationError, Expression, Scope, SourcedPath, Template};
use model::{ChildIndex, Failure, Payload, StateName, Timestamp, limits::SECONDS_MAX};
use serde_json::Value;

use super::{Evaluate, Items, Leaving, limited, variables};
use crate::{
    context::{Item, context_object},
    draft::Draft,
    inspect::Seen,
};
use choose::{Invalid, holds};

/// The data and the context object that an expression sees.
struct View<'v> {
    data: &'v Value,
    context: Value,
    variables: serde_json::Map<String, Value>,
}

impl<'v> View<'v> {
    fn new(draft: &Draft<'_>, data: &'v Value, context: Value) -> Self {
        Self { data, context, variables: draft.variables() }
    }

    /// What an expression sees that may or may not read the context object.
    fn of(draft: &Draft<'_>, data: &'v Value, reads_context: bool) -> Self {
        let context = if reads_context { context_object(draft, None) } else { Value::Null };
        Self::new(draft, data, context)
    }

    fn scope(&self) -> Scope<'_> {
        Scope { data: self.data, context: &self.context, variables: &self.variables }
    }
}

impl Evaluate for JsonPath {
    /// `InputPath`, then `Parameters`.
    fn effective_input(
        draft: &mut Draft<'_>,
        flow: &DataFlow,
        input: &Payload,
    ) -> Result<Payload, Failure> {
        let selected = select(draft, &flow.input, input)?;
        draft.saw(Seen::InputPath, &selected);
        let effective = apply(draft, flow.parameters.as_ref(), selected)?;
        draft.saw(Seen::Parameters, &effective);
        Ok(effective)
    }

    /// `ResultSelector`, then `Assign` beside `ResultPath` and `OutputPath`.
    fn leaving(
        draft: &mut Draft<'_>,
        flow: &DataFlow,
        input: &Payload,
        result: Payload,
    ) -> Result<Leaving, Failure> {
        let result = apply(draft, flow.result_selector.as_ref(), result)?;
        draft.saw(Seen::ResultSelector, &result);
        let assigned = assign(draft, flow.assign.as_ref(), &result)?;
        let placed = place(draft, &flow.result, input, result)?;
        draft.saw(Seen::ResultPath, &placed);
        let output = select(draft, &flow.output, &placed)?;
        let output = limited(draft, output, draft.state.name.as_str())?;
        Ok(Leaving { output, assigned })
    }

    fn passing(
        draft: &mut Draft<'_>,
        flow: &DataFlow,
        input: &Payload,
        result: Option<&Payload>,
    ) -> Result<Leaving, Failure> {
        let effective = Self::effective_input(draft, flow, input)?;
        if let Some(result) = result {
            draft.saw(Seen::FixedResult, result);
        }
        Self::leaving(draft, flow, input, result.cloned().unwrap_or(effective))
    }

    /// `InputPath`, then `Assign` beside `OutputPath`.
    fn passing_through(
        draft: &mut Draft<'_>,
        ends: &InputOutput,
        input: &Payload,
    ) -> Result<Leaving, Failure> {
        passing_through(draft, ends, ends.assign.as_ref(), input)
    }

    fn seconds(
        draft: &mut Draft<'_>,
        path: &SourcedPath,
        flow: &DataFlow,
        input: &Payload,
        field: &str,
    ) -> Result<u64, Failure> {
        let selected = select(draft, &flow.input, input)?;
        let value = find(draft, path, &selected)?;
        match value.as_u64() {
            Some(seconds @ 1..=SECONDS_MAX) => Ok(seconds),
            Some(_) | None => Err(draft.runtime_failure(&format!(
                "The {field}Path parameter does not reference a positive whole number of seconds \
                 up to {SECONDS_MAX}: {} == {value}",
                path.text()
            ))),
        }
    }

    fn wait_seconds(
        draft: &mut Draft<'_>,
        path: &SourcedPath,
        ends: &InputOutput,
        input: &Payload,
    ) -> Result<u64, Failure> {
        let effective = select(draft, &ends.input, input)?;
        draft.saw(Seen::InputPath, &effective);
        wait::seconds_at(draft, path, &effective)
    }

    fn wait_until(
        draft: &mut Draft<'_>,
        path: &SourcedPath,
        ends: &InputOutput,
        input: &Payload,
    ) -> Result<Timestamp, Failure> {
        let effective = select(draft, &ends.input, input)?;
        draft.saw(Seen::InputPath, &effective);
        wait::timestamp_at(draft, path, &effective)
    }

    fn text(
        draft: &mut Draft<'_>,
        text: &Text<Self>,
        field: &str,
        input: &Payload,
    ) -> Result<Option<String>, Failure> {
        draft.saw(Seen::InputPath, input);
        match text {
            Text::Absent => Ok(None),
            Text::Literal(literal) => Ok(Some(literal.clone())),
            Text::Of(expression) => text_of(draft, expression, field, input).map(Some),
        }
    }

    /// The first rule that holds wins.
    fn choose(
        draft: &mut Draft<'_>,
        choice: &Choice<Self>,
        input: &Payload,
    ) -> Result<(StateName, Leaving), Failure> {
        let effective = select(draft, &choice.flow.input, input)?;
        draft.saw(Seen::InputPath, &effective);
        let reads_context = choice.rules.iter().any(|rule| rule.condition.references_context());
        let view = View::of(draft, effective.value(), reads_context);
        let scope = view.scope();
        for rule in &choice.rules {
            match holds(&rule.condition, &scope) {
                Ok(true) => {
                    let assign = rule.chosen.as_ref();
                    let leaving = passing_through(draft, &choice.flow, assign, input)?;
                    return Ok((rule.next.clone(), leaving));
                }
                Ok(false) => {}
                Err(Invalid { path }) => {
                    return Err(draft.runtime_failure(&format!(
                        "Invalid path '{path}': The choice state's condition path references an \
                         invalid value."
                    )));
                }
            }
        }
        let Some(default) = choice.default.clone() else { return Err(draft.no_choice_matched()) };
        Ok((default, Self::passing_through(draft, &choice.flow, input)?))
    }

    fn items(draft: &mut Draft<'_>, map: &Map<Self>, input: &Payload) -> Result<Items, Failure> {
        let effective = select(draft, &map.flow.input, input)?;
        draft.saw(Seen::InputPath, &effective);
        let concurrency = match &map.concurrency {
            Number::Literal(limit) => u32::try_from(*limit).unwrap_or(u32::MAX),
            Number::Of(path) => concurrency(draft, path, &effective)?,
        };
        let view = View::of(draft, effective.value(), map.items.references_context());
        let scope = view.scope();
        let found = found(draft, &map.items, &scope)?;
        let array = found.as_array().ok_or_else(|| {
            draft.runtime_failure(&format!(
                "Reference path \"{}\" must point to array.",
                in_its_source(map.items.text())
            ))
        })?;
        let length = u32::try_from(array.len()).unwrap_or(u32::MAX);
        if let Some(watch) = draft.watch() {
            watch.saw(Seen::ItemsPath, &Payload::from_value(found.into_owned()));
        }
        Ok(Items { effective: effective.clone(), length, concurrency })
    }

    /// The item, or what `ItemSelector` makes of it.
    fn item(
        draft: &mut Draft<'_>,
        map: &Map<Self>,
        _: &Payload,
        effective: &Payload,
        index: ChildIndex,
    ) -> Result<Payload, Failure> {
        let view = View::of(draft, effective.value(), map.items.references_context());
        let scope = view.scope();
        let items = found(draft, &map.items, &scope)?;
        let item = items.get(index.index()).unwrap_or(&Value::Null);
        let Some(selector) = &map.item_selector else {
            return Ok(Payload::from_value(item.clone()));
        };
        let item = Item { index: index.get(), value: item };
        let view = View::new(draft, effective.value(), context_object(draft, Some(&item)));
        let value = selector
            .evaluate(&view.scope(), &mut draft.draws)
            .map_err(|error| evaluation_failure(draft, &error))?;
        limited(draft, Payload::from_value(value), draft.state.name.as_str())
    }

    fn caught(
        draft: &mut Draft<'_>,
        caught: &Placed,
        _: usize,
        input: &Payload,
        error_output: Payload,
    ) -> Result<Leaving, Failure> {
        let assigned = assign(draft, caught.assign.as_ref(), &error_output)?;
        let output = place(draft, &caught.result, input, error_output)?;
        Ok(Leaving { output, assigned })
    }
}

/// `InputPath` or `OutputPath`.
fn select(draft: &Draft<'_>, selection: &Selection, payload: &Payload) -> Result<Payload, Failure> {
    match selection {
        Selection::Whole => Ok(payload.clone()),
        Selection::Nothing => Ok(Payload::empty_object()),
        Selection::At(path) => find(draft, path, payload).map(Payload::from_value),
    }
}

/// The value at a path which must exist.
fn find(draft: &Draft<'_>, path: &SourcedPath, payload: &Payload) -> Result<Value, Failure> {
    let view = View::of(draft, payload.value(), path.references_context());
    found(draft, path, &view.scope()).map(Cow::into_owned)
}

fn found<'v>(
    draft: &Draft<'_>,
    path: &SourcedPath,
    scope: &Scope<'v>,
) -> Result<Cow<'v, Value>, Failure> {
    path.find(scope).map_err(|error| {
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
    limited(draft, Payload::from_value(value), draft.state.name.as_str())
}

/// The failure that an expression's error is.
fn evaluation_failure(draft: &Draft<'_>, error: &EvaluationError) -> Failure {
    draft.failure(error.error_name(), &error.to_string())
}

/// `ResultPath`: puts a result into the state's raw input.
fn place(
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

fn passing_through(
    draft: &mut Draft<'_>,
    ends: &InputOutput,
    assigning: Option<&Template>,
    input: &Payload,
) -> Result<Leaving, Failure> {
    let selected = select(draft, &ends.input, input)?;
    draft.saw(Seen::InputPath, &selected);
    let assigned = assign(draft, assigning, &selected)?;
    let output = select(draft, &ends.output, &selected)?;
    Ok(Leaving { output, assigned })
}

/// `Assign`, of the state's result or of its effective input.
fn assign(
    draft: &mut Draft<'_>,
    template: Option<&Template>,
    data: &Payload,
) -> Result<Vec<(String, Payload)>, Failure> {
    let Some(template) = template else { return Ok(Vec::new()) };
    let view = View::of(draft, data.value(), template.references_context());
    let value = template
        .evaluate(&view.scope(), &mut draft.draws)
        .map_err(|error| evaluation_failure(draft, &error))?;
    variables(draft, value)
}

fn text_of(
    draft: &mut Draft<'_>,
    expression: &Expression,
    field: &str,
    input: &Payload,
) -> Result<String, Failure> {
    let field = format!("{field}Path");
    let view = View::of(draft, input.value(), expression.references_context());
    let value = expression
        .evaluate(&view.scope(), &mut draft.draws)
        .map_err(|error| evaluation_failure(draft, &error.for_field(&field)))?;
    match value {
        Value::String(text) => Ok(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(draft.runtime_failure(&format!(
                "The {field} field must refer to a string, but {} refers to {value}",
                expression.text()
            )))
        }
    }
}

/// `MaxConcurrencyPath`: a number, or a text of one (recorded).
fn concurrency(draft: &Draft<'_>, path: &SourcedPath, effective: &Payload) -> Result<u32, Failure> {
    let value = find(draft, path, effective)?;
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok()).ok_or_else(|| {
        draft.runtime_failure(&format!(
            "The MaxConcurrencyPath field refers to value {} which is not a valid integer: {}",
            quoted(&value),
            path.text()
        ))
    })?;
    u32::try_from(number).map_err(|_| draft.runtime_failure("MaxConcurrency cannot be negative."))
}

/// A path into the context object as AWS quotes it: from that object on (recorded).
fn in_its_source(path: &str) -> &str {
    path.strip_prefix("$$").and_then(|_| path.get(1..)).unwrap_or(path)
}

/// AWS puts the value between quotes whatever its type.
fn quoted(value: &Value) -> String {
    format!("\"{}\"", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}
