//! A step on its way out: prepare, read again, perform, probe, and what a person chooses when it did not pass.

use super::ask::Asked;
use super::dispatch::Came;
use super::{Driver, WaitsFor, Why};
use crate::approval::Tally;
use crate::model::catalog::Proof;
use crate::plan::{Act, Repeat, Step, StepIx, StepRole};
use crate::port::{Answer, Durability, Fault, Question};
use crate::run::event::{Choice, Outcome, Verdict};
use crate::run::input::Input;
use crate::run::ledger::{Ledger, OpenGate};
use crate::run::record::{ALREADY_SO, Detail, Seen};
use crate::run::state::{Doing, unstoppable};
use crate::text::safe;
use crate::text::time::{Instant, Millis};

/// The longest wait for prior state of a step that must not be held up; beyond it the step goes on without.
const CAPTURE: Millis = Millis(5_000);
/// The longest wait for prior state of any other.
const PREPARE: Millis = Millis(30_000);
/// The least time that a call is given.
const LEAST: Millis = Millis(1_000);

impl<'a> Driver<'a> {
    pub(super) async fn prepare(&mut self, ix: StepIx) -> Result<(), Why> {
        let from = self.now();
        let step = self.plan.step(ix);
        self.begins(&format!("prepare {}", step.id), capture_limit(step));
        let prepared = match self.to_prepare(ix) {
            Ok(dispatch) => match self.prepare_targets(&dispatch, capture_limit(step)).await {
                Ok(Ok(prepared)) => self.act_of(ix, &dispatch, &prepared).map_err(|e| e.to_string()),
                Ok(Err(fault)) => Err(fault.says),
                Err(why) => {
                    self.ends();
                    return Err(why);
                }
            },
            Err(says) => Err(says),
        };
        self.ends();
        let took = Some(self.now().since(from));
        match prepared {
            Ok(act) => self.feed(Input::Prepared(ix), Detail { act: Some(act), took, ..Detail::default() }),
            Err(note) => self.feed(Input::Unprepared(ix), Detail { note: Some(note), took, ..Detail::default() }),
        }
    }

    /// Reads prior state once more and counts the grant once more, immediately before a gated act. Before the first stage of
    /// a return every stage is read: the sign-off covers them all, and a difference found later would cost a way back.
    pub(super) async fn reread(&mut self, ix: StepIx) -> Result<(), Why> {
        let all = self.plan.stages.iter().map(|stage| stage.step);
        let first = self.plan.step(ix).role == StepRole::Stage && !self.state.raised(self.plan);
        let mut changed = None;
        for step in if first { all.collect() } else { vec![ix] } {
            changed = match self.moved(step, step == ix).await? {
                Ok(changed) => changed,
                Err(fault) if fault.before_sending && self.keeps_until(ix).is_some() => {
                    return Err(self.waits_to_read(ix, step, fault.says));
                }
                Err(fault) => Some(fault.says),
            };
            if changed.is_some() {
                break;
            }
        }
        let changed = changed.or_else(|| self.grant_fell(ix));
        let same = changed.is_none();
        self.feed(Input::Reread { step: ix, same }, Detail { note: changed, ..Detail::default() })
    }

    /// What stands there now that is not what a step was prepared for; none when all is as it was shown. What this run
    /// itself leaves is what a stage was prepared for, so any difference is somebody else's. A stage whose turn has not come
    /// is not held against what an earlier one has yet to leave.
    async fn moved(&mut self, ix: StepIx, its_turn: bool) -> Result<Result<Option<String>, Fault>, Why> {
        let step = self.plan.step(ix);
        self.begins(&format!("read {} again", step.id), capture_limit(step));
        let found = match self.outward(ix) {
            Ok(dispatch) => self.prepare_targets(&dispatch, capture_limit(step)).await,
            Err(says) => Ok(Err(Fault { says, help: None, before_sending: false })),
        };
        self.ends();
        Ok(match (found?, &self.ledger.step(ix).act) {
            (Err(fault), _) => Err(fault),
            (_, None) => Ok(Some("nothing was prepared".to_owned())),
            (Ok(now), Some(act)) => Ok(now
                .iter()
                .zip(&act.prior)
                .zip(&step.targets)
                .filter(|(_, target)| its_turn || self.plan.stage_before(ix, target).is_none())
                .find(|((now, prior), _)| now.prior != **prior)
                .map(|((now, prior), target)| {
                    let (was, is) = (excerpt(prior), excerpt(&now.prior));
                    let shown = if self.plan.stage_before(ix, target).is_some() { "was to be" } else { "was" };
                    // Somebody did by hand what this act would have done, and nobody voted on that.
                    let as_it = if now.prior == now.leaves { ", as this act would leave it" } else { "" };
                    format!("{}: it {shown} {was} when it was shown and is {is} now{as_it}", target.label)
                })),
        })
    }

