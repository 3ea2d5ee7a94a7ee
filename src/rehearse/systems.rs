//! Every system that a plan reaches, in memory: what stands where, what was sent, and the faults of the scenario.
//!
//! Speaks through the same port as the adapters and is as strict: an effect without its key is a second effect, prior
//! state is read before it is changed, and what a fault swallows is not there when it is read back.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::scene::Scene;
use crate::plan::checked::Checked;
use crate::plan::needed::Needed;
use crate::plan::rehearsal::{FaultKind, at_work};
use crate::plan::{Act, Condition, Direction, Measure, Proof, Repeat, Target};
use crate::port::{Fault, Fut, OnDuty, Order, Prepared, Provider, Providers, Sight, SignalReading, Way};
use crate::run::event::{Outcome, Verdict};
use crate::run::record::{Measured, RequestView, Seen, canonical};
use crate::text::time::Millis;

/// How long a call takes at least, and how much longer it may take by chance.
const CALL: (u64, u64) = (150, 350);

/// All systems of a plan.
pub(super) struct Systems<'a, 's> {
    pub(super) scene: &'a Scene<'s>,
    things: RefCell<Things>,
    /// Whether it was said to be contained and was not; none while nothing was said.
    lied: Cell<Option<bool>>,
    /// Whether people play, who say what they did by hand; a script does it itself.
    pub(super) people: bool,
}

#[derive(Debug, Default)]
struct Things {
    /// What stands where.
    state: BTreeMap<String, Value>,
    /// What stood there in the beginning.
    initial: BTreeMap<String, Value>,
    /// What was sent or captured: the keys under which it was.
    effects: BTreeMap<String, Vec<String>>,
}

fn place(target: &Target) -> String {
    // A map of JSON values always has a canonical form.
    let binding = canonical(&target.binding).unwrap_or_default();
    format!("{} {}", target.provider, String::from_utf8_lossy(&binding))
}

/// The state that an act wants; none for what leaves no state.
fn wanted(act: &Act) -> Option<Value> {
    match act {
        Act::SetControl { to, .. } => serde_json::to_value(to).ok(),
        Act::RollbackLayer { to, .. } => Some(json!(to)),
        Act::Freeze => Some(json!("frozen")),
        _ => None,
    }
}

impl<'a, 's> Systems<'a, 's> {
    pub(super) fn new(scene: &'a Scene<'s>) -> Self {
        let things = RefCell::new(Things::default());
        let systems = Self { scene, things, lied: Cell::new(None), people: false };
        for step in &scene.plan.steps {
            for target in &step.targets {
                let mut things = systems.things.borrow_mut();
                let place = place(target);
                if wanted(&step.act).is_some() {
                    let value = at_work(step, target);
                    things.initial.entry(place.clone()).or_insert_with(|| value.clone());
                    things.state.entry(place).or_insert(value);
                }
            }
        }
        systems
    }

    /// Whether what was said to be contained was: each immediate step that lowers stood as it wants to, or its or-else, at
    /// the moment of the first proof. Looked at from outside, past every fault.
    pub(super) fn truly(&self) -> bool {
        self.lied.get().is_none_or(|lied| !lied)
    }

    /// Holds what is said against what is, once.
    fn compare(&self) {
        if self.lied.get().is_some() || self.scene.contained().is_none() {
            return;
        }
        let things = self.things.borrow();
        let stands = |ix: crate::plan::StepIx| {
            let step = self.scene.plan.step(ix);
            let there = |t: &Target| wanted(&step.act).is_none_or(|w| things.state.get(&place(t)) == Some(&w));
            step.targets.iter().all(there)
        };
        let plan = self.scene.plan;
        let lowering = plan.immediate.iter().filter(|s| plan.step(**s).direction == Direction::Lowers);
        let all = lowering.copied().all(|s| stands(s) || plan.step(s).or_else.is_some_and(stands));
        self.lied.set(Some(!all));
    }

    /// Does it as a person at the console would: out, or back to what stood there in the beginning.
    pub(super) fn by_hand(&self, step: &crate::plan::Step, back: bool) {
        let mut things = self.things.borrow_mut();
        for target in &step.targets {
            let place = place(target);
            let value = if back { things.initial.get(&place).cloned() } else { wanted(&step.act) };
            if let Some(value) = value {
                things.state.insert(place, value);
            }
        }
        drop(things);
        if back {
            self.scene.done.borrow_mut().remove(&step.id);
        } else {
            self.scene.done.borrow_mut().insert(step.id.clone());
        }
    }

