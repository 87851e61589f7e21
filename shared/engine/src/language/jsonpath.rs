//! JSONPath: input and output processing, from `InputPath` to `OutputPath`.

mod choice_condition;
mod wait_time;

use std::borrow::Cow;

use asl::{
    ChoiceState, FailText, InputOutputPath, JsonPath, JsonPathCatcherOutput, JsonPathDataFlow,
    JsonPathInputOutput, MapState, NumberOrReference, ResultPath,
};
use jsonpath::{
    JsonPathEvaluationError, JsonPathExpression, JsonPathScope, PayloadTemplate, SourcedPath,
};
use model::{ChildIndex, Failure, Payload, Timestamp, limits::SECONDS_MAX};
use serde_json::Value;
use step_budget::StepBudget;

use super::{
    MapItemSource, StateEvaluator, StateOutput, budget_failure, charge_copy, limit_payload,
    limit_value, limit_variables,
};
use crate::{
    context::{MapItem, context_object},
    inspect::DataFlowStep,
    language::ChosenTransition,
    transition_builder::TransitionBuilder,
};
use choice_condition::{InvalidPath, condition_holds};

/// The data, the context object and the variables that an expression sees.
struct ExpressionView<'v> {
    data: &'v Value,
    context: Value,
    variables: serde_json::Map<String, Value>,
    budget: &'v StepBudget<'v>,
}

impl<'v> ExpressionView<'v> {
    fn new(builder: &TransitionBuilder<'v>, data: &'v Value, context: Value) -> Self {
        let budget = builder.context.budget;
        Self { data, context, variables: builder.referenced_variables(), budget }
    }

    /// Builds the view of an expression. The context object is built only if the expression reads
    /// it.
    fn for_expression(
        builder: &TransitionBuilder<'v>,
        data: &'v Value,
        reads_context: bool,
    ) -> Self {
        let context = if reads_context { context_object(builder, None) } else { Value::Null };
        Self::new(builder, data, context)
    }

    fn as_scope(&self) -> JsonPathScope<'_> {
        JsonPathScope {
            data: self.data,
            context: &self.context,
            variables: &self.variables,
            budget: self.budget,
        }
    }
}

impl StateEvaluator for JsonPath {
    /// Applies `InputPath`, then `Parameters`.
    fn effective_input(
        builder: &mut TransitionBuilder<'_>,
        flow: &JsonPathDataFlow,
        input: &Payload,
    ) -> Result<Payload, Failure> {
        let selected = select_path(builder, &flow.input, input)?;
        builder.record_data(DataFlowStep::InputPath, &selected);
        let effective = apply_template(builder, flow.parameters.as_ref(), selected)?;
        builder.record_data(DataFlowStep::Parameters, &effective);
        Ok(effective)
    }

    /// Applies `ResultSelector`. Then `Assign` reads its result, and separately `ResultPath` and
    /// `OutputPath` make the output.
    fn output_from_result(
        builder: &mut TransitionBuilder<'_>,
        flow: &JsonPathDataFlow,
        input: &Payload,
        result: Payload,
    ) -> Result<StateOutput, Failure> {
        let result = apply_template(builder, flow.result_selector.as_ref(), result)?;
        builder.record_data(DataFlowStep::ResultSelector, &result);
        let assigned = evaluate_assign(builder, flow.assign.as_ref(), &result)?;
        let placed = place_result(builder, &flow.result_path, input, result)?;
        builder.record_data(DataFlowStep::ResultPath, &placed);
        let output = select_path(builder, &flow.output, &placed)?;
        let output = limit_payload(builder, output, builder.state.name.as_str())?;
        Ok(StateOutput { output, assigned })
    }

    fn pass_output(
        builder: &mut TransitionBuilder<'_>,
        flow: &JsonPathDataFlow,
        input: &Payload,
        result: Option<&Payload>,
    ) -> Result<StateOutput, Failure> {
        let effective = Self::effective_input(builder, flow, input)?;
        if let Some(result) = result {
            builder.record_data(DataFlowStep::FixedResult, result);
        }
        Self::output_from_result(builder, flow, input, result.cloned().unwrap_or(effective))
    }

    /// Applies `InputPath`. Both `Assign` and `OutputPath` read its result.
    fn pass_through_output(
        builder: &mut TransitionBuilder<'_>,
        input_output: &JsonPathInputOutput,
        input: &Payload,
    ) -> Result<StateOutput, Failure> {
        assign_and_select_output(builder, input_output, input_output.assign.as_ref(), input)
    }

