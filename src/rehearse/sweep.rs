//! The chaos sweep: every fault at every step, then every pair, each played from beginning to end in virtual time.
//!
//! Owns which cases there are and what is looked at in each: whether containment was reached, when, and whether what the
//! record says of it was so. A run that says that it is only partly contained tells the truth; it is a finding all the
//! same where something was left that could have contained it. Spreads nothing over threads: whoever calls does, because
//! each case stands for itself.

use std::collections::{BTreeMap, BTreeSet};

use super::chance::Seeded;
use super::play::{Play, play};
use crate::drive::{Stopped, Why};
use crate::plan::rehearsal::{Fault, FaultKind, Limits, Player, REHEARSAL_FORMAT, Rehearsal, Signal, Where};
use crate::plan::{Condition, Direction, Measure, Plan, StepIx};
use crate::port::{Durability, JournalError, Progress, Reporter, RunLog};
use crate::run::event::Event;
use crate::run::record::{PayloadRef, Record, Start, Vote, sha256_hex};
use crate::text::time::{Instant, Millis};

/// What is tried of the whole run: it happens to no step.
pub const EVERYWHERE: [FaultKind; 2] = [FaultKind::ClockSkew, FaultKind::RemoteDown];

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
/// How far a clock is off that is off.
const SKEW: Millis = Millis::from_secs(10 * 60);
/// How long what happens to the whole run lasts, where it does not last for good.
const WHILE: Millis = Millis::from_secs(10 * 60);
/// The shortest time that a fault is made to last when a case is made small.
const SHORTEST: Millis = Millis::from_secs(1);
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

/// A fault of the whole run, for a while or for good.
fn everywhere(kind: FaultKind, lasts: Option<Millis>) -> Fault {
    let by = (kind == FaultKind::ClockSkew).then_some(SKEW);
    Fault { id: kind.to_string(), step: None, lasts, by, ..fault("", kind, None) }
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

/// Every single fault at these steps, and of the whole run: once or for a while, and for good.
#[must_use]
pub fn singles(steps: &[String]) -> Vec<Case> {
    let both = |step: &String, kind| [Some(1), None].map(|times| Case { faults: vec![fault(step, kind, times)] });
    let at_steps = steps.iter().flat_map(|step| KINDS.into_iter().flat_map(move |kind| both(step, kind)));
    let whole = |kind| [Some(WHILE), None].map(|lasts| Case { faults: vec![everywhere(kind, lasts)] });
    at_steps.chain(EVERYWHERE.into_iter().flat_map(whole)).collect()
}

/// Every pair of faults. At two steps, or at one and of the whole run, both are for good; at one step the first strikes
/// once and the second whatever is tried after it, since for good it would leave nothing to the second.
#[must_use]
pub fn pairs(steps: &[String]) -> Vec<Case> {
    let mut all = Vec::new();
    let mut pair = |a: Fault, b: Fault| all.push(Case { faults: vec![a, b] });
    for (n, first) in steps.iter().enumerate() {
        for a in KINDS {
            for b in KINDS.into_iter().filter(|b| *b != a) {
                pair(fault(first, a, Some(1)), fault(first, b, None));
            }
            for second in steps.iter().skip(n + 1) {
                for b in KINDS {
                    pair(fault(first, a, None), fault(second, b, None));
                }
            }
            for b in EVERYWHERE {
                pair(fault(first, a, None), everywhere(b, None));
            }
        }
    }
    let [skew, remote] = EVERYWHERE;
    pair(everywhere(skew, None), everywhere(remote, None));
    all
}

/// Whether a case leaves something that could contain it: of each immediate step that lowers, the step itself or what
/// stands in for it is spoilt by no fault, or only so often that another try works.
#[must_use]
pub fn avoidable(plan: &Plan, case: &Case) -> bool {
    let free = |s: StepIx| {
        let id = &plan.step(s).id;
        !case.faults.iter().any(|f| f.times.is_none() && f.lasts.is_none() && f.step.as_ref() == Some(id))
    };
    let lowering = plan.immediate.iter().filter(|s| plan.step(**s).direction == Direction::Lowers);
    lowering.copied().all(|s| free(s) || plan.step(s).or_else.is_some_and(free))
}

/// A case by chance: a few faults, each at some step, from some time on, for some time.
#[must_use]
pub fn random(steps: &[String], seed: u64) -> Case {
    let chance = Seeded::new(seed);
    let below = |most: usize| usize::try_from(chance.below(u64::try_from(most).unwrap_or(1))).unwrap_or_default();
    let count = 1 + chance.below(MOST);
    let faults = (0..count).filter_map(|n| {
        let (step, kind) = (steps.get(below(steps.len()))?, below(KINDS.len() + EVERYWHERE.len()));
        let of = match (KINDS.get(kind), kind.checked_sub(KINDS.len()).and_then(|k| EVERYWHERE.get(k))) {
            (Some(kind), _) => fault(step, *kind, None),
            (None, Some(kind)) => everywhere(*kind, None),
            (None, None) => return None,
        };
        let times = (chance.below(2) == 0 && of.step.is_some()).then(|| 1 + chance.below(3));
        let at = Millis(chance.below(5 * 60_000));
        let lasts = (chance.below(2) == 0).then(|| Millis(1_000 + chance.below(20 * 60_000)));
        Some(Fault { id: format!("{n} {}", of.id), at, lasts, times, ..of })
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

/// The same failure with as few faults as it needs, each as early, as seldom and as short as it may be.
#[must_use]
pub fn minimised(plan: &Plan, tried: Tried, seed: u64) -> Tried {
    let mut least = tried;
    let same = |least: &mut Tried, case: Case| {
        let again = try_out(plan, case, seed);
        let is = again.verdict == least.verdict;
        if is {
            *least = again;
        }
        is
    };
    let mut n = 0;
    while n < least.case.faults.len() {
        let mut fewer = least.case.clone();
        fewer.faults.remove(n);
        if !same(&mut least, fewer) {
            n += 1;
        }
    }
    // Each turn takes something away that is never given back, so that this ends.
    let mut n = 0;
    while let Some(fault) = least.case.faults.get(n) {
        let smaller = smaller(fault).into_iter().any(|fault| {
            let mut case = least.case.clone();
            if let Some(of) = case.faults.get_mut(n) {
                *of = fault;
            }
            same(&mut least, case)
        });
        if !smaller {
            n += 1;
        }
    }
    least
}

/// The same fault from earlier on, fewer times, or for a shorter time; what takes most away comes first.
fn smaller(of: &Fault) -> Vec<Fault> {
    let mut all = Vec::new();
    if of.at > Millis(0) {
        all.push(Fault { at: Millis(0), ..of.clone() });
        all.push(Fault { at: Millis(of.at.0 / 2), ..of.clone() });
    }
    if of.step.is_some() && of.times != Some(1) {
        all.push(Fault { times: Some(1), ..of.clone() });
        all.extend(of.times.map(|times| Fault { times: Some(times - 1), ..of.clone() }));
    }
    match of.lasts {
        // What strikes so often only needs no end besides.
        Some(_) if of.times.is_some() => all.push(Fault { lasts: None, ..of.clone() }),
        Some(lasts) if lasts > SHORTEST => {
            all.push(Fault { lasts: Some(SHORTEST), ..of.clone() });
            all.push(Fault { lasts: Some(Millis(lasts.0 / 2).max(SHORTEST)), ..of.clone() });
        }
        _ => {}
    }
    all
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
