//! Retry and Catch: what a state does about a failure.

use asl::{Catcher, Handlers, Jitter, Retrier};
use jsonpath::Draws;
use model::{EventRef, Failure, Payload, Phase, error_name};
use serde_json::json;

use crate::{Transition, draft::Draft, flow};

/// Retries, catches, or ends the frame.
///
/// `after` is the failing event where it stands in another frame's log.
///
/// Spec: ASL § Errors: retriers are scanned first, in order; when the one that matches is used up,
/// catchers are scanned.
pub(crate) fn handle(
    mut draft: Draft<'_>,
    handlers: &Handlers,
    input: &Payload,
    failure: Failure,
    after: Option<EventRef>,
) -> Transition {
    let matching = handlers.retry.iter().position(|r| matches(&r.error_equals, &failure));
    if let Some(index) = matching {
        let retrier = &handlers.retry[index];
        draft.visit.retries.resize(handlers.retry.len(), 0);
        let used = draft.visit.retries[index];
        if u64::from(used) < retrier.max_attempts {
            draft.visit.retries[index] = used + 1;
            let delay = delay_milliseconds(retrier, used, &mut draft.draws);
            let until = draft.scene.moment.now.plus_milliseconds(delay);
            let visit = draft.visit.clone();
            return draft.stay(Phase::Delayed { input: input.clone(), visit, until, after });
        }
    }
    match handlers.catch.iter().find(|c| matches(&c.error_equals, &failure)) {
        Some(catcher) => catch(draft, catcher, input, &failure),
        None => draft.fail(failure),
    }
}

/// Whether a failure would be retried now: then the state has not failed yet.
pub(crate) fn will_retry(draft: &Draft<'_>, handlers: &Handlers, failure: &Failure) -> bool {
    let matching = handlers.retry.iter().position(|r| matches(&r.error_equals, failure));
    matching.is_some_and(|index| {
        let used = draft.visit.retries.get(index).copied().unwrap_or_default();
        u64::from(used) < handlers.retry[index].max_attempts
    })
}

fn catch(draft: Draft<'_>, catcher: &Catcher, input: &Payload, failure: &Failure) -> Transition {
    let error_output = Payload::from_value(json!({
        "Error": failure.error.as_deref().unwrap_or_default(),
        "Cause": failure.cause.as_deref().unwrap_or_default(),
    }));
    let next = asl::Next::State(catcher.next.clone());
    match flow::place(&draft, &catcher.result, input, error_output) {
        Ok(output) => draft.leave(output, &next),
        Err(failure) => draft.fail(failure),
    }
}

/// Whether `ErrorEquals` matches.
///
/// Recorded on AWS: `States.ALL` matches `States.DataLimitExceeded` too, against the guide's text.
fn matches(error_equals: &[String], failure: &Failure) -> bool {
    let error = failure.error.as_deref().unwrap_or_default();
    if error == error_name::RUNTIME {
        return false;
    }
    error_equals.iter().any(|name| match name.as_str() {
        error_name::ALL => true,
        error_name::TASK_FAILED => error != error_name::TIMEOUT,
        // A missed heartbeat is recorded as States.Timeout, and the guide has users catch it by
        // its own name.
        error_name::HEARTBEAT_TIMEOUT => error == name || error == error_name::TIMEOUT,
        name => name == error,
    })
}

/// `IntervalSeconds × BackoffRate^used`, at most `MaxDelaySeconds`, with jitter.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a delay is at most MaxDelaySeconds or SECONDS_MAX, in milliseconds; far below 2^53"
)]
fn delay_milliseconds(retrier: &Retrier, used: u32, draws: &mut Draws) -> i64 {
    let growth = retrier.backoff_rate.powi(i32::try_from(used).unwrap_or(i32::MAX));
    let longest = retrier.max_delay_seconds.unwrap_or(model::limits::SECONDS_MAX) as f64;
    let seconds = (retrier.interval_seconds as f64 * growth).min(longest);
    let milliseconds = (seconds * 1000.0) as u64;
    let delay = match retrier.jitter {
        Jitter::None => milliseconds,
        Jitter::Full => draws.next_u64() % (milliseconds + 1),
    };
    delay.cast_signed()
}
