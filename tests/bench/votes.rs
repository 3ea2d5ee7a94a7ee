//! A journal with many signed votes, to measure `aigov verify` against git, and what one vote costs to sign and check.
//!
//! usage: cargo run --release --example votes -- JOURNAL.git [EVENTS]
//!
//! Writes runs like the one of the kept release, one commit per record, each signed: the run's own votes and more of the
//! same at each gate, every one signed anew for its run by a key of its own. 10,000 events hold over 1,000 votes.

use std::path::Path;
use std::time::{Duration, Instant};

use aigov::approval::{Namespace, Process, render};
use aigov::journal::{ProcessKey, Store};
use aigov::keys::{Pair, check};
use aigov::plan::{Key, Person};
use aigov::port::{Chance, RunLog as _};
use aigov::run::asked;
use aigov::run::event::Event;
use aigov::run::ledger::Ledger;
use aigov::run::record::{Record, Signed, Vote};

/// More voters at each gate than the run had.
const MORE: usize = 4;

struct Seeded(u8);

impl Chance for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

type Failed = Box<dyn std::error::Error>;

/// The key of the n-th person of the roster.
fn pair(n: usize) -> Result<Pair, Failed> {
    Pair::generate(&mut Seeded(u8::try_from(n)?)).ok_or_else(|| "no key".into())
}

fn voter(roster: &[Person], name: &str) -> Result<Pair, Failed> {
    pair(100 + roster.iter().position(|p| p.name == name).ok_or("nobody of this name")?)
}

/// The kept run with a roster whose keys are ours, and more people who may say the same.
fn template(kept: &Path) -> Result<Vec<Record>, Failed> {
    let store = Store::open_clone(kept, false);
    let run = store.runs()?.into_iter().next().ok_or("no run is kept")?.id;
    let mut records = store.read(&run)?;
    let votes: Vec<String> = records.iter().filter_map(|r| Some(r.detail.vote.as_ref()?.person.clone())).collect();
    let start = records.first_mut().and_then(|r| r.detail.start.as_mut()).ok_or("no start")?;
    start.heads.clear();
    let roster = &mut start.plan.roster;
    for person in votes {
        let like = roster.iter().find(|p| p.name == person).ok_or("a voter of the roster")?.clone();
        roster.extend((0..MORE).map(|n| Person { name: format!("{person}-{n}"), ..like.clone() }));
    }
    for (n, person) in roster.iter_mut().enumerate() {
        let key = pair(100 + n)?.public().line();
        person.keys = vec![Key { key, from: None, revoked: None, hardware: false }];
    }
    Ok(records)
}

struct Writer<'a> {
    run: String,
    ledger: Ledger,
    roster: &'a [Person],
    plan: &'a aigov::plan::Plan,
    key: &'a ProcessKey,
    out: Vec<Record>,
    votes: usize,
}

