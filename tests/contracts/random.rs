//! A repeatable random source.

use random_stream::RandomStream;

/// A stream of numbers that depends only on its seed.
#[derive(Clone, Debug)]
pub(crate) struct ContractRandom(RandomStream);

impl ContractRandom {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(RandomStream::new(seed as u128))
    }

    /// A number below `bound`, which must not be 0.
    pub(crate) fn number_below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.0.next_below(u64::from(bound))).expect("it is below a u32")
    }

    pub(crate) fn pick_one<A: Clone>(&mut self, all: &[A]) -> A {
        let length = u32::try_from(all.len()).expect("they are few");
        all[self.number_below(length) as usize].clone()
    }

    /// `length` characters that do not compress well.
    pub(crate) fn random_text(&mut self, length: usize) -> String {
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
        (0..length).map(|_| char::from(self.pick_one(letters))).collect()
    }
}
