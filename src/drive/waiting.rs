//! While votes are awaited: who has said nothing, when they are asked again, and which time counts.
//!
//! A clock that runs backwards must never lengthen an approval: the time that counts goes on from the latest that this
//! process or the record has seen. Owns that; must not decide what a deadline means.

use std::cell::Cell;

use super::{Driver, Why};
use crate::run::count;
use crate::run::deadline::{self, Open};
use crate::run::input::Input;
use crate::run::ledger::OpenGate;
use crate::run::record::Detail;
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
    /// Whether it was said that the providers have another time.
    apart: Cell<bool>,
}

impl Watch {
    /// From this time on; the record's last one, where there is a record.
    pub(super) const fn from(latest: Instant) -> Self {
        Self {
            latest: Cell::new(latest),
            behind: Cell::new(Millis(0)),
            told: Cell::new(false),
            apart: Cell::new(false),
        }
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
    /// The time by which votes are too late: what counts here, or what the clock of a provider shows where that is well
    /// ahead. A clock that is behind gives nobody more time.
    pub(super) fn latest(&self) -> Instant {
        self.ahead().map_or_else(|| self.now(), |(_, theirs)| theirs)
    }

    /// The provider whose clock is furthest ahead of the time that counts here, and what it shows, where that is well ahead.
    fn ahead(&self) -> Option<(String, Instant)> {
        let clock = self.ports.clock.now();
        let (host, ahead) = self.ports.providers.clocks(clock).into_iter().max_by_key(|(_, ahead)| *ahead)?;
        let theirs = clock.plus(Millis(u64::try_from(ahead).ok()?));
        (theirs.since(self.now()).0 > TOLD.0).then_some((host, theirs))
    }

    /// Why a gate had closed before it was granted, if it had. What time the providers have may be known only once one of
    /// them was asked, after the votes were counted; a grant that was given in time holds however much later that is.
    pub(super) fn closed_before(&self, granted: &OpenGate) -> Option<String> {
        let (host, theirs) = self.ahead()?;
        let ahead = theirs.since(self.now());
        (self.ledger.granted_at.plus(ahead) >= granted.deadline).then(|| {
            format!(
                "the votes were counted after the deadline: the clock of {} is {} ahead of this machine's",
                safe::line(&host),
                Millis(ahead.0 / 1_000 * 1_000)
            )
        })
    }

    /// Says and records, once, that the clocks of providers and of this machine are apart.
    pub(super) fn clocks_apart(&mut self) -> Result<(), Why> {
        if self.watch.apart.get() {
            return Ok(());
        }
        let clocks = self.ports.providers.clocks(self.ports.clock.now());
        let Some((host, ahead)) = clocks.into_iter().max_by_key(|(_, ahead)| ahead.unsigned_abs()) else {
            return Ok(());
        };
        if ahead.unsigned_abs() <= TOLD.0 {
            return Ok(());
        }
        self.watch.apart.set(true);
        let way = if ahead > 0 { "ahead of" } else { "behind" };
        let apart = Millis(ahead.unsigned_abs() / 1_000 * 1_000);
        let note = format!(
            "the clock of {} is {apart} {way} this machine's; an approval ends by the later of the two",
            safe::line(&host)
        );
        self.says(&format!("DOUBT {note}"));
        self.feed(Input::Noted, Detail { note: Some(note), ..Detail::default() })
    }

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

    /// Whoever could say yes or no at the open gate and has said nothing that counts.
    pub(super) fn unheard(&self) -> Vec<&'_ str> {
        let Some(open) = &self.ledger.gate else { return Vec::new() };
        let asked = count::asked(self.plan, &self.ledger, open, self.now());
        asked.into_iter().filter(|name| !open.votes.iter().any(|v| v.person == *name)).collect()
    }

    /// The same, each with who stands in for them.
    pub(super) fn silent(&self) -> Vec<String> {
        let with_others = |name: &str| match self.plan.alternates.get(name) {
            Some(others) if !others.is_empty() => {
                let others = others.iter().map(|o| safe::line(o)).collect::<Vec<_>>().join(", ");
                format!("{} (instead: {others})", safe::line(name))
            }
            _ => safe::line(name),
        };
        self.unheard().into_iter().map(with_others).collect()
    }

    /// Whom the page of the reminder that is due is for: those who said nothing, and the second time whoever stands in for
    /// them before them.
    pub(super) fn asked_again(&self) -> Vec<String> {
        let unheard = self.unheard();
        let others = unheard.iter().filter_map(|name| self.plan.alternates.get(*name)).flatten().map(String::as_str);
        let others: Vec<&str> = if self.ledger.reminded == 0 { Vec::new() } else { others.collect() };
        let mut whom: Vec<String> = Vec::new();
        for name in others.into_iter().chain(unheard) {
            if !whom.iter().any(|w| w == name) {
                whom.push(name.to_owned());
            }
        }
        whom
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
