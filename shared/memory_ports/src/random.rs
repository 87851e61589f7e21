//! A reproducible random source.

use std::sync::Mutex;

use orchestrator::ports::RandomSource;
use random_stream::RandomStream;

use crate::lock_unpoisoned;

/// Draws random numbers from a seed. They are predictable, so it is for tests only.
#[derive(Debug)]
pub struct SeededRandom(Mutex<RandomStream>);

impl SeededRandom {
    /// Makes a random source. The same seed gives the same draws.
    pub const fn new(seed: u64) -> Self {
        Self(Mutex::new(RandomStream::new(seed as u128)))
    }
}

impl RandomSource for SeededRandom {
    fn random_seed(&self) -> u128 {
        lock_unpoisoned(&self.0).next_u128()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_its_own_draws_again() {
        let draws = |seed| {
            let random = SeededRandom::new(seed);
            [random.random_seed(), random.random_seed()]
        };
        assert_eq!(draws(1), draws(1));
        assert_ne!(draws(1), draws(2));
        assert_ne!(draws(1)[0], draws(1)[1]);
    }
}
