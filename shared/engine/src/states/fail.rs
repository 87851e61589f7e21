//! Fail state: takes one step.

use asl::FailState;
use model::{Failure, Payload};

use crate::{
    language::StateEvaluator, transition::Transition, transition_builder::TransitionBuilder,
};

/// Ends the frame with the failure of a Fail state.
///
/// Spec: ASL § Fail State.
pub(crate) fn run_fail_state<L: StateEvaluator>(
    mut builder: TransitionBuilder<'_>,
    fail: &FailState<L>,
    input: &Payload,
) -> Transition {
    let failure = L::fail_text(&mut builder, &fail.error, "Error", input).and_then(|error| {
        let cause = L::fail_text(&mut builder, &fail.cause, "Cause", input)?;
        Ok(Failure { error, cause })
    });
    let (Ok(failure) | Err(failure)) = failure;
    builder.fail_frame(failure)
}
