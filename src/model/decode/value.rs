//! Reading one value under a key: texts, durations, numbers, words, lists, tables.
//!
//! Owns what each type may look like. Each reader answers the value, or none after reporting what is wrong.

use std::borrow::Cow;

use toml::de::DeValue;

use super::reader::Reader;
use super::sketch::{Names, Shape, meanings};
use super::table::Table;
use crate::diag::{Diagnostic, code};
use crate::model::named::Named;
use crate::model::scalar::Scalar;
use crate::model::word::Word;
use crate::text::safe;
use crate::text::span::{Span, Spanned};
use crate::text::suggest;
use crate::text::time::{Instant, Millis};

/// The greatest whole number that every reader of JSON keeps exactly.
const GREATEST: u64 = 1 << 53;

impl<'r, 'a> Table<'r, 'a> {
    /// A text that is not empty.
    pub(super) fn text(&self, key: &'static str) -> Option<Spanned<String>> {
        self.takes(key, || Shape::Text);
        let entry = self.get(key)?;
        text(self.reader, key, entry.value, entry.span)
    }

    /// An id: a-z, 0-9 and hyphens.
    pub(super) fn id(&self, key: &'static str) -> Option<Spanned<String>> {
        self.takes(key, || Shape::Id);
        let entry = self.get(key)?;
        match entry.value {
            // What can not be seen in an id is an error, told once.
            DeValue::String(written) if !written.trim().is_empty() => {
                let id = Spanned::new(written.to_string(), entry.span);
                plain_id(self.reader, &id).then_some(id)
            }
            other => text(self.reader, key, other, entry.span),
        }
    }

    /// A duration such as `30s`, longer than nothing.
    pub(super) fn duration(&self, key: &'static str) -> Option<Spanned<Millis>> {
        self.takes(key, || Shape::Duration);
        let entry = self.get(key)?;
        let help = "write a whole number and one unit of s, m, h, d, w in quotation marks, such as \"30s\" or \"2h\"";
        let DeValue::String(written) = entry.value else {
            self.reader.wrong_type(key, entry.span, entry.value, "a duration", Some(help));
            return None;
        };
        match written.parse::<Millis>() {
            Ok(length) if length.0 > 0 && !written.ends_with("ms") => Some(Spanned::new(length, entry.span)),
            Ok(Millis(0)) => {
                self.reader.error(code::BAD_DURATION, entry.span, format!("`{key}` must be longer than nothing"), "");
                None
            }
            _ => {
                let shown = safe::excerpt(written, 40);
                self.reader.advise(code::BAD_DURATION, entry.span, format!("`{shown}` is not a duration"), "", help);
                None
            }
        }
    }

    /// A number.
    pub(super) fn number(&self, key: &'static str) -> Option<Spanned<f64>> {
        self.takes(key, || Shape::Number);
        let entry = self.get(key)?;
        match number(entry.value) {
            Some(n) => Some(Spanned::new(n, entry.span)),
            None => {
                self.reader.wrong_type(key, entry.span, entry.value, "a number", None);
                None
            }
        }
    }

    /// A whole number, zero or more.
    pub(super) fn count(&self, key: &'static str) -> Option<Spanned<u64>> {
        self.takes(key, || Shape::Count);
        let entry = self.get(key)?;
        let DeValue::Integer(i) = entry.value else {
            self.reader.wrong_type(key, entry.span, entry.value, "a whole number", None);
            return None;
        };
        match u64::from_str_radix(i.as_str(), i.radix()) {
            Ok(n) if n <= GREATEST => Some(Spanned::new(n, entry.span)),
            _ => {
                let message = format!("`{key}` takes a whole number from 0 to {GREATEST}");
                self.reader.error(code::BAD_VALUE, entry.span, message, "");
                None
            }
        }
    }

    /// How many people: 1 to 99.
    pub(super) fn people(&self, key: &'static str) -> Option<Spanned<u16>> {
        let n = self.count(key);
        self.takes(key, || Shape::People);
        let n = n?;
        match u16::try_from(n.value) {
            Ok(people @ 1..=99) => Some(Spanned::new(people, n.span)),
            _ => {
                self.reader.error(code::BAD_VALUE, n.span, format!("`{key}` takes a number from 1 to 99"), "");
                None
            }
        }
    }

