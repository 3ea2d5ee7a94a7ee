//! The real adapters against the sandbox, on the shipped workspace and runbook: what the plan says can be prepared, done,
//! proven, done twice and put back, and the signals tell the story.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Mutex;

use serde_json::Map;

use super::Stage;
use crate::model::workspace::Workspace;
use crate::plan::checked::{Aspect, Standing};
use crate::plan::needed::needed;
use crate::plan::shipped::{RUNBOOKS, SANDBOX};
use crate::plan::{self, Act, Plan, Setting, Step, Undo};
use crate::port::{Order, Prepared, Provider, Providers, Way};
use crate::provider::sandbox::{Disturbance, PLACEHOLDER};
use crate::provider::{ProviderSettings, Set, catalog};
use crate::run::event::{Outcome, Verdict};
use crate::text::time::Millis;

const LIMIT: Millis = Millis(20_000);

struct Scene {
    stage: Stage,
    plan: Plan,
    set: Set,
    /// Keys are new for each step, as the driver makes them.
    keys: Cell<u32>,
}

impl Scene {
    fn new() -> Self {
        Self::on(Stage::new())
    }

    fn on(stage: Stage) -> Self {
        // The program installs it first of all; whoever comes second in a test is refused, which is right.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let files: Vec<(String, Vec<u8>)> = SANDBOX
            .iter()
            .chain(RUNBOOKS)
            .map(|(path, text)| ((*path).to_owned(), text.replace(PLACEHOLDER, &stage.running.origin).into_bytes()))
            .collect();
        let (workspace, problems) = Workspace::assemble(files, catalog());
        assert!(problems.is_empty(), "{problems:?}");
        let resolved =
            plan::resolve(&workspace, catalog(), "incident/hallucination", "support-replies", "production", true);
        let (plan, problems) = resolved.unwrap();
        assert!(problems.is_empty(), "{problems:?}");
        let settings = workspace.settings.as_ref().unwrap();
        let entries = settings.providers.iter().map(|(name, provider)| ProviderSettings {
            name: name.value.clone(),
            kind: provider.kind.as_ref().unwrap().value.clone(),
            shared: provider.shared.values.clone(),
            settings: provider.environments.get("production").map_or_else(Map::new, |e| e.values.clone()),
        });
        let set = Set::open(entries.collect(), stage.folder.path().to_path_buf()).for_environment("production");
        Self { stage, plan, set, keys: Cell::new(0) }
    }

    fn step(&self, id: &str) -> &Step {
        self.plan.step(self.plan.find_step(id).unwrap_or_else(|| panic!("no step {id}")))
    }

