//! What a person does to a run from another command: stand it down, abandon it, revise it, note something, do a step by
//! hand, continue it under another class.
//!
//! Each feeds what has expired first, puts its own words on record and returns; `run` goes on from there where the command
//! wants that.

use std::fmt;

use super::dispatch::Came;
use super::{Driver, Why};
use crate::plan::{Act, FactIx, FactValue, Proof, RowIx, StepIx, matrix};
use crate::run::command::Command;
use crate::run::deadline;
use crate::run::event::{Choice, Event, Verdict};
use crate::run::input::Input;
use crate::run::record::{Claim, Delivered, DeliveredWhat, Detail, Fork, Redaction, Signed};
use crate::text::safe;
use crate::text::time::Millis;

/// How long after its start a run may be stood down.
const STAND_DOWN_WITHIN: Millis = Millis::from_secs(60 * 60);

/// How long one read of what was done by hand may take.
const READ_NOW: Millis = Millis::from_secs(5);

/// Why something can't be done to a run now.
#[derive(Debug)]
pub enum NotNow {
    /// The machine does not allow it here, or it says too little.
    Refused(String),
    /// The record could not be written, or a person has to be identified first.
    Stopped(Why),
}

impl fmt::Display for NotNow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(because) => f.write_str(because),
            Self::Stopped(Why::Waiting(what)) => write!(f, "first needed: {what}"),
            Self::Stopped(Why::Moved(e)) => e.fmt(f),
            Self::Stopped(Why::Broken(says)) => f.write_str(says),
            Self::Stopped(_) => f.write_str("the run was left"),
        }
    }
}

impl std::error::Error for NotNow {}

impl From<Why> for NotNow {
    fn from(why: Why) -> Self {
        Self::Stopped(why)
    }
}

