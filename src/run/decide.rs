//! What an input means in a state: the events that follow, or a refusal that names both.
//!
//! Owns every rule about what is allowed. Must not change state; events do that when they are applied.

use std::fmt;

use super::command::Command;
use super::deadline;
use super::event::{BreachReason, Choice, End, Event, Outcome, Phase, Source, Verdict, VoidReason};
use super::input::{Deadline, Input, Tally, UndoReading};
use super::pending::{Move, Next};
use super::state::{Doing, GateAt, GateFor, SignOff, Soak, State, Undoing, bit, unstoppable};
use crate::plan::{CheckIx, Plan, Repeat, RowIx, StepIx, break_glass};

/// An input that is not allowed here.
#[must_use = "a refused input changed nothing; somebody has to be told"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What arrived.
    pub input: Input,
    /// What the run is waiting for instead.
    pub pending: Command,
    /// Why, in words.
    pub because: &'static str,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (arrived: {:?}; the run waits for: {:?})", self.because, self.input, self.pending)
    }
}

impl std::error::Error for Refused {}

fn want(pending: Command, command: Command) -> Result<(), &'static str> {
    if pending == command { Ok(()) } else { Err("this is not what the run is waiting for") }
}

impl State {
    /// What an input means here.
    ///
    /// # Errors
    /// [`Refused`] when it is not allowed; nothing has changed then.
    pub fn decide(&self, plan: &Plan, input: Input) -> Result<Vec<Event>, Refused> {
        self.decide_at(plan, self.pending(plan), input)
    }

    /// The same where it is known what the run waits for, which has to be what [`State::pending`] says: the explorer asks
    /// this of one state many times over.
    ///
    /// # Errors
    /// As [`State::decide`].
    pub(crate) fn decide_at(&self, plan: &Plan, pending: Command, input: Input) -> Result<Vec<Event>, Refused> {
        self.judge(plan, pending, input).map_err(|because| Refused { input, pending, because })
    }

    /// What people are heard on: also while they are paged.
    fn asked(&self, plan: &Plan, pending: Command) -> Command {
        if self.silence { self.answerable(plan) } else { pending }
    }

