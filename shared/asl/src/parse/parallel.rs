//! Parallel State.

use super::{cursor::Cursor, fields::Fields, flow, handlers, workflow};
use crate::Parallel;

/// Spec: ASL § Parallel State.
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
        "ResultSelector",
        "ResultPath",
        "Branches",
        "Retry",
        "Catch",
        "Assign",
    ],
    jsonata: &["Arguments", "Output"],
    required: &["Branches"],
};

/// Reads a Parallel and the states of its branches.
pub(super) fn parse(state: &Cursor<'_>, depth: usize) -> Option<Parallel> {
    let next = flow::next(state);
    let flow = flow::data_flow(state);
    let handlers = handlers::parse(state);
    let branches = state
        .get("Branches")
        .and_then(|branches| branches.non_empty_array())
        .and_then(|branches| Cursor::each(&branches, |branch| workflow::branch(branch, depth)));
    Some(Parallel { flow: flow?, branches: branches?, handlers: handlers?, next: next? })
}
