use std::sync::{Arc, Mutex};

use serde_json::{Map, json};

use super::*;
use crate::plan::{StepRole, fixture};
use crate::port::Providers as _;
use crate::provider::set::Set;
use crate::provider::stub::{Got, Reply, Stub};
use crate::provider::tests::{LIMIT, one};

fn open(folder: &std::path::Path, url: &str) -> Set {
    one(folder, "argocd", json!({}), json!({ "url": url, "token": { "file": "token" } })).for_environment("production")
}

fn step(act: Act) -> crate::plan::Step {
    let mut binding = Map::new();
    binding.insert("app".into(), json!("support-replies"));
    binding.insert("project".into(), json!("support"));
    let target = Target { provider: "deploy".into(), kind: "argocd".into(), binding, label: "support-replies".into() };
    fixture::step("x", StepRole::Immediate, act, vec![target], crate::plan::Direction::Neutral)
}

fn rollback() -> crate::plan::Step {
    step(Act::RollbackLayer { layer: "orchestration".into(), to: "last-known-good".into() })
}

fn order<'a>(step: &'a crate::plan::Step, way: Way<'a>) -> Order<'a> {
    Order {
        run: "r-1",
        environment: "production",
        step,
        target: &step.targets[0],
        way,
        key: "k",
        text: None,
        after: None,
    }
}

/// A server of one application that follows the real one's rules.
#[derive(Clone)]
struct World(Arc<Mutex<Value>>);

