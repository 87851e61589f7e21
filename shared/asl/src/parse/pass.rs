//! Pass State.

use model::Payload;

use super::{cursor::Cursor, fields::Fields, flow};
use crate::Pass;

/// Spec: ASL § Pass State.
pub(super) const FIELDS: Fields = Fields {
    allowed: &[
        "Type",
        "Comment",
        "QueryLanguage",
        "Next",
        "End",
        "InputPath",
        "OutputPath",
        "Parameters",
        "ResultPath",
        "Result",
        "Assign",
    ],
    jsonata: &["Output"],
    required: &[],
};

/// Reads a Pass.
pub(super) fn parse(state: &Cursor<'_>) -> Option<Pass> {
    let next = flow::next(state);
    let flow = flow::data_flow(state);
    let result = state.get("Result").map(|result| Payload::from_value(result.value().clone()));
    Some(Pass { flow: flow?, result, next: next? })
}