    fn task_seconds(
        builder: &mut TransitionBuilder<'_>,
        path: &SourcedPath,
        flow: &JsonPathDataFlow,
        input: &Payload,
        field: &str,
    ) -> Result<u64, Failure> {
        let selected = select_path(builder, &flow.input, input)?;
        let value = find_value(builder, path, &selected)?;
        match value.as_u64() {
            Some(seconds @ 1..=SECONDS_MAX) => Ok(seconds),
            Some(_) | None => Err(builder.runtime_failure(&format!(
                "The {field}Path parameter does not reference a positive whole number of seconds \
                 up to {SECONDS_MAX}: {} == {value}",
                path.source_text()
            ))),
        }
    }

    fn task_credentials(
        builder: &mut TransitionBuilder<'_>,
        credentials: &PayloadTemplate,
        flow: &JsonPathDataFlow,
        input: &Payload,
    ) -> Result<Payload, Failure> {
        let selected = select_path(builder, &flow.input, input)?;
        apply_template(builder, Some(credentials), selected)
    }

    fn wait_seconds(
        builder: &mut TransitionBuilder<'_>,
        path: &SourcedPath,
        input_output: &JsonPathInputOutput,
        input: &Payload,
    ) -> Result<u64, Failure> {
        let effective = select_path(builder, &input_output.input, input)?;
        builder.record_data(DataFlowStep::InputPath, &effective);
        wait_time::seconds_at(builder, path, &effective)
    }

    fn wait_until(
        builder: &mut TransitionBuilder<'_>,
        path: &SourcedPath,
        input_output: &JsonPathInputOutput,
        input: &Payload,
    ) -> Result<Timestamp, Failure> {
        let effective = select_path(builder, &input_output.input, input)?;
        builder.record_data(DataFlowStep::InputPath, &effective);
        wait_time::timestamp_at(builder, path, &effective)
    }

    fn fail_text(
        builder: &mut TransitionBuilder<'_>,
        text: &FailText<Self>,
        field: &str,
        input: &Payload,
    ) -> Result<Option<String>, Failure> {
        builder.record_data(DataFlowStep::InputPath, input);
        match text {
            FailText::Absent => Ok(None),
            FailText::Literal(literal) => Ok(Some(literal.clone())),
            FailText::Expression(expression) => {
                evaluate_text(builder, expression, field, input).map(Some)
            }
        }
    }

    /// Takes the first rule that holds.
    fn choose_next(
        builder: &mut TransitionBuilder<'_>,
        choice: &ChoiceState<Self>,
        input: &Payload,
    ) -> Result<ChosenTransition, Failure> {
        let effective = select_path(builder, &choice.flow.input, input)?;
        builder.record_data(DataFlowStep::InputPath, &effective);
        let reads_context = choice.rules.iter().any(|rule| rule.condition.references_context());
        let view = ExpressionView::for_expression(builder, effective.json_value(), reads_context);
        let scope = view.as_scope();
        for (index, rule) in choice.rules.iter().enumerate() {
            match condition_holds(&rule.condition, &scope) {
                Ok(true) => {
                    let assign = rule.rule_output.as_ref();
                    let leaving = assign_and_select_output(builder, &choice.flow, assign, input)?;
                    return Ok(ChosenTransition::by_rule(index, &rule.next, leaving));
                }
                Ok(false) => {}
                Err(InvalidPath { path }) => {
                    if let Err(exceeded) = scope.budget.check_time() {
                        return Err(budget_failure(builder, exceeded));
                    }
                    return Err(builder.runtime_failure(&format!(
                        "Invalid path '{path}': The choice state's condition path references an \
                         invalid value."
                    )));
                }
            }
        }
        let Some(default) = choice.default.clone() else { return Err(builder.no_choice_matched()) };
        let output = Self::pass_through_output(builder, &choice.flow, input)?;
        Ok(ChosenTransition::by_default(default, output))
    }

