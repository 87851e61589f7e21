//! The eight types of state; one file each.

pub(crate) mod choice;
pub(crate) mod fail;
pub(crate) mod map;
pub(crate) mod parallel;
pub(crate) mod pass;
pub(crate) mod succeed;
pub(crate) mod task;
pub(crate) mod wait;

use asl::{ErrorHandlers, NextOrEnd, StateDefinition, StateKind};
use model::{ChildIndex, EventKind, EventRef, Failure, Payload, RecordedEvent};
use serde_json::Value;

use crate::{
    CallOutcome, JoinedChildren, Transition,
    failure_handling::{handle_failure, will_retry},
    language::{StateEvaluator, in_language, limit_payload},
    transition_builder::TransitionBuilder,
};

/// Enters the draft's state with this raw input.
pub(crate) fn enter_state(mut builder: TransitionBuilder<'_>, input: &Payload) -> Transition {
    builder.emit_state_entered(input);
    run_state(builder, input)
}

/// Does what the draft's state does once it is entered: at first, after a failed attempt, or after a
/// redrive.
pub(crate) fn run_state(builder: TransitionBuilder<'_>, input: &Payload) -> Transition {
    in_language!(builder.state, kind => match kind {
        StateKind::Pass(pass) => pass::run_pass_state(builder, pass, input),
        StateKind::Task(task) => task::claim_task_call(builder, task, input),
        StateKind::Choice(choice) => choice::run_choice_state(builder, choice, input),
        StateKind::Wait(wait) => wait::begin_wait(builder, wait, input),
        StateKind::Succeed(succeed) => succeed::run_succeed_state(builder, succeed, input),
        StateKind::Fail(fail) => fail::run_fail_state(builder, fail, input),
        StateKind::Parallel(parallel) => parallel::fork_parallel_branches(builder, parallel, input),
        StateKind::Map(map) => map::fork_map_iterations(builder, map, input),
    })
}

/// The time has come for which the draft's state waits.
pub(crate) fn resume_wait(builder: TransitionBuilder<'_>, input: &Payload) -> Transition {
    in_language!(builder.state, kind => {
        let StateKind::Wait(wait) = kind else { return fail_mismatched_record(builder) };
        wait::finish_wait(builder, wait, input)
    })
}

/// The call has ended that the draft's state has claimed.
pub(crate) fn finish_call(
    builder: TransitionBuilder<'_>,
    input: &Payload,
    outcome: CallOutcome,
) -> Transition {
    in_language!(builder.state, kind => {
        let StateKind::Task(task) = kind else { return fail_mismatched_record(builder) };
        task::finish_task_call(builder, task, input, outcome)
    })
}

/// The draft's task is over.
pub(crate) fn complete_task(
    builder: TransitionBuilder<'_>,
    input: &Payload,
    outcome: CallOutcome,
) -> Transition {
    in_language!(builder.state, kind => {
        let StateKind::Task(task) = kind else { return fail_mismatched_record(builder) };
        task::complete_task(builder, task, input, outcome)
    })
}

/// The input of one iteration of the draft's state; none if it is no Map.
pub(crate) fn iteration_input(
    builder: &mut TransitionBuilder<'_>,
    input: &Payload,
    effective: &Payload,
    index: ChildIndex,
) -> Option<Result<Payload, Failure>> {
    in_language!(builder.state, kind => {
        let StateKind::Map(map) = kind else { return None };
        Some(StateEvaluator::iteration_input(builder, map, input, effective, index))
    })
}

/// The state's children have all ended well.
pub(crate) fn join_children(
    builder: TransitionBuilder<'_>,
    input: &Payload,
    join: JoinedChildren,
) -> Transition {
    in_language!(builder.state, kind => match ForkState::from_kind(kind) {
        Some(fork) => fork.join_children(builder, input, join),
        None => fail_mismatched_record(builder),
    })
}

/// A child of the state has failed.
pub(crate) fn handle_child_failure(
    builder: TransitionBuilder<'_>,
    input: &Payload,
    failure: Failure,
    after: EventRef,
) -> Transition {
    in_language!(builder.state, kind => match ForkState::from_kind(kind) {
        Some(fork) => fork.handle_child_failure(builder, input, failure, after),
        None => fail_mismatched_record(builder),
    })
}

/// A test has mocked what the state's children come to.
pub(crate) fn apply_mocked_result(
    builder: TransitionBuilder<'_>,
    input: &Payload,
    outcome: Result<Payload, Failure>,
) -> Transition {
    in_language!(builder.state, kind => match (ForkState::from_kind(kind), outcome) {
        (Some(fork), Ok(result)) => fork.leave_with_result(builder, input, result),
        (Some(fork), Err(failure)) => handle_failure(builder, fork.handlers, input, failure, None),
        (None, _) => fail_mismatched_record(builder),
    })
}

/// How many retriers the state has.
pub(crate) fn retrier_count(state: &StateDefinition) -> usize {
    in_language!(state, kind => match kind {
        StateKind::Task(task) => task.handlers.retry.len(),
        StateKind::Parallel(parallel) => parallel.handlers.retry.len(),
        StateKind::Map(map) => map.handlers.retry.len(),
        StateKind::Pass(_)
        | StateKind::Choice(_)
        | StateKind::Wait(_)
        | StateKind::Succeed(_)
        | StateKind::Fail(_) => 0,
    })
}

/// What Parallel and Map have in common.
struct ForkState<'s, L: StateEvaluator> {
    flow: &'s L::StateDataFlow,
    handlers: &'s ErrorHandlers<L>,
    next: &'s NextOrEnd,
    succeeded: EventKind,
    failed: EventKind,
}

