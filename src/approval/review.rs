//! A review: somebody's signed word that they have read a runbook, or an automation before its launch, as it is, or a change
//! with all that it weakens, and stand behind it.
//!
//! Owns the form of the statement and whose word counts. It holds for the digest that it names and for no other text, so
//! that whatever is changed afterwards has not been reviewed. Its statement begins otherwise than a vote's and is signed in
//! a namespace of its own, so that no gate ever takes it. Must not know where it is kept.

use std::fmt::Write as _;

use litemap::LiteMap;
use serde::{Deserialize, Serialize};

use super::refusal::Reason;
use super::signature::{Checked, Namespace};
use super::speaks::speaks;
use super::statement::differs;
use crate::plan::Person;
use crate::text::canon::sha256_hex;
use crate::text::safe;
use crate::text::time::Instant;

/// The format of [`Review`].
pub const FORMAT: u32 = 1;

const FIRST: &str = "aigov review, format 1";

/// What is reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Of {
    /// A runbook.
    Runbook,
    /// The launch of an automation: its owner's sign-off.
    Launch,
    /// A change of the workspace, held against the commit that is its name.
    Change,
}

impl Of {
    /// One word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Runbook => "runbook",
            Self::Launch => "launch",
            Self::Change => "change",
        }
    }
}

/// A review, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// [`FORMAT`].
    pub format: u32,
    /// What kind of thing was reviewed.
    pub of: Of,
    /// Its name.
    pub name: String,
    /// The environment of a launch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// SHA-256 of its file; of a change, what [`of_change`] says.
    pub digest: String,
    /// The commit that changed the file last, and who made it, where the workspace is in git.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
    /// Who says that they have read it.
    pub person: String,
    /// The fingerprint of their key; empty where a name is enough.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// Unique.
    pub nonce: String,
    /// When, by their clock.
    pub at: Instant,
    /// The statement, whole, and its signature; none where a name is enough.
    pub signed: Option<(String, String)>,
}

/// Whose word counts.
#[derive(Clone, Copy, Debug)]
pub struct Voices<'a> {
    /// The roster of the protected ref.
    pub protected: &'a [Person],
    /// The roster as it stands now; why not, where it can't be read. Nobody gains by it: it only takes reviews away.
    pub now: Result<&'a [Person], &'a str>,
    /// Who may vouch for keys.
    pub authorities: &'a [String],
    /// Whether a name is enough: in the sandbox and in demonstrations, where nobody has a key.
    pub unsigned: bool,
}

impl Review {
    /// What its person signs.
    #[must_use]
    pub fn statement(&self) -> String {
        let says = match self.of {
            Of::Runbook | Of::Launch => "have read what is named here as it is, and stand behind it",
            Of::Change => "have read this change and what it weakens, and stand behind it",
        };
        let mut out = format!("{FIRST}\n\nI, {}, {says}.\n\n", safe::line(&self.person));
        let at = self.at.to_string();
        let fields = [
            (self.of.word(), Some(self.name.as_str())),
            ("environment", self.environment.as_deref()),
            ("digest", Some(self.digest.as_str())),
            ("changed", self.changed.as_deref()),
            ("person", Some(self.person.as_str())),
            ("key", Some(self.key.as_str())),
            ("issued", Some(at.as_str())),
            ("nonce", Some(self.nonce.as_str())),
            ("namespace", Some(Namespace::Review.name())),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                // Writing to a String can't fail.
                let _ = writeln!(out, "{}", format!("{name:<12} {}", safe::line(value)).trim_end());
            }
        }
        out
    }

    /// Takes a statement apart as far as it names things; no signature is with it yet.
    ///
    /// # Errors
    /// What is missing.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.lines().next() != Some(FIRST) {
            return Err(format!("it does not begin with `{FIRST}`"));
        }
        let find = |name: &str| {
            let found = text.lines().filter_map(|l| l.split_once(' ')).find(|(known, _)| *known == name);
            found.map(|(_, value)| value.trim_start().to_owned())
        };
        let get = |name: &str| find(name).ok_or_else(|| format!("it does not say `{name}`"));
        let named = [Of::Runbook, Of::Launch, Of::Change].map(|of| find(of.word()).map(|name| (of, name)));
        let mut named = named.into_iter().flatten();
        let (Some((of, name)), None) = (named.next(), named.next()) else {
            return Err("it does not say what was reviewed".to_owned());
        };
        Ok(Self {
            format: FORMAT,
            of,
            name,
            environment: find("environment"),
            digest: get("digest")?,
            changed: find("changed"),
            person: get("person")?,
            key: get("key")?,
            nonce: get("nonce")?,
            at: get("issued")?.parse().map_err(|_| "its `issued` is no time".to_owned())?,
            signed: None,
        })
    }

    /// Why it does not count, in words, or none when it does. `looked`: what came of checking its signature, made for
    /// reviews and nothing else.
    #[must_use]
    pub fn refusal(&self, looked: &Result<Checked, String>, of: Voices<'_>, now: Instant) -> Option<String> {
        if self.format != FORMAT {
            return Some(format!("its format is {}, and {FORMAT} is read here", self.format));
        }
        if self.at > now {
            return Some("its time lies in the future".to_owned());
        }
        let Some((text, _)) = &self.signed else {
            let known = of.protected.iter().any(|p| p.name == self.person && p.serves(now));
            return match (of.unsigned, known) {
                (true, true) => None,
                (true, false) => Some(words(Reason::UnknownPerson)),
                (false, _) => Some(words(Reason::Unsigned)),
            };
        };
        let checked = match looked {
            Ok(checked) => checked,
            Err(why) => return Some(why.clone()),
        };
        if checked.key.fingerprint() != self.key {
            return Some("another key signed it than the one that it names".to_owned());
        }
        if let Some(line) = differs(text, &self.statement()) {
            return Some(format!("its text is not what stands beside it, from line {line}"));
        }
        let still = match of.now {
            Ok(roster) => roster,
            Err(why) => return Some(format!("whether its key still counts can't be told: {why}")),
        };
        let times = [self.at, now];
        let by = |roster| speaks(roster, of.authorities, &self.person, checked, &times).map(words);
        by(of.protected).or_else(|| by(still))
    }
}

