//! The adapter for Argo CD against the official description of its API, with an application of our own behind it.

use std::sync::{Arc, Mutex};

use aigov::plan::Act;
use aigov::plan::checked::{Aspect, Standing};
use aigov::run::event::Outcome;
use serde_json::{Value, json};

use crate::contract::Contract;
use crate::open::Opened;
use crate::orders::{Job, wait};
use crate::scan;
use crate::wire::{Answer, Asked, send_json};

const TOKEN: &str = "argocd-suite-token";

/// An application: three deployments, the newest in use, auto-sync on.
#[derive(Clone)]
struct Application(Arc<Mutex<Value>>);

impl Application {
    fn new() -> Self {
        let deployed = |id: u32, revision: &str| {
            json!({ "id": id, "revision": revision, "deployedAt": "2026-11-20T10:00:00Z",
                    "source": { "repoURL": "https://git.example.com/replies", "path": ".", "targetRevision": "main" } })
        };
        Self(Arc::new(Mutex::new(json!({
            "metadata": { "name": "support-replies", "namespace": "argocd", "resourceVersion": "1", "generation": 1 },
            "spec": {
                "project": "support",
                "source": { "repoURL": "https://git.example.com/replies", "path": ".", "targetRevision": "main" },
                "destination": { "server": "https://kubernetes.default.svc", "namespace": "support" },
                "syncPolicy": { "automated": { "prune": true, "selfHeal": true }, "syncOptions": ["CreateNamespace=true"] },
            },
            "status": {
                "sync": { "status": "Synced", "revision": "cccccccc" },
                "health": { "status": "Healthy" },
                "history": [deployed(1, "aaaaaaaa"), deployed(2, "bbbbbbbb"), deployed(3, "cccccccc")],
                "operationState": { "phase": "Succeeded", "startedAt": "2026-11-20T10:00:00Z",
                                    "syncResult": { "revision": "cccccccc" } },
            },
        }))))
    }

    fn read(&self, pointer: &str) -> Value {
        self.0.lock().unwrap().pointer(pointer).cloned().unwrap_or(Value::Null)
    }

    fn answer(&self, asked: &Asked) -> Option<Answer> {
        if asked.header("authorization") != Some(&format!("Bearer {TOKEN}")) {
            return Some(error(401, 16, "no session information"));
        }
        match asked.path() {
            "/api/v1/session/userinfo" => {
                let user = json!({ "loggedIn": true, "username": "aigov", "iss": "argocd" });
                return Some(Answer::new(200, "application/json", user.to_string()));
            }
            "/api/v1/applications/support-replies/syncwindows" => {
                return Some(Answer::new(200, "application/json", json!({ "canSync": true }).to_string()));
            }
            _ => {}
        }
        let parts: Vec<&str> = asked.path().trim_start_matches("/api/v1/applications/").split('/').collect();
        if parts[0] != "support-replies" {
            return Some(error(404, 5, &format!("applications.argoproj.io \"{}\" not found", parts[0])));
        }
        let mut app = self.0.lock().unwrap();
        let body: Value = serde_json::from_slice(&asked.body).unwrap_or(Value::Null);
        match (asked.method.as_str(), parts.get(1).copied()) {
            ("GET", None) => {
                let now = app.clone();
                // An operation that runs is finished when it is looked at the next time.
                if app["status"]["operationState"]["phase"] == "Running" {
                    app["status"]["operationState"]["phase"] = json!("Succeeded");
                    let revision = app["status"]["operationState"]["syncResult"]["revision"].clone();
                    app["status"]["sync"]["revision"] = revision;
                }
                return Some(Answer::new(200, "application/json", now.to_string()));
            }
            ("PATCH", None) => {
                if body["patchType"] != "merge" {
                    return Some(error(400, 3, "only merge patches are spoken here"));
                }
                let patch: Value = serde_json::from_str(body["patch"].as_str().unwrap()).unwrap();
                merge(&mut app, &patch);
            }
            ("PUT", Some("spec")) => app["spec"] = body,
            ("POST", Some("rollback")) => {
                if !app["spec"]["syncPolicy"]["automated"].is_null() {
                    return Some(error(400, 9, "rollback cannot be initiated when auto-sync is enabled"));
                }
                let history = app["status"]["history"].as_array().unwrap();
                let Some(entry) = history.iter().find(|h| h["id"] == body["id"]).cloned() else {
                    return Some(error(400, 3, "application support-replies does not have deployment with that id"));
                };
                let next = history.iter().filter_map(|h| h["id"].as_u64()).max().unwrap() + 1;
                let mut again = entry.clone();
                again["id"] = json!(next);
                app["status"]["history"].as_array_mut().unwrap().push(again);
                app["status"]["sync"]["status"] = json!("OutOfSync");
                app["status"]["operationState"] = json!({ "phase": "Running", "startedAt": "2026-11-23T02:00:00Z", "syncResult": { "revision": entry["revision"] } });
            }
            _ => return None,
        }
        Some(Answer::new(200, "application/json", app.to_string()))
    }
}

fn error(status: u16, code: u8, message: &str) -> Answer {
    Answer::new(status, "application/json", json!({ "error": message, "code": code, "message": message }).to_string())
}

/// RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, value) in patch {
        if value.is_null() {
            target.as_object_mut().unwrap().remove(name);
        } else {
            merge(&mut target[name], value);
        }
    }
}

struct Suite {
    app: Application,
    contract: Contract,
}

impl Suite {
    fn new() -> Option<Self> {
        let app = Application::new();
        let state = app.clone();
        let contract = Contract::new("AIGOV_SUITE_ARGOCD", "argocd.swagger2.json", "", move |a| state.answer(a))?;
        Some(Self { app, contract })
    }

