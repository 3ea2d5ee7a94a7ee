//! Records that somebody pushed who holds none of the people's keys: whoever goes on with the run, and whoever is asked to
//! vote on it, finds out before anything is done.

use std::path::{Path, PathBuf};

use aigov::journal::{ProcessKey, Store};
use aigov::plan::{CheckIx, FactIx, GateIx};
use aigov::port::{Chance, RunLog as _};
use aigov::run::event::{Event, Source, Verdict};
use aigov::run::record::{Detail, Record, sha256_hex};

use crate::approvals::{approves, flat, give_key, in_earnest, number, somebody};
use crate::journal::Journal;
use crate::program::Home;
use crate::world::World;

struct Same(u8);

impl Chance for Same {
    fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

pub(crate) fn git(home: &Home) -> PathBuf {
    home.desk().join(".aigov/journal.git")
}

/// Appends events as somebody can who has the repository, signed by a key of their own or by nobody.
fn append(home: &Home, run: &str, key: Option<u8>, events: &[Event]) {
    append_at(&git(home), run, key, events);
}

/// The same in whichever repository.
pub(crate) fn append_at(git: &Path, run: &str, key: Option<u8>, events: &[Event]) {
    let key = key.map(|seed| ProcessKey::new(&[seed; 32]).unwrap());
    let store = Store::open_or_create(git, false).with_key(key.clone());
    let (mut held, records) = store.hold(run, Box::new(Same(7))).unwrap();
    let mut last = records.last().unwrap().clone();
    for event in events {
        let named = key.as_ref().filter(|_| *event == Event::Restarted).map(|k| k.public().to_owned());
        let record = Record {
            seq: last.seq + 1,
            prev: sha256_hex(&last.bytes().unwrap()),
            event: *event,
            about: None,
            detail: Box::new(Detail { key: named, ..Detail::default() }),
            ..last.clone()
        };
        held.append(std::slice::from_ref(&record)).unwrap();
        last = record;
    }
}

/// A run in earnest that waits at its first gate.
pub(crate) fn waiting(home: &Home, answers: &str) -> String {
    in_earnest(home);
    give_key(home, number("olga"));
    home.run(&format!("run incident/hallucination --answers {answers}")).exits(4);
    Journal::below(home.all()).expect("a journal").only_run()
}

#[test]
fn a_forged_grant_sends_nothing_and_nobody_is_asked_to_vote_on_it() {
    for key in [None, Some(66)] {
        let home = Home::new();
        let world = World::new(&home);
        let run = waiting(&home, "answers.toml");
        append(&home, &run, key, &[Event::Restarted, Event::GateGranted { gate: GateIx(0) }]);
        let letters = || world.seen().iter().filter(|a| a.method == "POST" && a.path.contains("/statements")).count();
        for go_on in ["resume --answers answers.toml", "resume --answers answers.toml --take-over --reason mine"] {
            let said = home.run(go_on).exits(8);
            let says = flat(&said.all());
            assert!(says.contains("nothing is raised, sent or asked for on this record: record "), "{says}");
            assert!(says.contains("the gate was granted, and 2 more people were needed"), "{says}");
            assert!(says.contains(&format!("aigov verify {run}")), "{says}");
        }
        assert_eq!(letters(), 0);
        let lena = somebody("lena");
        let asked = lena.run(&format!("approve {run} -C {}", home.desk().display())).exits(8);
        assert!(flat(&asked.err).contains("nobody votes on this record: record "), "{}", asked.err);
        // It is not vouched for by having been refused.
        home.run(&format!("verify {run}")).exits(8);
        // And nothing blocks a stop.
        home.run("stop support-replies --env production").exits(0);
    }
}

#[test]
fn a_note_that_nobody_signed_is_told_to_whoever_is_asked_to_vote() {
    let home = Home::new();
    let _world = World::new(&home);
    let run = waiting(&home, "answers.toml");
    append(&home, &run, None, &[Event::Noted]);
    let asked = somebody("lena").run(&format!("approve {run} -C {}", home.desk().display())).exits(8);
    assert!(flat(&asked.err).contains("the commit's signature is gone: whoever wrote it signs"), "{}", asked.err);
    home.run("resume --answers answers.toml").exits(8);
}

#[test]
fn a_verdict_by_a_process_that_nobody_vouches_for_passes_only_under_somebody_who_stands_behind_it() {
    let home = Home::new();
    let _world = World::new(&home);
    let answers = std::fs::read_to_string(home.desk().join("answers.toml")).unwrap();
    home.write("unsure.toml", &answers.replace("hand-sample = 0", "hand-sample = \"?\""));
    let run = waiting(&home, "unsure.toml");
    let desk = home.desk();
    approves(&somebody("lena"), &desk, &run);
    approves(&somebody("carl"), &desk, &run);
    home.run("resume --answers unsure.toml").exits(4);
    home.run("resume --answers unsure.toml").exits(4);
    let plan = {
        let records = Store::open_clone(&git(&home), false).read(&run).unwrap();
        records[0].detail.start.as_ref().unwrap().plan.clone()
    };
    let check = plan.checks.iter().position(|c| c.id == "hand-sample").unwrap();
    let check = CheckIx(u16::try_from(check).unwrap());
    append(&home, &run, Some(66), &[Event::Restarted, Event::CheckJudged { check, verdict: Verdict::Pass }]);
    let said = home.run("resume --answers unsure.toml").exits(8);
    let says = flat(&said.all());
    assert!(says.contains("is by a process that nobody vouches for, and stands behind record"), "{says}");
    assert!(says.contains("the last that olga vouches for"), "{says}");
    assert!(says.contains("take the run over with a reason"), "{says}");
    home.run("resume --answers unsure.toml").exits(8);
    let taken = home.run("resume --answers unsure.toml --take-over --reason seen").exits(4);
    assert!(flat(&taken.all()).contains("olga stands behind it from now on"), "{}", taken.all());
    // It is on record that she does: the next process rests on her word.
    home.run("resume --answers unsure.toml").exits(4);
}

#[test]
fn answers_by_a_process_that_nobody_ever_vouched_for_lead_nowhere_until_somebody_stands_behind_them() {
    let home = Home::new();
    let world = World::new(&home);
    in_earnest(&home);
    // Nobody with a name was here yet: it is contained, and waits for somebody.
    let waits = home.run("run incident/hallucination --answers answers.toml").exits(4);
    assert!(flat(&waits.all()).contains("resume"), "{}", waits.all());
    let run = Journal::below(home.all()).expect("a journal").only_run();
    let plan = {
        let records = Store::open_clone(&git(&home), false).read(&run).unwrap();
        assert!(!records.iter().any(|r| matches!(r.event, Event::FactAnswered { source: Source::Person, .. })));
        records[0].detail.start.as_ref().unwrap().plan.clone()
    };
    // A stranger with a key of their own answers that nobody could be harmed, and confirms that it is not grave.
    let harm = plan.facts.iter().position(|f| f.id == "harm").unwrap();
    let fact = FactIx(u16::try_from(harm).unwrap());
    append(&home, &run, Some(66), &[Event::Restarted, Event::FactAnswered { fact, region: 0, source: Source::Person }]);
    give_key(&home, number("olga"));
    let acts = || world.seen().iter().filter(|asked| asked.method != "GET").count();
    let before = acts();
    let said = home.run("resume --answers answers.toml").exits(8);
    let says = flat(&said.all());
    assert!(says.contains("is by a process that nobody vouches for. Look at it"), "{says}");
    assert!(says.contains("take the run over with a reason"), "{says}");
    assert_eq!(acts(), before, "nothing was done at any system");
    let asked = somebody("lena").run(&format!("approve {run} -C {}", home.desk().display()));
    assert!(flat(&asked.err).contains("DOUBT") && flat(&asked.err).contains("nobody vouches for"), "{}", asked.err);
    // Nothing blocks a stop; and whoever has looked goes on.
    home.run("stop support-replies --env production").exits(0);
    let taken = home.run(&format!("resume {run} --answers answers.toml --take-over --reason seen")).exits(4);
    assert!(flat(&taken.all()).contains("olga stands behind it from now on"), "{}", taken.all());
    home.run(&format!("resume {run} --answers answers.toml")).exits(4);
}

#[test]
fn a_record_that_says_that_names_are_enough_counts_nothing_where_they_are_not() {
    let home = Home::new();
    let world = World::new(&home);
    home.run("run incident/hallucination --answers answers.toml").exits(4);
    let run = Journal::below(home.all()).expect("a journal").only_run();
    // What it was begun in says so; what it is gone on with in does not.
    in_earnest(&home);
    for arguments in [format!("approve {run} --as lena"), "resume --answers answers.toml".to_owned()] {
        let said = home.run(&arguments).exits(8);
        assert!(
            flat(&said.err).contains("this run's record counts unsigned votes, and this workspace"),
            "{}",
            said.err
        );
    }
    assert_eq!(world.seen().iter().filter(|a| a.method == "POST" && a.path.contains("/statements")).count(), 0);
}