impl<'s, L: StateEvaluator> ForkState<'s, L> {
    fn from_kind(kind: &'s StateKind<L>) -> Option<Self> {
        match kind {
            StateKind::Parallel(parallel) => Some(Self {
                flow: &parallel.flow,
                handlers: &parallel.handlers,
                next: &parallel.next,
                succeeded: EventKind::ParallelStateSucceeded,
                failed: EventKind::ParallelStateFailed,
            }),
            StateKind::Map(map) => Some(Self {
                flow: &map.flow,
                handlers: &map.handlers,
                next: &map.next,
                succeeded: EventKind::MapStateSucceeded,
                failed: EventKind::MapStateFailed,
            }),
            StateKind::Pass(_)
            | StateKind::Task(_)
            | StateKind::Choice(_)
            | StateKind::Wait(_)
            | StateKind::Succeed(_)
            | StateKind::Fail(_) => None,
        }
    }

    fn join_children(
        self,
        mut builder: TransitionBuilder<'_>,
        input: &Payload,
        join: JoinedChildren,
    ) -> Transition {
        builder.push_event(match join.last_event {
            Some(last) => RecordedEvent::new_after(last, self.succeeded.clone()),
            None => RecordedEvent::new_chained(self.succeeded.clone()),
        });
        let results = join.outputs.iter().map(|output| output.json_value().clone()).collect();
        self.leave_with_result(builder, input, Payload::from_value(Value::Array(results)))
    }

    fn leave_with_result(
        self,
        mut builder: TransitionBuilder<'_>,
        input: &Payload,
        result: Payload,
    ) -> Transition {
        let result = limit_payload(&builder, result, builder.state.name.as_str());
        let leaving =
            result.and_then(|result| L::output_from_result(&mut builder, self.flow, input, result));
        match leaving {
            Ok(leaving) => builder.leave_state_as_sibling(leaving, self.next),
            Err(failure) => handle_failure(builder, self.handlers, input, failure, None),
        }
    }

    fn handle_child_failure(
        self,
        mut builder: TransitionBuilder<'_>,
        input: &Payload,
        failure: Failure,
        after: EventRef,
    ) -> Transition {
        if will_retry(&builder, self.handlers, &failure) {
            return handle_failure(builder, self.handlers, input, failure, Some(after));
        }
        builder.push_event(RecordedEvent::new_after(after, self.failed));
        handle_failure(builder, self.handlers, input, failure, None)
    }
}

/// A frame is in a phase that its state's type does not have: the record and the definition do
/// not belong together.
pub(crate) fn fail_mismatched_record(builder: TransitionBuilder<'_>) -> Transition {
    let failure = builder.runtime_failure("The execution's record does not fit its definition.");
    builder.fail_frame(failure)
}

#[cfg(test)]
mod tests {
    use crate::test_driver::{call_fails, call_returns, run_to_end};

    #[test]
    fn a_map_without_items_succeeds_at_once() {
        let machine = r#"{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
            "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}}"#;
        let walk = run_to_end(machine, "[]", &[]);
        let types = ["MapStateEntered", "MapStateStarted", "MapStateSucceeded", "MapStateExited"];
        assert_eq!(walk.event_types()[1..5], types);
        assert_eq!(walk.output_json(), "[]");
    }

    #[test]
    fn an_item_selector_sees_the_item_and_the_effective_input() {
        let machine = r#"{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
            "InputPath": "$.in", "ItemsPath": "$.items",
            "ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "k.$": "$.k"},
            "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}}"#;
        let walk = run_to_end(machine, r#"{"in": {"k": true, "items": ["a", "b"]}}"#, &[]);
        assert_eq!(walk.output_json(), r#"[{"v":"a","i":0,"k":true},{"v":"b","i":1,"k":true}]"#);
    }

    #[test]
    fn a_retried_parallel_starts_again_without_having_failed() {
        let machine = r#"{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
            "Branches": [{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}}],
            "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1}]}}}"#;
        let walk = run_to_end(machine, "{}", &[]);
        let expected = [
            "ExecutionStarted",
            "ParallelStateEntered",
            "ParallelStateStarted",
            "FailStateEntered",
            "ParallelStateStarted",
            "FailStateEntered",
            "ParallelStateFailed",
            "ExecutionFailed",
        ];
        assert_eq!(walk.event_types(), expected);
    }

    #[test]
    fn a_caught_failure_of_an_iteration_leaves_the_map_by_its_catcher() {
        let machine = r#"{"StartAt": "M", "States": {"M": {"Type": "Map", "Next": "Never",
            "ItemProcessor": {"StartAt": "T", "States": {"T": {"Type": "Task", "End": true,
                "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f"}}},
            "Catch": [{"ErrorEquals": ["Broken"], "ResultPath": null, "Next": "Caught"}]},
            "Never": {"Type": "Fail"}, "Caught": {"Type": "Succeed"}}}"#;
        let walk = run_to_end(machine, "[1, 2]", &[call_returns("1"), call_fails("Broken")]);
        assert!(walk.event_types().contains(&"MapIterationFailed".to_owned()));
        assert_eq!(walk.output_json(), "[1, 2]");
    }

    #[test]
    fn data_flows_through_a_task_in_the_order_of_the_specification() {
        let machine = r#"{"StartAt": "T", "States": {"T": {"Type": "Task", "End": true,
            "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f",
            "InputPath": "$.in", "Parameters": {"p.$": "$.a"},
            "ResultSelector": {"r.$": "$.answer"}, "ResultPath": "$.out.of",
            "OutputPath": "$.out"}}}"#;
        let walk = run_to_end(machine, r#"{"in": {"a": 1}}"#, &[call_returns(r#"{"answer": 42}"#)]);
        assert_eq!(walk.output_json(), r#"{"of":{"r":42}}"#);
    }
}
