//! The chaos sweep: every fault at every step, then every pair, each played from beginning to end in virtual time.
//!
//! Owns which cases there are and what is looked at in each: whether containment was reached, when, and whether what the
//! record says of it was so. Spreads nothing over threads: whoever calls does, because each case stands for itself.

use std::collections::{BTreeMap, BTreeSet};

use super::chance::Seeded;
use super::play::{Play, play};
use crate::drive::{Stopped, Why};
use crate::plan::rehearsal::{Fault, FaultKind, Limits, Player, REHEARSAL_FORMAT, Rehearsal, Signal, Where};
use crate::plan::{Condition, Measure, Plan, StepIx};
use crate::port::{Durability, JournalError, Progress, Reporter, RunLog};
use crate::run::event::Event;
use crate::run::record::{PayloadRef, Record, Start, Vote, sha256_hex};
use crate::text::time::{Instant, Millis};

/// What is tried at each step.
pub const KINDS: [FaultKind; 7] = [
    FaultKind::Timeout,
    FaultKind::Error,
    FaultKind::Partial,
    FaultKind::StaleRead,
    FaultKind::NoEffect,
    FaultKind::WrongVersion,
    FaultKind::RateLimit,
];

/// How much faster soaks pass than they are written.
const SOAKS: u32 = 3_600;
/// A run that has not ended by then is left.
const END: Millis = Millis::from_secs(6 * 3_600);
/// Most faults of a random case.
const MOST: u64 = 5;

/// One case: what breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The faults.
    pub faults: Vec<Fault>,
}

/// What came of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Contained, as the record says.
    Contained,
    /// Not contained, and the record says so.
    Partly,
    /// The record says contained, and it was not; or the run broke.
    Wrong,
}

/// A case that was played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// What broke.
    pub case: Case,
    /// What came of it.
    pub verdict: Verdict,
    /// When containment was proven, from the declaration.
    pub took: Option<Millis>,
}

/// A fault at a step, a number of times or for good.
fn fault(step: &str, kind: FaultKind, times: Option<u64>) -> Fault {
    Fault {
        id: format!("{step} {kind}"),
        provider: None,
        step: Some(step.to_owned()),
        at: Millis(0),
        lasts: None,
        times,
        kind,
        by: None,
    }
}

/// The steps that a run without faults takes, in the order of the plan, and those that stand in for them.
#[must_use]
pub fn steps(plan: &Plan) -> Vec<String> {
    let mut seen = Seen::default();
    let _ = run(plan, &Case { faults: Vec::new() }, 0, &mut seen);
    let taken = |n: usize| seen.steps.contains(&n);
    let or_else: BTreeSet<usize> =
        plan.immediate.iter().filter_map(|s| plan.step(*s).or_else).map(StepIx::ix).collect();
    let all = plan.steps.iter().enumerate();
    all.filter(|(n, s)| (taken(*n) || or_else.contains(n)) && !s.targets.is_empty())
        .map(|(_, s)| s.id.clone())
        .collect()
}

/// Every single fault at these steps: once, and for good.
#[must_use]
pub fn singles(steps: &[String]) -> Vec<Case> {
    let both = |step: &String, kind| [Some(1), None].map(|times| Case { faults: vec![fault(step, kind, times)] });
    steps.iter().flat_map(|step| KINDS.into_iter().flat_map(move |kind| both(step, kind))).collect()
}

/// Every pair of faults for good, at two different steps.
#[must_use]
pub fn pairs(steps: &[String]) -> Vec<Case> {
    let mut all = Vec::new();
    for (n, first) in steps.iter().enumerate() {
        for second in steps.iter().skip(n + 1) {
            for a in KINDS {
                for b in KINDS {
                    all.push(Case { faults: vec![fault(first, a, None), fault(second, b, None)] });
                }
            }
        }
    }
    all
}

/// A case by chance: a few faults, each at some step, from some time on, for some time.
#[must_use]
pub fn random(steps: &[String], seed: u64) -> Case {
    let chance = Seeded::new(seed);
    let below = |most: usize| usize::try_from(chance.below(u64::try_from(most).unwrap_or(1))).unwrap_or_default();
    let count = 1 + chance.below(MOST);
    let faults = (0..count).filter_map(|n| {
        let (step, kind) = (steps.get(below(steps.len()))?, KINDS.get(below(KINDS.len()))?);
        let times = (chance.below(2) == 0).then(|| 1 + chance.below(3));
        let at = Millis(chance.below(5 * 60_000));
        let lasts = (chance.below(2) == 0).then(|| Millis(1_000 + chance.below(20 * 60_000)));
        Some(Fault { id: format!("{n} {step} {kind}"), at, lasts, ..fault(step, *kind, times) })
    });
    Case { faults: faults.collect() }
}

/// Plays a case.
#[must_use]
pub fn try_out(plan: &Plan, case: Case, seed: u64) -> Tried {
    let mut seen = Seen::default();
    let (verdict, took) = run(plan, &case, seed, &mut seen);
    Tried { case, verdict, took }
}