    /// Puts them where an earlier process left them, as far as the scene tells.
    pub(super) fn after_all_that(&self) {
        let done = self.scene.done.borrow().clone();
        for step in self.scene.plan.steps.iter().filter(|s| done.contains(&s.id)) {
            self.by_hand(step, false);
        }
    }

    /// Does at one place what somebody says they did by hand.
    fn handed(&self, order: &Order<'_>) {
        if let Some(value) = wants(order) {
            self.things.borrow_mut().state.insert(place(order.target), value);
        }
    }

    fn state(&self, place: &str) -> Value {
        self.things.borrow().state.get(place).cloned().unwrap_or(Value::Null)
    }

    fn act(&self, order: &Order<'_>, other: Option<Value>) {
        let place = place(order.target);
        let value = other.or_else(|| wants(order));
        let mut things = self.things.borrow_mut();
        if let Some(value) = value {
            things.state.insert(place, value);
        } else {
            let keys = things.effects.entry(place).or_default();
            if order.step.repeat == Repeat::Never || !keys.iter().any(|k| k == order.key) {
                keys.push(order.key.to_owned());
            }
        }
        drop(things);
        match order.way {
            Way::Do => self.scene.done.borrow_mut().insert(order.step.id.clone()),
            Way::Undo(_) => self.scene.done.borrow_mut().remove(&order.step.id),
        };
    }

    async fn takes_time(&self) {
        self.compare();
        let (least, more) = CALL;
        self.scene.clock.sleep(Millis(least + self.scene.chance.below(more))).await;
    }

    /// The fault of these kinds that strikes an order.
    fn strikes(&self, order: &Order<'_>, kinds: &[FaultKind]) -> Option<FaultKind> {
        self.scene.strikes(&order.target.provider, Some(&order.step.id), kinds).map(|f| f.kind)
    }

    /// Hangs or says what it is that is gone.
    async fn unless_gone(&self, provider: &str) -> Result<(), Fault> {
        match self.scene.gone(provider) {
            None => Ok(()),
            Some(FaultKind::Timeout) => std::future::pending().await,
            Some(_) => {
                let says = format!("{provider}: 503, the drill has taken it away");
                Err(Fault { says, help: None, before_sending: false })
            }
        }
    }
}

fn wants(order: &Order<'_>) -> Option<Value> {
    match order.way {
        Way::Do => wanted(&order.step.act),
        Way::Undo(prior) => Some(prior.clone()),
    }
}

fn seen(order: &Order<'_>, status: Option<u16>, says: &str) -> Seen {
    Seen { target: order.target.label.clone(), status, says: says.to_owned(), requests: 1 }
}

fn view(order: &Order<'_>, body: &Value, purpose: &str) -> RequestView {
    RequestView {
        method: "DRILL".to_owned(),
        url: format!("drill://{}/{}", order.target.provider, order.target.label),
        headers: Vec::new(),
        body: body.to_string(),
        purpose: purpose.to_owned(),
    }
}

impl Providers for Systems<'_, '_> {
    fn get(&self, _: &str) -> Result<&dyn Provider, Fault> {
        Ok(self)
    }
}

impl Provider for Systems<'_, '_> {
    fn describe(&self, order: &Order<'_>) -> Vec<RequestView> {
        vec![view(order, &wants(order).unwrap_or(Value::Null), "set")]
    }

