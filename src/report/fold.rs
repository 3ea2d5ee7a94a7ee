//! What a run has come to: one fold over its records that brief, closing table, status and the gate's page share.
//!
//! Tells, never judges: the machine's own state decides what may happen; this only remembers what is worth saying. Must
//! not look at a clock; where "now" matters it is given.

use litemap::LiteMap;
use serde_json::Value;

use crate::plan::{CheckIx, FactIx, FactValue, GateIx, Plan, RowIx, Stage, StepIx, Target, break_glass};
use crate::run::beyond;
use crate::run::deadline::{self, Open};
use crate::run::event::{Choice, End, Event, Outcome, Phase, Source, Verdict, VoidReason};
use crate::run::input::Deadline;
use crate::run::ledger::Ledger;
use crate::run::record::{Decision, Lease, Measured, PreparedAct, Record, Start, Vote};
use crate::run::state::State;
use crate::text::time::{Instant, Millis};

/// A run, folded.
#[derive(Clone, Debug)]
pub struct Summary<'a> {
    /// The run's id.
    pub run: &'a str,
    /// What it started from.
    pub start: &'a Start,
    /// The plan it follows.
    pub plan: &'a Plan,
    /// In a drill or in the sandbox.
    pub drill: bool,
    /// When it began.
    pub began: Instant,
    /// When the last record was written.
    pub last: Instant,
    /// Number of records.
    pub records: u64,
    /// Who holds it.
    pub lease: Option<&'a Lease>,
    /// Where it is.
    pub phase: Phase,
    /// Proposed or confirmed row, and which of the two.
    pub severity: Option<(RowIx, bool)>,
    /// Steps that were touched.
    pub steps: LiteMap<StepIx, StepLine<'a>>,
    /// Undos that were touched.
    pub undos: LiteMap<StepIx, UndoLine>,
    /// Gates that were opened.
    pub gates: LiteMap<GateIx, GateLine<'a>>,
    /// Acts that went ahead without their approval, by the gate of the review.
    pub reviews: LiteMap<GateIx, ReviewLine<'a>>,
    /// Facts as last answered.
    pub facts: LiteMap<FactIx, FactLine<'a>>,
    /// Checks as last judged.
    pub checks: LiteMap<CheckIx, CheckLine<'a>>,
    /// Who made the fix.
    pub fix_author: Option<&'a str>,
    /// Runs that hold a lowering step on the same automation, as last looked.
    pub holding: &'a [String],
    /// Runs that continue this one.
    pub continued_by: Vec<&'a str>,
    /// When every immediate action, or its or-else, had a passed probe.
    pub contained_at: Option<Instant>,
    /// How often autonomy was taken back.
    pub breaches: u32,
    /// Records kept in the emergency file at present.
    pub degraded: bool,
    /// How it ended.
    pub end: Option<End>,
    all: &'a [Record],
}

/// A step as it stands.
#[derive(Clone, Debug, Default)]
pub struct StepLine<'a> {
    /// Intents so far.
    pub tries: u32,
    /// The prepared act.
    pub act: Option<&'a PreparedAct>,
    /// What came back last.
    pub outcome: Option<Outcome>,
    /// What the read-back said last.
    pub verdict: Option<Verdict>,
    /// What was seen, in one line.
    pub says: Option<String>,
    /// How long acting and proving took together, last time.
    pub took: Millis,
    /// What the operator chose last.
    pub choice: Option<Choice>,
    /// A person says that it is so.
    pub attested: bool,
    /// An intent without an outcome was found and is not settled.
    pub in_doubt: bool,
    /// Carried over from another run.
    pub carried: bool,
    /// When it was settled.
    pub at: Option<Instant>,
}

impl StepLine<'_> {
    /// Whether it stands: proven, accepted where nothing can be asked, attested or carried.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.attested || self.carried || matches!(self.verdict, Some(Verdict::Pass | Verdict::Accepted))
    }

    /// Its state in a word or two.
    #[must_use]
    pub fn word(&self) -> &'static str {
        if self.in_doubt {
            return "in doubt";
        }
        match (self.attested, self.choice, self.verdict, self.outcome) {
            (true, ..) => "attested",
            (_, Some(Choice::Skip), ..) => "skipped",
            (_, _, Some(v), _) => super::phrase::verdict(v),
            (_, _, None, Some(o)) => super::phrase::outcome(o),
            (_, _, None, None) if self.carried => "stands from an earlier run",
            (_, _, None, None) if self.tries > 0 => "under way",
            _ => "prepared",
        }
    }
}

