//! The operating system's clock and its source of randomness.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::Timestamp;
use orchestrator::ports::{Clock, RandomSource};

/// The longest sleep between two readings of the clock, since the clock may be set meanwhile.
const CLOCK_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Reads the operating system's clock and its source of randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Timestamp::from_milliseconds(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    async fn sleep_until(&self, at: Timestamp) {
        while let Some(left) = self.time_left(at) {
            tokio::time::sleep(left.min(CLOCK_CHECK_INTERVAL)).await;
        }
    }
}

impl SystemClock {
    /// Returns the time until `at`; none if it has passed.
    fn time_left(self, at: Timestamp) -> Option<Duration> {
        let left = at.as_milliseconds().saturating_sub(self.now().as_milliseconds());
        u64::try_from(left).ok().filter(|left| *left > 0).map(Duration::from_millis)
    }
}

impl RandomSource for SystemClock {
    /// # Panics
    /// Panics if the system's source of randomness fails, which it does not once the system has
    /// started up.
    fn random_seed(&self) -> u128 {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system's randomness is available");
        u128::from_ne_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleeping_ends_at_the_millisecond_and_not_before() {
        let at = SystemClock.now().plus_milliseconds(20);
        SystemClock.sleep_until(at).await;
        assert!(SystemClock.now() >= at);
        SystemClock.sleep_until(Timestamp::from_milliseconds(0)).await;
    }

    #[test]
    fn no_two_seeds_are_alike() {
        assert_ne!(SystemClock.random_seed(), SystemClock.random_seed());
    }
}
