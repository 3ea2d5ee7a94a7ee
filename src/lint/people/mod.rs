//! Whoever may be asked can answer, and is one person.

use std::sync::Arc;

use super::context::Context;
use crate::model::people::Person;
use crate::text::source::Source;

super::rule::rules! {
    bad_key, shared_key, shared_contact, no_key, spent_key, not_serving, no_carrier, no_alternate, unfit_alternate, unattended_page,
    cannot_read,
}

/// Everybody, with the file they stand in.
fn persons<'a>(cx: &Context<'a>) -> impl Iterator<Item = (&'a str, &'a Person, &'a Arc<Source>)> + use<'a> {
    let people = cx.workspace.people.as_ref();
    people
        .into_iter()
        .flat_map(|p| p.persons.iter().map(move |(name, person)| (name.value.as_str(), person, &p.source)))
}

/// Whether today lies in a person's time.
fn serves(cx: &Context<'_>, person: &Person) -> bool {
    person.from.as_ref().is_none_or(|d| d.value <= cx.today)
        && person.until.as_ref().is_none_or(|d| cx.today <= d.value)
}
