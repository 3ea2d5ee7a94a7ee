//! From an input to durable records: decide, seal, apply, report, append.
//!
//! Records are applied as they are sealed and appended together, before anything outward that depends on them.

use super::about::about;
use super::{Driver, WaitsFor, Why};
use crate::port::{Durability, JournalError};
use crate::run::event::Event;
use crate::run::input::Input;
use crate::run::ledger::UNIDENTIFIED;
use crate::run::record::{Detail, PayloadRef};

/// How often in a row an answer may be one that is not allowed, before the driver stops asking.
const PATIENCE: u8 = 5;

impl Driver<'_> {
    /// Feeds what the machine asked for. `detail` stands beside the first event; what the others need is added.
    pub(super) fn feed(&mut self, input: Input, detail: Detail) -> Result<(), Why> {
        let events = self.state.decide(self.plan, input).map_err(|refused| Why::Broken(refused.to_string()))?;
        self.refusals = 0;
        self.take(events, detail)
    }

    /// Feeds what a person said, which may not be allowed here: they are told, and asked again.
    pub(super) fn offer(&mut self, input: Input, detail: Detail) -> Result<(), Why> {
        match self.state.decide(self.plan, input) {
            Ok(events) => {
                let opens = |e: &Event| if let Event::GateOpened { gate } = e { Some(*gate) } else { None };
                if let Some(gate) = events.iter().find_map(opens) {
                    self.founded()?;
                    self.identify()?;
                    self.can_be_granted(gate)?;
                }
                self.refusals = 0;
                self.take(events, detail)
            }
            Err(refused) => self.not_so(refused.because),
        }
    }

    /// Tells that an answer can't be taken. Somebody who goes on giving such answers, a file for instance, is not asked
    /// for ever.
    pub(super) fn not_so(&mut self, because: &str) -> Result<(), Why> {
        self.says(because);
        self.refusals += 1;
        if self.refusals < PATIENCE {
            return Ok(());
        }
        let wanted = self.state.pending(self.plan);
        Err(self.waits_for(wanted).map_or(Why::Interrupted, Why::Waiting))
    }

    /// Seals, applies and reports events; they wait in memory until the next flush.
    pub(super) fn take(&mut self, events: Vec<Event>, detail: Detail) -> Result<(), Why> {
        self.take_about(events, None, detail)
    }

    /// The same, about something that the events themselves do not name.
    pub(super) fn take_about(&mut self, events: Vec<Event>, what: Option<&str>, detail: Detail) -> Result<(), Why> {
        let mut first = Some(detail);
        for event in events {
            let mut detail = self.particulars(&event, first.take().unwrap_or_default())?;
            detail.key = self.key.take();
            let by = self.by();
            let about = about(self.plan, &event).or_else(|| what.map(str::to_owned));
            let record = self.ledger.seal(self.now(), &by, event, about, detail);
            self.ledger.fold(self.plan, &record).map_err(|e| Why::Broken(e.to_string()))?;
            self.state.apply(self.plan, event).map_err(|e| Why::Broken(e.to_string()))?;
            self.unwritten.push(record.clone());
            if matches!(event, Event::GateOpened { .. }) {
                // Who reads that votes are asked for goes and votes: by then the gate has to be there to be seen.
                self.flush()?;
            }
            match &mut self.undeclared {
                Some(waiting) => waiting.push(record),
                None => self.ports.reporter.record(self.plan, &record),
            }
        }
        Ok(())
    }

    /// Who acts now.
    pub(super) fn by(&self) -> String {
        self.ports.operator.person().unwrap_or(&self.lease.person).to_owned()
    }

    /// What stands beside an event whoever caused it.
    fn particulars(&self, event: &Event, mut detail: Detail) -> Result<Detail, Why> {
        match *event {
            Event::LeaseTaken { .. } => detail.lease = Some(self.lease.clone()),
            Event::GateOpened { gate } => {
                detail.act = Some(self.gate_act(gate)?);
                let kept = self.ledger.kept.filter(|(of, _)| *of == gate).map(|(_, deadline)| deadline);
                detail.deadline = Some(kept.unwrap_or_else(|| self.now().plus(self.plan.gate(gate).within)));
            }
            Event::GateGranted { gate } | Event::GateDenied { gate } => {
                detail.note = self.tally_of(gate).map(|t| t.1);
            }
            Event::StepAttested { .. } => detail.person = Some(self.by()),
            _ => {}
        }
        Ok(detail)
    }

    /// Makes what happened so far durable: one append.
    pub(super) fn flush(&mut self) -> Result<(), Why> {
        if self.unwritten.is_empty() || self.cut_off {
            return Ok(());
        }
        match self.ports.log.append(&self.unwritten) {
            Ok(durability) => {
                // The bytes are the same wherever they went, so the chain is one.
                self.durability = durability;
                self.unwritten.clear();
                for record in self.undeclared.take().unwrap_or_default() {
                    self.ports.reporter.record(self.plan, &record);
                }
                Ok(())
            }
            Err(error) => {
                // Whether it arrived is not known; what is written after it could not be trusted.
                self.cut_off = true;
                let cause = std::error::Error::source(&error).map(|c| format!(": {c}")).unwrap_or_default();
                Err(match error {
                    moved @ JournalError::Moved { .. } => Why::Moved(moved),
                    other => Why::Broken(format!("{other}{cause}")),
                })
            }
        }
    }

    /// Says on record where the record is, when that has changed. It changes what the machine wants, so it is done between
    /// commands only.
    pub(super) fn say_where(&mut self) -> Result<(), Why> {
        let elsewhere = matches!(self.durability, Durability::Emergency | Durability::Printed);
        if elsewhere == self.state.degraded {
            return Ok(());
        }
        let input = if elsewhere { Input::RecordLost } else { Input::RecordRestored };
        self.feed(input, Detail::default())?;
        self.flush()
    }

    /// A gate opens only for somebody identified: the holder, and whoever asks for it from another command. Whoever was
    /// found out since the run was taken takes it by name.
    pub(super) fn identify(&mut self) -> Result<(), Why> {
        if self.ledger.holder().is_some() && self.by() != UNIDENTIFIED {
            return Ok(());
        }
        match self.ports.operator.person() {
            Some(person) if person != UNIDENTIFIED => {
                person.clone_into(&mut self.lease.person);
                self.lease.generation += 1;
                self.feed(Input::Restarted { over: false }, Detail::default())
            }
            _ => Err(Why::Waiting(WaitsFor::Identity)),
        }
    }

    /// A reason, kept apart; none when none was given.
    pub(super) fn reason(&mut self, reason: Option<&str>) -> Vec<PayloadRef> {
        reason
            .map(str::trim)
            .filter(|r| !r.is_empty())
            .map(|r| self.put_apart("reason", r.as_bytes()))
            .into_iter()
            .collect()
    }

    /// Keeps bytes apart from the record. That they could not be encrypted stops nothing, and is said.
    pub(super) fn put_apart(&mut self, subject: &str, bytes: &[u8]) -> PayloadRef {
        let kept = self.ports.log.keep(subject, bytes);
        if kept.apart {
            self.says(&format!(
                "DOUBT no key in people.toml could be encrypted to: this {subject} is kept in the clear, on this machine \
                 only, for its owner's eyes, until one can"
            ));
        }
        kept
    }
}