impl World {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(json!({
            "metadata": { "name": "support-replies" },
            "spec": { "project": "support", "syncPolicy": { "automated": { "prune": true, "selfHeal": true } } },
            "status": {
                "sync": { "revision": "git-head" }, "health": { "status": "Healthy" },
                "history": [ { "id": 3, "revision": "aaa" }, { "id": 4, "revision": "bbb" } ],
                "operationState": { "phase": "Succeeded", "startedAt": "1", "syncResult": { "revision": "bbb" } },
            },
        }))))
    }

    fn set(&self, pointer: &str, value: Value) {
        let mut app = self.0.lock().unwrap();
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        app.pointer_mut(parent).unwrap()[member] = value;
    }

    fn get(&self, pointer: &str) -> Value {
        self.0.lock().unwrap().pointer(pointer).cloned().unwrap_or(Value::Null)
    }

    fn answer(&self, got: &Got) -> Reply {
        assert_eq!(got.headers["authorization"], "Bearer a-token-0123456789");
        match got.line().as_str() {
            "GET /api/v1/applications/support-replies?project=support" => {}
            "PATCH /api/v1/applications/support-replies" => {
                let patch: Value = serde_json::from_str(got.json()["patch"].as_str().unwrap()).unwrap();
                assert_eq!(got.json()["patchType"], "merge");
                self.set("/spec/syncPolicy/automated", patch["spec"]["syncPolicy"]["automated"].clone());
            }
            "POST /api/v1/applications/support-replies/rollback" => {
                if !self.get("/spec/syncPolicy/automated").is_null() {
                    let message = "rollback cannot be initiated when auto-sync is enabled";
                    return Reply::Json(400, json!({ "code": 9, "message": message }));
                }
                let id = got.json()["id"].as_u64().unwrap();
                let history = self.get("/status/history");
                let entry = history.as_array().unwrap().iter().find(|h| h["id"] == id).unwrap().clone();
                self.set("/operation", json!({ "sync": { "revision": entry["revision"] } }));
            }
            other => panic!("{other}"),
        }
        Reply::Json(200, self.0.lock().unwrap().clone())
    }

    /// The operation ends this way. What Git holds, which is what the application is compared with, stays as it is.
    fn end(&self, phase: &str) {
        let revision = self.get("/operation/sync/revision");
        self.set("/operation", Value::Null);
        let state = json!({ "phase": phase, "startedAt": "2", "message": "hook failed",
            "syncResult": { "revision": revision } });
        self.set("/status/operationState", state);
        if phase == "Succeeded" {
            let mut history = self.get("/status/history");
            let id = history.as_array().unwrap().iter().filter_map(|h| h["id"].as_u64()).max().unwrap() + 1;
            history.as_array_mut().unwrap().push(json!({ "id": id, "revision": revision }));
            self.set("/status/history", history);
        }
    }

    async fn serve(&self) -> Stub {
        let world = self.clone();
        Stub::start(move |got: &Got| world.answer(got)).await
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_freeze_turns_auto_sync_off_and_its_undo_puts_it_back_whole() {
    let (folder, world) = (tempfile::tempdir().unwrap(), World::new());
    let stub = world.serve().await;
    let set = open(folder.path(), &stub.url);
    let argo = set.get("argocd").unwrap();
    let step = step(Act::Freeze);
    let freeze = order(&step, Way::Do);
    assert_eq!(argo.probe(&freeze, None, LIMIT).await.is, Verdict::Fail, "not frozen yet");
    let prepared = argo.prepare(&freeze).await.unwrap();
    assert_eq!(prepared.prior, json!({ "automated": { "prune": true, "selfHeal": true } }));
    assert_eq!(prepared.leaves, json!({ "automated": null }));
    assert_eq!(argo.perform(&freeze, Some(&prepared), LIMIT).await.is, Outcome::Done);
    assert_eq!(argo.probe(&freeze, Some(&prepared), LIMIT).await.is, Verdict::Pass);
    let undo = order(&step, Way::Undo(&prepared.prior));
    assert_eq!(argo.perform(&undo, None, LIMIT).await.is, Outcome::Done);
    assert_eq!(argo.probe(&undo, None, LIMIT).await.is, Verdict::Pass);
    assert_eq!(world.get("/spec/syncPolicy/automated"), json!({ "prune": true, "selfHeal": true }));
}

#[tokio::test(flavor = "current_thread")]
async fn a_rollback_deals_with_auto_sync_and_is_watched_to_its_end() {
    let (folder, world) = (tempfile::tempdir().unwrap(), World::new());
    let stub = world.serve().await;
    let set = open(folder.path(), &stub.url);
    let argo = set.get("argocd").unwrap();
    let step = rollback();
    let order = order(&step, Way::Do);
    let prepared = argo.prepare(&order).await.unwrap();
    let methods: Vec<&str> = prepared.requests.iter().map(|r| r.method.as_str()).collect();
    assert_eq!(methods, ["PATCH", "POST"]);
    assert_eq!(prepared.leaves, json!({ "automated": null, "revision": "aaa" }));
    assert_eq!(argo.perform(&order, Some(&prepared), LIMIT).await.is, Outcome::Done);
    assert_eq!(argo.probe(&order, Some(&prepared), LIMIT).await.is, Verdict::Inconclusive, "it is running");
    world.end("Succeeded");
    world.set("/status/health/status", json!("Progressing"));
    assert_eq!(argo.probe(&order, Some(&prepared), LIMIT).await.is, Verdict::Inconclusive, "not healthy yet");
    world.set("/status/health/status", json!("Healthy"));
    assert_eq!(argo.probe(&order, Some(&prepared), LIMIT).await.is, Verdict::Pass);
}

#[tokio::test(flavor = "current_thread")]
async fn an_old_operation_proves_nothing_and_a_failed_one_fails() {
    let (folder, world) = (tempfile::tempdir().unwrap(), World::new());
    // The answer to the rollback was lost, and nothing has begun yet.
    let other = world.clone();
    let stub = Stub::start(move |got: &Got| if got.method == "POST" { Reply::Drop } else { other.answer(got) }).await;
    let set = open(folder.path(), &stub.url);
    let argo = set.get("argocd").unwrap();
    let step = rollback();
    let order = order(&step, Way::Do);
    let prepared = argo.prepare(&order).await.unwrap();
    assert_eq!(argo.perform(&order, Some(&prepared), LIMIT).await.is, Outcome::Unknown);
    assert_eq!(stub.got().iter().filter(|g| g.method == "POST").count(), 1, "a rollback is never sent twice");
    let sight = argo.probe(&order, Some(&prepared), LIMIT).await;
    assert_eq!(sight.is, Verdict::Inconclusive, "the old success is about bbb: {}", sight.seen.says);
    world.set("/operation", json!({ "sync": { "revision": "aaa" } }));
    world.end("Failed");
    let sight = argo.probe(&order, Some(&prepared), LIMIT).await;
    assert_eq!(sight.is, Verdict::Fail);
    assert!(sight.seen.says.contains("hook failed"), "{}", sight.seen.says);
    // Another process, which does not know when the operation before ours started, judges by what is deployed.
    let set = open(folder.path(), &stub.url);
    let other = set.get("argocd").unwrap();
    assert_eq!(other.probe(&order, Some(&prepared), LIMIT).await.is, Verdict::Fail);
    world.set("/operation", json!({ "sync": { "revision": "aaa" } }));
    world.end("Succeeded");
    assert_eq!(other.probe(&order, Some(&prepared), LIMIT).await.is, Verdict::Pass);
}

#[tokio::test(flavor = "current_thread")]
async fn an_undo_deploys_what_was_there_and_then_turns_auto_sync_on() {
    let (folder, world) = (tempfile::tempdir().unwrap(), World::new());
    let stub = world.serve().await;
    let set = open(folder.path(), &stub.url);
    let argo = set.get("argocd").unwrap();
    let step = rollback();
    let out = order(&step, Way::Do);
    let prepared = argo.prepare(&out).await.unwrap();
    let undo: Vec<String> = prepared.undo.iter().map(|r| format!("{} {}", r.method, r.purpose)).collect();
    assert_eq!(undo, ["POST roll back", "PATCH turn auto-sync on"]);
    assert_eq!(argo.perform(&out, Some(&prepared), LIMIT).await.is, Outcome::Done);
    world.end("Succeeded");
    let back = order(&step, Way::Undo(&prepared.prior));
    let again = argo.prepare(&back).await.unwrap();
    assert_eq!((&again.prior, &again.leaves), (&prepared.leaves, &prepared.prior));
    assert_eq!(argo.perform(&back, Some(&again), LIMIT).await.is, Outcome::Done);
    assert_eq!(argo.probe(&back, Some(&again), LIMIT).await.is, Verdict::Inconclusive, "it is running");
    world.end("Succeeded");
    let sight = argo.probe(&back, Some(&again), LIMIT).await;
    assert_eq!(sight.is, Verdict::Pass, "{}", sight.seen.says);
    assert_eq!(world.get("/spec/syncPolicy/automated"), json!({ "prune": true, "selfHeal": true }));
}

#[tokio::test(flavor = "current_thread")]
async fn a_refusal_halfway_may_have_acted_and_a_missing_target_is_not_begun() {
    let (folder, world) = (tempfile::tempdir().unwrap(), World::new());
    let other = world.clone();
    let stub = Stub::start(move |got: &Got| {
        if got.method == "POST" {
            Reply::Json(403, json!({ "code": 7, "message": "denied" }))
        } else {
            other.answer(got)
        }
    })
    .await;
    let set = open(folder.path(), &stub.url);
    let argo = set.get("argocd").unwrap();
    let step = rollback();
    let order = order(&step, Way::Do);
    let sight = argo.perform(&order, None, LIMIT).await;
    assert_eq!(sight.is, Outcome::Unknown, "auto-sync is off already: {}", sight.seen.says);
    world.set("/status/history", json!([]));
    assert!(argo.prepare(&order).await.unwrap_err().says.contains("no deployment `last-known-good`"));
    assert_eq!(argo.perform(&order, None, LIMIT).await.is, Outcome::NotSent);
}
