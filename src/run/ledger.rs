//! The ledger: everything about a run that the machine's state leaves out, as a pure fold over its records.
//!
//! Owns what was captured, what this run last left where, who acted, which votes were given, and the place of the next
//! record in the chain. It judges nothing but the chain, and must not know where records are kept or what time it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use litemap::LiteMap;
use serde_json::Value;

use super::event::{Event, Outcome, Source, Verdict};
use super::record::{Detail, GENESIS, Lease, PreparedAct, RECORD_FORMAT, Record, Vote};
use crate::plan::rehearsal::marked;
use crate::plan::{CheckIx, FactIx, FactValue, GateIx, Plan, RowIx, StageIx, StepIx, StepRole, Target};
use crate::text::canon::{canonical, sha256_hex};
use crate::text::time::Instant;

/// The person who holds a run when nobody is known.
pub const UNIDENTIFIED: &str = "unidentified";

/// Why a record can't follow the ones before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenChain {
    /// The number of the record that does not fit.
    pub seq: u64,
    /// What does not fit.
    pub says: String,
}

impl fmt::Display for BrokenChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {} does not follow the one before it: {}", self.seq, self.says)
    }
}

impl std::error::Error for BrokenChain {}

/// What is known of one step beyond its place in the machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepEntry {
    /// The act as prepared last.
    pub act: Option<PreparedAct>,
    /// The undo as prepared last.
    pub undo: Option<PreparedAct>,
    /// Prior state, one per target, from before the first attempt that may have acted: what an undo puts back.
    pub owed: Option<Vec<Value>>,
    /// When the last intent was recorded.
    pub intended_at: Option<Instant>,
    /// When the last intent to undo was recorded.
    pub undo_intended_at: Option<Instant>,
    /// How often somebody chose to repeat it; part of the idempotency key.
    pub repeats: u32,
    /// Text that replaces the template, by amendment, exactly as it will be sent.
    pub amended: Option<String>,
    /// What the last outcome or verdict said, one line per target.
    pub says: Vec<String>,
    /// What the provider answered to the last intent, and in which words.
    pub answer: Option<(Outcome, Vec<String>)>,
    /// What the last read-back said; none since the last intent.
    pub verdict: Option<Verdict>,
    /// Whether the intent under way set `owed`, so that a refusal can take it back.
    first: bool,
}

/// A gate that is open.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenGate {
    /// Which.
    pub gate: GateIx,
    /// The act that waits: its digest is what a vote must name.
    pub act: PreparedAct,
    /// When it closes.
    pub deadline: Instant,
    /// Votes that count, in the order in which they were copied.
    pub votes: Vec<Vote>,
    /// Digests of the records since it opened: what a voter may have seen last.
    pub heads: BTreeSet<String>,
    /// When it opened.
    pub opened: Instant,
    /// Who held the run then, and so asks.
    pub asker: Option<String>,
    /// The severity confirmed then.
    pub severity: Option<RowIx>,
    /// Evidence captured until then: the step and the digest.
    pub evidence: Vec<(String, String)>,
    /// The gate as it stood when the text that now waits was proposed: what the proposer signed.
    pub proposed: Option<Box<OpenGate>>,
}

/// What may be found at a target because of this run.
#[derive(Clone, Debug, PartialEq)]
struct Left {
    /// One value where it was proven; more where an attempt's outcome is not known.
    may_be: Vec<Value>,
    /// What stood here before the attempt under way, to go back to when it was refused.
    before: Vec<Value>,
}

