//! Reads fields in JSONPath: paths, payload templates and intrinsic functions.

use ::jsonpath::{IntrinsicFunction, JsonPathExpression, PayloadTemplate, SourcedPath};
use model::{Payload, limits::SECONDS_MAX};

use super::{IntegerBounds, ParseLanguage, ResultPresence};
use crate::{
    FailText, JsonPath, JsonPathCatcherOutput, JsonPathCondition, JsonPathDataFlow,
    JsonPathInputOutput, NumberOrReference, ResultPath, WaitDuration,
    parse::{
        assign, choice,
        cursor::DocumentCursor,
        fields::{self, QueryDialect},
        flow, path, task, wait,
    },
};

/// The intrinsic functions that return a string.
///
/// Spec: Developer Guide, Fail workflow state, `CausePath`, `ErrorPath`.
const FUNCTIONS: [IntrinsicFunction; 7] = [
    IntrinsicFunction::Format,
    IntrinsicFunction::JsonToString,
    IntrinsicFunction::ArrayGetItem,
    IntrinsicFunction::Base64Encode,
    IntrinsicFunction::Base64Decode,
    IntrinsicFunction::Hash,
    IntrinsicFunction::Uuid,
];

/// The forms of a Wait, in AWS's order.
const DURATIONS: [&str; 4] = ["SecondsPath", "Seconds", "TimestampPath", "Timestamp"];

impl ParseLanguage for JsonPath {
    const DIALECT: QueryDialect = QueryDialect::JsonPath;

    fn parse_data_flow(state: &DocumentCursor<'_>, _: ResultPresence) -> Option<JsonPathDataFlow> {
        let flow = Self::parse_map_data_flow(state);
        let parameters = state.optional_field("Parameters", path::parse_payload_template);
        Some(JsonPathDataFlow { parameters: parameters?, ..flow? })
    }

    /// Leaves out `Parameters`, which means `ItemSelector` in a Map.
    fn parse_map_data_flow(state: &DocumentCursor<'_>) -> Option<JsonPathDataFlow> {
        let ends = Self::parse_input_output(state);
        let result_selector = state.optional_field("ResultSelector", path::parse_payload_template);
        let result =
            state.optional_field_or("ResultPath", ResultPath::Replace, flow::parse_result_path);
        let JsonPathInputOutput { input, output, assign } = ends?;
        Some(JsonPathDataFlow {
            input,
            parameters: None,
            result_selector: result_selector?,
            result_path: result?,
            output,
            assign,
        })
    }

    fn parse_input_output(state: &DocumentCursor<'_>) -> Option<JsonPathInputOutput> {
        let input = state.optional_field_or(
            "InputPath",
            crate::InputOutputPath::Whole,
            flow::parse_input_output_path,
        );
        let output = state.optional_field_or(
            "OutputPath",
            crate::InputOutputPath::Whole,
            flow::parse_input_output_path,
        );
        let assign = assign::parse_jsonpath_assign(state);
        Some(JsonPathInputOutput { input: input?, output: output?, assign: assign? })
    }

    fn parse_number_or_reference(
        object: &DocumentCursor<'_>,
        names: [&str; 2],
        IntegerBounds(minimum, maximum): IntegerBounds,
    ) -> Option<Option<NumberOrReference<Self>>> {
        match fields::at_most_one(object, &names)? {
            None => Some(None),
            Some((name, cursor)) if name == names[0] => cursor
                .expect_integer(minimum, maximum)
                .map(|number| Some(NumberOrReference::Literal(number))),
            Some((_, cursor)) => path::parse_sourced_path(&cursor)
                .map(|path| Some(NumberOrReference::Reference(path))),
        }
    }

    fn parse_fail_text(state: &DocumentCursor<'_>, names: [&str; 2]) -> Option<FailText<Self>> {
        match fields::at_most_one(state, &names)? {
            None => Some(FailText::Absent),
            Some((name, cursor)) if name == names[0] => {
                cursor.expect_string().map(|text| FailText::Literal(text.to_owned()))
            }
            Some((_, cursor)) => parse_text_expression(&cursor).map(FailText::Expression),
        }
    }

    fn parse_wait_duration(state: &DocumentCursor<'_>) -> Option<WaitDuration<Self>> {
        let (field, cursor) = fields::exactly_one(state, &DURATIONS)?;
        match field {
            "Seconds" => cursor.expect_integer(0, SECONDS_MAX).map(WaitDuration::Seconds),
            "Timestamp" => wait::parse_timestamp(&cursor).map(WaitDuration::Timestamp),
            "SecondsPath" => path::parse_sourced_path(&cursor).map(WaitDuration::SecondsReference),
            _ => path::parse_sourced_path(&cursor).map(WaitDuration::TimestampReference),
        }
    }

    fn parse_map_items(state: &DocumentCursor<'_>) -> Option<SourcedPath> {
        let whole = || SourcedPath::parse("$").ok();
        state
            .get("ItemsPath")
            .map_or_else(whole, |cursor| path::parse_sourced_reference_path(&cursor))
    }

    fn parse_item_selector(state: &DocumentCursor<'_>) -> Option<Option<PayloadTemplate>> {
        match fields::at_most_one(state, &["ItemSelector", "Parameters"])? {
            None => Some(None),
            Some((_, cursor)) => path::parse_payload_template(&cursor).map(Some),
        }
    }

    fn parse_credentials(state: &DocumentCursor<'_>) -> Option<Option<PayloadTemplate>> {
        state.optional_field("Credentials", |at| {
            task::check_credentials(at)?;
            path::parse_payload_template(at)
        })
    }

    fn parse_rule_condition(rule: &DocumentCursor<'_>) -> Option<JsonPathCondition> {
        choice::parse_jsonpath_condition(rule)
    }

    fn parse_rule_output(rule: &DocumentCursor<'_>) -> Option<Option<PayloadTemplate>> {
        assign::parse_jsonpath_assign(rule)
    }

    fn parse_catcher_output(catcher: &DocumentCursor<'_>) -> Option<JsonPathCatcherOutput> {
        let result =
            catcher.optional_field_or("ResultPath", ResultPath::Replace, flow::parse_result_path);
        let assign = assign::parse_jsonpath_assign(catcher);
        Some(JsonPathCatcherOutput { result_path: result?, assign: assign? })
    }

    fn parse_pass_result(state: &DocumentCursor<'_>) -> Option<Payload> {
        state.get("Result").map(|result| Payload::from_value(result.value().clone()))
    }
}

fn parse_text_expression(cursor: &DocumentCursor<'_>) -> Option<JsonPathExpression> {
    let expression = path::parse_path_expression(cursor)?;
    if let JsonPathExpression::Call(call) = &expression
        && !FUNCTIONS.contains(&call.outermost_function())
    {
        let names: Vec<String> = FUNCTIONS.iter().map(IntrinsicFunction::to_string).collect();
        cursor.refuse(format!(
            "The function '{}' is not one of those that return a string: [{}]",
            call.outermost_function(),
            names.join(", ")
        ));
        return None;
    }
    Some(expression)
}
