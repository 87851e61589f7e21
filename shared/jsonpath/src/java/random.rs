//! `java.util.Random`, whose numbers AWS shows where a seed is given.
//!
//! Spec: the documentation of `java.util.Random`, which prescribes the generator.

/// A generator with a seed.
pub(crate) struct JavaRandom {
    /// 48 bits.
    state: u64,
}

const MULTIPLIER: u64 = 0x5_DEEC_E66D;
const MASK: u64 = (1 << 48) - 1;

impl JavaRandom {
    pub(crate) const fn with_seed(seed: i64) -> Self {
        Self { state: (seed.cast_unsigned() ^ MULTIPLIER) & MASK }
    }

    /// The next `bits` bits, at most 32, as a signed number.
    fn next_bits(&mut self, bits: u32) -> i32 {
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(0xB) & MASK;
        #[expect(clippy::cast_possible_truncation, reason = "the upper bits of 48 are at most 32")]
        let drawn = (self.state >> (48 - bits)) as u32;
        drawn.cast_signed()
    }

    /// A number from 0 to below `bound`, which is positive: `nextInt(bound)`.
    pub(crate) fn next_int_below(&mut self, bound: i32) -> i32 {
        if bound.cast_unsigned().is_power_of_two() {
            let product = i64::from(bound) * i64::from(self.next_bits(31));
            return i32::try_from(product >> 31).unwrap_or(0);
        }
        loop {
            let bits = self.next_bits(31);
            let value = bits % bound;
            // The numbers above the last whole multiple of the bound are drawn again.
            if bits.wrapping_sub(value).wrapping_add(bound - 1) >= 0 {
                return value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::JavaRandom;

    #[test]
    fn the_numbers_are_those_of_java() {
        let mut random = JavaRandom::with_seed(42);
        let drawn: Vec<i32> = (0..6).map(|_| random.next_int_below(10)).collect();
        assert_eq!(drawn, [0, 3, 8, 4, 0, 5]);
        assert_eq!(JavaRandom::with_seed(0).next_int_below(100), 60);
    }
}
