//! The operator's word for the key of this process: their own key signs its public half once, after contain and again when
//! the run is taken over.
//!
//! Owns when it is asked for and how long anybody looks for it: it is asked for beside the run, taken when it has come, and
//! never waited for before a step. A run without it goes on as well, and `verify` says so.

use std::time::Duration;

use super::{Driver, Why};
use crate::approval::{Namespace, Process};
use crate::aside::{Answer, Coming};
use crate::plan::Votes;
use crate::port::{Beside, CantSign};
use crate::run::event::Phase;
use crate::run::input::Input;
use crate::run::record::{Detail, Signed};
use crate::run::state::unstoppable;

/// How long the end of a command waits for a signature that is under way. By then every step was tried.
const LAST: Duration = Duration::from_millis(500);

/// How far it is.
#[derive(Debug, Default)]
pub(super) enum Vouching {
    /// Not asked for yet.
    #[default]
    NotYet,
    /// Somebody's key is signing.
    Asked(Answer<Result<Signed, CantSign>>),
    /// It is on record, or can't be had.
    Over,
}

impl Driver<'_> {
    /// Asks for the operator's word once containment is over, and puts it on record when it has come. `touch`: whether a
    /// key may be taken that waits for a touch.
    pub(super) fn vouch(&mut self, touch: bool) -> Result<(), Why> {
        match &self.vouching {
            Vouching::Over => Ok(()),
            Vouching::NotYet => {
                // Nobody's word is asked for on a record that can't be rested on: it would stand behind what is wrong in it.
                if self.can_be_asked() && self.unfounded().is_some() {
                    self.vouching = Vouching::Over;
                } else if let Some(asked) = self.word(touch) {
                    self.vouching = asked;
                }
                Ok(())
            }
            Vouching::Asked(answer) => match answer.now() {
                Coming::Awaited => Ok(()),
                Coming::Never => {
                    self.vouching = Vouching::Over;
                    Ok(())
                }
                Coming::Here(answer) => self.given(answer),
            },
        }
    }

    /// The same at the end of a command: looks for an answer that is on its way a little longer.
    pub(super) fn vouch_last(&mut self, touch: bool) -> Result<(), Why> {
        self.vouch(touch)?;
        let Vouching::Asked(answer) = &self.vouching else { return Ok(()) };
        match answer.within(LAST) {
            Some(answer) => self.given(answer),
            None => {
                self.vouching = Vouching::Over;
                Ok(())
            }
        }
    }

    /// Whether it is time to ask: containment is over, and all of it is on record.
    fn can_be_asked(&self) -> bool {
        let contained = !matches!(self.state.phase, Phase::Declare | Phase::Contain);
        let on_record = self.undeclared.is_none() && !self.state.degraded && !self.cut_off && self.unwritten.is_empty();
        contained && on_record && !self.hurries() && self.process.is_some() && self.plan.votes == Votes::Signed
    }

    /// Whether a step is under way that nothing may hold up.
    fn hurries(&self) -> bool {
        use crate::run::command::Command;
        match self.state.pending(self.plan) {
            Command::Prepare(step) | Command::Perform(step) | Command::Probe(step) => unstoppable(self.plan.step(step)),
            _ => false,
        }
    }

    /// Asks, where there is somebody to ask for.
    fn word(&self, touch: bool) -> Option<Vouching> {
        let key = self.process.clone().filter(|_| self.can_be_asked())?;
        let name = self.ports.operator.person()?;
        let person = self.plan.roster.iter().find(|p| p.name == name)?;
        let of =
            Beside { keys: person.keys.iter().map(|k| k.key.clone()).collect(), touch, namespace: Namespace::Process };
        let said = Process {
            person: person.name.clone(),
            key: String::new(),
            process: key,
            issued: self.now(),
            run: self.ledger.run.clone(),
            record: self.ledger.next_seq.saturating_sub(1),
            head: self.ledger.last_digest.clone(),
        };
        let text = move |key: &crate::model::key::PublicKey| Process { key: key.fingerprint(), ..said }.render();
        Some(self.ports.keys.sign_beside(&of, Box::new(text)).map_or(Vouching::Over, Vouching::Asked))
    }

    fn given(&mut self, answer: Result<Signed, CantSign>) -> Result<(), Why> {
        self.vouching = Vouching::Over;
        match answer {
            Ok(signed) => {
                let person = self.ports.operator.person().map(str::to_owned);
                self.feed(Input::Noted, Detail { endorsed: Some(Box::new(signed)), person, ..Detail::default() })
            }
            Err(why) => {
                self.says(&format!(
                    "DOUBT nobody's key vouches for what this process writes, and `aigov verify` will say so: {why}"
                ));
                Ok(())
            }
        }
    }
}
