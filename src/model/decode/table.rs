//! A table of a file while it is read: which keys it may have, which it must have, and which nobody asked for.
//!
//! Owns the bookkeeping of keys; [`value`](super::value) reads what stands under them.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use toml::de::{DeTable, DeValue};

use super::reader::Reader;
use super::sketch::{Meaning, Names, On, Shape, Sketch};
use crate::diag::code;
use crate::text::safe;
use crate::text::span::{Span, Spanned};
use crate::text::suggest;

/// A table while it is read.
pub(super) struct Table<'r, 'a> {
    pub reader: &'r Reader,
    /// In messages, such as `[[trigger]]`.
    pub name: Cow<'static, str>,
    /// The header, or the inline table.
    pub head: Span,
    /// From the header to the last value.
    pub span: Span,
    map: &'a DeTable<'a>,
    known: RefCell<Vec<&'static str>>,
    missing: RefCell<Vec<(&'static str, &'static str)>>,
    /// Where the table is described instead of read.
    sketch: Option<Rc<Sketch>>,
}

/// A value and its place.
pub(super) struct Found<'a> {
    pub value: &'a DeValue<'a>,
    pub span: Span,
}

/// A key's name and value with their places.
pub(super) struct Entry<'a> {
    pub key: Spanned<String>,
    pub value: &'a DeValue<'a>,
    pub span: Span,
}

impl<'r, 'a> Table<'r, 'a> {
    /// The whole file.
    pub(super) fn root(reader: &'r Reader, map: &'a DeTable<'a>) -> Self {
        let end = reader.source.text.len();
        let head = reader.source.text.lines().next().map_or(0, str::len);
        Self::make(reader, Cow::Borrowed("the file"), Span::new(0, head.min(1)), Span::new(0, end), map)
    }

    /// A table at a place.
    pub(super) fn new(
        reader: &'r Reader,
        name: impl Into<Cow<'static, str>>,
        head: Span,
        map: &'a DeTable<'a>,
    ) -> Self {
        let span = extent(head, map);
        Self::make(reader, name.into(), head, span, map)
    }

    fn make(reader: &'r Reader, name: Cow<'static, str>, head: Span, span: Span, map: &'a DeTable<'a>) -> Self {
        Self { reader, name, head, span, map, known: RefCell::default(), missing: RefCell::default(), sketch: None }
    }

    /// A table that tells what it would take.
    pub(super) fn described(reader: &'r Reader, empty: &'a DeTable<'a>, sketch: &Rc<Sketch>) -> Self {
        let mut table = Self::make(reader, Cow::Borrowed(""), Span::default(), Span::default(), empty);
        table.sketch = Some(Rc::clone(sketch));
        table
    }

    /// The description of something below this table.
    pub(super) fn below(&self, make: impl FnOnce(&Sketch) -> Rc<Sketch>) -> Option<Self> {
        self.sketch.as_ref().map(|s| Self::described(self.reader, self.map, &make(s)))
    }

    /// Tells what a key takes, where the table is described.
    pub(super) fn takes(&self, key: &'static str, shape: impl FnOnce() -> Shape) {
        if let Some(sketch) = &self.sketch {
            sketch.note(key, shape());
        }
    }

    /// Tells what stands under every key that is not read by its name.
    pub(super) fn rest_takes(&self, names: impl FnOnce() -> Names, shape: impl FnOnce() -> Shape) {
        if let Some(sketch) = &self.sketch {
            sketch.rest(names(), shape());
        }
    }

    /// Where the table is described: one of the words on which its form depends; each comes once.
    pub(super) fn choose(&self, key: &'static str, words: impl FnOnce() -> Vec<Meaning>) -> Option<usize> {
        let sketch = self.sketch.as_ref()?;
        let words = words();
        let ways: Vec<&'static str> = words.iter().map(|(w, _)| *w).collect();
        sketch.note(key, Shape::Word(words));
        Some(sketch.choose(On::Value(key), &ways))
    }

