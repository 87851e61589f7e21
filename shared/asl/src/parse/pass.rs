//! Pass State.

use super::{
    cursor::DocumentCursor,
    fields::ObjectSchema,
    flow,
    language::{ParseLanguage, ResultPresence},
};
use crate::PassState;

/// Spec: ASL § Pass State.
pub(super) const FIELDS: ObjectSchema = ObjectSchema {
    allowed: &["Type", "Comment", "QueryLanguage", "Next", "End", "Assign"],
    jsonpath: &["InputPath", "OutputPath", "Parameters", "ResultPath", "Result"],
    jsonata: &["Output"],
    ..ObjectSchema::NONE
};

/// Reads a Pass.
pub(super) fn parse_pass_state<L: ParseLanguage>(
    state: &DocumentCursor<'_>,
) -> Option<PassState<L>> {
    let next = flow::parse_next_or_end(state);
    let flow = L::parse_data_flow(state, ResultPresence::Absent);
    Some(PassState { flow: flow?, result: L::parse_pass_result(state), next: next? })
}
