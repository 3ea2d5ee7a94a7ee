//! The state of one run: what events fold into.
//!
//! Owns [`State`] and the questions one can ask of it. Holds no times, ids or messages, so that exploration converges
//! and two runs in the same situation are equal. Only `apply` changes it.

use std::hash::{Hash, Hasher};

use super::event::{Choice, End, Outcome, Phase, Verdict};
use crate::plan::{
    Act, Direction, FactValue, GateIx, Plan, Proof, RowIx, Step, StepIx, StepRole, Target, Undo, break_glass, matrix,
};

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doing {
    /// Nothing yet.
    Idle,
    /// Prepared.
    Ready,
    /// Prior state could not be read; goes on without it because it lowers or looks.
    Blind,
    /// The intent is recorded.
    Intended,
    /// Something came back.
    Observed(Outcome),
    /// An intent without an outcome, or a step of an earlier run: to be probed.
    InDoubt,
    /// A person says that it was done by hand: to be probed.
    ByHand,
    /// Judged.
    Settled(Verdict),
    /// On without it, by a person's choice.
    Skipped,
    /// On without it, because its gate was denied or expired.
    Cancelled,
    /// Left for later, because its gate was denied or expired.
    Queued,
    /// Being put back by a person's choice.
    TakingBack,
    /// Finished in an earlier phase. How it went no longer matters; what it owes stands beside it.
    Over,
}

/// How far an undo is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Undoing {
    /// Nothing yet.
    No,
    /// Read and rendered.
    Ready,
    /// The intent is recorded.
    Intended,
    /// Something came back.
    Observed,
    /// An undo's intent without an outcome.
    InDoubt,
    /// A person says that it was put back.
    ByHand,
    /// Prior state holds.
    Done,
    /// Needs a person.
    Stuck,
}

/// One step's part of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepState {
    /// How far it is.
    pub doing: Doing,
    /// Whether an attempt may have acted that has to be put back before the run can close.
    pub owes: bool,
    /// How far its undo is.
    pub undoing: Undoing,
}

impl StepState {
    /// Another number for each value, below 2^16.
    const fn number(self) -> u64 {
        let doing = match self.doing {
            Doing::Idle => 0,
            Doing::Ready => 1,
            Doing::Blind => 2,
            Doing::Intended => 3,
            Doing::InDoubt => 4,
            Doing::ByHand => 5,
            Doing::Skipped => 6,
            Doing::Cancelled => 7,
            Doing::Queued => 8,
            Doing::TakingBack => 9,
            Doing::Over => 10,
            Doing::Observed(outcome) => 16 + outcome as u64,
            Doing::Settled(verdict) => 32 + verdict as u64,
        };
        (doing << 8) | ((self.owes as u64) << 7) | self.undoing as u64
    }
}

/// The explorer hashes some million states: several steps go into one word.
impl Hash for StepState {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.number());
    }

    fn hash_slice<H: Hasher>(all: &[Self], hasher: &mut H) {
        all.chunks(4).for_each(|some| hasher.write_u64(some.iter().fold(0, |word, one| (word << 16) | one.number())));
    }
}

/// How far a check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckState {
    /// Not judged.
    Open,
    /// Passed.
    Passed,
    /// No data while stopped; judged in the soaks.
    Deferred,
    /// Attested by a named person.
    Attested,
    /// Failed.
    Failed,
    /// Could not be judged.
    Inconclusive,
}

/// As with steps: several checks go into one word.
impl Hash for CheckState {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(*self as u64);
    }

    fn hash_slice<H: Hasher>(all: &[Self], hasher: &mut H) {
        all.chunks(16).for_each(|some| hasher.write_u64(some.iter().fold(0, |word, one| (word << 4) | *one as u64)));
    }
}

/// What a gate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GateFor {
    /// A response.
    Step(StepIx),
    /// The return of autonomy.
    SignOff,
    /// The cheap way out of a false alarm.
    StandDown,
    /// A lower severity.
    Downgrade(RowIx),
}

/// How far a gate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GateAt {
    /// Its fallback does not hold and is being applied.
    Applying,
    /// Votes are awaited.
    Open,
    /// Granted, not yet used.
    Granted,
}

/// The one gate that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gating {
    /// Which.
    pub gate: GateIx,
    /// What for.
    pub what: GateFor,
    /// How far.
    pub at: GateAt,
}

/// The sign-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignOff {
    /// Not given.
    No,
    /// Denied, expired, or its fallback could not be made to hold.
    Refused,
    /// Granted, not yet used.
    Granted,
    /// Used by the first raise; covers the stages and undos that it showed.
    Consumed,
}

/// Whether another open run holds a lowering step on this automation, as last read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holds {
    /// To be read: nothing may be raised.
    Unread,
    /// None does. Used up by the next raise.
    Clear,
    /// Some run does: nothing may be raised.
    Others,
}

