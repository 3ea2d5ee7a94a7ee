//! Where a drill stands, shared by everybody who plays a part in it: the state of the run as its records tell it, what
//! has come in, and which fault strikes now.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use litemap::LiteMap;

use super::chance::Seeded;
use crate::plan::rehearsal::{Fault, FaultKind, Inject, Moment, Rehearsal, Signal, at_work};
use crate::plan::{GateIx, Plan, StepIx};
use crate::port::{Clock, Order, Way};
use crate::run::event::{Event, Outcome, Verdict};
use crate::run::record::{Delivered, DeliveredWhat, Detail, Record, sha256_hex};
use crate::run::state::{Doing, State, Undoing};
use crate::text::safe;
use crate::text::time::{Instant, Millis};

/// A gate as those see it who are asked.
#[derive(Clone, Debug)]
pub(super) struct OpenGate {
    pub(super) gate: GateIx,
    pub(super) at: Instant,
    pub(super) seq: u64,
    /// Digest of the act as it was shown.
    pub(super) act: String,
    /// Digest of the record that opened it.
    pub(super) head: String,
}

/// Where a drill stands.
pub(super) struct Scene<'a> {
    pub(super) plan: &'a Plan,
    pub(super) rehearsal: &'a Rehearsal,
    pub(super) clock: &'a dyn Clock,
    pub(super) chance: Seeded,
    state: RefCell<State>,
    gate: RefCell<Option<OpenGate>>,
    /// Steps that have acted, by id.
    pub(super) done: RefCell<BTreeSet<String>>,
    /// Injects that came in.
    pub(super) came: RefCell<BTreeSet<String>>,
    /// Injects that are left out; they came in, too, so that they do not come again.
    pub(super) skipped: RefCell<BTreeSet<String>>,
    /// How many calls each fault spoilt.
    struck: RefCell<LiteMap<String, u64>>,
    /// Faults that were met, and those of them that are not on record yet.
    met: RefCell<BTreeSet<String>>,
    news: RefCell<Vec<Detail>>,
    confirmed: Cell<bool>,
    contained: Cell<Option<Millis>>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(plan: &'a Plan, rehearsal: &'a Rehearsal, clock: &'a dyn Clock) -> Self {
        Self {
            plan,
            rehearsal,
            clock,
            chance: Seeded::new(rehearsal.seed),
            state: RefCell::new(State::new(plan)),
            gate: RefCell::default(),
            done: RefCell::default(),
            came: RefCell::default(),
            skipped: RefCell::default(),
            struck: RefCell::default(),
            met: RefCell::default(),
            news: RefCell::default(),
            confirmed: Cell::new(false),
            contained: Cell::new(None),
        }
    }

    /// A fault has struck: it goes on record the first time, so that whoever reads it knows what was real.
    pub(super) fn meets(&self, fault: &Fault) {
        if self.met.borrow_mut().insert(fault.id.clone()) {
            let place = fault.step.as_deref().or(fault.provider.as_deref()).map(safe::line);
            let note = place.map_or_else(|| fault.kind.to_string(), |place| format!("{} at {place}", fault.kind));
            let drill = Delivered { what: DeliveredWhat::Struck, id: fault.id.clone(), due: self.since(), stood: None };
            self.news.borrow_mut().push(Detail { note: Some(note), drill: Some(drill), ..Detail::default() });
        }
    }

    /// The faults that struck and are not on record yet.
    pub(super) fn news(&self) -> Vec<Detail> {
        self.news.borrow_mut().drain(..).collect()
    }

    /// The time since the beginning.
    pub(super) fn since(&self) -> Millis {
        self.clock.now().since(self.rehearsal.begins)
    }

    /// A record was made.
    pub(super) fn take(&self, record: &Record) {
        // The driver has applied the same event to the same state before it told of it.
        let _ = self.state.borrow_mut().apply(self.plan, record.event);
        match record.event {
            Event::GateOpened { gate } => {
                let head = record.bytes().map(|b| sha256_hex(&b)).unwrap_or_default();
                let act = record.detail.act.as_ref().map(|a| a.digest.clone()).unwrap_or_default();
                *self.gate.borrow_mut() = Some(OpenGate { gate, at: record.at, seq: record.seq, act, head });
            }
            Event::GateGranted { .. }
            | Event::GateDenied { .. }
            | Event::GateExpired { .. }
            | Event::GateVoided { .. } => *self.gate.borrow_mut() = None,
            Event::SeverityConfirmed { .. } => self.confirmed.set(true),
            Event::StepProved { .. } | Event::StepAttested { .. }
                if self.contained.get().is_none() && self.state.borrow().contained(self.plan) =>
            {
                self.contained.set(Some(record.at.since(self.rehearsal.begins)));
            }
            _ => {}
        }
    }

    /// A record was made in a drill with people, by this process or an earlier one: what acted, and what came in.
    pub(super) fn remember(&self, record: &Record) {
        let step = |s: StepIx| self.plan.steps.get(s.ix()).map(|s| s.id.clone()).unwrap_or_default();
        match record.event {
            Event::StepObserved { step: s, outcome: Outcome::Done | Outcome::Unknown }
            | Event::StepProved { step: s, verdict: Verdict::Pass | Verdict::Accepted }
            | Event::StepAttested { step: s } => {
                self.done.borrow_mut().insert(step(s));
            }
            Event::UndoProved { step: s, verdict: Verdict::Pass } | Event::UndoByHand { step: s } => {
                self.done.borrow_mut().remove(&step(s));
            }
            _ => {}
        }
        if let Some(drill) = &record.detail.drill {
            let mut came = self.came.borrow_mut();
            match drill.what {
                DeliveredWhat::Inject => drop(came.insert(drill.id.clone())),
                DeliveredWhat::Skipped => {
                    came.insert(drill.id.clone());
                    self.skipped.borrow_mut().insert(drill.id.clone());
                }
                DeliveredWhat::Struck => {
                    self.met.borrow_mut().insert(drill.id.clone());
                    self.struck.borrow_mut().entry(drill.id.clone()).or_insert(1);
                }
                _ => {}
            }
        }
        self.take(record);
    }

    /// Whether somebody says that they did what this order is about by hand, or put it back, and it leaves a state to be read.
    /// Then it was done at the drill's own systems: their consoles are the real ones, which nobody touches for practice.
    pub(super) fn by_hand(&self, order: &Order<'_>) -> bool {
        let Some(step) = self.plan.find_step(&order.step.id) else { return false };
        let at = self.state.borrow().at(step);
        let said = match order.way {
            Way::Do => at.doing == Doing::ByHand,
            Way::Undo(_) => at.undoing == Undoing::ByHand,
        };
        said && !at_work(order.step, order.target).is_null()
    }

    /// When containment was first proven, from the beginning.
    pub(super) const fn contained(&self) -> Option<Millis> {
        self.contained.get()
    }

    /// The gate that is open.
    pub(super) fn gate(&self) -> Option<OpenGate> {
        self.gate.borrow().clone()
    }

    /// Whether it stands so now.
    pub(super) fn is(&self, moment: Moment) -> bool {
        let contained = || self.state.borrow().contained(self.plan);
        match moment {
            Moment::Contained => contained(),
            Moment::NotContained => !contained(),
            Moment::GateOpen => self.gate.borrow().is_some(),
            Moment::Confirmed => self.confirmed.get(),
            Moment::NotConfirmed => !self.confirmed.get(),
        }
    }

    /// The faults that are played where this takes place.
    fn faults(&self) -> impl Iterator<Item = &'a Fault> {
        let rehearsal = self.rehearsal;
        rehearsal.faults.iter().filter(|f| rehearsal.plays(f))
    }

    /// The fault of these kinds that strikes a call now; it is used up by it where it strikes so often only.
    pub(super) fn strikes(&self, provider: &str, step: Option<&str>, kinds: &[FaultKind]) -> Option<&'a Fault> {
        let since = self.since();
        let fault = self.faults().find(|f| {
            kinds.contains(&f.kind)
                && f.on(since)
                && f.provider.as_deref().is_none_or(|p| p == provider)
                && f.step.as_deref().is_none_or(|s| Some(s) == step)
                && f.times.is_none_or(|times| self.struck.borrow().get(&f.id).copied().unwrap_or_default() < times)
        })?;
        *self.struck.borrow_mut().entry(fault.id.clone()).or_default() += 1;
        self.meets(fault);
        Some(fault)
    }

    /// A fault of this kind that will strike this step, without using it up.
    pub(super) fn would_strike(&self, provider: &str, step: &str, kind: FaultKind) -> Option<FaultKind> {
        let struck = self.struck.borrow();
        let of = |f: &&Fault| {
            f.kind == kind
                && f.on(self.since())
                && f.provider.as_deref().is_none_or(|p| p == provider)
                && f.step.as_deref().is_none_or(|s| s == step)
                && f.times.is_none_or(|times| struck.get(&f.id).copied().unwrap_or_default() < times)
        };
        self.faults().find(of).map(|f| f.kind)
    }

    /// A provider that is gone as a whole: reading fails too. A fault of one step spoils only the act itself.
    pub(super) fn gone(&self, provider: &str) -> Option<FaultKind> {
        let since = self.since();
        let of = |f: &&Fault| {
            f.step.is_none()
                && f.times.is_none()
                && f.on(since)
                && f.provider.as_deref().is_none_or(|p| p == provider)
                && matches!(f.kind, FaultKind::Timeout | FaultKind::Error)
        };
        let fault = self.faults().find(of)?;
        self.meets(fault);
        Some(fault.kind)
    }

    /// The injects whose time and state have come and that have not come in.
    pub(super) fn due(&self) -> impl Iterator<Item = &'a Inject> {
        let since = self.since();
        let now = move |i: &&Inject| {
            i.at <= since && !self.came.borrow().contains(&i.id) && i.when.is_none_or(|when| self.is(when))
        };
        self.rehearsal.injects.iter().filter(now)
    }

    /// The fault of this kind that holds now, whatever is called.
    pub(super) fn holds(&self, kind: FaultKind) -> Option<&'a Fault> {
        self.faults().find(|f| f.kind == kind && f.on(self.since()))
    }

    /// What a signal shows now; none where the scenario says nothing of it.
    pub(super) fn reading(&self, name: &str) -> Option<(f64, Option<u64>, Option<f64>)> {
        let (since, came) = (self.since(), self.came.borrow());
        let skipped = self.skipped.borrow();
        let there =
            |i: &&Inject| !skipped.contains(&i.id) && (came.contains(&i.id) || i.when.is_none() && i.at <= since);
        let later = self.rehearsal.injects.iter().filter(there).flat_map(|i| &i.signals);
        let all: Vec<&Signal> = self.rehearsal.signals.iter().chain(later).filter(|s| s.signal == name).collect();
        let last = all.last()?;
        let done = self.done.borrow();
        // What mends it stands where it was said last.
        let mended = all.iter().rev().find_map(|s| s.mended.as_ref()).filter(|t| done.contains(&t.by));
        let worse = all.iter().rev().find_map(|s| s.worse.as_ref()).filter(|t| done.contains(&t.by));
        let value = mended.or(worse).map_or(last.value, |t| t.to);
        let samples = all.iter().rev().find_map(|s| s.samples);
        let baseline = all.iter().rev().find_map(|s| s.baseline);
        Some((value, samples, baseline))
    }
}
