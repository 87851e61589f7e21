//! Random numbers that the caller can reproduce from a seed.

/// The random source of `$uuid`, `$random` and `$shuffle`. The seed determines all its numbers.
///
/// The generator is `SplitMix64`. The lower half of the seed is its first state, and the upper half
/// selects its increment.
#[derive(Debug, Clone)]
pub(crate) struct JsonataRandom {
    state: u64,
    increment: u64,
}

/// The increment of `SplitMix64`: 2^64 divided by the golden ratio, made odd.
const GOLDEN_GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

impl JsonataRandom {
    /// Creates the stream of a seed.
    pub(crate) fn new(seed: u128) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
        let (low, high) = (seed as u64, (seed >> 64) as u64);
        // An increment must be odd for the stream to have its full period.
        Self { state: low, increment: mix_state(high).wrapping_add(GOLDEN_GAMMA) | 1 }
    }

    /// The next 64 random bits.
    pub(crate) fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(self.increment);
        mix_state(self.state)
    }

    /// A random UUID of version 4, in lower case.
    pub(crate) fn uuid_v4(&mut self) -> String {
        let high = (self.next_u64() & 0xFFFF_FFFF_FFFF_0FFF) | 0x4000;
        let low = (self.next_u64() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000;
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xFFFF,
            high & 0xFFFF,
            low >> 48,
            low & 0xFFFF_FFFF_FFFF,
        )
    }

    /// A number from 0 to below 1, as JavaScript's `Math.random` gives it.
    pub(crate) fn next_fraction(&mut self) -> f64 {
        // The upper 53 bits are used, because a double holds exactly 53 bits.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit into a double")]
        let bits = (self.next_u64() >> 11) as f64;
        bits / 9_007_199_254_740_992.0
    }
}

/// The output function of `SplitMix64`.
fn mix_state(state: u64) -> u64 {
    let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::JsonataRandom;

    #[test]
    fn the_same_seed_gives_the_same_draws() {
        let draw = |seed| {
            let mut draws = JsonataRandom::new(seed);
            [draws.next_u64(), draws.next_u64()]
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert_ne!(draw(7), draw(7 + (1 << 64)));
    }

    #[test]
    fn a_uuid_has_its_version_and_variant() {
        let uuid = JsonataRandom::new(1).uuid_v4();
        let groups: Vec<usize> = uuid.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12]);
        assert!(uuid.split('-').nth(2).is_some_and(|group| group.starts_with('4')));
        assert!(
            uuid.split('-').nth(3).is_some_and(|group| group.starts_with(['8', '9', 'a', 'b']))
        );
    }

    #[test]
    fn fractions_lie_between_zero_and_one() {
        let mut draws = JsonataRandom::new(3);
        let fractions: Vec<f64> = (0..200).map(|_| draws.next_fraction()).collect();
        assert!(fractions.iter().all(|n| (0.0..1.0).contains(n)));
        assert!(fractions.iter().any(|n| *n < 0.2) && fractions.iter().any(|n| *n > 0.8));
    }
}
