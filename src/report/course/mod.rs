//! What happened, as a scenario that makes it happen again: from a run's records, or from a path that the explorer found.
//!
//! Owns the translation into a scenario's words: what came in, what was measured and answered, who voted and who did not,
//! and what broke. Must not play it: whoever writes a scenario down plays it first and compares.

mod write;

use std::collections::BTreeSet;

use litemap::LiteMap;

use crate::model::scenario::{Ballot, FaultKind, Pick};
use crate::plan::rehearsal::Rehearsal;
use crate::plan::{Condition, Excluded, FactKind, FactValue, GateIx, Measure, Plan, Proof, RowIx, StepIx, StepRole};
use crate::run::command::Command;
use crate::run::event::{Choice, End, Event, Outcome, Source, Verdict};
use crate::run::input::Input;
use crate::run::record::{Decision, DeliveredWhat, Detail, Measured, Record};
use crate::run::state::State;
use crate::text::safe;
use crate::text::time::{Instant, Millis};

pub use write::toml;

/// Observations behind a number that nobody counted: more than any floor asks for.
const PLENTY: u64 = 1_000_000;

/// What happened, in a scenario's words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// What it is called.
    pub title: String,
    /// What it is made from.
    pub based_on: String,
    /// The runbook.
    pub runbook: String,
    /// The automation.
    pub automation: String,
    /// The environment.
    pub environment: String,
    /// The row that was confirmed last.
    pub severity: Option<String>,
    /// Who led it.
    pub lead: String,
    /// Signals: first and last value, observations, baseline, and the step before the last value.
    pub signals: LiteMap<String, Shown>,
    /// What came in: when, and the text.
    pub injects: Vec<(Millis, String)>,
    /// Who said nothing at a gate, from when until when.
    pub absent: Vec<(String, Millis, Option<Millis>)>,
    /// What broke: the step, how, and how often.
    pub faults: Vec<(String, FaultKind, u64)>,
    /// Facts and checks that were answered; none for not known.
    pub answers: LiteMap<String, Said>,
    /// What was chosen for a step that did not pass.
    pub choices: Vec<Pick>,
    /// Votes: who, at which gate, what, and how long after it opened.
    pub votes: Vec<(String, String, Ballot, Option<Millis>)>,
    /// The row that was confirmed where another was proposed.
    pub raised: Option<String>,
    /// Who made the fix.
    pub fix_author: Option<String>,
    /// Whether it was to be stood down.
    pub stands_down: bool,
    /// Whether it was given up.
    pub abandons: bool,
    /// Steps that passed, in order.
    pub passed: Vec<String>,
    /// Gates that expired.
    pub expired: BTreeSet<String>,
    /// How it ended.
    pub end: Option<End>,
    /// How long it took.
    pub took: Millis,
}

/// What a signal showed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    /// At first.
    pub first: f64,
    /// In the end.
    pub last: f64,
    /// The step that had passed before it changed.
    pub after: Option<String>,
    /// Observations behind it.
    pub samples: Option<u64>,
    /// What it was before.
    pub baseline: Option<f64>,
}

/// What was said to a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// A value, as it is written.
    Value(String),
    /// Not known.
    NotKnown,
    /// Nothing.
    Nothing,
}

/// The acts of a run in their order: what it was about to do, out and back.
#[must_use]
pub fn acts(plan: &Plan, records: &[Record]) -> Vec<String> {
    let of = |r: &Record| match r.event {
        Event::StepIntended { step } => plan.steps.get(step.ix()).map(|s| s.id.clone()),
        Event::UndoIntended { step } => plan.steps.get(step.ix()).map(|s| format!("undo of {}", s.id)),
        _ => None,
    };
    records.iter().filter_map(of).collect()
}

/// How a run ended; none while it is open.
#[must_use]
pub fn end(records: &[Record]) -> Option<End> {
    records.iter().find_map(|r| if let Event::RunEnded { end } = r.event { Some(end) } else { None })
}