    fn map_items(
        builder: &mut TransitionBuilder<'_>,
        map: &MapState<Self>,
        input: &Payload,
    ) -> Result<MapItemSource, Failure> {
        let effective = select_path(builder, &map.flow.input, input)?;
        builder.record_data(DataFlowStep::InputPath, &effective);
        let concurrency = match &map.concurrency {
            NumberOrReference::Literal(limit) => u32::try_from(*limit).unwrap_or(u32::MAX),
            NumberOrReference::Reference(path) => {
                evaluate_max_concurrency(builder, path, &effective)?
            }
        };
        let view = ExpressionView::for_expression(
            builder,
            effective.json_value(),
            map.items.references_context(),
        );
        let scope = view.as_scope();
        let found = find_in_scope(builder, &map.items, &scope)?;
        let array = found.as_array().ok_or_else(|| {
            builder.runtime_failure(&format!(
                "Reference path \"{}\" must point to array.",
                path_in_source(map.items.source_text())
            ))
        })?;
        let length = u32::try_from(array.len()).unwrap_or(u32::MAX);
        if let Some(recorder) = builder.recorder() {
            recorder.record_data(DataFlowStep::ItemsPath, &Payload::from_value(found.into_owned()));
        }
        Ok(MapItemSource { effective: effective.clone(), length, concurrency })
    }

    /// Returns the item, or the value of `ItemSelector` for it.
    fn iteration_input(
        builder: &mut TransitionBuilder<'_>,
        map: &MapState<Self>,
        _: &Payload,
        effective: &Payload,
        index: ChildIndex,
    ) -> Result<Payload, Failure> {
        let view = ExpressionView::for_expression(
            builder,
            effective.json_value(),
            map.items.references_context(),
        );
        let scope = view.as_scope();
        let items = find_in_scope(builder, &map.items, &scope)?;
        let item = items.get(index.as_usize()).unwrap_or(&Value::Null);
        let Some(selector) = &map.item_selector else {
            return Ok(Payload::from_value(item.clone()));
        };
        let item = MapItem { index: index.as_u32(), value: item };
        let view = ExpressionView::new(
            builder,
            effective.json_value(),
            context_object(builder, Some(&item)),
        );
        let value = selector
            .evaluate(&view.as_scope(), &mut builder.random)
            .map_err(|error| evaluation_failure(builder, &error))?;
        limit_value(builder, value)
    }

    fn caught_output(
        builder: &mut TransitionBuilder<'_>,
        caught: &JsonPathCatcherOutput,
        _: usize,
        input: &Payload,
        error_output: Payload,
    ) -> Result<StateOutput, Failure> {
        let assigned = evaluate_assign(builder, caught.assign.as_ref(), &error_output)?;
        let output = place_result(builder, &caught.result_path, input, error_output)?;
        Ok(StateOutput { output, assigned })
    }
}

/// Applies `InputPath` or `OutputPath`.
fn select_path(
    builder: &TransitionBuilder<'_>,
    selection: &InputOutputPath,
    payload: &Payload,
) -> Result<Payload, Failure> {
    match selection {
        InputOutputPath::Whole => Ok(payload.clone()),
        InputOutputPath::Nothing => Ok(Payload::empty_object()),
        InputOutputPath::Path(path) => {
            find_value(builder, path, payload).and_then(|value| limit_value(builder, value))
        }
    }
}

/// Returns the value at a path. Fails if the path finds nothing.
fn find_value(
    builder: &TransitionBuilder<'_>,
    path: &SourcedPath,
    payload: &Payload,
) -> Result<Value, Failure> {
    let view =
        ExpressionView::for_expression(builder, payload.json_value(), path.references_context());
    let found = find_in_scope(builder, path, &view.as_scope())?;
    charge_copy(builder, &found)?;
    Ok(found.into_owned())
}

fn find_in_scope<'v>(
    builder: &TransitionBuilder<'_>,
    path: &SourcedPath,
    scope: &JsonPathScope<'v>,
) -> Result<Cow<'v, Value>, Failure> {
    path.find_in_scope(scope).map_err(|error| {
        if let Err(exceeded) = scope.budget.check_time() {
            return budget_failure(builder, exceeded);
        }
        builder.runtime_failure(&format!("Invalid path '{}' : {error}", path.source_text()))
    })
}

/// Applies `Parameters` or `ResultSelector`.
fn apply_template(
    builder: &mut TransitionBuilder<'_>,
    template: Option<&PayloadTemplate>,
    payload: Payload,
) -> Result<Payload, Failure> {
    let Some(template) = template else { return Ok(payload) };
    let view = ExpressionView::for_expression(
        builder,
        payload.json_value(),
        template.references_context(),
    );
    let value = template
        .evaluate(&view.as_scope(), &mut builder.random)
        .map_err(|error| evaluation_failure(builder, &error))?;
    limit_value(builder, value)
}

