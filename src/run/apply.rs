//! What an event changes. The only mutator of [`State`]; a total match over events.
//!
//! Owns the fold that live run, resume, rehearsal, exploration and verification share. Refuses an event that can't
//! follow, naming both. Must not decide anything: verdicts stand in the events.

use std::fmt;

use super::event::{Choice, End, Event, Outcome, Phase, Verdict, VoidReason};
use super::state::{
    ASKED, CheckState, Doing, GateAt, GateFor, Gating, Holds, SignOff, Soak, State, Undoing, bit, unstoppable,
};
use crate::plan::{CheckIx, Fallback, GateIx, Plan, Repeat, StepIx, Undo, break_glass};

/// An event that can't follow in this state: the record is damaged, or the program is.
#[must_use = "an illegal event means that the record can't be trusted from here on"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IllegalEvent {
    /// The event.
    pub event: Event,
    /// What it would have needed.
    pub needs: &'static str,
}

impl fmt::Display for IllegalEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} can't follow here: {}", self.event, self.needs)
    }
}

impl std::error::Error for IllegalEvent {}

fn need(holds: bool, what: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(what) }
}

impl State {
    /// Folds one event in.
    ///
    /// # Errors
    /// [`IllegalEvent`]; the state is unchanged or must be thrown away.
    pub fn apply(&mut self, plan: &Plan, event: Event) -> Result<(), IllegalEvent> {
        self.fold(plan, event).map_err(|needs| IllegalEvent { event, needs })
    }

