//! Providers in a drill with people: the very adapters of a real run, and beside each call a word to the server behind them of
//! what is to go wrong with it.
//!
//! Owns which fault strikes which call and what a signal is to show. The faults themselves happen in the server, so that
//! the adapters meet them where they would in the night. Must not know any dialect.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use litemap::LiteMap;

use super::scene::Scene;
use crate::plan::checked::Checked;
use crate::plan::needed::Needed;
use crate::plan::rehearsal::FaultKind;
use crate::plan::{Measure, Target};
use crate::port::{Fault, Fut, OnDuty, Order, Prepared, Provider, Providers, Sight, SignalReading};
use crate::run::event::{Outcome, Verdict};
use crate::run::record::RequestView;
use crate::text::gather::Gather;
use crate::text::time::Millis;

/// What is to happen to the requests of one provider's call.
#[derive(Clone, Debug, PartialEq)]
pub struct Blow {
    /// What goes wrong; none where a signal is only to show what the scenario says.
    pub kind: Option<FaultKind>,
    /// Whether the call acts; otherwise it reads.
    pub acts: bool,
    /// How many requests of it were met by the server.
    pub met: u32,
    /// What a signal is to show.
    pub signal: Option<Shown>,
}

/// What a signal is to show; without a value, nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The value.
    pub value: Option<f64>,
    /// Observations.
    pub samples: Option<u64>,
    /// What it was before.
    pub baseline: Option<f64>,
    /// How the signal is bound at its provider, so that its several questions are told apart.
    pub binding: BTreeMap<String, String>,
}

/// What is said to the server, by provider. Shared with it.
#[derive(Clone, Debug, Default)]
pub struct Blows(Arc<Mutex<LiteMap<String, Blow>>>);

impl Blows {
    fn lock(&self) -> MutexGuard<'_, LiteMap<String, Blow>> {
        // Nothing in here can panic while it is held, so that it is never poisoned.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to happen to a request to this provider; it counts as met.
    #[must_use]
    pub fn meet(&self, provider: &str) -> Option<Blow> {
        let mut all = self.lock();
        let blow = all.get_mut(provider)?;
        let now = blow.clone();
        blow.met += 1;
        Some(now)
    }

    fn arm(&self, provider: &str, blow: Blow) -> Armed {
        self.lock().insert(provider.to_owned(), blow);
        Armed { blows: self.clone(), provider: provider.to_owned() }
    }
}

/// As long as the call lasts.
struct Armed {
    blows: Blows,
    provider: String,
}

impl Drop for Armed {
    fn drop(&mut self) {
        self.blows.lock().remove(&self.provider);
    }
}

/// The providers of a plan, spoilt.
pub(super) struct Spoilt<'a> {
    then: &'a dyn Providers,
    each: LiteMap<String, One<'a>>,
}

struct One<'a> {
    name: String,
    then: Result<&'a dyn Provider, Fault>,
    scene: &'a Scene<'a>,
    blows: Blows,
    /// Whether nothing behind it is real: signals show what the scenario says, and what is done by hand is done here. In a real
    /// environment they show what is.
    signals: bool,
}

impl<'a> Spoilt<'a> {
    pub(super) fn new(then: &'a dyn Providers, scene: &'a Scene<'a>, blows: &Blows, signals: bool) -> Self {
        let one =
            |name: &str| One { name: name.to_owned(), then: then.get(name), scene, blows: blows.clone(), signals };
        let each = scene.plan.providers().into_iter().map(|name| (name.to_owned(), one(name))).gather();
        Self { then, each }
    }
}

impl Providers for Spoilt<'_> {
    fn get(&self, name: &str) -> Result<&dyn Provider, Fault> {
        match self.each.get(name) {
            Some(one) => one.then.clone().map(|_| one as &dyn Provider),
            None => self.then.get(name),
        }
    }
}

