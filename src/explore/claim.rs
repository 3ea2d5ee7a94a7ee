//! What is claimed of every run: things that always hold, and things that must be possible.
//!
//! Owns an account of its own of what happened, folded over events and independent of the machine's state, so that the
//! machine is not asked to vouch for itself.

use std::hash::{Hash, Hasher};

use crate::plan::{Act, Direction, Fallback, Plan, RowIx, Step, StepIx, StepRole, Target};
use crate::run::command::Command;
use crate::run::event::{Choice, End, Event, Phase, Verdict};
use crate::run::input::{Deadline, Input};
use crate::run::state::{Doing, State, flags};

/// Something that always holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Always {
    /// No effect without a recorded intent.
    IntentBeforeAct,
    /// Every immediate action is tried before anything else acts.
    ContainFirst,
    /// No gated act without a granted tally that was not used before.
    GrantBeforeGated,
    /// What goes ahead without its approval lowers autonomy or keeps evidence, and can be taken back.
    GlassOnlyLowers,
    /// No expiry causes an effect, a grant, a pass or a confirmation.
    SilenceDoesNothing,
    /// Nothing raises autonomy on a check that nobody answered, until it passed or a named person vouched for it.
    SilencePassesNothing,
    /// Nothing raises autonomy without a confirmed severity, passed checks and sign-off, or a stand-down that another
    /// person approved.
    ChecksBeforeRaise,
    /// Nothing raises while another open run holds a lowering step, and whatever was raised meanwhile is lowered.
    StopWins,
    /// Each undo happens at most once for each time its step was applied.
    UndoOnce,
    /// Until a person confirms a severity, only steps that lower or look act, and the immediate ones.
    ConfirmBeforeResponse,
    /// A run that ends well owes nothing.
    NothingOwed,
    /// *Contained* is said only where every immediate action that lowers, or its or-else that lowers too, was read back, and
    /// none was lost in planning.
    ContainedIsProven,
    /// A run that closes without exceptions was contained and answered in full.
    CleanMeansClean,
    /// Every state leads on: something can always arrive that is accepted.
    NoDeadEnd,
    /// From every state some end can be reached.
    EndReachable,
    /// A stage acts on what it was prepared for: what the run itself did in between voids no sign-off and takes nothing
    /// back.
    OwnActsExpected,
    /// What the machine decides can always be applied.
    DecidedIsLawful,
}

impl Always {
    /// The claim in one sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::IntentBeforeAct => "no effect without a recorded intent",
            Self::ContainFirst => "every immediate action is tried before anything else acts",
            Self::GrantBeforeGated => "no gated act without a granted tally, used once",
            Self::GlassOnlyLowers => "what goes ahead without its approval only lowers or keeps evidence",
            Self::SilenceDoesNothing => "no expiry causes an effect, a grant, a pass or a confirmation",
            Self::SilencePassesNothing => "nothing raises autonomy on a check that nobody answered",
            Self::ChecksBeforeRaise => "nothing raises autonomy without passed checks and sign-off",
            Self::StopWins => "stop wins over restore",
            Self::UndoOnce => "each undo happens at most once",
            Self::ConfirmBeforeResponse => "until a person confirms, only steps that lower or look may act",
            Self::NothingOwed => "a run that ends well owes nothing",
            Self::ContainedIsProven => "contained means that everything that was to be lowered was read back",
            Self::CleanMeansClean => "closed without exceptions means contained and answered in full",
            Self::NoDeadEnd => "every state leads on",
            Self::EndReachable => "some end can be reached from every state",
            Self::OwnActsExpected => "what the run did itself voids no sign-off and takes nothing back",
            Self::DecidedIsLawful => "what is decided can be applied",
        }
    }
}

/// Something that must be possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sometimes {
    /// A run ends this way.
    Ends(End),
    /// The gate refuses.
    Denies(u16),
    /// The gate expires and its fallback takes over.
    Expires(u16),
    /// The gate is granted.
    Grants(u16),
    /// The step is undone.
    Undoes(StepIx),
    /// The row is confirmed.
    Confirms(RowIx),
    /// A step is in doubt on the way in.
    DoubtIn,
    /// An undo is in doubt on the way out.
    DoubtOut,
    /// An undo is stuck.
    Stuck,
    /// Autonomy is taken back during restoration.
    Breaches,
    /// A step's or-else runs.
    OrElse(StepIx),
    /// A fallback is applied because it did not hold.
    Falls,
    /// Nobody answers the check in time.
    Unanswered(u16),
}

