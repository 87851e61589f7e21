//! Succeed state: takes one step.

use asl::{NextOrEnd, SucceedState};
use model::Payload;

use crate::{
    language::StateEvaluator, transition::Transition, transition_builder::TransitionBuilder,
};

/// Ends the workflow successfully.
///
/// Spec: ASL § Succeed State.
pub(crate) fn run_succeed_state<L: StateEvaluator>(
    mut builder: TransitionBuilder<'_>,
    succeed: &SucceedState<L>,
    input: &Payload,
) -> Transition {
    match L::pass_through_output(&mut builder, &succeed.flow, input) {
        Ok(leaving) => builder.leave_state(leaving, &NextOrEnd::End),
        Err(failure) => builder.fail_frame(failure),
    }
}
