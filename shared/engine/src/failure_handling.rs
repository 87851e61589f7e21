//! Retry and Catch: how a state handles a failure.

use asl::{Catcher, ErrorHandlers, JitterStrategy, Retrier};
use model::{EventRef, Failure, FramePhase, Payload, TransitionKind, error_name};
use random_stream::RandomStream;
use serde_json::json;

use crate::{
    language::StateEvaluator, message_queue::queue_of_state, transition::Transition,
    transition_builder::TransitionBuilder,
};

/// Retries the state, catches the failure, or ends the frame.
///
/// `after` is the failing event if it is in another frame's log.
///
/// Spec: ASL § Errors: retriers are scanned first, in order. If the one that matches has no attempt
/// left, catchers are scanned.
pub(crate) fn handle_failure<L: StateEvaluator>(
    mut builder: TransitionBuilder<'_>,
    handlers: &ErrorHandlers<L>,
    input: &Payload,
    failure: Failure,
    after: Option<EventRef>,
) -> Transition {
    if let Some(recorder) = builder.recorder() {
        recorder.record_failure(&failure);
    }
    let handled = HandledError::of_failure(&builder, &failure);
    let matching = handlers.retry.iter().position(|r| handled.matches(&r.error_equals));
    if let Some(index) = matching {
        if let Some(recorder) = builder.recorder() {
            recorder.record_retrier(index);
        }
        let retrier = &handlers.retry[index];
        builder.visit.retries.resize(handlers.retry.len(), 0);
        let used = builder.visit.retries[index];
        if u64::from(used) < retrier.max_attempts {
            builder.visit.retries[index] = used + 1;
            let delay = delay_milliseconds(retrier, used, &mut builder.random);
            if let Some(recorder) = builder.recorder() {
                recorder.record_backoff(delay);
            }
            let until = builder.context.time_and_seed.now.plus_milliseconds(delay);
            let visit = builder.visit.clone();
            let queue = queue_of_state(builder.context.definition, &builder.state.name);
            return builder.stay_in_state(FramePhase::Delayed {
                input: input.clone(),
                visit,
                until,
                failing_event: after,
                retrier: u32::try_from(index).ok(),
                queue,
            });
        }
    }
    let catching = handlers.catch.iter().position(|c| handled.matches(&c.error_equals));
    builder.emit_failed_by_evaluation();
    match catching {
        Some(index) => catch_failure(builder, &handlers.catch[index], index, input, &failure),
        None => builder.fail_frame(failure),
    }
}

/// Returns whether [`handle_failure`] would retry this failure. If so, the state has not failed.
pub(crate) fn will_retry<L: StateEvaluator>(
    builder: &TransitionBuilder<'_>,
    handlers: &ErrorHandlers<L>,
    failure: &Failure,
) -> bool {
    let handled = HandledError::of_failure(builder, failure);
    let matching = handlers.retry.iter().position(|r| handled.matches(&r.error_equals));
    matching.is_some_and(|index| {
        let used = builder.visit.retries.get(index).copied().unwrap_or_default();
        u64::from(used) < handlers.retry[index].max_attempts
    })
}

fn catch_failure<L: StateEvaluator>(
    mut builder: TransitionBuilder<'_>,
    catcher: &Catcher<L>,
    index: usize,
    input: &Payload,
    failure: &Failure,
) -> Transition {
    if let Some(recorder) = builder.recorder() {
        recorder.record_catcher(index);
    }
    let error_output = Payload::from_value(match failure {
        // Recorded for a task that `SendTaskFailure` failed without an error and a cause.
        Failure { error: None, cause: None } => json!({ "Error": null, "Cause": null }),
        Failure { error, cause } => json!({
            "Error": error.as_deref().unwrap_or_default(),
            "Cause": cause.as_deref().unwrap_or_default(),
        }),
    });
    match L::caught_output(&mut builder, &catcher.catcher_output, index, input, error_output) {
        Ok(leaving) => {
            let transition = TransitionKind::Catch(u32::try_from(index).unwrap_or(u32::MAX));
            builder.leave_state_by(transition, leaving, catcher.next.clone())
        }
        Err(failure) => {
            builder.emit_failed_by_evaluation();
            builder.fail_frame(failure)
        }
    }
}

/// An error that `ErrorEquals` is matched against.
struct HandledError {
    name: String,
    /// Whether `States.ALL` matches it.
    is_of_all: bool,
}

impl HandledError {
    /// `States.ALL` does not match data that is too large, except where it is the result of a task:
    /// that is recorded on AWS, although the guide says otherwise.
    fn of_failure(builder: &TransitionBuilder<'_>, failure: &Failure) -> Self {
        let name = failure.error.clone().unwrap_or_default();
        let is_of_all = name != error_name::DATA_LIMIT_EXCEEDED || builder.task_has_failed();
        Self { name, is_of_all }
    }

    fn matches(&self, error_equals: &[String]) -> bool {
        let error = self.name.as_str();
        if error == error_name::RUNTIME {
            return false;
        }
        error_equals.iter().any(|name| match name.as_str() {
            error_name::ALL => self.is_of_all,
            error_name::TASK_FAILED => error != error_name::TIMEOUT,
            // AWS reports a missed heartbeat as States.Timeout (recorded), but the guide tells
            // users to catch it as States.HeartbeatTimeout.
            error_name::HEARTBEAT_TIMEOUT => error == name || error == error_name::TIMEOUT,
            name => name == error,
        })
    }
}