impl Sometimes {
    /// Everything that must be possible for a plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Vec<Self> {
        let mut all = vec![Self::Ends(End::Abandoned), Self::DoubtIn];
        let raises = !plan.stages.is_empty() || plan.steps.iter().any(|s| s.undo == crate::plan::Undo::Restore);
        // Every other end needs something to restore: the way back is where exceptions and doubts live.
        if raises && plan.sign_off.is_some() && !plan.checks.is_empty() && plan.problems.is_empty() {
            all.extend([
                Self::Ends(End::Closed),
                Self::Ends(End::ClosedWithExceptions),
                Self::Ends(End::Stuck),
                Self::DoubtOut,
                Self::Stuck,
                Self::Breaches,
            ]);
            let standing =
                plan.stand_down.is_some() && plan.rows.len() > 1 && plan.triggers.iter().any(|t| t.signal.is_some());
            if standing {
                all.push(Self::Ends(End::StoodDown));
            }
            let used = plan.steps.iter().filter_map(|s| s.gate).chain(plan.sign_off);
            for gate in used {
                all.extend([Self::Denies(gate.0), Self::Expires(gate.0), Self::Grants(gate.0)]);
                if plan.gate(gate).on_timeout == Fallback::ReadOnly && !all.contains(&Self::Falls) {
                    all.push(Self::Falls);
                }
            }
            all.extend((0..plan.rows.len()).map(|r| Self::Confirms(RowIx(u16::try_from(r).unwrap_or(u16::MAX)))));
            let asked = plan.checks.iter().enumerate().filter(|(_, c)| c.signal.is_none());
            all.extend(asked.map(|(c, _)| Self::Unanswered(u16::try_from(c).unwrap_or(u16::MAX))));
        }
        for (i, step) in plan.steps.iter().enumerate() {
            let s = StepIx(u16::try_from(i).unwrap_or(u16::MAX));
            let restorable = matches!(step.role, StepRole::Immediate | StepRole::OrElse);
            if raises && restorable && step.undo == crate::plan::Undo::Restore && plan.problems.is_empty() {
                all.push(Self::Undoes(s));
            }
            if step.or_else.is_some() {
                all.push(Self::OrElse(s));
            }
        }
        all
    }

    /// The claim in words.
    #[must_use]
    pub fn sentence(self, plan: &Plan) -> String {
        let gate = |g: u16| plan.gates.get(usize::from(g)).map_or("?", |g| &g.id);
        match self {
            Self::Ends(end) => format!("a run can end {}", super::story::end(end)),
            Self::Denies(g) => format!("gate {} can be denied", gate(g)),
            Self::Expires(g) => format!("gate {} can expire", gate(g)),
            Self::Grants(g) => format!("gate {} can be granted", gate(g)),
            Self::Undoes(s) => format!("{} can be undone", plan.step(s).id),
            Self::Confirms(row) => format!("{} can be confirmed", plan.rows[row.ix()].level),
            Self::DoubtIn => "a step can be in doubt".into(),
            Self::DoubtOut => "an undo can be in doubt".into(),
            Self::Stuck => "an undo can be stuck".into(),
            Self::Breaches => "autonomy can be taken back during restoration".into(),
            Self::OrElse(s) => format!("the or-else of {} can run", plan.step(s).id),
            Self::Falls => "a fallback can be missing and be applied".into(),
            Self::Unanswered(c) => {
                let check = plan.checks.get(usize::from(c)).map_or("?", |c| &c.id);
                format!("check {check} can stay unanswered")
            }
        }
    }

    /// Whether these events show it.
    #[must_use]
    pub fn shown_by(self, plan: &Plan, events: impl Iterator<Item = Event>) -> bool {
        let mut before = None;
        for event in events {
            if self.seen_in(plan, before, event) {
                return true;
            }
            before = Some(event);
        }
        false
    }

    fn seen_in(self, plan: &Plan, before: Option<Event>, event: Event) -> bool {
        match (self, event) {
            (Self::Ends(a), Event::RunEnded { end: b }) => a == b,
            (Self::Denies(g), Event::GateDenied { gate })
            | (Self::Expires(g), Event::GateExpired { gate })
            | (Self::Grants(g), Event::GateGranted { gate }) => g == gate.0,
            (Self::Undoes(a), Event::UndoProved { step, verdict: Verdict::Pass }) => a == step,
            (Self::Confirms(a), Event::SeverityConfirmed { row }) => a == row,
            (Self::DoubtIn, Event::StepInDoubt { .. })
            | (Self::DoubtOut, Event::UndoInDoubt { .. })
            | (Self::Stuck, Event::UndoStuck { .. })
            | (Self::Breaches, Event::Breached { .. })
            | (Self::Falls, Event::FallbackMissing { .. }) => true,
            (Self::OrElse(a), Event::StepIntended { step }) => plan.step(a).or_else == Some(step),
            (Self::Unanswered(a), Event::CheckJudged { check, verdict: Verdict::Inconclusive }) => {
                a == check.0 && before == Some(Event::QuestionExpired)
            }
            _ => false,
        }
    }
}