/// The fold.
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    /// The run's id; empty before the first record.
    pub run: String,
    /// The number of the next record.
    pub next_seq: u64,
    /// SHA-256 of the last record; [`GENESIS`] before the first.
    pub last_digest: String,
    /// When the last record was written.
    pub last_at: Instant,
    /// When the run began.
    pub started_at: Instant,
    /// Whether the records carry the mark of a drill or the sandbox.
    pub drill: bool,
    /// Whether it is a rehearsal, whose texts for others carry a mark.
    pub rehearsed: bool,
    /// Digest of the plan's meaning.
    pub plan_digest: String,
    /// Digests of the files that the run started from.
    pub files: BTreeMap<String, String>,
    /// The severity confirmed last.
    pub severity: Option<RowIx>,
    /// The lower severity that was asked for last.
    pub lower: Option<RowIx>,
    /// Evidence captured: the step and the digest.
    pub evidence: Vec<(String, String)>,
    /// Time factor of the sandbox.
    pub time_scale: u32,
    /// The run that this one continues.
    pub continues: Option<String>,
    /// Per step, by its place in the plan.
    pub steps: Vec<StepEntry>,
    /// Values of facts that are known.
    pub facts: LiteMap<FactIx, FactValue>,
    /// The last verdict of each check, with its value or who attested it.
    pub checks: LiteMap<CheckIx, (Verdict, String)>,
    /// The last verdict of each trigger, by its place in the plan.
    pub triggers: LiteMap<u16, Verdict>,
    /// The gate that is open.
    pub gate: Option<OpenGate>,
    /// When the gate that is open, or was last, opened.
    pub opened_at: Instant,
    /// How often those who said nothing at it were asked again.
    pub reminded: u8,
    /// Votes of the gate that was granted last, until it is consumed or voided.
    pub granted: Option<OpenGate>,
    /// When it was granted.
    pub granted_at: Instant,
    /// The grant under which autonomy returns, used up or not: every raise and every undo rests on it, and counts it again.
    pub returns: Option<Return>,
    /// Who proposed the text that is waiting to be shown: their amendment counts as a yes once the gate opens again.
    pub proposer: Option<Vote>,
    /// The deadline of a gate that was open when somebody took the run over, until it opens again: no take-over gives
    /// anybody more time.
    pub kept: Option<(GateIx, Instant)>,
    /// The gate at which other text was proposed, until it opens again.
    pub amended: Option<OpenGate>,
    /// Gates that were denied or expired and not granted since.
    pub refused: BTreeSet<GateIx>,
    /// Reviews of acts that went ahead without their approval, by the gate of the review; kept once they are done.
    pub reviews: LiteMap<GateIx, Review>,
    /// Whom the page that is due goes to beside those whom the plan names, and why.
    pub paged: Paged,
    /// Nonces of every vote seen, counted or refused.
    pub nonces: BTreeSet<String>,
    /// Everyone who ever held the lease or gave an argument or an attestation.
    pub operators: BTreeSet<String>,
    /// Everyone named as having made the fix.
    pub fix_authors: BTreeSet<String>,
    /// Who vouched for which check, as the checks stand.
    pub attesters: LiteMap<CheckIx, String>,
    /// Who holds the run.
    pub lease: Option<Lease>,
    /// When the last response was proven or, without one, when responding began.
    pub last_response: Option<Instant>,
    /// When the last check was judged.
    pub last_judged: Option<Instant>,
    /// The soak under way and when it began.
    pub soak: Option<(StageIx, Instant)>,
    /// Since when what is asked now has been open: the time of the last record that moved the run.
    pub asked_since: Instant,
    /// How often somebody was paged about what is asked now.
    pub unheard: u8,
    /// Whether the record is in the emergency file.
    pub degraded: bool,
    /// The run that continued this one.
    pub continued_by: Option<String>,
    pub(super) unsure: super::attest::Unsure,
    left: LiteMap<String, Left>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            run: String::new(),
            next_seq: 0,
            last_digest: GENESIS.to_owned(),
            last_at: Instant::default(),
            started_at: Instant::default(),
            drill: false,
            rehearsed: false,
            plan_digest: String::new(),
            files: BTreeMap::new(),
            severity: None,
            lower: None,
            evidence: Vec::new(),
            time_scale: 1,
            continues: None,
            steps: Vec::new(),
            facts: LiteMap::new(),
            checks: LiteMap::new(),
            triggers: LiteMap::new(),
            gate: None,
            opened_at: Instant::default(),
            reminded: 0,
            granted: None,
            granted_at: Instant::default(),
            returns: None,
            proposer: None,
            amended: None,
            kept: None,
            refused: BTreeSet::new(),
            reviews: LiteMap::new(),
            paged: Paged::default(),
            nonces: BTreeSet::new(),
            operators: BTreeSet::new(),
            fix_authors: BTreeSet::new(),
            attesters: LiteMap::new(),
            lease: None,
            last_response: None,
            last_judged: None,
            unsure: super::attest::Unsure::default(),
            soak: None,
            asked_since: Instant::default(),
            unheard: 0,
            degraded: false,
            continued_by: None,
            left: LiteMap::new(),
        }
    }
}

