use serde_json::{Map, json};

use super::*;
use crate::plan::checked::Standing;
use crate::plan::{StepRole, Target, fixture};
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
    Order {
        run: "r-1",
        environment: "production",
        step,
        target: &step.targets[0],
        way: Way::Do,
        key,
        text: None,
        after: None,
    }
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
    assert_eq!(notes.iter().map(|n| n.is).collect::<Vec<_>>(), [Standing::Ok, Standing::Ok], "{notes:?}");
    assert_eq!(stub.lines(), ["GET /rest/incidents?limit=1"]);
}

fn role(binding: Value) -> Target {
    let Value::Object(binding) = binding else { unreachable!("it was written as an object") };
    Target { provider: "pager".into(), kind: "pagerduty".into(), binding, label: "any-sre".into() }
}

fn entry(user: &str, level: u64, schedule: &str, end: &Value) -> Value {
    json!({
        "user": { "id": user, "type": "user", "summary": format!("{user} S."), "name": user, "email": format!("{user}@x.test") },
        "schedule": { "id": schedule }, "escalation_policy": { "id": "PE" }, "escalation_level": level, "end": end,
    })
}

#[tokio::test(flavor = "current_thread")]
async fn whoever_is_on_call_is_read_page_by_page_and_only_of_what_was_asked() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::start(|got: &Got| {
        let ends = json!("2026-11-24T09:00:00+01:00");
        let (list, more) = match got.line().as_str() {
            "GET /rest/oncalls?include%5B%5D=users&limit=100&offset=0&schedule_ids%5B%5D=PS%2F1" => {
                (vec![entry("grace", 2, "PS/1", &json!(null)), entry("mallory", 1, "OTHER", &ends)], true)
            }
            "GET /rest/oncalls?include%5B%5D=users&limit=100&offset=100&schedule_ids%5B%5D=PS%2F1" => {
                (vec![entry("ada", 1, "PS/1", &ends), entry("grace", 3, "PS/1", &json!(null))], false)
            }
            other => panic!("{other}"),
        };
        Reply::Json(200, json!({ "oncalls": list, "more": more }))
    })
    .await;
    let set = open(folder.path(), &stub.url, true);
    let found = set.get("pagerduty").unwrap().on_call(&role(json!({ "schedule": "PS/1" })), LIMIT).await.unwrap();
    let ids: Vec<&str> = found.iter().map(|o| o.id.as_str()).collect();
    assert_eq!(ids, ["ada", "grace"]);
    assert_eq!(found[0].until, "2026-11-24T08:00:00Z".parse().ok());
    assert_eq!((found[1].until, found[1].email.as_deref()), (None, Some("grace@x.test")));
}

#[tokio::test(flavor = "current_thread")]
async fn an_answer_that_does_not_say_who_is_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let schedule = role(json!({ "schedule": "PS" }));
    for (status, body, says) in [
        (200, json!({ "oncalls": {} }), "not a list"),
        (200, json!({ "oncalls": [{ "schedule": { "id": "PS" } }] }), "names no user"),
        (200, json!({ "oncalls": [entry("ada", 1, "PS", &json!("soon"))] }), "no time that can be read"),
        (403, json!({ "error": { "message": "Forbidden" } }), "403"),
        (503, json!({}), "503"),
    ] {
        let stub = Stub::start(move |_: &Got| Reply::Json(status, body.clone())).await;
        let set = open(folder.path(), &stub.url, true);
        let fault = set.get("pagerduty").unwrap().on_call(&schedule, LIMIT).await.unwrap_err();
        assert!(fault.says.contains(says), "{says}: {fault}");
    }
    let stub = Stub::start(|_: &Got| panic!("nothing is asked")).await;
    let set = open(folder.path(), &stub.url, false);
    let without = set.get("pagerduty").unwrap().on_call(&schedule, LIMIT).await.unwrap_err();
    assert!(without.says.contains("can't be asked"), "{without}");
    let set = open(folder.path(), &stub.url, true);
    let nothing = set.get("pagerduty").unwrap().on_call(&role(json!({})), LIMIT).await.unwrap_err();
    assert!(nothing.says.contains("neither a schedule nor an escalation policy"), "{nothing}");
}