/// What no expiry may bring about.
fn does_something(event: Event) -> bool {
    matches!(
        event,
        Event::StepIntended { .. }
            | Event::UndoIntended { .. }
            | Event::GateGranted { .. }
            | Event::SeverityConfirmed { .. }
            | Event::CheckJudged { verdict: Verdict::Pass, .. }
            | Event::CheckAttested { .. }
            | Event::FixAuthorNamed
            | Event::BreachAnswered
            | Event::StepChosen { .. }
            | Event::StepAttested { .. }
            | Event::UndoByHand { .. }
            | Event::RunEnded { .. }
    )
}

/// Whether an act may go ahead without its approval, told by this account's own words and not by the machine's.
fn goes_without(step: &Step) -> bool {
    let lowers = step.direction == Direction::Lowers || matches!(step.act, Act::Capture { .. });
    lowers && step.irreversible.is_none() && step.direction != Direction::Raises
}

/// An account of what happened, as far as the claims need it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Monitor {
    intended: u128,
    undo_intended: u128,
    undone: u128,
    tried: u128,
    /// Stages that were prepared for something else than this run's acts left since.
    stale: u128,
    granted: u64,
    /// Gates whose act goes ahead without its approval.
    broken: u64,
    /// Those of them that nobody has countersigned.
    reviews: u64,
    good: u64,
    deferred: u64,
    /// Checks that nobody answered in time, until they pass or a named person vouches for them.
    unanswered: u64,
    confirmed: bool,
    signed: bool,
    standing: bool,
    clear: bool,
    raised: bool,
    blemish: bool,
    /// Steps that were read back, until the run is assessed.
    proved: u128,
    /// Whether containment was left without all of its proofs.
    uncontained: bool,
}

fn bit(s: StepIx) -> u128 {
    1u128.checked_shl(u32::from(s.0)).unwrap_or(0)
}

/// As the machine's state: what is small goes together, and each value of a field makes another number.
impl Hash for Monitor {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let Self {
            intended,
            undo_intended,
            undone,
            tried,
            stale,
            granted,
            broken,
            reviews,
            good,
            deferred,
            unanswered,
            confirmed,
            signed,
            standing,
            clear,
            raised,
            blemish,
            proved,
            uncontained,
        } = self;
        let flags = flags([*confirmed, *signed, *standing, *clear, *raised, *blemish, *uncontained]);
        hasher.write_u16(u16::from_le_bytes(flags));
        for steps in [intended, undo_intended, undone, tried, stale, proved] {
            hasher.write_u128(*steps);
        }
        for some in [granted, broken, reviews, good, deferred, unanswered] {
            hasher.write_u64(*some);
        }
    }
}

impl Monitor {
    /// What a command that is pending now would break.
    #[must_use]
    pub fn command(&self, command: Command) -> Option<Always> {
        if let Command::Reread(s) = command
            && self.stale & bit(s) != 0
        {
            return Some(Always::OwnActsExpected);
        }
        let lawful = match command {
            Command::Perform(s) => self.intended & bit(s) != 0,
            Command::PerformUndo(s) => self.undo_intended & bit(s) != 0,
            _ => true,
        };
        (!lawful).then_some(Always::IntentBeforeAct)
    }

    /// Folds in what an input led to; the claim it broke, if any.
    pub fn observe(&mut self, plan: &Plan, before: &State, input: Input, events: &[Event]) -> Option<Always> {
        if let Input::Elapsed(of) = input {
            if events.iter().any(|e| does_something(*e)) {
                return Some(Always::SilenceDoesNothing);
            }
            match of {
                // Whoever is waited for is waited for as before.
                Deadline::Human if events != [Event::QuestionExpired] => return Some(Always::SilenceDoesNothing),
                Deadline::Check(check) => self.unanswered |= 1u64 << check.0,
                _ => {}
            }
        }
        let raised_before = self.raised;
        let others = events.contains(&Event::HoldsLooked { others: true });
        if others && raised_before && !events.iter().any(|e| matches!(e, Event::Breached { .. })) {
            return Some(Always::StopWins);
        }
        let early = before.contained(plan) && !self.contained(plan, before);
        let broken = events.iter().find_map(|e| self.one(plan, before, *e));
        broken.or(early.then_some(Always::ContainedIsProven))
    }

