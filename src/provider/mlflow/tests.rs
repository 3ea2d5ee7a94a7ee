use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::plan::{Act, Direction};
use crate::port::{Providers as _, Way};
use crate::provider::set::Set;
use crate::provider::stub::{Reply, Stub};
use crate::provider::tests::{LIMIT, one, order, rollback, step, target};
use crate::run::event::{Outcome, Verdict};

const ALIAS: &str = "/api/2.0/mlflow/registered-models/alias";

/// A registry with a good version 2; `production` points to what is given.
async fn serve(production: Option<&str>, good: Option<&'static str>) -> Stub {
    let at = Arc::new(Mutex::new(production.map(str::to_owned)));
    Stub::start(move |got| {
        let mut at = at.lock().unwrap();
        let points = |version: Option<String>| match version {
            Some(version) => Reply::Json(200, json!({ "model_version": { "name": "m", "version": version } })),
            None => Reply::Json(400, json!({ "error_code": "INVALID_PARAMETER_VALUE", "message": "alias not found" })),
        };
        let name = "?name=support%20replies";
        match got.line() {
            l if l == format!("GET {ALIAS}{name}&alias=production") => return points(at.clone()),
            l if l == format!("GET {ALIAS}{name}&alias=last-known-good") => return points(good.map(str::to_owned)),
            l if l == format!("POST {ALIAS}") => *at = Some(got.json()["version"].as_str().unwrap().to_owned()),
            l if l == format!("DELETE {ALIAS}") => *at = None,
            l if l.ends_with("/model-versions/get?name=support%20replies&version=1") => {
                return points(Some("1".into()));
            }
            l if l.contains("/model-versions/get") => {
                return Reply::Json(
                    404,
                    json!({ "error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no such version" }),
                );
            }
            other => panic!("{other}"),
        }
        let wanted = json!({ "name": "support replies", "alias": "production" });
        assert_eq!((&got.json()["name"], &got.json()["alias"]), (&wanted["name"], &wanted["alias"]));
        Reply::Json(200, json!({}))
    })
    .await
}

fn prompt() -> crate::plan::Target {
    target("mlflow", "prompt", json!({ "prompt": "support replies", "alias": "production" }))
}

fn open(folder: &std::path::Path, stub: &Stub) -> Set {
    one(folder, "mlflow", json!({}), json!({ "url": stub.url }))
}

#[tokio::test(flavor = "current_thread")]
async fn an_alias_moves_back_and_forth() {
    for (production, leaves_no_alias) in [(Some("3"), false), (None, true)] {
        let folder = tempfile::tempdir().unwrap();
        let stub = serve(production, Some("2")).await;
        let set = open(folder.path(), &stub);
        let provider = set.get("mlflow").unwrap();
        let step = rollback(prompt());
        let out = order(&step, Way::Do, "");
        let prepared = provider.prepare(&out).await.unwrap();
        assert_eq!(prepared.prior, json!({ "version": production }));
        assert_eq!(prepared.leaves, json!({ "version": "2" }));
        assert_eq!(provider.probe(&out, Some(&prepared), LIMIT).await.is, Verdict::Fail);
        assert_eq!(provider.perform(&out, Some(&prepared), LIMIT).await.is, Outcome::Done);
        assert_eq!(provider.probe(&out, Some(&prepared), LIMIT).await.is, Verdict::Pass);
        let back = order(&step, Way::Undo(&prepared.prior), "");
        let undo = provider.prepare(&back).await.unwrap();
        assert_eq!(undo.requests[0].method, if leaves_no_alias { "DELETE" } else { "POST" });
        assert_eq!(prepared.undo, undo.requests);
        assert_eq!(provider.perform(&back, Some(&undo), LIMIT).await.is, Outcome::Done);
        assert_eq!(provider.probe(&back, Some(&undo), LIMIT).await.is, Verdict::Pass);
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_version_that_is_not_there_is_named_before_anything_moves() {
    let folder = tempfile::tempdir().unwrap();
    let stub = serve(Some("3"), None).await;
    let set = open(folder.path(), &stub);
    let provider = set.get("mlflow").unwrap();
    let to =
        |to: &str| step(Act::RollbackLayer { layer: "prompt".into(), to: to.into() }, Direction::Neutral, prompt());
    for (version, why) in [("last-known-good", "no alias last-known-good"), ("9", "version 9"), ("1", "")] {
        let step = to(version);
        match provider.prepare(&order(&step, Way::Do, "")).await {
            Ok(prepared) => assert_eq!((why, prepared.leaves), ("", json!({ "version": "1" }))),
            Err(fault) => assert!(fault.says.contains(why) && !why.is_empty(), "{version}: {fault}"),
        }
    }
    assert!(stub.got().iter().all(|g| g.method == "GET"));
    let both = target("mlflow", "prompt", json!({ "prompt": "a", "model": "b", "alias": "production" }));
    let fault = provider.prepare(&order(&rollback(both), Way::Do, "")).await.unwrap_err();
    assert!(fault.says.contains("neither or both"), "{fault}");
}

#[tokio::test(flavor = "current_thread")]
async fn an_alias_that_moved_meanwhile_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let stub = serve(Some("3"), Some("2")).await;
    let set = open(folder.path(), &stub);
    let provider = set.get("mlflow").unwrap();
    let step = rollback(prompt());
    let out = order(&step, Way::Do, "");
    let mut prepared = provider.prepare(&out).await.unwrap();
    prepared.prior = json!({ "version": "1" });
    assert_eq!(provider.perform(&out, Some(&prepared), LIMIT).await.is, Outcome::NotSent);
    assert!(stub.got().iter().all(|g| g.method == "GET"));
}

#[tokio::test(flavor = "current_thread")]
async fn evidence_holds_every_version_of_every_page() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::start(|got| match got.target.split_once("?").map_or("", |(_, q)| q) {
        "name=support%20replies" => Reply::Json(200, json!({ "registered_model": { "aliases": [] } })),
        "filter=name%3D%27support%20replies%27%20AND%20tags.%60mlflow.prompt.is_prompt%60%3D%27true%27" => {
            Reply::Json(200, json!({ "model_versions": [{ "version": "2" }], "next_page_token": "a/b" }))
        }
        "filter=name%3D%27support%20replies%27%20AND%20tags.%60mlflow.prompt.is_prompt%60%3D%27true%27&page_token=a%2Fb" => {
            Reply::Json(200, json!({ "model_versions": [{ "version": "1" }] }))
        }
        other => panic!("{other}"),
    })
    .await;
    let set = open(folder.path(), &stub);
    let since = crate::text::time::Millis::from_secs(60);
    let step = step(Act::Capture { since }, Direction::Looks, prompt());
    let sight = set.get("mlflow").unwrap().perform(&order(&step, Way::Do, ""), None, LIMIT).await;
    let kept: Value = serde_json::from_slice(&sight.keep.unwrap()).unwrap();
    assert_eq!(kept["model_versions"], json!([{ "version": "2" }, { "version": "1" }]));
    // Another process has not captured it.
    let other = open(folder.path(), &stub);
    let probed = other.get("mlflow").unwrap().probe(&order(&step, Way::Do, ""), None, LIMIT).await;
    assert_eq!(probed.is, Verdict::Inconclusive);
}
