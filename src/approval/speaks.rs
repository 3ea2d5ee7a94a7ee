//! Whether a key speaks for the person whom a statement names.
//!
//! Owns that one question, for every word that is given outside a gate: at a gate it is asked with all the others.

use super::refusal::Reason;
use super::signature::Checked;
use crate::plan::Person;
use crate::text::time::Instant;

/// Why it does not, or none when it does: the key has to be that person's alone, or be vouched for by one of the
/// `authorities`, and both have to count at each of the `times`.
pub(super) fn speaks(
    roster: &[Person],
    authorities: &[String],
    person: &str,
    checked: &Checked,
    times: &[Instant],
) -> Option<Reason> {
    let line = checked.key.line();
    let Some(person) = roster.iter().find(|p| p.name == person) else {
        return Some(Reason::UnknownPerson);
    };
    if !times.iter().all(|at| person.serves(*at)) {
        return Some(Reason::NotServing);
    }
    let mut owners = roster.iter().filter(|p| p.keys.iter().any(|k| k.key == line));
    match (owners.next(), owners.next()) {
        (_, Some(_)) => return Some(Reason::SharedKey),
        (Some(one), None) if one.name != person.name => return Some(Reason::OthersKey(one.name.clone())),
        _ => {}
    }
    if let Some(key) = person.keys.iter().find(|k| k.key == line) {
        if times.iter().any(|at| key.revoked.is_some_and(|revoked| revoked <= *at)) {
            return Some(Reason::Revoked);
        }
        if times.iter().any(|at| key.from.is_some_and(|from| from > *at)) {
            return Some(Reason::KeyTooNew);
        }
        return (key.hardware && !checked.touched).then_some(Reason::NotTouched);
    }
    let vouched = checked
        .certificate
        .as_ref()
        .filter(|c| authorities.contains(&c.authority.line()) && c.principals.contains(&person.name));
    match vouched {
        None => Some(Reason::UnknownKey(checked.key.fingerprint())),
        Some(c) if times.iter().all(|at| c.from <= *at && *at < c.until) => None,
        Some(_) => Some(Reason::CertificateOver),
    }
}
