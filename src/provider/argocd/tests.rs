use std::rc::Rc;
use std::sync::{Arc, Mutex};

use serde_json::{Map, json};

use super::*;
use crate::plan::{StepRole, fixture};
use crate::provider::secret::Vault;
use crate::provider::stub::{Got, Reply, Stub};
use crate::provider::transport::Transport;

const LIMIT: Millis = Millis(2_000);

fn open(folder: &std::path::Path, url: &str) -> ArgoCd {
    std::fs::write(folder.join("token"), "argo-token-0123456789").unwrap();
    let Value::Object(map) = json!({ "url": url, "token": { "file": "token" } }) else {
        unreachable!("it was written as an object")
    };
    let transport: Shared = Rc::new(Transport::new(Vault::new(folder.to_path_buf()), None));
    ArgoCd::open("deploy", &Table { what: "provider deploy", map: &map }, &transport, Some("production")).unwrap()
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
    Order { run: "r-1", environment: "production", step, target: &step.targets[0], way, key: "k", text: None }
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
                "sync": { "revision": "bbb" }, "health": { "status": "Healthy" },
                "history": [ { "id": 3, "revision": "aaa" }, { "id": 4, "revision": "bbb" } ],
                "operationState": { "phase": "Succeeded", "syncResult": { "revision": "bbb" } },
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
        assert_eq!(got.headers["authorization"], "Bearer argo-token-0123456789");
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
                assert_eq!(got.json()["id"], 3);
                self.set("/operation", json!({ "sync": { "revision": "aaa" } }));
            }
            other => panic!("{other}"),
        }
        Reply::Json(200, self.0.lock().unwrap().clone())
    }

    /// The operation ends this way.
    fn end(&self, phase: &str) {
        self.set("/operation", Value::Null);
        self.set("/status/operationState", json!({ "phase": phase, "syncResult": { "revision": "aaa" } }));
        if phase == "Succeeded" {
            self.set("/status/sync/revision", json!("aaa"));
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
    let argo = open(folder.path(), &stub.url);
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
    let argo = open(folder.path(), &stub.url);
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
    let stub = world.serve().await;
    let argo = open(folder.path(), &stub.url);
    let step = rollback();
    let order = order(&step, Way::Do);
    let prepared = argo.prepare(&order).await.unwrap();
    world.set("/spec/syncPolicy/automated", Value::Null);
    assert_eq!(argo.probe(&order, Some(&prepared), LIMIT).await.is, Verdict::Fail, "the old success is about bbb");
    world.end("Failed");
    assert_eq!(argo.probe(&order, Some(&prepared), LIMIT).await.is, Verdict::Fail);
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
    let argo = open(folder.path(), &stub.url);
    let step = rollback();
    let order = order(&step, Way::Do);
    let sight = argo.perform(&order, None, LIMIT).await;
    assert_eq!(sight.is, Outcome::Unknown, "auto-sync is off already: {}", sight.seen.says);
    world.set("/status/history", json!([]));
    assert!(argo.prepare(&order).await.unwrap_err().says.contains("not in the application's history"));
    assert_eq!(argo.perform(&order, None, LIMIT).await.is, Outcome::NotSent);
}

#[tokio::test(flavor = "current_thread")]
async fn an_owner_that_would_put_it_back_is_told_beforehand() {
    let (folder, world) = (tempfile::tempdir().unwrap(), World::new());
    world.set("/metadata/ownerReferences", json!([{ "kind": "ApplicationSet" }]));
    let stub = world.serve().await;
    let step = step(Act::Freeze);
    let notes = open(folder.path(), &stub.url).check(&step.targets, LIMIT).await;
    assert_eq!(notes[0].ok, Some(true));
    assert_eq!(notes[1].ok, Some(false));
}
