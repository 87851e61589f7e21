//! Time and randomness.

use std::future::Future;

use model::Timestamp;
use random_stream::uuid_of_bits;

/// A clock that a use case can read and wait on.
pub trait Clock {
    /// Returns the current time, to the millisecond.
    fn now(&self) -> Timestamp;

    /// Returns at that time, or at once if it has passed.
    fn sleep_until(&self, at: Timestamp) -> impl Future<Output = ()> + Send;
}

/// A source of random numbers.
pub trait RandomSource {
    /// Returns 128 random bits that nobody can guess.
    fn random_seed(&self) -> u128;

    /// Returns a version 4 UUID as AWS prints one: 36 hexadecimal digits and hyphens.
    fn random_uuid(&self) -> String {
        uuid_of_bits(self.random_seed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_uuid_is_of_version_4() {
        struct AllOnes;
        impl RandomSource for AllOnes {
            fn random_seed(&self) -> u128 {
                u128::MAX
            }
        }
        assert_eq!(AllOnes.random_uuid(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