/// Returns the delay before the next attempt in milliseconds:
/// `IntervalSeconds × BackoffRate^used`, at most `MaxDelaySeconds`, with jitter.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a delay is at most MaxDelaySeconds or SECONDS_MAX, in milliseconds; far below 2^53"
)]
fn delay_milliseconds(retrier: &Retrier, used: u32, random: &mut RandomStream) -> i64 {
    let growth = retrier.backoff_rate.powi(i32::try_from(used).unwrap_or(i32::MAX));
    let longest = retrier.max_delay_seconds.unwrap_or(model::limits::SECONDS_MAX) as f64;
    let seconds = (retrier.interval_seconds as f64 * growth).min(longest);
    let milliseconds = (seconds * 1000.0) as u64;
    let delay = match retrier.jitter {
        JitterStrategy::None => milliseconds,
        JitterStrategy::Full => random.next_u64() % (milliseconds + 1),
    };
    delay.cast_signed()
}

#[cfg(test)]
mod tests {
    use crate::test_driver::{call_fails, call_returns, run_to_end};

    fn task_machine(rest: &str) -> String {
        let caught = if rest.contains("Caught") {
            r#", "Caught": {"Type": "Pass", "End": true}"#
        } else {
            ""
        };
        format!(
            r#"{{"StartAt": "T", "States": {{
                "T": {{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                       "Parameters": {{"FunctionName": "f"}}, {rest}, "Next": "Done"}},
                "Done": {{"Type": "Succeed"}} {caught}}}}}"#
        )
    }

    #[test]
    fn each_retry_waits_longer_by_the_backoff_rate_up_to_the_longest_delay() {
        let machine = task_machine(
            r#""Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "MaxAttempts": 4,
                          "BackoffRate": 3, "MaxDelaySeconds": 20}]"#,
        );
        let answers = [
            call_fails("Busy"),
            call_fails("Busy"),
            call_fails("Busy"),
            call_fails("Busy"),
            call_returns("1"),
        ];
        let run = run_to_end(&machine, "{}", &answers);
        assert_eq!(run.delays, [2_000, 6_000, 18_000, 20_000]);
        assert_eq!(run.output_json(), "1");
    }

    #[test]
    fn full_jitter_never_waits_longer_than_without() {
        let machine = task_machine(
            r#""Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 5, "BackoffRate": 1,
                          "JitterStrategy": "FULL"}]"#,
        );
        let run = run_to_end(
            &machine,
            "{}",
            &[call_fails("Busy"), call_fails("Busy"), call_returns("1")],
        );
        assert!(run.delays.iter().all(|delay| (0..=5_000).contains(delay)), "{:?}", run.delays);
    }

    #[test]
    fn each_retrier_counts_its_own_attempts() {
        let machine = task_machine(
            r#""Retry": [{"ErrorEquals": ["A"], "MaxAttempts": 1},
                         {"ErrorEquals": ["B"], "MaxAttempts": 1}]"#,
        );
        let run = run_to_end(&machine, "{}", &[call_fails("A"), call_fails("B"), call_fails("A")]);
        assert_eq!(run.delays.len(), 2);
        assert_eq!(run.error_and_cause(), ("A", "because"));
    }

    #[test]
    fn a_used_up_retrier_leaves_its_error_to_the_catchers() {
        let machine = task_machine(
            r#""Retry": [{"ErrorEquals": ["A"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}],
               "Catch": [{"ErrorEquals": ["A"], "ResultPath": "$.error", "Next": "Caught"}]"#,
        );
        let run = run_to_end(&machine, r#"{"x": 1}"#, &[call_fails("A")]);
        assert!(run.delays.is_empty());
        assert_eq!(run.output_json(), r#"{"x":1,"error":{"Error":"A","Cause":"because"}}"#);
    }

    #[test]
    fn task_failed_matches_every_error_but_a_timeout() {
        let machine =
            task_machine(r#""Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}]"#);
        let caught = run_to_end(&machine, "{}", &[call_fails("Anything")]);
        assert_eq!(caught.output_json(), r#"{"Error":"Anything","Cause":"because"}"#);
        let uncaught = run_to_end(&machine, "{}", &[crate::CallOutcome::TimedOut]);
        assert_eq!(uncaught.error_and_cause(), ("States.Timeout", ""));
    }

    #[test]
    fn all_matches_a_task_result_that_is_too_large_but_no_other_data() {
        let machine = |parameters: &str| {
            format!(
                r#"{{"StartAt": "T", "States": {{
                    "T": {{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                           "Parameters": {parameters}, "End": true,
                           "Catch": [{{"ErrorEquals": ["States.ALL"], "ResultPath": null,
                                       "Next": "Caught"}}]}},
                    "Caught": {{"Type": "Pass", "Result": 1, "End": true}}}}}}"#
            )
        };
        let large = |bytes: usize| format!("\"{}\"", "x".repeat(bytes));
        let result = call_returns(&large(300_000));
        let caught = run_to_end(&machine(r#"{"FunctionName": "f"}"#), "{}", &[result]);
        assert_eq!(caught.output_json(), "1");
        let doubled = machine(r#"{"a.$": "$", "b.$": "$"}"#);
        let failed = run_to_end(&doubled, &large(200_000), &[]);
        assert_eq!(failed.error_and_cause().0, "States.DataLimitExceeded");
    }

    #[test]
    fn a_runtime_error_is_never_caught() {
        let machine = r#"{"StartAt": "T", "States": {
            "T": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                  "Parameters": {"FunctionName.$": "$.missing"},
                  "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}], "End": true},
            "C": {"Type": "Succeed"}}}"#;
        let run = run_to_end(machine, "{}", &[]);
        assert_eq!(run.error_and_cause().0, "States.Runtime");
        assert_eq!(run.event_types(), ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]);
    }
}