/// How far the soak of the current stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Soak {
    /// Not begun.
    No,
    /// Passing.
    Passing,
    /// Over; signal checks are judged again.
    Judging,
}

/// The region number that stands for *asked, not yet answered*: its signal was silent.
pub const ASKED: u8 = 253;
/// The region number that stands for *not yet measured or asked*.
pub const OPEN: u8 = 254;

/// The state of a run.
#[derive(Debug, PartialEq, Eq)]
pub struct State {
    /// Where the run is.
    pub phase: Phase,
    /// How it ended.
    pub end: Option<End>,
    /// Whether containment was left with a lowering step that neither passed nor had an or-else that did.
    pub uncontained: bool,
    /// Whether `RunStarted` was recorded.
    pub started: bool,
    /// Per step of the plan.
    pub steps: Vec<StepState>,
    /// Triggers measured so far.
    pub measured: u16,
    /// Whether at least one trigger was measured and all were clear; once a severity is confirmed, whether harm is ruled
    /// out too.
    pub clear: bool,
    /// Per fact its region; empty once a severity is confirmed.
    pub facts: Vec<u8>,
    /// Whether the page for an unanswered question is due.
    pub silence: bool,
    /// The row that the matrix proposes.
    pub proposed: Option<RowIx>,
    /// The row that a person confirmed.
    pub confirmed: Option<RowIx>,
    /// The gate under way.
    pub gating: Option<Gating>,
    /// The lower severity that was asked for.
    pub downgrade: Option<RowIx>,
    /// Per check.
    pub checks: Vec<CheckState>,
    /// Whether who made the fix is recorded.
    pub fix_author: bool,
    /// The sign-off.
    pub sign_off: SignOff,
    /// The stage at hand; equal to the number of stages when all have soaked.
    pub stage: u16,
    /// Its soak.
    pub soak: Soak,
    /// Signal checks that passed in this soak, one bit each.
    pub soaked: u64,
    /// Other runs.
    pub holds: Holds,
    /// Autonomy is being taken back.
    pub safing: bool,
    /// A person decides what comes next: after a breach, or back from verification.
    pub paused: bool,
    /// The run stands down.
    pub standing_down: bool,
    /// The run ends abandoned as soon as everything raised is lowered.
    pub abandoning: bool,
    /// Something was skipped, denied, attested, dropped or not contained.
    pub exceptions: bool,
    /// The record is in the emergency file.
    pub degraded: bool,
    /// Another run took over what is owed.
    pub continued: bool,
    /// Follow-ups were opened.
    pub followed_up: bool,
    /// Gates whose act goes without its approval, one bit each.
    pub broken: u64,
    /// Those of them that nobody has countersigned.
    pub reviews: u64,
}

/// As with steps: what is small goes together. Each value of a field makes another number, or two states would be taken for
/// one.
impl Hash for State {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        // Every field by its name, so that none that is added is forgotten.
        let Self {
            phase,
            end,
            uncontained,
            started,
            steps,
            measured,
            clear,
            facts,
            silence,
            proposed,
            confirmed,
            gating,
            downgrade,
            checks,
            fix_author,
            sign_off,
            stage,
            soak,
            soaked,
            holds,
            safing,
            paused,
            standing_down,
            abandoning,
            exceptions,
            degraded,
            continued,
            followed_up,
            broken,
            reviews,
        } = self;
        let [a, b] = flags([
            *uncontained,
            *started,
            *clear,
            *silence,
            *fix_author,
            *safing,
            *paused,
            *standing_down,
            *abandoning,
            *exceptions,
            *degraded,
            *continued,
            *followed_up,
        ]);
        let end = end.map_or(u8::MAX, |end| end as u8);
        hasher.write(&[a, b, *phase as u8, end, *sign_off as u8, *soak as u8, *holds as u8]);
        gating.hash(hasher);
        let row = |row: &Option<RowIx>| row.map_or(0, |row| u64::from(row.0) + 1);
        let rows = [proposed, confirmed, downgrade].map(row);
        let counts = [u64::from(*measured), u64::from(*stage), *soaked, *broken, *reviews];
        rows.into_iter().chain(counts).for_each(|n| hasher.write_u64(n));
        (steps, facts, checks).hash(hasher);
    }
}

/// Up to sixteen flags as bits.
pub(crate) fn flags<const N: usize>(flags: [bool; N]) -> [u8; 2] {
    const { assert!(N <= 16, "a flag has a bit") };
    flags.into_iter().fold(0, |all, one| all << 1 | u16::from(one)).to_le_bytes()
}

impl Clone for State {
    fn clone(&self) -> Self {
        Self { steps: self.steps.clone(), facts: self.facts.clone(), checks: self.checks.clone(), ..*self }
    }