/// What identifies a target across the steps of a run: the provider and what of it is addressed.
fn key_of(target: &Target) -> String {
    // A map of JSON values always has a canonical form: JSON has no other numbers than finite ones.
    let binding = canonical(&target.binding).unwrap_or_default();
    format!("{}\n{}", target.provider, String::from_utf8_lossy(&binding))
}

impl Ledger {
    /// The ledger of a run that has no records yet.
    #[must_use]
    pub fn named(run: String, drill: bool) -> Self {
        Self { run, drill, ..Self::default() }
    }

    /// The ledger of these records, which are a whole run or its beginning.
    ///
    /// # Errors
    /// A record that does not follow the one before it.
    pub fn of(plan: &Plan, records: &[Record]) -> Result<Self, BrokenChain> {
        let mut ledger = Self::default();
        for record in records {
            ledger.fold(plan, record)?;
        }
        Ok(ledger)
    }

    /// The next record of the chain, not yet folded in.
    #[must_use]
    pub fn seal(&self, at: Instant, by: &str, event: Event, about: Option<String>, detail: Detail) -> Record {
        Record {
            format: RECORD_FORMAT,
            run: self.run.clone(),
            seq: self.next_seq,
            // A clock that was set back must not make the record look out of order.
            at: at.max(self.last_at),
            by: by.to_owned(),
            prev: self.last_digest.clone(),
            drill: self.drill,
            late: match event {
                Event::RecordDegraded => true,
                Event::RecordRestored => false,
                _ => self.degraded,
            },
            event,
            about,
            detail: Box::new(detail),
        }
    }

    /// Takes the next record in.
    ///
    /// # Errors
    /// It does not follow the one before it; the ledger is unchanged then.
    pub fn fold(&mut self, plan: &Plan, record: &Record) -> Result<(), BrokenChain> {
        let broken = |says: String| BrokenChain { seq: record.seq, says };
        if record.seq != self.next_seq {
            return Err(broken(format!("expected number {}", self.next_seq)));
        }
        if record.prev != self.last_digest {
            return Err(broken("it names another record before it".to_owned()));
        }
        if self.next_seq > 0 && record.run != self.run {
            return Err(broken(format!("it belongs to run {}", record.run)));
        }
        if let Some(step) = record.event.step()
            && step.ix() >= plan.steps.len()
        {
            return Err(broken(format!("the plan has no step {}", step.0)));
        }
        let bytes = record.bytes().map_err(|e| broken(e.to_string()))?;
        if self.next_seq == 0 {
            self.run = record.run.clone();
            self.started_at = record.at;
            self.drill = record.drill;
            self.steps = vec![StepEntry::default(); plan.steps.len()];
        }
        self.next_seq += 1;
        self.last_digest = sha256_hex(&bytes);
        self.last_at = record.at;
        self.asks_since(plan, record);
        self.take(plan, record);
        let reviews =
            self.reviews.iter_mut().map(|(_, review)| review).filter(|r| r.done.is_none()).map(|r| &mut r.open);
        for gate in self.gate.iter_mut().chain(reviews) {
            gate.heads.insert(self.last_digest.clone());
        }
        self.unsure.seen(&self.last_digest);
        Ok(())
    }

    /// A step's entry. Steps are checked when a record is folded in; an index from elsewhere gives an empty entry.
    #[must_use]
    pub fn step(&self, step: StepIx) -> &StepEntry {
        static NOTHING: std::sync::LazyLock<StepEntry> = std::sync::LazyLock::new(StepEntry::default);
        self.steps.get(step.ix()).unwrap_or(&NOTHING)
    }

    /// Whether this state of a target is what this run left there, as far as it can know.
    #[must_use]
    pub fn is_ours(&self, target: &Target, now: &Value) -> bool {
        self.left.get(&key_of(target)).is_some_and(|left| left.may_be.contains(now))
    }

    /// A text as those see it for whom it is: in a drill with its mark.
    #[must_use]
    pub fn shown(&self, text: &str) -> String {
        if self.rehearsed { marked(text) } else { text.to_owned() }
    }