    /// Until when a grant that nothing was done on yet waits for what can't be read: the votes were for this act, and it is
    /// the same. None where it lapsed, or where something was raised on it already.
    fn keeps_until(&self, ix: StepIx) -> Option<Instant> {
        let unused = self.plan.step(ix).gate.is_some() || !self.state.raised(self.plan);
        let deadline = self.ledger.granted.as_ref().filter(|_| unused)?.deadline;
        (self.now() < deadline).then_some(deadline)
    }

    /// A secret is not there, or nobody answers at all: nothing was sent, and nothing speaks against the grant.
    fn waits_to_read(&mut self, ix: StepIx, step: StepIx, because: String) -> Why {
        self.show_by_hand(self.plan.step(step));
        self.not_by_hand(ix);
        let until = self.keeps_until(ix).unwrap_or_default();
        Why::Waiting(WaitsFor::Reading { step: self.plan.step(ix).id.clone(), because, until })
    }

    /// People approved one exact request of this run. What somebody does by hand meanwhile is another act, which their votes
    /// don't cover: where it leaves something to read, the votes fall for it, and where it leaves nothing it is done twice.
    fn not_by_hand(&mut self, ix: StepIx) {
        let step = self.plan.step(ix);
        if step.gate.is_none() {
            return;
        }
        let then = match step.proof {
            Proof::ReadBack => "this run finds it changed then, and asks for its approval anew",
            _ => "this run can't see that, and does it once more as soon as it can: abandon the run first",
        };
        self.says(&format!("{}: what is done by hand is another act than the one that was approved; {then}", step.id));
    }

    /// Why the grant that this act rests on no longer holds, if it does not.
    fn grant_fell(&self, ix: StepIx) -> Option<String> {
        if self.plan.step(ix).gate.is_none() {
            return self.return_fell();
        }
        let Some(granted) = &self.ledger.granted else { return Some("no grant is on record".to_owned()) };
        let act = self.ledger.step(ix).act.as_ref().map(|a| &a.digest);
        if act != Some(&granted.act.digest) {
            return Some("the grant was given for another act".to_owned());
        }
        self.unused_fell(granted)
    }

    /// Why the grant under which autonomy returns no longer holds, if it does not: a sign-off that is used up covers every
    /// stage and every undo that it showed, and is counted again before each.
    pub(super) fn return_fell(&self) -> Option<String> {
        let Some(of) = &self.ledger.returns else { return Some("no sign-off is on record".to_owned()) };
        match &self.ledger.granted {
            // Nothing was raised on it yet: whoever runs this by now has no voice.
            Some(granted) if !self.state.raised(self.plan) => self.unused_fell(granted),
            _ => self.fell(&self.ledger.as_granted(of), &of.open),
        }
    }

    /// A grant that nothing was done on yet.
    fn unused_fell(&self, granted: &OpenGate) -> Option<String> {
        self.closed_before(granted).or_else(|| self.fell(&self.ledger, granted))
    }

    fn fell(&self, ledger: &Ledger, granted: &OpenGate) -> Option<String> {
        match self.count_in(ledger, granted) {
            (Tally::Granted { .. }, _) => None,
            (_, says) => Some(format!("the approval does not count any more: {says}")),
        }
    }

    pub(super) async fn perform(&mut self, ix: StepIx) -> Result<(), Why> {
        let from = self.now();
        let step = self.plan.step(ix);
        if let Act::Human { text } = &step.act {
            let says = format!("a person does it: {}", safe::line(text));
            return self.not_sent(ix, "a person", says);
        }
        if self.durability == Durability::Printed && !unstoppable(step) {
            return self.not_sent(ix, &step.id, "not sent: the intent could not be written anywhere".to_owned());
        }
        let dispatch = match self.outward(ix) {
            Ok(dispatch) => self.with_act(dispatch, ix, self.ledger.step(ix).act.as_ref()),
            Err(says) => return self.not_sent(ix, &step.id, says),
        };
        let limit = self.left(self.until(ix));
        self.begins(&step.id, limit);
        if self.already_so(&dispatch, self.until(ix)).await? {
            self.ends();
            return self.not_sent(ix, &step.id, ALREADY_SO.to_owned());
        }
        let (came, left) = self.perform_targets(&dispatch, limit).await;
        self.ends();
        let (outcome, detail) = came.detail(self.now().since(from));
        self.feed(Input::Observed { step: ix, outcome }, detail)?;
        if left { Err(Why::Interrupted) } else { Ok(()) }
    }

    fn not_sent(&mut self, ix: StepIx, target: &str, says: String) -> Result<(), Why> {
        let seen = vec![Seen { target: target.to_owned(), status: None, says, requests: 0 }];
        let input = Input::Observed { step: ix, outcome: Outcome::NotSent };
        self.feed(input, Detail { seen, ..Detail::default() })
    }