/// The records that a path of the explorer would leave: what the machine makes of each input, and nothing else. None when
/// it is no path of this plan.
#[must_use]
pub fn records(plan: &Plan, path: &[Input]) -> Option<Vec<Record>> {
    let mut state = State::new(plan);
    let mut out: Vec<Record> = Vec::new();
    let mut next = path.iter().copied();
    loop {
        // The machine's own moves stand between what arrives, and on no path.
        let moves = state.started && state.end.is_none() && state.pending(plan) == Command::Advance;
        let Some(input) = (if moves { Some(Input::Advance) } else { next.next() }) else { break };
        for event in state.decide(plan, input).ok()? {
            state.apply(plan, event).ok()?;
            let seq = u64::try_from(out.len()).unwrap_or(u64::MAX);
            out.push(Record {
                format: crate::run::record::RECORD_FORMAT,
                run: "a path".to_owned(),
                seq,
                at: Instant(i64::try_from(seq).unwrap_or(i64::MAX).saturating_mul(1_000)),
                by: String::new(),
                prev: String::new(),
                drill: true,
                late: false,
                event,
                about: None,
                detail: Box::<Detail>::default(),
            });
        }
    }
    Some(out)
}

/// What an attempt came to.
#[derive(Default)]
struct Attempt {
    outcome: Option<Outcome>,
}

struct Maker<'a> {
    plan: &'a Plan,
    /// What was practised, where it was a drill.
    practised: Option<&'a Rehearsal>,
    begins: Instant,
    out: Course,
    proposed: Option<RowIx>,
    /// The event before this one.
    last: Option<Event>,
    attempts: LiteMap<StepIx, Attempt>,
    /// When each gate opened, and who has voted since.
    open: LiteMap<GateIx, (Millis, BTreeSet<String>)>,
    spoke: BTreeSet<(String, String)>,
    silent: BTreeSet<(String, String)>,
}

impl Course {
    /// From records. `words` reads a note that is kept apart, where it can be read.
    #[must_use]
    pub fn of(plan: &Plan, records: &[Record], words: &dyn Fn(&Record) -> Option<String>) -> Self {
        let first = records.first();
        let begins = first.map(|r| r.at).unwrap_or_default();
        let lease = records.iter().find_map(|r| r.detail.lease.as_ref()).map(|l| l.person.clone());
        let lead = lease.filter(|name| plan.roster.iter().any(|p| p.name == *name)).unwrap_or_else(|| spare(plan));
        let out = Self {
            title: format!("Again: {}", safe::line(&plan.title)),
            based_on: format!("run {}", first.map_or("", |r| r.run.as_str())),
            runbook: plan.runbook.clone(),
            automation: plan.automation.clone(),
            environment: plan.environment.clone(),
            lead,
            took: records.last().map(|r| r.at.since(begins)).unwrap_or_default(),
            end: end(records),
            ..Self::default()
        };
        let practised = first.and_then(|r| r.detail.start.as_ref()?.rehearsal.as_deref());
        let mut maker = Maker {
            plan,
            practised,
            begins,
            out,
            proposed: None,
            last: None,
            attempts: LiteMap::new(),
            open: LiteMap::new(),
            spoke: BTreeSet::new(),
            silent: BTreeSet::new(),
        };
        for record in records {
            maker.take(record, words);
            maker.last = Some(record.event);
        }
        maker.finish()
    }
}

/// Somebody of the roster who is needed at as few gates as can be.
fn spare(plan: &Plan) -> String {
    let needed =
        |functions: &[String]| plan.gates.iter().filter(|g| g.functions.iter().any(|f| functions.contains(f))).count();
    let least = plan.roster.iter().min_by_key(|p| (needed(&p.functions), p.name.clone()));
    least.map(|p| p.name.clone()).unwrap_or_default()
}