/// An undo as it stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct UndoLine {
    /// What the read-back said last.
    pub verdict: Option<Verdict>,
    /// The prior state already held.
    pub needless: bool,
    /// It can't be done safely and needs a person.
    pub stuck: bool,
    /// A person put it back.
    pub by_hand: bool,
    /// An intent without an outcome was found and is not settled.
    pub in_doubt: bool,
    /// How long it took.
    pub took: Millis,
}

impl UndoLine {
    /// Its state in a word or two.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match (self.verdict, self.needless) {
            (Some(Verdict::Pass), _) if self.by_hand => "put back by hand",
            (Some(Verdict::Pass), _) => "put back",
            (_, true) => "already back",
            _ if self.stuck => "stuck",
            _ if self.in_doubt => "in doubt",
            (Some(v), _) => super::phrase::verdict(v),
            (None, false) => "under way",
        }
    }
}

/// How a gate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateState {
    /// Votes are asked for.
    Open,
    /// The tally is complete.
    Granted,
    /// The grant was used.
    Consumed,
    /// Somebody entitled said no.
    Denied,
    /// The deadline passed.
    Expired,
    /// The votes no longer count.
    Voided(VoidReason),
    /// The act went ahead without its approval.
    Broken,
}

/// An act that went ahead without its approval.
#[derive(Clone, Debug)]
pub struct ReviewLine<'a> {
    /// The gate that was not waited for.
    pub of: GateIx,
    /// Who did not wait.
    pub by: &'a str,
    /// When.
    pub at: Instant,
    /// Functions that had not said yes.
    pub skipped: &'a [String],
    /// What those said who were skipped.
    pub votes: Vec<&'a Vote>,
    /// When enough of them had countersigned.
    pub done: Option<Instant>,
}

/// A gate with its votes.
#[derive(Clone, Debug)]
pub struct GateLine<'a> {
    /// How it stands.
    pub state: GateState,
    /// When votes were first asked for.
    pub opened: Instant,
    /// When it was last settled.
    pub settled: Option<Instant>,
    /// When it expires.
    pub deadline: Option<Instant>,
    /// The exact act that is asked for.
    pub act: Option<&'a PreparedAct>,
    /// Votes that count at present.
    pub votes: Vec<&'a Vote>,
    /// Votes that did not count, with the reason.
    pub refused: Vec<(&'a Vote, &'a str)>,
    /// Who asks.
    pub asker: &'a str,
}

/// A fact as last answered.
#[derive(Clone, Copy, Debug)]
pub struct FactLine<'a> {
    /// The region's number; 255 is *not known*.
    pub region: u8,
    /// The value, where one was given.
    pub value: Option<&'a FactValue>,
    /// The measured number.
    pub measured: Option<&'a Measured>,
    /// Where it came from.
    pub source: Source,
}

/// A check as last judged.
#[derive(Clone, Copy, Debug, Default)]
pub struct CheckLine<'a> {
    /// The verdict.
    pub verdict: Option<Verdict>,
    /// The value, where a person gave one.
    pub value: Option<&'a FactValue>,
    /// The measured number.
    pub measured: Option<&'a Measured>,
    /// No data while stopped: judged in every soak.
    pub deferred: bool,
    /// Who attested it.
    pub attested: Option<&'a str>,
}

/// A target that is left otherwise: itself, its state before and its state now.
pub type Difference<'a> = (&'a Target, &'a Value, &'a Value);

/// A record that doesn't begin with `RunStarted`: nothing can be told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotARun;

impl std::fmt::Display for NotARun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("these records don't begin with the start of a run")
    }
}

impl std::error::Error for NotARun {}