    /// Who holds the run; none when nobody is known.
    #[must_use]
    pub fn holder(&self) -> Option<&str> {
        self.lease.as_ref().map(|l| l.person.as_str()).filter(|p| *p != UNIDENTIFIED)
    }

    fn take(&mut self, plan: &Plan, record: &Record) {
        let detail = &*record.detail;
        if let Some(vote) = &detail.vote {
            self.nonces.insert(vote.nonce.clone());
        }
        match record.event {
            Event::RunStarted => {
                if let Some(start) = &detail.start {
                    self.plan_digest = start.plan_digest.clone();
                    // Drills of before there was a mark go on without one: what was voted on has to stay what it was.
                    self.rehearsed = start.rehearsal.as_ref().is_some_and(|r| r.played.is_some());
                    self.files.clone_from(&start.files);
                    self.time_scale = start.time_scale.max(1);
                    self.continues = start.continues.clone();
                    self.operators.extend(start.operators.iter().cloned());
                }
            }
            Event::LeaseTaken { .. } => {
                if let Some(lease) = &detail.lease {
                    self.operator(&lease.person);
                    self.lease = Some(lease.clone());
                }
            }
            Event::PhaseEntered { phase: super::event::Phase::Respond } => self.last_response = Some(record.at),
            Event::PhaseEntered { phase: super::event::Phase::Verify } => {
                self.attesters.clear();
                self.unsure.clear();
            }
            Event::StepCarried { step } => {
                self.steps[step.ix()].act = detail.act.clone();
                self.intended(plan, step, record.at);
                self.settled(plan, step, true);
            }
            Event::StepPrepared { step } => {
                self.steps[step.ix()].act = detail.act.clone();
                self.reviewed_act(plan, step);
            }
            Event::StepUnprepared { step } => self.steps[step.ix()].act = None,
            Event::StepIntended { step } => self.intended(plan, step, record.at),
            Event::StepObserved { step, outcome } => {
                self.steps[step.ix()].says = detail.seen.iter().map(|s| s.says.clone()).collect();
                self.steps[step.ix()].answer = Some((outcome, self.steps[step.ix()].says.clone()));
                let id = &plan.step(step).id;
                self.evidence.extend(detail.payloads.iter().map(|p| (id.clone(), p.digest.clone())));
                if matches!(outcome, Outcome::Refused | Outcome::NotSent) {
                    self.settled(plan, step, false);
                }
            }
            Event::StepProved { step, verdict } => {
                self.steps[step.ix()].verdict = Some(verdict);
                self.steps[step.ix()].says = detail.seen.iter().map(|s| s.says.clone()).collect();
                if verdict == Verdict::Pass {
                    self.settled(plan, step, true);
                }
                if matches!(verdict, Verdict::Pass | Verdict::Accepted) && plan.step(step).role == StepRole::Respond {
                    self.last_response = Some(record.at);
                }
            }
            Event::StepChosen { step, choice } => {
                self.operator(&record.by);
                if choice == super::event::Choice::Retry {
                    self.steps[step.ix()].repeats += 1;
                }
            }
            Event::StepAttested { step } => {
                self.attested(record);
                self.settled(plan, step, true);
                if plan.step(step).role == StepRole::Respond {
                    self.last_response = Some(record.at);
                }
            }
            Event::GateOpened { gate } => {
                self.opened_at = record.at;
                self.reminded = 0;
                self.opened(gate, record);
            }
            Event::GateReminded { .. } => {
                self.reminded += 1;
                self.paged = Paged::Gate(detail.people.clone());
                self.another_page(plan);
            }
            Event::QuestionExpired => {
                self.paged = detail.note.clone().map_or(Paged::Question, Paged::Waits);
                self.another_page(plan);
            }
            Event::GlassBroken { gate } => self.broken(plan, gate, record),
            Event::ReviewVoted { gate } => {
                if let (Some(review), Some(vote)) = (self.reviews.get_mut(&gate), &detail.vote) {
                    review.open.votes.push(vote.clone());
                }
            }
            Event::Reviewed { gate } => {
                if let Some(review) = self.reviews.get_mut(&gate) {
                    review.done = Some(record.at);
                }
            }
            Event::VoteCounted { .. } => {
                if let (Some(open), Some(vote)) = (&mut self.gate, &detail.vote) {
                    open.votes.push(vote.clone());
                    self.proposer = None;
                }
            }
            Event::GateGranted { gate } => {
                if gate == plan.downgrade {
                    self.severity = self.lower.take().or(self.severity);
                }
                self.refused.remove(&gate);
                self.proposer = None;
                self.granted = self.gate.take();
                self.granted_at = record.at;
                self.returns_under(plan, gate);
            }
            Event::GateDenied { gate } | Event::GateExpired { gate } => {
                self.refused.insert(gate);
                self.proposer = None;
                self.gate = None;
            }
            Event::GateVoided { gate, why } => self.voided(plan, gate, why, record),
            Event::GateConsumed { .. } => self.granted = None,
            Event::TriggerMeasured { trigger, verdict } => {
                self.triggers.insert(trigger.0, verdict);
            }
            Event::FactAnswered { fact, source, .. } => self.answered(fact, source, record),
            Event::CheckJudged { check, verdict } => {
                self.last_judged = Some(record.at);
                self.unsure.judged(check, verdict, record.at);
                self.checks.insert(check, (verdict, detail.note.clone().unwrap_or_default()));
                if let Some(person) = &detail.person {
                    self.operator(person);
                }
            }
            Event::CheckAttested { check } => {
                self.attested(record);
                let who = detail.person.clone().unwrap_or_default();
                self.attesters.insert(check, who.clone());
                self.unsure.over(check);
                self.checks.insert(check, (Verdict::Pass, format!("attested by {who}")));
            }
            Event::CheckDeferred { check } | Event::CheckReopened { check } => self.unsure.over(check),
            Event::SeverityConfirmed { row } => {
                self.severity = Some(row);
                self.operator(&record.by);
            }
            Event::DowngradeAsked { row } => {
                self.lower = Some(row);
                self.operator(&record.by);
            }
            Event::BackToRespond | Event::StandDownAsked | Event::AbandonAsked => {
                self.operator(&record.by);
            }
            Event::FixAuthorNamed => {
                if let Some(person) = &detail.person {
                    self.fix_authors.insert(person.clone());
                }
            }
            Event::SoakStarted { stage } => self.soak = Some((stage, record.at)),
            Event::SoakEnded { .. } => self.soak = None,
            Event::Breached { .. } => {
                self.soak = None;
                self.returns = None;
            }
            Event::UndoPrepared { step } => self.steps[step.ix()].undo = detail.act.clone(),
            Event::UndoIntended { step } => {
                self.steps[step.ix()].undo_intended_at = Some(record.at);
                let leaves = self.steps[step.ix()].undo.as_ref().map(|u| u.leaves.clone()).unwrap_or_default();
                self.leave(plan, step, &leaves);
            }
            Event::UndoObserved { step, outcome } => {
                self.steps[step.ix()].says = detail.seen.iter().map(|s| s.says.clone()).collect();
                if matches!(outcome, Outcome::Refused | Outcome::NotSent) {
                    self.take_back(plan, step);
                }
            }
            Event::UndoProved { step, verdict } => {
                self.steps[step.ix()].says = detail.seen.iter().map(|s| s.says.clone()).collect();
                if verdict == Verdict::Pass {
                    self.undone(plan, step);
                }
            }
            Event::UndoNeedless { step } => self.undone(plan, step),
            Event::UndoByHand { .. } => self.operator(&record.by),
            Event::Noted => {
                // A note about a fact is a new answer to it, given after the severity was confirmed. What was entered
                // afterwards is about a step, and answers nothing.
                if record.detail.retrospective.is_some() {
                    return;
                }
                let fact = plan.facts.iter().position(|f| Some(&f.id) == record.about.as_ref());
                if let Some(fact) = fact.and_then(|i| u16::try_from(i).ok()) {
                    self.answered(FactIx(fact), Source::Person, record);
                }
            }
            Event::RecordDegraded => self.degraded = true,
            Event::RecordRestored => self.degraded = false,
            Event::ContinuedBy => self.continued_by = detail.runs.first().cloned(),
            Event::PhaseEntered { .. }
            | Event::StepInDoubt { .. }
            | Event::FallbackHeld { .. }
            | Event::FallbackMissing { .. }
            | Event::VoteRefused { .. }
            | Event::FactSilent { .. }
            | Event::SeverityProposed { .. }
            | Event::HoldsLooked { .. }
            | Event::BreachAnswered
            | Event::UndoInDoubt { .. }
            | Event::UndoStuck { .. }
            | Event::FollowUpsOpened
            | Event::Restarted
            | Event::Interrupted
            | Event::RunEnded { .. } => {}
        }
    }