    /// Whether everything that was to be lowered at once was read back, by this account.
    fn contained(&self, plan: &Plan, before: &State) -> bool {
        if !matches!(before.phase, Phase::Declare | Phase::Contain | Phase::Assess) {
            return !self.uncontained;
        }
        let lowers = |s: StepIx| plan.step(s).direction == Direction::Lowers;
        let read = |s: StepIx| lowers(s) && self.proved & bit(s) != 0;
        let mut any = false;
        for s in plan.immediate.iter().filter(|s| lowers(**s)) {
            any = true;
            if !read(*s) && !plan.step(*s).or_else.is_some_and(read) {
                return false;
            }
        }
        plan.lost.is_empty() && (any || (plan.problems.is_empty() && !plan.rows.is_empty()))
    }

    fn try_out(&mut self, plan: &Plan, step: StepIx) {
        if plan.immediate.contains(&step) {
            self.tried |= bit(step);
        }
    }

    fn raise(&mut self, plan: &Plan, final_undo: bool) -> Option<Always> {
        let all = plan.checks.iter().enumerate().all(|(i, _)| {
            let bit = 1u64 << i;
            self.good & bit != 0 || (!final_undo && self.deferred & bit != 0)
        });
        if !self.standing && self.unanswered != 0 {
            return Some(Always::SilencePassesNothing);
        }
        let lawful = self.standing || (self.signed && all && self.confirmed);
        let clear = std::mem::replace(&mut self.clear, false);
        self.raised = true;
        if lawful { (!clear).then_some(Always::StopWins) } else { Some(Always::ChecksBeforeRaise) }
    }

    /// A stage was prepared: until the stages that it expects to come first have acted, it is ahead of the world.
    fn prepared(&mut self, plan: &Plan, before: &State, step: StepIx) {
        let ahead = plan.step(step).targets.iter().any(|t| before.will_find(plan, step, t).is_some());
        self.stale = if ahead { self.stale | bit(step) } else { self.stale & !bit(step) };
    }

    /// A step acts: whoever was prepared for its result is up to date, whoever was not is stale.
    fn acts(&mut self, plan: &Plan, before: &State, step: StepIx) {
        let acting = plan.step(step);
        let ready = |s: StepIx| s != step && before.at(s).doing == Doing::Ready;
        for stage in plan.stages.iter().map(|s| s.step).filter(|s| ready(*s)) {
            let expected = |t: &Target| plan.stage_before(stage, t).map(|(earlier, _)| earlier);
            let targets = &plan.step(stage).targets;
            let mut moved = targets.iter().filter(|t| acting.targets.iter().any(|a| a.same_place(t))).peekable();
            if moved.peek().is_none() {
                continue;
            }
            if moved.any(|t| expected(t) != Some(step)) {
                self.stale |= bit(stage);
            } else if !targets.iter().any(|t| expected(t).is_some_and(ready)) {
                self.stale &= !bit(stage);
            }
        }
    }

