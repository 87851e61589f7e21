//! Reads one state of any type.

use model::{StateName, StateType, limits::NAME_CHARS_MAX};

use super::{
    choice,
    cursor::DocumentCursor,
    fail,
    fields::{ObjectSchema, QueryDialect},
    language::ParseLanguage,
    map, parallel, pass, succeed, task, wait,
};
use crate::{DiagnosticCode, JsonPath, Jsonata, StateBody, StateDefinition, StateKind};

/// The state types, in the order in which AWS lists them.
const TYPES: [(&str, StateType); 8] = [
    ("Task", StateType::Task),
    ("Wait", StateType::Wait),
    ("Pass", StateType::Pass),
    ("Succeed", StateType::Succeed),
    ("Fail", StateType::Fail),
    ("Choice", StateType::Choice),
    ("Parallel", StateType::Parallel),
    ("Map", StateType::Map),
];

/// Reads a state of a workflow at nesting `depth`, and adds it to the report if it is valid.
///
/// Spec: ASL § States.
pub(super) fn parse_state(
    state_name: &str,
    state: &DocumentCursor<'_>,
    depth: usize,
) -> Option<StateName> {
    // A state whose name is too long is not read: the name is part of every location inside it.
    if !check_name_length(state_name, state) {
        return None;
    }
    let name = claim_state_name(state_name, state);
    state.expect_object()?;
    let named = state.optional_field("QueryLanguage", parse_query_language);
    let of_machine = state.report().machine_dialect();
    // AWS treats any value other than exactly `JSONPath` as JSONata.
    let dialect = match named {
        Some(None) => of_machine,
        Some(Some(dialect)) => dialect,
        None => QueryDialect::Jsonata,
    };
    let state_type = parse_state_type(state)?;
    if dialect == QueryDialect::JsonPath && of_machine == QueryDialect::Jsonata {
        state.refuse(
            "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
        );
    } else {
        schema_of_type(state_type).check_in_dialect(state, dialect);
    }
    let comment =
        state.optional_field("Comment", |comment| comment.expect_string().map(str::to_owned));
    state.report().enter_state(StateName::new(state_name));
    let body = match dialect {
        QueryDialect::JsonPath => {
            parse_state_kind::<JsonPath>(state_type, state, depth).map(StateBody::JsonPath)
        }
        QueryDialect::Jsonata => {
            parse_state_kind::<Jsonata>(state_type, state, depth).map(StateBody::Jsonata)
        }
    };
    state.report().leave_state();
    named?;
    let parsed = StateDefinition { name: name?, comment: comment?, body: body? };
    let name = parsed.name.clone();
    state.report().add_state(parsed);
    Some(name)
}

fn check_name_length(name: &str, state: &DocumentCursor<'_>) -> bool {
    let is_good = name.chars().count() <= NAME_CHARS_MAX;
    if !is_good {
        state.refuse_as(
            DiagnosticCode::InvalidStateName,
            format!(
                "Invalid State name: State '{name}' exceeds the {NAME_CHARS_MAX}-character limit \
                 allowed by the service"
            ),
        );
    }
    is_good
}

/// Takes a name for a state, and refuses it if another state has it, nested ones included.
fn claim_state_name(name: &str, state: &DocumentCursor<'_>) -> Option<StateName> {
    let name = StateName::new(name);
    let is_new = state.report().claim_name(&name);
    if !is_new {
        state
            .refuse_as(DiagnosticCode::DuplicateStateName, format!("Duplicate State name: {name}"));
    }
    is_new.then_some(name)
}

/// Reads `QueryLanguage`.
pub(super) fn parse_query_language(language: &DocumentCursor<'_>) -> Option<QueryDialect> {
    let value = language.expect_one_of(&["JSONPath", "JSONata"])?;
    Some(if value == "JSONata" { QueryDialect::Jsonata } else { QueryDialect::JsonPath })
}

fn parse_state_type(state: &DocumentCursor<'_>) -> Option<StateType> {
    let Some(cursor) = state.get("Type") else {
        state.refuse("The field 'Type' is required");
        return None;
    };
    let text = cursor.expect_string()?;
    let known = TYPES.iter().find(|(name, _)| *name == text).map(|(_, state_type)| *state_type);
    if known.is_none() {
        let names: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
        cursor.refuse(format!(
            "The field 'Type' should have one of these values: [{}]",
            names.join(", ")
        ));
    }
    known
}

const fn schema_of_type(state_type: StateType) -> ObjectSchema {
    match state_type {
        StateType::Pass => pass::FIELDS,
        StateType::Task => task::FIELDS,
        StateType::Choice => choice::FIELDS,
        StateType::Wait => wait::FIELDS,
        StateType::Succeed => succeed::FIELDS,
        StateType::Fail => fail::FIELDS,
        StateType::Parallel => parallel::FIELDS,
        StateType::Map => map::FIELDS,
    }
}

fn parse_state_kind<L: ParseLanguage>(
    state_type: StateType,
    state: &DocumentCursor<'_>,
    depth: usize,
) -> Option<StateKind<L>> {
    match state_type {
        StateType::Pass => pass::parse_pass_state(state).map(StateKind::Pass),
        StateType::Task => {
            task::parse_task_state(state).map(|task| StateKind::Task(Box::new(task)))
        }
        StateType::Choice => choice::parse_choice_state(state).map(StateKind::Choice),
        StateType::Wait => wait::parse_wait_state(state).map(StateKind::Wait),
        StateType::Succeed => succeed::parse_succeed_state(state).map(StateKind::Succeed),
        StateType::Fail => fail::parse_fail_state(state).map(StateKind::Fail),
        StateType::Parallel => parallel::parse_parallel_state(state, depth)
            .map(|parallel| StateKind::Parallel(Box::new(parallel))),
        StateType::Map => {
            map::parse_map_state(state, depth).map(|map| StateKind::Map(Box::new(map)))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::examples::{definition_refusals, refusals_of};

    #[test]
    fn a_type_is_one_of_eight() {
        assert_eq!(
            refusals_of(json!({"Type": "Loop", "End": true})),
            ["The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, \
              Fail, Choice, Parallel, Map] at /States/S/Type"]
        );
        // Without a type, no state ends the machine.
        assert_eq!(
            refusals_of(json!({})),
            [
                "The field 'Type' is required at /States/S",
                "MISSING_END_STATE: Workflow has no terminal state at null"
            ]
        );
        assert_eq!(refusals_of(json!(1)), ["Expected value of type [OBJECT] at /States/S"]);
    }

    #[test]
    fn a_query_language_is_one_of_two() {
        assert_eq!(
            refusals_of(json!({"Type": "Succeed", "QueryLanguage": "jsonpath"})),
            ["Value should be one of the following: [JSONPath, JSONata] at \
              /States/S/QueryLanguage"]
        );
    }

    #[test]
    fn a_name_is_short_and_its_own() {
        let end = json!({"Type": "Succeed"});
        let long = "n".repeat(81);
        let text = json!({"StartAt": long, "States": {&long: end}}).to_string();
        assert_eq!(
            definition_refusals(&text),
            [format!(
                "INVALID_STATE_NAME: Invalid State name: State '{long}' exceeds the 80-character \
                 limit allowed by the service at /States/{long}"
            )]
        );
        let branch = json!({"StartAt": "S", "States": {"S": end}});
        assert_eq!(
            refusals_of(json!({"Type": "Parallel", "End": true, "Branches": [branch]})),
            ["DUPLICATE_STATE_NAME: Duplicate State name: S at /States/S/Branches[0]/States/S"]
        );
    }
}
