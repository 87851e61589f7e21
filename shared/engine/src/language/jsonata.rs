//! JSONata: evaluates `Arguments`, `Output`, `Assign` and the other fields with expressions.

mod field_values;

use asl::{
    ChoiceState, FailText, Jsonata, JsonataCondition, JsonataDataFlow, JsonataOutput, MapState,
    NumberOrReference,
};
use jsonata::{
    ExpectedType, ExpressionReads, JsonataBindings, JsonataEvaluationError, JsonataExpression,
    JsonataSession, JsonataTemplate,
};
use model::{ChildIndex, Failure, Payload, Timestamp};
use serde_json::Value;

use super::{
    MapItemSource, StateEvaluator, StateOutput, limit_items, limit_payload, limit_value,
    limit_variables,
};
use crate::{
    context::{MapItem, context_object},
    inspect::DataFlowStep,
    language::ChosenTransition,
    transition_builder::TransitionBuilder,
};

/// The members of `$states` except the context object.
#[derive(Clone, Copy)]
struct StatesVariable<'v> {
    input: &'v Payload,
    result: Option<&'v Payload>,
    error_output: Option<&'v Payload>,
    item: Option<&'v MapItem<'v>>,
}

impl<'v> StatesVariable<'v> {
    const fn with_input(input: &'v Payload) -> Self {
        Self { input, result: None, error_output: None, item: None }
    }
}

