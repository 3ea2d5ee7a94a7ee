//! What was met already: each state once, as the few bytes that tell it from every other.
//!
//! Owns how a state is written down for comparing. Nothing is taken for another because their hashes are equal: the bytes
//! are compared. Can't be read back.

use std::hash::{Hash, Hasher};

use hashbrown::HashTable;
use rustc_hash::FxHasher;

/// Where something that was met stands, and part of its hash, so that most others are told apart without a look at them.
#[derive(Clone, Copy)]
struct Entry {
    tag: u32,
    n: u32,
}

impl Entry {
    /// What the table goes by: its buckets come from the low bits and its own tags from the high ones.
    const fn hash(self) -> u64 {
        (self.tag as u64) << 32 | self.tag as u64
    }
}

/// Everything that was met, numbered from nought in the order of meeting.
#[derive(Default)]
pub(super) struct Known {
    /// One after the other.
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
    table: HashTable<Entry>,
    written: Written,
}

impl Known {
    /// The number of what was met: how many there were before, where it is met for the first time.
    pub(super) fn meet(&mut self, thing: &impl Hash) -> u32 {
        self.written.len = 0;
        thing.hash(&mut self.written);
        let mut hasher = FxHasher::default();
        hasher.write(self.written.all());
        let hash = hasher.finish();
        let [.., a, b, c, d] = (hash ^ (hash >> 32)).to_be_bytes();
        self.enter(u32::from_be_bytes([a, b, c, d]))
    }

    /// The same for what is written down, by part of its hash.
    fn enter(&mut self, tag: u32) -> u32 {
        let entry = Entry { tag, n: u32::try_from(self.ends.len()).unwrap_or(u32::MAX) };
        let same = |e: &Entry| e.tag == tag && self.written.all() == one(&self.bytes, &self.ends, e.n);
        if let Some(known) = self.table.find(entry.hash(), same) {
            return known.n;
        }
        self.bytes.extend_from_slice(self.written.all());
        self.ends.push(self.bytes.len());
        self.table.insert_unique(entry.hash(), entry, |e| e.hash());
        entry.n
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

fn one<'a>(bytes: &'a [u8], ends: &[usize], n: u32) -> &'a [u8] {
    let n = n as usize;
    let start = n.checked_sub(1).map_or(0, |before| ends[before]);
    &bytes[start..ends[n]]
}

/// Takes everything that a hash would be made of and keeps it. A number is written as how many bytes it needs and then
/// those, so that no two values have the same bytes; a small one is its own first byte.
#[derive(Default)]
struct Written {
    /// Room, and in front what was written.
    room: Vec<u8>,
    len: usize,
}

/// The first number that is not its own byte: below it are none of those that say how many bytes follow, up to sixteen.
const FIRST: u64 = 239;

impl Written {
    fn all(&self) -> &[u8] {
        &self.room[..self.len]
    }

    /// Room for so many more.
    fn need(&mut self, more: usize) {
        if self.room.len() - self.len < more {
            self.room.resize(2 * self.room.len() + more, 0);
        }
    }

    fn byte(&mut self, n: u8) {
        self.need(1);
        self.room[self.len] = n;
        self.len += 1;
    }

    /// A number of which so many bytes are not nought. All of it is written, and then as much counted as there is to it,
    /// which is quicker than to write just that.
    fn wide<const N: usize>(&mut self, needs: usize, all: [u8; N]) {
        self.need(1 + N);
        let place = &mut self.room[self.len..];
        place[0] = u8::MAX - u8::try_from(needs).unwrap_or(0);
        place[1..=N].copy_from_slice(&all);
        self.len += 1 + needs;
    }
}

