//! Time and chance.

use std::future::Future;

use model::Timestamp;

/// Time.
pub trait Clock {
    /// Now, to the millisecond.
    fn now(&self) -> Timestamp;

    /// Returns at that time or at once if it has passed.
    fn sleep_until(&self, at: Timestamp) -> impl Future<Output = ()> + Send;
}

/// Chance.
pub trait RandomSource {
    /// 128 bits that nobody can guess.
    fn random_seed(&self) -> u128;
}
