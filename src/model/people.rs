//! Who there is, as written in `people.toml`.
//!
//! Owns the typed data. Who may approve what is arithmetic of `approval`.

use std::sync::Arc;

use super::binding::Bound;
use super::exception::Exception;
use super::hours::Hours;
use super::named::Named;
use crate::text::source::Source;
use crate::text::span::{Span, Spanned};
use crate::text::time::Instant;

/// `people.toml`.
#[derive(Clone, Debug, PartialEq)]
pub struct People {
    /// The file.
    pub source: Arc<Source>,
    /// `[persons.NAME]`.
    pub persons: Named<Person>,
    /// `[roles.NAME]`: roles that name an on-call source, or are described. A role that only persons carry need not
    /// stand here.
    pub roles: Named<Role>,
    /// `ca`: public keys of authorities that sign people's keys. A certificate of one of them stands for the person whom
    /// it names.
    pub authorities: Vec<Spanned<String>>,
    /// Findings that somebody answers for: `[[exception]]`.
    pub exceptions: Vec<Exception>,
}

/// A person.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// The whole table.
    pub span: Span,
    /// The name in full.
    pub name: Option<Spanned<String>>,
    /// What they may decide as, such as `legal`.
    pub functions: Vec<Spanned<String>>,
    /// Roles they carry, such as `support-ml-lead`.
    pub roles: Vec<Spanned<String>>,
    /// Public keys.
    pub keys: Vec<Key>,
    /// What payloads are encrypted to for this person, where their signing key can't serve: a key of age or of SSH.
    pub encrypt: Option<Spanned<String>>,
    /// When they are usually there to be asked. A vote counts at any time.
    pub hours: Option<Spanned<Hours>>,
    /// Names of persons who stand in.
    pub alternates: Vec<Spanned<String>>,
    /// How to reach them.
    pub contacts: Contacts,
    /// First day on which their votes count.
    pub from: Option<Spanned<jiff::civil::Date>>,
    /// Last day on which their votes count.
    pub until: Option<Spanned<jiff::civil::Date>>,
}

/// A public key of a person: the line of a `.pub` file, or a table with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// The whole value.
    pub span: Span,
    /// The key in OpenSSH's one-line form.
    pub line: Spanned<String>,
    /// In its one form, kind and key without the comment; none where it is no key that can vote.
    pub form: Option<String>,
    /// From when on what it signs counts.
    pub from: Option<Spanned<Instant>>,
    /// From when on nothing that it signed counts any more.
    pub revoked: Option<Spanned<Instant>>,
    /// Whether each signature needs a touch of the hardware that holds it.
    pub hardware: bool,
}

/// A role.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// The whole table.
    pub span: Span,
    /// In words.
    pub title: Option<Spanned<String>>,
    /// Who carries it now, asked of a provider: `on-call = { provider = "pager", schedule = "…" }`.
    pub on_call: Option<Bound>,
    /// How to reach whoever carries it, such as a duty telephone.
    pub contacts: Contacts,
}

/// How to reach somebody. Shown, and never recorded: no contact enters a plan or the journal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contacts {
    /// A telephone number.
    pub phone: Option<Spanned<String>>,
    /// An e-mail address; also how a person of the pager is recognised.
    pub email: Option<Spanned<String>>,
    /// The pager's own id of this person: how it is recognised whose turn it is.
    pub pager: Option<Spanned<String>>,
    /// Any other way, in words.
    pub contact: Option<Spanned<String>>,
}

impl Contacts {
    /// Whether a user of a pager, known there by an id and perhaps an e-mail address, is who is written here. A name that
    /// looks alike is not enough.
    #[must_use]
    pub fn is(&self, id: &str, email: Option<&str>) -> bool {
        let same = |ours: &Spanned<String>, theirs: &str| ours.value.eq_ignore_ascii_case(theirs);
        match &self.pager {
            Some(pager) => pager.value == id,
            None => self.email.as_ref().zip(email).is_some_and(|(ours, theirs)| same(ours, theirs)),
        }
    }
}

impl Person {
    /// The keys that payloads are encrypted to for this person: the one for that, or else the signing keys that are not
    /// revoked. Whoever has left reads nothing new.
    #[must_use]
    pub fn readable_with(&self, now: Instant) -> Vec<&str> {
        let today = now.to_string();
        // Days and instants are both written so that the later stands behind the earlier.
        let left =
            self.until.as_ref().is_some_and(|last| last.value.to_string().as_str() < today.get(..10).unwrap_or(""));
        match &self.encrypt {
            _ if left => Vec::new(),
            Some(key) => vec![key.value.as_str()],
            None => {
                let stands = |k: &&Key| k.revoked.as_ref().is_none_or(|r| now < r.value);
                self.keys.iter().filter(stands).map(|k| k.line.value.as_str()).collect()
            }
        }
    }
}

impl People {
    /// Names of the persons who carry a role, in the order written.
    pub fn carriers<'a>(&'a self, role: &'a str) -> impl Iterator<Item = &'a str> {
        self.persons
            .iter()
            .filter(move |(_, p)| p.roles.iter().any(|r| r.value == role))
            .map(|(name, _)| name.value.as_str())
    }

    /// The person whom a pager knows by this id or e-mail address.
    #[must_use]
    pub fn of_pager(&self, id: &str, email: Option<&str>) -> Option<&str> {
        self.persons.iter().find(|(_, p)| p.contacts.is(id, email)).map(|(name, _)| name.value.as_str())
    }

    /// Whether a name is a person, a role or a role that somebody carries.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        self.persons.get(name).is_some() || self.roles.get(name).is_some() || self.carriers(name).next().is_some()
    }

    /// Every name that [`knows`](Self::knows) accepts, for did-you-mean.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let carried = self.persons.iter().flat_map(|(_, p)| p.roles.iter().map(|r| r.value.as_str()));
        let mut names: Vec<&str> = self.persons.names().chain(self.roles.names()).chain(carried).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}
