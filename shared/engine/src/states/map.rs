//! Inline Map state: forks its iterations. `fork_state.rs` joins them.

use asl::{MapState, StateDefinition};
use model::{
    EventKind, Failure, ForkShape, FramePhase, Payload, StateType, error_name,
    limits::INLINE_ITERATIONS_MAX,
};

use super::fork_state::ForkState;
use crate::{
    failure_handling::handle_failure,
    language::{MapItemSource, StateEvaluator},
    message_queue::child_queues,
    step_context::{JoinedChildren, JoinedOutputs},
    transition::Transition,
    transition_builder::TransitionBuilder,
};

/// Evaluates the items and forks one child for each. Without items, the state is left at once.
///
/// Spec: ASL § Map State.
pub(crate) fn fork_map_iterations<L: StateEvaluator>(
    mut builder: TransitionBuilder<'_>,
    map: &MapState<L>,
    input: &Payload,
) -> Transition {
    let items =
        L::map_items(&mut builder, map, input).and_then(|items| check_item_count(&builder, items));
    let MapItemSource { effective, length, concurrency } = match items {
        Ok(items) => items,
        Err(failure) => return handle_failure(builder, &map.handlers, input, failure, None),
    };
    if let Some(recorder) = builder.recorder() {
        recorder.record_iterations(length);
        recorder.record_concurrency(concurrency, map.tolerance);
    }
    builder.emit_event(EventKind::MapStateStarted { length });
    // In a test, the mocked result applies even if there are no items.
    if length == 0 && builder.recorder().is_none() {
        let join =
            JoinedChildren { outputs: JoinedOutputs::All(Vec::new()), last_event: None, events: 0 };
        return ForkState::from_map(map).join_children(builder, input, join);
    }
    let shape = ForkShape {
        children: length,
        concurrency: bound_concurrency(&builder, map, length, concurrency),
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

/// Returns how many iterations may run at once. The events of an iteration are counted when it ends,
/// so where the iterations may fill the history, only so many run at once as on AWS. What iterations
/// repeat or fork has no number that is known before.
fn bound_concurrency<L: StateEvaluator>(
    builder: &TransitionBuilder<'_>,
    map: &MapState<L>,
    length: u32,
    concurrency: u32,
) -> u32 {
    /// The most events of one visit to a state without a retry: of a task that waits for its token,
    /// `TaskStateEntered`, `TaskScheduled`, `TaskStarted`, `TaskSubmitted`, `TaskSucceeded` and
    /// `TaskStateExited`.
    const STATE_EVENTS: u64 = 6;
    /// `MapIterationStarted` and `MapIterationSucceeded`.
    const ITERATION_EVENTS: u64 = 2;
    let concurrency = if concurrency == 0 { length } else { concurrency.min(length) };
    if builder.context.limits.history_limit().is_none() {
        return concurrency;
    }
    let states = &map.processor.states;
    let may_repeat_or_fork = states.iter().any(|name| {
        let state = builder.context.definition.find_state(name).map(StateDefinition::state_type);
        matches!(state, Some(StateType::Map | StateType::Parallel | StateType::Choice))
    });
    let events = u64::from(length) * (ITERATION_EVENTS + STATE_EVENTS * states.len() as u64);
    if may_repeat_or_fork || events >= builder.events_left() {
        concurrency.min(INLINE_ITERATIONS_MAX)
    } else {
        concurrency
    }
}

/// Fails if there are more items than the deployment allows.
fn check_item_count(
    builder: &TransitionBuilder<'_>,
    items: MapItemSource,
) -> Result<MapItemSource, Failure> {
    let most = builder.context.limits.children;
    if items.length <= most {
        return Ok(items);
    }
    let cause = format!("A Map state may have {most} items, not {}.", items.length);
    Err(Failure::new(error_name::DATA_LIMIT_EXCEEDED, cause))
}

#[cfg(test)]
mod tests {
    use model::DeploymentLimits;

    use crate::test_driver::run_to_end_within;

    #[test]
    fn a_map_may_have_so_many_items_and_no_more() {
        let machine = r#"{"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true,
            "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": true}}}
        }}}"#;
        let limits = DeploymentLimits { children: 2, ..DeploymentLimits::OPEN };
        assert_eq!(run_to_end_within(limits, machine, "[1,2]", &[]).output_json(), "[1,2]");
        let run = run_to_end_within(limits, machine, "[1,2,3]", &[]);
        assert_eq!(run.error_and_cause().0, "States.DataLimitExceeded");
        assert_eq!(run.error_and_cause().1, "A Map state may have 2 items, not 3.");
    }
}