/// Converts the error of an expression into a failure of the state.
fn evaluation_failure(builder: &TransitionBuilder<'_>, error: &JsonPathEvaluationError) -> Failure {
    match error {
        JsonPathEvaluationError::Budget(exceeded) => budget_failure(builder, *exceeded),
        JsonPathEvaluationError::PathNotFound { .. }
        | JsonPathEvaluationError::InvalidPath { .. }
        | JsonPathEvaluationError::ArgumentNotFound { .. }
        | JsonPathEvaluationError::ArgumentPath { .. }
        | JsonPathEvaluationError::Intrinsic { .. } => {
            builder.state_failure(error.error_name(), &error.to_string())
        }
    }
}

/// Applies `ResultPath`: places the result into the state's raw input.
fn place_result(
    builder: &TransitionBuilder<'_>,
    placement: &ResultPath,
    input: &Payload,
    result: Payload,
) -> Result<Payload, Failure> {
    match placement {
        ResultPath::Replace => Ok(result),
        ResultPath::Discard => Ok(input.clone()),
        ResultPath::Path(path) => {
            charge_copy(builder, input.json_value())?;
            charge_copy(builder, result.json_value())?;
            let placed = path
                .insert_value(input.json_value().clone(), result.json_value().clone())
                .map_err(|error| builder.state_failure(error.error_name(), &error.to_string()))?;
            limit_value(builder, placed)
        }
    }
}

fn assign_and_select_output(
    builder: &mut TransitionBuilder<'_>,
    input_output: &JsonPathInputOutput,
    assigning: Option<&PayloadTemplate>,
    input: &Payload,
) -> Result<StateOutput, Failure> {
    let selected = select_path(builder, &input_output.input, input)?;
    builder.record_data(DataFlowStep::InputPath, &selected);
    let assigned = evaluate_assign(builder, assigning, &selected)?;
    let output = select_path(builder, &input_output.output, &selected)?;
    Ok(StateOutput { output, assigned })
}

/// Evaluates `Assign`, which reads the state's result or its effective input.
fn evaluate_assign(
    builder: &mut TransitionBuilder<'_>,
    template: Option<&PayloadTemplate>,
    data: &Payload,
) -> Result<Vec<(String, Payload)>, Failure> {
    let Some(template) = template else { return Ok(Vec::new()) };
    let view =
        ExpressionView::for_expression(builder, data.json_value(), template.references_context());
    let value = template
        .evaluate(&view.as_scope(), &mut builder.random)
        .map_err(|error| evaluation_failure(builder, &error))?;
    limit_variables(builder, value)
}

fn evaluate_text(
    builder: &mut TransitionBuilder<'_>,
    expression: &JsonPathExpression,
    field: &str,
    input: &Payload,
) -> Result<String, Failure> {
    let field = format!("{field}Path");
    let view = ExpressionView::for_expression(
        builder,
        input.json_value(),
        expression.references_context(),
    );
    let value = expression
        .evaluate(&view.as_scope(), &mut builder.random)
        .map_err(|error| evaluation_failure(builder, &error.for_field(&field)))?;
    match value {
        Value::String(text) => Ok(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(builder.runtime_failure(&format!(
                "The {field} field must refer to a string, but {} refers to {value}",
                expression.source_text()
            )))
        }
    }
}

/// Evaluates `MaxConcurrencyPath`. The value is a number or a string that holds one (recorded).
fn evaluate_max_concurrency(
    builder: &TransitionBuilder<'_>,
    path: &SourcedPath,
    effective: &Payload,
) -> Result<u32, Failure> {
    let value = find_value(builder, path, effective)?;
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok()).ok_or_else(|| {
        builder.runtime_failure(&format!(
            "The MaxConcurrencyPath field refers to value {} which is not a valid integer: {}",
            quote_value(&value),
            path.source_text()
        ))
    })?;
    u32::try_from(number).map_err(|_| builder.runtime_failure("MaxConcurrency cannot be negative."))
}

/// Formats a path as AWS quotes it: a path into the context object has one `$` (recorded).
fn path_in_source(path: &str) -> &str {
    path.strip_prefix("$$").and_then(|_| path.get(1..)).unwrap_or(path)
}

/// Formats a value as AWS does in this cause: in quotes, whatever its type.
fn quote_value(value: &Value) -> String {
    format!("\"{}\"", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}
