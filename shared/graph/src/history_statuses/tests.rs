use serde_json::json;

use super::*;
use crate::state_status::StateStatus;

/// Writes a history from lines of `id previous type [name]`.
fn events(lines: &str) -> Vec<Value> {
    let event = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut event = json!({
            "timestamp": 1_700_000_000.0,
            "id": words[0].parse::<u64>().expect("an id"),
            "previousEventId": words[1].parse::<u64>().expect("an id"),
            "type": words[2],
        });
        if let Some(name) = words.get(3) {
            let member = match words[2] {
                kind if kind.ends_with("StateEntered") => "stateEnteredEventDetails".to_owned(),
                kind if kind.ends_with("StateExited") => "stateExitedEventDetails".to_owned(),
                kind => format!("m{}EventDetails", &kind[1..]),
            };
            event[member] = json!({"name": name});
        }
        event
    };
    lines.lines().filter(|line| !line.trim().is_empty()).map(event).collect()
}

#[track_caller]
fn assert_statuses(lines: &str, expected: &[(&str, StateStatus)]) {
    let statuses = statuses_of_history(&events(lines));
    assert_eq!(statuses.entered_states().collect::<Vec<_>>(), expected);
}

use StateStatus::{Aborted, Caught, Failed, Retried, Running, Succeeded};

#[test]
fn a_state_that_was_left_has_succeeded_and_one_that_was_not_is_running() {
    assert_statuses(
        "1 0 ExecutionStarted
         2 0 PassStateEntered A
         3 2 PassStateExited A
         4 3 TaskStateEntered B
         5 4 TaskScheduled
         6 5 TaskStarted",
        &[("A", Succeeded), ("B", Running)],
    );
}

#[test]
fn a_history_may_come_with_its_newest_event_first() {
    let mut newest_first = events(
        "1 0 ExecutionStarted
         2 0 PassStateEntered A
         3 2 PassStateExited A
         4 3 ExecutionSucceeded",
    );
    newest_first.reverse();
    let statuses = statuses_of_history(&newest_first);
    assert_eq!(statuses.status_of("A"), Succeeded);
    assert!(statuses.has_succeeded);
    assert_eq!(statuses.status_of("B"), StateStatus::NotReached);
}

#[test]
fn a_task_may_be_retried_and_succeed_or_be_caught_or_fail() {
    assert_statuses(
        "1 0 ExecutionStarted
         2 0 TaskStateEntered A
         3 2 LambdaFunctionScheduled
         4 3 LambdaFunctionStarted
         5 4 LambdaFunctionFailed
         6 5 LambdaFunctionScheduled
         7 6 LambdaFunctionStarted
         8 7 LambdaFunctionSucceeded
         9 8 TaskStateExited A
         10 9 TaskStateEntered B
         11 10 TaskScheduled
         12 11 TaskTimedOut
         13 12 TaskStateExited B
         14 13 TaskStateEntered C
         15 14 ActivityScheduled
         16 15 ActivityFailed
         17 16 ExecutionFailed",
        &[("A", Retried), ("B", Caught), ("C", Failed)],
    );
}

#[test]
fn a_task_that_waits_for_its_next_attempt_is_running() {
    assert_statuses(
        "1 0 ExecutionStarted
         2 0 TaskStateEntered A
         3 2 TaskScheduled
         4 3 TaskFailed",
        &[("A", Running)],
    );
}

#[test]
fn a_fail_state_has_failed_and_so_has_a_state_without_an_event_of_its_own() {
    assert_statuses(
        "1 0 ExecutionStarted\n2 0 FailStateEntered A\n3 2 ExecutionFailed",
        &[("A", Failed)],
    );
    assert_statuses(
        "1 0 ExecutionStarted\n2 0 ChoiceStateEntered A\n3 2 ExecutionFailed",
        &[("A", Failed)],
    );
}

#[test]
fn what_runs_when_its_execution_is_stopped_is_aborted() {
    assert_statuses(
        "1 0 ExecutionStarted\n2 0 WaitStateEntered A\n3 2 ExecutionAborted",
        &[("A", Aborted)],
    );
}

