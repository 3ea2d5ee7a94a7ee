//! Tables whose keys are names that people chose, in the order written.
//!
//! Owns the one collection for `[controls.NAME]`, `[providers.NAME]` and their like.

use crate::text::span::{Span, Spanned};

/// Things by name, in the order written. Names are unique, because TOML keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<T> {
    entries: Vec<(Spanned<String>, T)>,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<T> Named<T> {
    /// Adds one at the end.
    pub fn push(&mut self, name: Spanned<String>, value: T) {
        self.entries.push((name, value));
    }

    /// By name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&T> {
        self.entries.iter().find(|(n, _)| n.value == name).map(|(_, v)| v)
    }

    /// Where a name was written.
    #[must_use]
    pub fn span(&self, name: &str) -> Option<Span> {
        self.entries.iter().find(|(n, _)| n.value == name).map(|(n, _)| n.span)
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Spanned<String>, &T)> + ExactSizeIterator {
        self.entries.iter().map(|(n, v)| (n, v))
    }

    /// Changes each value in place.
    pub fn each(&mut self, change: impl FnMut(&mut T)) {
        self.entries.iter_mut().map(|(_, v)| v).for_each(change);
    }

    /// Changes the one of a name in place, where there is one.
    pub fn at(&mut self, name: &str, change: impl FnOnce(&mut T)) {
        if let Some((_, value)) = self.entries.iter_mut().find(|(n, _)| n.value == name) {
            change(value);
        }
    }

    /// The names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(n, _)| n.value.as_str())
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }
}
