//! A repeatable random source: `SplitMix64`.

/// A stream of numbers that depends only on its seed.
#[derive(Clone, Debug)]
pub(crate) struct ContractRandom(u64);

impl ContractRandom {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    const fn draw_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which must not be 0.
    pub(crate) fn number_below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.draw_u64() % u64::from(bound)).expect("it is below a u32")
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
