//! What only somebody identified may do, where only signed votes count: everything beyond stopping, paging and keeping
//! evidence.
//!
//! Owns which commands and inputs that is. Whoever runs an incident is excluded from its sign-off, and nobody can exclude a
//! person without a name. Must not decide who somebody is: the operator port says so.

use super::{Driver, Why};
use crate::plan::{StepIx, Votes};
use crate::run::beyond::beyond_stopping;
use crate::run::command::Command;
use crate::run::event::Event;
use crate::run::input::Input;

impl Driver<'_> {
    /// Goes on with a command of the machine only for somebody identified, where it goes beyond stopping.
    pub(super) fn known_for(&mut self, wanted: Command) -> Result<(), Why> {
        let beyond = match wanted {
            Command::Prepare(step)
            | Command::Perform(step)
            | Command::ChooseStep(step)
            | Command::ChooseQueued(step) => self.beyond(step),
            Command::AskFact(_)
            | Command::ConfirmSeverity(_)
            | Command::JudgeCheck(_)
            | Command::ChooseCheck(_)
            | Command::NameFixAuthor
            | Command::ChooseSignOff
            | Command::ChooseAfterBreach
            | Command::ChooseStuck(_) => true,
            _ => false,
        };
        self.known_if(beyond)
    }

    /// The same for the events that the machine decides by itself: an intent to respond or to raise.
    pub(super) fn known_for_events(&mut self, events: &[Event]) -> Result<(), Why> {
        let intends = |e: &Event| matches!(e, Event::StepIntended { step } if self.beyond(*step));
        self.known_if(events.iter().any(intends))
    }

    /// The same for what a person says from another command. Abandoning leaves autonomy low and a note changes nothing; what
    /// opens a gate asks on its own.
    pub(super) fn known_to_say(&mut self, input: &Input) -> Result<(), Why> {
        let beyond = match *input {
            Input::Chosen { step, .. } => self.beyond(step),
            Input::Answered { by_signal, .. } => !by_signal,
            Input::Confirmed(_) | Input::Revised(_) | Input::Downgrade(_) | Input::UndoByHand(_) => true,
            _ => false,
        };
        self.known_if(beyond)
    }

    /// The same where that is known already.
    pub(super) fn known_if(&mut self, beyond: bool) -> Result<(), Why> {
        if beyond && self.plan.votes == Votes::Signed { self.identify() } else { Ok(()) }
    }

    fn beyond(&self, step: StepIx) -> bool {
        beyond_stopping(self.plan.step(step))
    }
}