    fn provider(&self, name: &str) -> &dyn Provider {
        self.set.get(name).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    fn key(&self) -> String {
        self.keys.set(self.keys.get() + 1);
        format!("{:064}", self.keys.get())
    }

    /// Prepares, does and proves a step, and does it once more with the same key, as a resumed run may.
    async fn carry_out(&self, step: &Step) -> Vec<Prepared> {
        let mut all = Vec::new();
        for i in 0..step.targets.len() {
            let key = self.key();
            let order = self.order(step, i, &key, Way::Do);
            let provider = self.provider(&step.targets[i].provider);
            let prepared = provider.prepare(&order).await.unwrap_or_else(|e| panic!("{}: {e}", step.id));
            let changes = prepared.prior != prepared.leaves || !matches!(step.act, Act::SetControl { .. });
            assert_eq!(!prepared.requests.is_empty(), changes, "{} sends what changes something", step.id);
            self.perform(&order, &prepared).await;
            self.proves(&order, &prepared).await;
            if !matches!(step.act, Act::RollbackLayer { .. }) {
                self.perform(&order, &prepared).await;
                self.proves(&order, &prepared).await;
            }
            all.push(prepared);
        }
        all
    }

    async fn perform(&self, order: &Order<'_>, prepared: &Prepared) {
        self.performed(order, prepared).await;
    }

    /// Does it, and gives back what is to be kept of it.
    async fn performed(&self, order: &Order<'_>, prepared: &Prepared) -> String {
        let sight = self.provider(&order.target.provider).perform(order, Some(prepared), LIMIT).await;
        assert_eq!(sight.is, Outcome::Done, "{} on {}: {}", order.step.id, order.target.label, sight.seen.says);
        String::from_utf8(sight.keep.unwrap_or_default()).unwrap()
    }

    /// Asks until it is so; what runs in the background is done within a few looks.
    async fn proves(&self, order: &Order<'_>, prepared: &Prepared) {
        let provider = self.provider(&order.target.provider);
        let mut last = String::new();
        for _ in 0..4 {
            let sight = provider.probe(order, Some(prepared), LIMIT).await;
            if sight.is == Verdict::Pass {
                return;
            }
            last = format!("{:?}: {}", sight.is, sight.seen.says);
        }
        panic!("{} on {} is not proven: {last}", order.step.id, order.target.label);
    }

    fn order<'a>(&'a self, step: &'a Step, target: usize, key: &'a str, way: Way<'a>) -> Order<'a> {
        let text = match &step.act {
            Act::Publish { .. } => Some("We told some of you things that are not so."),
            Act::Page { summary, .. } => Some(summary.as_str()),
            _ => None,
        };
        Order {
            run: "20261123-0204-abcd",
            environment: "production",
            step,
            target: &step.targets[target],
            way,
            key,
            text,
            after: None,
        }
    }

    /// Puts prior state back and proves it.
    async fn undo(&self, step: &Step, prepared: &[Prepared]) {
        for (i, was) in prepared.iter().enumerate() {
            let key = self.key();
            let order = self.order(step, i, &key, Way::Undo(&was.prior));
            let back = self.provider(&order.target.provider).prepare(&order).await.unwrap();
            assert_eq!(back.prior, was.leaves, "{}: nothing has changed since", step.id);
            assert_eq!(back.leaves, was.prior, "{}: the undo leaves what was there", step.id);
            self.perform(&order, &back).await;
            self.proves(&order, &back).await;
        }
    }

    async fn verdict(&self, measure: &plan::Measure) -> Verdict {
        let reading = self.provider(&measure.target.provider).measure(measure, LIMIT).await.unwrap();
        reading.verdict
    }

    async fn recipients(&self) -> f64 {
        let exposed = self.plan.facts.iter().find_map(|f| f.signal.as_ref()).unwrap();
        let reading = self.provider(&exposed.target.provider).measure(exposed, LIMIT).await.unwrap();
        reading.measured.value.unwrap()
    }
}

#[tokio::test]
async fn the_whole_story_through_the_real_adapters() {
    let scene = Scene::new();
    let plan = &scene.plan;
    for trigger in &plan.triggers {
        if let Some(signal) = &trigger.signal {
            assert_eq!(scene.verdict(signal).await, Verdict::Pass, "trigger {}", trigger.id);
        }
    }
    let check = plan.checks.iter().find_map(|c| c.signal.as_ref()).unwrap();
    assert_eq!(scene.verdict(check).await, Verdict::Fail);

    let mut contained = Vec::new();
    for ix in &plan.immediate {
        let step = plan.step(*ix);
        contained.push((step, scene.carry_out(step).await));
    }
    let reached = scene.recipients().await;
    scene.stage.pass(Millis(600_000));
    assert!((scene.recipients().await - reached).abs() < 0.5, "nobody more is reached");

    for id in ["rollback-retrieval", "rollback-prompt", "tell-customers"] {
        scene.carry_out(scene.step(id)).await;
    }
    assert_eq!(scene.verdict(check).await, Verdict::Fail, "the last hour was bad");
    scene.stage.pass(Millis(1_000));
    assert_eq!(scene.verdict(check).await, Verdict::Pass, "an hour later");

    for stage in &plan.stages {
        scene.carry_out(plan.step(stage.step)).await;
    }
    for (step, prepared) in contained.iter().rev().filter(|(step, _)| step.undo == Undo::Restore) {
        scene.undo(step, prepared).await;
    }
    let (_, app) = scene.stage.get("/argocd/api/v1/applications/support-replies").await;
    assert_eq!(app["spec"]["syncPolicy"]["automated"]["selfHeal"], true);
    let (_, incidents) = {
        let token = format!("Token token={}", scene.stage.token());
        let headers = [("authorization", token.as_str())];
        scene.stage.send("GET /pagerduty/rest/incidents", &headers, "").await.unwrap().json()
    };
    assert_eq!(incidents["incidents"].as_array().unwrap().len(), 1, "a page that is sent twice is one incident");
}

#[tokio::test]
async fn evidence_is_what_the_bot_was_told_and_what_it_read() {
    let scene = Scene::new();
    let step = scene.step("keep-evidence");
    for (i, target) in step.targets.iter().enumerate() {
        let key = scene.key();
        let order = scene.order(step, i, &key, Way::Do);
        let prepared = scene.provider(&target.provider).prepare(&order).await.unwrap();
        let kept = scene.performed(&order, &prepared).await;
        let wanted: &[&str] = match target.label.as_str() {
            "prompts" => &["Always resolve the ticket in one answer", "hand over to a colleague", "last-known-good"],
            "retrieval" => &["s3://indexes/support-replies-retrieval/5", "s3://indexes/support-replies-retrieval/4"],
            // The desk keeps it; what is kept here is none of ours.
            _ => &[],
        };
        for text in wanted {
            assert!(kept.contains(text), "{}: {text} is not in {kept}", target.label);
        }
    }
}

#[tokio::test]
async fn every_control_goes_down_and_up_and_back() {
    let scene = Scene::new();
    for ix in &scene.plan.safe_all {
        let step = scene.plan.step(*ix);
        let prepared = scene.carry_out(step).await;
        scene.undo(step, &prepared).await;
    }
    let (id, values) = ("stage.1", ["off", "advisory", "gated", "auto"]);
    for level in values {
        let mut step = scene.step(id).clone();
        let Act::SetControl { to, .. } = &mut step.act else { panic!("{id} sets a control") };
        *to = Setting::Level(level.to_owned());
        let prepared = scene.carry_out(&step).await;
        scene.undo(&step, &prepared).await;
    }
    for percent in [0.0, 5.0, 100.0] {
        let mut step = scene.step("stage.2").clone();
        let Act::SetControl { to, .. } = &mut step.act else { panic!("stage.2 sets a control") };
        *to = Setting::Percent(percent);
        let prepared = scene.carry_out(&step).await;
        scene.undo(&step, &prepared).await;
    }
}

#[tokio::test]
async fn everything_is_found_by_a_check_that_changes_nothing() {
    let scene = Scene::new();
    let world = || std::fs::read(scene.stage.folder.path().join("sandbox-world.json")).unwrap();
    let before = world();
    let files = RUNBOOKS.iter().chain(SANDBOX).map(|(p, t)| ((*p).to_owned(), t.as_bytes().to_vec())).collect();
    let (workspace, _) = Workspace::assemble(files, catalog());
    let mut seen = BTreeSet::new();
    for one in needed(&workspace, "production") {
        for note in scene.provider(&one.target.provider).check(std::slice::from_ref(&one), LIMIT).await {
            assert_ne!(note.is, Standing::Wrong, "{} of {:?}: {}", note.what, one.named_by, note.says);
            seen.insert(note.aspect);
        }
    }
    for aspect in [Aspect::Credential, Aspect::Scope, Aspect::Protection, Aspect::Exists, Aspect::Data] {
        assert!(seen.contains(&aspect), "nothing was told of {aspect:?}");
    }
    assert_eq!(world(), before);
}

#[tokio::test]
async fn a_lost_answer_is_never_taken_for_done_nor_for_not_done() {
    // The answer to the first change at each address is lost.
    let seen = Mutex::new(BTreeSet::new());
    let scene = Scene::on(Stage::disturbed(Box::new(move |asked| {
        if asked.method != "GET" && seen.lock().unwrap().insert(asked.path.clone()) {
            Disturbance::AnswerLost
        } else {
            Disturbance::None
        }
    })));
    let steps = scene.plan.immediate.iter().map(|ix| scene.plan.step(*ix));
    for step in steps.chain(["rollback-retrieval", "rollback-prompt", "tell-customers"].map(|id| scene.step(id))) {
        for i in 0..step.targets.len() {
            let key = scene.key();
            let order = scene.order(step, i, &key, Way::Do);
            let provider = scene.provider(&order.target.provider);
            let prepared = provider.prepare(&order).await.unwrap();
            let sight = provider.perform(&order, Some(&prepared), LIMIT).await;
            assert!(matches!(sight.is, Outcome::Done | Outcome::Unknown), "{}: {:?}", step.id, sight);
            scene.proves(&order, &prepared).await;
        }
    }
    let token = format!("Token token={}", scene.stage.token());
    let incidents = scene.stage.send("GET /pagerduty/rest/incidents", &[("authorization", &token)], "").await.unwrap();
    assert_eq!(incidents.json().1["incidents"].as_array().unwrap().len(), 1);
}
