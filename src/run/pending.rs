//! What is wanted next: one command, or one move that the machine makes by itself.
//!
//! Owns the order of a run. One thing at a time: strict order is the promise. Must not change state.

use super::command::Command;
use super::event::{BreachReason, End, Phase, Verdict};
use super::state::{ASKED, CheckState, Doing, GateAt, GateFor, Gating, Holds, OPEN, SignOff, Soak, State, Undoing};
use crate::plan::{CheckIx, Direction, FactIx, Fallback, GateIx, Plan, RowIx, StageIx, StepIx, TriggerIx};

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Something from outside.
    Want(Command),
    /// A move of the machine's own.
    Take(Move),
}

/// A move that needs nothing from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Enter(Phase),
    Intend(StepIx),
    Open(GateIx),
    Propose(RowIx),
    Breach(BreachReason),
    StartSoak(StageIx),
    UndoIntend(StepIx),
    FollowUps,
    End(End),
}

use Next::{Take, Want};

impl Next {
    const fn command(self) -> Command {
        match self {
            Want(command) => command,
            Take(_) => Command::Advance,
        }
    }
}

fn ix(i: usize) -> u16 {
    u16::try_from(i).unwrap_or(u16::MAX)
}

impl State {
    /// What is wanted next. `Advance` means that the machine can go on by itself.
    pub fn pending(&self, plan: &Plan) -> Command {
        self.next(plan).command()
    }

    /// What people are asked, whether or not the page about their silence is on its way: a late answer counts as any other.
    pub fn answerable(&self, plan: &Plan) -> Command {
        self.onward(plan).command()
    }

    pub(super) fn next(&self, plan: &Plan) -> Next {
        self.page(plan).unwrap_or_else(|| self.onward(plan))
    }

    /// The page for what nobody answers, where one is due and nothing more urgent is.
    fn page(&self, plan: &Plan) -> Option<Next> {
        if !self.silence || self.end.is_some() || matches!(self.phase, Phase::Declare | Phase::Contain) {
            return None;
        }
        let held_up = if self.safing {
            // A stop is not held up by a page; but where it waits for a person, nobody else would hear of it.
            !matches!(self.safe(plan), Want(Command::ChooseStep(_)))
        } else {
            self.abandoning || self.degraded || self.breaking(plan)
        };
        if held_up { None } else { plan.on_silence.and_then(|s| self.tend(s)) }
    }

    fn onward(&self, plan: &Plan) -> Next {
        if self.end.is_some() {
            return Want(Command::Finish);
        }
        match self.phase {
            Phase::Declare => return Take(Move::Enter(Phase::Contain)),
            Phase::Contain => return self.contain(plan),
            _ => {}
        }
        if self.safing {
            return self.safe(plan);
        }
        if self.abandoning {
            return Take(Move::End(End::Abandoned));
        }
        if self.degraded {
            return Want(Command::HaltForRecord);
        }
        if !plan.problems.is_empty() {
            return Want(Command::HaltForProblems);
        }
        if let Some(gating) = self.gating {
            return self.gate(plan, gating);
        }
        if self.standing_down {
            return self.take_back(plan).unwrap_or(Take(Move::End(End::StoodDown)));
        }
        match self.phase {
            Phase::Declare | Phase::Contain | Phase::Assess => self.assess(plan),
            Phase::Respond if self.paused => Want(Command::ChooseAfterBreach),
            Phase::Respond => {
                self.responses(plan).find_map(|s| self.respond(plan, s)).unwrap_or(Take(Move::Enter(Phase::Verify)))
            }
            Phase::Verify => self.verify(plan),
            Phase::Restore => self.restore(plan),
            Phase::Close => self.close(plan),
        }
    }

    /// A step without a gate, from idle to judged; none when it is finished.
    fn tend(&self, s: StepIx) -> Option<Next> {
        Some(match self.at(s).doing {
            Doing::Idle => Want(Command::Prepare(s)),
            Doing::Ready | Doing::Blind => Take(Move::Intend(s)),
            Doing::Intended => Want(Command::Perform(s)),
            Doing::Observed(_) | Doing::InDoubt | Doing::ByHand => Want(Command::Probe(s)),
            Doing::Settled(_) | Doing::Skipped | Doing::Cancelled | Doing::Queued | Doing::TakingBack | Doing::Over => {
                return None;
            }
        })
    }

