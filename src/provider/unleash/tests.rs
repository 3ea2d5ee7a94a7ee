use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::plan::{Act, Direction, Setting, Target};
use crate::port::{Providers as _, Way};
use crate::provider::stub::{Got, Reply, Stub};
use crate::provider::tests::{LIMIT, control, one, order, step, target};
use crate::run::event::{Outcome, Verdict};
use crate::text::time::Millis;

const PATH: &str = "/api/admin/projects/p/features/f/environments/production";

fn flag() -> Target {
    let binding =
        json!({ "project": "p", "flag": "f", "environment": "production", "levels": ["none", "some", "all"] });
    target("unleash", "autonomy", binding)
}

fn rollout(percent: &str) -> Value {
    json!({ "id": "s-1", "name": "flexibleRollout", "title": null, "disabled": false, "sortOrder": 0, "milestoneId": null,
        "parameters": { "groupId": "f", "rollout": percent, "stickiness": "default" },
        "constraints": [], "segments": [], "variants": [] })
}

/// A flag on a server that keeps what it is told.
fn serve(enabled: bool, strategies: Value) -> impl FnMut(&Got) -> Reply + Send {
    let state = Arc::new(Mutex::new((enabled, strategies)));
    move |got| {
        let mut state = state.lock().unwrap();
        let line = got.line();
        match line.strip_prefix("GET ") {
            Some(PATH) => return Reply::Json(200, json!({ "name": "f", "enabled": state.0, "strategies": [] })),
            Some(path) if path == format!("{PATH}/strategies") => return Reply::Json(200, state.1.clone()),
            Some("/api/client/features/f") => {
                assert_eq!(got.headers["authorization"], "default:production.0123456789");
                return Reply::Json(200, json!({ "name": "f", "enabled": state.0, "strategies": state.1 }));
            }
            _ => assert_eq!(got.headers["authorization"], "a-token-0123456789"),
        }
        match (got.method.as_str(), got.target.strip_prefix(PATH)) {
            ("POST", Some("/on")) => state.0 = true,
            ("POST", Some("/off")) => state.0 = false,
            ("PUT", Some("/strategies/s-1")) => {
                let mut strategy = got.json();
                strategy["id"] = json!("s-1");
                state.1 = json!([strategy]);
            }
            ("POST", Some("/strategies")) => {
                let mut strategy = got.json();
                strategy["id"] = json!("s-2");
                state.1.as_array_mut().unwrap().push(strategy);
            }
            ("DELETE", Some("/strategies/s-2")) => {
                state.1.as_array_mut().unwrap().pop();
            }
            other => panic!("{other:?}"),
        }
        Reply::Text(200, vec![], String::new())
    }
}

fn settings(url: &str) -> Value {
    json!({ "url": url, "token": { "file": "token" }, "client-token": { "file": "client" } })
}

/// What is sent for a value, and what is left, from a flag as it was.
async fn sends(to: Setting, enabled: bool, strategies: Value) -> (Vec<String>, Value) {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::start(serve(enabled, strategies)).await;
    let set = one(folder.path(), "unleash", json!({}), settings(&stub.url));
    let provider = set.get("unleash").unwrap();
    let lowers = to == Setting::On(false);
    let step = control("autonomy", to, if lowers { Direction::Lowers } else { Direction::Raises }, flag());
    let out = order(&step, Way::Do, "");
    let prepared = provider.prepare(&out).await.unwrap();
    let sight = provider.perform(&out, Some(&prepared), LIMIT).await;
    assert_eq!(sight.is, Outcome::Done, "{}", sight.seen.says);
    let sent: Vec<Got> = stub.got().into_iter().filter(|g| g.method != "GET").collect();
    let shown: Vec<(String, String)> = prepared.requests.iter().map(|r| (r.method.clone(), r.body.clone())).collect();
    let real: Vec<(String, String)> = sent.iter().map(|g| (g.method.clone(), g.body.clone())).collect();
    assert_eq!(shown, real, "what is shown is what is sent");
    let probed = provider.probe(&out, Some(&prepared), LIMIT).await;
    assert_eq!(probed.is, Verdict::Pass, "{}", probed.seen.says);
    let back = order(&step, Way::Undo(&prepared.prior), "");
    let undo = provider.prepare(&back).await.unwrap();
    assert_eq!(undo.prior, prepared.leaves);
    assert_eq!(provider.perform(&back, Some(&undo), LIMIT).await.is, Outcome::Done);
    let probed = provider.probe(&back, Some(&undo), LIMIT).await;
    assert_eq!(probed.is, Verdict::Pass, "undo: {}", probed.seen.says);
    let lines = sent.iter().map(|g| g.line().replace(PATH, "…").replace(" …", " ")).collect();
    (lines, prepared.leaves)
}