#[test]
fn a_branch_that_fails_aborts_the_others_and_its_parallel_may_be_caught() {
    assert_statuses(
        "1 0 ExecutionStarted
         2 0 ParallelStateEntered P
         3 2 ParallelStateStarted
         4 3 TaskStateEntered A
         5 4 TaskScheduled
         6 3 WaitStateEntered B
         7 5 TaskFailed
         8 7 ParallelStateFailed
         9 8 ParallelStateExited P
         10 9 PassStateEntered C",
        &[("A", Failed), ("B", Aborted), ("C", Running), ("P", Caught)],
    );
}

#[test]
fn the_failure_of_a_parallel_in_a_parallel_is_that_of_both() {
    assert_statuses(
        "1 0 ExecutionStarted
         2 0 ParallelStateEntered P
         3 2 ParallelStateStarted
         4 3 ParallelStateEntered Q
         5 4 ParallelStateStarted
         6 5 FailStateEntered F
         7 6 ParallelStateFailed
         8 7 ParallelStateFailed
         9 8 ExecutionFailed",
        &[("F", Failed), ("P", Failed), ("Q", Failed)],
    );
}

/// Two iterations of a Map `M` with one Task `T`; the first one fails.
const ITERATIONS: &str = "1 0 ExecutionStarted
     2 0 MapStateEntered M
     3 2 MapStateStarted
     4 3 MapIterationStarted M
     5 4 TaskStateEntered T
     6 3 MapIterationStarted M
     7 6 TaskStateEntered T
     8 5 TaskScheduled
     9 7 TaskScheduled
     10 8 TaskFailed
";

#[test]
fn of_iterations_the_one_that_failed_counts_and_else_the_one_that_runs() {
    let rest = "11 10 TaskStateExited T
                12 11 PassStateEntered U";
    assert_statuses(
        &format!("{ITERATIONS}{rest}"),
        &[("M", Running), ("T", Running), ("U", Running)],
    );
    let rest = "11 10 MapIterationFailed M
                12 7 MapIterationAborted M
                13 11 MapStateFailed
                14 13 ExecutionFailed";
    assert_statuses(&format!("{ITERATIONS}{rest}"), &[("M", Failed), ("T", Failed)]);
}

#[test]
fn a_map_that_is_retried_shows_its_last_attempt() {
    let rest = "11 10 MapIterationFailed M
                12 11 MapStateFailed
                13 12 MapStateStarted
                14 13 MapIterationStarted M
                15 14 TaskStateEntered T
                16 15 TaskScheduled
                17 16 TaskSucceeded
                18 17 TaskStateExited T
                19 18 MapIterationSucceeded M
                20 19 MapStateSucceeded
                21 20 MapStateExited M
                22 21 ExecutionSucceeded";
    assert_statuses(&format!("{ITERATIONS}{rest}"), &[("M", Retried), ("T", Succeeded)]);
}

#[test]
fn of_the_rounds_of_a_loop_the_last_one_counts() {
    assert_statuses(
        "1 0 ExecutionStarted
         2 0 TaskStateEntered A
         3 2 TaskFailed
         4 3 TaskStateExited A
         5 4 PassStateEntered B
         6 5 PassStateExited B
         7 6 TaskStateEntered A
         8 7 TaskSucceeded
         9 8 TaskStateExited A",
        &[("A", Succeeded), ("B", Succeeded)],
    );
}

#[test]
fn a_redriven_state_is_running_again() {
    assert_statuses(
        "1 0 ExecutionStarted
         2 0 TaskStateEntered A
         3 2 TaskScheduled
         4 3 TaskFailed
         5 4 ExecutionFailed
         6 5 ExecutionRedriven
         7 6 TaskScheduled",
        &[("A", Running)],
    );
}

#[test]
fn events_that_are_missing_or_no_events_are_passed_over() {
    assert_statuses(
        "7 6 TaskStateExited A\n8 7 TaskStateEntered B",
        &[("A", Succeeded), ("B", Running)],
    );
    let odd = [json!(null), json!({"id": "x"}), json!({"id": 1, "type": "PassStateEntered"})];
    assert_eq!(statuses_of_history(&odd), StateStatuses::default());
}