    fn contain(&self, plan: &Plan) -> Next {
        for s in &plan.immediate {
            if let Some(next) = self.tend(*s) {
                return next;
            }
            if !self.ok(*s)
                && let Some(next) = plan.step(*s).or_else.and_then(|o| self.tend(o))
            {
                return next;
            }
        }
        Take(Move::Enter(Phase::Assess))
    }

    fn assess(&self, plan: &Plan) -> Next {
        for s in &plan.immediate {
            if matches!(self.at(*s).doing, Doing::Settled(Verdict::Fail | Verdict::Inconclusive)) {
                return Want(Command::ChooseStep(*s));
            }
            if let Some(next) = self.tend(*s) {
                return next;
            }
        }
        if plan.only_contains() {
            return Want(Command::Hold);
        }
        if usize::from(self.measured) < plan.triggers.len() {
            return Want(Command::MeasureTrigger(TriggerIx(self.measured)));
        }
        for (i, region) in self.facts.iter().enumerate() {
            match *region {
                OPEN if plan.facts[i].signal.is_some() => return Want(Command::MeasureFact(FactIx(ix(i)))),
                OPEN | ASKED => return Want(Command::AskFact(FactIx(ix(i)))),
                _ => {}
            }
        }
        match (self.proposed, self.confirmed) {
            (None, _) => Take(Move::Propose(self.propose(plan))),
            (Some(row), None) => Want(Command::ConfirmSeverity(row)),
            (Some(_), Some(_)) => Take(Move::Enter(Phase::Respond)),
        }
    }

    fn respond(&self, plan: &Plan, s: StepIx) -> Option<Next> {
        let step = plan.step(s);
        match self.at(s).doing {
            Doing::Settled(Verdict::Pass | Verdict::Accepted)
            | Doing::Skipped
            | Doing::Cancelled
            | Doing::Queued
            | Doing::Over => None,
            Doing::Settled(_) => Some(Want(Command::ChooseStep(s))),
            Doing::TakingBack => self.undo(plan, s),
            // Nothing raises autonomy before the sign-off, whatever a runbook says.
            _ if step.direction == Direction::Raises => Some(Want(Command::ChooseStep(s))),
            Doing::Ready => Some(match step.gate {
                Some(gate) if !self.without_approval(gate) => Self::approach(plan, gate),
                _ => Take(Move::Intend(s)),
            }),
            _ => self.tend(s),
        }
    }

    /// The way to an open gate: a fallback that has to hold is proven first.
    fn approach(plan: &Plan, gate: GateIx) -> Next {
        match plan.gate(gate).on_timeout {
            Fallback::ReadOnly => Want(Command::ProveFallback(gate)),
            Fallback::Queue | Fallback::Cancel => Take(Move::Open(gate)),
        }
    }

    fn gate(&self, plan: &Plan, gating: Gating) -> Next {
        match (gating.at, gating.what) {
            (GateAt::Applying, _) => {
                // Narrowest first; a wider one only where the narrower does not hold.
                let held = |s: &StepIx| self.at(*s).doing == Doing::Settled(Verdict::Pass);
                let next = if plan.stop.iter().any(held) { None } else { plan.stop.iter().find_map(|s| self.tend(*s)) };
                next.unwrap_or(Want(Command::ProveFallback(gating.gate)))
            }
            (GateAt::Granted, GateFor::Step(s)) => Want(Command::Reread(s)),
            (GateAt::Open | GateAt::Granted, _) => Want(Command::AwaitVotes(gating.gate)),
        }
    }

    fn verify(&self, plan: &Plan) -> Next {
        for (i, check) in self.checks.iter().enumerate() {
            let c = CheckIx(ix(i));
            match check {
                CheckState::Open => return Want(Command::JudgeCheck(c)),
                CheckState::Failed | CheckState::Inconclusive => return Want(Command::ChooseCheck(c)),
                CheckState::Passed | CheckState::Deferred | CheckState::Attested => {}
            }
        }
        if plan.checks.is_empty() {
            // Verify can't be skipped; a plan without checks goes no further.
            return Want(Command::HaltForProblems);
        }
        Take(Move::Enter(Phase::Restore))
    }