#[tokio::test(flavor = "current_thread")]
async fn each_value_is_held_in_its_own_way() {
    let all = || json!([rollout("100")]);
    assert_eq!(sends(Setting::On(false), true, all()).await.0, ["POST /off"]);
    assert_eq!(sends(Setting::On(false), false, all()).await.0, ["POST /off"], "a stop asks nothing first");
    assert_eq!(sends(Setting::On(true), false, all()).await.0, ["POST /on"]);
    // Without a strategy the server would add one of its own; ours is known beforehand.
    assert_eq!(sends(Setting::On(true), false, json!([])).await.0, ["POST /strategies", "POST /on"]);
    assert_eq!(sends(Setting::Percent(0.0), true, all()).await.0, ["POST /off"]);
    let (sent, left) = sends(Setting::Percent(5.0), false, all()).await;
    assert_eq!(sent, ["PUT /strategies/s-1", "POST /on"], "never on with more than was asked for");
    assert_eq!(left["strategies"][0]["parameters"]["rollout"], "5");
    assert_eq!(sends(Setting::Level("none".into()), true, all()).await.0, ["POST /off"], "the first level is off");
    let (sent, left) = sends(Setting::Level("some".into()), false, all()).await;
    assert_eq!(sent, ["PUT /strategies/s-1", "POST /on"]);
    assert_eq!(left["strategies"][0]["variants"][0]["name"], "some");
    assert_eq!(left["strategies"][0]["variants"][0]["weight"], 1000);
}

#[tokio::test(flavor = "current_thread")]
async fn segments_and_constraints_come_back_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut strategy = rollout("100");
    strategy["segments"] = json!([7]);
    strategy["constraints"] = json!([{ "contextName": "userId", "operator": "IN", "values": ["1"] }]);
    let stub = Stub::start(serve(false, json!([strategy]))).await;
    let set = one(folder.path(), "unleash", json!({}), settings(&stub.url));
    let provider = set.get("unleash").unwrap();
    let step = control("mode", Setting::Level("all".into()), Direction::Raises, flag());
    let prepared = provider.prepare(&order(&step, Way::Do, "")).await.unwrap();
    assert_eq!(provider.perform(&order(&step, Way::Do, ""), Some(&prepared), LIMIT).await.is, Outcome::Done);
    let put = stub.got().into_iter().find(|g| g.method == "PUT").unwrap().json();
    assert_eq!((&put["segments"], &put["constraints"]), (&strategy["segments"], &strategy["constraints"]));
    assert!(
        prepared.undo.iter().any(|r| r.method == "PUT" && r.body.contains("\"segments\":[7]")),
        "{:?}",
        prepared.undo
    );
    // A percentage of some users is not a percentage.
    let percent = control("traffic", Setting::Percent(5.0), Direction::Raises, flag());
    let fault = provider.prepare(&order(&percent, Way::Do, "")).await.unwrap_err();
    assert!(fault.says.contains("constraints"), "{fault}");
}