impl Writer<'_> {
    fn put(&mut self, mut record: Record) -> Result<(), Failed> {
        record.run.clone_from(&self.run);
        record.seq = self.ledger.next_seq;
        record.prev.clone_from(&self.ledger.last_digest);
        self.ledger.fold(self.plan, &record)?;
        self.out.push(record);
        Ok(())
    }

    fn vote(&self, of: &Vote, person: &str) -> Result<Vote, Failed> {
        let open = self.ledger.gate.as_ref().ok_or("no gate is open")?;
        let pair = voter(self.roster, person)?;
        let mut vote = Vote {
            nonce: format!("{}-{person}-{}", pair.public().short(), self.run),
            run: self.run.clone(),
            head: self.ledger.last_digest.clone(),
            person: person.to_owned(),
            reason: None,
            signed: None,
            ..of.clone()
        };
        let asked = asked::asked(self.plan, &self.ledger, open);
        let statement = render(&asked, &asked::said(&vote, &pair.public().fingerprint()));
        let signature = pair.sign(asked.namespace, statement.as_bytes()).ok_or("no signature")?;
        vote.signed = Some(Box::new(Signed { statement, signature }));
        Ok(vote)
    }

    fn take(&mut self, record: &Record) -> Result<(), Failed> {
        if let (Event::VoteCounted { .. }, Some(vote)) = (record.event, &record.detail.vote) {
            let others = (0..MORE).map(|n| format!("{}-{n}", vote.person));
            // Those of the run come last: the gate is open until then.
            for person in others.chain([vote.person.clone()]) {
                let mut record = record.clone();
                record.detail.vote = Some(self.vote(vote, &person)?);
                self.votes += 1;
                self.put(record)?;
            }
            return Ok(());
        }
        let mut record = record.clone();
        if record.detail.key.is_some() {
            record.detail.key = Some(self.key.public().to_owned());
        }
        if let Some(word) = &record.detail.endorsed {
            let said = Process::read(&word.statement)?;
            let pair = voter(self.roster, &said.person)?;
            let said = Process {
                key: pair.public().fingerprint(),
                process: self.key.public().to_owned(),
                run: self.run.clone(),
                record: self.ledger.next_seq.saturating_sub(1),
                head: self.ledger.last_digest.clone(),
                ..said
            };
            let statement = said.render();
            let signature = pair.sign(Namespace::Process, statement.as_bytes()).ok_or("no signature")?;
            record.detail.endorsed = Some(Box::new(Signed { statement, signature }));
        }
        self.put(record)
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures")]
fn one_vote(statement: &str) -> Result<(Duration, Duration), Failed> {
    let pair = pair(1)?;
    let rounds = 1_000;
    let began = Instant::now();
    let mut last = String::new();
    for _ in 0..rounds {
        last = pair.sign(Namespace::Vote, statement.as_bytes()).ok_or("no signature")?;
    }
    let signing = began.elapsed() / rounds;
    let began = Instant::now();
    for _ in 0..rounds {
        check(Namespace::Vote, statement.as_bytes(), &last)?;
    }
    Ok((signing, began.elapsed() / rounds))
}

#[expect(clippy::print_stdout, reason = "a bench reports")]
fn main() -> Result<(), Failed> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: votes JOURNAL.git [EVENTS]")?;
    let events: usize = arguments.next().map_or(Ok(10_000), |n| n.parse())?;
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outside/release-0.1.0/journal");
    // Git keeps no empty folders.
    let folder = tempfile::tempdir()?;
    let copied = std::process::Command::new("cp").arg("-r").arg(&kept).arg(folder.path().join("kept.git")).status()?;
    if !copied.success() {
        return Err("the kept journal can't be copied".into());
    }
    std::fs::create_dir_all(folder.path().join("kept.git/refs/heads"))?;
    let records = template(&folder.path().join("kept.git"))?;
    let plan = aigov::drive::plan_of(&records).ok_or("no plan")?;
    let (mut written, mut votes, mut statement) = (0, 0, String::new());
    for n in 0.. {
        if written >= events {
            break;
        }
        let key = ProcessKey::new(&[u8::try_from(n % 251)?; 32]).ok_or("no key")?;
        let run = format!("20261123-{:04}-aaaa", n + 1);
        let store = Store::open_or_create(Path::new(&path), false)
            .with_key(Some(key.clone()))
            .with_patience(Duration::from_secs(60));
        let ledger = Ledger::named(run.clone(), false);
        let mut writer = Writer { run, ledger, roster: &plan.roster, plan, key: &key, out: Vec::new(), votes: 0 };
        for record in &records {
            writer.take(record)?;
        }
        votes += writer.votes;
        written += writer.out.len();
        let mut held = store.create_run(&writer.run, Box::new(Seeded(1)))?;
        for record in &writer.out {
            held.append(std::slice::from_ref(record))?;
        }
        let signed = writer.out.iter().find_map(|r| r.detail.vote.as_ref()?.signed.clone());
        statement = signed.map(|s| s.statement).unwrap_or_default();
    }
    println!("{written} events, one signed commit each, with {votes} signed votes");
    let (signing, checking) = one_vote(&statement)?;
    println!("one vote of {} bytes: {signing:.1?} to sign, {checking:.1?} to check", statement.len());
    Ok(())
}
