//! A reproducible random source.

use std::sync::Mutex;

use orchestrator::ports::RandomSource;

use crate::lock_unpoisoned;

/// Draws random numbers from a seed (`SplitMix64`). They are predictable, so it is for tests only.
#[derive(Debug)]
pub struct SeededRandom(Mutex<u64>);

impl SeededRandom {
    /// Makes a random source. The same seed gives the same draws.
    pub const fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl RandomSource for SeededRandom {
    fn random_seed(&self) -> u128 {
        let mut state = lock_unpoisoned(&self.0);
        u128::from(split_mix_64(&mut state)) << 64 | u128::from(split_mix_64(&mut state))
    }
}

fn split_mix_64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_its_own_draws_again() {
        let draws = |seed| {
            let chance = SeededRandom::new(seed);
            [chance.random_seed(), chance.random_seed()]
        };
        assert_eq!(draws(1), draws(1));
        assert_ne!(draws(1), draws(2));
        assert_ne!(draws(1)[0], draws(1)[1]);
    }
}
