//! Who signed which records of a run, and who vouches for whoever did.
//!
//! Owns what is said of the commits of one run together: a process signs with a key of its own, a person signs that key
//! once, and what stands behind that word and is signed by nobody it covers was written by somebody else. Must not read
//! git: it is told each commit, and each word with what came of checking it.

use std::collections::{BTreeMap, BTreeSet};

use super::verify::Weight;

/// A stretch of records by processes that one person vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endorsed {
    /// Who.
    pub person: String,
    /// The first record.
    pub first: u64,
    /// The last.
    pub last: u64,
}

/// Who signed a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Signer {
    Nobody,
    Key(String),
}

/// How far a commit is known.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Known {
    /// Signed by a process that this person vouches for.
    Endorsed(String),
    /// By a process that a record names.
    Process,
    /// By a process that no record names.
    Stranger,
    /// By nobody.
    Nobody,
}

/// Gathered while a run is read.
#[derive(Debug, Default)]
pub(super) struct Signers {
    /// Keys that its records name so far.
    named: BTreeSet<String>,
    /// Whether the process that took the run last signs.
    pub(super) expected: bool,
    /// First and last record of each commit, and who signed it.
    commits: Vec<(u64, u64, Signer)>,
    /// Keys of processes with who vouches for them.
    endorsed: BTreeMap<String, String>,
}

/// One thing to say: its weight, its place, and the line.
pub(super) type Told = (Weight, u64, String);

impl Signers {
    /// A key that a record names.
    pub(super) fn name(&mut self, key: &str) {
        self.named.insert(key.to_owned());
    }

    /// A commit without a signature.
    pub(super) fn nobody(&mut self, from: u64, to: u64) {
        self.commits.push((from, to, Signer::Nobody));
    }

    /// A commit with a good signature by a key.
    pub(super) fn signed(&mut self, from: u64, to: u64, key: String) {
        self.commits.push((from, to, Signer::Key(key)));
    }

    /// A person's word for the key of a process, that counts.
    pub(super) fn endorse(&mut self, process: String, person: String) {
        self.endorsed.insert(process, person);
    }

    /// How many commits have a good signature by a key that is named.
    pub(super) fn good(&self) -> u64 {
        let good = |s: &Signer| matches!(s, Signer::Key(key) if self.named.contains(key));
        self.commits.iter().filter(|(.., s)| good(s)).count() as u64
    }

    fn known(&self, signer: &Signer) -> Known {
        match signer {
            Signer::Nobody => Known::Nobody,
            Signer::Key(key) => match self.endorsed.get(key) {
                Some(person) => Known::Endorsed(person.clone()),
                None if self.named.contains(key) => Known::Process,
                None => Known::Stranger,
            },
        }
    }

    /// Stretches of the same kind, in order.
    fn stretches(&self) -> Vec<(u64, u64, Known)> {
        let mut all: Vec<(u64, u64, Known)> = Vec::new();
        for (from, to, signer) in &self.commits {
            let known = self.known(signer);
            match all.last_mut() {
                Some((_, last, before)) if *before == known => *last = *to,
                _ => all.push((*from, *to, known)),
            }
        }
        all
    }

    /// Which stretches somebody vouches for.
    pub(super) fn endorsements(&self) -> Vec<Endorsed> {
        let all = self.stretches().into_iter();
        all.filter_map(|(first, last, known)| match known {
            Known::Endorsed(person) => Some(Endorsed { person, first, last }),
            _ => None,
        })
        .collect()
    }

    /// Why nobody who is known stands behind a record, of those before `until`; none where somebody does: a key that a process
    /// made for itself says nothing of who started it. Whoever vouches for a later process has looked.
    pub(super) fn unvouched(&self, seq: u64, until: u64) -> Option<String> {
        let all = self.stretches();
        let at = all.iter().position(|(first, last, _)| (*first..=*last).contains(&seq))?;
        let endorsed = |(first, last, known): &(u64, u64, Known)| match known {
            Known::Endorsed(person) if *first < until => Some((person.clone(), *last)),
            _ => None,
        };
        if all.iter().skip(at).any(|s| endorsed(s).is_some()) {
            return None;
        }
        let before = all.iter().take(at).rev().find_map(endorsed);
        match (all.get(at).map(|(.., known)| known)?, before) {
            (Known::Nobody, _) => Some("is signed by nobody".to_owned()),
            (Known::Stranger, _) => Some("is signed by a process that no record names".to_owned()),
            (_, Some((person, last))) => {
                let by = "is by a process that nobody vouches for";
                Some(format!("{by}, and stands behind record {last}, the last that {person} vouches for"))
            }
            (_, None) => Some("is by a process that nobody vouches for".to_owned()),
        }
    }

