//! `people.toml`: who there is.
//!
//! Owns its sections and what can be checked inside the one file: alternates, keys, validity.

use std::sync::Arc;

use toml::de::DeTable;

use super::Decoded;
use super::binding::bound;
use super::exception::exceptions;
use super::reader::{Reader, reading};
use super::runbook::schema;
use super::sketch::{Node, describe};
use super::table::Table;
use crate::diag::code;
use crate::model::hours::Hours;
use crate::model::key::{BadKey, PublicKey};
use crate::model::people::{Contacts, Key, People, Person, Role};
use crate::text::source::Source;
use crate::text::span::Spanned;

/// Reads `people.toml`.
#[must_use]
pub fn people(source: &Arc<Source>) -> Decoded<People> {
    reading(source, source, |reader, tree| read(reader, tree, source))
}

fn read(reader: &Reader, tree: &DeTable<'_>, source: &Arc<Source>) -> People {
    let root = Table::root(reader, tree);
    let value = sections(&root, source);
    root.finish();
    for (name, person) in value.persons.iter() {
        for other in &person.alternates {
            if other.value == name.value {
                let message = format!("`{name}` is their own alternate");
                reader.advise(code::BAD_VALUE, other.span, message, "", "name somebody else");
            } else if value.persons.get(&other.value).is_none() {
                reader.unresolved("a person", other, value.persons.names());
            }
        }
        if value.roles.get(&name.value).is_some() {
            reader.report(
                reader
                    .make(code::DUPLICATE_ID, name.span, format!("`{name}` is a person and a role"), "the person")
                    .at(&reader.source, value.roles.span(&name.value).unwrap_or_default(), "the role")
                    .help("names of persons and roles share one space; rename one"),
            );
        }
    }
    let keys = value.persons.iter().flat_map(|(_, p)| &p.keys).map(|k| &k.line);
    reader.duplicates("keys", keys);
    for authority in &value.authorities {
        if let Err(bad) = PublicKey::parse(&authority.value) {
            not_a_key(reader, authority, &bad);
        }
    }
    value
}

/// What `people.toml` takes.
pub(in crate::model) fn people_takes() -> Node {
    let empty = Source::new("", String::new());
    describe(|root| drop(sections(root, &empty)))
}

/// What the file takes.
fn sections(root: &Table<'_, '_>, source: &Arc<Source>) -> People {
    schema(root);
    People {
        source: Arc::clone(source),
        persons: root.named("persons", |t, _| Some(person(t))),
        roles: root.named("roles", |t, _| Some(role(t))),
        authorities: root.texts("ca"),
        exceptions: exceptions(root),
    }
}

fn person(t: Table<'_, '_>) -> Person {
    let person = Person {
        span: t.span,
        name: t.text("name"),
        functions: t.texts("functions"),
        roles: t.texts("roles"),
        keys: t.texts_and_tables("keys", "a key", plain_key, key),
        encrypt: t.text("encrypt"),
        hours: t.text("hours").and_then(|written| hours(t.reader, &written)),
        alternates: t.texts("alternates"),
        contacts: contacts(&t, true),
        from: t.date("from"),
        until: t.date("until"),
    };
    for key in person.keys.iter().filter(|k| k.form.is_none()) {
        match PublicKey::parse(&key.line.value) {
            // What is cut off is told by lint, with the place and the way to mend it.
            Ok(_) | Err(BadKey::Cut) => {}
            Err(bad) => not_a_key(t.reader, &key.line, &bad),
        }
    }
    if let Some(written) = &person.encrypt
        && !["age1", "ssh-ed25519 ", "ssh-rsa "].iter().any(|p| written.value.starts_with(p))
    {
        let help = "write a recipient of age (age1…), or the line of an ssh-ed25519 or ssh-rsa .pub file";
        t.reader.advise(code::BAD_VALUE, written.span, "nothing can be encrypted to this", "", help);
    }
    if let (Some(from), Some(until)) = (&person.from, &person.until)
        && until.value < from.value
    {
        t.reader.report(t.reader.make(code::BAD_VALUE, until.span, "`until` lies before `from`", "").at(
            &t.reader.source,
            from.span,
            "from here on",
        ));
    }
    t.reader.duplicates("functions of a person", &person.functions);
    t.finish();
    person
}

