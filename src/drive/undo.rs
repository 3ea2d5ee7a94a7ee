//! A step on its way back: read first, write only what our step left, read back.

use super::ask::Asked;
use super::step::excerpt;
use super::{Driver, WaitsFor, Why};
use crate::plan::StepIx;
use crate::port::{Answer, Prepared, Question};
use crate::run::event::{Choice, Phase};
use crate::run::input::{Input, UndoReading};
use crate::run::record::{Detail, PreparedAct};
use crate::run::state::Undoing;
use crate::text::time::Millis;

/// The longest wait for one target's state.
const READ: Millis = Millis(30_000);

impl Driver<'_> {
    /// Reads whether the state is what this run left there. If it is neither that nor the prior state, nothing is written.
    pub(super) async fn prepare_undo(&mut self, ix: StepIx) -> Result<(), Why> {
        let from = self.now();
        let step = self.plan.step(ix);
        // Whatever is put back on the way up rests on a sign-off, or on the vote that it was a false alarm.
        let up = self.state.standing_down || self.state.phase == Phase::Restore;
        if let Some(says) = self.return_fell().filter(|_| up) {
            return self.undo_read(ix, UndoReading::Unapproved, says);
        }
        let owed = self.ledger.step(ix).owed.clone().unwrap_or_default();
        let known = owed.len() == step.targets.len() && !owed.is_empty() && owed.iter().all(|v| !v.is_null());
        if !known {
            return self.undo_read(ix, UndoReading::Differs, "what stood there before was never captured".to_owned());
        }
        let dispatch = self.backward(ix, owed.clone());
        self.begins(&format!("read before undoing {}", step.id), READ);
        let found = self.prepare_targets(&dispatch, READ).await;
        self.ends();
        let found = match found? {
            Ok(found) => found,
            Err(fault) => return self.undo_read(ix, UndoReading::Differs, format!("it can't be read: {}", fault.says)),
        };
        if found.iter().zip(&owed).all(|(now, owed)| now.prior == *owed) {
            return self.undo_read(ix, UndoReading::AlreadyBack, "prior state already holds".to_owned());
        }
        let theirs = |(now, owed, target): &(&Prepared, &serde_json::Value, &crate::plan::Target)| {
            now.prior != **owed && !self.ledger.is_ours(target, &now.prior)
        };
        let each = found.iter().zip(&owed).zip(&step.targets).map(|((n, o), t)| (n, o, t));
        if let Some((now, _, target)) = each.clone().find(theirs) {
            let says = format!("{}: somebody changed it to {} since", target.label, excerpt(&now.prior));
            return self.undo_read(ix, UndoReading::Differs, says);
        }
        let act = self.act_of(ix, &dispatch, &found).map_err(|e| Why::Broken(e.to_string()))?;
        let detail = Detail { act: Some(act), took: Some(self.now().since(from)), ..Detail::default() };
        self.feed(Input::UndoRead { step: ix, reading: UndoReading::Ours }, detail)
    }

    fn undo_read(&mut self, ix: StepIx, reading: UndoReading, note: String) -> Result<(), Why> {
        self.feed(Input::UndoRead { step: ix, reading }, Detail { note: Some(note), ..Detail::default() })
    }

    fn undo_act(&self, ix: StepIx) -> Option<&PreparedAct> {
        self.ledger.step(ix).undo.as_ref()
    }

    pub(super) async fn perform_undo(&mut self, ix: StepIx) -> Result<(), Why> {
        let from = self.now();
        let owed = self.ledger.step(ix).owed.clone().unwrap_or_default();
        let mut dispatch = self.with_act(self.backward(ix, owed.clone()), ix, self.undo_act(ix));
        // What is back already is not written again.
        let found = self.undo_act(ix).map(|a| a.prior.clone()).unwrap_or_default();
        dispatch.skip(found.iter().zip(&owed).map(|(now, owed)| now == owed).collect());
        let limit = self.plan.step(ix).within;
        self.begins(&format!("undo {}", self.plan.step(ix).id), limit);
        let (came, left) = self.perform_targets(&dispatch, limit).await;
        self.ends();
        let (outcome, detail) = came.detail(self.now().since(from));
        self.feed(Input::UndoObserved { step: ix, outcome }, detail)?;
        if left { Err(Why::Interrupted) } else { Ok(()) }
    }

    pub(super) async fn probe_undo(&mut self, ix: StepIx) -> Result<(), Why> {
        let from = self.now();
        let step = self.plan.step(ix);
        let entry = self.ledger.step(ix);
        let began = match self.state.at(ix).undoing {
            Undoing::Observed => entry.undo_intended_at.unwrap_or(self.since).max(self.since),
            _ => self.ledger.asked_since.max(self.since),
        };
        let until = began.plus(step.within);
        let dispatch = self.with_act(self.backward(ix, entry.owed.clone().unwrap_or_default()), ix, self.undo_act(ix));
        self.begins(&format!("read {} back", step.id), self.left(until));
        let came = self.read_back(&dispatch, until, false).await;
        self.ends();
        let came = came?;
        let note = Some(came.lines()).filter(|l| !l.is_empty());
        let (verdict, detail) = came.detail(self.now().since(from));
        self.feed(Input::UndoProved { step: ix, verdict }, Detail { note, ..detail })
    }

    pub(super) async fn choose_stuck(&mut self, ix: StepIx) -> Result<(), Why> {
        let waits = WaitsFor::Stuck(self.plan.step(ix).id.clone());
        match self.ask(Question::Stuck { plan: self.plan, step: ix }, waits).await? {
            Asked::Settled => Ok(()),
            Asked::Said(Answer::Yes | Answer::Choice(Choice::ByHand, _)) => {
                self.offer(Input::UndoByHand(ix), Detail::default())
            }
            Asked::Said(Answer::Choice(Choice::Abandon | Choice::Skip, reason)) => {
                let detail = Detail { payloads: self.reason(reason.as_deref()), ..Detail::default() };
                self.offer(Input::LeaveStuck, detail)
            }
            Asked::Said(_) => self.not_so("put it back by hand, or end the run stuck"),
        }
    }
}