    fn restore(&self, plan: &Plan) -> Next {
        if plan.stages.is_empty() && !self.steps.iter().any(|s| s.owes) {
            return Take(Move::Enter(Phase::Close));
        }
        if !self.fix_author {
            return Want(Command::NameFixAuthor);
        }
        match self.sign_off {
            SignOff::Refused => Want(Command::ChooseSignOff),
            SignOff::No => {
                for stage in &plan.stages {
                    match self.at(stage.step).doing {
                        Doing::Idle => return Want(Command::Prepare(stage.step)),
                        Doing::Settled(_) => return Want(Command::ChooseStep(stage.step)),
                        _ => {}
                    }
                }
                plan.sign_off.map_or(Want(Command::ChooseSignOff), |gate| Self::approach(plan, gate))
            }
            SignOff::Granted | SignOff::Consumed => match plan.stages.get(usize::from(self.stage)) {
                Some(stage) => self.rise(plan, StageIx(self.stage), stage.step),
                None => self.take_back(plan).unwrap_or(Take(Move::Enter(Phase::Close))),
            },
        }
    }

    fn rise(&self, plan: &Plan, stage: StageIx, s: StepIx) -> Next {
        match (self.at(s).doing, self.soak) {
            (Doing::Idle, _) => Want(Command::Prepare(s)),
            (Doing::Ready, _) => self.when_clear(Want(Command::Reread(s))),
            (Doing::Intended, _) => Want(Command::Perform(s)),
            (Doing::Observed(_) | Doing::InDoubt | Doing::ByHand, _) => Want(Command::Probe(s)),
            (Doing::Settled(Verdict::Pass), Soak::No) => self.when_clear(Take(Move::StartSoak(stage))),
            (Doing::Settled(Verdict::Pass), Soak::Passing) => Want(Command::Soak(stage)),
            (Doing::Settled(Verdict::Pass), Soak::Judging) => plan
                .checks
                .iter()
                .enumerate()
                .find(|(i, c)| c.signal.is_some() && self.soaked & (1 << i) == 0)
                .map_or(Take(Move::Breach(BreachReason::Check)), |(i, _)| Want(Command::JudgeCheck(CheckIx(ix(i))))),
            _ => Take(Move::Breach(BreachReason::Raise)),
        }
    }

    /// Only when no other open run holds a lowering step, read afresh.
    fn when_clear(&self, then: Next) -> Next {
        match self.holds {
            Holds::Unread => Want(Command::LookForHolds),
            Holds::Others => Want(Command::AwaitHolds),
            Holds::Clear => then,
        }
    }

    fn undo(&self, plan: &Plan, s: StepIx) -> Option<Next> {
        Some(match self.at(s).undoing {
            Undoing::No => self.when_clear(Want(Command::PrepareUndo(s))),
            Undoing::Ready => self.when_clear(Take(Move::UndoIntend(s))),
            Undoing::Intended => Want(Command::PerformUndo(s)),
            Undoing::Observed | Undoing::InDoubt | Undoing::ByHand => Want(Command::ProbeUndo(s)),
            // Before a person is waited for: what is raised by now must not stay so under somebody else's stop.
            Undoing::Stuck if self.raised(plan) => self.when_clear(Want(Command::ChooseStuck(s))),
            Undoing::Stuck => Want(Command::ChooseStuck(s)),
            Undoing::Done => return None,
        })
    }

    /// Everything owed, last first, with a look for other runs after the last one too.
    fn take_back(&self, plan: &Plan) -> Option<Next> {
        if let Some(next) = self.owed(plan).find_map(|s| self.undo(plan, s)) {
            return Some(next);
        }
        match self.holds {
            Holds::Clear => None,
            Holds::Unread => Some(Want(Command::LookForHolds)),
            Holds::Others => Some(Want(Command::AwaitHolds)),
        }
    }

    fn safe(&self, plan: &Plan) -> Next {
        for s in &plan.safe_all {
            if let Some(next) = self.tend(*s) {
                return next;
            }
            if matches!(self.at(*s).doing, Doing::Settled(Verdict::Fail | Verdict::Inconclusive)) {
                return Want(Command::ChooseStep(*s));
            }
        }
        if !self.abandoning {
            return Take(Move::Enter(if self.confirmed.is_some() { Phase::Respond } else { Phase::Assess }));
        }
        let low = plan.safe_all.iter().all(|s| self.proven(*s));
        Take(Move::End(if low { End::Abandoned } else { End::Stuck }))
    }

    fn close(&self, plan: &Plan) -> Next {
        for s in self.responses(plan) {
            if self.at(s).doing == Doing::Queued {
                return Want(Command::ChooseQueued(s));
            }
            if let Some(next) = self.respond(plan, s) {
                return next;
            }
        }
        Take(if self.followed_up {
            Move::End(if self.exceptions || self.reviews != 0 { End::ClosedWithExceptions } else { End::Closed })
        } else {
            Move::FollowUps
        })
    }
}
