//! Succeed State: one step.

use asl::{Next, Succeed};
use model::Payload;

use crate::{Transition, draft::Draft, flow};

/// Spec: ASL § Succeed State.
pub(crate) fn run(draft: Draft<'_>, succeed: &Succeed, input: &Payload) -> Transition {
    match flow::pass_through(&draft, &succeed.flow, input) {
        Ok(output) => draft.leave(output, &Next::End),
        Err(failure) => draft.fail(failure),
    }
}
