//! Workflows: the whole state machine, Parallel branches and Map item processors.

use model::{
    StateName,
    limits::{FRAME_DEPTH_MAX, SECONDS_MAX},
};

use super::{
    cursor::DocumentCursor,
    fields::{ObjectSchema, QueryDialect},
    flow, state,
};
use crate::{DiagnosticCode, WorkflowDefinition};

/// Spec: ASL § Structure of a State Machine.
const MACHINE_FIELDS: ObjectSchema = ObjectSchema {
    allowed: &["Comment", "StartAt", "States", "Version", "TimeoutSeconds", "QueryLanguage"],
    required: &["StartAt", "States"],
    ..ObjectSchema::NONE
};

/// Spec: ASL § Parallel State, `Branches`.
const BRANCH_FIELDS: ObjectSchema = ObjectSchema {
    allowed: &["Comment", "StartAt", "States"],
    required: &["StartAt", "States"],
    ..ObjectSchema::NONE
};

/// Spec: ASL § Map State, `ItemProcessor`.
const PROCESSOR_FIELDS: ObjectSchema = ObjectSchema {
    allowed: &["Comment", "StartAt", "States", "ProcessorConfig"],
    required: &["StartAt", "States"],
    ..ObjectSchema::NONE
};

/// The parsed fields of the whole document.
pub(super) struct ParsedStateMachine {
    /// `StartAt`, `States`, `Comment`
    pub(super) workflow: WorkflowDefinition,
    /// `TimeoutSeconds`
    pub(super) timeout_seconds: Option<u64>,
}

/// Reads the whole document.
///
/// Spec: ASL § Structure of a State Machine.
pub(super) fn parse_state_machine(root: &DocumentCursor<'_>) -> Option<ParsedStateMachine> {
    if !MACHINE_FIELDS.check(root) {
        return None;
    }
    let version = root.optional_field("Version", |version| version.expect_one_of(&["1.0"]));
    // AWS accepts 0 (recorded).
    let timeout =
        root.optional_field("TimeoutSeconds", |seconds| seconds.expect_integer(0, SECONDS_MAX));
    let dialect = root.optional_field_or(
        "QueryLanguage",
        QueryDialect::JsonPath,
        state::parse_query_language,
    );
    root.report().set_machine_dialect(dialect.unwrap_or_default());
    let workflow = parse_workflow_fields(root, 0);
    dialect?;
    version?;
    Some(ParsedStateMachine { workflow: workflow?, timeout_seconds: timeout? })
}

/// Reads a branch of a Parallel; `depth` is the nesting depth of the Parallel.
pub(super) fn parse_branch(
    cursor: &DocumentCursor<'_>,
    depth: usize,
) -> Option<WorkflowDefinition> {
    if BRANCH_FIELDS.check(cursor) { parse_nested_workflow(cursor, depth) } else { None }
}

/// Reads the item processor of a Map, without its `ProcessorConfig`; `depth` is the nesting depth
/// of the Map.
pub(super) fn parse_item_processor(
    cursor: &DocumentCursor<'_>,
    depth: usize,
) -> Option<WorkflowDefinition> {
    if PROCESSOR_FIELDS.check(cursor) { parse_nested_workflow(cursor, depth) } else { None }
}

fn parse_nested_workflow(cursor: &DocumentCursor<'_>, depth: usize) -> Option<WorkflowDefinition> {
    if depth >= FRAME_DEPTH_MAX {
        cursor.refuse_as(DiagnosticCode::TooDeeplyNested, "The states are too deeply nested");
        return None;
    }
    parse_workflow_fields(cursor, depth + 1)
}

/// Reads `StartAt`, `States` and `Comment`.
fn parse_workflow_fields(
    workflow: &DocumentCursor<'_>,
    depth: usize,
) -> Option<WorkflowDefinition> {
    let comment =
        workflow.optional_field("Comment", |comment| comment.expect_string().map(str::to_owned));
    let start_at = workflow.get("StartAt").and_then(|start_at| flow::parse_state_name(&start_at));
    let states = workflow.get("States").and_then(|states| parse_states(&states, depth));
    Some(WorkflowDefinition { comment: comment?, start_at: start_at?, states: states? })
}

fn parse_states(states: &DocumentCursor<'_>, depth: usize) -> Option<Vec<StateName>> {
    if states.expect_object()?.is_empty() {
        states.refuse("Value cannot be empty");
        return None;
    }
    let parsed: Vec<Option<StateName>> = states
        .field_entries()
        .map(|(name, state)| state::parse_state(name, &state, depth))
        .collect();
    parsed.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::examples::{definition_refusals, refusals_of};

    #[test]
    fn a_machine_has_a_start_and_states() {
        assert_eq!(
            definition_refusals("{}"),
            ["These fields are required: [StartAt, States] at /"]
        );
        for text in ["[]", "1", "null", "\"text\"", "", "  \n "] {
            let refused = ["Definition must be a valid JSON object at null"];
            assert_eq!(definition_refusals(text), refused, "{text}");
        }
        assert_eq!(
            definition_refusals("{\"StartAt\": \"S\", \"States\": {}, \"X\": 1}"),
            [
                "Field 'X' is not supported at /",
                "Value cannot be empty at /States",
                "MISSING_TRANSITION_TARGET: Missing 'Next' target: S at /StartAt",
                "MISSING_END_STATE: Workflow has no terminal state at null",
            ]
        );
    }

    #[test]
    fn a_machine_has_version_one_and_a_bounded_timeout() {
        let machine = json!({"Version": "2.0", "TimeoutSeconds": 100_000_000, "StartAt": "S",
            "States": {"S": {"Type": "Succeed"}}});
        assert_eq!(
            definition_refusals(&machine.to_string()),
            [
                "Value should be one of the following: [1.0] at /Version",
                "Maximum value is 99999999 at /TimeoutSeconds",
            ]
        );
    }

    #[test]
    fn a_branch_has_no_query_language() {
        let branch = json!({"QueryLanguage": "JSONPath", "StartAt": "I",
            "States": {"I": {"Type": "Succeed"}}});
        assert_eq!(
            refusals_of(json!({"Type": "Parallel", "End": true, "Branches": [branch]})),
            ["Field 'QueryLanguage' is not supported at /States/S/Branches[0]"]
        );
    }

    fn nest(levels: usize) -> Value {
        (0..levels).fold(json!({"Type": "Succeed"}), |inner, level| {
            let name = format!("S{level}");
            json!({"Type": "Map", "End": true,
                "Iterator": {"StartAt": &name, "States": {&name: inner}}})
        })
    }

    #[test]
    fn states_nest_so_deep_and_no_deeper() {
        assert!(refusals_of(nest(super::FRAME_DEPTH_MAX)).is_empty());
        let refusals = refusals_of(nest(super::FRAME_DEPTH_MAX + 1));
        assert!(refusals[0].starts_with("TOO_DEEPLY_NESTED: "), "{refusals:?}");
    }
}