fn not_a_key(reader: &Reader, written: &Spanned<String>, bad: &BadKey) {
    let says = match bad {
        BadKey::NotAKey | BadKey::Cut => "not a public key that can vote".to_owned(),
        other => other.to_string(),
    };
    let help = "paste the one line of an .pub file, such as \"ssh-ed25519 AAAA… name\"";
    reader.advise(code::BAD_VALUE, written.span, says, "", help);
}

fn plain_key(line: Spanned<String>) -> Key {
    Key { span: line.span, form: form(&line.value), line, from: None, revoked: None, hardware: false }
}

/// Read once: every plan has the keys of the whole roster.
fn form(line: &str) -> Option<String> {
    PublicKey::parse(line).ok().map(|key| key.line())
}

fn key(t: Table<'_, '_>) -> Option<Key> {
    let line = t.must("key", "key = \"ssh-ed25519 AAAA… name\"", t.text("key"));
    let (from, revoked) = (t.moment("valid-from"), t.moment("revoked"));
    let hardware = t.flag("hardware");
    if let (Some(line), Some(hardware)) = (&line, hardware.as_ref().filter(|h| h.value))
        && let Ok(key) = PublicKey::parse(&line.value)
        && !key.kind().is_hardware()
    {
        let help = "make one with `ssh-keygen -t ed25519-sk`, or leave `hardware` out";
        let says = format!("a key of type {} lives in no hardware that could be touched", key.kind().name());
        t.reader.advise(code::BAD_VALUE, hardware.span, says, "", help);
    }
    let hardware = hardware.is_some_and(|h| h.value);
    let key = line.map(|line| Key { span: t.span, form: form(&line.value), line, from, revoked, hardware });
    t.finish();
    key
}

fn hours(reader: &Reader, written: &Spanned<String>) -> Option<Spanned<Hours>> {
    let hours = written.value.parse().ok();
    if hours.is_none() {
        let help = "write days, a stretch and a zone, such as \"mon-fri 08:00-18:00 +01:00\"; without a zone it is UTC";
        reader.advise(code::BAD_VALUE, written.span, "not days and hours", "", help);
    }
    hours.map(|hours| Spanned::new(hours, written.span))
}

fn role(t: Table<'_, '_>) -> Role {
    let on_call = t.table("on-call", "`on-call`").map(|inner| {
        let bound = bound(&inner);
        inner.finish_with(&[]);
        bound
    });
    let role = Role { span: t.span, title: t.text("title"), on_call, contacts: contacts(&t, false) };
    t.finish();
    role
}

/// Of a person, or of a role, which no pager knows.
fn contacts(t: &Table<'_, '_>, person: bool) -> Contacts {
    let contacts = Contacts {
        phone: t.text("phone"),
        email: t.text("email"),
        pager: if person { t.text("pager") } else { None },
        contact: t.text("contact"),
    };
    let bad = |written: &Spanned<String>, says: &str, help: &str| {
        t.reader.advise(code::BAD_VALUE, written.span, says, "", help);
    };
    if let Some(phone) = contacts.phone.as_ref().filter(|p| !p.value.chars().any(|c| c.is_ascii_digit())) {
        bad(phone, "not a telephone number", "write it as it is dialled from abroad, such as \"+41 44 000 00 00\"");
    }
    if let Some(email) = contacts.email.as_ref().filter(|e| {
        let (name, host) = e.value.split_once('@').unwrap_or_default();
        name.is_empty() || host.is_empty() || e.value.contains(char::is_whitespace)
    }) {
        bad(email, "not an e-mail address", "write the address alone, such as \"ada@example.com\"");
    }
    contacts
}
