//! Orders to one adapter, as the driver would give them, without a machine around: a test says the act, the binding and
//! which way, and reads what came of it.

use std::future::Future;
use std::thread;
use std::time::Duration;

use aigov::model::catalog::Capability;
use aigov::plan::needed::Needed;
use aigov::plan::{Act, Direction, Proof, Repeat, Setting, Step, StepRole, Target, Undo};
use aigov::port::{Fault, Order, Prepared, Provider, Sight, Way};
use aigov::run::event::{Outcome, Verdict};
use aigov::run::record::RequestView;
use aigov::text::time::Millis;
use serde_json::Value;

/// Long enough for a loaded machine; nothing is asserted about time.
pub(crate) const LIMIT: Millis = Millis(20_000);

/// Runs a future of a port to its end.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// One act on one target.
pub(crate) struct Job {
    step: Step,
    target: Target,
    key: String,
    text: Option<String>,
    environment: String,
}

impl Job {
    /// An act on what `binding` addresses.
    pub(crate) fn new(act: Act, kind: &str, binding: &Value) -> Self {
        let target = Target {
            provider: "suite".into(),
            kind: kind.into(),
            binding: binding.as_object().unwrap().clone(),
            label: "suite".into(),
        };
        let step = Step {
            id: "suite-step".into(),
            role: StepRole::Immediate,
            act,
            targets: vec![target.clone()],
            direction: Direction::Lowers,
            why: None,
            within: LIMIT,
            or_else: None,
            irreversible: None,
            repeat: Repeat::Harmless,
            proof: Proof::ReadBack,
            undo: Undo::Restore,
            gate: None,
            console: None,
            by_hand: None,
        };
        // Deterministic and of the right form; a real one is the digest of run, step and act.
        let key = aigov::run::record::sha256_hex(format!("{act:?} {target:?}", act = step.act).as_bytes());
        Self { step, target, key, text: None, environment: "production".into() }
    }

    /// A control to a value.
    pub(crate) fn control(to: Setting, kind: &str, binding: &Value) -> Self {
        Self::new(Act::SetControl { control: "suite".into(), to, safe: false }, kind, binding)
    }

    /// What the act needs, as a check is asked for it.
    pub(crate) fn needs(&self) -> Vec<Needed> {
        let capability = match &self.step.act {
            Act::SetControl { to: Setting::On(_), .. } => Capability::Switch,
            Act::SetControl { to: Setting::Level(_), .. } => Capability::Level,
            Act::SetControl { to: Setting::Percent(_), .. } => Capability::Percent,
            Act::RollbackLayer { .. } => Capability::Layer,
            Act::Capture { .. } => Capability::Evidence,
            Act::Freeze => Capability::Deploy,
            _ => Capability::Paging,
        };
        vec![Needed::used(self.target.clone(), capability)]
    }

    /// In another environment of the workspace.
    pub(crate) fn environment(mut self, name: &str) -> Self {
        self.environment = name.into();
        self
    }

    /// Proven in this way.
    pub(crate) fn proof(mut self, proof: Proof) -> Self {
        self.step.proof = proof;
        self
    }

    /// What would be sent, without sending.
    pub(crate) fn describe(&self, provider: &dyn Provider) -> Vec<RequestView> {
        provider.describe(&self.order(Way::Do))
    }

    fn order<'a>(&'a self, way: Way<'a>) -> Order<'a> {
        Order {
            run: "20261123-0200-test",
            environment: &self.environment,
            step: &self.step,
            target: &self.target,
            way,
            key: &self.key,
            text: self.text.as_deref(),
            after: None,
        }
    }

    /// Prepares.
    pub(crate) fn prepare(&self, provider: &dyn Provider) -> Result<Prepared, Fault> {
        wait(provider.prepare(&self.order(Way::Do)))
    }

    /// Performs as prepared.
    pub(crate) fn perform(&self, provider: &dyn Provider, prepared: &Prepared) -> Sight<Outcome> {
        wait(provider.perform(&self.order(Way::Do), Some(prepared), LIMIT))
    }

    /// One read-back.
    pub(crate) fn probe(&self, provider: &dyn Provider, prepared: &Prepared) -> Sight<Verdict> {
        wait(provider.probe(&self.order(Way::Do), Some(prepared), LIMIT))
    }

    /// Reads back until it passes, as the driver does until `within` is over.
    pub(crate) fn proved(&self, provider: &dyn Provider, prepared: &Prepared) -> Sight<Verdict> {
        eventually(|| self.probe(provider, prepared), |s| s.is == Verdict::Pass)
    }

    /// Prepares, performs and proves, and panics when one of them did not work.
    pub(crate) fn done(&self, provider: &dyn Provider) -> Prepared {
        let prepared = self.prepare(provider).unwrap_or_else(|f| panic!("{f}"));
        let sight = self.perform(provider, &prepared);
        assert_eq!(sight.is, Outcome::Done, "{:?}", sight.seen);
        let sight = self.proved(provider, &prepared);
        assert_eq!(sight.is, Verdict::Pass, "{:?}", sight.seen);
        prepared
    }

    /// Puts prior state back and proves it.
    pub(crate) fn undone(&self, provider: &dyn Provider, prior: &Value) {
        let order = self.order(Way::Undo(prior));
        let prepared = wait(provider.prepare(&order)).unwrap_or_else(|f| panic!("{f}"));
        let sight = wait(provider.perform(&order, Some(&prepared), LIMIT));
        assert_eq!(sight.is, Outcome::Done, "{:?}", sight.seen);
        let sight = eventually(|| wait(provider.probe(&order, Some(&prepared), LIMIT)), |s| s.is == Verdict::Pass);
        assert_eq!(sight.is, Verdict::Pass, "{:?}", sight.seen);
    }
}

/// Looks up to a hundred times, ten times a second, and gives the last look.
pub(crate) fn eventually<T>(look: impl Fn() -> T, enough: impl Fn(&T) -> bool) -> T {
    for _ in 0..100 {
        let seen = look();
        if enough(&seen) {
            return seen;
        }
        thread::sleep(Duration::from_millis(100));
    }
    look()
}