    /// true or false.
    pub(super) fn flag(&self, key: &'static str) -> Option<Spanned<bool>> {
        self.takes(key, || Shape::Flag);
        let entry = self.get(key)?;
        let DeValue::Boolean(b) = entry.value else {
            let help = Some("write true or false without quotation marks");
            self.reader.wrong_type(key, entry.span, entry.value, "true or false", help);
            return None;
        };
        Some(Spanned::new(*b, entry.span))
    }

    /// A date.
    pub(super) fn date(&self, key: &'static str) -> Option<Spanned<jiff::civil::Date>> {
        self.takes(key, || Shape::Date);
        let entry = self.get(key)?;
        if let DeValue::Datetime(t) = entry.value
            && let (Some(d), None) = (t.date, t.time)
            && let (Ok(year), Ok(month), Ok(day)) = (i16::try_from(d.year), i8::try_from(d.month), i8::try_from(d.day))
            && let Ok(date) = jiff::civil::Date::new(year, month, day)
        {
            return Some(Spanned::new(date, entry.span));
        }
        let help = Some("write it without quotation marks, such as 2027-05-01");
        self.reader.wrong_type(key, entry.span, entry.value, "a date", help);
        None
    }

    /// An instant: a date, which is its beginning in UTC, or a time with its zone.
    pub(super) fn moment(&self, key: &'static str) -> Option<Spanned<Instant>> {
        self.takes(key, || Shape::Moment);
        let entry = self.get(key)?;
        let read = |t: &toml::value::Datetime| match (t.date, t.time, t.offset) {
            (Some(_), None, None) => Instant::of_day(t.to_string().parse().ok()?),
            (Some(_), Some(_), Some(_)) => t.to_string().parse().ok(),
            _ => None,
        };
        if let DeValue::Datetime(t) = entry.value
            && let Some(at) = read(t)
        {
            return Some(Spanned::new(at, entry.span));
        }
        let help = Some("write it without quotation marks and with its zone, such as 2027-05-01T08:00:00Z, or a date");
        self.reader.wrong_type(key, entry.span, entry.value, "a time", help);
        None
    }

    /// A list of texts and tables, each read by the function.
    pub(super) fn texts_and_tables<T>(
        &self,
        key: &'static str,
        name: &'static str,
        text_as: impl Fn(Spanned<String>) -> T,
        table_as: impl Fn(Table<'r, 'a>) -> Option<T>,
    ) -> Vec<T> {
        if let Some(described) = self.below(|s| s.texts_and_tables(key)) {
            table_as(described);
            return Vec::new();
        }
        let Some(entry) = self.get(key) else { return Vec::new() };
        let one = |value: &'a DeValue<'a>, span: Span| match value {
            DeValue::Table(t) => table_as(Table::new(self.reader, name, span, t)),
            other => text(self.reader, key, other, span).map(&text_as),
        };
        match entry.value {
            DeValue::Array(list) => list.iter().filter_map(|v| one(v.get_ref(), v.span().into())).collect(),
            alone @ (DeValue::String(_) | DeValue::Table(_)) => {
                self.reader.wrong_type(key, entry.span, alone, "a list", Some("put it in brackets: [\"…\"]"));
                one(alone, entry.span).into_iter().collect()
            }
            other => {
                self.reader.wrong_type(key, entry.span, other, "a list of texts or tables", None);
                Vec::new()
            }
        }
    }

    /// A word of a closed set.
    pub(super) fn word<W: Word>(&self, key: &'static str, what: &str) -> Option<Spanned<W>> {
        let written = self.text(key);
        self.takes(key, || Shape::Word(meanings::<W>()));
        word(self.reader, what, &written?)
    }

    /// Like [`Self::word`], where the form of the table depends on the word.
    pub(super) fn leading<W: Word>(&self, key: &'static str, what: &str) -> Option<Spanned<W>> {
        match self.choose(key, meanings::<W>) {
            Some(way) => W::ALL.get(way).map(|w| Spanned::new(*w, self.head)),
            None => self.word(key, what),
        }
    }

    /// true, false, a number or a text.
    pub(super) fn scalar(&self, key: &'static str) -> Option<Spanned<Scalar>> {
        self.takes(key, || Shape::Scalar);
        let entry = self.get(key)?;
        let value = match entry.value {
            DeValue::Boolean(b) => Scalar::Bool(*b),
            DeValue::String(_) => Scalar::Text(text(self.reader, key, entry.value, entry.span)?.value),
            other => match number(other) {
                Some(n) => Scalar::Number(n),
                None => {
                    self.reader.wrong_type(key, entry.span, other, "one value: a text, a number, true or false", None);
                    return None;
                }
            },
        };
        Some(Spanned::new(value, entry.span))
    }

