//! The eight state types, one file each.

pub(crate) mod choice;
pub(crate) mod fail;
mod fork_state;
pub(crate) mod map;
pub(crate) mod parallel;
pub(crate) mod pass;
pub(crate) mod succeed;
pub(crate) mod task;
pub(crate) mod tolerance;
pub(crate) mod wait;

use asl::{StateDefinition, StateKind};
use model::{ChildIndex, EventRef, Failure, Payload};

use crate::{
    child_end::FailedChildEvents,
    failure_handling::handle_failure,
    language::{StateEvaluator, in_language},
    step_context::{CallOutcome, JoinedChildren},
    transition::Transition,
    transition_builder::TransitionBuilder,
};
pub use tolerance::exceeded_tolerance;

use fork_state::ForkState;

/// Enters the builder's state with this raw input.
pub(crate) fn enter_state(mut builder: TransitionBuilder<'_>, input: &Payload) -> Transition {
    builder.emit_state_entered(input);
    run_state(builder, input)
}

/// Runs the builder's state, which has been entered. A retry and a redrive run it again.
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

/// Ends the wait of the builder's Wait state.
pub(crate) fn resume_wait(builder: TransitionBuilder<'_>, input: &Payload) -> Transition {
    in_language!(builder.state, kind => {
        let StateKind::Wait(wait) = kind else { return builder.fail_mismatched_record() };
        wait::finish_wait(builder, wait, input)
    })
}

/// Handles the outcome of the call that the builder's Task state claimed.
pub(crate) fn finish_call(
    builder: TransitionBuilder<'_>,
    input: &Payload,
    outcome: CallOutcome,
) -> Transition {
    in_language!(builder.state, kind => {
        let StateKind::Task(task) = kind else { return builder.fail_mismatched_record() };
        task::finish_task_call(builder, task, input, outcome)
    })
}

/// Gives the activity's task of the builder's Task state to a worker.
pub(crate) fn start_activity_task(
    builder: TransitionBuilder<'_>,
    input: &Payload,
    worker_name: Option<String>,
) -> Transition {
    in_language!(builder.state, kind => {
        let StateKind::Task(_) = kind else { return builder.fail_mismatched_record() };
        task::start_activity_task(builder, input, worker_name)
    })
}

/// Completes the task of the builder's Task state.
pub(crate) fn complete_task(
    builder: TransitionBuilder<'_>,
    input: &Payload,
    outcome: CallOutcome,
) -> Transition {
    in_language!(builder.state, kind => {
        let StateKind::Task(task) = kind else { return builder.fail_mismatched_record() };
        task::complete_task(builder, task, input, outcome)
    })
}

/// Returns the input of one iteration of the builder's Map state, or `None` for other state types.
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

/// Joins the children of the builder's state, which have all succeeded.
pub(crate) fn join_children(
    builder: TransitionBuilder<'_>,
    input: &Payload,
    join: JoinedChildren,
) -> Transition {
    in_language!(builder.state, kind => match ForkState::from_kind(kind) {
        Some(fork) => fork.join_children(builder, input, join),
        None => builder.fail_mismatched_record(),
    })
}

/// Handles the failure of a child of the builder's state.
pub(crate) fn handle_child_failure(
    builder: TransitionBuilder<'_>,
    input: &Payload,
    failure: Failure,
    after: EventRef,
    shown: FailedChildEvents,
) -> Transition {
    in_language!(builder.state, kind => match ForkState::from_kind(kind) {
        Some(fork) => fork.handle_child_failure(builder, input, failure, after, shown),
        None => builder.fail_mismatched_record(),
    })
}

/// Applies the mocked result of a Parallel or Map state in a test.
pub(crate) fn apply_mocked_result(
    builder: TransitionBuilder<'_>,
    input: &Payload,
    outcome: Result<Payload, Failure>,
) -> Transition {
    in_language!(builder.state, kind => match (ForkState::from_kind(kind), outcome) {
        (Some(fork), Ok(result)) => fork.leave_with_result(builder, input, Ok(result)),
        (Some(fork), Err(failure)) => handle_failure(builder, fork.handlers, input, failure, None),
        (None, _) => builder.fail_mismatched_record(),
    })
}

/// Returns how many retriers the state has.
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

#[cfg(test)]
mod tests {
    use crate::test_driver::{call_fails, call_returns, run_to_end};

    #[test]
    fn a_map_without_items_succeeds_at_once() {
        let machine = r#"{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
            "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}}"#;
        let run = run_to_end(machine, "[]", &[]);
        let types = ["MapStateEntered", "MapStateStarted", "MapStateSucceeded", "MapStateExited"];
        assert_eq!(run.event_types()[1..5], types);
        assert_eq!(run.output_json(), "[]");
    }

    #[test]
    fn an_item_selector_sees_the_item_and_the_effective_input() {
        let machine = r#"{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
            "InputPath": "$.in", "ItemsPath": "$.items",
            "ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "k.$": "$.k"},
            "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}}"#;
        let run = run_to_end(machine, r#"{"in": {"k": true, "items": ["a", "b"]}}"#, &[]);
        assert_eq!(run.output_json(), r#"[{"v":"a","i":0,"k":true},{"v":"b","i":1,"k":true}]"#);
    }

    #[test]
    fn a_retried_parallel_starts_again_without_having_failed() {
        let machine = r#"{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
            "Branches": [{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}}],
            "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1}]}}}"#;
        let run = run_to_end(machine, "{}", &[]);
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
        assert_eq!(run.event_types(), expected);
    }

    #[test]
    fn a_caught_failure_of_an_iteration_leaves_the_map_by_its_catcher() {
        let machine = r#"{"StartAt": "M", "States": {"M": {"Type": "Map", "Next": "Never",
            "ItemProcessor": {"StartAt": "T", "States": {"T": {"Type": "Task", "End": true,
                "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f"}}},
            "Catch": [{"ErrorEquals": ["Broken"], "ResultPath": null, "Next": "Caught"}]},
            "Never": {"Type": "Fail"}, "Caught": {"Type": "Succeed"}}}"#;
        let run = run_to_end(machine, "[1, 2]", &[call_returns("1"), call_fails("Broken")]);
        assert!(run.event_types().contains(&"MapIterationFailed".to_owned()));
        assert_eq!(run.output_json(), "[1, 2]");
    }

    #[test]
    fn data_flows_through_a_task_in_the_order_of_the_specification() {
        let machine = r#"{"StartAt": "T", "States": {"T": {"Type": "Task", "End": true,
            "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f",
            "InputPath": "$.in", "Parameters": {"p.$": "$.a"},
            "ResultSelector": {"r.$": "$.answer"}, "ResultPath": "$.out.of",
            "OutputPath": "$.out"}}}"#;
        let run = run_to_end(machine, r#"{"in": {"a": 1}}"#, &[call_returns(r#"{"answer": 42}"#)]);
        assert_eq!(run.output_json(), r#"{"of":{"r":42}}"#);
    }
}
