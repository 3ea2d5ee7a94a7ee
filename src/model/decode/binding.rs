//! Tables whose keys only a provider understands, as JSON with places.
//!
//! Owns the conversion and the rule which keys are environments: those that hold a table.

use serde_json::{Map, Value};
use toml::de::DeValue;

use super::reader::Reader;
use super::sketch::{Names, Shape};
use super::table::{Entry, Table};
use super::value::{number, plain_name};
use crate::diag::code;
use crate::model::binding::{Binding, Bound, Place};
use crate::text::gather::Gather;
use crate::text::span::Span;

/// All remaining keys of a table.
pub(super) fn all(t: &Table<'_, '_>) -> Binding {
    t.rest_takes(|| Names::Any, || Shape::Any);
    of(t.reader, t.span, &t.rest())
}

/// The given keys.
pub(super) fn of(reader: &Reader, span: Span, entries: &[Entry<'_>]) -> Binding {
    let mut binding = Binding { span, ..Binding::default() };
    for entry in entries {
        let place = Place { key: entry.key.span, value: entry.span };
        binding.places.insert(entry.key.value.clone(), place);
        if let Some(value) = json(reader, entry.value, entry.span) {
            binding.values.insert(entry.key.value.clone(), value);
        }
    }
    binding
}

/// `provider`, keys that hold everywhere, and a table per environment.
pub(super) fn bound(t: &Table<'_, '_>) -> Bound {
    let provider = t.must("provider", "provider = \"…\"", t.text("provider"));
    t.rest_takes(|| Names::Any, || Shape::Any);
    let mut bound = Bound { span: t.span, provider, ..Bound::default() };
    let (tables, flat): (Vec<Entry<'_>>, Vec<Entry<'_>>) =
        t.rest().into_iter().partition(|e| matches!(e.value, DeValue::Table(_)));
    bound.shared = of(t.reader, t.span, &flat);
    for entry in tables {
        if let DeValue::Table(map) = entry.value
            && plain_name(t.reader, &entry.key)
        {
            let inner = Table::new(t.reader, format!("`{}`", entry.key.value), entry.span, map);
            bound.environments.push(entry.key, all(&inner));
        }
    }
    bound
}

/// A TOML value as JSON; none after reporting what JSON has no place for.
pub(super) fn json(reader: &Reader, value: &DeValue<'_>, span: Span) -> Option<Value> {
    Some(match value {
        DeValue::String(s) => Value::String(s.to_string()),
        DeValue::Boolean(b) => Value::Bool(*b),
        DeValue::Integer(i) => match i64::from_str_radix(i.as_str(), i.radix()) {
            Ok(n) => Value::from(n),
            Err(_) => {
                reader.error(code::BAD_VALUE, span, "the number is too large", "");
                return None;
            }
        },
        DeValue::Float(_) => match number(value) {
            Some(n) => Value::from(n),
            None => {
                reader.error(code::BAD_VALUE, span, "not a number that can be sent", "");
                return None;
            }
        },
        DeValue::Datetime(_) => {
            let help = Some("put it in quotation marks");
            reader.wrong_type("it", span, value, "a text, a number, true or false, a list or a table", help);
            return None;
        }
        DeValue::Array(list) => {
            Value::Array(list.iter().filter_map(|v| json(reader, v.get_ref(), v.span().into())).collect())
        }
        DeValue::Table(map) => Value::Object(
            map.iter()
                .filter_map(|(k, v)| Some((k.get_ref().to_string(), json(reader, v.get_ref(), v.span().into())?)))
                .gather::<Map<String, Value>>(),
        ),
    })
}
