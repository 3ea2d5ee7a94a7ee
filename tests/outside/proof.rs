//! What somebody who holds a clone and none of the people's keys can do to a run in earnest, and what `verify` says of it.
//!
//! Tried on the kept journal of a release, so that what is refused today is refused of what was written then.

use std::path::PathBuf;

use aigov::approval::Namespace;
use aigov::journal::{ProcessKey, RunReport, Store, Weight};
use aigov::keys::{Pair, SshKeys, check};
use aigov::plan::Voters;
use aigov::port::{Chance, RunLog as _};
use aigov::run::event::Event;
use aigov::run::record::{Detail, Record, Signed, sha256_hex};
use git2::{ObjectType, Oid, Repository};

use crate::approvals::{flat, give_key};
use crate::journal::Journal;
use crate::program::Home;
use crate::release::{desk, only_run};

/// Bytes that count up.
struct Counting(u8);

impl Chance for Counting {
    fn fill(&mut self, bytes: &mut [u8]) {
        for b in bytes {
            *b = self.0;
            self.0 = self.0.wrapping_add(1);
        }
    }
}

/// A clone in the hands of a stranger, who has a process key of their own.
struct Clone {
    home: Home,
    run: String,
}

impl Clone {
    fn new() -> Self {
        let home = desk();
        let run = only_run(&home);
        Self { home, run }
    }

    fn path(&self) -> PathBuf {
        self.home.desk().join(".aigov/journal.git")
    }

    fn branch(&self) -> String {
        format!("refs/heads/aigov/run/{}", self.run)
    }

    fn records(&self) -> Vec<Record> {
        Store::open_clone(&self.path(), false).read(&self.run).unwrap()
    }

    /// Appends what a record says, by a process of the stranger's, which names its key or does not.
    fn append(&self, seed: u8, named: bool, event: Event, detail: Detail) {
        let key = ProcessKey::new(&[seed; 32]).unwrap();
        let store = Store::open_or_create(&self.path(), false).with_key(Some(key.clone()));
        let (mut held, records) = store.hold(&self.run, Box::new(Counting(seed))).unwrap();
        let last = records.last().unwrap();
        let mut detail = detail;
        detail.key = named.then(|| key.public().to_owned());
        let record = Record {
            seq: held.next_seq(),
            prev: sha256_hex(&last.bytes().unwrap()),
            event,
            about: None,
            detail: Box::new(detail),
            ..last.clone()
        };
        held.append(&[record]).unwrap();
    }

    /// Cuts the last commits off.
    fn cut(&self, count: usize) {
        let repository = Repository::open_bare(self.path()).unwrap();
        let mut at = repository.find_reference(&self.branch()).unwrap().peel_to_commit().unwrap();
        for _ in 0..count {
            at = at.parent(0).unwrap();
        }
        repository.reference(&self.branch(), at.id(), true, "cut").unwrap();
    }

    /// `verify` of the run: its exit code and everything it said, without line breaks.
    fn verify(&self) -> (i32, String) {
        let said = self.home.run(&format!("verify {}", self.run));
        (said.code.unwrap(), flat(&said.all()))
    }

    fn broken_at(&self, seq: u64, says: &str) {
        let (code, said) = self.verify();
        assert_eq!(code, 8, "{said}");
        assert!(said.contains(&format!("record {seq}: ")) && said.contains(says), "record {seq}, {says}: {said}");
    }

    /// The same without starting the program.
    fn report(&self) -> RunReport {
        let keys = SshKeys::new(Box::new(|| Ok(Voters::default())));
        Store::open_clone(&self.path(), false).verify_with(Some(&self.run), Some(&keys)).unwrap().remove(0)
    }
}

fn next(clone: &Clone) -> u64 {
    clone.records().last().unwrap().seq + 1
}

#[test]
fn what_a_stranger_writes_behind_a_persons_word_is_broken_at_its_first_record() {
    // Behind the end, with a key that a record names and with one that none names.
    for named in [true, false] {
        let clone = Clone::new();
        assert_eq!(clone.verify().0, 0);
        let seq = next(&clone);
        clone.append(66, named, Event::Noted, Detail::default());
        clone.append(66, false, Event::Noted, Detail::default());
        clone.broken_at(seq, "the last that olga vouches for");
        // Olga's own word afterwards takes it in, and the stretch is told for good.
        let note =
            clone.home.command(&format!("note {}", clone.run)).arg("that was me, from elsewhere").output().unwrap();
        assert!(note.status.success(), "{}", String::from_utf8_lossy(&note.stderr));
        let (code, said) = clone.verify();
        assert_eq!(code, 0, "{said}");
        assert!(said.contains("what olga vouches for stands on it"), "{said}");
    }
    // The tail cut off, and another end written.
    let clone = Clone::new();
    // Up to the end of the run: the note and the redaction behind it each have a word of their own.
    clone.cut(4);
    let seq = next(&clone);
    clone.append(66, true, Event::Restarted, Detail::default());
    clone.append(66, false, Event::Noted, Detail::default());
    clone.broken_at(seq, "and stand behind record");
}

