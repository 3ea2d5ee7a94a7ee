//! Break-glass: an act goes ahead without the approval that its gate waits for, and is countersigned afterwards.
//!
//! Owns who was skipped and the way of a countersignature into the record. Whether the act may go ahead at all is the
//! machine's to say.

use super::{Driver, NotNow, Why};
use crate::approval::{self, Reason};
use crate::plan::GateIx;
use crate::run::input::Input;
use crate::run::record::{Detail, Vote};
use crate::text::safe;

impl Driver<'_> {
    /// Goes ahead with the act behind the open gate. A page to those who are skipped follows as soon as it was sent.
    ///
    /// # Errors
    /// It raises autonomy or can't be taken back, the gate is not open, nobody is known to do it, or no reason is given.
    pub fn break_glass(&mut self, gate: GateIx, reason: &str) -> Result<(), NotNow> {
        self.elapse()?;
        let refused = |why: &str| NotNow::Refused(format!("`{}` stays closed: {why}", self.plan.gate(gate).id));
        self.state.decide(self.plan, Input::BreakGlass(gate)).map_err(|r| refused(r.because))?;
        let detail = self.with_reason(reason)?;
        self.identify()?;
        let functions = match self.tally_of(gate) {
            Some((approval::Tally::Missing { functions, .. }, _)) => functions,
            _ => Vec::new(),
        };
        let people = self.unheard().into_iter().map(str::to_owned).collect();
        let whom = self.silent().join(", ");
        self.say(Input::BreakGlass(gate), Detail { functions, people, ..detail })?;
        if self.plan.on_silence.is_none() {
            self.says(&format!("this workspace has no pager, so nobody is told by this run: call {whom}"));
        }
        Ok(())
    }

    /// Takes what others countersigned or objected to. It may come at any time, after the end too.
    pub(super) fn take_reviews(&mut self) -> Result<(), Why> {
        if self.ledger.reviews.values().all(|review| review.done.is_some()) {
            return Ok(());
        }
        let nonces = &self.ledger.nonces;
        let votes = self.ports.log.votes(&|nonce| nonces.contains(nonce) || nonces.contains(&safe::line(nonce)));
        // What can't be read now is there the next time.
        for vote in votes.unwrap_or_default() {
            if let Some(review) = self.review_of(&vote) {
                self.countersigned(review, vote)?;
            }
        }
        Ok(())
    }

    /// The same, by a command that only does this.
    ///
    /// # Errors
    /// The record could not be written.
    pub fn take_countersignatures(&mut self) -> Result<(), NotNow> {
        self.take_reviews()?;
        self.flush()?;
        Ok(self.say_where()?)
    }

    /// The review that a vote names.
    pub(super) fn review_of(&self, vote: &Vote) -> Option<GateIx> {
        self.ledger.reviews.keys().copied().find(|ix| self.plan.gate(*ix).id == vote.gate)
    }

    /// One countersignature or objection, copied into the record with what becomes of it.
    pub(super) fn countersigned(&mut self, gate: GateIx, vote: Vote) -> Result<(), Why> {
        let (vote, looked) = self.looked(gate, vote);
        let Some(review) = self.ledger.reviews.get(&gate) else { return Ok(()) };
        let reason = match review.done {
            Some(_) => Some(Reason::WrongGate),
            None => self.held_against(&review.open, &vote, &looked, false),
        };
        if let Some(reason) = reason {
            let vote = Some(super::gate::escaped(vote));
            let detail = Detail { vote, note: Some(reason.to_string()), ..Detail::default() };
            return self.feed(Input::VoteRefused(gate), detail);
        }
        let mut with = review.open.clone();
        with.votes.push(vote.clone());
        let (tally, says) = self.count(&with);
        let complete = matches!(tally, approval::Tally::Granted { .. });
        let detail = Detail { vote: Some(vote), note: Some(says), ..Detail::default() };
        self.feed(Input::ReviewVoted { gate, complete }, detail)
    }
}