/// A reason in words that speak of no run.
fn words(reason: Reason) -> String {
    match reason {
        Reason::UnknownPerson => "nobody of this name is in people.toml".to_owned(),
        Reason::UnknownKey(key) => format!("nobody in people.toml has the key {key}"),
        other => other.to_string(),
    }
}

/// What a change is known by: each file that differs, with the digest that it had and the one that it has.
#[must_use]
pub fn of_change(files: &LiteMap<String, (Option<String>, Option<String>)>) -> String {
    let mut out = "aigov change, format 1\n".to_owned();
    for (path, (was, is)) in files {
        let digest = |of: &Option<String>| of.clone().unwrap_or_else(|| "-".to_owned());
        // Quoted, so that no name of a file looks like another line. Writing to a String can't fail.
        let _ = writeln!(out, "{} {} {path:?}", digest(was), digest(is));
    }
    sha256_hex(out.as_bytes())
}

/// The last of some reviews of one thing, and whether it is of the text that the thing has now.
#[must_use]
pub fn last<'r>(all: &'r [Review], of: Of, name: &str, digest: &str) -> Option<(&'r Review, bool)> {
    let theirs = || all.iter().filter(|r| r.of == of && r.name == name);
    let current = theirs().filter(|r| r.digest == digest).max_by_key(|r| r.at);
    current.map(|r| (r, true)).or_else(|| theirs().max_by_key(|r| r.at).map(|r| (r, false)))
}

#[cfg(test)]
mod tests {
    use std::iter;

    use super::*;
    use crate::approval::{harmless, statement};
    use crate::model::key::PublicKey;
    use crate::plan::Key;
    use crate::text::gather::Gather as _;

    const LINE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICTqLYeXh7LOa2er8LBAiIVPQscHs4jAw+2EO/Z7upFR";
    const NOW: Instant = Instant(2_000_000);

    fn checked() -> Checked {
        Checked { key: PublicKey::parse(LINE).unwrap(), certificate: None, touched: false, verified: false }
    }

    fn lena(key: Key) -> Person {
        Person { name: "lena".into(), functions: vec!["legal".into()], from: None, until: None, keys: vec![key] }
    }

    fn key() -> Key {
        Key { key: checked().key.line(), from: None, revoked: None, hardware: false }
    }

    fn review() -> Review {
        let mut review = Review {
            format: FORMAT,
            of: Of::Runbook,
            name: "incident/hallucination".into(),
            environment: None,
            digest: "a".repeat(64),
            changed: Some("0123456789ab by ada@example.com".into()),
            person: "lena".into(),
            key: checked().key.fingerprint(),
            nonce: "1234-5678".into(),
            at: Instant(1_000_000),
            signed: None,
        };
        review.signed = Some((review.statement(), String::new()));
        review
    }

    fn refused(review: &Review, looked: &Result<Checked, String>, roster: &[Person]) -> Option<String> {
        let of = Voices { protected: roster, now: Ok(roster), authorities: &[], unsigned: false };
        review.refusal(looked, of, NOW)
    }

