//! How and why the driver let go of a run.

use std::fmt;

use super::{Driver, Why as Reason};
use crate::port::JournalError;
use crate::run::event::{End, Phase, Verdict};
use crate::run::input::Input;
use crate::run::record::Detail;
use crate::run::state::{Doing, Undoing};
use crate::text::time::Instant;

/// Why the driver let go.
#[derive(Debug)]
pub enum Why {
    /// The run is over.
    Done(End),
    /// A human is needed.
    Waiting(WaitsFor),
    /// It was asked to leave; the run is resumable.
    Interrupted,
    /// The plan has problems; the run stands contained.
    Problems,
    /// Somebody else appended to the record.
    Moved(JournalError),
    /// The record can't be trusted or continued from here on.
    Broken(String),
}

/// What a human is needed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitsFor {
    /// An answer to a fact.
    Fact(String),
    /// The severity to be confirmed; the proposed level.
    Severity(String),
    /// What to do about a step.
    Step(String),
    /// What to do about a check, or its answer.
    Check(String),
    /// A decision about a check without a verdict, or somebody's word for it.
    Vouch(String),
    /// Who made the fix.
    FixAuthor,
    /// Whether the sign-off is asked anew.
    SignOff,
    /// How to go on after a breach.
    AfterBreach,
    /// An undo that needs a person.
    Stuck(String),
    /// Votes at a gate.
    Votes {
        /// The gate's id.
        gate: String,
        /// Functions that nobody covers yet.
        functions: Vec<String>,
        /// How many people are still needed.
        people: usize,
        /// Whether only signed votes count.
        signed: bool,
    },
    /// People who may say yes at a gate that nobody of the roster could open.
    Entitled {
        /// The gate's id.
        gate: String,
        /// Functions that nobody is left for.
        functions: Vec<String>,
        /// Those who are excluded and would have counted.
        excluded: Vec<String>,
    },
    /// What a granted act is held against once more, before it is done: it can't be read.
    Reading {
        /// The step.
        step: String,
        /// Why it can't.
        because: String,
        /// How long the grant waits.
        until: Instant,
    },
    /// Somebody identified, before this gate can open.
    Identity,
    /// Other open runs that hold a lowering step on this automation.
    OtherRuns(Vec<String>),
    /// The record to be where it belongs.
    Record,
    /// Files that are wrong to be put right.
    Files,
    /// What comes after a mere stop.
    Onward,
}

impl fmt::Display for WaitsFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fact(id) => write!(f, "an answer to `{id}`"),
            Self::Severity(level) => write!(f, "somebody to confirm {level} or raise it"),
            Self::Step(id) => write!(f, "a decision about step `{id}`"),
            Self::Check(id) => write!(f, "a decision about check `{id}`"),
            Self::Vouch(id) => {
                write!(
                    f,
                    "a decision about check `{id}`, or the word of somebody who neither ran this nor made the fix"
                )
            }
            Self::FixAuthor => f.write_str("the name of who made the fix"),
            Self::SignOff => f.write_str("a decision whether the sign-off is asked anew"),
            Self::AfterBreach => f.write_str("a decision how to go on after autonomy was taken back"),
            Self::Stuck(id) => write!(f, "a person to put back `{id}` by hand"),
            Self::Votes { gate, functions, people, signed } => {
                write!(f, "votes at gate `{gate}`: {people} more")?;
                if !functions.is_empty() {
                    write!(f, " ({})", functions.join(", "))?;
                }
                if *signed {
                    f.write_str("; signed, by `aigov approve` on any machine that reaches the journal")?;
                }
                Ok(())
            }
            Self::Entitled { gate, functions, excluded } => {
                write!(f, "somebody who may say yes at gate `{gate}`")?;
                if !functions.is_empty() {
                    write!(f, " for {}", functions.join(", "))?;
                }
                if !excluded.is_empty() {
                    write!(f, ": {} ran it or made the fix", excluded.join(", "))?;
                }
                f.write_str(
                    "; add somebody to people.toml and continue this run as a new one, whose roster counts then",
                )
            }
            Self::Identity => f.write_str(
                "somebody identified: without a name one may stop, page and keep evidence; whoever goes further is known \
                 by a key in people.toml",
            ),
            Self::Reading { step, because, until } => write!(
                f,
                "a way to read what `{step}` is about: {because}. Its approval holds until {until}, for one use; nothing was \
                 sent"
            ),
            Self::OtherRuns(runs) if runs.is_empty() => f.write_str("other runs that hold this automation low"),
            Self::OtherRuns(runs) => write!(f, "other runs that hold this automation low: {}", runs.join(", ")),
            Self::Onward => f.write_str("somebody to go on with it under a runbook, to stand it down or to abandon it"),
            Self::Files => f.write_str("the files to be put right, and a run that continues this one"),
            Self::Record => f.write_str("the record to be writable where it belongs"),
        }
    }
}

/// How the driver let go: all that an exit code and a closing line need.
#[derive(Debug)]
pub struct Stopped {
    /// Why.
    pub why: Why,
    /// The phase.
    pub phase: Phase,
    /// Whether every lowering step, or its or-else, has a passed probe.
    pub contained: bool,
    /// Steps in doubt, by id.
    pub in_doubt: Vec<String>,
    /// Undos that need a person, by id of the step.
    pub stuck: Vec<String>,
    /// Gates that were denied or expired and not granted since, by id.
    pub refused: Vec<String>,
    /// Steps that did not pass and that nobody decided about, by id.
    pub failed: Vec<String>,
    /// Whether the record is in the emergency file.
    pub degraded: bool,
    /// Appends that have not reached the remote; none without a remote.
    pub unpushed: Option<usize>,
}

impl Driver<'_> {
    /// Puts on record what is not yet, and says how things stand.
    pub(super) fn leave(&mut self, mut why: Reason) -> Stopped {
        if matches!(why, Why::Interrupted)
            && self.state.end.is_none()
            && !self.cut_off
            && let Err(worse) = self.feed(Input::Interrupted, Detail::default())
        {
            why = worse;
        }
        if !self.cut_off
            && let Err(worse) = self.last_words()
        {
            why = worse;
        }
        self.stopped(why)
    }

    fn last_words(&mut self) -> Result<(), Reason> {
        self.flush()?;
        self.vouch_last(true)?;
        self.flush()?;
        if self.state.degraded && self.ports.log.try_restore() {
            self.feed(Input::RecordRestored, Detail::default())?;
            self.flush()?;
        }
        self.say_where()
    }

    /// How things stand.
    fn stopped(&self, why: Why) -> Stopped {
        let ids = |keep: &dyn Fn(&crate::run::state::StepState) -> bool| {
            let kept = self.plan.steps.iter().zip(&self.state.steps).filter(|(_, at)| keep(at));
            kept.map(|(step, _)| step.id.clone()).collect::<Vec<_>>()
        };
        Stopped {
            why,
            phase: self.state.phase,
            contained: self.state.contained(self.plan),
            in_doubt: ids(&|at| {
                matches!(at.doing, Doing::InDoubt | Doing::Intended)
                    || matches!(at.undoing, Undoing::InDoubt | Undoing::Intended)
            }),
            stuck: ids(&|at| at.undoing == Undoing::Stuck),
            refused: self.ledger.refused.iter().map(|g| self.plan.gate(*g).id.clone()).collect(),
            failed: ids(&|at| matches!(at.doing, Doing::Settled(Verdict::Fail | Verdict::Inconclusive))),
            degraded: self.state.degraded,
            unpushed: self.ports.log.unpushed(),
        }
    }
}