impl One<'_> {
    fn reads(&self) -> Option<Armed> {
        let kind = self.scene.gone(&self.name)?;
        Some(self.blows.arm(&self.name, Blow { kind: Some(kind), acts: false, met: 0, signal: None }))
    }

    /// What spoils an act; a read that will be stale begins with what stands before it.
    fn acts(&self, order: &Order<'_>) -> Option<Armed> {
        use FaultKind::{Error, NoEffect, Partial, RateLimit, StaleRead, Timeout, WrongVersion};
        let first = order.step.targets.first().is_some_and(|t| t == order.target);
        let kinds = [Timeout, Error, Partial, NoEffect, WrongVersion, RateLimit];
        let struck = self.scene.strikes(&self.name, Some(&order.step.id), &kinds).map(|f| f.kind);
        // It reaches the first target only.
        let struck = struck.filter(|k| *k != Partial || !first || order.step.targets.len() < 2);
        let kind = struck.or_else(|| self.scene.would_strike(&self.name, &order.step.id, StaleRead))?;
        Some(self.blows.arm(&self.name, Blow { kind: Some(kind), acts: true, met: 0, signal: None }))
    }

    fn probes(&self, order: &Order<'_>) -> Option<Armed> {
        let stale = self.scene.strikes(&self.name, Some(&order.step.id), &[FaultKind::StaleRead]).map(|f| f.kind);
        let kind = self.scene.gone(&self.name).or(stale)?;
        Some(self.blows.arm(&self.name, Blow { kind: Some(kind), acts: false, met: 0, signal: None }))
    }

    fn shows(&self, measure: &Measure) -> Option<Armed> {
        let kind = self.scene.gone(&self.name);
        let signal = self.signals.then(|| {
            let (value, samples, baseline) = match self.scene.reading(&measure.signal) {
                Some((value, samples, baseline)) => (Some(value), samples, baseline),
                None => (None, None, None),
            };
            let text = |(k, v): (&String, &serde_json::Value)| Some((k.clone(), v.as_str()?.to_owned()));
            let binding = measure.target.binding.iter().filter_map(text).gather();
            Shown { value, samples, baseline, binding }
        });
        (kind.is_some() || signal.is_some())
            .then(|| self.blows.arm(&self.name, Blow { kind, acts: false, met: 0, signal }))
    }

    fn there(&self) -> Result<&dyn Provider, Fault> {
        self.then.clone()
    }
}

impl Provider for One<'_> {
    fn describe(&self, order: &Order<'_>) -> Vec<RequestView> {
        self.there().map(|p| p.describe(order)).unwrap_or_default()
    }

    fn prepare<'o>(&'o self, order: &'o Order<'o>) -> Fut<'o, Result<Prepared, Fault>> {
        Box::pin(async move {
            let _armed = self.reads();
            self.there()?.prepare(order).await
        })
    }

    fn perform<'o>(
        &'o self,
        order: &'o Order<'o>,
        prepared: Option<&'o Prepared>,
        limit: Millis,
    ) -> Fut<'o, Sight<Outcome>> {
        Box::pin(async move {
            let _armed = self.acts(order);
            match self.there() {
                Ok(provider) => provider.perform(order, prepared, limit).await,
                Err(fault) => not_there(Outcome::NotSent, order, &fault),
            }
        })
    }

    fn probe<'o>(
        &'o self,
        order: &'o Order<'o>,
        prepared: Option<&'o Prepared>,
        limit: Millis,
    ) -> Fut<'o, Sight<Verdict>> {
        Box::pin(async move {
            if self.signals
                && self.scene.by_hand(order)
                && let Ok(provider) = self.there()
            {
                // Past every fault, as at a console; what came of it is what is read.
                let _ = provider.perform(order, prepared, limit).await;
            }
            let _armed = self.probes(order);
            match self.there() {
                Ok(provider) => provider.probe(order, prepared, limit).await,
                Err(fault) => not_there(Verdict::Inconclusive, order, &fault),
            }
        })
    }

    fn measure<'o>(&'o self, measure: &'o Measure, limit: Millis) -> Fut<'o, Result<SignalReading, Fault>> {
        Box::pin(async move {
            let _armed = self.shows(measure);
            self.there()?.measure(measure, limit).await
        })
    }

    fn check<'o>(&'o self, needed: &'o [Needed], limit: Millis) -> Fut<'o, Vec<Checked>> {
        Box::pin(async move {
            match self.there() {
                Ok(provider) => provider.check(needed, limit).await,
                Err(_) => Vec::new(),
            }
        })
    }

    fn on_call<'o>(&'o self, target: &'o Target, limit: Millis) -> Fut<'o, Result<Vec<OnDuty>, Fault>> {
        Box::pin(async move { self.there()?.on_call(target, limit).await })
    }
}

fn not_there<T>(is: T, order: &Order<'_>, fault: &Fault) -> Sight<T> {
    let seen = crate::run::record::Seen {
        target: order.target.label.clone(),
        status: None,
        says: fault.says.clone(),
        requests: 0,
    };
    Sight { is, seen, keep: None }
}