    fn prepare<'o>(&'o self, order: &'o Order<'o>) -> Fut<'o, Result<Prepared, Fault>> {
        Box::pin(async move {
            self.takes_time().await;
            self.unless_gone(&order.target.provider).await?;
            let wants = wants(order);
            let prior = wants.as_ref().map_or(Value::Null, |_| self.state(&place(order.target)));
            let leaves = wants.unwrap_or(Value::Null);
            Ok(Prepared {
                requests: vec![view(order, &leaves, "set")],
                undo: vec![view(order, &prior, "put back")],
                prior,
                leaves,
                account: "drill".to_owned(),
            })
        })
    }

    fn perform<'o>(&'o self, order: &'o Order<'o>, _: Option<&'o Prepared>, _: Millis) -> Fut<'o, Sight<Outcome>> {
        use FaultKind::{Error, NoEffect, Partial, RateLimit, Timeout, WrongVersion};
        Box::pin(async move {
            self.takes_time().await;
            let kinds = [Timeout, Error, Partial, NoEffect, WrongVersion, RateLimit];
            let first = order.step.targets.first().is_some_and(|t| t == order.target);
            let (is, status, says) = match self.strikes(order, &kinds) {
                None => {
                    self.act(order, None);
                    (Outcome::Done, Some(200), "done")
                }
                Some(Timeout) => {
                    self.act(order, None);
                    std::future::pending().await
                }
                Some(Partial) if first && order.step.targets.len() > 1 => {
                    self.act(order, None);
                    (Outcome::Done, Some(200), "done")
                }
                Some(Partial) => (Outcome::Unknown, None, "it broke off halfway"),
                Some(NoEffect) => (Outcome::Done, Some(200), "done, it says"),
                Some(WrongVersion) => {
                    self.act(order, wants(order).map(|_| json!("another version")));
                    (Outcome::Done, Some(200), "done")
                }
                Some(RateLimit) => (Outcome::Refused, Some(429), "429 too many requests"),
                Some(_) => (Outcome::Refused, Some(500), "500 refused"),
            };
            Sight { is, seen: seen(order, status, says), keep: None }
        })
    }

    fn probe<'o>(&'o self, order: &'o Order<'o>, _: Option<&'o Prepared>, _: Millis) -> Fut<'o, Sight<Verdict>> {
        Box::pin(async move {
            self.takes_time().await;
            if self.people && self.scene.by_hand(order) {
                self.handed(order);
            }
            if let Err(fault) = self.unless_gone(&order.target.provider).await {
                return Sight { is: Verdict::Inconclusive, seen: seen(order, Some(503), &fault.says), keep: None };
            }
            if self.strikes(order, &[FaultKind::StaleRead]).is_some() {
                let seen = seen(order, Some(200), "reads as before the act");
                return Sight { is: Verdict::Fail, seen, keep: None };
            }
            let place = place(order.target);
            let things = self.things.borrow();
            let there = match wants(order) {
                Some(value) => things.state.get(&place) == Some(&value),
                None => things.effects.get(&place).is_some_and(|k| k.iter().any(|k| k == order.key)),
            };
            let is = match (there, order.step.proof) {
                (true, Proof::Accepted) => Verdict::Accepted,
                (true, _) => Verdict::Pass,
                (false, _) => Verdict::Fail,
            };
            let captured = there && matches!(order.step.act, Act::Capture { .. });
            let keep = captured.then(|| format!("evidence of a drill: {}\n", order.target.label).into_bytes());
            let says = if there { "reads as wanted" } else { "reads otherwise" };
            Sight { is, seen: seen(order, Some(200), says), keep }
        })
    }

    fn measure<'o>(&'o self, measure: &'o Measure, _: Millis) -> Fut<'o, Result<SignalReading, Fault>> {
        Box::pin(async move {
            self.takes_time().await;
            self.unless_gone(&measure.target.provider).await?;
            let reading = self.scene.reading(&measure.signal);
            let (value, samples, baseline) =
                reading.map_or((None, None, None), |(value, samples, baseline)| (Some(value), samples, baseline));
            let few = measure.samples.is_some_and(|least| samples.is_none_or(|n| n < least));
            let verdict = match (value, &measure.condition) {
                (None, _) => Verdict::Inconclusive,
                (Some(_), Condition::Value) => Verdict::Pass,
                _ if few => Verdict::Inconclusive,
                (Some(value), condition) => match holds(condition, value, samples, baseline) {
                    None => Verdict::Inconclusive,
                    Some(true) => Verdict::Pass,
                    Some(false) => Verdict::Fail,
                },
            };
            let says = if value.is_none() { "the scenario says nothing of it".to_owned() } else { String::new() };
            Ok(SignalReading { verdict, measured: Measured { value, samples, baseline }, says })
        })
    }

    fn check<'o>(&'o self, _: &'o [Needed], _: Millis) -> Fut<'o, Vec<Checked>> {
        Box::pin(async { Vec::new() })
    }

    fn on_call<'o>(&'o self, target: &'o Target, _: Millis) -> Fut<'o, Result<Vec<OnDuty>, Fault>> {
        let says = format!("nobody is asked who is on call as {} in a drill", target.label);
        Box::pin(async move { Err(Fault { says, help: None, before_sending: true }) })
    }
}

/// Whether a condition holds; none where it can't be told.
fn holds(condition: &Condition, value: f64, samples: Option<u64>, baseline: Option<f64>) -> Option<bool> {
    match condition {
        Condition::Above(least) => Some(value > *least),
        Condition::Below(most) => Some(value < *most),
        Condition::Value => Some(true),
        Condition::AboveBaseline { times, cases, .. } => {
            let baseline = baseline.filter(|b| *b > 0.0)?;
            let enough = cases.is_none_or(|least| samples.is_some_and(|n| n >= least));
            enough.then(|| value >= times * baseline)
        }
    }
}