    /// A list of texts. A text by itself is reported and taken as a list of one, because what it asks for is plain.
    pub(super) fn texts(&self, key: &'static str) -> Vec<Spanned<String>> {
        self.takes(key, || Shape::Texts(true));
        let Some(entry) = self.get(key) else { return Vec::new() };
        match entry.value {
            DeValue::Array(list) => {
                list.iter().filter_map(|v| text(self.reader, key, v.get_ref(), v.span().into())).collect()
            }
            one @ DeValue::String(_) => {
                self.reader.wrong_type(key, entry.span, one, "a list", Some("put it in brackets: [\"…\"]"));
                text(self.reader, key, one, entry.span).into_iter().collect()
            }
            other => {
                self.reader.wrong_type(key, entry.span, other, "a list of texts", None);
                Vec::new()
            }
        }
    }

    /// A list of words of a closed set.
    pub(super) fn words<W: Word>(&self, key: &'static str, what: &str) -> Vec<Spanned<W>> {
        let written = self.texts(key);
        self.takes(key, || Shape::Words(meanings::<W>()));
        written.iter().filter_map(|t| word(self.reader, what, t)).collect()
    }

    /// A list of texts that must be there and name at least one; none after reporting that it does not.
    pub(super) fn some(&self, key: &'static str, example: &'static str) -> Option<Vec<Spanned<String>>> {
        let list = self.texts(key);
        self.takes(key, || Shape::Texts(false));
        self.need(key, example);
        if matches!(self.get(key).map(|e| e.value), Some(DeValue::Array(a)) if a.is_empty()) {
            self.reader.error(code::BAD_VALUE, self.key_span(key), format!("`{key}` must name at least one"), "");
        }
        (!list.is_empty()).then_some(list)
    }

    /// A table under a key.
    pub(super) fn table(&self, key: &'static str, name: impl Into<Cow<'static, str>>) -> Option<Table<'r, 'a>> {
        if let Some(described) = self.below(|s| s.table(key)) {
            return Some(described);
        }
        let entry = self.get(key)?;
        as_table(self.reader, key, entry.value, entry.span, name)
    }

    /// The tables of `[[key]]`, or of a list of inline tables.
    pub(super) fn tables(&self, key: &'static str, name: &'static str) -> Vec<Table<'r, 'a>> {
        if let Some(described) = self.below(|s| s.tables(key)) {
            return vec![described];
        }
        let Some(entry) = self.get(key) else { return Vec::new() };
        match entry.value {
            DeValue::Array(list) => list
                .iter()
                .filter_map(|v| match v.get_ref() {
                    DeValue::Table(t) => Some(Table::new(self.reader, name, v.span().into(), t)),
                    other => {
                        self.reader.wrong_type(key, v.span().into(), other, "a list of tables", None);
                        None
                    }
                })
                .collect(),
            DeValue::Table(t) => {
                let help = format!("write `[[{key}]]`, because there can be several");
                self.reader.wrong_type(key, entry.span, entry.value, "a list of tables", Some(&help));
                vec![Table::new(self.reader, name, entry.span, t)]
            }
            other => {
                self.reader.wrong_type(key, entry.span, other, "a list of tables", None);
                Vec::new()
            }
        }
    }

    /// The tables of `[key.NAME]`, each read by the function, in the order written.
    pub(super) fn named<T>(
        &self,
        key: &'static str,
        read: impl Fn(Table<'r, 'a>, &Spanned<String>) -> Option<T>,
    ) -> Named<T> {
        self.named_as(key, || Names::Plain, read)
    }

    /// Like [`Self::named`], where the names are words of a closed set.
    pub(super) fn named_words<W: Word, T>(
        &self,
        key: &'static str,
        what: &str,
        read: impl Fn(Table<'r, 'a>) -> T,
    ) -> Named<T> {
        let names = || Names::Word(meanings::<W>());
        self.named_as(key, names, |t, name| word::<W>(t.reader, what, name).map(|_| read(t)))
    }

