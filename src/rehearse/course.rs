//! The time of a drill with people: it begins with the drill, goes as fast as was said, and stands while the game master
//! holds it.
//!
//! Every process that has to do with the drill computes the same time, from the record and the clock of its machine: whoever
//! votes sees the same deadline as whoever waits for the vote.

use std::cell::Cell;
use std::fmt;

use crate::run::record::{DeliveredWhat, Record};
use crate::text::time::{Instant, Millis};

/// The course of a drill's time.
pub struct Course {
    begins: Instant,
    speed: u32,
    /// How long it stood so far, by the clocks of the world.
    stood: Cell<Millis>,
    /// What it shows while it stands.
    standing: Cell<Option<Instant>>,
    /// Now, in the world.
    world: Box<dyn Fn() -> Instant>,
}

impl fmt::Debug for Course {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Course").field("begins", &self.begins).field("speed", &self.speed).finish_non_exhaustive()
    }
}

impl Course {
    /// From the beginning on; `world` tells what time it is.
    #[must_use]
    pub fn new(begins: Instant, speed: u32, world: Box<dyn Fn() -> Instant>) -> Self {
        Self { begins, speed: speed.max(1), stood: Cell::new(Millis(0)), standing: Cell::new(None), world }
    }

    /// Of a drill that is on record; none of what is no drill. One that nobody played stands where its record ends.
    #[must_use]
    pub fn of(records: &[Record], world: Box<dyn Fn() -> Instant>) -> Option<Self> {
        let rehearsal = records.first()?.detail.start.as_ref()?.rehearsal.as_ref()?;
        let course = Self::new(rehearsal.begins, rehearsal.speed, world);
        records.iter().for_each(|r| course.take(r));
        if rehearsal.player.is_some() {
            course.standing.set(records.last().map(|r| r.at));
        }
        Some(course)
    }

    /// A record was made.
    pub fn take(&self, record: &Record) {
        let Some(drill) = &record.detail.drill else { return };
        match drill.what {
            DeliveredWhat::Paused => self.standing.set(Some(record.at)),
            DeliveredWhat::Resumed => {
                self.standing.set(None);
                self.stood.set(Millis(self.stood.get().0.saturating_add(drill.stood.unwrap_or_default().0)));
            }
            _ => {}
        }
    }

    /// What time it is in the drill.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.standing.get().unwrap_or_else(|| self.runs())
    }

    /// Whether the game master holds it.
    #[must_use]
    pub const fn stands(&self) -> bool {
        self.standing.get().is_some()
    }

    /// How long it has been standing, by the clocks of the world; nothing while it goes.
    #[must_use]
    pub fn standing(&self) -> Millis {
        let Some(at) = self.standing.get() else { return Millis(0) };
        Millis(self.runs().since(at).0 / u64::from(self.speed))
    }

    /// How long it stood by now, by the clocks of the world.
    #[must_use]
    pub fn stood(&self) -> Millis {
        Millis(self.stood.get().0.saturating_add(self.standing().0))
    }

    fn runs(&self) -> Instant {
        let since = (self.world)().since(self.begins).0.saturating_sub(self.stood.get().0);
        self.begins.plus(Millis(since.saturating_mul(u64::from(self.speed))))
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    #[test]
    fn it_goes_as_fast_as_was_said_and_stands_while_it_is_held() {
        let world = Rc::new(Cell::new(1_000_000));
        let begins = Instant(1_000_000);
        let shared = Rc::clone(&world);
        let course = Course::new(begins, 10, Box::new(move || Instant(shared.get())));
        let since = || course.now().since(begins);
        world.set(1_003_000);
        assert_eq!(since(), Millis(30_000));
        course.standing.set(Some(course.now()));
        world.set(1_008_000);
        assert_eq!((since(), course.standing()), (Millis(30_000), Millis(5_000)));
        course.stood.set(course.standing());
        course.standing.set(None);
        assert_eq!(since(), Millis(30_000), "it goes on where it stood");
        world.set(1_009_000);
        assert_eq!(since(), Millis(40_000));
    }
}
