//! Random numbers that the caller can reproduce from a seed.

/// The random source of `States.UUID` and `States.MathRandom`. The seed determines all its numbers.
///
/// The generator is `SplitMix64`. The lower half of the seed is its first state, and the upper half
/// selects its increment.
#[derive(Debug, Clone)]
pub struct RandomStream {
    state: u64,
    increment: u64,
}

/// The increment of `SplitMix64`: 2^64 divided by the golden ratio, made odd.
const GOLDEN_GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

impl RandomStream {
    /// Creates the stream of a seed.
    pub fn new(seed: u128) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
        let (low, high) = (seed as u64, (seed >> 64) as u64);
        // An increment must be odd for the stream to have its full period.
        Self { state: low, increment: mix_state(high).wrapping_add(GOLDEN_GAMMA) | 1 }
    }

    /// Returns the next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(self.increment);
        mix_state(self.state)
    }

    /// Returns a random UUID of version 4, in lower case.
    pub fn uuid_v4(&mut self) -> String {
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

    /// Returns a number from `start` to below `end`, or `start` if that range is empty.
    pub(crate) fn next_in_range(&mut self, start: i64, end: i64) -> i64 {
        let span = i128::from(end) - i128::from(start);
        if span <= 0 {
            return start;
        }
        // Multiplying maps the bits evenly onto the span, which is far below 2^64.
        let offset = (i128::from(self.next_u64()) * span) >> 64;
        i64::try_from(i128::from(start) + offset).unwrap_or(start)
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
    use super::RandomStream;

    #[test]
    fn the_same_seed_gives_the_same_draws() {
        let draw = |seed| {
            let mut draws = RandomStream::new(seed);
            [draws.next_u64(), draws.next_u64()]
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert_ne!(draw(7), draw(7 + (1 << 64)));
    }

    #[test]
    fn a_uuid_has_its_version_and_variant() {
        let uuid = RandomStream::new(1).uuid_v4();
        let groups: Vec<usize> = uuid.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12]);
        assert!(uuid.split('-').nth(2).is_some_and(|group| group.starts_with('4')));
        assert!(
            uuid.split('-').nth(3).is_some_and(|group| group.starts_with(['8', '9', 'a', 'b']))
        );
    }

    #[test]
    fn numbers_fall_into_their_range() {
        let mut draws = RandomStream::new(3);
        let numbers: Vec<i64> = (0..200).map(|_| draws.next_in_range(-2, 2)).collect();
        assert!((-2..2).all(|n| numbers.contains(&n)));
        assert!(numbers.iter().all(|n| (-2..2).contains(n)));
        assert_eq!(draws.next_in_range(5, 5), 5);
    }
}
