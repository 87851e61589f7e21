//! A repeatable random source: `SplitMix64`.

/// A stream of numbers that depends only on its seed.
#[derive(Clone, Debug)]
pub(crate) struct SimulationRandom(u64);

impl SimulationRandom {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn draw_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which must not be 0.
    pub(crate) const fn number_below(&mut self, bound: u64) -> u64 {
        self.draw_u64() % bound
    }

    /// An index below `length`.
    pub(crate) fn pick_index(&mut self, length: usize) -> usize {
        let length = u64::try_from(length).expect("lengths fit 64 bits");
        usize::try_from(self.number_below(length)).expect("it is less than a length")
    }

    /// A duration from 0 to `most` milliseconds.
    pub(crate) const fn draw_milliseconds(&mut self, most: u32) -> i64 {
        (self.draw_u64() % (most as u64 + 1)).cast_signed()
    }

    pub(crate) const fn draw_per_mille(&mut self, per_mille: u32) -> bool {
        self.draw_u64() % 1000 < per_mille as u64
    }
}
