//! Deadlines that are open: a fold over the ledger and what the machine wants.
//!
//! Owns when a question, a gate or a soak is over. Any command that can write compares it with now and feeds `Elapsed`;
//! commands that only read show *expired, not yet recorded*. It never looks at a clock.
//!
//! Wherever a person is waited for, silence is heard: a page goes out, and again after twice as long each time, so that it
//! neither ends nor comes every ten minutes all night. A fact becomes unknown, a severity stays proposed, a check that
//! people are asked is inconclusive. Everything else (what becomes of a step, of an undo that is stuck, of a sign-off that
//! was refused, of a breach; who made the fix; the end of a run that holds the automation low; files that have to be put
//! right) is asked on as before, because none of it has an answer that nobody gave. Three waits have no deadline. A run that
//! holds what a mere stop lowered asks nothing: what it holds is the answer. A record that can't be written can't hold an
//! expiry either, and whoever runs anything is told. What a program does has limits of its own.

use super::command::Command;
use super::input::Deadline;
use super::ledger::Ledger;
use crate::plan::Plan;
use crate::text::time::{Instant, Millis};

/// How many times as long a check takes as an answer: fifty letters have to be read before anybody can say how many are
/// wrong.
const LOOKING: u64 = 6;
/// How often the wait between two pages about the same silence doubles: from ten minutes to a good ten hours.
const LONGEST: u8 = 6;

/// A deadline that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// Of what.
    pub of: Deadline,
    /// When it passes. Soaks are in the run's time, so that in the sandbox they pass sooner than written.
    pub at: Instant,
}

impl Open {
    /// Whether it has passed.
    #[must_use]
    pub fn passed(&self, now: Instant) -> bool {
        now >= self.at
    }
}

/// The deadline of what the machine wants now, if that has one.
#[must_use]
pub fn open(plan: &Plan, wanted: Command, ledger: &Ledger) -> Option<Open> {
    match of(plan, wanted)? {
        Deadline::Gate(gate) => {
            // A gate whose record lacks a deadline can't be waited for for ever: it counts from the last record.
            let at = ledger
                .gate
                .as_ref()
                .filter(|g| g.gate == gate)
                .map_or_else(|| ledger.asked_since.plus(plan.gate(gate).within), |g| g.deadline);
            Some(Open { of: Deadline::Gate(gate), at })
        }
        Deadline::Soak(stage) => {
            let soak = plan.stages.get(stage.ix())?.soak;
            let since = ledger.soak.filter(|(s, _)| *s == stage).map_or(ledger.asked_since, |(_, at)| at);
            Some(Open { of: Deadline::Soak(stage), at: since.plus(real(soak, ledger.time_scale)) })
        }
        of => Some(Open { of, at: ledger.asked_since.plus(patience(plan, of, ledger.unheard)) }),
    }
}

/// Which deadline a wanted thing has; none where nobody is waited for.
#[must_use]
pub fn of(plan: &Plan, wanted: Command) -> Option<Deadline> {
    Some(match wanted {
        Command::AskFact(fact) => Deadline::Fact(fact),
        Command::ConfirmSeverity(_) => Deadline::Severity,
        Command::JudgeCheck(check) if plan.checks.get(check.ix())?.signal.is_none() => Deadline::Check(check),
        Command::AwaitVotes(gate) => Deadline::Gate(gate),
        Command::Soak(stage) => Deadline::Soak(stage),
        Command::ChooseStep(_)
        | Command::ChooseQueued(_)
        | Command::ChooseCheck(_)
        | Command::ChooseSignOff
        | Command::ChooseAfterBreach
        | Command::ChooseStuck(_)
        | Command::NameFixAuthor
        | Command::AwaitHolds
        | Command::HaltForProblems => Deadline::Human,
        Command::Advance
        | Command::Prepare(_)
        | Command::Reread(_)
        | Command::Perform(_)
        | Command::Probe(_)
        | Command::ProveFallback(_)
        | Command::MeasureTrigger(_)
        | Command::MeasureFact(_)
        | Command::JudgeCheck(_)
        | Command::LookForHolds
        | Command::PrepareUndo(_)
        | Command::PerformUndo(_)
        | Command::ProbeUndo(_)
        | Command::Hold
        | Command::HaltForRecord
        | Command::Finish => return None,
    })
}

/// When somebody has to have said who they are, where the run goes no further without that.
#[must_use]
pub fn somebody(plan: &Plan, ledger: &Ledger) -> Open {
    let of = Deadline::Human;
    Open { of, at: ledger.asked_since.plus(patience(plan, of, ledger.unheard)) }
}

/// How long a person is waited for before somebody is paged, and how long after that page before the next.
fn patience(plan: &Plan, of: Deadline, unheard: u8) -> Millis {
    let times = if matches!(of, Deadline::Check(_)) { LOOKING } else { 1 };
    Millis(plan.question_within.0.saturating_mul(times << unheard.min(LONGEST)))
}

/// When those who said nothing at an open gate are asked again: at half of its time, and once more, for whoever stands in
/// for them, at three quarters. It changes no deadline.
#[must_use]
pub fn reminder(wanted: Command, ledger: &Ledger) -> Option<Open> {
    let (Command::AwaitVotes(wanted), Some(gate)) = (wanted, &ledger.gate) else { return None };
    let quarters = match ledger.reminded {
        0 => 2,
        1 => 3,
        _ => return None,
    };
    let length = gate.deadline.since(ledger.opened_at);
    let at = ledger.opened_at.plus(Millis(length.0 / 4 * quarters));
    (gate.gate == wanted).then_some(Open { of: Deadline::Reminder(wanted), at })
}

/// A length of the run's time in real time. Never shorter than it has to be.
#[must_use]
pub fn real(length: Millis, scale: u32) -> Millis {
    Millis(length.0.div_ceil(u64::from(scale.max(1))))
}