impl<'a> Summary<'a> {
    /// Folds the records of one run, in order.
    ///
    /// # Errors
    /// The first record does not hold the start of a run.
    pub fn of(records: &'a [Record]) -> Result<Self, NotARun> {
        let first = records.first().ok_or(NotARun)?;
        let start = first.detail.start.as_deref().ok_or(NotARun)?;
        let mut summary = Self {
            run: &first.run,
            start,
            plan: &start.plan,
            drill: first.drill,
            began: first.at,
            last: first.at,
            records: 0,
            lease: None,
            phase: Phase::Declare,
            severity: None,
            steps: LiteMap::new(),
            undos: LiteMap::new(),
            gates: LiteMap::new(),
            reviews: LiteMap::new(),
            facts: LiteMap::new(),
            checks: LiteMap::new(),
            fix_author: None,
            holding: &[],
            continued_by: Vec::new(),
            contained_at: None,
            breaches: 0,
            degraded: false,
            end: None,
            all: records,
        };
        for record in records {
            summary.add(record);
        }
        Ok(summary)
    }

    /// What a drill touched; in the sandbox, nothing real.
    #[must_use]
    pub fn touched(&self) -> String {
        self.start.rehearsal.as_ref().map_or_else(|| "nothing real was touched".to_owned(), |r| r.touched())
    }

    fn add(&mut self, record: &'a Record) {
        self.records += 1;
        self.last = record.at;
        let detail = &*record.detail;
        match record.event {
            Event::LeaseTaken { .. } => self.lease = detail.lease.as_ref(),
            Event::PhaseEntered { phase } => self.phase = phase,
            Event::SeverityProposed { row } => {
                if !matches!(self.severity, Some((_, true))) {
                    self.severity = Some((row, false));
                }
            }
            Event::SeverityConfirmed { row } => self.severity = Some((row, true)),
            Event::FactAnswered { fact, region, source } => {
                let line =
                    FactLine { region, value: detail.value.as_ref(), measured: detail.measured.as_ref(), source };
                self.facts.insert(fact, line);
            }
            Event::CheckJudged { check, verdict } => {
                let line = self.checks.entry(check).or_default();
                line.verdict = Some(verdict);
                line.value = detail.value.as_ref();
                line.measured = detail.measured.as_ref();
                line.deferred = false;
            }
            Event::CheckDeferred { check } => self.checks.entry(check).or_default().deferred = true,
            Event::CheckAttested { check } => {
                self.checks.entry(check).or_default().attested = Some(detail.person.as_deref().unwrap_or(&record.by));
            }
            Event::FixAuthorNamed => self.fix_author = detail.person.as_deref(),
            Event::HoldsLooked { .. } => self.holding = &detail.runs,
            Event::ContinuedBy => self.continued_by.extend(detail.runs.iter().map(String::as_str)),
            Event::Breached { .. } => self.breaches += 1,
            Event::RecordDegraded => self.degraded = true,
            Event::RecordRestored => self.degraded = false,
            Event::RunEnded { end } => self.end = Some(end),
            event => {
                if let Some(gate) = event.gate() {
                    self.gate(gate, record);
                } else if let Some(step) = event.step() {
                    self.step(step, record);
                }
            }
        }
        if self.contained_at.is_none() && self.contained() {
            self.contained_at = Some(record.at);
        }
    }