    /// Into the room that is there: the explorer copies some million states.
    fn clone_from(&mut self, source: &Self) {
        let Self { mut steps, mut facts, mut checks, .. } =
            std::mem::replace(self, Self { steps: Vec::new(), facts: Vec::new(), checks: Vec::new(), ..*source });
        steps.clone_from(&source.steps);
        facts.clone_from(&source.facts);
        checks.clone_from(&source.checks);
        (self.steps, self.facts, self.checks) = (steps, facts, checks);
    }
}

impl State {
    /// Before anything happened.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        Self {
            phase: Phase::Declare,
            end: None,
            uncontained: false,
            started: false,
            steps: vec![StepState { doing: Doing::Idle, owes: false, undoing: Undoing::No }; plan.steps.len()],
            measured: 0,
            clear: false,
            facts: vec![OPEN; plan.facts.len()],
            silence: false,
            proposed: None,
            confirmed: None,
            gating: None,
            downgrade: None,
            checks: vec![CheckState::Open; plan.checks.len()],
            fix_author: false,
            sign_off: SignOff::No,
            stage: 0,
            soak: Soak::No,
            soaked: 0,
            holds: Holds::Unread,
            safing: false,
            paused: false,
            standing_down: false,
            abandoning: false,
            exceptions: false,
            degraded: false,
            continued: false,
            followed_up: false,
            broken: 0,
            reviews: 0,
        }
    }

    /// Whether the act behind a gate goes without its approval.
    #[must_use]
    pub fn without_approval(&self, gate: GateIx) -> bool {
        self.broken & bit(gate) != 0
    }

    /// Whether a gate is a review that waits to be countersigned.
    #[must_use]
    pub fn in_review(&self, plan: &Plan, review: GateIx) -> bool {
        break_glass::reviewed(plan, review).is_some_and(|(gate, _)| self.reviews & bit(gate) != 0)
    }

    /// Whether an act that goes without its approval is on its way: nothing comes before it.
    pub(super) fn breaking(&self, plan: &Plan) -> bool {
        let under_way =
            |at: &StepState| matches!(at.doing, Doing::Idle | Doing::Ready | Doing::Blind | Doing::Intended);
        matches!(self.phase, Phase::Respond | Phase::Close)
            && self.broken != 0
            && self
                .responses(plan)
                .any(|s| plan.step(s).gate.is_some_and(|g| self.without_approval(g)) && under_way(&self.at(s)))
    }

    /// A step's part. Indices come from the plan that the state was made for.
    #[must_use]
    pub fn at(&self, step: StepIx) -> StepState {
        self.steps[step.ix()]
    }

    /// Whether a step's effect is there, or accepted where it can't be asked.
    #[must_use]
    pub fn ok(&self, step: StepIx) -> bool {
        matches!(self.at(step).doing, Doing::Settled(Verdict::Pass | Verdict::Accepted))
    }

    /// Whether a step's effect was read back.
    #[must_use]
    pub fn proven(&self, step: StepIx) -> bool {
        matches!(self.at(step).doing, Doing::Settled(Verdict::Pass))
    }

    /// Every lowering step among the immediate actions, or its or-else that lowers too, has a passed probe, and none was lost
    /// in planning.
    #[must_use]
    pub fn contained(&self, plan: &Plan) -> bool {
        if !matches!(self.phase, Phase::Declare | Phase::Contain | Phase::Assess) {
            return !self.uncontained;
        }
        plan.can_contain()
            && plan.lowering().all(|(step, other)| self.proven(step) || other.is_some_and(|o| self.proven(o)))
    }

    /// Whether this run holds a lowering step: nothing may raise this automation while it does.
    #[must_use]
    pub fn holds_lowering(&self, plan: &Plan) -> bool {
        self.end.is_none()
            && plan.steps.iter().zip(&self.steps).any(|(step, at)| step.direction == Direction::Lowers && at.owes)
    }

    /// What a stage that is prepared now will find at a target, where an earlier stage is to set it first: that stage, and
    /// which of its targets. None where what stands there now is what it will find.
    #[must_use]
    pub fn will_find(&self, plan: &Plan, step: StepIx, target: &Target) -> Option<(StepIx, usize)> {
        plan.stage_before(step, target).filter(|(earlier, _)| self.at(*earlier).doing == Doing::Ready)
    }

    /// Whether anything that raises may be in effect.
    #[must_use]
    pub fn raised(&self, plan: &Plan) -> bool {
        plan.stages.iter().any(|stage| !matches!(self.at(stage.step).doing, Doing::Idle | Doing::Ready))
            || plan
                .steps
                .iter()
                .zip(&self.steps)
                .any(|(step, s)| !undo_is_no_raise(step) && !matches!(s.undoing, Undoing::No | Undoing::Ready))
    }

    /// Steps that are owed an undo, last first: the order in which a restoration puts them back.
    pub fn owed<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = StepIx> + 'a {
        // They may have run in this order: immediate actions, each followed by its or-else, then the rest. An or-else of
        // several is done once, behind the first of them.
        let or_else = |s: &StepIx| plan.step(*s).or_else;
        let first_of =
            move |n: usize, other: &StepIx| !plan.immediate.iter().take(n).any(|s| or_else(s) == Some(*other));
        let with_other = move |(n, s): (usize, &StepIx)| [or_else(s).filter(|o| first_of(n, o)), Some(*s)];
        let first = plan.immediate.iter().enumerate().rev().flat_map(with_other).flatten();
        let is_first = move |s: &StepIx| plan.immediate.iter().any(|i| i == s || or_else(i) == Some(*s));
        let owes = |s: &StepIx| self.at(*s).owes;
        let all = (0..plan.steps.len()).rev().map(|i| StepIx(u16::try_from(i).unwrap_or(u16::MAX)));
        all.filter(owes).filter(move |s| !is_first(s)).chain(first.filter(owes))
    }

    /// Steps in doubt, on the way in or out.
    pub fn in_doubt(&self) -> impl Iterator<Item = usize> + '_ {
        self.steps
            .iter()
            .enumerate()
            .filter(|(_, s)| s.doing == Doing::InDoubt || s.undoing == Undoing::InDoubt)
            .map(|(i, _)| i)
    }

    /// The steps of the confirmed row: escalations, then responses.
    pub fn responses<'a>(&self, plan: &'a Plan) -> impl Iterator<Item = StepIx> + 'a {
        self.confirmed
            .and_then(|row| plan.rows.get(row.ix()))
            .into_iter()
            .flat_map(|row| row.escalate.iter().chain(&row.respond).copied())
    }

    /// Whether a response of the confirmed row may have acted. Escalations are pages and don't count.
    #[must_use]
    pub fn response_started(&self, plan: &Plan) -> bool {
        self.confirmed
            .and_then(|row| plan.rows.get(row.ix()))
            .is_some_and(|row| row.respond.iter().any(|s| !matches!(self.at(*s).doing, Doing::Idle | Doing::Ready)))
    }

    /// What can be chosen for a step that did not pass.
    #[must_use]
    pub fn offers(&self, plan: &Plan, step: StepIx) -> Vec<Choice> {
        let s = plan.step(step);
        let at = self.at(step);
        if at.doing == Doing::Queued {
            return vec![Choice::Retry, Choice::Skip];
        }
        if s.role == StepRole::Stage {
            return vec![Choice::Retry, Choice::Abandon];
        }
        if s.direction == Direction::Raises {
            return vec![Choice::Skip, Choice::Abandon];
        }
        let mut offers = vec![Choice::Retry];
        if s.proof == Proof::ReadBack {
            offers.push(Choice::ByHand);
        }
        let lowers = s.direction == Direction::Lowers;
        if s.proof != Proof::ReadBack || (!lowers && at.doing == Doing::Settled(Verdict::Inconclusive)) {
            offers.push(Choice::Attest);
        }
        offers.push(Choice::Skip);
        if at.owes && undo_is_no_raise(s) && self.phase == Phase::Respond && !self.safing {
            offers.push(Choice::Undo);
        }
        if !self.safing && self.phase != Phase::Close {
            offers.push(Choice::Abandon);
        }
        offers
    }

    /// The row that the matrix proposes for the facts as they are.
    #[must_use]
    pub fn propose(&self, plan: &Plan) -> RowIx {
        matrix::propose(plan, &self.facts)
    }

    /// Whether a yes-no fact is answered yes, not known, or not answered.
    #[must_use]
    pub fn harm_possible(&self, plan: &Plan) -> bool {
        plan.facts.iter().zip(&self.facts).any(|(fact, region)| {
            matches!(fact.kind, crate::plan::FactKind::YesNo)
                && fact.regions.get(usize::from(*region)).is_none_or(|r| r.example == FactValue::YesNo(true))
        })
    }
}

/// A gate's bit. A plan with more gates than bits has none for the last of them, which then are never broken.
pub(super) fn bit(gate: GateIx) -> u64 {
    1u64.checked_shl(u32::from(gate.0)).unwrap_or(0)
}

/// Whether putting a step back leaves autonomy where it is. Undoing a lowering step raises; so does bringing back the
/// layer version that was in use at the incident.
#[must_use]
pub fn undo_is_no_raise(step: &Step) -> bool {
    step.undo == Undo::Restore
        && step.direction == Direction::Neutral
        && !matches!(step.act, Act::RollbackLayer { .. } | Act::SetControl { .. })
}

/// Whether a step may go on without prior state and without a durable record: it lowers, captures or pages.
#[must_use]
pub fn unstoppable(step: &Step) -> bool {
    matches!(step.direction, Direction::Lowers | Direction::Looks)
}
