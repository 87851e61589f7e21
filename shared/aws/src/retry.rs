//! Sending again what a service refused for now.
//!
//! The SDK's own retries are off: they also repeat what may have been written already, and a
//! conditional write that is repeated fails on its own condition.

use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use tokio::time::{Instant, sleep};
use tracing::debug;

use crate::Error;

/// How long one operation goes on trying. A function's timeout is longer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest pause before the second attempt; each later one may be twice as long.
const FIRST_PAUSE_MAX: Duration = Duration::from_millis(50);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// What it does to carry out a request twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryPolicy {
    /// No more than once does.
    Idempotent,
    /// The second fails where the first did not, or happens as well.
    NotIdempotent,
}

/// Sends a request until it is answered, fails for good, or patience ends.
pub(crate) async fn send_with_retry<A, E, F>(
    twice: RetryPolicy,
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
        let may_repeat = match twice {
            RetryPolicy::Idempotent => error.is_transient(),
            RetryPolicy::NotIdempotent => error.is_transient() && error.had_no_effect(),
        };
        if !may_repeat || !pauses.wait_before_retry().await {
            return Err(error);
        }
        debug!(%error, "a request is sent again");
    }
}

/// Pauses that grow, of which each is drawn from zero to its longest so that workers spread out.
pub(crate) struct RetryBackoff {
    until: Instant,
    next_max: Duration,
}

impl RetryBackoff {
    pub(crate) fn new() -> Self {
        Self { until: Instant::now() + PATIENCE, next_max: FIRST_PAUSE_MAX }
    }

    /// Pauses; false at once where that would be too long.
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

/// From 0 to 1; 1 where there is no chance to be had.
fn random_fraction() -> f64 {
    let mut byte = [u8::MAX];
    getrandom::fill(&mut byte).ok();
    f64::from(byte[0]) / f64::from(u8::MAX)
}
