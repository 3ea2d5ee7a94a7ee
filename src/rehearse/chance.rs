//! Chance that is given: the same seed, the same numbers.

use std::cell::Cell;

use crate::port::Chance;

/// Numbers that follow from a seed (splitmix64).
#[derive(Debug)]
pub struct Seeded(Cell<u64>);

impl Seeded {
    /// Numbers from this seed on.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    /// The next number.
    pub(super) fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `most`.
    pub(super) fn below(&self, most: u64) -> u64 {
        if most == 0 { 0 } else { self.next() % most }
    }
}

impl Chance for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let number = self.next().to_le_bytes();
            for (to, from) in chunk.iter_mut().zip(number) {
                *to = from;
            }
        }
    }
}