    fn asks(&self, plan: &Plan, pending: Command, command: Command) -> Result<(), &'static str> {
        want(self.asked(plan, pending), command)
    }

    fn judge(&self, plan: &Plan, pending: Command, input: Input) -> Result<Vec<Event>, &'static str> {
        let afterwards = matches!(
            input,
            Input::Noted
                | Input::RecordRestored
                | Input::RecordLost
                | Input::ReviewVoted { .. }
                | Input::VoteRefused(_)
        );
        if self.end.is_some() && !afterwards {
            return Err("the run is over");
        }
        match input {
            Input::Begin if !self.started => Ok(vec![Event::RunStarted, Event::LeaseTaken { over: false }]),
            Input::Begin => Err("the run has started already"),
            _ if !self.started => Err("the run has not started"),
            Input::Carry(step) if self.phase == Phase::Declare => Ok(vec![Event::StepCarried { step }]),
            Input::Carry(_) => Err("steps are carried over before containment begins"),
            Input::Advance => match self.next(plan) {
                Next::Take(mv) => Ok(self.moved(plan, mv)),
                Next::Want(_) => Err("the run needs something from outside first"),
            },
            Input::Prepared(s) => {
                want(pending, Command::Prepare(s))?;
                Ok(vec![Event::StepPrepared { step: s }])
            }
            Input::Unprepared(s) => {
                want(pending, Command::Prepare(s))?;
                Ok(vec![Event::StepUnprepared { step: s }])
            }
            Input::Reread { step, same } => {
                want(pending, Command::Reread(step))?;
                Ok(self.reread(plan, step, same))
            }
            Input::Observed { step, outcome } => {
                want(pending, Command::Perform(step))?;
                Ok(vec![Event::StepObserved { step, outcome }])
            }
            Input::Proved { step, verdict } => {
                want(pending, Command::Probe(step))?;
                Ok(vec![Event::StepProved { step, verdict }])
            }
            Input::Chosen { step, choice } => self.chosen(plan, pending, step, choice),
            Input::FallbackRead { gate, holds } => {
                want(pending, Command::ProveFallback(gate))?;
                Ok(match (holds, self.moved_by_fallback(plan)) {
                    (false, _) => vec![Event::FallbackMissing { gate }],
                    (true, false) => vec![Event::FallbackHeld { gate }, Event::GateOpened { gate }],
                    // What would be shown was read before the fallback moved it.
                    (true, true) => {
                        vec![Event::FallbackHeld { gate }, Event::GateVoided { gate, why: VoidReason::FallbackApplied }]
                    }
                })
            }
            Input::Tallied { gate, tally } => {
                want(pending, Command::AwaitVotes(gate))?;
                let counted = Event::VoteCounted { gate };
                Ok(match (tally, self.gating.map(|g| g.what)) {
                    (Tally::Missing, _) => vec![counted],
                    (Tally::Denied, _) => vec![counted, Event::GateDenied { gate }],
                    (Tally::Granted, Some(GateFor::Downgrade(row))) => {
                        vec![counted, Event::GateGranted { gate }, Event::SeverityConfirmed { row }]
                    }
                    (Tally::Granted, _) => vec![counted, Event::GateGranted { gate }],
                })
            }
            Input::VoteRefused(gate) => Ok(vec![Event::VoteRefused { gate }]),
            Input::Amended(gate) => {
                want(pending, Command::AwaitVotes(gate))?;
                match self.gating.map(|g| g.what) {
                    Some(GateFor::Step(_)) => Ok(vec![Event::GateVoided { gate, why: VoidReason::Amended }]),
                    _ => Err("only the text of a gated act can be amended"),
                }
            }
            Input::BreakGlass(gate) => {
                break_glass::allowed(plan, gate)?;
                if bit(gate) == 0 {
                    return Err("this plan has more gates than can be reviewed");
                }
                match self.gating {
                    Some(g) if g.gate == gate && g.at == GateAt::Open => Ok(vec![Event::GlassBroken { gate }]),
                    _ => Err("this gate does not hold anything up now"),
                }
            }
            Input::ReviewVoted { gate, complete } => {
                if !self.in_review(plan, gate) {
                    return Err("this review is not open");
                }
                let voted = Event::ReviewVoted { gate };
                Ok(if complete { vec![voted, Event::Reviewed { gate }] } else { vec![voted] })
            }
            Input::SignOffAgain => {
                self.asks(plan, pending, Command::ChooseSignOff)?;
                match plan.sign_off {
                    Some(gate) => Ok(vec![Event::GateVoided { gate, why: VoidReason::PriorChanged }]),
                    None => Err("this runbook has no sign-off, so nothing may be raised"),
                }
            }
            Input::Triggered { trigger, verdict } => {
                want(pending, Command::MeasureTrigger(trigger))?;
                Ok(vec![Event::TriggerMeasured { trigger, verdict }])
            }
            Input::Silent(fact) => {
                want(pending, Command::MeasureFact(fact))?;
                Ok(if plan.facts[fact.ix()].ask.is_some() {
                    vec![Event::FactSilent { fact }]
                } else {
                    vec![Event::FactAnswered { fact, region: u8::MAX, source: Source::Signal }]
                })
            }
            Input::Answered { fact, region, by_signal } => self.answered(plan, fact, region, by_signal),
            Input::Confirmed(row) => {
                let Some(proposed) = self.proposed else { return Err("no severity is proposed yet") };
                self.asks(plan, pending, Command::ConfirmSeverity(proposed))?;
                if row > proposed {
                    return Err("a severity lower than the proposed one needs a second person");
                }
                Ok(vec![Event::SeverityConfirmed { row }])
            }
            Input::Revised(row) => self.revised(plan, row),
            Input::Downgrade(row) => match self.confirmed {
                Some(confirmed) if row > confirmed && row.ix() < plan.rows.len() => {
                    if self.phase != Phase::Respond
                        || self.gating.is_some()
                        || self.paused
                        || self.safing
                        || self.standing_down
                    {
                        Err("a lower severity can be asked for while responding, when no other gate is open")
                    } else if self.response_started(plan) {
                        Err("a response of this severity has started; what is left can be denied or skipped")
                    } else {
                        let gate = plan.downgrade;
                        Ok(vec![Event::DowngradeAsked { row }, Event::GateOpened { gate }])
                    }
                }
                _ => Err("this is not a lower severity than the confirmed one"),
            },
            Input::Judged { check, verdict, no_data } => {
                want(pending, Command::JudgeCheck(check))?;
                Ok(self.judged(plan, check, verdict, no_data))
            }
            Input::CheckAgain(check) => {
                self.asks(plan, pending, Command::ChooseCheck(check))?;
                Ok(vec![Event::CheckReopened { check }])
            }
            Input::CheckAttested(check) => {
                self.asks(plan, pending, Command::ChooseCheck(check))?;
                if self.checks[check.ix()] == super::state::CheckState::Inconclusive {
                    Ok(vec![Event::CheckAttested { check }])
                } else {
                    Err("a check that failed can't be attested; only an inconclusive one can")
                }
            }
            Input::BackToRespond => match self.asked(plan, pending) {
                Command::ChooseCheck(_) => Ok(vec![Event::BackToRespond]),
                _ => Err("there is no failed check to go back from"),
            },
            Input::FixAuthorNamed { attested } => {
                self.asks(plan, pending, Command::NameFixAuthor)?;
                let mut events = vec![Event::FixAuthorNamed];
                if attested {
                    // Nobody vouches for their own fix: the checks are judged anew.
                    events.push(Event::PhaseEntered { phase: Phase::Verify });
                }
                Ok(events)
            }
            Input::HoldsRead { others } => {
                if !matches!(pending, Command::Soak(_) | Command::LookForHolds | Command::AwaitHolds) {
                    return Err("this is not what the run is waiting for");
                }
                let mut events = vec![Event::HoldsLooked { others }];
                if others && self.raised(plan) {
                    events.push(Event::Breached { why: BreachReason::OtherRun });
                }
                Ok(events)
            }
            Input::Elapsed(deadline) => self.elapsed(plan, pending, deadline),
            Input::StopAgain => {
                if self.phase == Phase::Restore && !self.safing {
                    Ok(vec![Event::Breached { why: BreachReason::Operator }])
                } else {
                    Err("autonomy is not being restored")
                }
            }
            Input::BreachAnswered => {
                self.asks(plan, pending, Command::ChooseAfterBreach)?;
                Ok(vec![Event::BreachAnswered])
            }
            Input::UndoRead { step, reading } => {
                want(pending, Command::PrepareUndo(step))?;
                Ok(vec![match reading {
                    UndoReading::Ours => Event::UndoPrepared { step },
                    UndoReading::AlreadyBack => Event::UndoNeedless { step },
                    UndoReading::Differs => Event::UndoStuck { step },
                    // Under a half-done return that means back to safe; before the first raise only the votes fall.
                    UndoReading::Unapproved => match plan.sign_off.filter(|_| !self.standing_down) {
                        Some(gate) if self.phase == Phase::Restore && !self.raised(plan) => {
                            Event::GateVoided { gate, why: VoidReason::PriorChanged }
                        }
                        _ if self.phase == Phase::Restore || self.standing_down => {
                            Event::Breached { why: BreachReason::Changed }
                        }
                        _ => return Err("this needs no approval to be put back"),
                    },
                }])
            }
            Input::UndoObserved { step, outcome } => {
                want(pending, Command::PerformUndo(step))?;
                Ok(vec![Event::UndoObserved { step, outcome }])
            }
            Input::UndoProved { step, verdict } => {
                want(pending, Command::ProbeUndo(step))?;
                let mut events = vec![Event::UndoProved { step, verdict }];
                if verdict != Verdict::Pass {
                    events.push(Event::UndoStuck { step });
                }
                Ok(events)
            }
            Input::UndoByHand(step) => {
                self.asks(plan, pending, Command::ChooseStuck(step))?;
                Ok(vec![Event::UndoByHand { step }])
            }
            Input::LeaveStuck => match self.asked(plan, pending) {
                Command::ChooseStuck(_) => Ok(vec![Event::RunEnded { end: End::Stuck }]),
                _ => Err("nothing is stuck"),
            },
            Input::StandDown { timely } => self.stand_down(plan, timely),
            Input::Abandon => self.abandon(plan),
            Input::RecordLost => Ok(if self.degraded { vec![] } else { vec![Event::RecordDegraded] }),
            Input::RecordRestored => Ok(if self.degraded { vec![Event::RecordRestored] } else { vec![] }),
            Input::Restarted { over } => Ok(self.restarted(plan, over)),
            Input::Interrupted => Ok(vec![Event::Interrupted]),
            Input::Noted => Ok(vec![Event::Noted]),
            Input::Recorded if self.phase == Phase::Declare => Ok(vec![Event::RunEnded { end: End::Recorded }]),
            Input::Recorded => Err("only what was done without the program is entered afterwards"),
            Input::ContinuedBy => {
                if matches!(self.phase, Phase::Declare | Phase::Contain) {
                    return Err("a run is continued once every immediate action was tried");
                }
                if self.raised(plan) {
                    return Err("autonomy is being restored; stop it first");
                }
                Ok(vec![Event::ContinuedBy, Event::RunEnded { end: End::Abandoned }])
            }
        }
    }

    fn moved(&self, plan: &Plan, mv: Move) -> Vec<Event> {
        match mv {
            Move::Enter(phase) => vec![Event::PhaseEntered { phase }],
            Move::Intend(step) => vec![Event::StepIntended { step }],
            Move::Open(gate) => vec![Event::GateOpened { gate }],
            Move::Propose(row) => vec![Event::SeverityProposed { row }],
            Move::Breach(why) => vec![Event::Breached { why }],
            Move::StartSoak(stage) => vec![Event::SoakStarted { stage }],
            Move::UndoIntend(step) => self.with_consumption(plan, Event::UndoIntended { step }),
            Move::FollowUps => vec![Event::FollowUpsOpened],
            Move::End(end) => vec![Event::RunEnded { end }],
        }
    }

    /// The first raise uses the sign-off up.
    fn with_consumption(&self, plan: &Plan, event: Event) -> Vec<Event> {
        match (self.sign_off, plan.sign_off) {
            (SignOff::Granted, Some(gate)) if !self.standing_down => vec![Event::GateConsumed { gate }, event],
            _ => vec![event],
        }
    }

    fn reread(&self, plan: &Plan, step: StepIx, same: bool) -> Vec<Event> {
        let intended = Event::StepIntended { step };
        match (plan.step(step).gate, same) {
            (Some(gate), true) => vec![Event::GateConsumed { gate }, intended],
            (Some(gate), false) => vec![Event::GateVoided { gate, why: VoidReason::PriorChanged }],
            (None, true) => self.with_consumption(plan, intended),
            // What this run itself leaves is what a stage was prepared for, so somebody else moved it. Under a half-done
            // restoration that means back to safe; before the first raise only the votes fall.
            (None, false) => match plan.sign_off {
                Some(gate) if !self.raised(plan) => vec![Event::GateVoided { gate, why: VoidReason::PriorChanged }],
                _ => vec![Event::Breached { why: BreachReason::Changed }],
            },
        }
    }

    /// Whether applying a gate's fallback moved what the gated act, or a stage of the return, is about.
    fn moved_by_fallback(&self, plan: &Plan) -> bool {
        let Some(gating) = self.gating.filter(|g| g.at == GateAt::Applying) else { return false };
        let moved = |waits: StepIx| {
            let waits = plan.step(waits);
            plan.stop.iter().any(|s| self.at(*s).doing != Doing::Idle && plan.step(*s).moves_what(waits))
        };
        match gating.what {
            GateFor::Step(s) => moved(s),
            GateFor::SignOff => plan.stages.iter().any(|stage| moved(stage.step)),
            GateFor::StandDown | GateFor::Downgrade(_) => false,
        }
    }

    fn chosen(&self, plan: &Plan, pending: Command, step: StepIx, choice: Choice) -> Result<Vec<Event>, &'static str> {
        let asked = self.asked(plan, pending);
        if asked != Command::ChooseStep(step) && asked != Command::ChooseQueued(step) {
            return Err("this is not what the run is waiting for");
        }
        if !self.offers(plan, step).contains(&choice) {
            return Err("this is not on offer here");
        }
        let mut events = vec![Event::StepChosen { step, choice }];
        match choice {
            Choice::Attest => events.push(Event::StepAttested { step }),
            Choice::Abandon => events.extend(self.abandon(plan)?),
            Choice::Retry | Choice::ByHand | Choice::Skip | Choice::Undo => {}
        }
        Ok(events)
    }

    fn answered(
        &self,
        plan: &Plan,
        fact: crate::plan::FactIx,
        region: u8,
        by_signal: bool,
    ) -> Result<Vec<Event>, &'static str> {
        if self.phase != Phase::Assess || self.confirmed.is_some() || fact.ix() >= self.facts.len() {
            return Err("facts are answered before the severity is confirmed; afterwards the severity is revised");
        }
        if region != u8::MAX && usize::from(region) >= plan.facts[fact.ix()].regions.len() {
            return Err("no such region");
        }
        let source = if by_signal { Source::Signal } else { Source::Person };
        let mut events = vec![Event::FactAnswered { fact, region, source }];
        if self.proposed.is_some() {
            let mut after = self.facts.clone();
            after[fact.ix()] = region;
            events.push(Event::SeverityProposed { row: crate::plan::matrix::propose(plan, &after) });
        }
        Ok(events)
    }

    fn revised(&self, plan: &Plan, row: RowIx) -> Result<Vec<Event>, &'static str> {
        let Some(confirmed) = self.confirmed else { return Err("no severity is confirmed yet") };
        if row >= confirmed {
            return Err("only a graver severity takes effect at once; a lower one needs a second person");
        }
        if matches!(self.phase, Phase::Close) || self.safing || self.abandoning {
            return Err("the run is past the point where its severity matters; start another run");
        }
        let mut events = Vec::new();
        if let Some(gating) = self.gating {
            events.push(Event::GateVoided { gate: gating.gate, why: VoidReason::Revised });
        }
        events.push(Event::SeverityConfirmed { row });
        if self.raised(plan) {
            events.push(Event::Breached { why: BreachReason::Operator });
        } else if self.phase != Phase::Respond {
            events.push(Event::PhaseEntered { phase: Phase::Respond });
        }
        Ok(events)
    }

    fn judged(&self, plan: &Plan, check: CheckIx, verdict: Verdict, no_data: bool) -> Vec<Event> {
        let judged = Event::CheckJudged { check, verdict };
        if self.soak == Soak::Judging {
            return if verdict == Verdict::Pass {
                vec![judged]
            } else {
                vec![judged, Event::Breached { why: BreachReason::Check }]
            };
        }
        let soaks = plan.stages.iter().any(|s| s.soak.0 > 0);
        if no_data && soaks && plan.checks[check.ix()].signal.is_some() {
            vec![Event::CheckDeferred { check }]
        } else {
            vec![judged]
        }
    }

    fn elapsed(&self, plan: &Plan, pending: Command, deadline: Deadline) -> Result<Vec<Event>, &'static str> {
        match deadline {
            Deadline::Fact(fact) => {
                want(pending, Command::AskFact(fact))?;
                Ok(vec![Event::QuestionExpired, Event::FactAnswered { fact, region: u8::MAX, source: Source::Silence }])
            }
            Deadline::Severity => match pending {
                Command::ConfirmSeverity(_) => Ok(vec![Event::QuestionExpired]),
                _ => Err("no severity is waiting to be confirmed"),
            },
            Deadline::Check(check) => {
                want(pending, Command::JudgeCheck(check))?;
                if plan.checks.get(check.ix()).is_none_or(|c| c.signal.is_some()) {
                    return Err("this check is measured, and nobody is asked");
                }
                Ok(vec![Event::QuestionExpired, Event::CheckJudged { check, verdict: Verdict::Inconclusive }])
            }
            Deadline::Human => {
                if matches!(self.phase, Phase::Declare | Phase::Contain) {
                    return Err("nobody is waited for before every immediate action was tried");
                }
                if self.silence {
                    return Err("somebody is being paged already");
                }
                // Also where somebody has to say who they are, or has to make it possible to read something again: what comes
                // next is not taken without that.
                let stands = matches!(
                    pending,
                    Command::Advance | Command::Prepare(_) | Command::Reread(_) | Command::ProveFallback(_)
                );
                if stands || deadline::of(plan, pending) == Some(Deadline::Human) {
                    Ok(vec![Event::QuestionExpired])
                } else {
                    Err("no person is waited for")
                }
            }
            Deadline::Gate(gate) => match self.gating {
                Some(g) if g.gate == gate && g.at == GateAt::Open => Ok(vec![Event::GateExpired { gate }]),
                _ => Err("this gate is not open"),
            },
            Deadline::Reminder(gate) => {
                want(pending, Command::AwaitVotes(gate))?;
                Ok(vec![Event::GateReminded { gate }])
            }
            Deadline::Soak(stage) => {
                want(pending, Command::Soak(stage))?;
                Ok(vec![Event::SoakEnded { stage }])
            }
        }
    }

    fn stand_down(&self, plan: &Plan, timely: bool) -> Result<Vec<Event>, &'static str> {
        let Some(gate) = plan.stand_down else { return Err("a run of this class is never stood down") };
        if !timely {
            return Err("more than 60 minutes have passed; go through the checks instead");
        }
        if !matches!(self.phase, Phase::Assess | Phase::Respond) || self.paused || self.safing {
            return Err("standing down is possible while assessing, before any response has started");
        }
        if self.gating.is_some() || self.standing_down {
            return Err("another gate is open");
        }
        // A mere stop has no trigger that could be measured; its gate asks for more people instead.
        if !plan.only_contains() && (!self.clear || usize::from(self.measured) < plan.triggers.len()) {
            return Err("the triggers were not all measured clear, or harm is not ruled out");
        }
        if self.confirmed.is_none() && self.harm_possible(plan) {
            return Err("harm is not ruled out");
        }
        if plan.rows.len() > 1 && (self.confirmed.or(self.proposed) == Some(RowIx(0))) {
            return Err("the gravest severity is never stood down");
        }
        if self.response_started(plan) {
            return Err("a response has started");
        }
        if self.steps.iter().any(|s| matches!(s.doing, Doing::Intended | Doing::Observed(_) | Doing::InDoubt)) {
            return Err("a step is under way");
        }
        Ok(vec![Event::StandDownAsked, Event::GateOpened { gate }])
    }

    fn abandon(&self, plan: &Plan) -> Result<Vec<Event>, &'static str> {
        if matches!(self.phase, Phase::Declare | Phase::Contain) {
            return Err("every immediate action is tried before a run can be abandoned");
        }
        if self.phase == Phase::Close {
            return Err("autonomy is back; empty the queue and close instead");
        }
        let mut events = vec![Event::AbandonAsked];
        if self.raised(plan) && !self.safing {
            events.push(Event::Breached { why: BreachReason::Operator });
        } else if !self.safing {
            events.push(Event::RunEnded { end: End::Abandoned });
        }
        Ok(events)
    }

    fn restarted(&self, plan: &Plan, over: bool) -> Vec<Event> {
        let mut events = vec![Event::Restarted, Event::LeaseTaken { over }];
        for (i, at) in self.steps.iter().enumerate() {
            let step = StepIx(u16::try_from(i).unwrap_or(u16::MAX));
            // An answer that an earlier process lost is as good as none; and what may be repeated is rather repeated than
            // waited for, since not every proof outlives the process that had it.
            let repeatable = plan.steps.get(i).is_some_and(|s| unstoppable(s) && s.repeat != Repeat::Never);
            let open = match at.doing {
                Doing::Intended | Doing::Observed(Outcome::Unknown) => true,
                Doing::Observed(_) => repeatable,
                _ => false,
            };
            if open {
                events.push(Event::StepInDoubt { step });
            }
            if at.undoing == Undoing::Intended {
                events.push(Event::UndoInDoubt { step });
            }
        }
        if over {
            let signed =
                matches!(self.sign_off, SignOff::Granted | SignOff::Consumed).then_some(plan.sign_off).flatten();
            if let Some(gate) = self.gating.map(|g| g.gate).or(signed) {
                events.push(Event::GateVoided { gate, why: VoidReason::TakenOver });
            }
            if self.raised(plan) && !self.safing && self.phase == Phase::Restore {
                events.push(Event::Breached { why: BreachReason::Operator });
            }
        }
        events
    }
}