    fn step(&mut self, ix: StepIx, record: &'a Record) {
        let detail = &*record.detail;
        match record.event {
            Event::UndoPrepared { .. } => {
                self.undos.entry(ix).or_default();
            }
            Event::UndoIntended { .. } | Event::UndoStuck { .. } | Event::UndoByHand { .. } => {
                let line = self.undos.entry(ix).or_default();
                line.took = Millis(0);
                line.stuck = matches!(record.event, Event::UndoStuck { .. });
                line.by_hand |= matches!(record.event, Event::UndoByHand { .. });
            }
            Event::UndoObserved { .. } => {
                let line = self.undos.entry(ix).or_default();
                line.in_doubt = false;
                line.took.0 += detail.took.unwrap_or_default().0;
            }
            Event::UndoProved { verdict, .. } => {
                let line = self.undos.entry(ix).or_default();
                line.verdict = Some(verdict);
                line.in_doubt = false;
                line.took.0 += detail.took.unwrap_or_default().0;
            }
            Event::UndoInDoubt { .. } => self.undos.entry(ix).or_default().in_doubt = true,
            Event::UndoNeedless { .. } => self.undos.entry(ix).or_default().needless = true,
            event => {
                let line = self.steps.entry(ix).or_default();
                if let Some(act) = &detail.act {
                    line.act = Some(act);
                }
                if let Some(seen) = says(record) {
                    line.says = Some(seen);
                }
                match event {
                    Event::StepCarried { .. } => line.carried = true,
                    Event::StepIntended { .. } => {
                        line.tries += 1;
                        line.outcome = None;
                        line.verdict = None;
                        line.choice = None;
                        line.took = Millis(0);
                    }
                    Event::StepObserved { outcome, .. } => {
                        line.outcome = Some(outcome);
                        line.in_doubt = outcome == Outcome::Unknown;
                        line.took.0 += detail.took.unwrap_or_default().0;
                        line.at = Some(record.at);
                    }
                    Event::StepProved { verdict, .. } => {
                        line.verdict = Some(verdict);
                        line.in_doubt &= verdict == Verdict::Inconclusive;
                        line.took.0 += detail.took.unwrap_or_default().0;
                        line.at = Some(record.at);
                    }
                    Event::StepInDoubt { .. } => line.in_doubt = true,
                    Event::StepChosen { choice, .. } => {
                        line.choice = Some(choice);
                        line.at = Some(record.at);
                    }
                    Event::StepAttested { .. } => {
                        line.attested = true;
                        line.in_doubt = false;
                        line.at = Some(record.at);
                    }
                    _ => {}
                }
            }
        }
    }

    fn gate(&mut self, ix: GateIx, record: &'a Record) {
        let detail = &*record.detail;
        if matches!(record.event, Event::GateOpened { .. }) {
            let act = detail.act.as_ref().or_else(|| {
                let step = self.plan.steps.iter().position(|s| s.gate == Some(ix))?;
                self.steps.get(&StepIx(u16::try_from(step).ok()?))?.act
            });
            let line = GateLine {
                state: GateState::Open,
                opened: record.at,
                settled: None,
                deadline: detail.deadline,
                act,
                votes: Vec::new(),
                refused: Vec::new(),
                asker: &record.by,
            };
            self.gates.insert(ix, line);
            return;
        }
        if let Some(line) = self.reviews.get_mut(&ix) {
            match record.event {
                Event::ReviewVoted { .. } => line.votes.extend(&detail.vote),
                Event::Reviewed { .. } => line.done = Some(record.at),
                _ => {}
            }
            return;
        }
        if let (Event::GlassBroken { gate }, Ok((_, review))) = (record.event, break_glass::allowed(self.plan, ix)) {
            let line = ReviewLine {
                of: gate,
                by: &record.by,
                at: record.at,
                skipped: &detail.functions,
                votes: Vec::new(),
                done: None,
            };
            self.reviews.insert(review, line);
        }
        let Some(line) = self.gates.get_mut(&ix) else { return };
        let state = match record.event {
            Event::GateGranted { .. } => GateState::Granted,
            Event::GateConsumed { .. } => GateState::Consumed,
            Event::GlassBroken { .. } => GateState::Broken,
            Event::GateDenied { .. } => GateState::Denied,
            Event::GateExpired { .. } => GateState::Expired,
            Event::GateVoided { why, .. } => GateState::Voided(why),
            _ => line.state,
        };
        if state != line.state {
            line.state = state;
            line.settled = Some(record.at);
        }
        let Some(vote) = &detail.vote else { return };
        match record.event {
            Event::VoteRefused { .. } => {
                line.refused.push((vote, detail.note.as_deref().unwrap_or("it does not count")));
            }
            Event::GateVoided { .. } => line.votes = vec![vote],
            _ if !line.votes.iter().any(|v| v.nonce == vote.nonce) => line.votes.push(vote),
            _ => {}
        }
    }

    /// Whether a step, or its or-else, stands.
    #[must_use]
    pub fn step_or_else_stands(&self, ix: StepIx) -> bool {
        let stands = |ix: StepIx| self.steps.get(&ix).is_some_and(StepLine::stands);
        stands(ix) || self.plan.steps.get(ix.ix()).and_then(|s| s.or_else).is_some_and(stands)
    }