/// Evaluates expressions in one session, so that data which several of them read is converted only
/// once.
fn evaluate_in_session<T>(
    builder: &mut TransitionBuilder<'_>,
    states: StatesVariable<'_>,
    reads: &[&ExpressionReads],
    with: impl FnOnce(&JsonataSession<'_>) -> Result<T, JsonataEvaluationError>,
) -> Result<T, Failure> {
    let reads_context = reads.iter().any(|reads| reads.context);
    let context = reads_context.then(|| context_object(builder, states.item));
    let bound = builder.referenced_variables();
    let bindings = JsonataBindings {
        input: states.input.json_value(),
        context: context.as_ref(),
        result: states.result.map(Payload::json_value),
        error_output: states.error_output.map(Payload::json_value),
        variables: &bound,
    };
    let seed = u128::from(builder.random.next_u64()) << 64 | u128::from(builder.random.next_u64());
    let session =
        JsonataSession::new(bindings, seed, builder.context.time_and_seed.now.as_milliseconds())
            .with_budget(builder.context.budget);
    with(&session)
        .map_err(|error| builder.emit_evaluation_failed(&error.to_string(), Some(error.location())))
}

impl StateEvaluator for Jsonata {
    /// Evaluates `Arguments`.
    fn effective_input(
        builder: &mut TransitionBuilder<'_>,
        flow: &JsonataDataFlow,
        input: &Payload,
    ) -> Result<Payload, Failure> {
        let effective = match &flow.arguments {
            Some(arguments) => evaluate_template(
                builder,
                arguments,
                StatesVariable::with_input(input),
                "Arguments",
            )?,
            None => input.clone(),
        };
        builder.record_data(DataFlowStep::Arguments, &effective);
        Ok(effective)
    }

    fn output_from_result(
        builder: &mut TransitionBuilder<'_>,
        flow: &JsonataDataFlow,
        input: &Payload,
        result: Payload,
    ) -> Result<StateOutput, Failure> {
        let states = StatesVariable { result: Some(&result), ..StatesVariable::with_input(input) };
        evaluate_output(builder, &flow.output_and_assign, states, "", &result)
    }

    fn pass_output(
        builder: &mut TransitionBuilder<'_>,
        flow: &JsonataDataFlow,
        input: &Payload,
        _: Option<&Payload>,
    ) -> Result<StateOutput, Failure> {
        Self::pass_through_output(builder, &flow.output_and_assign, input)
    }

    fn pass_through_output(
        builder: &mut TransitionBuilder<'_>,
        output_and_assign: &JsonataOutput,
        input: &Payload,
    ) -> Result<StateOutput, Failure> {
        evaluate_output(builder, output_and_assign, StatesVariable::with_input(input), "", input)
    }

    fn task_seconds(
        builder: &mut TransitionBuilder<'_>,
        expression: &JsonataExpression,
        _: &JsonataDataFlow,
        input: &Payload,
        field: &str,
    ) -> Result<u64, Failure> {
        let value = evaluate_expression(
            builder,
            expression,
            StatesVariable::with_input(input),
            field,
            ExpectedType::Number,
        )?;
        field_values::check_seconds(&value, field)
            .map_err(|text| builder.emit_unusable_value(&text, field))
    }

    fn task_credentials(
        builder: &mut TransitionBuilder<'_>,
        credentials: &JsonataTemplate,
        _: &JsonataDataFlow,
        input: &Payload,
    ) -> Result<Payload, Failure> {
        evaluate_template(builder, credentials, StatesVariable::with_input(input), "Credentials")
    }

    fn wait_seconds(
        builder: &mut TransitionBuilder<'_>,
        expression: &JsonataExpression,
        _: &JsonataOutput,
        input: &Payload,
    ) -> Result<u64, Failure> {
        let value = evaluate_expression(
            builder,
            expression,
            StatesVariable::with_input(input),
            "Seconds",
            ExpectedType::Number,
        )?;
        field_values::check_seconds(&value, "Seconds")
            .map_err(|text| builder.emit_unusable_value(&text, "Seconds"))
    }

    fn wait_until(
        builder: &mut TransitionBuilder<'_>,
        expression: &JsonataExpression,
        _: &JsonataOutput,
        input: &Payload,
    ) -> Result<Timestamp, Failure> {
        const FIELD: &str = "Timestamp";
        let value = evaluate_expression(
            builder,
            expression,
            StatesVariable::with_input(input),
            FIELD,
            ExpectedType::String,
        )?;
        field_values::check_timestamp(&value)
            .map_err(|text| builder.emit_unusable_value(&text, FIELD))
    }

    fn fail_text(
        builder: &mut TransitionBuilder<'_>,
        text: &FailText<Self>,
        field: &str,
        input: &Payload,
    ) -> Result<Option<String>, Failure> {
        match text {
            FailText::Absent => Ok(None),
            FailText::Literal(literal) => Ok(Some(literal.clone())),
            FailText::Expression(expression) => {
                let value = evaluate_expression(
                    builder,
                    expression,
                    StatesVariable::with_input(input),
                    field,
                    ExpectedType::String,
                )?;
                Ok(value.as_str().map(str::to_owned))
            }
        }
    }

    /// Takes the first rule that holds. The rule's own `Output` and `Assign` apply. The state's
    /// apply only to `Default`.
    fn choose_next(
        builder: &mut TransitionBuilder<'_>,
        choice: &ChoiceState<Self>,
        input: &Payload,
    ) -> Result<ChosenTransition, Failure> {
        let states = StatesVariable::with_input(input);
        for (index, rule) in choice.rules.iter().enumerate() {
            let field = format!("Choices[{index}]/Condition");
            let holds = match &rule.condition {
                JsonataCondition::Literal(literal) => *literal,
                JsonataCondition::Expression(expression) => {
                    evaluate_expression(builder, expression, states, &field, ExpectedType::Boolean)?
                        == true
                }
            };
            if holds {
                let before = format!("Choices[{index}]/");
                let leaving = evaluate_output(builder, &rule.rule_output, states, &before, input)?;
                return Ok(ChosenTransition::by_rule(index, &rule.next, leaving));
            }
        }
        let Some(default) = choice.default.clone() else { return Err(builder.no_choice_matched()) };
        let output = Self::pass_through_output(builder, &choice.flow, input)?;
        Ok(ChosenTransition::by_default(default, output))
    }

    /// Evaluates `Items`. Without that field, the state's input is the items.
    fn map_items(
        builder: &mut TransitionBuilder<'_>,
        map: &MapState<Self>,
        input: &Payload,
    ) -> Result<MapItemSource, Failure> {
        let states = StatesVariable::with_input(input);
        let effective = match &map.items {
            None => input.clone(),
            Some(items) => match items.as_expression() {
                Some(expression) => {
                    let items = evaluate_expression(
                        builder,
                        expression,
                        states,
                        "Items",
                        ExpectedType::Array,
                    )?;
                    limit_items(builder, items)?
                }
                None => evaluate_template(builder, items, states, "Items")?,
            },
        };
        let Some(items) = effective.json_value().as_array() else {
            let text =
                format!("Map state input must be an array but was: {}", effective.json_value());
            return Err(builder.emit_evaluation_failed(&text, None));
        };
        let length = u32::try_from(items.len()).unwrap_or(u32::MAX);
        let concurrency = match &map.concurrency {
            NumberOrReference::Literal(limit) => u32::try_from(*limit).unwrap_or(u32::MAX),
            NumberOrReference::Reference(expression) => {
                const FIELD: &str = "MaxConcurrency";
                let value =
                    evaluate_expression(builder, expression, states, FIELD, ExpectedType::Number)?;
                field_values::check_whole_number(&value, FIELD)
                    .map_err(|text| builder.emit_unusable_value(&text, FIELD))?
            }
        };
        Ok(MapItemSource { effective, length, concurrency })
    }

    fn iteration_input(
        builder: &mut TransitionBuilder<'_>,
        map: &MapState<Self>,
        input: &Payload,
        effective: &Payload,
        index: ChildIndex,
    ) -> Result<Payload, Failure> {
        let item = effective.json_value().get(index.as_usize()).unwrap_or(&Value::Null);
        let Some(selector) = &map.item_selector else {
            return Ok(Payload::from_value(item.clone()));
        };
        let item = MapItem { index: index.as_u32(), value: item };
        let states = StatesVariable { item: Some(&item), ..StatesVariable::with_input(input) };
        evaluate_template(builder, selector, states, "ItemSelector")
    }

    fn caught_output(
        builder: &mut TransitionBuilder<'_>,
        caught: &JsonataOutput,
        index: usize,
        input: &Payload,
        error_output: Payload,
    ) -> Result<StateOutput, Failure> {
        let states = StatesVariable {
            error_output: Some(&error_output),
            ..StatesVariable::with_input(input)
        };
        evaluate_output(builder, caught, states, &format!("Catch[{index}]/"), &error_output)
    }
}

/// Evaluates one expression.
fn evaluate_expression(
    builder: &mut TransitionBuilder<'_>,
    expression: &JsonataExpression,
    states: StatesVariable<'_>,
    field: &str,
    expected: ExpectedType,
) -> Result<Value, Failure> {
    evaluate_in_session(builder, states, &[expression.reads()], |session| {
        expression.evaluate_as(session, field, expected)
    })
}

/// Evaluates a template. Fails if its value is too large.
fn evaluate_template(
    builder: &mut TransitionBuilder<'_>,
    template: &JsonataTemplate,
    states: StatesVariable<'_>,
    field: &str,
) -> Result<Payload, Failure> {
    let value = evaluate_in_session(builder, states, &[template.reads()], |session| {
        template.evaluate(session, field)
    })?;
    limit_value(builder, value)
}

/// Evaluates `Output` and `Assign` of a state, rule or catcher.
///
/// `before` is the prefix of their locations within the state. `otherwise` is the output if there
/// is no `Output`.
fn evaluate_output(
    builder: &mut TransitionBuilder<'_>,
    output_and_assign: &JsonataOutput,
    states: StatesVariable<'_>,
    before: &str,
    otherwise: &Payload,
) -> Result<StateOutput, Failure> {
    let templates = [output_and_assign.output.as_ref(), output_and_assign.assign.as_ref()];
    let reads: Vec<&ExpressionReads> =
        templates.into_iter().flatten().map(JsonataTemplate::reads).collect();
    if reads.is_empty() {
        return Ok(StateOutput { output: otherwise.clone(), assigned: Vec::new() });
    }
    let [output, assigned] = evaluate_in_session(builder, states, &reads, |session| {
        let value = |template: Option<&JsonataTemplate>, field: &str| {
            template
                .map(|template| template.evaluate(session, &format!("{before}{field}")))
                .transpose()
        };
        Ok([value(templates[0], "Output")?, value(templates[1], "Assign")?])
    })?;
    let output = match output {
        Some(output) => limit_value(builder, output)?,
        None => limit_payload(builder, otherwise.clone(), builder.state.name.as_str())?,
    };
    let assigned = assigned.map(|value| limit_variables(builder, value)).transpose()?;
    Ok(StateOutput { output, assigned: assigned.unwrap_or_default() })
}
