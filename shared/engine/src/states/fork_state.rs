//! What Parallel and Map states have in common: they fork, and are left when all children have
//! succeeded or one has failed.

use asl::{ErrorHandlers, MapState, NextOrEnd, StateKind};
use model::{EventKind, EventRef, Failure, Payload, RecordedEvent, StateType};
use serde_json::Value;
use step_budget::{BudgetExceeded, parsed_bytes_max};

use crate::{
    child_end::FailedChildEvents,
    failure_handling::{handle_failure, will_retry},
    language::{StateEvaluator, budget_failure, limit_payload, limit_value},
    step_context::{JoinedChildren, JoinedOutputs},
    transition::Transition,
    transition_builder::TransitionBuilder,
};

use super::tolerance::{exceeded_tolerance, exceeds_tolerance};

/// The common part of a Parallel or Map state, with the events of its success and failure.
pub(super) struct ForkState<'s, L: StateEvaluator> {
    flow: &'s L::StateDataFlow,
    pub(super) handlers: &'s ErrorHandlers<L>,
    next: &'s NextOrEnd,
    succeeded: EventKind,
    failed: EventKind,
}

impl<'s, L: StateEvaluator> ForkState<'s, L> {
    pub(super) fn from_kind(kind: &'s StateKind<L>) -> Option<Self> {
        match kind {
            StateKind::Parallel(parallel) => Some(Self {
                flow: &parallel.flow,
                handlers: &parallel.handlers,
                next: &parallel.next,
                succeeded: EventKind::ParallelStateSucceeded,
                failed: EventKind::ParallelStateFailed,
            }),
            StateKind::Map(map) => Some(Self::from_map(map)),
            StateKind::Pass(_)
            | StateKind::Task(_)
            | StateKind::Choice(_)
            | StateKind::Wait(_)
            | StateKind::Succeed(_)
            | StateKind::Fail(_) => None,
        }
    }

    pub(super) fn from_map(map: &'s MapState<L>) -> Self {
        Self {
            flow: &map.flow,
            handlers: &map.handlers,
            next: &map.next,
            succeeded: EventKind::MapStateSucceeded,
            failed: EventKind::MapStateFailed,
        }
    }

    pub(super) fn join_children(
        self,
        mut builder: TransitionBuilder<'_>,
        input: &Payload,
        join: JoinedChildren,
    ) -> Transition {
        builder.push_event(match join.last_event {
            Some(last) => RecordedEvent::new_after(last, self.succeeded.clone()),
            None => RecordedEvent::new_chained(self.succeeded.clone()),
        });
        let result = collect_results(&builder, &join.outputs);
        self.leave_with_result(builder, input, result)
    }

    pub(super) fn leave_with_result(
        self,
        mut builder: TransitionBuilder<'_>,
        input: &Payload,
        result: Result<Payload, Failure>,
    ) -> Transition {
        let result =
            result.and_then(|result| limit_payload(&builder, result, builder.state.name.as_str()));
        let leaving =
            result.and_then(|result| L::output_from_result(&mut builder, self.flow, input, result));
        match leaving {
            Ok(leaving) => builder.leave_state_as_sibling(leaving, self.next),
            Err(failure) => handle_failure(builder, self.handlers, input, failure, None),
        }
    }

    /// Handles the failure of a child. `States.Runtime` ends the execution, whose last event follows
    /// the failing one, and the states above the child have no event (observed). No tolerance makes a
    /// full history another failure.
    pub(super) fn handle_child_failure(
        self,
        mut builder: TransitionBuilder<'_>,
        input: &Payload,
        failure: Failure,
        after: EventRef,
        shown: FailedChildEvents,
    ) -> Transition {
        let (failure, iteration) = if !failure.is_runtime() {
            (failure, shown.iteration)
        } else if builder.events_left() > 0
            && exceeds_tolerance(builder.state, builder.frame_phase())
        {
            (exceeded_tolerance(), None)
        } else {
            return builder.following_event(Some(after)).fail_frame(failure);
        };
        let map = builder.state.name.clone();
        let iteration = iteration.map(|index| EventKind::MapIterationFailed { name: map, index });
        let task = shown.task_aborted.then_some(EventKind::StateAborted(StateType::Task));
        for kind in iteration.into_iter().chain(task) {
            builder.push_event(RecordedEvent::new_after(after.clone(), kind));
        }
        if will_retry(&builder, self.handlers, &failure) {
            return handle_failure(builder, self.handlers, input, failure, Some(after));
        }
        builder.push_event(RecordedEvent::new_after(after, self.failed));
        handle_failure(builder, self.handlers, input, failure, None)
    }
}

/// Collects the outputs of the children into an array.
fn collect_results(
    builder: &TransitionBuilder<'_>,
    outputs: &JoinedOutputs,
) -> Result<Payload, Failure> {
    let JoinedOutputs::All(outputs) = outputs else {
        return Err(budget_failure(builder, BudgetExceeded::Bytes));
    };
    let mut results = Vec::with_capacity(outputs.len());
    for output in outputs {
        builder
            .context
            .budget
            .charge_bytes(parsed_bytes_max(output.json_text()))
            .map_err(|exceeded| budget_failure(builder, exceeded))?;
        results.push(output.to_value());
    }
    limit_value(builder, Value::Array(results))
}
