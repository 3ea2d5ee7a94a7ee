//! Deadlines that are open: a fold over the ledger and what the machine wants.
//!
//! Owns when a question, a gate or a soak is over. Any command that can write compares it with now and feeds `Elapsed`;
//! commands that only read show *expired, not yet recorded*. It never looks at a clock.

use super::command::Command;
use super::input::Deadline;
use super::ledger::Ledger;
use crate::plan::Plan;
use crate::text::time::{Instant, Millis};

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
    let question = |of| Some(Open { of, at: ledger.asked_since.plus(plan.question_within) });
    match wanted {
        Command::AskFact(fact) => question(Deadline::Fact(fact)),
        Command::ConfirmSeverity(_) => question(Deadline::Severity),
        Command::AwaitVotes(gate) => {
            // A gate whose record lacks a deadline can't be waited for for ever: it counts from the last record.
            let at = ledger
                .gate
                .as_ref()
                .filter(|g| g.gate == gate)
                .map_or_else(|| ledger.asked_since.plus(plan.gate(gate).within), |g| g.deadline);
            Some(Open { of: Deadline::Gate(gate), at })
        }
        Command::Soak(stage) => {
            let soak = plan.stages.get(stage.ix())?.soak;
            let since = ledger.soak.filter(|(s, _)| *s == stage).map_or(ledger.asked_since, |(_, at)| at);
            Some(Open { of: Deadline::Soak(stage), at: since.plus(real(soak, ledger.time_scale)) })
        }
        _ => None,
    }
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
