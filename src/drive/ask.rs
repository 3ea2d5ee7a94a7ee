//! Asking the person at the terminal: deadlines, silence, leaving, and the two answers that fit every question.

use super::{Driver, WaitsFor, Why};
use crate::port::{Answer, Question};
use crate::run::command::Command;
use crate::run::deadline::Open;
use crate::run::input::Input;
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
    pub(super) async fn ask(
        &mut self,
        question: Question<'_>,
        deadline: Option<Open>,
        waits: WaitsFor,
    ) -> Result<Asked, Why> {
        if let Some(open) = deadline.filter(|d| d.passed(self.now())) {
            return self.elapsed(open);
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
                Some(open) if !self.ports.signals.raised() => self.elapsed(open),
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

    fn elapsed(&mut self, open: Open) -> Result<Asked, Why> {
        self.feed(Input::Elapsed(open.of), Detail::default())?;
        Ok(Asked::Settled)
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
            Command::HaltForRecord => WaitsFor::Record,
            Command::Hold => WaitsFor::Onward,
            _ => return None,
        })
    }
}