    /// What there is to say. `people` is whether this is a run for whose processes people vouch at all.
    pub(super) fn tell(&self, people: bool) -> Vec<Told> {
        let all = self.stretches();
        let mut told: Vec<Told> = Vec::new();
        for (n, (first, last, known)) in all.iter().enumerate() {
            let after = all.get(n + 1..).unwrap_or_default();
            let word = after.iter().rev().find_map(|(.., k)| if let Known::Endorsed(p) = k { Some(p) } else { None });
            let vouched = || after.iter().any(|(.., k)| matches!(k, Known::Endorsed(_) | Known::Process));
            let is =
                if first == last { format!("record {first} is") } else { format!("records {first} to {last} are") };
            let (by, weight) = match known {
                Known::Endorsed(_) => continue,
                Known::Process if !people => continue,
                Known::Process => ("written by a process that nobody vouches for", Weight::Unendorsed),
                Known::Stranger => {
                    ("signed by a process that no record names, such as one that brought them home", Weight::Unsigned)
                }
                Known::Nobody => ("signed by nobody", Weight::Unsigned),
            };
            let before = all.get(..n).unwrap_or_default();
            let ended = before.iter().rev().find_map(|(_, to, k)| match k {
                Known::Endorsed(person) => Some((person, to)),
                _ => None,
            });
            told.push(match (word, ended) {
                (Some(person), _) => (weight, *first, format!("{is} {by}; what {person} vouches for stands on it")),
                (None, Some((person, to))) => (
                    Weight::Broken,
                    *first,
                    format!("{is} {by}, and stand behind record {to}, the last that {person} vouches for"),
                ),
                (None, None) if vouched() => (weight, *first, format!("{is} {by}; what is signed stands on it")),
                (None, None) if *known == Known::Process => (weight, *first, format!("{is} {by}")),
                (None, None) => (weight, *first, format!("{is} {by}, and nothing signed stands on it")),
            });
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Commits of one record each: `.` by nobody, another letter by the key of that name.
    fn run(signed: &str, named: &[&str], endorsed: &[&str]) -> Signers {
        let mut signers = Signers::default();
        for (at, by) in (0..).zip(signed.chars()) {
            match by {
                '.' => signers.nobody(at, at),
                key => signers.signed(at, at, key.to_string()),
            }
        }
        named.iter().for_each(|key| signers.name(key));
        endorsed.iter().for_each(|key| signers.endorse((*key).to_owned(), format!("owner of {key}")));
        signers
    }

    fn weights(signers: &Signers) -> Vec<(Weight, u64)> {
        signers.tell(true).into_iter().map(|(w, at, _)| (w, at)).collect()
    }

    #[test]
    fn a_tail_behind_what_somebody_vouches_for_is_broken_whoever_signed_it() {
        for (signed, named) in
            [("aaaxx", &["a", "x"][..]), ("aaaxx", &["a"]), ("aaa..", &["a"]), ("aaax.", &["a", "x"])]
        {
            let signers = run(signed, named, &["a"]);
            assert_eq!(weights(&signers).first(), Some(&(Weight::Broken, 3)), "{signed} {named:?}");
        }
        let told = run("aaaxx", &["a"], &["a"]).tell(true);
        assert!(told[0].2.ends_with("and stand behind record 2, the last that owner of a vouches for"), "{told:?}");
    }

    #[test]
    fn nothing_rests_on_what_nobody_known_wrote_until_somebody_stands_behind_it() {
        for (signed, named, endorsed, doubted) in [
            // Nobody, a stranger, or a process that a record names.
            ("aa.", &["a"][..], &["a"][..], Some(2)),
            ("aax", &["a", "x"], &["a"], Some(2)),
            // A process that nobody vouches for, wherever it stands.
            ("aa.", &["a"], &[], Some(0)),
            ("aax", &["a"], &[], Some(0)),
            ("aax", &["a", "x"], &[], Some(0)),
            ("xa", &["a", "x"], &["x"], Some(1)),
            ("xaa", &["a", "x"], &["a"], None),
            // Somebody stood behind it since.
            ("aa.b", &["a", "b"], &["a", "b"], None),
            ("aaxb", &["a", "b", "x"], &["a", "b"], None),
        ] {
            let signers = run(signed, named, endorsed);
            let until = signed.len() as u64;
            let found = (0..until).find(|seq| signers.unvouched(*seq, until).is_some());
            assert_eq!(found, doubted, "{signed} {named:?} {endorsed:?}");
        }
        // Whoever looks now does not stand behind it by looking.
        assert!(run("aaxb", &["a", "b", "x"], &["a", "b"]).unvouched(2, 3).is_some());
    }

    #[test]
    fn what_a_word_stands_on_is_only_said() {
        assert_eq!(weights(&run("aaxbb", &["a", "x", "b"], &["a", "b"])), [(Weight::Unendorsed, 2)]);
        assert_eq!(weights(&run("xx.aa", &["x", "a"], &["a"])), [(Weight::Unendorsed, 0), (Weight::Unsigned, 2)]);
        let ends = run("aabb", &["a", "b"], &["a", "b"]).endorsements();
        assert_eq!(ends.iter().map(|e| (e.first, e.last)).collect::<Vec<_>>(), [(0, 1), (2, 3)]);
    }

    #[test]
    fn where_nobody_vouches_for_anything_it_is_said_once_and_nothing_is_broken() {
        assert_eq!(weights(&run("aabb", &["a", "b"], &[])), [(Weight::Unendorsed, 0)]);
        assert_eq!(run("aabb", &["a", "b"], &[]).tell(false), []);
        assert_eq!(run("aab", &["a"], &[]).good(), 2);
    }
}