    #[test]
    fn what_is_written_is_read_again() {
        let review = review();
        assert_eq!(Review::read(&review.statement()), Ok(Review { signed: None, ..review.clone() }));
        let change = Review { of: Of::Change, name: "b".repeat(40), ..review.clone() };
        assert!(change.statement().contains("what it weakens"), "{}", change.statement());
        assert_eq!(Review::read(&change.statement()), Ok(Review { signed: None, ..change }));
        let launch = Review { of: Of::Launch, environment: Some("production".into()), changed: None, ..review };
        assert_eq!(Review::read(&launch.statement()), Ok(Review { signed: None, ..launch }));
    }

    #[test]
    fn it_is_no_vote_and_no_answer_to_a_drill_and_neither_is_one_of_these() {
        let text = review().statement();
        assert!(statement::read(&text).is_err());
        assert_eq!(harmless::names(&text), None);
        let vote = statement::render(&statement::tests::asked(), &statement::tests::said());
        assert!(Review::read(&vote).is_err());
    }

    #[test]
    fn whose_word_counts_and_every_reason_why_one_does_not() {
        let good = Ok(checked());
        assert_eq!(refused(&review(), &good, &[lena(key())]), None);
        let at = |at| Some(Instant(at));
        for (roster, why) in [
            (vec![], "nobody of this name"),
            (vec![lena(Key { revoked: at(1_500_000), ..key() })], "revoked"),
            (vec![lena(Key { from: at(1_500_000), ..key() })], "does not count yet"),
            (vec![lena(Key { hardware: true, ..key() })], "touched"),
            (vec![lena(Key { key: "ssh-ed25519 AAAA".into(), ..key() })], "has the key"),
            (vec![lena(key()), Person { name: "carl".into(), ..lena(key()) }], "several names"),
            (vec![Person { until: at(1_500_000), ..lena(key()) }], ""),
        ] {
            let said = refused(&review(), &good, &roster);
            assert!(said.as_ref().is_some_and(|s| s.contains(why)), "{why}: {said:?}");
        }
        let roster = [lena(key())];
        for (change, why) in [
            (Review { digest: "b".repeat(64), ..review() }, "from line 6"),
            (Review { name: "incident/other".into(), ..review() }, "from line 5"),
            (Review { person: "carl".into(), ..review() }, "from line 3"),
            (Review { at: Instant(3_000_000), ..review() }, "future"),
            (Review { signed: None, ..review() }, "not signed"),
            (Review { key: "SHA256:other".into(), ..review() }, "another key"),
            (Review { format: 2, ..review() }, "format"),
        ] {
            let said = refused(&change, &good, &roster);
            assert!(said.as_ref().is_some_and(|s| s.contains(why)), "{why}: {said:?}");
        }
        assert_eq!(refused(&review(), &Err("no".into()), &roster).as_deref(), Some("no"));
        // Taken out of the working tree, or written into it a minute ago: either way it is nobody's word.
        let of = |protected, now| Voices { protected, now: Ok(now), authorities: &[], unsigned: false };
        assert!(review().refusal(&good, of(&roster, &[]), NOW).is_some());
        assert!(review().refusal(&good, of(&[], &roster), NOW).is_some());
    }

    #[test]
    fn a_change_takes_the_review_away_and_the_last_one_is_still_told() {
        let all = [review(), Review { digest: "b".repeat(64), at: Instant(500_000), ..review() }];
        let found = |digest: &str| last(&all, Of::Runbook, "incident/hallucination", digest).map(|(r, c)| (r.at.0, c));
        assert_eq!(found(&"a".repeat(64)), Some((1_000_000, true)));
        assert_eq!(found(&"b".repeat(64)), Some((500_000, true)));
        assert_eq!(found(&"c".repeat(64)), Some((1_000_000, false)));
        assert_eq!(last(&all, Of::Launch, "incident/hallucination", &"a".repeat(64)), None);
    }

    #[test]
    fn a_change_is_every_byte_of_both_sides() {
        let one = |was: Option<&str>, is: Option<&str>, path: &str| {
            of_change(&iter::once((path.to_owned(), (was.map(str::to_owned), is.map(str::to_owned)))).gather())
        };
        let all = [
            one(Some("a"), Some("b"), "aigov.toml"),
            one(Some("b"), Some("a"), "aigov.toml"),
            one(Some("a"), None, "aigov.toml"),
            one(None, Some("b"), "aigov.toml"),
            one(Some("a"), Some("b"), "people.toml"),
            of_change(&LiteMap::new()),
        ];
        let distinct: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }
}