    /// Whether every lowering immediate action, or its or-else that lowers too, has a passed probe, and none was lost in
    /// planning. Where nothing had to be lowered there is nothing to tell of.
    #[must_use]
    pub fn contained(&self) -> bool {
        let proven = |ix: StepIx| self.steps.get(&ix).is_some_and(|line| line.verdict == Some(Verdict::Pass));
        self.plan.can_contain()
            && self.plan.lowering().next().is_some()
            && self.plan.lowering().all(|(step, other)| proven(step) || other.is_some_and(proven))
    }

    /// Numbers of the records in which somebody without a name went beyond stopping, where only signed votes count.
    #[must_use]
    pub fn unnamed(&self) -> Vec<u64> {
        self.all.iter().filter_map(|record| beyond::unnamed(self.plan, record)).collect()
    }

    /// Steps whose prior state is still to be put back, in the order in which that is done, each with that state, one value
    /// per target; empty where none could be captured.
    #[must_use]
    pub fn owed(&self) -> Vec<(StepIx, Vec<Value>)> {
        let mut state = State::new(self.plan);
        let mut ledger = Ledger::default();
        for record in self.all {
            if ledger.fold(self.plan, record).is_err() || state.apply(self.plan, record.event).is_err() {
                // Such a record is not followed; `verify` tells why.
                return Vec::new();
            }
        }
        state.owed(self.plan).map(|ix| (ix, ledger.step(ix).owed.clone().unwrap_or_default())).collect()
    }

    /// What is asked of a person now, and until when; none where nobody is, or where a gate says it.
    #[must_use]
    pub fn asked(&self) -> Option<Open> {
        let ledger = Ledger::of(self.plan, self.all).ok()?;
        let mut state = State::new(self.plan);
        for record in self.all {
            state.apply(self.plan, record.event).ok()?;
        }
        let open = deadline::open(self.plan, state.pending(self.plan), &ledger)?;
        let person = matches!(open.of, Deadline::Fact(_) | Deadline::Severity | Deadline::Check(_) | Deadline::Human);
        person.then_some(open)
    }

    /// What a stage left otherwise than it was before the run first touched it: the stage's step, and for each target that
    /// differs the state before and the state now.
    #[must_use]
    pub fn left_different(&self) -> Vec<(StepIx, Vec<Difference<'a>>)> {
        let mut out: Vec<(StepIx, Vec<Difference<'a>>)> = Vec::new();
        for (n, stage) in self.plan.stages.iter().enumerate() {
            let (Some(step), Some(line)) = (self.plan.steps.get(stage.step.ix()), self.steps.get(&stage.step)) else {
                continue;
            };
            let moved_again = |target: &Target| {
                let later = self.plan.stages.iter().skip(n + 1).map(|s| s.step);
                let later = later.filter(|ix| self.steps.get(ix).is_some_and(|l| l.tries > 0));
                let undone = self.undos.iter().filter(|(_, u)| u.verdict == Some(Verdict::Pass) || u.needless);
                later
                    .chain(undone.map(|(ix, _)| *ix))
                    .filter_map(|ix| self.plan.steps.get(ix.ix()))
                    .any(|s| s.targets.iter().any(|t| same(t, target)))
            };
            let Some(act) = line.act.filter(|_| line.stands() && line.tries > 0) else { continue };
            let differs = step.targets.iter().zip(&act.leaves).filter_map(|(target, now)| {
                let before = self.first_prior(target)?;
                (before != now && !now.is_null() && !moved_again(target)).then_some((target, before, now))
            });
            let differs: Vec<_> = differs.collect();
            if !differs.is_empty() {
                out.push((stage.step, differs));
            }
        }
        out
    }

    /// The state of a target when this run first read it.
    fn first_prior(&self, target: &Target) -> Option<&'a Value> {
        self.all.iter().find_map(|record| {
            let act = record.detail.act.as_ref()?;
            let step = self.plan.steps.get(record.event.step()?.ix())?;
            let at = step.targets.iter().position(|t| same(t, target))?;
            act.prior.get(at).filter(|p| !p.is_null())
        })
    }