    fn fold(&mut self, plan: &Plan, event: Event) -> Result<(), &'static str> {
        need(self.started || event == Event::RunStarted, "the run's start")?;
        if let Some(s) = event.step() {
            need(s.ix() < self.steps.len(), "a step of the plan")?;
        }
        if let Some(g) = event.gate() {
            need(g.ix() < plan.gates.len(), "a gate of the plan")?;
        }
        match event {
            Event::RunStarted => {
                need(!self.started, "no earlier start")?;
                self.started = true;
            }
            Event::LeaseTaken { over } => {
                // What another process saw of other runs may be long ago.
                self.holds = Holds::Unread;
                if over {
                    for s in &mut self.steps {
                        if matches!(s.doing, Doing::Ready | Doing::Blind) {
                            s.doing = Doing::Idle;
                        }
                        if s.undoing == Undoing::Ready {
                            s.undoing = Undoing::No;
                        }
                    }
                }
            }
            Event::StepCarried { step } => {
                need(self.phase == Phase::Declare, "a run that has not begun to contain")?;
                let s = &mut self.steps[step.ix()];
                s.doing = Doing::InDoubt;
                s.owes = plan.step(step).undo == Undo::Restore;
            }
            Event::PhaseEntered { phase } => self.enter(plan, phase)?,
            Event::StepPrepared { step } => {
                need(self.at(step).doing == Doing::Idle, "a step that is not begun")?;
                self.steps[step.ix()].doing = Doing::Ready;
            }
            Event::StepUnprepared { step } => {
                need(self.at(step).doing == Doing::Idle, "a step that is not begun")?;
                let plain = plan.step(step);
                // What a gate holds back has to be shown there; what can't be read can't be shown, so a person decides.
                let gated = plain.gate.is_some_and(|gate| !self.without_approval(gate));
                self.steps[step.ix()].doing =
                    if unstoppable(plain) && !gated { Doing::Blind } else { Doing::Settled(Verdict::Inconclusive) };
            }
            Event::StepIntended { step } => {
                need(matches!(self.at(step).doing, Doing::Ready | Doing::Blind), "a prepared step")?;
                let s = &mut self.steps[step.ix()];
                s.doing = Doing::Intended;
                if plan.step(step).undo == Undo::Restore {
                    s.owes = true;
                    s.undoing = Undoing::No;
                }
                if plan.stages.iter().any(|stage| stage.step == step) {
                    self.holds = Holds::Unread;
                }
            }
            Event::StepObserved { step, outcome } => {
                need(self.at(step).doing == Doing::Intended, "a recorded intent")?;
                let s = &mut self.steps[step.ix()];
                s.doing = Doing::Observed(outcome);
                if outcome == Outcome::NotSent {
                    s.owes = false;
                }
            }
            Event::StepProved { step, verdict } => self.proved(plan, step, verdict)?,
            Event::StepInDoubt { step } => {
                let open = matches!(self.at(step).doing, Doing::Intended | Doing::Observed(_));
                need(open, "an intent without an outcome, or without its proof")?;
                self.steps[step.ix()].doing = Doing::InDoubt;
            }
            Event::StepChosen { step, choice } => self.chose(plan, step, choice)?,
            Event::StepAttested { step } => {
                self.exceptions = true;
                self.steps[step.ix()].doing = Doing::Settled(Verdict::Accepted);
            }
            Event::FallbackHeld { .. }
            | Event::VoteCounted { .. }
            | Event::VoteRefused { .. }
            | Event::Interrupted
            | Event::Restarted
            | Event::Noted => {}
            Event::FallbackMissing { gate } => self.fallback_missing(plan, gate)?,
            Event::GateOpened { gate } => {
                let what = self.purpose(plan, gate).ok_or("a gate that something waits for")?;
                self.gating = Some(Gating { gate, what, at: GateAt::Open });
                for s in &plan.stop {
                    self.steps[s.ix()].doing = Doing::Idle;
                }
            }
            Event::GateGranted { gate } => {
                let gating = self.open(gate)?;
                self.gating = match gating.what {
                    GateFor::Step(_) => Some(Gating { at: GateAt::Granted, ..gating }),
                    GateFor::SignOff => {
                        self.sign_off = SignOff::Granted;
                        self.holds = Holds::Unread;
                        None
                    }
                    GateFor::StandDown => {
                        self.standing_down = true;
                        self.holds = Holds::Unread;
                        None
                    }
                    GateFor::Downgrade(_) => None,
                };
            }
            Event::GateDenied { gate } | Event::GateExpired { gate } => {
                let gating = self.open(gate)?;
                self.gating = None;
                self.downgrade = None;
                match gating.what {
                    GateFor::Step(s) => {
                        self.exceptions = true;
                        self.steps[s.ix()].doing = match plan.gate(gate).on_timeout {
                            Fallback::Queue => Doing::Queued,
                            Fallback::ReadOnly | Fallback::Cancel => Doing::Cancelled,
                        };
                    }
                    GateFor::SignOff => self.sign_off = SignOff::Refused,
                    GateFor::StandDown | GateFor::Downgrade(_) => {}
                }
            }
            Event::GateVoided { gate, why } => self.voided(plan, gate, why),
            Event::GateConsumed { gate } => {
                if plan.sign_off == Some(gate) {
                    need(self.sign_off == SignOff::Granted, "a granted sign-off")?;
                    self.sign_off = SignOff::Consumed;
                } else {
                    need(self.gating.is_some_and(|g| g.gate == gate && g.at == GateAt::Granted), "a granted gate")?;
                    self.gating = None;
                }
            }
            Event::GlassBroken { gate } => {
                let gating = self.open(gate)?;
                let GateFor::Step(step) = gating.what else { return Err("a gate that guards a step") };
                need(bit(gate) != 0, "a gate that has a review")?;
                self.gating = None;
                self.broken |= bit(gate);
                self.reviews |= bit(gate);
                // Prepared anew: what stood there when votes were asked for may be long ago.
                self.steps[step.ix()].doing = Doing::Idle;
                self.page_again(plan);
            }
            Event::ReviewVoted { gate } => need(self.in_review(plan, gate), "an open review")?,
            Event::Reviewed { gate } => {
                need(self.in_review(plan, gate), "an open review")?;
                if let Some((of, _)) = break_glass::reviewed(plan, gate) {
                    self.reviews &= !bit(of);
                }
            }
            Event::TriggerMeasured { trigger, verdict } => {
                need(trigger.0 == self.measured, "the next trigger")?;
                let report = plan.triggers.get(trigger.ix()).is_none_or(|t| t.signal.is_none());
                if !report {
                    let first = !plan.triggers.iter().take(trigger.ix()).any(|t| t.signal.is_some());
                    self.clear = (first || self.clear) && verdict == Verdict::Fail;
                }
                self.measured += 1;
            }
            Event::FactSilent { fact } => *self.fact(fact)? = ASKED,
            Event::FactAnswered { fact, region, .. } => *self.fact(fact)? = region,
            Event::SeverityProposed { row } => self.proposed = Some(row),
            Event::SeverityConfirmed { row } => {
                need(row.ix() < plan.rows.len().max(1), "a row of the matrix")?;
                if self.confirmed.is_none() {
                    self.clear &= !self.harm_possible(plan);
                    self.facts = Vec::new();
                }
                self.proposed = Some(row);
                self.downgrade = None;
                self.confirmed = Some(row);
            }
            Event::DowngradeAsked { row } => self.downgrade = Some(row),
            Event::QuestionExpired => self.page_again(plan),
            Event::GateReminded { gate } => {
                self.open(gate)?;
                self.page_again(plan);
            }
            Event::CheckJudged { check, verdict } => self.check_judged(plan, check, verdict)?,
            Event::CheckReopened { check } => *self.check(check)? = CheckState::Open,
            Event::CheckDeferred { check } => *self.check(check)? = CheckState::Deferred,
            Event::CheckAttested { check } => {
                self.exceptions = true;
                *self.check(check)? = CheckState::Attested;
            }
            Event::BackToRespond => {
                self.phase = Phase::Respond;
                self.paused = true;
                self.checks.fill(CheckState::Open);
            }
            Event::FixAuthorNamed => self.fix_author = true,
            Event::HoldsLooked { others } => self.holds = if others { Holds::Others } else { Holds::Clear },
            Event::SoakStarted { stage } => {
                need(stage.0 == self.stage, "the stage at hand")?;
                self.soak = Soak::Passing;
                self.soaked = 0;
            }
            Event::SoakEnded { stage } => {
                need(stage.0 == self.stage && self.soak == Soak::Passing, "a soak that passes")?;
                self.soak = Soak::Judging;
                self.end_of_soak(plan);
            }
            Event::Breached { .. } => self.breached(plan),
            Event::BreachAnswered => self.paused = false,
            Event::UndoPrepared { step } => self.undoing(step, &[Undoing::No], Undoing::Ready)?,
            Event::UndoIntended { step } => {
                self.undoing(step, &[Undoing::Ready], Undoing::Intended)?;
                self.holds = Holds::Unread;
            }
            Event::UndoObserved { step, .. } => self.undoing(step, &[Undoing::Intended], Undoing::Observed)?,
            Event::UndoProved { step, verdict } => {
                if verdict == Verdict::Pass {
                    self.undoing(step, &[Undoing::Observed, Undoing::InDoubt, Undoing::ByHand], Undoing::Done)?;
                    self.put_back(step);
                }
            }
            Event::UndoInDoubt { step } => self.undoing(step, &[Undoing::Intended], Undoing::InDoubt)?,
            Event::UndoNeedless { step } => {
                self.undoing(step, &[Undoing::No], Undoing::Done)?;
                self.put_back(step);
            }
            Event::UndoStuck { step } => {
                self.undoing(
                    step,
                    &[Undoing::No, Undoing::Observed, Undoing::InDoubt, Undoing::ByHand],
                    Undoing::Stuck,
                )?;
                self.holds = Holds::Unread;
            }
            Event::UndoByHand { step } => {
                self.exceptions = true;
                self.undoing(step, &[Undoing::Stuck], Undoing::ByHand)?;
            }
            Event::StandDownAsked => {}
            Event::AbandonAsked => self.abandoning = true,
            Event::FollowUpsOpened => self.followed_up = true,
            Event::RecordDegraded => self.degraded = true,
            Event::RecordRestored => self.degraded = false,
            Event::ContinuedBy => self.continued = true,
            Event::RunEnded { end } => self.finish(end)?,
        }
        Ok(())
    }

    fn enter(&mut self, plan: &Plan, phase: Phase) -> Result<(), &'static str> {
        need(self.end.is_none() && phase != Phase::Declare, "a run under way")?;
        match self.phase {
            Phase::Assess => {
                self.uncontained = !self.contained(plan);
                self.exceptions |= self.uncontained;
                for s in &plan.immediate {
                    self.over(*s);
                    if let Some(o) = plan.step(*s).or_else {
                        self.over(o);
                    }
                }
            }
            Phase::Respond => {
                for row in &plan.rows {
                    for s in row.escalate.iter().chain(&row.respond) {
                        if !matches!(self.at(*s).doing, Doing::Idle | Doing::Queued) {
                            self.over(*s);
                        }
                    }
                }
            }
            Phase::Verify => {
                for check in &mut self.checks {
                    if *check == CheckState::Attested {
                        *check = CheckState::Passed;
                    }
                }
            }
            Phase::Declare | Phase::Contain | Phase::Restore | Phase::Close => {}
        }
        if self.safing {
            self.safing = false;
            self.paused = phase == Phase::Respond;
            for s in &plan.safe_all {
                self.steps[s.ix()].doing = Doing::Idle;
            }
        }
        if phase == Phase::Verify {
            self.checks.fill(CheckState::Open);
            self.clear = false;
        }
        self.phase = phase;
        Ok(())
    }

    /// What a phase leaves behind of a step is what it owes.
    fn over(&mut self, step: StepIx) {
        self.steps[step.ix()].doing = Doing::Over;
    }

    fn proved(&mut self, plan: &Plan, step: StepIx, verdict: Verdict) -> Result<(), &'static str> {
        let at = self.at(step);
        need(
            matches!(at.doing, Doing::Observed(_) | Doing::InDoubt | Doing::ByHand),
            "an outcome, a doubt or a deed by hand",
        )?;
        let plain = plan.step(step);
        // Probed and found absent: a step that lowers or looks, and may be repeated, is tried again; it was not blind.
        let again = at.doing == Doing::InDoubt
            && !matches!(verdict, Verdict::Pass | Verdict::Accepted)
            && unstoppable(plain)
            && plain.repeat != Repeat::Never;
        self.steps[step.ix()].doing = if again { Doing::Idle } else { Doing::Settled(verdict) };
        if at.doing == Doing::ByHand && verdict == Verdict::Pass && plain.undo == Undo::Restore {
            self.steps[step.ix()].owes = true;
        }
        if plan.on_silence == Some(step) {
            self.silence = false;
            self.steps[step.ix()].doing = Doing::Idle;
        }
        Ok(())
    }

    fn chose(&mut self, plan: &Plan, step: StepIx, choice: Choice) -> Result<(), &'static str> {
        let at = self.at(step);
        need(
            matches!(at.doing, Doing::Settled(_) | Doing::Queued)
                || plan.step(step).direction == crate::plan::Direction::Raises,
            "a step that did not pass",
        )?;
        let s = &mut self.steps[step.ix()];
        match choice {
            Choice::Retry => s.doing = Doing::Idle,
            Choice::ByHand => s.doing = Doing::ByHand,
            Choice::Attest | Choice::Abandon => {}
            Choice::Skip => {
                s.doing = Doing::Skipped;
                self.exceptions = true;
            }
            Choice::Undo => {
                s.doing = Doing::TakingBack;
                self.exceptions = true;
            }
        }
        Ok(())
    }

    /// What a gate that opens now is for.
    fn purpose(&self, plan: &Plan, gate: GateIx) -> Option<GateFor> {
        if plan.sign_off == Some(gate) {
            return (self.phase == Phase::Restore).then_some(GateFor::SignOff);
        }
        if plan.stand_down == Some(gate) {
            return Some(GateFor::StandDown);
        }
        if plan.downgrade == gate {
            return self.downgrade.map(GateFor::Downgrade);
        }
        let s = plan.steps.iter().position(|s| s.gate == Some(gate))?;
        (self.steps[s].doing == Doing::Ready).then_some(GateFor::Step(StepIx(u16::try_from(s).ok()?)))
    }

    fn open(&self, gate: GateIx) -> Result<Gating, &'static str> {
        self.gating.filter(|g| g.gate == gate && g.at == GateAt::Open).ok_or("an open gate")
    }

    /// The page for what nobody answers is due.
    fn page_again(&mut self, plan: &Plan) {
        if let Some(s) = plan.on_silence {
            self.silence = true;
            self.steps[s.ix()].doing = Doing::Idle;
        }
    }

    fn fallback_missing(&mut self, plan: &Plan, gate: GateIx) -> Result<(), &'static str> {
        let what = self.purpose(plan, gate).ok_or("a gate that something waits for")?;
        if self.gating.is_some_and(|g| g.at == GateAt::Applying) {
            // It was applied and still does not hold: the gate does not open, a person decides.
            self.gating = None;
            match what {
                GateFor::Step(s) => self.steps[s.ix()].doing = Doing::Settled(Verdict::Inconclusive),
                GateFor::SignOff => self.sign_off = SignOff::Refused,
                GateFor::StandDown | GateFor::Downgrade(_) => {}
            }
            return Ok(());
        }
        self.gating = Some(Gating { gate, what, at: GateAt::Applying });
        for s in &plan.stop {
            self.steps[s.ix()].doing = Doing::Idle;
        }
        Ok(())
    }

    fn voided(&mut self, plan: &Plan, gate: GateIx, why: VoidReason) {
        if plan.sign_off == Some(gate) {
            self.sign_off = SignOff::No;
            for stage in &plan.stages {
                let s = &mut self.steps[stage.step.ix()];
                if matches!(s.doing, Doing::Ready | Doing::Settled(Verdict::Inconclusive)) {
                    s.doing = Doing::Idle;
                }
            }
        }
        if let Some(gating) = self.gating.filter(|g| g.gate == gate) {
            self.gating = None;
            if let GateFor::Step(s) = gating.what
                && self.steps[s.ix()].doing == Doing::Ready
                && why != VoidReason::Revised
            {
                self.steps[s.ix()].doing = Doing::Idle;
            }
        }
    }

    fn fact(&mut self, fact: crate::plan::FactIx) -> Result<&mut u8, &'static str> {
        self.facts.get_mut(fact.ix()).ok_or("a fact that is still open")
    }

    fn check(&mut self, check: CheckIx) -> Result<&mut CheckState, &'static str> {
        self.checks.get_mut(check.ix()).ok_or("a check of the plan")
    }

    fn check_judged(&mut self, plan: &Plan, check: CheckIx, verdict: Verdict) -> Result<(), &'static str> {
        if self.soak == Soak::Judging {
            if verdict == Verdict::Pass {
                self.soaked |= 1u64.checked_shl(u32::from(check.0)).unwrap_or(0);
                *self.check(check)? = CheckState::Passed;
                self.end_of_soak(plan);
            }
            return Ok(());
        }
        *self.check(check)? = match verdict {
            Verdict::Pass => CheckState::Passed,
            Verdict::Fail => CheckState::Failed,
            Verdict::Accepted | Verdict::Inconclusive => CheckState::Inconclusive,
        };
        Ok(())
    }

    /// On to the next stage once every signal check passed in this soak.
    fn end_of_soak(&mut self, plan: &Plan) {
        let all = plan.checks.iter().enumerate().all(|(i, c)| c.signal.is_none() || self.soaked & (1 << i) != 0);
        if all {
            self.stage += 1;
            self.soak = Soak::No;
            self.holds = Holds::Unread;
        }
    }

    fn breached(&mut self, plan: &Plan) {
        self.safing = true;
        self.standing_down = false;
        self.exceptions = true;
        self.gating = None;
        self.sign_off = SignOff::No;
        self.stage = 0;
        self.soak = Soak::No;
        self.soaked = 0;
        self.holds = Holds::Unread;
        // A stand-down that is broken off before a severity was confirmed goes back to the questions.
        self.phase = if self.confirmed.is_some() { Phase::Respond } else { Phase::Assess };
        self.checks.fill(CheckState::Open);
        for stage in &plan.stages {
            self.steps[stage.step.ix()].doing = Doing::Idle;
        }
        for s in &plan.safe_all {
            self.steps[s.ix()].doing = Doing::Idle;
        }
        for (step, at) in plan.steps.iter().zip(&mut self.steps) {
            let by_choice = matches!(at.doing, Doing::Skipped | Doing::TakingBack | Doing::Over)
                && super::state::undo_is_no_raise(step);
            if at.undoing != Undoing::No && !by_choice {
                // What was put back is taken again, so it is owed again.
                at.owes = true;
                at.undoing = Undoing::No;
            }
        }
    }

    fn undoing(&mut self, step: StepIx, from: &[Undoing], to: Undoing) -> Result<(), &'static str> {
        let s = &mut self.steps[step.ix()];
        need(from.contains(&s.undoing), "another stage of this undo")?;
        s.undoing = to;
        Ok(())
    }

    fn put_back(&mut self, step: StepIx) {
        let s = &mut self.steps[step.ix()];
        s.owes = false;
        if s.doing == Doing::TakingBack {
            s.doing = Doing::Skipped;
        }
    }

    fn finish(&mut self, end: End) -> Result<(), &'static str> {
        need(self.end.is_none(), "a run that is not over")?;
        self.end = Some(end);
        Ok(())
    }
}
