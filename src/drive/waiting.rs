//! While votes are awaited: who has said nothing, when they are asked again, and which time counts.
//!
//! A clock that runs backwards must never lengthen an approval: the time that counts goes on from the latest that this
//! process or the record has seen. Owns that; must not decide what a deadline means.

use std::cell::Cell;

use super::Driver;
use crate::run::deadline::{self, Open};
use crate::run::ledger::UNIDENTIFIED;
use crate::text::safe;
use crate::text::time::{Instant, Millis};

/// How far a clock may be behind before it is said.
const TOLD: Millis = Millis::from_secs(30);

/// The time that counts: the clock's, but never earlier than what was seen before.
#[derive(Debug)]
pub(super) struct Watch {
    latest: Cell<Instant>,
    behind: Cell<Millis>,
    told: Cell<bool>,
}

impl Watch {
    /// From this time on; the record's last one, where there is a record.
    pub(super) const fn from(latest: Instant) -> Self {
        Self { latest: Cell::new(latest), behind: Cell::new(Millis(0)), told: Cell::new(false) }
    }

    /// What the clock shows, as the time that counts.
    pub(super) fn read(&self, clock: Instant) -> Instant {
        let latest = self.latest.get();
        if clock >= latest {
            // It is right, or was set right again.
            self.behind.set(Millis(0));
        }
        let at = clock.plus(self.behind.get());
        if at < latest {
            self.behind.set(Millis(self.behind.get().0.saturating_add(latest.since(at).0)));
            return latest;
        }
        self.latest.set(at);
        at
    }

    /// How far the clock is behind, once, where that is worth saying.
    pub(super) fn news(&self) -> Option<Millis> {
        let behind = self.behind.get();
        (behind.0 > TOLD.0 && !self.told.replace(true)).then_some(behind)
    }
}

impl Driver<'_> {
    /// The reminder of the gate at hand, once its time has come. Says on the way if the clock can't be trusted.
    pub(super) fn reminder(&mut self) -> Option<Open> {
        if let Some(behind) = self.watch.news() {
            self.says(&format!(
                "this machine's clock is {behind} behind what it or the record showed before; deadlines go by the later \
                 time, so that no approval lasts longer"
            ));
        }
        deadline::reminder(self.state.pending(self.plan), &self.ledger).filter(|again| again.passed(self.now()))
    }

    /// Whoever could say yes or no at the open gate and has said nothing that counts, with who stands in for them.
    pub(super) fn silent(&self) -> Vec<String> {
        let Some(open) = &self.ledger.gate else { return Vec::new() };
        let gate = self.plan.gate(open.gate);
        let excluded = self.excluded(gate);
        let entitled =
            |functions: &[String]| gate.functions.is_empty() || functions.iter().any(|f| gate.functions.contains(f));
        let asked = self.plan.roster.iter().filter(|p| p.serves(self.now()) && entitled(&p.functions));
        asked
            .filter(|p| p.name != UNIDENTIFIED && !excluded.contains(&p.name.as_str()))
            .filter(|p| !open.votes.iter().any(|v| v.person == p.name))
            .map(|p| match self.plan.alternates.get(&p.name) {
                Some(others) if !others.is_empty() => {
                    let others = others.iter().map(|o| safe::line(o)).collect::<Vec<_>>().join(", ");
                    format!("{} (instead: {others})", safe::line(&p.name))
                }
                _ => safe::line(&p.name),
            })
            .collect()
    }

    /// The same in one line; none when everybody has answered.
    pub(super) fn says_silent(&self) -> Option<String> {
        Some(self.silent().join(", ")).filter(|s| !s.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_that_was_seen_does_not_come_again() {
        let watch = Watch::from(Instant(1_000_000));
        assert_eq!(watch.read(Instant(1_000_500)), Instant(1_000_500));
        assert_eq!(watch.news(), None);
        // Set back by a minute: it goes on from where it was, as fast as the clock does.
        assert_eq!(watch.read(Instant(940_500)), Instant(1_000_500));
        assert_eq!(watch.read(Instant(941_500)), Instant(1_001_500));
        assert_eq!(watch.news(), Some(Millis(60_000)));
        assert_eq!(watch.news(), None, "said once");
        // Set right again: it is believed again.
        assert_eq!(watch.read(Instant(1_002_000)), Instant(1_002_000));
    }

    #[test]
    fn a_record_from_a_clock_ahead_is_where_time_begins() {
        let watch = Watch::from(Instant(5_000_000));
        assert_eq!(watch.read(Instant(4_000_000)), Instant(5_000_000));
        assert_eq!(watch.read(Instant(4_000_010)), Instant(5_000_010));
    }
}