    fn open(&self, token: &str) -> Opened {
        Opened::with("argocd", &self.contract.url(), &[("token", token)])
    }
}

fn binding() -> Value {
    json!({ "app": "support-replies", "project": "support", "namespace": "argocd" })
}

fn freeze() -> Job {
    Job::new(Act::Freeze, "argocd", &binding())
}

fn back(to: &str) -> Job {
    Job::new(Act::RollbackLayer { layer: "orchestration".into(), to: to.into() }, "argocd", &binding())
}

#[test]
fn a_freeze_turns_auto_sync_off_and_undo_brings_its_settings_back() {
    let Some(suite) = Suite::new() else { return };
    let opened = suite.open(TOKEN);
    let before = suite.app.read("/spec");
    let prepared = freeze().done(opened.provider());
    assert_eq!(suite.app.read("/spec/syncPolicy/automated"), Value::Null);
    assert_eq!(suite.app.read("/spec/syncPolicy/syncOptions"), before["syncPolicy"]["syncOptions"]);
    freeze().undone(opened.provider(), &prepared.prior);
    assert_eq!(suite.app.read("/spec"), before);
    suite.contract.assert_kept();
}

#[test]
fn a_rollback_goes_to_the_deployment_before_and_is_watched_to_its_end() {
    let Some(suite) = Suite::new() else { return };
    let opened = suite.open(TOKEN);
    freeze().done(opened.provider());
    back("last-known-good").done(opened.provider());
    assert_eq!(suite.app.read("/status/sync/revision"), "bbbbbbbb");
    suite.contract.assert_kept();
}

#[test]
fn a_rollback_that_auto_sync_would_refuse_deals_with_it_and_undo_restores_both() {
    let Some(suite) = Suite::new() else { return };
    let opened = suite.open(TOKEN);
    let automated = suite.app.read("/spec/syncPolicy/automated");
    let prepared = back("1").done(opened.provider());
    assert_eq!(suite.app.read("/status/sync/revision"), "aaaaaaaa");
    back("1").undone(opened.provider(), &prepared.prior);
    assert_eq!(suite.app.read("/status/sync/revision"), "cccccccc");
    assert_eq!(suite.app.read("/spec/syncPolicy/automated"), automated);
    suite.contract.assert_kept();
}

#[test]
fn a_deployment_that_is_not_in_the_history_is_named() {
    let Some(suite) = Suite::new() else { return };
    let opened = suite.open(TOKEN);
    let job = back("77");
    match job.prepare(opened.provider()) {
        Err(fault) => assert!(fault.says.contains("77"), "{fault}"),
        Ok(prepared) => assert_eq!(job.perform(opened.provider(), &prepared).is, Outcome::Refused),
    }
    assert_eq!(suite.app.read("/status/sync/revision"), "cccccccc");
    suite.contract.assert_kept();
}

#[test]
fn a_wrong_token_and_an_unknown_application_are_told() {
    let Some(suite) = Suite::new() else { return };
    let wrong = "argocd-not-this-token";
    let fault = freeze().prepare(suite.open(wrong).provider()).unwrap_err();
    assert!(fault.says.contains("401"), "{fault}");
    scan::clean("the fault", format!("{fault:?}").as_bytes(), wrong);
    let mut other = binding();
    other["app"] = json!("no-such-app");
    let fault = Job::new(Act::Freeze, "argocd", &other).prepare(suite.open(TOKEN).provider()).unwrap_err();
    assert!(fault.says.contains("no-such-app"), "{fault}");
}

#[test]
fn a_check_asks_only_what_the_description_has() {
    let Some(suite) = Suite::new() else { return };
    let before = suite.app.read("");
    let notes = wait(suite.open(TOKEN).provider().check(&back("last-known-good").needs(), crate::orders::LIMIT));
    assert!(notes.iter().all(|n| n.is != Standing::Wrong), "{notes:?}");
    for aspect in [Aspect::Credential, Aspect::Exists, Aspect::Protection] {
        assert!(notes.iter().any(|n| n.aspect == aspect && n.is == Standing::Ok), "{aspect:?}: {notes:?}");
    }
    let notes = wait(suite.open("argocd-not-this-token").provider().check(&freeze().needs(), crate::orders::LIMIT));
    assert!(notes.iter().any(|n| n.aspect == Aspect::Credential && n.is == Standing::Wrong), "{notes:?}");
    assert_eq!(suite.app.read(""), before);
    assert!(suite.contract.asked().iter().all(|a| a.method == "GET" && a.body.is_empty()));
    // The last part of `can-i` is `project/app`: the gateway takes the rest of the path there, the mock one part of it.
    let faults = suite.contract.faults();
    let others: Vec<&String> = faults.iter().filter(|f| !f.contains("/api/v1/account/can-i/applications/")).collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn the_contract_catches_what_it_is_there_for() {
    let Some(suite) = Suite::new() else { return };
    let token = format!("Bearer {TOKEN}");
    let post = |path: &str, body: Value| {
        send_json("POST", &format!("{}{path}", suite.contract.url()), &[("authorization", &token)], &body);
        suite.contract.faults().len()
    };
    let rollback = "/api/v1/applications/support-replies/rollback";
    assert_eq!(post(rollback, json!({ "id": 3 })), 0);
    assert_eq!(post(rollback, json!({ "id": 3, "prnue": true })), 1, "a property that does not exist");
    assert_eq!(post(rollback, json!({ "id": "3" })), 2, "a wrong type");
    assert_eq!(
        post("/api/v1/applications/support-replies/rolback", json!({})),
        4,
        "a path that does not exist, said by both"
    );
    let faults = suite.contract.faults().join("\n");
    assert!(faults.contains("`prnue`") && faults.contains("must be integer"), "{faults}");
}
