//! What comes in while people play: injects by the clock or from the game master, and what others left for the run.
//!
//! Shared by the log, which puts it on record, and by whoever asks a person, who has to stop for it. Must not append.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use super::course::Course;
use super::log::inject_detail;
use super::scene::Scene;
use crate::drive::Raise;
use crate::plan::rehearsal::Inject;
use crate::run::left::{Left, Order, What};
use crate::run::record::{Delivered, DeliveredWhat, Detail, Record, sha256_hex};
use crate::text::safe;
use crate::text::time::{Instant, Millis};

/// How often it is looked whether somebody left something, in the drill's time.
const LOOK: Millis = Millis(400);

/// Reads what others left for the run and is not known by nonce, in order of time.
pub type LeftBeside = Box<dyn Fn(&dyn Fn(&str) -> bool) -> Vec<Left>>;

/// What comes in.
pub(super) struct Comings<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) course: &'a Course,
    /// Ends the drill.
    raise: &'a Raise,
    left: LeftBeside,
    /// What was taken of what others left, by nonce.
    taken: RefCell<BTreeSet<String>>,
    /// What waits to be put on record.
    waiting: RefCell<Vec<Detail>>,
    looked: Cell<Option<Instant>>,
    over: Cell<bool>,
}

impl<'a> Comings<'a> {
    pub(super) fn new(
        scene: &'a Scene<'a>,
        course: &'a Course,
        raise: &'a Raise,
        left: LeftBeside,
        before: &[Record],
    ) -> Self {
        let taken = before.iter().filter_map(|r| r.detail.left.clone()).collect();
        let over = before.iter().any(|r| is(r, DeliveredWhat::Over) || is(r, DeliveredWhat::Aborted));
        Self {
            scene,
            course,
            raise,
            left,
            taken: RefCell::new(taken),
            waiting: RefCell::default(),
            looked: Cell::new(None),
            over: Cell::new(over),
        }
    }

    /// Whether something waits to be put on record.
    pub(super) fn some(&self) -> bool {
        self.gather();
        !self.waiting.borrow().is_empty()
    }

    /// What came in and is not on record yet.
    pub(super) fn all(&self) -> Vec<Detail> {
        self.gather();
        self.waiting.borrow_mut().drain(..).collect()
    }

    /// Something more.
    pub(super) fn put(&self, what: DeliveredWhat, id: &str, note: String) {
        let detail = self.delivered(what, id, Some(note));
        self.waiting.borrow_mut().push(detail);
    }

    fn delivered(&self, what: DeliveredWhat, id: &str, note: Option<String>) -> Detail {
        let drill = Delivered { what, id: id.to_owned(), due: self.scene.since(), stood: None };
        Detail { note, drill: Some(drill), ..Detail::default() }
    }

    /// An inject comes in now.
    fn comes(&self, inject: &Inject) -> Detail {
        self.scene.came.borrow_mut().insert(inject.id.clone());
        inject_detail(inject)
    }

    /// The next inject that has not come in, whatever its time and state.
    fn next(&self) -> Option<&'a Inject> {
        let came = self.scene.came.borrow();
        self.scene.rehearsal.injects.iter().find(|i| !came.contains(&i.id))
    }

    /// Whether the time will stand once what waits is on record, and how long it will have stood.
    fn will_stand(&self) -> (bool, Millis) {
        let waiting = self.waiting.borrow();
        let turns = |d: &Detail| match d.drill.as_ref().map(|d| d.what) {
            Some(DeliveredWhat::Paused) => Some(true),
            Some(DeliveredWhat::Resumed) => Some(false),
            _ => None,
        };
        let last = waiting.iter().rev().find_map(turns);
        last.map_or_else(|| (self.course.stands(), self.course.standing()), |stands| (stands, Millis(0)))
    }

    fn order(&self, order: Order, by: &str) -> Option<Detail> {
        let scene = self.scene;
        let master = |mut detail: Detail| {
            detail.person = Some(safe::line(by));
            Some(detail)
        };
        match order {
            Order::Next => self.next().map(|i| self.comes(i)).and_then(master),
            Order::Say { channel, to, text } => {
                let to: Vec<String> = to.iter().map(|t| safe::line(t)).collect();
                let note = format!("by {channel} to {}, not to be believed: {}", to.join(", "), safe::line(&text));
                master(self.delivered(DeliveredWhat::Inject, "", Some(note)))
            }
            Order::Pause if !self.will_stand().0 => master(self.delivered(DeliveredWhat::Paused, "", None)),
            Order::Resume if self.will_stand().0 => {
                let mut detail = self.delivered(DeliveredWhat::Resumed, "", None);
                if let Some(drill) = &mut detail.drill {
                    drill.stood = Some(self.will_stand().1);
                }
                master(detail)
            }
            Order::Pause | Order::Resume => None,
            Order::Skip(id) => {
                let known = scene.rehearsal.inject(&id).filter(|i| !scene.came.borrow().contains(&i.id))?;
                scene.came.borrow_mut().insert(known.id.clone());
                scene.skipped.borrow_mut().insert(known.id.clone());
                master(self.delivered(DeliveredWhat::Skipped, &known.id, None))
            }
            Order::Open { id, sealed } => {
                let of = scene.rehearsal.inject(&id).and_then(|i| Some((i, i.sealed.as_ref()?)));
                let (inject, pinned) = of?;
                if sha256_hex(sealed.as_bytes()) != pinned.sha256 {
                    let says = format!("what was opened as {} is not what was pinned", safe::line(&id));
                    return master(self.delivered(DeliveredWhat::Opened, "", Some(says)));
                }
                let text = crate::plan::rehearsal::unsealed(&sealed);
                master(self.delivered(DeliveredWhat::Opened, &inject.id, Some(safe::line(text))))
            }
            Order::Abort => {
                self.over.set(true);
                self.raise.raise();
                master(self.delivered(DeliveredWhat::Aborted, "", None))
            }
        }
    }

    /// Takes what others left, once each. What can't be read now is there the next time.
    fn look(&self) {
        let now = self.course.now();
        let stands = self.course.stands();
        if !stands && self.looked.get().is_some_and(|at| now.since(at) < LOOK) {
            return;
        }
        self.looked.set(Some(now));
        let left = (self.left)(&|nonce| self.taken.borrow().contains(nonce));
        for Left { nonce, by, what, .. } in left {
            self.taken.borrow_mut().insert(nonce.clone());
            let detail = match what {
                What::Note(payload) => {
                    Some(Detail { person: Some(safe::line(&by)), payloads: vec![payload], ..Detail::default() })
                }
                What::Master(order) => self.order(order, &by),
            };
            if let Some(detail) = detail {
                self.waiting.borrow_mut().push(Detail { left: Some(safe::line(&nonce)), ..detail });
            }
        }
    }

    /// Everything that has to come in now.
    fn gather(&self) {
        self.look();
        if self.course.stands() || self.over.get() {
            return;
        }
        let due: Vec<&Inject> = self.scene.due().collect();
        for inject in due {
            let detail = self.comes(inject);
            self.waiting.borrow_mut().push(detail);
        }
        if self.scene.since() >= self.scene.rehearsal.limits.duration {
            self.over.set(true);
            let detail = self.delivered(DeliveredWhat::Over, "", None);
            self.waiting.borrow_mut().push(detail);
            self.raise.raise();
        }
    }
}

pub(super) fn is(record: &Record, what: DeliveredWhat) -> bool {
    record.detail.drill.as_ref().is_some_and(|d| d.what == what)
}
