//! The journal of a release, kept as it was made: signed votes, words for processes, payloads, a redaction and a drill. A
//! later version reads it to the same end, or breaks a promise.
//!
//! It is made once per release, by the program itself:
//! `AIGOV_MAKE_FIXTURE=tests/outside/release-0.1.0 cargo test --test outside release::make`

use std::fs;
use std::path::{Path, PathBuf};

use aigov::journal::Store;
use aigov::run::ledger::Ledger;
use aigov::run::state::State;
use git2::Repository;

use crate::approvals::{approves, give_key, in_earnest, number, somebody};
use crate::journal::Journal;
use crate::program::Home;
use crate::suite;
use crate::world::World;

/// What `cargo test` reads.
const KEPT: &str = "release-0.1.0";

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outside").join(KEPT)
}

/// Brings a run in earnest to its end: two gates, four voters with keys of their own. Its id.
pub(crate) fn closed(home: &Home) -> String {
    let at = "--answers answers.toml";
    home.run(&format!("run incident/hallucination {at}")).exits(4);
    let run = Journal::below(home.all()).expect("a journal").only_run();
    for people in [["lena", "carl"], ["ada", "grace"]] {
        for person in people {
            approves(&somebody(person), &home.desk(), &run);
        }
        let said = home.run(&format!("resume {run} {at}"));
        if said.code == Some(4) {
            // The next gate opens when what this one let pass is done.
            let again = home.run(&format!("resume {run} {at}"));
            assert!([Some(0), Some(4)].contains(&again.code), "{}", again.all());
        }
    }
    home.run("status --json").exits(0);
    run
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, name) = (entry.as_ref().unwrap().path(), entry.unwrap().file_name());
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

/// The kept journal on a desk of its own, whose user is Olga.
pub(crate) fn desk() -> Home {
    let home = Home::new();
    copy(&kept().join("desk"), &home.desk());
    let journal = home.desk().join(".aigov/journal.git");
    copy(&kept().join("journal"), &journal);
    // Git keeps no empty folders.
    fs::create_dir_all(journal.join("refs/heads")).unwrap();
    give_key(&home, number("olga"));
    home
}

/// The one run that is no drill.
pub(crate) fn only_run(home: &Home) -> String {
    let journal = Journal::below(home.all()).expect("a journal");
    journal.runs().into_iter().find(|(_, branch)| !branch.contains("drill")).unwrap().0
}

