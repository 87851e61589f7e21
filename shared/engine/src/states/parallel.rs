//! Parallel state: forks its branches. `fork_state.rs` joins them.

use asl::ParallelState;
use model::{EventKind, ForkShape, FramePhase, Payload};

use crate::{
    failure_handling::handle_failure, language::StateEvaluator, message_queue::child_queues,
    transition::Transition, transition_builder::TransitionBuilder,
};

/// Forks one child for each branch.
///
/// Spec: ASL § Parallel State.
pub(crate) fn fork_parallel_branches<L: StateEvaluator>(
    mut builder: TransitionBuilder<'_>,
    parallel: &ParallelState<L>,
    input: &Payload,
) -> Transition {
    let effective = match L::effective_input(&mut builder, &parallel.flow, input) {
        Ok(effective) => effective,
        Err(failure) => return handle_failure(builder, &parallel.handlers, input, failure, None),
    };
    builder.emit_event(EventKind::ParallelStateStarted);
    let children = u32::try_from(parallel.branches.len()).unwrap_or(u32::MAX);
    let shape = ForkShape {
        children,
        concurrency: children,
        bucket_children: builder.context.limits.bucket_children,
        tolerated_failures: 0,
    };
    let visit = builder.visit.clone();
    let queues = child_queues(builder.context.definition, builder.state);
    builder.stay_in_state(FramePhase::Forked {
        children_input: (!effective.has_same_text(input)).then_some(effective),
        input: input.clone(),
        visit,
        shape,
        queues,
        resumed_fork: None,
    })
}