    /// The one of some keys that is there. Where the table is described, each comes once.
    pub(super) fn which(&self, keys: &[&'static str]) -> Vec<&'static str> {
        match &self.sketch {
            Some(sketch) => keys.get(sketch.choose(On::Key, keys)).copied().into_iter().collect(),
            None => keys.iter().copied().filter(|k| self.has(k)).collect(),
        }
    }

    /// What stands under a key.
    pub(super) fn get(&self, key: &'static str) -> Option<Found<'a>> {
        self.known.borrow_mut().push(key);
        self.map.get(key).map(|v| Found { value: v.get_ref(), span: v.span().into() })
    }

    /// Whether a key stands there, without reading it.
    pub(super) fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// Where a key stands.
    pub(super) fn key_span(&self, key: &str) -> Span {
        self.map.get_key_value(key).map_or(self.head, |(k, _)| k.span().into())
    }

    /// Notes that a key which must be there is not; told when the table is finished, unless an unknown key is likely
    /// to be meant for it.
    pub(super) fn missing(&self, key: &'static str, example: &'static str) {
        if let Some(sketch) = &self.sketch {
            sketch.require(key);
            return;
        }
        self.missing.borrow_mut().push((key, example));
    }

    /// A value that must be there: notes it as missing where the key is absent. A value that was there and wrong was
    /// told already.
    pub(super) fn must<T>(&self, key: &'static str, example: &'static str, value: Option<T>) -> Option<T> {
        if self.sketch.is_some() || (value.is_none() && !self.has(key)) {
            self.missing(key, example);
        }
        value
    }

    /// A list or table that must be there.
    pub(super) fn need(&self, key: &'static str, example: &'static str) {
        if !self.has(key) {
            self.missing(key, example);
        }
    }

    /// Keys of which at least one must be there; the first is asked for where they are lacking.
    pub(super) fn need_any(&self, keys: &[&'static str], lacking: bool, example: &'static str) {
        match (&self.sketch, keys) {
            (Some(sketch), _) => sketch.require_any(keys),
            (None, [first, ..]) if lacking => self.missing(first, example),
            _ => {}
        }
    }

    /// A key that exists elsewhere and must not stand here.
    pub(super) fn refuse(&self, key: &'static str, why: &str) {
        if self.map.contains_key(key) {
            let name = &self.name;
            self.reader.advise(
                code::CONFLICTING_KEYS,
                self.key_span(key),
                format!("`{key}` can not stand in {name}"),
                "",
                why,
            );
            self.known.borrow_mut().push(key);
        }
    }

    /// Keys that nobody asked for yet, in the order written.
    pub(super) fn rest(&self) -> Vec<Entry<'a>> {
        let known = self.known.borrow();
        let mut rest: Vec<Entry<'a>> = self
            .map
            .iter()
            .filter(|(k, _)| !known.contains(&k.get_ref().as_ref()))
            .map(|(k, v)| Entry {
                key: Spanned::new(k.get_ref().to_string(), k.span().into()),
                value: v.get_ref(),
                span: v.span().into(),
            })
            .collect();
        rest.sort_by_key(|e| e.key.span.start);
        rest
    }

    /// Reports unknown and missing keys.
    pub(super) fn finish(self) {
        let rest = self.rest();
        self.finish_with(&rest);
    }

    /// Like [`Self::finish`], where some of the rest was read in another way.
    pub(super) fn finish_with(self, unknown: &[Entry<'_>]) {
        let known = self.known.into_inner();
        let missing = self.missing.into_inner();
        let mut meant: Vec<&str> = Vec::new();
        for entry in unknown {
            let free = known.iter().copied().filter(|k| !self.map.contains_key(*k));
            let near = suggest::nearest(&entry.key.value, free)
                .or_else(|| suggest::nearest(&entry.key.value, known.iter().copied()));
            meant.extend(near);
            let shown = safe::excerpt(&entry.key.value, 60);
            let label = near.map_or_else(String::new, |n| format!("did you mean `{n}`?"));
            let message = format!("unknown key `{shown}` in {}", self.name);
            let problem = self.reader.make(code::UNKNOWN_KEY, entry.key.span, message, label);
            let mut names = known.clone();
            names.sort_unstable();
            names.dedup();
            self.reader.report(match (near, names.is_empty()) {
                (None, true) => problem.help("it takes no keys"),
                (None, false) if names.len() <= 16 => {
                    problem.help(format!("it takes {}", suggest::list(names.iter().copied())))
                }
                _ => problem,
            });
        }
        for (key, example) in missing {
            if !meant.contains(&key) {
                self.reader.advise(
                    code::MISSING_KEY,
                    self.head,
                    format!("`{key}` is missing in {}", self.name),
                    "",
                    format!("add `{example}`"),
                );
            }
        }
    }
}

/// From a header to the last value that belongs to it.
fn extent(head: Span, map: &DeTable<'_>) -> Span {
    map.iter().fold(head, |span, (_, v)| {
        let own = Span::from(v.span());
        let own = if own.start >= head.start { own } else { head };
        span.to(match v.get_ref() {
            DeValue::Table(t) => extent(own, t),
            DeValue::Array(a) => a.iter().fold(own, |s, e| match e.get_ref() {
                DeValue::Table(t) => s.to(extent(e.span().into(), t)),
                _ => s,
            }),
            _ => own,
        })
    })
}