    pub(super) async fn probe(&mut self, ix: StepIx) -> Result<(), Why> {
        let from = self.now();
        let step = self.plan.step(ix);
        let doing = self.state.at(ix).doing;
        // What was certainly not done will not appear by waiting; and a stop in doubt is repeated rather than waited for.
        let once = match doing {
            Doing::Observed(outcome) => matches!(outcome, Outcome::Refused | Outcome::NotSent),
            Doing::InDoubt => unstoppable(step) && step.repeat != Repeat::Never,
            _ => false,
        };
        let dispatch = match self.outward(ix) {
            Ok(dispatch) => self.with_act(dispatch, ix, self.ledger.step(ix).act.as_ref()),
            Err(says) => {
                let detail = Detail { note: Some(says), ..Detail::default() };
                return self.feed(Input::Proved { step: ix, verdict: Verdict::Inconclusive }, detail);
            }
        };
        let until = self.until(ix);
        self.begins(&format!("read {} back", step.id), self.left(until));
        let came = self.read_back(&dispatch, until, once).await;
        self.ends();
        let (verdict, detail) = came?.detail(self.now().since(from));
        self.feed(Input::Proved { step: ix, verdict }, detail)?;
        if !matches!(verdict, Verdict::Pass | Verdict::Accepted) {
            self.show_by_hand(step);
        }
        Ok(())
    }

    /// For the day the tool or the API is broken.
    fn show_by_hand(&mut self, step: &Step) {
        if step.console.is_none() && step.by_hand.is_none() {
            return;
        }
        let by_hand = step.by_hand.as_deref().map(safe::line).unwrap_or_default();
        let console = step.console.as_deref().map(safe::line).unwrap_or_default();
        self.says(format!("{} by hand: {console} {by_hand}", step.id).trim_end());
    }

    /// Until when a step may take. An attempt counts from its intent; what is probed in doubt or after it was done by hand
    /// counts from when that became known, and never from before this process.
    pub(super) fn until(&self, ix: StepIx) -> Instant {
        let within = self.plan.step(ix).within;
        let from = match self.state.at(ix).doing {
            Doing::Intended | Doing::Observed(_) => {
                self.ledger.step(ix).intended_at.unwrap_or(self.since).max(self.since)
            }
            _ => self.ledger.asked_since.max(self.since),
        };
        from.plus(within)
    }

    /// The time left, never less than one call needs.
    pub(super) fn left(&self, until: Instant) -> Millis {
        Millis(until.since(self.now()).0.max(LEAST.0))
    }

    /// Asks what to do about a step that did not pass, or an item of the queue.
    pub(super) async fn choose_step(&mut self, ix: StepIx) -> Result<(), Why> {
        let offer = self.state.offers(self.plan, ix);
        let because = self.because(ix);
        let question = Question::Step { plan: self.plan, step: ix, offer: &offer, because: &because };
        let waits = WaitsFor::Step(self.plan.step(ix).id.clone());
        let (choice, reason) = match self.ask(question, waits).await? {
            Asked::Said(Answer::Choice(choice, reason)) => (choice, reason),
            Asked::Said(_) => return self.not_so("choose one of what is on offer"),
            Asked::Settled => return Ok(()),
        };
        self.chosen(ix, choice, reason.as_deref())
    }

    /// A choice for a step, with the reason that leaving something out needs.
    pub(super) fn chosen(&mut self, ix: StepIx, choice: Choice, reason: Option<&str>) -> Result<(), Why> {
        if matches!(choice, Choice::Skip) && reason.is_none_or(|r| r.trim().is_empty()) {
            return self.not_so("going on without a step needs a reason");
        }
        let detail = Detail { payloads: self.reason(reason), ..Detail::default() };
        self.offer(Input::Chosen { step: ix, choice }, detail)
    }

    /// What happened to a step, in one line.
    fn because(&self, ix: StepIx) -> String {
        let says = self.ledger.step(ix).says.join("; ");
        let what = match self.state.at(ix).doing {
            Doing::Settled(Verdict::Fail) => "its effect is not there",
            Doing::Settled(Verdict::Inconclusive) => "its effect can't be told",
            Doing::Queued => "its gate was denied or expired, and it was queued",
            _ => "it did not pass",
        };
        if says.is_empty() { what.to_owned() } else { format!("{what}: {says}") }
    }
}

fn capture_limit(step: &Step) -> Millis {
    if unstoppable(step) { Millis((step.within.0 / 3).clamp(LEAST.0, CAPTURE.0)) } else { PREPARE }
}

/// A captured state as a short text.
pub(super) fn excerpt(value: &serde_json::Value) -> String {
    safe::excerpt(&value.to_string(), 60)
}

impl<T> Came<T> {
    /// The lines seen, for a note.
    pub(super) fn lines(&self) -> String {
        self.seen.iter().map(|s| format!("{}: {}", s.target, s.says)).collect::<Vec<_>>().join("; ")
    }
}
