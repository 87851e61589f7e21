//! Succeed State.

use super::{cursor::DocumentCursor, fields::ObjectSchema, language::ParseLanguage};
use crate::SucceedState;

/// Spec: ASL § Succeed State.
pub(super) const FIELDS: ObjectSchema = ObjectSchema {
    allowed: &["Type", "Comment", "QueryLanguage"],
    jsonpath: &["InputPath", "OutputPath"],
    jsonata: &["Output"],
    ..ObjectSchema::NONE
};

/// Reads a Succeed.
pub(super) fn parse_succeed_state<L: ParseLanguage>(
    state: &DocumentCursor<'_>,
) -> Option<SucceedState<L>> {
    Some(SucceedState { flow: L::parse_input_output(state)? })
}
