//! Reads fields in JSONata: strings of the form `{% … %}` are expressions.

use ::jsonata::{JsonataExpression, JsonataTemplate};
use model::{Payload, limits::SECONDS_MAX};
use serde_json::Value;

use super::{IntegerBounds, ParseLanguage, ResultPresence};
use crate::{
    FailText, Jsonata, JsonataCondition, JsonataDataFlow, JsonataOutput, NumberOrReference,
    WaitDuration,
    parse::{
        assign,
        cursor::DocumentCursor,
        fields::{self, QueryDialect},
        jsonata_expression::{self, StatesVariableMembers},
        task, wait,
    },
};

impl ParseLanguage for Jsonata {
    const DIALECT: QueryDialect = QueryDialect::Jsonata;

    fn parse_data_flow(
        state: &DocumentCursor<'_>,
        result: ResultPresence,
    ) -> Option<JsonataDataFlow> {
        let arguments = state.optional_field("Arguments", |at| {
            jsonata_expression::parse_jsonata_template(at, StatesVariableMembers::INPUT)
        });
        let members = match result {
            ResultPresence::Present => StatesVariableMembers::RESULT,
            ResultPresence::Absent => StatesVariableMembers::INPUT,
        };
        let ends = parse_output_and_assign(state, members);
        Some(JsonataDataFlow { arguments: arguments?, output_and_assign: ends? })
    }

    fn parse_map_data_flow(state: &DocumentCursor<'_>) -> Option<JsonataDataFlow> {
        let ends = parse_output_and_assign(state, StatesVariableMembers::RESULT)?;
        Some(JsonataDataFlow { arguments: None, output_and_assign: ends })
    }

    fn parse_input_output(state: &DocumentCursor<'_>) -> Option<JsonataOutput> {
        parse_output_and_assign(state, StatesVariableMembers::INPUT)
    }

    fn parse_number_or_reference(
        object: &DocumentCursor<'_>,
        [name, _]: [&str; 2],
        IntegerBounds(minimum, maximum): IntegerBounds,
    ) -> Option<Option<NumberOrReference<Self>>> {
        object.optional_field(name, |at| {
            match jsonata_expression::parse_jsonata_expression(at, StatesVariableMembers::INPUT)? {
                Some(expression) => Some(NumberOrReference::Reference(expression)),
                None => at.expect_integer(minimum, maximum).map(NumberOrReference::Literal),
            }
        })
    }

    fn parse_fail_text(state: &DocumentCursor<'_>, [name, _]: [&str; 2]) -> Option<FailText<Self>> {
        state.optional_field_or(name, FailText::Absent, |at| {
            match jsonata_expression::parse_jsonata_expression(at, StatesVariableMembers::INPUT)? {
                Some(expression) => Some(FailText::Expression(expression)),
                None => at.expect_string().map(|text| FailText::Literal(text.to_owned())),
            }
        })
    }

    fn parse_wait_duration(state: &DocumentCursor<'_>) -> Option<WaitDuration<Self>> {
        let (field, at) = fields::exactly_one(state, &["Seconds", "Timestamp"])?;
        let expression =
            jsonata_expression::parse_jsonata_expression(&at, StatesVariableMembers::INPUT)?;
        match (field, expression) {
            ("Seconds", Some(expression)) => Some(WaitDuration::SecondsReference(expression)),
            ("Seconds", None) => at.expect_integer(0, SECONDS_MAX).map(WaitDuration::Seconds),
            (_, Some(expression)) => Some(WaitDuration::TimestampReference(expression)),
            (_, None) => wait::parse_timestamp(&at).map(WaitDuration::Timestamp),
        }
    }

    fn parse_map_items(state: &DocumentCursor<'_>) -> Option<Option<JsonataTemplate>> {
        state.optional_field("Items", |at| {
            let is_expression = at.value().as_str().is_some_and(JsonataExpression::is_delimited);
            if !is_expression && !at.value().is_array() {
                at.refuse("Expected value of type [ARRAY]");
                return None;
            }
            jsonata_expression::parse_jsonata_template(at, StatesVariableMembers::INPUT)
        })
    }

    fn parse_item_selector(state: &DocumentCursor<'_>) -> Option<Option<JsonataTemplate>> {
        state.optional_field("ItemSelector", |at| {
            jsonata_expression::parse_jsonata_template(at, StatesVariableMembers::INPUT)
        })
    }

    fn parse_credentials(state: &DocumentCursor<'_>) -> Option<Option<JsonataTemplate>> {
        state.optional_field("Credentials", |at| {
            task::check_credentials(at)?;
            jsonata_expression::parse_jsonata_template(at, StatesVariableMembers::INPUT)
        })
    }

    fn parse_rule_condition(rule: &DocumentCursor<'_>) -> Option<JsonataCondition> {
        let Some(at) = rule.get("Condition") else {
            rule.refuse("These fields are required: [Condition]");
            return None;
        };
        if let Value::Bool(literal) = at.value() {
            return Some(JsonataCondition::Literal(*literal));
        }
        let expression =
            jsonata_expression::parse_jsonata_expression(&at, StatesVariableMembers::INPUT)?;
        if expression.is_none() {
            at.refuse("Expected value of type [BOOLEAN]");
        }
        expression.map(JsonataCondition::Expression)
    }

    fn parse_rule_output(rule: &DocumentCursor<'_>) -> Option<JsonataOutput> {
        parse_output_and_assign(rule, StatesVariableMembers::INPUT)
    }

    fn parse_catcher_output(catcher: &DocumentCursor<'_>) -> Option<JsonataOutput> {
        parse_output_and_assign(catcher, StatesVariableMembers::ERROR_OUTPUT)
    }

    fn parse_pass_result(_: &DocumentCursor<'_>) -> Option<Payload> {
        None
    }
}

fn parse_output_and_assign(
    object: &DocumentCursor<'_>,
    members: StatesVariableMembers,
) -> Option<JsonataOutput> {
    let output = object
        .optional_field("Output", |at| jsonata_expression::parse_jsonata_template(at, members));
    let assign = assign::parse_jsonata_assign(object, members);
    Some(JsonataOutput { output: output?, assign: assign? })
}
