//! Whether this process may rest on what others wrote into the record before it came.
//!
//! Anybody who can push to the journal can write a record; the chain alone says nothing of who did. So before anything is
//! raised, sent or asked for on the strength of the record, once in each process, its gates are counted again from the signed
//! texts, and whoever keeps the record says whose it is. Never before containment is over, and never for a step that lowers,
//! looks or pages: nothing blocks a stop.

use super::{Driver, Why};
use crate::port::Flaw;
use crate::run::command::Command;
use crate::run::event::Phase;
use crate::run::ledger::UNIDENTIFIED;
use crate::run::record::Record;
use crate::run::recount::recount;
use crate::run::state::unstoppable;
use crate::text::safe;

/// What can be done where a record is broken.
const GONE: &str = "What it contains stays contained, and the incident can go on as a new run";
/// What can be done where more is known of a run than its record holds.
const BOTH: &str = "Look at both, and put on record what was decided about them (`aigov note RUN --fork NAME`), or take the run over with \
                    a reason";
/// What can be done where nobody stands behind a record.
const YOURS: &str = "Look at it, and if it is what happened, take the run over with a reason: then you stand behind it";

/// What was found of the records that were there before.
#[derive(Debug)]
pub(super) enum Found {
    /// Nobody has looked: these are they.
    NotLooked(Vec<Record>),
    /// Nothing speaks against them.
    Sound,
    /// Nothing may rest on them: why, in words.
    Unfounded(String),
}

impl Driver<'_> {
    /// Whether what is wanted now would let something pass on the strength of the record. Whatever only lowers, reads or waits
    /// goes on without.
    pub(super) fn rests(&self, wanted: Command) -> bool {
        match wanted {
            Command::Prepare(step) | Command::Perform(step) | Command::ChooseStep(step) => {
                self.contained() && !unstoppable(self.plan.step(step))
            }
            Command::Reread(_)
            | Command::ProveFallback(_)
            | Command::AwaitVotes(_)
            | Command::ChooseSignOff
            | Command::ConfirmSeverity(_)
            | Command::JudgeCheck(_)
            | Command::ChooseCheck(_)
            | Command::NameFixAuthor
            | Command::ChooseAfterBreach
            | Command::ChooseQueued(_)
            | Command::PrepareUndo(_)
            | Command::PerformUndo(_)
            | Command::ChooseStuck(_) => true,
            _ => false,
        }
    }

    const fn contained(&self) -> bool {
        !matches!(self.state.phase, Phase::Declare | Phase::Contain)
    }

    /// Goes no further where the record can't be rested on.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn founded(&mut self) -> Result<(), Why> {
        match self.unfounded() {
            None => Ok(()),
            Some(what) => Err(Why::Broken(format!("nothing is raised, sent or asked for on this record: {what}"))),
        }
    }

    /// Whoever takes the run over and says why has looked at what nobody stood behind, and stands behind it from now on. What
    /// is broken stays broken.
    pub fn stand_behind(&mut self) {
        self.stands_behind = self.by() != UNIDENTIFIED;
    }

    /// Why nothing may rest on the record, looked at once.
    pub(super) fn unfounded(&mut self) -> Option<&str> {
        if let Found::NotLooked(records) = &self.found {
            let keys = self.ports.keys;
            let check = |of, text: &[u8], signature: &str| keys.check(of, text, signature);
            let wrong = recount(self.plan, records, &check).wrong.into_iter().next();
            let before = records.last().map_or(0, |last| last.seq + 1);
            let what = match wrong {
                Some(wrong) => Some(format!("record {}: {}. {GONE}", wrong.seq, wrong.says)),
                None => self.told(before),
            };
            self.found = what.map_or(Found::Sound, Found::Unfounded);
        }
        match &self.found {
            Found::Unfounded(what) => Some(what),
            Found::NotLooked(_) | Found::Sound => None,
        }
    }

    /// What whoever keeps the record says of it.
    fn told(&mut self, before: u64) -> Option<String> {
        let mut found = self.ports.log.unfounded(self.ports.keys, before);
        if self.stands_behind {
            for passed in found.extract_if(.., |f| f.flaw != Flaw::Broken).collect::<Vec<_>>() {
                self.says(&format!("DOUBT {}; {} stands behind it from now on", passed.says, safe::line(&self.by())));
            }
        }
        let more = found.len().saturating_sub(1);
        let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
        found.into_iter().next().map(|first| {
            let then = match first.flaw {
                Flaw::Broken => GONE,
                Flaw::Unvouched => YOURS,
                Flaw::Beside => BOTH,
            };
            format!("{}{more}. {then}", first.says)
        })
    }
}