    fn operator(&mut self, person: &str) {
        if person != UNIDENTIFIED && !person.is_empty() {
            self.operators.insert(person.to_owned());
        }
    }

    fn attested(&mut self, record: &Record) {
        self.operator(&record.by);
        if let Some(person) = &record.detail.person {
            self.operator(person);
        }
    }

    fn answered(&mut self, fact: FactIx, source: Source, record: &Record) {
        match &record.detail.value {
            Some(value) => {
                self.facts.insert(fact, value.clone());
            }
            None => {
                self.facts.remove(&fact);
            }
        }
        if source == Source::Person {
            self.operator(record.detail.person.as_deref().unwrap_or(&record.by));
        }
    }

    fn intended(&mut self, plan: &Plan, step: StepIx, at: Instant) {
        let entry = &mut self.steps[step.ix()];
        entry.intended_at = Some(at);
        (entry.verdict, entry.answer) = (None, None);
        entry.first = entry.owed.is_none();
        if entry.first {
            entry.owed = entry.act.as_ref().map(|a| a.prior.clone());
        }
        let leaves = entry.act.as_ref().map(|a| a.leaves.clone()).unwrap_or_default();
        self.leave(plan, step, &leaves);
    }

    /// From an intent on, either the state before or the state intended may be found.
    fn leave(&mut self, plan: &Plan, step: StepIx, leaves: &[Value]) {
        for (target, value) in plan.step(step).targets.iter().zip(leaves) {
            if value.is_null() {
                continue;
            }
            let left = self.left.entry(key_of(target)).or_insert_with(|| Left { may_be: vec![], before: vec![] });
            left.before.clone_from(&left.may_be);
            if !left.may_be.contains(value) {
                left.may_be.push(value.clone());
            }
        }
    }

