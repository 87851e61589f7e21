//! Repeatable random numbers.

use std::hash::{BuildHasher, RandomState};

use crate::environment_numbers::{number_from_env, report_figure};

/// `SplitMix64`, which is good enough to choose moments.
pub(crate) struct AcceptanceRandom(u64);

impl AcceptanceRandom {
    /// Takes the seed from `SEED` or a random one, and reports it.
    pub(crate) fn from_env_seed() -> Self {
        let seed = number_from_env("SEED", RandomState::new().hash_one(0));
        report_figure(&format!("SEED={seed}"));
        Self(seed)
    }

    /// Derives a random source for another thread.
    pub(crate) fn split_stream(&mut self) -> Self {
        Self(self.next_u64())
    }

    /// A number below `limit`.
    pub(crate) fn number_below(&mut self, limit: u64) -> u64 {
        self.next_u64() % limit.max(1)
    }

    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