#[test]
fn a_word_that_is_not_a_persons_own_counts_for_nothing() {
    let olgas: Signed = {
        let records = Clone::new().records();
        *records.iter().find_map(|r| r.detail.endorsed.clone()).expect("a word")
    };
    let mallory = {
        let home = Home::new();
        Pair::open(&give_key(&home, 66)).unwrap()
    };
    let forged = |statement: String| Signed {
        signature: mallory.sign(Namespace::Process, statement.as_bytes()).unwrap(),
        statement,
    };
    let of = |clone: &Clone| {
        let last = clone.records().last().unwrap().clone();
        aigov::approval::Process {
            person: "olga".into(),
            key: mallory.public().fingerprint(),
            process: ProcessKey::new(&[66; 32]).unwrap().public().to_owned(),
            issued: last.at,
            run: clone.run.clone(),
            record: last.seq,
            head: sha256_hex(&last.bytes().unwrap()),
        }
    };
    type Make<'a> = Box<dyn Fn(&Clone) -> Signed + 'a>;
    let words: Vec<(&str, Make<'_>)> = vec![
        ("nobody in the roster of this run has the key", Box::new(|c: &Clone| forged(of(c).render()))),
        (
            "nobody of this name was in the roster",
            Box::new(|c: &Clone| forged(aigov::approval::Process { person: "mallory".into(), ..of(c) }.render())),
        ),
        (
            "it is for another run",
            Box::new(|c: &Clone| {
                forged(aigov::approval::Process { run: "20200101-0000-abcd".into(), ..of(c) }.render())
            }),
        ),
        (
            "it was given on another record than this one",
            Box::new(|c: &Clone| forged(aigov::approval::Process { record: 1, ..of(c) }.render())),
        ),
        (
            "another key signed it than the one that it names",
            Box::new(|c: &Clone| forged(aigov::approval::Process { key: "SHA256:olgas".into(), ..of(c) }.render())),
        ),
        (
            "its time lies in the future",
            Box::new(|c: &Clone| {
                let issued = of(c).issued.plus(aigov::text::time::Millis::from_secs(60));
                forged(aigov::approval::Process { issued, ..of(c) }.render())
            }),
        ),
        ("it is not in the one form", Box::new(|c: &Clone| forged(format!("{}and more\n", of(c).render())))),
        (
            // A vote's signature is made for something else, whoever made it.
            "it was made for `aigov-vote@v1`",
            Box::new(|c: &Clone| {
                let votes = c.records();
                let vote = votes.iter().find_map(|r| r.detail.vote.as_ref()?.signed.clone()).unwrap();
                Signed { statement: of(c).render(), signature: vote.signature }
            }),
        ),
        (
            // Olga's own word, for a process of the stranger's.
            "it is not a signature of this text",
            Box::new(|c: &Clone| Signed { statement: of(c).render(), signature: olgas.signature.clone() }),
        ),
    ];
    for (says, make) in words {
        let clone = Clone::new();
        let seq = next(&clone);
        let endorsed = Some(Box::new(make(&clone)));
        clone.append(66, true, Event::Noted, Detail { endorsed, person: Some("olga".into()), ..Detail::default() });
        clone.broken_at(seq, says);
    }
    // Olga's word given again vouches for the process that it was given for, and for no other.
    let clone = Clone::new();
    let seq = next(&clone);
    let again = Detail { endorsed: Some(Box::new(olgas)), ..Detail::default() };
    clone.append(66, true, Event::Noted, again);
    clone.broken_at(seq, "the last that olga vouches for");
}

/// Every so many bytes, and always the first and the last.
fn sampled(length: usize, every: usize) -> impl Iterator<Item = usize> {
    (0..length).step_by(every).chain([length - 1])
}

