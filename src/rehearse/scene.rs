//! Where a drill stands, shared by everybody who plays a part in it: the state of the run as its records tell it, what
//! has come in, and which fault strikes now.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use super::chance::Seeded;
use super::clock::VirtualClock;
use crate::plan::rehearsal::{Fault, FaultKind, Moment, Player, Rehearsal, Signal};
use crate::plan::{GateIx, Plan};
use crate::port::Clock as _;
use crate::run::event::Event;
use crate::run::record::{Record, sha256_hex};
use crate::run::state::State;
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
    pub(super) player: &'a Player,
    pub(super) clock: &'a VirtualClock,
    pub(super) chance: Seeded,
    state: RefCell<State>,
    gate: RefCell<Option<OpenGate>>,
    /// Steps that have acted, by id.
    pub(super) done: RefCell<BTreeSet<String>>,
    /// Injects that came in.
    pub(super) came: RefCell<BTreeSet<String>>,
    /// How many calls each fault spoilt.
    struck: RefCell<BTreeMap<String, u64>>,
    confirmed: Cell<bool>,
    contained: Cell<Option<Millis>>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(plan: &'a Plan, rehearsal: &'a Rehearsal, player: &'a Player, clock: &'a VirtualClock) -> Self {
        Self {
            plan,
            rehearsal,
            player,
            clock,
            chance: Seeded::new(rehearsal.seed),
            state: RefCell::new(State::new(plan)),
            gate: RefCell::default(),
            done: RefCell::default(),
            came: RefCell::default(),
            struck: RefCell::default(),
            confirmed: Cell::new(false),
            contained: Cell::new(None),
        }
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

    /// The fault of these kinds that strikes a call now; it is used up by it where it strikes so often only.
    pub(super) fn strikes(&self, provider: &str, step: Option<&str>, kinds: &[FaultKind]) -> Option<&'a Fault> {
        let since = self.since();
        let fault = self.rehearsal.faults.iter().find(|f| {
            kinds.contains(&f.kind)
                && f.on(since)
                && f.provider.as_deref().is_none_or(|p| p == provider)
                && f.step.as_deref().is_none_or(|s| Some(s) == step)
                && f.times.is_none_or(|times| self.struck.borrow().get(&f.id).copied().unwrap_or_default() < times)
        })?;
        *self.struck.borrow_mut().entry(fault.id.clone()).or_default() += 1;
        Some(fault)
    }

    /// The fault of this kind that holds now, whatever is called.
    pub(super) fn holds(&self, kind: FaultKind) -> Option<&'a Fault> {
        self.rehearsal.faults.iter().find(|f| f.kind == kind && f.on(self.since()))
    }

    /// What a signal shows now; none where the scenario says nothing of it.
    pub(super) fn reading(&self, name: &str) -> Option<(f64, Option<u64>, Option<f64>)> {
        let (since, came) = (self.since(), self.came.borrow());
        let there = |i: &&crate::plan::rehearsal::Inject| {
            if i.when.is_some() { came.contains(&i.id) } else { i.at <= since }
        };
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
