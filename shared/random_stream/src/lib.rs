//! Random numbers that can be reproduced from a seed.
//!
//! A transition draws all its random values from one seed, so that it has the same result when it
//! is computed again. Tests draw from it, too, and report the seed.
//!
//! Spec: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators" (`SplitMix64`).

/// A stream of random numbers. The seed determines all its numbers.
///
/// The generator is `SplitMix64`. The lower half of the seed is its first state, and the upper half
/// selects its increment.
///
/// ```
/// use random_stream::RandomStream;
///
/// let mut stream = RandomStream::new(1234567);
/// assert_eq!(stream.next_u64(), 6_457_827_717_110_365_317);
/// assert_eq!(stream.next_u64(), 3_203_168_211_198_807_973);
/// ```
#[derive(Debug, Clone)]
pub struct RandomStream {
    state: u64,
    increment: u64,
}

/// The increment of `SplitMix64`: 2^64 divided by the golden ratio, made odd.
const GOLDEN_GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

impl RandomStream {
    /// Creates the stream of a seed.
    pub const fn new(seed: u128) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
        let (low, high) = (seed as u64, (seed >> 64) as u64);
        // An increment must be odd for the stream to have its full period.
        Self { state: low, increment: mix_state(high).wrapping_add(GOLDEN_GAMMA) | 1 }
    }

    /// Returns the next 64 random bits.
    pub const fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(self.increment);
        mix_state(self.state)
    }

    /// Returns the next 128 random bits.
    pub const fn next_u128(&mut self) -> u128 {
        let high = self.next_u64() as u128;
        high << 64 | self.next_u64() as u128
    }

    /// Returns a random UUID of version 4, in lower case.
    pub fn next_uuid(&mut self) -> String {
        uuid_of_bits(self.next_u128())
    }

    /// Returns a number from 0 to below 1, as JavaScript's `Math.random` gives it.
    pub const fn next_fraction(&mut self) -> f64 {
        // The upper 53 bits are used, because a double holds exactly 53 bits.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit into a double")]
        let bits = (self.next_u64() >> 11) as f64;
        bits / 9_007_199_254_740_992.0
    }

    /// Returns a number from `start` to below `end`, or `start` if that range is empty.
    pub fn next_in_range(&mut self, start: i64, end: i64) -> i64 {
        let span = i128::from(end) - i128::from(start);
        if span <= 0 {
            return start;
        }
        // Multiplying maps the bits evenly onto the span, which is far below 2^64.
        let offset = (i128::from(self.next_u64()) * span) >> 64;
        i64::try_from(i128::from(start) + offset).unwrap_or(start)
    }

    /// Returns a number below `limit`.
    ///
    /// # Panics
    /// If `limit` is 0.
    pub const fn next_below(&mut self, limit: u64) -> u64 {
        self.next_u64() % limit
    }
}

/// Returns the UUID of version 4 that has these random bits, in lower case. Six of the bits give
/// way to the version and the variant.
///
/// Spec: RFC 9562, section 5.4.
///
/// ```
/// assert_eq!(random_stream::uuid_of_bits(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
/// ```
pub fn uuid_of_bits(bits: u128) -> String {
    let bits = bits & !(0xF000 << 64) | 0x4000 << 64;
    let bits = bits & !(0xC000 << 48) | 0x8000 << 48;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        bits >> 96,
        (bits >> 80) & 0xFFFF,
        (bits >> 64) & 0xFFFF,
        (bits >> 48) & 0xFFFF,
        bits & 0xFFFF_FFFF_FFFF,
    )
}

/// The output function of `SplitMix64`.
const fn mix_state(state: u64) -> u64 {
    let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_draws() {
        let draw = |seed| RandomStream::new(seed).next_u128();
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert_ne!(draw(7), draw(7 + (1 << 64)));
    }

    #[test]
    fn a_uuid_has_its_version_and_variant() {
        assert_eq!(uuid_of_bits(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(
            uuid_of_bits(0x0123_4567_89AB_CDEF_0123_4567_89AB_CDEF),
            "01234567-89ab-4def-8123-456789abcdef"
        );
        let mut draws = RandomStream::new(1);
        assert_ne!(draws.next_uuid(), draws.next_uuid());
    }

    #[test]
    fn fractions_lie_between_zero_and_one() {
        let mut draws = RandomStream::new(3);
        let fractions: Vec<f64> = (0..200).map(|_| draws.next_fraction()).collect();
        assert!(fractions.iter().all(|n| (0.0..1.0).contains(n)));
        assert!(fractions.iter().any(|n| *n < 0.2) && fractions.iter().any(|n| *n > 0.8));
    }

    #[test]
    fn numbers_fall_into_their_range() {
        let mut draws = RandomStream::new(3);
        let numbers: Vec<i64> = (0..200).map(|_| draws.next_in_range(-2, 2)).collect();
        assert!((-2..2).all(|n| numbers.contains(&n)));
        assert!(numbers.iter().all(|n| (-2..2).contains(n)));
        assert_eq!(draws.next_in_range(5, 5), 5);
        assert!((0..200).all(|_| draws.next_below(3) < 3));
    }
}
