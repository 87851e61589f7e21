//! Repeatable random numbers.

use std::hash::{BuildHasher, RandomState};

use random_stream::RandomStream;

use crate::environment_numbers::{number_from_env, report_figure};

/// Random numbers that are good enough to choose moments.
pub(crate) struct AcceptanceRandom(RandomStream);

impl AcceptanceRandom {
    /// Takes the seed from `SEED` or a random one, and reports it.
    pub(crate) fn from_env_seed() -> Self {
        let seed = number_from_env("SEED", RandomState::new().hash_one(0));
        report_figure(&format!("SEED={seed}"));
        Self(RandomStream::new(seed.into()))
    }

    /// Derives a random source for another thread.
    pub(crate) fn split_stream(&mut self) -> Self {
        Self(RandomStream::new(self.0.next_u64().into()))
    }

    /// A number below `limit`.
    pub(crate) fn number_below(&mut self, limit: u64) -> u64 {
        self.0.next_below(limit.max(1))
    }
}
