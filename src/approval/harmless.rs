//! A drill of people: each approver is asked to sign a statement that does nothing, so that a lost key, a stale contact
//! and a person who is never there are found on a quiet day.
//!
//! Owns what is asked, the form of the statement, and what came of it. Its statement begins otherwise than a vote's and is
//! signed in the namespace of drills, so that no gate ever takes it. Must not know where it is kept.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::signature::Checked;
use super::statement::differs;
use crate::plan::{Key, Person};
use crate::text::safe;
use crate::text::time::{Instant, Millis};

/// The format of [`Asking`] and [`Word`].
pub const FORMAT: u32 = 1;

const FIRST: &str = "aigov drill statement, format 1";

/// A drill of people, as it was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    /// [`FORMAT`].
    pub format: u32,
    /// Its name.
    pub drill: String,
    /// Who asks.
    pub by: String,
    /// When it was asked.
    pub at: Instant,
    /// Until when an answer is in time.
    pub until: Instant,
    /// Who is asked, with the keys that counted then. No contacts.
    pub people: Vec<Person>,
    /// How each was told: `paged`, or `by hand` where whoever began it tells them.
    pub told: BTreeMap<String, String>,
    /// Whether a name is enough: in the sandbox, where nobody has a key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsigned: bool,
}

/// An answer to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// [`FORMAT`].
    pub format: u32,
    /// The drill.
    pub drill: String,
    /// Who says that they answer.
    pub person: String,
    /// Unique.
    pub nonce: String,
    /// When it came, by the clock of the machine that took it.
    pub at: Instant,
    /// The statement, whole, and its signature; none where a name is enough.
    pub signed: Option<(String, String)>,
}

/// What came of asking somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Answered in time, so long after being asked.
    Answered(Millis),
    /// Answered, so long after being asked, which was too late.
    Late(Millis),
    /// Wants to answer and can't: why, in words.
    BrokenKey(String),
    /// No answer came.
    Silent,
    /// No answer came yet.
    Waiting,
}

impl Outcome {
    /// One word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Answered(_) => "answered",
            Self::Late(_) => "late",
            Self::BrokenKey(_) => "broken key",
            Self::Silent => "silent",
            Self::Waiting => "waiting",
        }
    }
}

/// What a person signs. The key stands in it by its fingerprint.
#[must_use]
pub fn statement(of: &Asking, person: &str, key: &str, nonce: &str) -> String {
    let mut out = format!(
        "{FIRST}\n\nI, {}, could be reached and can sign. This approves nothing and changes nothing.\n\n",
        safe::line(person)
    );
    let fields = [
        ("drill", of.drill.as_str()),
        ("asked", &of.at.to_string()),
        ("until", &of.until.to_string()),
        ("by", &of.by),
        ("person", person),
        ("key", key),
        ("nonce", nonce),
    ];
    for (name, value) in fields {
        // Writing to a String can't fail.
        let _ = writeln!(out, "{name:<12} {}", safe::line(value));
    }
    out
}

/// Whose statement a text is, by which key and with which nonce; none when it is no statement of a drill.
#[must_use]
pub fn names(text: &str) -> Option<(String, String, String, String)> {
    let mut lines = text.lines();
    lines.next().filter(|first| *first == FIRST)?;
    let get = |name: &str| {
        let found = text.lines().filter_map(|l| l.split_once(' ')).find(|(known, _)| *known == name);
        found.map(|(_, value)| value.trim_start().to_owned())
    };
    Some((get("drill")?, get("person")?, get("key")?, get("nonce")?))
}

/// What came of asking a person, from the answers that name them, each with what came of looking at its signature.
#[must_use]
pub fn outcome(of: &Asking, person: &Person, words: &[(Word, Result<Checked, String>)], now: Instant) -> Outcome {
    let mut broken = None;
    let mut theirs: Vec<_> = words.iter().filter(|(w, _)| w.person == person.name && w.drill == of.drill).collect();
    theirs.sort_by_key(|(w, _)| w.at);
    for (word, checked) in theirs {
        match refused(of, person, word, checked) {
            None if word.at < of.until => return Outcome::Answered(word.at.since(of.at)),
            None => return Outcome::Late(word.at.since(of.at)),
            Some(why) => broken = Some(why),
        }
    }
    let counts = |k: &Key| k.revoked.is_none_or(|r| of.at < r);
    match broken {
        Some(why) => Outcome::BrokenKey(why),
        None if !of.unsigned && !person.keys.iter().any(counts) => {
            Outcome::BrokenKey("there is no key of theirs in people.toml that counts".to_owned())
        }
        None if now < of.until => Outcome::Waiting,
        None => Outcome::Silent,
    }
}

