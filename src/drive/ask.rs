//! Asking the person at the terminal: deadlines, silence, leaving, and the two answers that fit every question.

use super::{Driver, WaitsFor, Why};
use crate::port::{Answer, Question};
use crate::run::command::Command;
use crate::run::deadline::{self, Open};
use crate::run::input::{Deadline, Input};
use crate::run::record::Detail;
use crate::run::state::CheckState;

/// What became of a question.
pub(super) enum Asked {
    /// An answer to it.
    Said(Answer),
    /// It is dealt with: its deadline passed, or the answer was one of those that fit every question.
    Settled,
}

impl Driver<'_> {
    /// Asks. Silence is never an answer: a deadline that passes is fed as such, and where nobody can be asked the run waits.
    pub(super) async fn ask(&mut self, question: Question<'_>, waits: WaitsFor) -> Result<Asked, Why> {
        let deadline = deadline::open(self.plan, self.state.pending(self.plan), &self.ledger);
        if let Some(open) = deadline.filter(|d| d.passed(self.now())) {
            self.expire(open)?;
            return Ok(Asked::Settled);
        }
        self.known_for(self.state.pending(self.plan))?;
        // Not through `call`: a question has no limit of its own, its deadline is the operator's to watch, and nothing is in
        // flight that could be finished: who leaves must not be heard any longer.
        let signals = self.ports.signals.clone();
        let answer = tokio::select! {
            biased;
            answer = self.ports.operator.ask(question, deadline.map(|d| d.at)) => answer,
            () = signals.first() => Answer::Interrupted,
        };
        match answer {
            Answer::Interrupted => match deadline.filter(|d| d.passed(self.now())) {
                Some(open) if !self.ports.signals.raised() => {
                    self.expire(open)?;
                    Ok(Asked::Settled)
                }
                _ => Err(Why::Interrupted),
            },
            Answer::CameIn => Ok(Asked::Settled),
            Answer::Nobody => Err(Why::Waiting(waits)),
            Answer::Abandon(reason) => {
                // What cannot be put back is left stuck, with autonomy low all the same.
                let input = match self.state.pending(self.plan) {
                    Command::ChooseStuck(_) => Input::LeaveStuck,
                    _ => Input::Abandon,
                };
                let detail = Detail { payloads: self.reason(Some(&reason)), ..Detail::default() };
                self.offer(input, detail)?;
                Ok(Asked::Settled)
            }
            Answer::StandDown => {
                let timely = self.timely();
                self.offer(Input::StandDown { timely }, Detail::default())?;
                Ok(Asked::Settled)
            }
            said => Ok(Asked::Said(said)),
        }
    }

    /// Puts on record that a deadline has passed and, where that is told of nothing else, what somebody was waited for.
    pub(super) fn expire(&mut self, open: Open) -> Result<(), Why> {
        let told = matches!(open.of, Deadline::Check(_) | Deadline::Human);
        let waits = self.waits_for(self.state.pending(self.plan)).filter(|_| told);
        let note = waits.map(|w| w.to_string());
        self.feed(Input::Elapsed(open.of), Detail { note, ..Detail::default() })
    }

    /// Whether whoever is waited for stayed away too long: then somebody is paged before the run is left.
    pub(super) fn nobody_came(&mut self, why: &Why) -> Result<bool, Why> {
        let wanted = self.state.pending(self.plan);
        let open = match why {
            Why::Waiting(WaitsFor::Identity | WaitsFor::Entitled { .. } | WaitsFor::Reading { .. }) => {
                Some(deadline::somebody(self.plan, &self.ledger))
            }
            Why::Waiting(_) | Why::Problems => deadline::open(self.plan, wanted, &self.ledger),
            _ => None,
        };
        let Some(open) = open.filter(|d| d.of == Deadline::Human && d.passed(self.now())) else { return Ok(false) };
        let Ok(events) = self.state.decide(self.plan, Input::Elapsed(open.of)) else { return Ok(false) };
        let note = Some(if let Why::Waiting(what) = why { what } else { &WaitsFor::Files }.to_string());
        self.take(events, Detail { note, ..Detail::default() })?;
        Ok(true)
    }

    /// What a human is needed for while the machine wants this; none where none is.
    pub(super) fn waits_for(&self, wanted: Command) -> Option<WaitsFor> {
        let plan = self.plan;
        Some(match wanted {
            Command::AskFact(fact) => WaitsFor::Fact(plan.facts.get(fact.ix())?.id.clone()),
            Command::ConfirmSeverity(row) => WaitsFor::Severity(plan.rows.get(row.ix())?.level.clone()),
            Command::ChooseStep(step) | Command::ChooseQueued(step) => WaitsFor::Step(plan.step(step).id.clone()),
            Command::ChooseCheck(check) if self.state.checks.get(check.ix()) == Some(&CheckState::Inconclusive) => {
                WaitsFor::Vouch(plan.checks.get(check.ix())?.id.clone())
            }
            Command::JudgeCheck(check) | Command::ChooseCheck(check) => {
                WaitsFor::Check(plan.checks.get(check.ix())?.id.clone())
            }
            Command::NameFixAuthor => WaitsFor::FixAuthor,
            Command::ChooseSignOff => WaitsFor::SignOff,
            Command::ChooseAfterBreach => WaitsFor::AfterBreach,
            Command::ChooseStuck(step) => WaitsFor::Stuck(plan.step(step).id.clone()),
            Command::AwaitVotes(gate) => self.waits_for_votes(gate),
            Command::AwaitHolds => WaitsFor::OtherRuns(Vec::new()),
            Command::HaltForProblems => WaitsFor::Files,
            Command::HaltForRecord => WaitsFor::Record,
            Command::Hold => WaitsFor::Onward,
            _ => return None,
        })
    }
}