    /// Gates that are open, in the order of the plan. A run that is over waits for nobody.
    pub fn open_gates(&self) -> impl Iterator<Item = (GateIx, &GateLine<'a>)> {
        self.gates.iter().filter(|(_, g)| g.state == GateState::Open && self.end.is_none()).map(|(ix, g)| (*ix, g))
    }

    /// Reviews that nobody has countersigned yet, after the end too: one loud line each.
    #[must_use]
    pub fn open_reviews(&self) -> Vec<String> {
        let open = self.reviews.iter().filter(|(_, review)| review.done.is_none());
        open.filter_map(|(ix, review)| {
            let id = |ix: GateIx| self.plan.gates.get(ix.ix()).map(|g| crate::text::safe::line(&g.id));
            let no = review.votes.iter().find(|v| !is_yes(v));
            let objects = no.map_or_else(String::new, |v| format!("; {} OBJECTS", crate::text::safe::line(&v.person)));
            Some(format!(
                "BREAK-GLASS: {} did {} WITHOUT the approval of {}{objects}; `{}` waits to be countersigned",
                crate::text::safe::line(review.by),
                id(review.of)?,
                super::phrase::skipped(review.skipped),
                id(*ix)?,
            ))
        })
        .collect()
    }

    /// Steps of unknown effect, and undos in doubt or stuck.
    #[must_use]
    pub fn doubts(&self) -> Vec<StepIx> {
        let steps = self.steps.iter().filter(|(_, s)| s.in_doubt).map(|(ix, _)| *ix);
        let undos = self
            .undos
            .iter()
            .filter(|(_, u)| (u.in_doubt || u.stuck) && u.verdict != Some(Verdict::Pass))
            .map(|(ix, _)| *ix);
        steps.chain(undos).collect()
    }

    /// What kept the run from closing without exceptions, each named.
    #[must_use]
    pub fn exceptions(&self) -> Vec<String> {
        let mut out = Vec::new();
        for (ix, line) in &self.steps {
            let Some(step) = self.plan.steps.get(ix.ix()) else { continue };
            let word = line.word();
            if matches!(word, "skipped" | "attested" | "in doubt") {
                out.push(format!("{} {word}", step.id));
            }
        }
        for (ix, gate) in &self.gates {
            let Some(id) = self.plan.gates.get(ix.ix()).map(|g| &g.id) else { continue };
            match gate.state {
                GateState::Denied => out.push(format!("{id} denied")),
                GateState::Expired => out.push(format!("{id} expired")),
                _ => {}
            }
        }
        out.extend(self.open_reviews());
        for (ix, check) in &self.checks {
            if let (Some(who), Some(c)) = (check.attested, self.plan.checks.get(ix.ix())) {
                out.push(format!("{} attested by {}", c.id, crate::text::safe::line(who)));
            }
        }
        for (ix, undo) in &self.undos {
            if undo.stuck
                && undo.verdict != Some(Verdict::Pass)
                && let Some(step) = self.plan.steps.get(ix.ix())
            {
                out.push(format!("undo of {} stuck", step.id));
            }
        }
        out
    }

    /// The stage that a soak is about, if any.
    #[must_use]
    pub fn stage(&self, ix: crate::plan::StageIx) -> Option<&'a Stage> {
        self.plan.stages.get(ix.ix())
    }
}

/// Whether two targets are the same thing on the same provider.
fn same(a: &Target, b: &Target) -> bool {
    a.provider == b.provider && a.binding == b.binding
}

/// What was seen, every target in one line.
#[must_use]
pub fn says(record: &Record) -> Option<String> {
    let parts: Vec<String> =
        record.detail.seen.iter().filter(|s| !s.says.is_empty()).map(|s| crate::text::safe::line(&s.says)).collect();
    if !parts.is_empty() {
        return Some(parts.join("; "));
    }
    record.detail.note.as_deref().map(crate::text::safe::line)
}

/// Whether a vote is a yes.
#[must_use]
pub fn is_yes(vote: &Vote) -> bool {
    matches!(vote.decision, Decision::Approve | Decision::Amend)
}