#[tokio::test(flavor = "current_thread")]
async fn only_what_consumers_see_is_proof() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::start(serve(false, json!([]))).await;
    let step = control("autonomy", Setting::On(false), Direction::Lowers, flag());
    let out = order(&step, Way::Do, "");
    let bare = one(folder.path(), "unleash", json!({}), json!({ "url": stub.url, "token": { "file": "token" } }));
    let sight = bare.get("unleash").unwrap().probe(&out, None, LIMIT).await;
    assert_eq!(sight.is, Verdict::Inconclusive);
    assert!(sight.seen.says.contains("client-token"), "{}", sight.seen.says);
    // A token of another environment would prove something about another environment.
    let set = one(folder.path(), "unleash", json!({}), settings(&stub.url));
    std::fs::write(folder.path().join("client"), "default:development.0123456789").unwrap();
    let sight = set.get("unleash").unwrap().probe(&out, None, LIMIT).await;
    assert_eq!(sight.is, Verdict::Inconclusive);
    assert!(sight.seen.says.contains("development"), "{}", sight.seen.says);
    assert!(stub.lines().iter().all(|l| !l.contains("/api/client")), "{:?}", stub.lines());
    // The Admin API says off, an edge goes on serving on.
    let edge = Stub::start(|got| {
        let client = got.target.starts_with("/api/client");
        Reply::Json(200, json!({ "name": "f", "enabled": client, "strategies": [] }))
    })
    .await;
    let set = one(folder.path(), "unleash", json!({}), settings(&edge.url));
    assert_eq!(set.get("unleash").unwrap().probe(&out, None, LIMIT).await.is, Verdict::Fail);
}

#[tokio::test(flavor = "current_thread")]
async fn a_protected_environment_is_named_and_a_wrong_one_is_too() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::start(|got| match got.method.as_str() {
        "POST" => Reply::Json(403, json!({ "name": "PermissionError", "message": "requires change request" })),
        _ => Reply::Json(404, json!({ "message": "Could not find f in production" })),
    })
    .await;
    let set = one(folder.path(), "unleash", json!({}), settings(&stub.url));
    let provider = set.get("unleash").unwrap();
    let step = control("autonomy", Setting::On(false), Direction::Lowers, flag());
    let sight = provider.perform(&order(&step, Way::Do, ""), None, LIMIT).await;
    assert_eq!(sight.is, Outcome::Refused);
    assert!(sight.seen.says.contains("change requests only"), "{}", sight.seen.says);
    let fault = provider.prepare(&order(&step, Way::Do, "")).await.unwrap_err();
    assert!(fault.says.contains("flag f in production") && fault.says.contains("404"), "{fault}");
}

#[tokio::test(flavor = "current_thread")]
async fn a_flag_that_changed_meanwhile_is_not_raised() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::start(serve(false, json!([rollout("50")]))).await;
    let set = one(folder.path(), "unleash", json!({}), settings(&stub.url));
    let provider = set.get("unleash").unwrap();
    let step = control("autonomy", Setting::On(true), Direction::Raises, flag());
    let mut prepared = provider.prepare(&order(&step, Way::Do, "")).await.unwrap();
    prepared.prior = json!({ "enabled": false, "strategies": [] });
    let sight = provider.perform(&order(&step, Way::Do, ""), Some(&prepared), LIMIT).await;
    assert_eq!(sight.is, Outcome::NotSent, "{}", sight.seen.says);
    assert!(stub.got().iter().all(|g| g.method == "GET"));
}

#[tokio::test(flavor = "current_thread")]
async fn evidence_reaches_back_as_far_as_asked_and_no_further() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::start(|got| {
        let date = ("Date", "Mon, 23 Nov 2026 12:00:00 GMT".to_owned());
        let at = |minutes: i64| json!({ "id": minutes, "createdAt": format!("2026-11-23T{:02}:{:02}:00.000Z", 11 - minutes / 60, 59 - minutes % 60) });
        let offset: i64 = got.target.rsplit_once("offset=").map_or(0, |(_, o)| o.parse().unwrap());
        let body = if got.target.contains("/search/events") {
            json!({ "events": (offset..offset + 100).map(at).collect::<Vec<_>>(), "total": 600 })
        } else {
            json!({ "name": "f" })
        };
        Reply::Text(200, vec![date], body.to_string())
    })
    .await;
    let set = one(folder.path(), "unleash", json!({}), settings(&stub.url));
    let provider = set.get("unleash").unwrap();
    let step = step(Act::Capture { since: Millis::from_secs(7_200) }, Direction::Looks, flag());
    let out = order(&step, Way::Do, "");
    let sight = provider.perform(&out, None, LIMIT).await;
    assert_eq!((sight.is, stub.got().len()), (Outcome::Done, 3), "{}", sight.seen.says);
    let kept: Value = serde_json::from_slice(&sight.keep.unwrap()).unwrap();
    assert_eq!(kept["events"].as_array().unwrap().len(), 120);
    assert_eq!(provider.probe(&out, None, LIMIT).await.is, Verdict::Pass);
}