impl Hasher for Written {
    fn finish(&self) -> u64 {
        0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.need(bytes.len());
        self.room[self.len..][..bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    fn write_u8(&mut self, n: u8) {
        self.byte(n);
    }

    fn write_u16(&mut self, n: u16) {
        self.write_u64(u64::from(n));
    }

    fn write_u32(&mut self, n: u32) {
        self.write_u64(u64::from(n));
    }

    fn write_u64(&mut self, n: u64) {
        if n < FIRST {
            return self.byte(n.to_le_bytes()[0]);
        }
        self.wide(8 - n.leading_zeros() as usize / 8, n.to_le_bytes());
    }

    fn write_u128(&mut self, n: u128) {
        match u64::try_from(n) {
            Ok(n) => self.write_u64(n),
            Err(_) => self.wide(16 - n.leading_zeros() as usize / 8, n.to_le_bytes()),
        }
    }

    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }

    fn write_isize(&mut self, n: isize) {
        self.write_u64(n.cast_unsigned() as u64);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::explore::{Monitor, branches};
    use crate::plan::fixture;
    use crate::run::state::State;
    use proptest::prelude::*;

    fn written(thing: &impl Hash) -> Vec<u8> {
        let mut written = Written::default();
        thing.hash(&mut written);
        written.all().to_vec()
    }

    #[test]
    fn what_is_met_again_has_the_number_that_it_had() {
        let mut known = Known::default();
        assert_eq!([7u64, 8, 7, 9].map(|n| known.meet(&n)), [0, 1, 0, 2]);
        assert_eq!(known.len(), 3);
    }

    #[test]
    fn equal_hashes_make_nothing_known() {
        let mut known = Known::default();
        for _ in 0..2 {
            for n in 0..50u8 {
                known.written.len = 0;
                known.written.write(&[n; 3][..usize::from(n % 3) + 1]);
                assert_eq!(known.enter(7), u32::from(n));
            }
        }
    }

    /// What derived comparing and printing tell apart, the hand-written bytes do, and nothing more: over states and accounts
    /// of many ways through the machine.
    #[test]
    fn states_and_accounts_have_the_same_bytes_just_where_they_are_the_same() {
        let plan = fixture::plan();
        let (mut of_bytes, mut of_words) = (BTreeMap::new(), BTreeMap::new());
        let mut turn = 7u64;
        for _ in 0..300 {
            let (mut state, mut account, mut ways) = (State::new(&plan), Monitor::default(), Vec::new());
            for _ in 0..80 {
                let (bytes, words) = (written(&(&state, &account)), format!("{state:?} {account:?}"));
                assert_eq!(of_bytes.entry(bytes.clone()).or_insert_with(|| words.clone()), &words);
                assert_eq!(of_words.entry(words).or_insert_with(|| bytes.clone()), &bytes);
                branches(&plan, &state, &mut ways);
                ways.retain(|(input, _)| state.decide(&plan, *input).is_ok());
                turn = turn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let Some((input, _)) = ways.get((turn >> 33) as usize % ways.len().max(1)) else { break };
                let events = state.decide(&plan, *input).unwrap();
                let _ = account.observe(&plan, &state, *input, &events);
                events.iter().for_each(|event| state.apply(&plan, *event).unwrap());
            }
        }
        assert!(of_bytes.len() > 2_000, "{} were met", of_bytes.len());
    }

    proptest! {
        #[test]
        fn no_two_have_the_same_bytes(a: (u128, u64, Option<u16>, bool), b: (u128, u64, Option<u16>, bool)) {
            prop_assert_eq!(a == b, written(&a) == written(&b));
        }

        #[test]
        fn nor_where_numbers_are_small_or_stand_at_the_edge(
            a in proptest::collection::vec(prop_oneof![0..4u64, 238..260u64, u64::MAX - 3..=u64::MAX], 0..4),
            b in proptest::collection::vec(prop_oneof![0..4u64, 238..260u64, u64::MAX - 3..=u64::MAX], 0..4),
        ) {
            let wide = |all: &[u64]| all.iter().map(|n| u128::from(*n) + 1).collect::<Vec<_>>();
            prop_assert_eq!(a == b, written(&a) == written(&b));
            prop_assert_eq!(a == b, written(&wide(&a)) == written(&wide(&b)));
        }
    }
}
