//! Map State, inline.

use super::{
    cursor::DocumentCursor,
    fields::{self, ObjectSchema},
    flow, handlers,
    language::{IntegerBounds, ParseLanguage},
    unsupported, workflow,
};
use crate::{
    FailureTolerance, ItemSource, MapState, NumberOrReference, ResultDestination,
    WorkflowDefinition,
};

/// Spec: ASL § Map State.
pub(super) const FIELDS: ObjectSchema = ObjectSchema {
    allowed: &[
        "Type",
        "Comment",
        "QueryLanguage",
        "Next",
        "End",
        "ItemSelector",
        "ItemProcessor",
        "Iterator",
        "MaxConcurrency",
        "Retry",
        "Catch",
        "Assign",
        "ItemReader",
        "ItemBatcher",
        "ResultWriter",
        "Label",
        "ToleratedFailurePercentage",
        "ToleratedFailureCount",
    ],
    jsonpath: &[
        "InputPath",
        "OutputPath",
        "Parameters",
        "ResultSelector",
        "ResultPath",
        "ItemsPath",
        "MaxConcurrencyPath",
        "ToleratedFailurePercentagePath",
        "ToleratedFailureCountPath",
    ],
    jsonata: &["Items", "Output"],
    required: &[],
};

/// Spec: ASL § Map State, `ProcessorConfig`.
const PROCESSOR_CONFIG_FIELDS: ObjectSchema =
    ObjectSchema { allowed: &["Mode", "ExecutionType"], ..ObjectSchema::NONE };

/// Bounds of a number of iterations: 32 bits, unsigned.
const ITERATIONS: IntegerBounds = IntegerBounds(0, 0xFFFF_FFFF);

/// Reads a Map and the states of its processor.
pub(super) fn parse_map_state<L: ParseLanguage>(
    state: &DocumentCursor<'_>,
    depth: usize,
) -> Option<MapState<L>> {
    let next = flow::parse_next_or_end(state);
    let processor = fields::exactly_one(state, &["ItemProcessor", "Iterator"]);
    let item_selector = L::parse_item_selector(state);
    let concurrency =
        L::parse_number_or_reference(state, ["MaxConcurrency", "MaxConcurrencyPath"], ITERATIONS);
    let tolerance = parse_failure_tolerance::<L>(state);
    let flow = L::parse_map_data_flow(state);
    let items = L::parse_map_items(state);
    let handlers = handlers::parse_error_handlers(state);
    let processor = processor.and_then(|(_, cursor)| parse_processor(&cursor, depth));
    Some(MapState {
        flow: flow?,
        items: items?,
        item_selector: item_selector?,
        processor: processor?,
        concurrency: concurrency?.unwrap_or(NumberOrReference::Literal(0)),
        tolerance: tolerance?,
        source: if state.has_field("ItemReader") {
            ItemSource::ItemReader
        } else {
            ItemSource::Data
        },
        result_destination: if state.has_field("ResultWriter") {
            ResultDestination::ResultWriter
        } else {
            ResultDestination::Result
        },
        handlers: handlers?,
        next: next?,
    })
}

/// Reads how many iterations may fail. AWS accepts these fields on an inline Map and ignores them.
fn parse_failure_tolerance<L: ParseLanguage>(
    state: &DocumentCursor<'_>,
) -> Option<FailureTolerance> {
    const COUNT: [&str; 2] = ["ToleratedFailureCount", "ToleratedFailureCountPath"];
    const PERCENTAGE: [&str; 2] = ["ToleratedFailurePercentage", "ToleratedFailurePercentagePath"];
    let count = L::parse_number_or_reference(state, COUNT, ITERATIONS);
    let literal = state.get(PERCENTAGE[0]).and_then(|percentage| percentage.value().as_f64());
    let percentage = match literal {
        Some(literal) if (0.0..=100.0).contains(&literal) => Some(Some(literal)),
        Some(_) | None => {
            L::parse_number_or_reference(state, PERCENTAGE, IntegerBounds(0, 100)).map(|_| None)
        }
    };
    let count = match count? {
        Some(NumberOrReference::Literal(count)) => Some(count),
        Some(NumberOrReference::Reference(_)) | None => None,
    };
    Some(FailureTolerance { count, percentage: percentage? })
}

fn parse_processor(processor: &DocumentCursor<'_>, depth: usize) -> Option<WorkflowDefinition> {
    let config = processor.optional_field("ProcessorConfig", check_processor_config);
    let branch = workflow::parse_item_processor(processor, depth);
    config?;
    branch
}

/// Checks that the mode is `INLINE`, which is the default.
fn check_processor_config(config: &DocumentCursor<'_>) -> Option<()> {
    if !PROCESSOR_CONFIG_FIELDS.check(config) {
        return None;
    }
    let mode = config.optional_field_or("Mode", "INLINE", |mode| {
        let value = mode.expect_one_of(&["INLINE", "DISTRIBUTED"])?;
        if value == "DISTRIBUTED" {
            unsupported::refuse_distributed_map(mode);
        }
        Some(value)
    })?;
    if mode == "INLINE" && config.has_field("ExecutionType") {
        config.refuse("Field 'ExecutionType' is not supported");
        return None;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::examples::refusals_of;

    fn map(fields: Value) -> Value {
        let mut map = json!({"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "I",
            "States": {"I": {"Type": "Succeed"}}}});
        if let (Some(map), Value::Object(fields)) = (map.as_object_mut(), fields) {
            map.extend(fields);
        }
        map
    }

    #[test]
    fn a_map_has_one_processor_one_selector_and_one_limit() {
        assert_eq!(
            refusals_of(json!({"Type": "Map", "End": true})),
            ["This object should have only one of the following fields: [ItemProcessor, \
              Iterator] at /States/S"]
        );
        assert_eq!(
            refusals_of(map(json!({"ItemSelector": {}, "Parameters": {}, "MaxConcurrency": -1}))),
            [
                "There should only be one of the following fields: [ItemSelector, Parameters] \
                 at /States/S",
                "Minimum value is 0 at /States/S/MaxConcurrency",
            ]
        );
        let both = json!({"MaxConcurrency": 1, "MaxConcurrencyPath": "$.m"});
        assert_eq!(
            refusals_of(map(both)),
            ["There should only be one of the following fields: [MaxConcurrency, \
              MaxConcurrencyPath] at /States/S"]
        );
    }

    #[test]
    fn an_inline_processor_has_no_execution_type() {
        let processor = json!({"ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE",
            "ExecutionType": "STANDARD"}, "StartAt": "I", "States": {"I": {"Type": "Succeed"}}}});
        assert_eq!(
            refusals_of(map(processor)),
            ["Field 'ExecutionType' is not supported at /States/S/ItemProcessor/ProcessorConfig"]
        );
    }

    #[test]
    fn items_may_stand_in_the_data_or_the_context() {
        for path in ["$", "$.items", "$$.Execution.Input"] {
            assert!(refusals_of(map(json!({"ItemsPath": path}))).is_empty(), "{path}");
        }
        assert_eq!(
            refusals_of(map(json!({"ItemsPath": "items"}))),
            ["Value is not a Reference Path: Reference path didn't start with '$' at \
              /States/S/ItemsPath"]
        );
        assert_eq!(
            refusals_of(map(json!({"ItemsPath": "$.orders[*].items"}))),
            ["Value is not a Reference Path at /States/S/ItemsPath"]
        );
    }
}