/// The same failure with as few faults as it needs.
#[must_use]
pub fn minimised(plan: &Plan, tried: Tried, seed: u64) -> Tried {
    let mut least = tried;
    let mut n = 0;
    while n < least.case.faults.len() {
        let mut fewer = least.case.clone();
        fewer.faults.remove(n);
        let again = try_out(plan, fewer, seed);
        if again.verdict == least.verdict {
            least = again;
        } else {
            n += 1;
        }
    }
    least
}

fn run(plan: &Plan, case: &Case, seed: u64, seen: &mut Seen) -> (Verdict, Option<Millis>) {
    let operator = operator(plan);
    let rehearsal = rehearsal(plan, case, seed);
    let mut player = Player::named("sweep", operator);
    player.declares_after = Millis(0);
    let mut log = Nowhere;
    let played =
        play(Play { plan, rehearsal: &rehearsal, player: &player, run: "sweep", start: start(plan) }, &mut log, seen);
    let Ok(played) = played else { return (Verdict::Wrong, None) };
    let broken = |s: &Stopped| matches!(s.why, Why::Broken(_) | Why::Moved(_) | Why::Problems);
    let verdict = match &played.stopped {
        None => Verdict::Wrong,
        Some(stopped) if broken(stopped) || !played.truly => Verdict::Wrong,
        Some(_) if played.contained.is_some() => Verdict::Contained,
        Some(_) => Verdict::Partly,
    };
    (verdict, played.contained)
}

/// Who runs it: somebody whose voice is missed least, so that every gate can open.
fn operator(plan: &Plan) -> &str {
    let wanted: BTreeSet<&String> = plan.gates.iter().flat_map(|g| &g.functions).collect();
    let least = plan.roster.iter().min_by_key(|p| p.functions.iter().filter(|f| wanted.contains(f)).count());
    least.map_or("", |p| p.name.as_str())
}

/// Nothing but the faults: every signal is as the checks want it, nothing comes in, nobody is absent.
fn rehearsal(plan: &Plan, case: &Case, seed: u64) -> Rehearsal {
    let checks = plan.checks.iter().filter_map(|c| c.signal.as_ref());
    Rehearsal {
        format: REHEARSAL_FORMAT,
        scenario: "sweep".to_owned(),
        title: String::new(),
        based_on: Vec::new(),
        objectives: Vec::new(),
        abort_word: String::new(),
        severity: None,
        limits: Limits { duration: END, ..Limits::default() },
        roles: BTreeMap::new(),
        signals: checks.map(healthy).collect(),
        injects: Vec::new(),
        absences: Vec::new(),
        faults: case.faults.clone(),
        expectations: Vec::new(),
        forbidden: Vec::new(),
        seed,
        begins: Instant(0),
        player: None,
        played: Some(Where::Memory),
        speed: 1,
    }
}

fn healthy(measure: &Measure) -> Signal {
    let value = match measure.condition {
        Condition::Above(least) => least * 2.0 + 1.0,
        Condition::Below(most) => most / 2.0,
        Condition::AboveBaseline { .. } | Condition::Value => 0.0,
    };
    Signal {
        signal: measure.signal.clone(),
        value,
        samples: Some(1_000_000),
        baseline: Some(value),
        mended: None,
        worse: None,
    }
}

/// The records are not kept, so that the plan need not be in them.
fn start(plan: &Plan) -> Start {
    let bare = Plan {
        steps: Vec::new(),
        roster: Vec::new(),
        triggers: Vec::new(),
        facts: Vec::new(),
        rows: Vec::new(),
        gates: Vec::new(),
        checks: Vec::new(),
        ..plan.clone()
    };
    Start {
        plan: bare,
        plan_digest: String::new(),
        files: BTreeMap::new(),
        workspace: String::new(),
        commit: None,
        dirty: false,
        version: String::new(),
        heads: BTreeMap::new(),
        continues: None,
        operators: Vec::new(),
        time_scale: SOAKS,
        declared: String::new(),
        retrospective: false,
        rehearsal: None,
        roster: None,
    }
}

/// Keeps which steps were taken.
#[derive(Default)]
struct Seen {
    steps: BTreeSet<usize>,
}

impl Reporter for Seen {
    fn record(&mut self, _: &Plan, record: &Record) {
        if let Event::StepIntended { step } = record.event {
            self.steps.insert(step.ix());
        }
    }

    fn progress(&mut self, _: &Plan, _: Progress<'_>) {}
}

/// A log that keeps nothing but the promise of its port.
struct Nowhere;

impl RunLog for Nowhere {
    fn append(&mut self, _: &[Record]) -> Result<Durability, JournalError> {
        Ok(Durability::Git)
    }

    fn keep(&mut self, subject: &str, bytes: &[u8]) -> PayloadRef {
        let length = u64::try_from(bytes.len()).unwrap_or_default();
        PayloadRef { subject: subject.to_owned(), digest: sha256_hex(bytes), length, sealed: None, apart: false }
    }

    fn votes(&mut self, _: &dyn Fn(&str) -> bool) -> Result<Vec<Vote>, JournalError> {
        Ok(Vec::new())
    }

    fn others_holding(&mut self, _: &str, _: &str) -> Result<Vec<String>, JournalError> {
        Ok(Vec::new())
    }

    fn head(&self) -> String {
        String::new()
    }

    fn try_restore(&mut self) -> bool {
        true
    }

    fn unpushed(&self) -> Option<usize> {
        None
    }
}