#[test]
fn one_flipped_byte_of_a_signed_vote_is_seen_wherever_it_is() {
    let clone = Clone::new();
    let records = clone.records();
    let votes: Vec<_> = records.iter().filter_map(|r| r.detail.vote.as_ref()?.signed.as_deref()).collect();
    assert_eq!(votes.len(), 4);
    for (n, signed) in votes.iter().enumerate() {
        let namespace = if n < 2 { Namespace::Vote } else { Namespace::SignOff };
        let whole = check(namespace, signed.statement.as_bytes(), &signed.signature).unwrap();
        // Each byte of the statement, of one of them; of the others some.
        for at in sampled(signed.statement.len(), if n == 0 { 1 } else { 97 }) {
            for bit in [1, 0x20] {
                let mut bytes = signed.statement.clone().into_bytes();
                bytes[at] ^= bit;
                assert!(check(namespace, &bytes, &signed.signature).is_err(), "vote {n}, statement byte {at}");
            }
        }
        for at in 0..signed.signature.len() {
            let mut bytes = signed.signature.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let held = check(namespace, signed.statement.as_bytes(), &text);
            assert!(held.is_err(), "vote {n}, signature byte {at}: {:?} for {:?}", held, whole);
        }
    }
}

/// Puts another commit in the place of one, and those behind it on top, each naming its new parent.
fn replaced(repository: &Repository, branch: &str, old: Oid, bytes: &[u8]) {
    let odb = repository.odb().unwrap();
    let mut behind = Vec::new();
    let mut at = repository.find_reference(branch).unwrap().target().unwrap();
    while at != old {
        behind.push(at);
        at = repository.find_commit(at).unwrap().parent_id(0).unwrap();
    }
    let (mut was, mut is) = (old, odb.write(ObjectType::Commit, bytes).unwrap());
    for id in behind.into_iter().rev() {
        let text = String::from_utf8(odb.read(id).unwrap().data().to_vec()).unwrap();
        let text = text.replacen(&format!("parent {was}"), &format!("parent {is}"), 1);
        (was, is) = (id, odb.write(ObjectType::Commit, text.as_bytes()).unwrap());
    }
    repository.reference(branch, is, true, "flipped").unwrap();
}

#[test]
fn one_flipped_byte_of_an_event_with_a_vote_is_seen_by_verify_and_the_first_broken_record_is_named() {
    let clone = Clone::new();
    assert!(clone.report().whole());
    let repository = Repository::open_bare(clone.path()).unwrap();
    let tip = repository.find_reference(&clone.branch()).unwrap().target().unwrap();
    let mut at = repository.find_commit(tip).unwrap();
    let commit = loop {
        if at.message().is_ok_and(|m| m.contains("\"kind\":\"vote-counted\"")) {
            break at;
        }
        at = at.parent(0).unwrap();
    };
    let message = commit.message().unwrap();
    let first: Record = serde_json::from_str(message.lines().find(|l| l.starts_with('{')).unwrap()).unwrap();
    let bytes = repository.odb().unwrap().read(commit.id()).unwrap().data().to_vec();
    let begins = bytes.windows(2).position(|w| w == b"\n\n").unwrap() + 2;
    for at in sampled(bytes.len() - begins, 131).map(|at| begins + at) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        if std::str::from_utf8(&flipped).is_err() {
            continue;
        }
        replaced(&repository, &clone.branch(), commit.id(), &flipped);
        let report = clone.report();
        let broken: Vec<u64> =
            report.findings.iter().filter(|f| f.weight == Weight::Broken).filter_map(|f| f.seq).collect();
        let named = broken.iter().min();
        assert!(!report.whole() && named >= Some(&first.seq.saturating_sub(1)), "byte {at}: {broken:?}");
        repository.reference(&clone.branch(), tip, true, "back").unwrap();
    }
    // A byte of the header, too: who, when, and the signature itself.
    for at in sampled(begins, 61) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        let Ok(text) = std::str::from_utf8(&flipped) else { continue };
        // What is no commit any more is refused by the object store already.
        if repository
            .odb()
            .unwrap()
            .write(ObjectType::Commit, text.as_bytes())
            .is_ok_and(|id| repository.find_commit(id).is_ok())
        {
            replaced(&repository, &clone.branch(), commit.id(), &flipped);
            assert!(!clone.report().whole(), "header byte {at}");
            repository.reference(&clone.branch(), tip, true, "back").unwrap();
        }
    }
    assert!(clone.report().whole());
}

#[test]
fn what_verify_does_not_show_is_said_and_is_so() {
    let clone = Clone::new();
    let (code, said) = clone.verify();
    assert_eq!(code, 0);
    for says in [
        "not that the last records were not cut off before they were pushed",
        "not that a run was not written anew as a whole",
        "not that people who hold enough of the keys did not agree",
    ] {
        assert!(said.contains(says), "{says}: {said}");
    }
    // Cut off, and nothing else: what is left is whole, and only another clone knows better.
    let whole = Journal::below(clone.home.all()).unwrap().records(&clone.run).len();
    clone.cut(4);
    let (code, said) = clone.verify();
    assert_eq!(code, 0, "{said}");
    assert!(clone.records().len() < whole);
}
