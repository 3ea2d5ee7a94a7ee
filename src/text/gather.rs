//! Collecting one by one.
//!
//! Owns the way in which maps are made of pairs. `collect` sorts them first, with the machine code of a whole sort for each
//! place where a map is made: those were two fifths of all sorts, and all sorts a twentieth of the program (814 KB). Maps here
//! are small. Most are sorted vectors (`LiteMap`): a tree is nine kilobytes of machine code for each pair of types, and there
//! were 148 of them. A tree stays where a map is written to the record (an empty `LiteMap` would be written as a list), where
//! ranges of it are looked at, and where thousands of things may come in any order: entering one moves all that follow.

use std::collections::{BTreeMap, BTreeSet};

use litemap::LiteMap;
use serde_json::{Map, Value};

/// What things can be entered into one after the other; the last of equal keys stays.
pub trait Enter<T> {
    /// Enters one.
    fn enter(&mut self, one: T);
}

impl<K: Ord, V> Enter<(K, V)> for BTreeMap<K, V> {
    fn enter(&mut self, (key, value): (K, V)) {
        self.insert(key, value);
    }
}

impl<K: Ord, V> Enter<(K, V)> for LiteMap<K, V> {
    fn enter(&mut self, (key, value): (K, V)) {
        self.insert(key, value);
    }
}

impl Enter<(String, Value)> for Map<String, Value> {
    fn enter(&mut self, (key, value): (String, Value)) {
        self.insert(key, value);
    }
}

impl<K: Ord> Enter<K> for BTreeSet<K> {
    fn enter(&mut self, one: K) {
        self.insert(one);
    }
}

/// What is collected by entering one after the other.
pub trait Gather: Iterator + Sized {
    /// Everything in a new collection.
    fn gather<C: Default + Enter<Self::Item>>(self) -> C {
        let mut all = C::default();
        self.for_each(|one| all.enter(one));
        all
    }
}

impl<I: Iterator> Gather for I {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_the_same_either_way() {
        let pairs = [(3, 'a'), (1, 'b'), (3, 'c'), (2, 'd')];
        assert_eq!(pairs.into_iter().gather::<BTreeMap<_, _>>(), pairs.into_iter().collect::<BTreeMap<_, _>>());
    }
}