/// One file for all objects and one for all names, which is how git keeps what it does not write to.
fn pack(from: &Path, to: &Path) {
    let repository = Repository::open_bare(from).unwrap();
    let mut names = String::from("# pack-refs with: peeled fully-peeled sorted \n");
    let mut walk = repository.revwalk().unwrap();
    let mut all: Vec<(String, git2::Oid)> = Vec::new();
    for reference in repository.references().unwrap().flatten() {
        if let (Ok(name), Some(id)) = (reference.name(), reference.target()) {
            all.push((name.to_owned(), id));
        }
    }
    all.sort();
    for (name, id) in all {
        names.push_str(&format!("{id} {name}\n"));
        walk.push(id).unwrap();
    }
    let packs = to.join("objects/pack");
    fs::create_dir_all(&packs).unwrap();
    let mut builder = repository.packbuilder().unwrap();
    builder.insert_walk(&mut walk).unwrap();
    builder.write(&packs, 0o644).unwrap();
    fs::write(to.join("packed-refs"), names).unwrap();
    fs::write(to.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    fs::write(to.join("config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n").unwrap();
}

#[test]
fn make() {
    let Some(to) = suite::variable("AIGOV_MAKE_FIXTURE") else { return };
    let to = Path::new(env!("CARGO_MANIFEST_DIR")).join(to);
    assert!(!to.exists(), "{} is there already: a release is kept as it was made", to.display());
    let home = Home::new();
    let _world = World::new(&home);
    in_earnest(&home);
    give_key(&home, number("olga"));
    let run = closed(&home);
    home.command(&format!("note {run}")).arg("The customer's name is Jane Roe.").status().unwrap();
    let named = Journal::below(home.all()).expect("a journal").records(&run);
    let noted = named.iter().rfind(|r| r["detail"]["payloads"][0]["subject"] == "note").expect("a note");
    let redact = ["--law", "GDPR Art. 17", "--reason", "the customer asked for it"];
    let status = home.command(&format!("redact {run} {}", noted["seq"])).args(redact).status().unwrap();
    assert!(status.success());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scenario = "runbooks/gameday/invented-policy.toml";
    home.write(scenario, &fs::read_to_string(root.join(scenario)).unwrap());
    let played = home.run("rehearse gameday/invented-policy --auto --keep");
    assert!(Journal::below(home.all()).unwrap().runs().len() == 2, "{}", played.all());
    for name in ["aigov.toml", "people.toml", "automations/support-replies.toml"] {
        let path = to.join("desk").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(home.desk().join(name), path).unwrap();
    }
    pack(Journal::below(home.all()).expect("a journal").path(), &to.join("journal"));
    assert_eq!(kept(), to, "the tests read {KEPT}");
    for (name, arguments) in told() {
        fs::write(to.join(name), desk().run(&arguments.replace("RUN", &run)).exits(0).out).unwrap();
    }
    fs::write(to.join("folded.txt"), folded(&desk(), &run)).unwrap();
}

/// What is told of it, and the file that holds how it was told when it was made.
fn told() -> [(&'static str, &'static str); 3] {
    [("verify.json", "verify --json"), ("show.txt", "show RUN"), ("opened.txt", "show RUN --open")]
}

/// What its records fold to.
fn folded(home: &Home, run: &str) -> String {
    let store = Store::open_clone(&home.desk().join(".aigov/journal.git"), false);
    let records = store.read(run).unwrap();
    let plan = aigov::drive::plan_of(&records).unwrap();
    let mut state = State::new(plan);
    for record in &records {
        state.apply(plan, record.event).unwrap();
    }
    let ledger = Ledger::of(plan, &records).unwrap();
    let people = ledger.operators.iter().cloned().collect::<Vec<_>>().join(", ");
    format!(
        "records: {}\nlast: {}\nend: {:?}\noperators: {people}\nnonces: {}\nheads: {}\n",
        records.len(),
        ledger.last_digest,
        state.end,
        ledger.nonces.len(),
        aigov::plan::digest::digest(plan).unwrap(),
    )
}

#[test]
fn the_journal_of_each_release_is_verified_told_and_folded_as_it_was_then() {
    let home = desk();
    let run = only_run(&home);
    for (name, arguments) in told() {
        let now = home.run(&arguments.replace("RUN", &run)).exits(0).out;
        assert_eq!(now, fs::read_to_string(kept().join(name)).unwrap(), "{name}");
    }
    assert_eq!(folded(&home, &run), fs::read_to_string(kept().join("folded.txt")).unwrap());
    // A clone, without a workspace: the drill beside the run.
    let away = Home::new();
    let journal = home.desk().join(".aigov/journal.git");
    let said = away.run(&format!("verify --journal {} --json", journal.display())).exits(0);
    let reports: Vec<serde_json::Value> = said.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(reports.len(), 2, "a run and a drill: {}", said.out);
    assert!(reports.iter().all(|r| r["whole"] == true), "{}", said.out);
    let real = reports.iter().find(|r| r["run"] == run.as_str()).unwrap();
    assert_eq!((real["votes"].as_u64(), real["gates"].as_u64()), (Some(4), Some(2)), "{real}");
    assert!(real["endorsed"].as_array().unwrap().iter().any(|e| e["person"] == "olga"), "{real}");
    assert!(real["findings"].as_array().unwrap().iter().any(|f| f["weight"] == "redacted"), "{real}");
}
