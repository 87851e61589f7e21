//! Parallel State.

use super::{
    cursor::DocumentCursor,
    fields::ObjectSchema,
    flow, handlers,
    language::{ParseLanguage, ResultPresence},
    workflow,
};
use crate::ParallelState;

/// Spec: ASL § Parallel State.
pub(super) const FIELDS: ObjectSchema = ObjectSchema {
    allowed: &[
        "Type",
        "Comment",
        "QueryLanguage",
        "Next",
        "End",
        "Branches",
        "Retry",
        "Catch",
        "Assign",
    ],
    jsonpath: &["InputPath", "OutputPath", "Parameters", "ResultSelector", "ResultPath"],
    jsonata: &["Arguments", "Output"],
    required: &["Branches"],
};

/// Reads a Parallel and the states of its branches.
pub(super) fn parse_parallel_state<L: ParseLanguage>(
    state: &DocumentCursor<'_>,
    depth: usize,
) -> Option<ParallelState<L>> {
    let next = flow::parse_next_or_end(state);
    let flow = L::parse_data_flow(state, ResultPresence::Present);
    let handlers = handlers::parse_error_handlers(state);
    let branches = state
        .get("Branches")
        .and_then(|branches| branches.expect_non_empty_array())
        .and_then(|branches| {
            DocumentCursor::read_each(&branches, |branch| workflow::parse_branch(branch, depth))
        });
    Some(ParallelState { flow: flow?, branches: branches?, handlers: handlers?, next: next? })
}