    /// The attempt certainly did not act.
    fn take_back(&mut self, plan: &Plan, step: StepIx) {
        for target in &plan.step(step).targets {
            if let Some(left) = self.left.get_mut(&key_of(target)) {
                left.may_be.clone_from(&left.before);
            }
        }
    }

    /// The attempt is proven, or certainly did not act.
    fn settled(&mut self, plan: &Plan, step: StepIx, acted: bool) {
        if acted {
            // Done by hand after a refusal: what was read before is still what an undo puts back.
            let entry = &mut self.steps[step.ix()];
            if entry.owed.is_none() {
                entry.owed = entry.act.as_ref().map(|a| a.prior.clone());
            }
            let leaves = self.steps[step.ix()].act.as_ref().map(|a| a.leaves.clone()).unwrap_or_default();
            self.found(plan, step, &leaves);
        } else {
            self.take_back(plan, step);
            let entry = &mut self.steps[step.ix()];
            if std::mem::take(&mut entry.first) {
                entry.owed = None;
            }
        }
    }

    fn undone(&mut self, plan: &Plan, step: StepIx) {
        // Kept: after a breach the same is owed again.
        let back = self.steps[step.ix()].owed.clone().unwrap_or_default();
        self.found(plan, step, &back);
    }

    /// This is what stands there now.
    fn found(&mut self, plan: &Plan, step: StepIx, values: &[Value]) {
        for (target, value) in plan.step(step).targets.iter().zip(values) {
            if !value.is_null() {
                self.left.insert(key_of(target), Left { may_be: vec![value.clone()], before: vec![value.clone()] });
            }
        }
    }
}

/// The step that a gate guards, if it guards one.
#[must_use]
pub fn guarded_by(plan: &Plan, gate: GateIx) -> Option<StepIx> {
    let step = plan.steps.iter().position(|s| s.gate == Some(gate))?;
    u16::try_from(step).ok().map(StepIx)
}

mod gate;
mod review;
mod silence;

pub use gate::Return;
pub use review::{Paged, Review};

#[cfg(test)]
mod tests;