fn refused(of: &Asking, person: &Person, word: &Word, checked: &Result<Checked, String>) -> Option<String> {
    let Some((text, _)) = &word.signed else {
        return (!of.unsigned).then(|| "it is not signed".to_owned());
    };
    let checked = match checked {
        Ok(checked) => checked,
        Err(why) => return Some(why.clone()),
    };
    let line = checked.key.line();
    let Some(key) = person.keys.iter().find(|k| k.key == line) else {
        return Some(format!("the key {} is not theirs in people.toml", checked.key.fingerprint()));
    };
    if key.revoked.is_some_and(|r| r <= word.at) {
        return Some("the key is revoked".to_owned());
    }
    if key.from.is_some_and(|from| word.at < from) {
        return Some("the key does not count yet".to_owned());
    }
    if key.hardware && !checked.touched {
        return Some("nobody touched the hardware that holds the key".to_owned());
    }
    let should_be = statement(of, &person.name, &checked.key.fingerprint(), &word.nonce);
    differs(text, &should_be)
        .map(|line| format!("it is another text than the one that was asked for, from line {line}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approval::statement;
    use crate::model::key::PublicKey;

    const LINE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICTqLYeXh7LOa2er8LBAiIVPQscHs4jAw+2EO/Z7upFR";

    fn person(keys: Vec<Key>) -> Person {
        Person { name: "lena".into(), functions: vec!["legal".into()], from: None, until: None, keys }
    }

    fn key() -> Key {
        Key { key: PublicKey::parse(LINE).unwrap().line(), from: None, revoked: None, hardware: false }
    }

    fn asking(person: &Person) -> Asking {
        Asking {
            format: FORMAT,
            drill: "20261124-0100-abcd".into(),
            by: "olga".into(),
            at: Instant(1_000_000),
            until: Instant(2_000_000),
            people: vec![person.clone()],
            told: BTreeMap::new(),
            unsigned: false,
        }
    }

    fn good() -> Checked {
        Checked { key: PublicKey::parse(LINE).unwrap(), certificate: None, touched: false, verified: false }
    }

    fn word(of: &Asking, at: i64) -> Word {
        let text = super::statement(of, "lena", &good().key.fingerprint(), "n1");
        let signed = Some((text, String::new()));
        let (drill, person, nonce) = (of.drill.clone(), "lena".to_owned(), "n1".to_owned());
        Word { format: FORMAT, drill, person, nonce, at: Instant(at), signed }
    }

    #[test]
    fn what_came_of_asking() {
        let lena = person(vec![key()]);
        let of = asking(&lena);
        let now = Instant(1_500_000);
        let is = |words: &[(Word, Result<Checked, String>)], now| outcome(&of, &lena, words, now);
        assert_eq!(is(&[], now), Outcome::Waiting);
        assert_eq!(is(&[], of.until), Outcome::Silent);
        assert_eq!(is(&[(word(&of, 1_240_000), Ok(good()))], now), Outcome::Answered(Millis(240_000)));
        assert_eq!(is(&[(word(&of, 2_000_000), Ok(good()))], now), Outcome::Late(Millis(1_000_000)));
        let bad = (word(&of, 1_100_000), Err("it is not a signature of this text".to_owned()));
        assert_eq!(
            is(std::slice::from_ref(&bad), now),
            Outcome::BrokenKey("it is not a signature of this text".into())
        );
        // Somebody who finds their other key in time has answered.
        assert_eq!(is(&[bad, (word(&of, 1_300_000), Ok(good()))], now), Outcome::Answered(Millis(300_000)));
        let mut other = word(&of, 1_100_000);
        if let Some((text, _)) = &mut other.signed {
            *text = text.replace("approves nothing", "approves everything");
        }
        assert!(matches!(is(&[(other, Ok(good()))], now), Outcome::BrokenKey(why) if why.contains("from line 3")));
        let mut unsigned = word(&of, 1_100_000);
        unsigned.signed = None;
        assert_eq!(is(&[(unsigned, Err(String::new()))], now), Outcome::BrokenKey("it is not signed".into()));
    }

    #[test]
    fn a_key_that_does_not_count_is_broken_before_anybody_signs() {
        let none = person(vec![]);
        assert_eq!(outcome(&asking(&none), &none, &[], Instant(0)).word(), "broken key");
        for (change, why) in [
            (Key { revoked: Some(Instant(1_050_000)), ..key() }, "the key is revoked"),
            (Key { from: Some(Instant(1_900_000)), ..key() }, "the key does not count yet"),
            (Key { hardware: true, ..key() }, "nobody touched the hardware that holds the key"),
        ] {
            let lena = person(vec![change]);
            let of = asking(&lena);
            let is = outcome(&of, &lena, &[(word(&of, 1_100_000), Ok(good()))], Instant(1_500_000));
            assert_eq!(is, Outcome::BrokenKey(why.into()));
        }
        let strange = person(vec![Key { key: "ssh-ed25519 AAAA".into(), ..key() }]);
        let of = asking(&strange);
        let is = outcome(&of, &strange, &[(word(&of, 1_100_000), Ok(good()))], Instant(1_500_000));
        assert!(matches!(is, Outcome::BrokenKey(why) if why.contains("is not theirs")));
    }

    #[test]
    fn it_is_no_vote_and_a_vote_is_none_of_these() {
        let lena = person(vec![key()]);
        let text = super::statement(&asking(&lena), "lena", "SHA256:abc", "n1");
        assert!(statement::read(&text).unwrap_err().contains("does not begin"), "{text}");
        let named = names(&text).map(|(drill, person, key, nonce)| [drill, person, key, nonce]);
        assert_eq!(named, Some(["20261124-0100-abcd", "lena", "SHA256:abc", "n1"].map(str::to_owned)));
        assert_eq!(names(&statement::render(&statement::tests::asked(), &statement::tests::said())), None);
    }
}