    fn named_as<T>(
        &self,
        key: &'static str,
        names: impl FnOnce() -> Names,
        read: impl Fn(Table<'r, 'a>, &Spanned<String>) -> Option<T>,
    ) -> Named<T> {
        let mut named = Named::default();
        let Some(table) = self.table(key, format!("`[{key}]`")) else { return named };
        let names = names();
        let any = match &names {
            Names::Word(words) => words.first().map_or("", |(word, _)| word),
            _ => "",
        };
        if let Some(described) = table.below(|s| s.named(names.clone())) {
            // What is read of a description is not kept: nothing is there.
            read(described, &Spanned::new(any.to_owned(), self.head));
            return named;
        }
        for entry in table.rest() {
            let name = format!("`[{key}.{}]`", safe::excerpt(&entry.key.value, 40));
            let Some(inner) = as_table(self.reader, &entry.key.value, entry.value, entry.span, name) else { continue };
            if plain_name(self.reader, &entry.key)
                && let Some(value) = read(inner, &entry.key)
            {
                named.push(entry.key, value);
            }
        }
        named
    }
}

/// The value as a table.
fn as_table<'r, 'a>(
    reader: &'r Reader,
    key: &str,
    value: &'a DeValue<'a>,
    span: Span,
    name: impl Into<Cow<'static, str>>,
) -> Option<Table<'r, 'a>> {
    match value {
        DeValue::Table(t) => Some(Table::new(reader, name, span, t)),
        other => {
            reader.wrong_type(key, span, other, "a table", None);
            None
        }
    }
}

/// A text that is not empty. Characters that hide something are warned of: people read this text at two in the morning.
pub(super) fn text(reader: &Reader, key: &str, value: &DeValue<'_>, span: Span) -> Option<Spanned<String>> {
    let DeValue::String(written) = value else {
        let help = match value {
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
                Some("put it in quotation marks")
            }
            _ => None,
        };
        reader.wrong_type(key, span, value, "a text", help);
        return None;
    };
    if written.trim().is_empty() {
        reader.error(code::BAD_VALUE, span, format!("`{key}` must not be empty"), "");
        return None;
    }
    let seen = |c: char| matches!(c, '\n' | '\t') || safe::is_plain(c);
    if let Some(c) = written.chars().find(|c| !seen(*c)) {
        let message = format!("the text of `{key}` has a character that can not be seen: U+{:04X}", u32::from(c));
        reader.report(
            Diagnostic::warning(code::INVISIBLE_TEXT, message)
                .at(&reader.source, span, "")
                .help("delete it; it will be shown as an escape"),
        );
    }
    Some(Spanned::new(written.to_string(), span))
}

/// A number, whole or not.
pub(super) fn number(value: &DeValue<'_>) -> Option<f64> {
    let n = match value {
        #[expect(clippy::cast_precision_loss, reason = "numbers above 2^53 are not told apart by anything we compare")]
        DeValue::Integer(i) => i64::from_str_radix(i.as_str(), i.radix()).ok()? as f64,
        DeValue::Float(f) => f.as_str().parse().ok()?,
        _ => return None,
    };
    n.is_finite().then_some(n)
}

fn word<W: Word>(reader: &Reader, what: &str, written: &Spanned<String>) -> Option<Spanned<W>> {
    let found = W::parse(&written.value);
    if found.is_none() {
        let known: Vec<&str> = W::ALL.iter().map(|w| w.word()).collect();
        reader.unknown_value(what, written, &known);
    }
    found.map(|w| Spanned::new(w, written.span))
}

/// Whether an id is of a-z, 0-9 and hyphens; reports it when not.
pub(super) fn plain_id(reader: &Reader, id: &Spanned<String>) -> bool {
    plain(reader, id, "an id", "-", "-")
}

/// Whether a name that is a key is of a-z, 0-9, hyphens and underscores; reports it when not.
pub(super) fn plain_name(reader: &Reader, name: &Spanned<String>) -> bool {
    plain(reader, name, "a name", "-_", "-, _")
}

fn plain(reader: &Reader, id: &Spanned<String>, what: &str, extra: &str, shown: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || extra.contains(c);
    if !id.value.is_empty() && id.value.len() <= 80 && id.value.chars().all(fits) {
        return true;
    }
    let hidden = id.value.chars().find(|c| !safe::is_plain(*c));
    let (code, message) = match hidden {
        Some(c) => {
            let message = format!("{what} has a character that can not be seen: U+{:04X}", u32::from(c));
            (code::INVISIBLE_TEXT, message)
        }
        None => (code::BAD_ID, format!("`{}` can not be {what}", safe::excerpt(&id.value, 60))),
    };
    let help = format!("write it with a-z, 0-9 and {}", suggest::list(shown.split(", ")));
    reader.advise(code, id.span, message, "", help);
    false
}
