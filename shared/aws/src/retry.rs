//! Retries of requests that failed temporarily.
//!
//! The SDK's own retries are off: they also repeat writes that may have happened, and a repeated
//! conditional write fails on its own condition.

use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use tokio::time::{Instant, sleep};
use tracing::debug;

use crate::Error;

/// How long one operation keeps retrying. A function's timeout is longer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest pause before the second attempt; each later one may be twice as long.
const FIRST_BACKOFF_MAX: Duration = Duration::from_millis(50);
/// The longest pause before any attempt.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// Whether a request may be carried out twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryPolicy {
    /// The second time changes nothing.
    Idempotent,
    /// The second time fails although the first succeeded, or takes effect as well.
    NotIdempotent,
}

/// Sends a request until it succeeds, fails permanently, or [`PATIENCE`] is exhausted.
pub(crate) async fn send_with_retry<A, E, F>(
    retry_policy: RetryPolicy,
    mut send: impl FnMut() -> F,
) -> Result<A, Error>
where
    F: Future<Output = Result<A, SdkError<E>>>,
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let mut pauses = RetryBackoff::new();
    loop {
        let error = match send().await {
            Ok(answer) => return Ok(answer),
            Err(error) => Error::from(error),
        };
        let may_repeat = match retry_policy {
            RetryPolicy::Idempotent => error.is_transient(),
            RetryPolicy::NotIdempotent => error.is_transient() && error.had_no_effect(),
        };
        if !may_repeat || !pauses.wait_before_retry().await {
            return Err(error);
        }
        debug!(%error, "a request is sent again");
    }
}

/// Exponential backoff. Each pause is drawn from zero to its maximum, so that workers spread out.
pub(crate) struct RetryBackoff {
    until: Instant,
    next_max: Duration,
}

impl RetryBackoff {
    pub(crate) fn new() -> Self {
        Self { until: Instant::now() + PATIENCE, next_max: FIRST_BACKOFF_MAX }
    }

    /// Pauses. Returns false at once if the pause would exceed [`PATIENCE`].
    pub(crate) async fn wait_before_retry(&mut self) -> bool {
        let pause = self.next_max.mul_f64(random_fraction());
        self.next_max = (self.next_max * 2).min(PAUSE_MAX);
        if Instant::now() + pause >= self.until {
            return false;
        }
        sleep(pause).await;
        true
    }
}

/// A random number from 0 to 1; 1 if the system's random source fails.
fn random_fraction() -> f64 {
    let mut byte = [u8::MAX];
    getrandom::fill(&mut byte).ok();
    f64::from(byte[0]) / f64::from(u8::MAX)
}
