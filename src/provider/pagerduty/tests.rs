use serde_json::{Map, json};

use super::*;
use crate::plan::{StepRole, fixture};
use crate::port::Providers as _;
use crate::provider::set::Set;
use crate::provider::stub::{Got, Reply, Stub};
use crate::provider::tests::{LIMIT, one};

fn open(folder: &std::path::Path, url: &str, proven: bool) -> Set {
    std::fs::write(folder.join("key"), "R0UT1NGKEY0123456789abcdefABCDEF").unwrap();
    let mut settings = json!({ "url": url, "routing-key": { "file": "key" } });
    if proven {
        settings["rest-url"] = json!(format!("{url}/rest"));
        settings["token"] = json!({ "file": "token" });
    }
    one(folder, "pagerduty", json!({}), settings).for_environment("production")
}

fn step() -> crate::plan::Step {
    let act =
        Act::Page { to: vec!["ada".into()], severity: "critical".into(), summary: "support-replies is stopped".into() };
    let target =
        Target { provider: "pager".into(), kind: "pagerduty".into(), binding: Map::new(), label: "owner".into() };
    fixture::step("page", StepRole::Immediate, act, vec![target], crate::plan::Direction::Looks)
}

fn order<'a>(step: &'a crate::plan::Step, key: &'a str) -> Order<'a> {
    Order { run: "r-1", environment: "production", step, target: &step.targets[0], way: Way::Do, key, text: None }
}

#[tokio::test(flavor = "current_thread")]
async fn a_page_carries_its_key_and_is_proven_by_the_incident_it_became() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::start(|got: &Got| match got.line().as_str() {
        "POST /v2/enqueue" => Reply::Json(202, json!({ "status": "success", "dedup_key": got.json()["dedup_key"] })),
        "GET /rest/incidents?incident_key=k%2F1" => {
            assert_eq!(got.headers["authorization"], "Token token=a-token-0123456789");
            Reply::Json(200, json!({ "incidents": [{ "incident_key": "k/1", "id": "P7", "status": "triggered" }] }))
        }
        other => panic!("{other}"),
    })
    .await;
    let set = open(folder.path(), &stub.url, true);
    let pager = set.get("pagerduty").unwrap();
    let step = step();
    let order = order(&step, "k/1");
    let sight = pager.perform(&order, None, LIMIT).await;
    assert_eq!((sight.is, sight.seen.status), (Outcome::Done, Some(202)));
    let sent = stub.got()[0].json();
    assert_eq!(sent["routing_key"], "R0UT1NGKEY0123456789abcdefABCDEF");
    assert_eq!(sent["payload"]["severity"], "critical");
    assert_eq!(sent["payload"]["summary"], "support-replies is stopped");
    let sight = pager.probe(&order, None, LIMIT).await;
    assert_eq!((sight.is, sight.seen.says.as_str()), (Verdict::Pass, "incident P7 is triggered"));
    let shown = serde_json::to_string(&pager.describe(&order)).unwrap();
    assert!(shown.contains("{file key}") && !shown.contains("R0UT1NGKEY"), "{shown}");
}

#[tokio::test(flavor = "current_thread")]
async fn accepted_is_not_proven_and_another_incident_is_not_ours() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::start(|_: &Got| {
        Reply::Json(200, json!({ "incidents": [{ "incident_key": "other", "incident_number": 7 }] }))
    })
    .await;
    let step = step();
    let order = order(&step, "k");
    let set = open(folder.path(), &stub.url, false);
    let unproven = set.get("pagerduty").unwrap();
    assert_eq!(unproven.probe(&order, None, LIMIT).await.is, Verdict::Accepted);
    assert!(stub.got().is_empty(), "nothing can be asked without a token");
    assert_eq!(
        open(folder.path(), &stub.url, true).get("pagerduty").unwrap().probe(&order, None, LIMIT).await.is,
        Verdict::Fail
    );
}

#[tokio::test(flavor = "current_thread")]
async fn a_lost_answer_is_sent_again_because_of_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::start(|_: &Got| Reply::Drop).await;
    let step = step();
    let set = open(folder.path(), &stub.url, false);
    let pager = set.get("pagerduty").unwrap();
    // Before a key is fixed, run and step make one.
    assert_eq!(pager.perform(&order(&step, ""), None, LIMIT).await.is, Outcome::Unknown);
    let keys: Vec<Value> = stub.got().iter().map(|g| g.json()["dedup_key"].clone()).collect();
    assert_eq!(keys, vec![json!("aigov/r-1/page"); 3]);
}

#[tokio::test(flavor = "current_thread")]
async fn what_the_service_refuses_and_what_it_can_not_say_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let step = step();
    let order = order(&step, "k");
    for (status, outcome) in [(400, Outcome::Refused), (403, Outcome::Refused), (500, Outcome::Unknown)] {
        let stub = Stub::start(move |_: &Got| Reply::Json(status, json!({ "message": "no" }))).await;
        let set = open(folder.path(), &stub.url, true);
        let pager = set.get("pagerduty").unwrap();
        assert_eq!(pager.perform(&order, None, LIMIT).await.is, outcome, "{status}");
        assert_eq!(pager.probe(&order, None, LIMIT).await.is, Verdict::Inconclusive, "{status}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_server_that_does_not_know_the_version_is_asked_plainly() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::start(|got: &Got| match got.headers["accept"].as_str() {
        "application/json" => Reply::Json(200, json!({ "incidents": [{ "incident_key": "k" }] })),
        _ => Reply::Json(406, json!({})),
    })
    .await;
    let step = step();
    let sight =
        open(folder.path(), &stub.url, true).get("pagerduty").unwrap().probe(&order(&step, "k"), None, LIMIT).await;
    assert_eq!((sight.is, sight.seen.requests), (Verdict::Pass, 2), "{}", sight.seen.says);
}

#[tokio::test(flavor = "current_thread")]
async fn a_check_pages_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::start(|_: &Got| Reply::Json(200, json!({ "incidents": [] }))).await;
    let notes = open(folder.path(), &stub.url, true).get("pagerduty").unwrap().check(&[], LIMIT).await;
    assert_eq!(notes.iter().map(|n| n.ok).collect::<Vec<_>>(), [None, Some(true)], "{notes:?}");
    assert_eq!(stub.lines(), ["GET /rest/incidents?limit=1"]);
}
