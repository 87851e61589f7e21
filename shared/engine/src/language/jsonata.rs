//! JSONata: `Arguments`, `Output` and `Assign`.

mod check;

use asl::{Choice, Jsonata, Map, Number, QueryCondition, QueryFlow, QueryOutput, Text};
use jsonata::{Bindings, EvaluationError, Expected, Expression, Reads, Session, Template};
use model::{ChildIndex, Failure, Payload, StateName, Timestamp};
use serde_json::Value;

use super::{Evaluate, Items, Leaving, limited, variables};
use crate::{
    context::{Item, context_object},
    draft::Draft,
    inspect::Seen,
};

/// What `$states` holds beside the context object.
#[derive(Clone, Copy)]
struct States<'v> {
    input: &'v Payload,
    result: Option<&'v Payload>,
    error_output: Option<&'v Payload>,
    item: Option<&'v Item<'v>>,
}

impl<'v> States<'v> {
    const fn input(input: &'v Payload) -> Self {
        Self { input, result: None, error_output: None, item: None }
    }
}

/// Evaluates in one session, so that what several expressions read is converted once.
fn evaluate<T>(
    draft: &mut Draft<'_>,
    states: States<'_>,
    reads: &[&Reads],
    with: impl FnOnce(&Session<'_>) -> Result<T, EvaluationError>,
) -> Result<T, Failure> {
    let reads_context = reads.iter().any(|reads| reads.context);
    let context = reads_context.then(|| context_object(draft, states.item));
    let bound = draft.variables();
    let bindings = Bindings {
        input: states.input.value(),
        context: context.as_ref(),
        result: states.result.map(Payload::value),
        error_output: states.error_output.map(Payload::value),
        variables: &bound,
    };
    let seed = u128::from(draft.draws.next_u64()) << 64 | u128::from(draft.draws.next_u64());
    let session = Session::new(bindings, seed, draft.scene.moment.now.milliseconds());
    with(&session)
        .map_err(|error| draft.evaluation_failed(&error.to_string(), Some(error.location())))
}

impl Evaluate for Jsonata {
    /// `Arguments`
    fn effective_input(
        draft: &mut Draft<'_>,
        flow: &QueryFlow,
        input: &Payload,
    ) -> Result<Payload, Failure> {
        let effective = match &flow.arguments {
            Some(arguments) => made(draft, arguments, States::input(input), "Arguments")?,
            None => input.clone(),
        };
        draft.saw(Seen::Arguments, &effective);
        Ok(effective)
    }

    fn leaving(
        draft: &mut Draft<'_>,
        flow: &QueryFlow,
        input: &Payload,
        result: Payload,
    ) -> Result<Leaving, Failure> {
        let states = States { result: Some(&result), ..States::input(input) };
        output(draft, &flow.ends, states, "", &result)
    }

    fn passing(
        draft: &mut Draft<'_>,
        flow: &QueryFlow,
        input: &Payload,
        _: Option<&Payload>,
    ) -> Result<Leaving, Failure> {
        Self::passing_through(draft, &flow.ends, input)
    }

    fn passing_through(
        draft: &mut Draft<'_>,
        ends: &QueryOutput,
        input: &Payload,
    ) -> Result<Leaving, Failure> {
        output(draft, ends, States::input(input), "", input)
    }

    fn seconds(
        draft: &mut Draft<'_>,
        expression: &Expression,
        _: &QueryFlow,
        input: &Payload,
        field: &str,
    ) -> Result<u64, Failure> {
        let value = one(draft, expression, States::input(input), field, Expected::Number)?;
        check::seconds(&value, field).map_err(|text| draft.evaluation_failed(&text, Some(field)))
    }

    fn wait_seconds(
        draft: &mut Draft<'_>,
        expression: &Expression,
        _: &QueryOutput,
        input: &Payload,
    ) -> Result<u64, Failure> {
        let value = one(draft, expression, States::input(input), "Seconds", Expected::Number)?;
        check::seconds(&value, "Seconds")
            .map_err(|text| draft.evaluation_failed(&text, Some("Seconds")))
    }

    fn wait_until(
        draft: &mut Draft<'_>,
        expression: &Expression,
        _: &QueryOutput,
        input: &Payload,
    ) -> Result<Timestamp, Failure> {
        const FIELD: &str = "Timestamp";
        let value = one(draft, expression, States::input(input), FIELD, Expected::String)?;
        check::timestamp(&value).map_err(|text| draft.evaluation_failed(&text, Some(FIELD)))
    }

    fn text(
        draft: &mut Draft<'_>,
        text: &Text<Self>,
        field: &str,
        input: &Payload,
    ) -> Result<Option<String>, Failure> {
        match text {
            Text::Absent => Ok(None),
            Text::Literal(literal) => Ok(Some(literal.clone())),
            Text::Of(expression) => {
                let value = one(draft, expression, States::input(input), field, Expected::String)?;
                Ok(value.as_str().map(str::to_owned))
            }
        }
    }

    /// The first rule that holds wins; its own `Output` and `Assign` apply, and the state's only
    /// for `Default`.
    fn choose(
        draft: &mut Draft<'_>,
        choice: &Choice<Self>,
        input: &Payload,
    ) -> Result<(StateName, Leaving), Failure> {
        let states = States::input(input);
        for (index, rule) in choice.rules.iter().enumerate() {
            let field = format!("Choices[{index}]/Condition");
            let holds = match &rule.condition {
                QueryCondition::Literal(literal) => *literal,
                QueryCondition::Expression(expression) => {
                    one(draft, expression, states, &field, Expected::Boolean)? == true
                }
            };
            if holds {
                let before = format!("Choices[{index}]/");
                let leaving = output(draft, &rule.chosen, states, &before, input)?;
                return Ok((rule.next.clone(), leaving));
            }
        }
        let Some(default) = choice.default.clone() else { return Err(draft.no_choice_matched()) };
        Ok((default, Self::passing_through(draft, &choice.flow, input)?))
    }

    /// `Items`, or the state's input.
    fn items(draft: &mut Draft<'_>, map: &Map<Self>, input: &Payload) -> Result<Items, Failure> {
        let states = States::input(input);
        let effective = match &map.items {
            None => input.clone(),
            Some(items) => match items.as_expression() {
                Some(expression) => {
                    let items = one(draft, expression, states, "Items", Expected::Array)?;
                    Payload::from_value(items)
                }
                None => made(draft, items, states, "Items")?,
            },
        };
        let Some(items) = effective.value().as_array() else {
            let text = format!("Map state input must be an array but was: {}", effective.value());
            return Err(draft.evaluation_failed(&text, None));
        };
        let length = u32::try_from(items.len()).unwrap_or(u32::MAX);
        let concurrency = match &map.concurrency {
            Number::Literal(limit) => u32::try_from(*limit).unwrap_or(u32::MAX),
            Number::Of(expression) => {
                const FIELD: &str = "MaxConcurrency";
                let value = one(draft, expression, states, FIELD, Expected::Number)?;
                check::whole(&value, FIELD)
                    .map_err(|text| draft.evaluation_failed(&text, Some(FIELD)))?
            }
        };
        Ok(Items { effective, length, concurrency })
    }

    fn item(
        draft: &mut Draft<'_>,
        map: &Map<Self>,
        input: &Payload,
        effective: &Payload,
        index: ChildIndex,
    ) -> Result<Payload, Failure> {
        let item = effective.value().get(index.index()).unwrap_or(&Value::Null);
        let Some(selector) = &map.item_selector else {
            return Ok(Payload::from_value(item.clone()));
        };
        let item = Item { index: index.get(), value: item };
        let states = States { item: Some(&item), ..States::input(input) };
        made(draft, selector, states, "ItemSelector")
    }

    fn caught(
        draft: &mut Draft<'_>,
        caught: &QueryOutput,
        index: usize,
        input: &Payload,
        error_output: Payload,
    ) -> Result<Leaving, Failure> {
        let states = States { error_output: Some(&error_output), ..States::input(input) };
        output(draft, caught, states, &format!("Catch[{index}]/"), &error_output)
    }
}

/// The value of one expression.
fn one(
    draft: &mut Draft<'_>,
    expression: &Expression,
    states: States<'_>,
    field: &str,
    expected: Expected,
) -> Result<Value, Failure> {
    evaluate(draft, states, &[expression.reads()], |session| {
        expression.evaluate_as(session, field, expected)
    })
}

/// What a template makes, if it is not too large.
fn made(
    draft: &mut Draft<'_>,
    template: &Template,
    states: States<'_>,
    field: &str,
) -> Result<Payload, Failure> {
    let value =
        evaluate(draft, states, &[template.reads()], |session| template.evaluate(session, field))?;
    limited(draft, Payload::from_value(value), draft.state.name.as_str())
}

/// `Output` and `Assign` of a state, rule or catcher, whose fields' names begin so.
fn output(
    draft: &mut Draft<'_>,
    ends: &QueryOutput,
    states: States<'_>,
    before: &str,
    otherwise: &Payload,
) -> Result<Leaving, Failure> {
    let templates = [ends.output.as_ref(), ends.assign.as_ref()];
    let reads: Vec<&Reads> = templates.into_iter().flatten().map(Template::reads).collect();
    if reads.is_empty() {
        return Ok(Leaving { output: otherwise.clone(), assigned: Vec::new() });
    }
    let [output, assigned] = evaluate(draft, states, &reads, |session| {
        let value = |template: Option<&Template>, field: &str| {
            template
                .map(|template| template.evaluate(session, &format!("{before}{field}")))
                .transpose()
        };
        Ok([value(templates[0], "Output")?, value(templates[1], "Assign")?])
    })?;
    let output = output.map_or_else(|| otherwise.clone(), Payload::from_value);
    let output = limited(draft, output, draft.state.name.as_str())?;
    let assigned = assigned.map(|value| variables(draft, value)).transpose()?;
    Ok(Leaving { output, assigned: assigned.unwrap_or_default() })
}
