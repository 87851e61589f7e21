//! A repeatable random source.

use random_stream::RandomStream;

/// A stream of numbers that depends only on its seed.
#[derive(Clone, Debug)]
pub(crate) struct SimulationRandom(RandomStream);

impl SimulationRandom {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(RandomStream::new(seed as u128))
    }

    pub(crate) const fn draw_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`, which must not be 0.
    pub(crate) const fn number_below(&mut self, bound: u64) -> u64 {
        self.0.next_below(bound)
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