impl Maker<'_> {
    fn id(&self, step: StepIx) -> String {
        self.plan.steps.get(step.ix()).map(|s| s.id.clone()).unwrap_or_default()
    }

    fn gate(&self, gate: GateIx) -> String {
        self.plan.gates.get(gate.ix()).map(|g| g.id.clone()).unwrap_or_default()
    }

    fn take(&mut self, record: &Record, words: &dyn Fn(&Record) -> Option<String>) {
        let since = record.at.since(self.begins);
        match record.event {
            Event::Noted => self.noted(record, since, words),
            Event::TriggerMeasured { trigger, verdict } => {
                let measure = self.plan.triggers.get(trigger.ix()).and_then(|t| t.signal.as_ref());
                self.measured(measure, verdict, record.detail.measured.as_ref());
            }
            Event::FactAnswered { fact, region, source } => self.answered(fact.ix(), region, source, record),
            Event::CheckJudged { check, verdict } => {
                let Some(check) = self.plan.checks.get(check.ix()) else { return };
                match &check.signal {
                    Some(measure) => self.measured(Some(measure), verdict, record.detail.measured.as_ref()),
                    None if self.last == Some(Event::QuestionExpired) => {
                        self.out.answers.insert(check.id.clone(), Said::Nothing);
                    }
                    None => {
                        let value = record.detail.value.clone().or_else(|| fitting(check.condition.as_ref(), verdict));
                        let said = value.map_or(Said::NotKnown, |v| Said::Value(written(check.kind.as_ref(), &v)));
                        self.out.answers.insert(check.id.clone(), said);
                    }
                }
            }
            Event::StepIntended { step } => {
                self.attempts.insert(step, Attempt::default());
            }
            Event::StepObserved { step, outcome } => {
                self.attempts.entry(step).or_default().outcome = Some(outcome);
            }
            Event::StepProved { step, verdict } => self.proved(step, verdict),
            Event::StepAttested { step } => self.out.passed.push(self.id(step)),
            Event::StepChosen { choice, .. } => {
                let pick = pick(choice);
                if !self.out.choices.contains(&pick) {
                    self.out.choices.push(pick);
                }
            }
            Event::SeverityProposed { row } => self.proposed = Some(row),
            Event::SeverityConfirmed { row } => {
                let level = self.plan.rows.get(row.ix()).map(|r| r.level.clone());
                if self.proposed.is_some_and(|p| p != row) {
                    self.out.raised.clone_from(&level);
                }
                self.out.severity = level;
            }
            Event::FixAuthorNamed => {
                let inside = |name: &String| self.plan.roster.iter().any(|p| p.name == *name);
                let name = record.detail.person.clone();
                self.out.fix_author = name.map(|n| if inside(&n) { n } else { format!("outside: {n}") });
            }
            Event::StandDownAsked => self.out.stands_down = true,
            // Later on a player gives up by themselves, where nothing else is left to do.
            Event::AbandonAsked => self.out.abandons = self.out.severity.is_none(),
            Event::GateOpened { gate } => {
                self.open.insert(gate, (since, BTreeSet::new()));
            }
            Event::VoteCounted { gate }
            | Event::VoteRefused { gate }
            | Event::GateGranted { gate }
            | Event::GateDenied { gate } => self.voted(gate, record, since),
            Event::GateExpired { gate } => self.expired(gate, since),
            _ => {}
        }
    }

    fn noted(&mut self, record: &Record, since: Millis, words: &dyn Fn(&Record) -> Option<String>) {
        // What the game master did with the time, and what broke, is told by other means.
        if record.detail.drill.as_ref().is_some_and(|d| d.what != DeliveredWhat::Inject) {
            return;
        }
        let delivered = record.detail.drill.as_ref().and_then(|d| self.practised?.inject(&d.id));
        let text = delivered.map(|i| i.text.clone()).or_else(|| record.detail.note.clone()).or_else(|| words(record));
        if let Some(text) = text.filter(|t| !t.trim().is_empty()) {
            self.out.injects.push((since, safe::line(&text)));
        }
    }

    fn measured(&mut self, measure: Option<&Measure>, verdict: Verdict, measured: Option<&Measured>) {
        let Some(measure) = measure else { return };
        let was = measured.and_then(|m| m.value);
        let Some(value) = was.or_else(|| showing(&measure.condition, verdict)) else { return };
        let floor = match &measure.condition {
            Condition::AboveBaseline { .. } => Some(1.0),
            _ => None,
        };
        let samples = measured.and_then(|m| m.samples).or(if was.is_none() { Some(PLENTY) } else { None });
        let baseline = measured.and_then(|m| m.baseline).or(if was.is_none() { floor } else { None });
        let after = self.out.passed.last().cloned();
        let shown = self.out.signals.entry(measure.signal.clone()).or_insert_with(|| Shown {
            first: value,
            last: value,
            ..Shown::default()
        });
        shown.samples = shown.samples.max(samples);
        shown.baseline = shown.baseline.or(baseline);
        if (shown.last - value).abs() > f64::EPSILON {
            shown.last = value;
            shown.after = after;
        }
    }

    fn answered(&mut self, fact: usize, region: u8, source: Source, record: &Record) {
        let Some(fact) = self.plan.facts.get(fact) else { return };
        let example = fact.regions.get(usize::from(region)).map(|r| r.example.clone());
        let value = record.detail.value.clone().or(example);
        match (source, value) {
            (Source::Signal, Some(value)) => {
                let number = match value {
                    FactValue::Count(n) => number(n),
                    FactValue::Percent(n) => n,
                    FactValue::YesNo(yes) => f64::from(u8::from(yes)),
                    FactValue::Level(n) => f64::from(n),
                };
                let seen = record.detail.measured;
                let seen = seen.or(Some(Measured { value: Some(number), samples: Some(PLENTY), baseline: None }));
                self.measured(fact.signal.as_ref(), Verdict::Pass, seen.as_ref());
            }
            (Source::Silence, _) => {
                self.out.answers.insert(fact.id.clone(), Said::Nothing);
            }
            (_, Some(value)) if region != u8::MAX => {
                self.out.answers.insert(fact.id.clone(), Said::Value(written(Some(&fact.kind), &value)));
            }
            _ => {
                self.out.answers.insert(fact.id.clone(), Said::NotKnown);
            }
        }
    }

    fn proved(&mut self, step: StepIx, verdict: Verdict) {
        let good = matches!(verdict, Verdict::Pass | Verdict::Accepted);
        let id = self.id(step);
        if good {
            self.out.passed.push(id.clone());
        }
        let attested = self.plan.steps.get(step.ix()).is_some_and(|s| s.proof == Proof::Attested);
        // What a person did by hand, or a second look, is no attempt of the program.
        let Some(outcome) = self.attempts.remove(&step).and_then(|a| a.outcome) else { return };
        let kind = match (outcome, good) {
            (Outcome::Done, true) => return,
            (Outcome::Done, false) if attested => return,
            (Outcome::Done, false) => FaultKind::NoEffect,
            (Outcome::Refused | Outcome::NotSent, _) => FaultKind::Error,
            (Outcome::Unknown, true) => FaultKind::Timeout,
            (Outcome::Unknown, false) => FaultKind::Partial,
        };
        match self.out.faults.last_mut() {
            Some((of, last, times)) if *of == id && *last == kind => *times += 1,
            _ => self.out.faults.push((id, kind, 1)),
        }
    }

    fn voted(&mut self, gate: GateIx, record: &Record, since: Millis) {
        let id = self.gate(gate);
        let opened = self.open.get(&gate).map(|(at, _)| *at).unwrap_or_default();
        match &record.detail.vote {
            Some(vote) => {
                let says = match vote.decision {
                    Decision::Approve => Ballot::Approve,
                    Decision::Deny => Ballot::Deny,
                    Decision::Amend => Ballot::Amend,
                };
                if let Some((_, voters)) = self.open.get_mut(&gate) {
                    voters.insert(vote.person.clone());
                }
                if self.spoke.insert((vote.person.clone(), id.clone())) {
                    let after = Millis(since.0.saturating_sub(opened.0));
                    self.out.votes.push((vote.person.clone(), id, says, Some(after)));
                }
            }
            // A path knows that it was denied, and by nobody.
            None if matches!(record.event, Event::GateDenied { .. }) => {
                if let Some(person) = self.entitled(gate).into_iter().next() {
                    self.spoke.insert((person.clone(), id.clone()));
                    self.out.votes.push((person, id, Ballot::Deny, Some(Millis::from_secs(1))));
                }
            }
            None => {}
        }
        let over = matches!(record.event, Event::GateGranted { .. } | Event::GateDenied { .. });
        if over
            && let Some((_, voters)) = self.open.remove(&gate)
            && !voters.is_empty()
        {
            for person in self.entitled(gate).into_iter().filter(|p| !voters.contains(p)) {
                self.silent.insert((person, self.gate(gate)));
            }
        }
    }

    fn expired(&mut self, gate: GateIx, since: Millis) {
        let Some((opened, voters)) = self.open.remove(&gate) else { return };
        self.out.expired.insert(self.gate(gate));
        for person in self.entitled(gate).into_iter().filter(|p| !voters.contains(p)) {
            self.out.absent.push((person, opened, Some(since)));
        }
    }

    /// Who could vote at a gate, without whoever leads.
    fn entitled(&self, gate: GateIx) -> Vec<String> {
        let Some(gate) = self.plan.gates.get(gate.ix()) else { return Vec::new() };
        let may = |p: &&crate::plan::Person| {
            let fits = gate.functions.is_empty() || p.functions.iter().any(|f| gate.functions.contains(f));
            let author = gate.not.contains(&Excluded::FixAuthor) && self.out.fix_author.as_ref() == Some(&p.name);
            fits && !author && p.name != self.out.lead
        };
        self.plan.roster.iter().filter(may).map(|p| p.name.clone()).collect()
    }

    fn finish(mut self) -> Course {
        let absent: BTreeSet<String> = self.out.absent.iter().map(|(p, ..)| p.clone()).collect();
        for (person, gate) in self.silent {
            // Who is away anyway needs no vote that says nothing, and one would bring them back elsewhere.
            if !absent.contains(&person) && !self.spoke.contains(&(person.clone(), gate.clone())) {
                self.out.votes.push((person, gate, Ballot::Nothing, None));
            }
        }
        // Somebody who never speaks is away for good; times are those of the run and would not fit to the second.
        let spoke: BTreeSet<&String> = self.spoke.iter().map(|(p, _)| p).collect();
        let mut away: LiteMap<String, (Millis, Option<Millis>)> = LiteMap::new();
        for (person, from, until) in std::mem::take(&mut self.out.absent) {
            let gone = if spoke.contains(&person) { (from, until) } else { (Millis(0), None) };
            away.entry(person).and_modify(|w| w.1 = gone.1.max(w.1)).or_insert(gone);
        }
        self.out.absent = away.into_iter().map(|(person, (from, until))| (person, from, until)).collect();
        self.out
    }
}