impl Driver<'_> {
    /// Whether a run is young enough to be stood down.
    pub(super) fn timely(&self) -> bool {
        self.now().since(self.ledger.started_at) <= STAND_DOWN_WITHIN
    }

    /// Puts deadlines on record that have passed. Any command that can write does this first.
    ///
    /// # Errors
    /// The record could not be written.
    pub fn elapse(&mut self) -> Result<(), NotNow> {
        // A question's end opens the next question, whose time begins only then: this ends.
        while let Some(open) = deadline::open(self.plan, self.state.pending(self.plan), &self.ledger)
            .filter(|open| open.passed(self.now()))
        {
            self.expire(open)?;
        }
        Ok(self.flush()?)
    }

    /// Feeds one input of a person and makes it durable.
    pub(super) fn say(&mut self, input: Input, detail: Detail) -> Result<(), NotNow> {
        self.elapse()?;
        self.known_to_say(&input)?;
        let events =
            self.state.decide(self.plan, input).map_err(|refused| NotNow::Refused(refused.because.to_owned()))?;
        if events.iter().any(|e| matches!(e, Event::GateOpened { .. })) {
            self.identify()?;
        }
        self.take(events, detail)?;
        self.flush()?;
        Ok(self.say_where()?)
    }

    pub(super) fn with_reason(&mut self, reason: &str) -> Result<Detail, NotNow> {
        let payloads = self.reason(Some(reason));
        if payloads.is_empty() {
            return Err(NotNow::Refused("this needs a reason".to_owned()));
        }
        Ok(Detail { payloads, ..Detail::default() })
    }

    /// Asks for the cheap way out of a false alarm; another person's vote follows.
    ///
    /// # Errors
    /// It is not one: too late, a response has started, harm is not ruled out, or the class forbids it.
    pub fn stand_down(&mut self, reason: &str) -> Result<(), NotNow> {
        let detail = self.with_reason(reason)?;
        let timely = self.timely();
        self.say(Input::StandDown { timely }, detail)
    }

    /// Ends the run with autonomy low; what was raised is lowered first.
    ///
    /// # Errors
    /// Immediate actions have not all been tried, or autonomy is back already.
    pub fn abandon(&mut self, reason: &str) -> Result<(), NotNow> {
        let detail = self.with_reason(reason)?;
        self.say(Input::Abandon, detail)
    }

    /// Takes autonomy back while it is being restored.
    ///
    /// # Errors
    /// It is not being restored.
    pub fn stop_again(&mut self, reason: &str) -> Result<(), NotNow> {
        let detail = self.with_reason(reason)?;
        self.say(Input::StopAgain, detail)
    }

    /// Another severity than the confirmed or proposed one: graver at once, lower through a second person.
    ///
    /// # Errors
    /// No reason, no such row, or not now.
    pub fn revise_severity(&mut self, row: RowIx, reason: &str) -> Result<(), NotNow> {
        let detail = self.with_reason(reason)?;
        let input = match self.state.confirmed {
            None => Input::Confirmed(row),
            Some(confirmed) if row < confirmed => Input::Revised(row),
            Some(_) => Input::Downgrade(row),
        };
        self.say(input, detail)
    }

    /// A new answer to a fact. Before the confirmation it changes the proposal; afterwards it raises the severity at once
    /// when the matrix says so, and is noted otherwise. None means: not known.
    ///
    /// # Errors
    /// No such fact, a value of another kind, or not now.
    pub fn revise_answer(&mut self, fact: FactIx, value: Option<&FactValue>) -> Result<(), NotNow> {
        let plan = self.plan;
        let Some(known) = plan.facts.get(fact.ix()) else {
            return Err(NotNow::Refused("there is no such fact".to_owned()));
        };
        if value.is_some_and(|v| !super::assess::fits(known, v)) {
            return Err(NotNow::Refused("this is not a value of this kind".to_owned()));
        }
        let region_of = |ix: usize, value: Option<&FactValue>| {
            let fact = plan.facts.get(ix);
            fact.zip(value).map_or(matrix::UNKNOWN, |(f, v)| crate::plan::compile::region_of(f, v))
        };
        let region = region_of(fact.ix(), value);
        self.known_if(true)?;
        let detail = Detail { value: value.cloned(), person: Some(self.by()), ..Detail::default() };
        let Some(confirmed) = self.state.confirmed else {
            return self.say(Input::Answered { fact, region, by_signal: false }, detail);
        };
        let regions: Vec<u8> = (0..plan.facts.len())
            .map(|i| {
                let ix = FactIx(u16::try_from(i).unwrap_or(u16::MAX));
                if ix == fact { region } else { region_of(i, self.ledger.facts.get(&ix)) }
            })
            .collect();
        let row = matrix::propose(plan, &regions);
        self.elapse()?;
        // The answer goes on record as what it is; what it means for the severity follows.
        self.take_about(vec![Event::Noted], Some(&known.id), detail)?;
        if row < confirmed {
            let note = Some(format!("proposed by a new answer to {}", known.id));
            return self.say(Input::Revised(row), Detail { note, ..Detail::default() });
        }
        self.flush()?;
        Ok(self.say_where()?)
    }

    /// Puts on record what was done by hand without the program: a claim, with the entry's own time and author beside it,
    /// and what a read-back says now, where there is something to read. Changes nothing of what the run has done or proven.
    ///
    /// # Errors
    /// It is said to have been done later than now.
    pub async fn entered(&mut self, step: &str, claim: Claim, saw: Option<&str>) -> Result<Option<Verdict>, NotNow> {
        if claim.at > self.now() {
            return Err(NotNow::Refused(format!("{step} can't have been done later than now")));
        }
        let came = self.read_now(step).await?;
        let read = came.as_ref().map(|c| c.is);
        let claim = Claim { read, ..claim };
        let payloads = saw.map(|text| self.put_apart("seen", text.trim().as_bytes())).into_iter().collect();
        let seen = came.map(|c| c.seen).unwrap_or_default();
        let detail = Detail { retrospective: Some(claim), payloads, seen, ..Detail::default() };
        self.take_about(vec![Event::Noted], Some(step), detail)?;
        self.flush()?;
        Ok(read)
    }

    /// Whether the state that a step wants is there now, read once. Only what leaves a state can be read afterwards.
    async fn read_now(&mut self, step: &str) -> Result<Option<Came<Verdict>>, NotNow> {
        let Some(ix) = self.plan.find_step(step) else { return Ok(None) };
        let of = self.plan.step(ix);
        let leaves = matches!(of.act, Act::SetControl { .. } | Act::RollbackLayer { .. } | Act::Freeze);
        if of.proof != Proof::ReadBack || !leaves {
            return Ok(None);
        }
        let Ok(dispatch) = self.outward(ix) else { return Ok(None) };
        let dispatch = self.with_act(dispatch, ix, None);
        self.begins(&format!("read whether {} holds now", of.id), READ_NOW);
        let came = self.read_back(&dispatch, self.now().plus(READ_NOW), true).await;
        self.ends();
        Ok(Some(came?))
    }

    /// Ends a run that holds nothing but what was entered afterwards.
    ///
    /// # Errors
    /// The run has done something itself.
    pub fn end_of_entry(&mut self) -> Result<(), NotNow> {
        let events = self
            .state
            .decide(self.plan, Input::Recorded)
            .map_err(|refused| NotNow::Refused(refused.because.to_owned()))?;
        self.take(events, Detail::default())?;
        Ok(self.flush()?)
    }

    /// At the end of a command that did one thing to a run: has the operator's key vouch for it, where that needs nobody's
    /// hand.
    ///
    /// # Errors
    /// The record could not be written.
    pub fn have_vouched(&mut self) -> Result<(), NotNow> {
        self.vouch_last(false)?;
        Ok(self.flush()?)
    }

    /// Puts a note on record; its text is kept apart.
    ///
    /// # Errors
    /// An empty note.
    pub fn note(&mut self, text: &str) -> Result<(), NotNow> {
        if text.trim().is_empty() {
            return Err(NotNow::Refused("the note is empty".to_owned()));
        }
        let payloads = vec![self.put_apart("note", text.trim().as_bytes())];
        self.say(Input::Noted, Detail { payloads, ..Detail::default() })
    }

    /// Puts an evaluator's signed remark on a drill's record, apart from everything that is scored.
    ///
    /// # Errors
    /// The run is no drill, or the record could not be written.
    pub fn remark(&mut self, person: &str, remark: Signed) -> Result<(), NotNow> {
        if !self.ledger.drill {
            return Err(NotNow::Refused("only a drill has an evaluator".to_owned()));
        }
        let detail = Detail { person: Some(person.to_owned()), remark: Some(remark), ..Detail::default() };
        self.say(Input::Noted, detail)
    }

    /// Puts on record what was sealed in a drill, once it is over.
    ///
    /// # Errors
    /// The run is no drill, or the record could not be written.
    pub fn unsealed(&mut self, id: &str, text: &str) -> Result<(), NotNow> {
        if !self.ledger.drill {
            return Err(NotNow::Refused("only a drill has anything sealed".to_owned()));
        }
        let due = Millis::default();
        let drill = Delivered { what: DeliveredWhat::Opened, id: id.to_owned(), due, stood: None };
        self.say(Input::Noted, Detail { note: Some(safe::line(text)), drill: Some(drill), ..Detail::default() })
    }

    /// Puts on record what somebody decided about records that were written beside the run; the reason is kept apart.
    ///
    /// # Errors
    /// No reason.
    pub fn reconcile(&mut self, fork: Fork, reason: &str) -> Result<(), NotNow> {
        let detail = self.with_reason(reason)?;
        self.say(Input::Noted, Detail { fork: Some(fork), ..detail })
    }

    /// Puts the tombstone of payloads on record, before they are erased.
    ///
    /// # Errors
    /// Nobody is known to do it, or there is no law or reason.
    pub fn redact(&mut self, redaction: Redaction) -> Result<(), NotNow> {
        if redaction.law.trim().is_empty() || redaction.reason.trim().is_empty() {
            return Err(NotNow::Refused("a redaction names its law and its reason".to_owned()));
        }
        self.say(Input::Noted, Detail { redacted: Some(redaction), ..Detail::default() })
    }

    /// Says that a step was done by hand, or put back by hand where its undo is stuck; the probe proves it.
    ///
    /// # Errors
    /// The run does not wait for a decision about this step.
    pub fn by_hand(&mut self, step: StepIx, reason: &str) -> Result<(), NotNow> {
        let detail = Detail { payloads: self.reason(Some(reason)), ..Detail::default() };
        if self.state.answerable(self.plan) == Command::ChooseStuck(step) {
            return self.say(Input::UndoByHand(step), detail);
        }
        self.say(Input::Chosen { step, choice: Choice::ByHand }, detail)
    }

    /// A choice for a step that did not pass.
    ///
    /// # Errors
    /// It is not on offer, or it needs a reason.
    pub fn choose(&mut self, step: StepIx, choice: Choice, reason: &str) -> Result<(), NotNow> {
        let detail = match choice {
            Choice::Skip | Choice::Abandon => self.with_reason(reason)?,
            _ => Detail { payloads: self.reason(Some(reason)), ..Detail::default() },
        };
        self.say(Input::Chosen { step, choice }, detail)
    }

    /// Ends this run because another one, under another class, continues it and takes over what is owed.
    ///
    /// # Errors
    /// Not every immediate action was tried, or autonomy is being restored.
    pub fn continued_by(&mut self, run: &str) -> Result<(), NotNow> {
        self.say(Input::ContinuedBy, Detail { runs: vec![run.to_owned()], ..Detail::default() })
    }
}
