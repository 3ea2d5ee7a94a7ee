//! A workspace with many automations and a journal with many events, to measure questions against.
//!
//! usage: cargo run --release --example many -- DIR [AUTOMATIONS] [EVENTS] [RUNS]
//!
//! Writes 1,000 automations and 1,000 runs that hold 100,000 events together, unless said otherwise. Each automation is the
//! sandbox's under another name; each run is of `incident/unknown`: contained, noted at length, and ended, except for every
//! hundredth, which is open and waits for votes; every tenth is a drill. Twenty-five records a commit, to make it sooner.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aigov::journal::Store;
use aigov::plan::{GateIx, Plan, shipped};
use aigov::port::{Chance, RunLog as _};
use aigov::run::event::{End, Event, Outcome, Phase, Verdict};
use aigov::run::record::{Detail, GENESIS, Lease, RECORD_FORMAT, Record, Start};
use aigov::text::time::Instant;

const PLAN: &str = include_str!("../golden/incident-unknown.plan.json");

struct Zeros;

impl Chance for Zeros {
    fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn name(n: usize) -> String {
    format!("bot-{n:05}")
}

fn workspace(root: &Path, automations: usize) -> std::io::Result<()> {
    fs::create_dir_all(root.join("automations"))?;
    for (path, text) in shipped::SANDBOX {
        match path.strip_prefix("automations/") {
            // Votes are unsigned where everything is on this machine.
            None => fs::write(root.join(path), text.replace("http://sandbox.test", "http://127.0.0.1:9"))?,
            Some(_) => {
                for n in 0..automations {
                    let text = text.replace("support-replies", &name(n));
                    fs::write(root.join(format!("automations/{}.toml", name(n))), text)?;
                }
            }
        }
    }
    Ok(())
}

fn start(plan: &Plan, automation: &str) -> Start {
    let mut plan = plan.clone();
    automation.clone_into(&mut plan.automation);
    Start {
        plan,
        plan_digest: "0".repeat(64),
        files: std::collections::BTreeMap::new(),
        workspace: "bench".into(),
        commit: None,
        dirty: false,
        version: env!("CARGO_PKG_VERSION").into(),
        heads: std::collections::BTreeMap::new(),
        continues: None,
        operators: Vec::new(),
        time_scale: 1,
        declared: "by the bench".into(),
        retrospective: false,
        rehearsal: None,
        roster: None,
    }
}

/// What happens in a run of so many events.
fn events(plan: &Plan, count: usize, open: bool) -> Vec<Event> {
    let mut out =
        vec![Event::RunStarted, Event::LeaseTaken { over: false }, Event::PhaseEntered { phase: Phase::Contain }];
    for step in plan.immediate.iter().copied() {
        out.push(Event::StepIntended { step });
        out.push(Event::StepObserved { step, outcome: Outcome::Done });
        out.push(Event::StepProved { step, verdict: Verdict::Pass });
    }
    let last = if open { Event::GateOpened { gate: GateIx(0) } } else { Event::RunEnded { end: End::Abandoned } };
    while out.len() + 1 < count {
        out.push(Event::Noted);
    }
    out.push(last);
    out
}

fn detail(event: Event, start: &Start, at: Instant) -> Detail {
    match event {
        Event::RunStarted => Detail { start: Some(Box::new(start.clone())), ..Detail::default() },
        Event::LeaseTaken { .. } => {
            let lease =
                Lease { person: "olga".into(), host: "here".into(), boot: "b".into(), pid: 4242, generation: 1 };
            Detail { lease: Some(lease), ..Detail::default() }
        }
        Event::GateOpened { .. } => Detail { deadline: Some(Instant(at.0 + 86_400_000)), ..Detail::default() },
        _ => Detail { note: Some("what a step says of itself, ".repeat(10)), ..Detail::default() },
    }
}

fn run(
    store: &Store,
    plan: &Plan,
    n: usize,
    automations: usize,
    count: usize,
) -> Result<(), Box<dyn std::error::Error>> {
    let drill = store.is_drill();
    let id = format!("20261123-{:04}-{n:05}", n % 2_400);
    let start = start(plan, &name(n * 7 % automations));
    let mut held = store.create_run(&id, Box::new(Zeros))?;
    let began = 1_795_400_000_000 + i64::try_from(n)? * 60_000;
    let events = events(plan, count, n.is_multiple_of(100));
    let mut records = Vec::new();
    for (seq, event) in events.into_iter().enumerate() {
        let at = Instant(began + i64::try_from(seq)? * 100);
        records.push(Record {
            format: RECORD_FORMAT,
            run: id.clone(),
            seq: u64::try_from(seq)?,
            at,
            by: "olga".into(),
            prev: GENESIS.into(),
            drill,
            late: false,
            event,
            about: matches!(event, Event::GateOpened { .. }).then(|| plan.gates[0].id.clone()),
            detail: Box::new(detail(event, &start, at)),
        });
    }
    // The chain goes over what was written, so each record but the first names the digest of the one before.
    for i in 1..records.len() {
        records[i].prev = aigov::run::record::sha256_hex(&records[i - 1].bytes()?);
    }
    for batch in records.chunks(25) {
        held.append(batch)?;
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a bench reports")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let root = PathBuf::from(arguments.first().ok_or("usage: many DIR [AUTOMATIONS] [EVENTS] [RUNS]")?);
    let number = |at: usize, otherwise: usize| arguments.get(at).map_or(Ok(otherwise), |n| n.parse());
    let (automations, events, runs) = (number(1, 1_000)?.max(1), number(2, 100_000)?, number(3, 1_000)?.max(1));
    workspace(&root, automations)?;
    let plan: Plan = serde_json::from_str(PLAN)?;
    let open =
        |drill| Store::open_or_create(&root.join(".aigov/journal.git"), drill).with_patience(Duration::from_secs(60));
    let (real, drills) = (open(false), open(true));
    for n in 0..runs {
        let store = if n % 10 == 3 { &drills } else { &real };
        run(store, &plan, n, automations, events / runs)?;
    }
    let told = real.runs_and_drills()?;
    let records: u64 = told.iter().map(|r| r.records).sum();
    println!("{automations} automations, {} runs, {records} events in {}", told.len(), root.display());
    Ok(())
}