const fn pick(choice: Choice) -> Pick {
    match choice {
        Choice::Retry => Pick::Retry,
        Choice::ByHand => Pick::ByHand,
        Choice::Attest => Pick::Attest,
        Choice::Skip => Pick::Skip,
        Choice::Undo => Pick::Undo,
        Choice::Abandon => Pick::Abandon,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a scenario's numbers are read as floating point anyway")]
const fn number(n: u64) -> f64 {
    n as f64
}

/// A number that makes a condition hold, or not; none where it could not be told.
fn showing(condition: &Condition, verdict: Verdict) -> Option<f64> {
    let holds = match verdict {
        Verdict::Pass | Verdict::Accepted => true,
        Verdict::Fail => false,
        Verdict::Inconclusive => return None,
    };
    Some(match (condition, holds) {
        (Condition::Above(least), true) => least.abs().mul_add(2.0, 1.0),
        (Condition::Above(least), false) => least - 1.0,
        (Condition::Below(most), true) => most - most.abs() / 2.0,
        (Condition::Below(most), false) => most.abs().mul_add(2.0, 1.0),
        (Condition::AboveBaseline { times, .. }, true) => times * 2.0,
        (Condition::AboveBaseline { .. }, false) => 0.0,
        (Condition::Value, _) => 1.0,
    })
}

/// An answer that makes a check pass, or not.
fn fitting(condition: Option<&Condition>, verdict: Verdict) -> Option<FactValue> {
    let value = match (condition, verdict) {
        (_, Verdict::Inconclusive) => return None,
        (None, _) => return Some(FactValue::YesNo(matches!(verdict, Verdict::Pass | Verdict::Accepted))),
        (Some(condition), _) => showing(condition, verdict)?,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "made above, small and not negative")]
    Some(FactValue::Count(value.max(0.0).floor() as u64))
}

/// A value as it is written in a scenario.
fn written(kind: Option<&FactKind>, value: &FactValue) -> String {
    match (kind, value) {
        (Some(FactKind::YesNo), FactValue::Count(n)) => (*n > 0).to_string(),
        (_, FactValue::YesNo(yes)) => yes.to_string(),
        (_, FactValue::Count(n)) => n.to_string(),
        (_, FactValue::Percent(n)) => n.to_string(),
        (Some(FactKind::Level(levels)), FactValue::Level(n)) => {
            write::quoted(levels.get(usize::from(*n)).map_or("", String::as_str))
        }
        (_, FactValue::Level(n)) => n.to_string(),
    }
}

/// Whether a step is written in the runbook, so that a scenario can name it.
fn named(plan: &Plan, id: &str) -> bool {
    let role = plan.steps.iter().find(|s| s.id == id).map(|s| s.role);
    matches!(role, Some(StepRole::Immediate | StepRole::OrElse | StepRole::Respond)) && !id.contains('.')
}
