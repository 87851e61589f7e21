//! Which visit failed, by what, and what that has cut.

use graph::{AttemptOutcome, StateStatus};

use crate::recorded::{event, read_visits, recorded, recorded_until, tree, visit_of};
use serde_json::Value;

#[test]
fn what_waits_for_a_retry_when_it_is_cut_is_aborted() {
    let shipping = [
        event(1, 0, "ExecutionStarted", ""),
        event(2, 0, "ParallelStateEntered", "Both"),
        event(3, 2, "ParallelStateStarted", ""),
        event(4, 3, "TaskStateEntered", "Ship"),
        event(5, 4, "TaskScheduled", ""),
        event(6, 5, "TaskStarted", ""),
        event(7, 6, "TaskFailed", "Busy"),
    ];
    let tree_with = |rest: &[Value]| tree(&read_visits(&[&shipping[..], rest].concat()));
    assert_eq!(tree_with(&[]), "Both running [Ship running]");
    let stopped = [event(8, 7, "ExecutionAborted", "")];
    assert_eq!(tree_with(&stopped), "Both aborted [Ship aborted]");
    let by_another = [
        event(8, 3, "FailStateEntered", "Reject"),
        event(9, 8, "ParallelStateFailed", ""),
        event(10, 9, "ExecutionFailed", ""),
    ];
    assert_eq!(tree_with(&by_another), "Both failed [Ship aborted; Reject failed]");
    let by_itself = [
        event(8, 3, "WaitStateEntered", "Pause"),
        event(9, 7, "ParallelStateFailed", ""),
        event(10, 9, "ExecutionFailed", ""),
    ];
    assert_eq!(tree_with(&by_itself), "Both failed [Ship failed; Pause aborted]");
    // A redrive goes on with both, and the one that waited fails for good.
    let redriven = [
        event(11, 10, "ExecutionRedriven", ""),
        event(12, 11, "TaskScheduled", ""),
        event(13, 12, "TaskStarted", ""),
        event(14, 13, "TaskFailed", "Lost"),
        event(15, 14, "ParallelStateFailed", ""),
        event(16, 15, "ExecutionFailed", ""),
    ];
    let after = [&by_another[..], &redriven].concat();
    assert_eq!(tree_with(&after), "Both failed [Ship failed (Busy Lost); Reject failed]");
}

/// `EvaluationFailed` follows what was before the state, and tells its name.
#[test]
fn an_expression_that_fails_fails_the_state_that_has_it() {
    let cases = [
        ("first", "A failed"),
        ("second", "A succeeded, B failed"),
        ("items", "M failed"),
        ("in-map", "M failed [0 failed: I failed; 1 aborted: I failed]"),
        ("in-parallel", "P failed [W aborted; I failed]"),
        ("output-of-parallel", "P caught [I succeeded], Z succeeded"),
        (
            "arguments-retried",
            "P succeeded, A caught (States.QueryEvaluationError States.QueryEvaluationError), Z succeeded",
        ),
    ];
    for (name, expected) in cases {
        let visits = recorded(&format!("evaluation-failed-{name}"));
        assert_eq!(tree(&visits), expected, "{name}");
        let failed = visits.visits().iter().find(|visit| {
            matches!(visit.status(), StateStatus::Failed | StateStatus::Caught)
                && visit.failure.as_ref().is_some_and(|failure| failure.error.is_some())
        });
        let failure = failed.and_then(|visit| visit.failure.clone()).expect("one has an error");
        assert_eq!(failure.error.as_deref(), Some("States.QueryEvaluationError"), "{name}");
    }
}

#[test]
fn what_a_failed_attempt_of_a_parallel_has_cut_does_not_run_until_the_next_one() {
    let waiting = recorded_until("parallel-retried", 6);
    assert_eq!(tree(&waiting), "P running [F failed; W aborted]");
    let attempt = &visit_of(&waiting, "P").attempts[0];
    assert!(matches!(attempt.outcome, AttemptOutcome::Failed(_)), "{attempt:?}");
    let again = recorded_until("parallel-retried", 9);
    assert_eq!(tree(&again), "P running (- running) [F failed; W running]");
    let ended = recorded("parallel-retried");
    assert_eq!(tree(&ended), "P failed (- -) [F failed; W aborted]");
    let failed = ended.failed_visit().expect("it failed");
    assert_eq!((&*failed.name, failed.entered.event_id), ("F", 8));
}

/// No event tells that a redrive lets a Wait state go on.
#[test]
fn a_wait_that_a_redrive_let_go_on_ends_with_the_execution() {
    let visits = read_visits(&[
        event(1, 0, "ExecutionStarted", ""),
        event(2, 0, "WaitStateEntered", "Pause"),
        event(3, 2, "ExecutionTimedOut", ""),
        event(4, 3, "ExecutionRedriven", ""),
        event(5, 4, "ExecutionTimedOut", ""),
    ]);
    let pause = visit_of(&visits, "Pause");
    assert_eq!(pause.status(), StateStatus::Aborted);
    assert_eq!(pause.ended().map(|ended| ended.event_id), Some(5));
}

#[test]
fn what_happens_to_a_parallel_in_a_parallel_is_its_own() {
    for (name, last, expected) in [
        ("caught", 9, "Outer running [Slow running; P running [F failed; W aborted]]"),
        ("caught", 11, "Outer running [Slow running; P caught [F failed; W aborted]]"),
        (
            "caught",
            99,
            "Outer succeeded [Slow succeeded, Done succeeded; P caught [F failed; W aborted], After succeeded]",
        ),
        ("retried", 9, "Outer running [P running [F failed; W aborted]; Slow running]"),
        ("retried", 11, "Outer running [P running (- running) [F failed]; Slow running]"),
        (
            "retried",
            99,
            "Outer succeeded [P caught (- -) [F failed; W aborted], After succeeded; Slow succeeded, Done succeeded]",
        ),
    ] {
        let visits = recorded_until(&format!("parallel-in-parallel-{name}"), last);
        assert_eq!(tree(&visits), expected, "{name} until {last}");
    }
}

#[test]
fn a_catcher_that_fails_is_no_attempt() {
    let visits = recorded("catch-output-failed");
    assert_eq!(tree(&visits), "A failed");
    assert_eq!(visit_of(&visits, "A").attempts.len(), 1);
}

#[test]
fn what_waits_for_a_retry_is_told_from_what_failed_for_good() {
    // The call of A has succeeded, its output has not, and a retry was to come.
    let expected = "Both failed [A aborted; W succeeded, F failed]";
    assert_eq!(tree(&recorded("output-failed-then-cut")), expected);
    // P had no retry left, and what is around it has.
    let expected = "Outer aborted [P failed [F failed]]";
    assert_eq!(tree(&recorded("parallel-failed-then-cut")), expected);
}

#[test]
fn a_redrive_is_no_retry() {
    let redriven = recorded("branches-redriven");
    let again = visit_of(&redriven, "A");
    assert_eq!((again.repeats(), again.retries()), (1, 0));
    assert_eq!(again.attempts_since_redrive().len(), 1);
    let retried = recorded("retry-and-catch");
    let reserve = visit_of(&retried, "Reserve");
    assert_eq!((reserve.repeats(), reserve.retries()), (1, 1));
    assert_eq!(reserve.attempts_since_redrive().len(), 2);
    let totals = redriven.totals();
    assert_eq!((totals.states["A"].transitions(), totals.states["A"].retries), (2, 0));
}
