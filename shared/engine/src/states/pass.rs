//! Pass state: takes one step.

use asl::PassState;
use model::Payload;

use crate::{
    language::StateEvaluator, transition::Transition, transition_builder::TransitionBuilder,
};

/// Leaves the state with its output.
///
/// Spec: ASL § Pass State.
pub(crate) fn run_pass_state<L: StateEvaluator>(
    mut builder: TransitionBuilder<'_>,
    pass: &PassState<L>,
    input: &Payload,
) -> Transition {
    match L::pass_output(&mut builder, &pass.flow, input, pass.result.as_ref()) {
        Ok(leaving) => builder.leave_state(leaving, &pass.next),
        Err(failure) => builder.fail_frame(failure),
    }
}