    fn one(&mut self, plan: &Plan, before: &State, event: Event) -> Option<Always> {
        match event {
            Event::StepPrepared { step } if plan.step(step).role == StepRole::Stage => {
                self.prepared(plan, before, step);
            }
            Event::StepCarried { step } | Event::StepUnprepared { step } => self.try_out(plan, step),
            Event::StepIntended { step } => {
                self.intended |= bit(step);
                self.try_out(plan, step);
                self.undone &= !bit(step);
                self.proved &= !bit(step);
                self.acts(plan, before, step);
                let plain = plan.step(step);
                let immediate = matches!(plain.role, StepRole::Immediate | StepRole::OrElse);
                if !immediate && plan.immediate.iter().any(|s| self.tried & bit(*s) == 0) {
                    return Some(Always::ContainFirst);
                }
                if let Some(gate) = plain.gate {
                    let grant = 1u64 << gate.0;
                    let without = self.broken & grant != 0;
                    if without && !goes_without(plain) {
                        return Some(Always::GlassOnlyLowers);
                    }
                    if !without && self.granted & grant == 0 {
                        return Some(Always::GrantBeforeGated);
                    }
                    self.granted &= !grant;
                }
                match plain.direction {
                    Direction::Raises => return self.raise(plan, false),
                    Direction::Neutral if !immediate && !self.confirmed => return Some(Always::ConfirmBeforeResponse),
                    Direction::Neutral | Direction::Lowers | Direction::Looks => {}
                }
            }
            Event::StepProved { step, verdict } => {
                let early = matches!(before.phase, Phase::Declare | Phase::Contain | Phase::Assess);
                let read = early && verdict == Verdict::Pass;
                self.proved = if read { self.proved | bit(step) } else { self.proved & !bit(step) };
            }
            Event::StepObserved { step, .. } | Event::StepInDoubt { step } => self.intended &= !bit(step),
            Event::UndoIntended { step } => {
                self.undo_intended |= bit(step);
                self.acts(plan, before, step);
                if self.undone & bit(step) != 0 {
                    return Some(Always::UndoOnce);
                }
                self.undone |= bit(step);
                if plan.step(step).direction == Direction::Lowers {
                    return self.raise(plan, true);
                }
            }
            Event::UndoObserved { step, .. } | Event::UndoInDoubt { step } => self.undo_intended &= !bit(step),
            Event::GateGranted { gate } => {
                if plan.sign_off == Some(gate) {
                    self.signed = true;
                } else if plan.stand_down == Some(gate) {
                    self.standing = true;
                } else {
                    self.granted |= 1u64 << gate.0;
                }
            }
            Event::GlassBroken { gate } => {
                let bit = 1u64 << gate.0;
                self.broken |= bit;
                self.reviews |= bit;
                let guarded = plan.steps.iter().find(|s| s.gate == Some(gate));
                if !guarded.is_some_and(goes_without) {
                    return Some(Always::GlassOnlyLowers);
                }
            }
            Event::Reviewed { gate } => {
                let of = plan.gates.iter().position(|g| g.review == Some(gate));
                self.reviews &= of.map_or(u64::MAX, |of| !(1u64 << of));
            }
            Event::GateOpened { gate } | Event::GateVoided { gate, .. } => {
                self.granted &= !(1u64 << gate.0);
                if plan.sign_off == Some(gate) {
                    self.signed = false;
                    if matches!(event, Event::GateVoided { .. }) {
                        self.stale = 0;
                    }
                }
            }
            Event::SeverityConfirmed { .. } => self.confirmed = true,
            Event::CheckJudged { check, verdict } => {
                let bit = 1u64 << check.0;
                if verdict == Verdict::Pass {
                    self.good |= bit;
                    self.deferred &= !bit;
                    self.unanswered &= !bit;
                } else {
                    self.good &= !bit;
                }
            }
            Event::CheckDeferred { check } => self.deferred |= 1u64 << check.0,
            Event::CheckAttested { check } => {
                self.good |= 1u64 << check.0;
                self.unanswered &= !(1u64 << check.0);
                self.blemish = true;
            }
            Event::PhaseEntered { phase } => {
                if before.phase == Phase::Assess {
                    self.uncontained = !self.contained(plan, before);
                    self.proved = 0;
                }
                if phase == Phase::Verify {
                    self.good = 0;
                    self.deferred = 0;
                }
            }
            Event::BackToRespond => {
                self.good = 0;
                self.deferred = 0;
            }
            Event::HoldsLooked { others } => self.clear = !others,
            Event::Breached { .. } => {
                self.good = 0;
                self.deferred = 0;
                self.signed = false;
                self.standing = false;
                self.stale = 0;
                self.raised = false;
                self.undone = 0;
                self.blemish = true;
            }
            Event::StepChosen { choice: Choice::Skip | Choice::Attest | Choice::Undo, .. }
            | Event::UndoByHand { .. } => self.blemish = true,
            Event::GateDenied { gate } | Event::GateExpired { gate } => {
                self.blemish |= plan.steps.iter().any(|s| s.gate == Some(gate));
            }
            Event::RunEnded { end } => return self.ended(plan, before, end),
            _ => {}
        }
        None
    }

    fn ended(&self, plan: &Plan, before: &State, end: End) -> Option<Always> {
        let owes = before.steps.iter().any(|s| s.owes);
        match end {
            End::Closed | End::ClosedWithExceptions | End::StoodDown if owes => Some(Always::NothingOwed),
            End::Closed => {
                (!self.contained(plan, before) || self.blemish || self.reviews != 0).then_some(Always::CleanMeansClean)
            }
            _ => None,
        }
    }
}
