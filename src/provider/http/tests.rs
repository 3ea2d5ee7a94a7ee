use serde_json::{Value, json};

use crate::model::catalog::Capability;
use crate::plan::{Act, Direction, Proof, Repeat, Setting};
use crate::port::{Providers as _, Way};
use crate::provider::set::Set;
use crate::provider::stub::{Reply, Stub};
use crate::provider::tests::{LIMIT, control, one, order, rollback, step, target};
use crate::run::event::{Outcome, Verdict};
use crate::text::time::Millis;

fn open(folder: &std::path::Path, stub: &Stub, mut shared: Value) -> Set {
    shared["auth"] = json!("header:X-Api-Key");
    one(folder, "http", shared, json!({ "url": format!("{}/base", stub.url), "token": { "file": "token" } }))
}

/// One value behind `/base/v`, written as `{"v": …}` and read at `/state/v`.
async fn register(value: Value) -> Stub {
    let mut value = value;
    Stub::start(move |got| {
        assert_eq!(got.headers["x-api-key"], "a-token-0123456789");
        assert_eq!(got.target, "/base/v/a%2Fb");
        if got.method == "PUT" {
            value = got.json()["v"].clone();
        }
        Reply::Json(200, json!({ "state": { "v": value } }))
    })
    .await
}

fn table() -> Value {
    json!({ "act": { "method": "PUT", "path": "/v/{name}", "body": { "v": "{value}" } },
        "read": { "path": "/v/{name}", "at": "/state/v" } })
}

#[tokio::test(flavor = "current_thread")]
async fn a_control_is_set_read_and_put_back_with_its_type() {
    let values = [
        (Setting::Percent(0.0), json!(3), json!(0)),
        (Setting::On(false), json!(true), json!(false)),
        (Setting::Level("advisory".into()), json!("auto"), json!("advisory")),
        // A server that answers in text is understood, and given back what it said.
        (Setting::Percent(5.0), json!("40"), json!(5)),
    ];
    for (to, was, written) in values {
        let folder = tempfile::tempdir().unwrap();
        let stub = register(was.clone()).await;
        let set = open(folder.path(), &stub, json!({ "control": table() }));
        let provider = set.get("http").unwrap();
        let step = control("c", to, Direction::Lowers, target("http", "c", json!({ "name": "a/b" })));
        let out = order(&step, Way::Do, "");
        let prepared = provider.prepare(&out).await.unwrap();
        assert_eq!((&prepared.prior, &prepared.leaves), (&json!({ "value": was }), &json!({ "value": written })));
        assert_eq!(prepared.undo[0].body, json!({ "v": was }).to_string());
        assert_eq!(provider.perform(&out, Some(&prepared), LIMIT).await.is, Outcome::Done);
        assert_eq!(stub.got().last().unwrap().json(), json!({ "v": written }));
        assert_eq!(provider.probe(&out, Some(&prepared), LIMIT).await.is, Verdict::Pass);
        let back = order(&step, Way::Undo(&prepared.prior), "");
        let undo = provider.prepare(&back).await.unwrap();
        assert_eq!((&undo.prior, &undo.leaves), (&prepared.leaves, &prepared.prior));
        assert_eq!(provider.perform(&back, Some(&undo), LIMIT).await.is, Outcome::Done);
        assert_eq!(stub.got().last().unwrap().json(), json!({ "v": was }));
        assert_eq!(provider.probe(&back, Some(&undo), LIMIT).await.is, Verdict::Pass);
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_layer_follows_what_is_called_good() {
    let folder = tempfile::tempdir().unwrap();
    let stub = register(json!("7")).await;
    let mut layer = table();
    let set = open(folder.path(), &stub, json!({ "layer": layer }));
    let step = rollback(target("http", "prompt", json!({ "name": "a/b" })));
    let fault = set.get("http").unwrap().prepare(&order(&step, Way::Do, "")).await.unwrap_err();
    assert!(fault.says.contains("last good"), "{fault}");
    layer["good"] = json!({ "path": "/v/{name}", "at": "/state/v" });
    let set = open(folder.path(), &stub, json!({ "layer": layer }));
    let prepared = set.get("http").unwrap().prepare(&order(&step, Way::Do, "")).await.unwrap();
    assert_eq!(prepared.leaves, json!({ "value": "7" }));
}

#[tokio::test(flavor = "current_thread")]
async fn a_key_goes_with_the_act_and_without_a_read_nothing_is_proven() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = true;
    let stub =
        Stub::start(move |_| if std::mem::take(&mut first) { Reply::Drop } else { Reply::Json(201, json!({})) }).await;
    let keyed = json!({ "path": "/statements", "key-header": "Idempotency-Key",
        "body": { "audience": "{audience}", "text": "{text}", "literal": "{ not a field }" } });
    let set = open(folder.path(), &stub, json!({ "statement": { "act": keyed } }));
    let provider = set.get("http").unwrap();
    let act = Act::Publish { template: "t".into(), text: "x".into(), audience: "affected".into(), amended: None };
    let step = step(act, Direction::Neutral, target("http", "statement", json!({})));
    let prepared = provider.prepare(&order(&step, Way::Do, "")).await.unwrap();
    assert!(prepared.requests[0].headers.contains(&("Idempotency-Key".into(), "{key}".into())), "{prepared:?}");
    let out = order(&step, Way::Do, "k-1");
    let sight = provider.perform(&out, Some(&prepared), LIMIT).await;
    assert_eq!((sight.is, sight.seen.requests), (Outcome::Done, 2), "the key makes a second try harmless");
    let got = stub.got().remove(1);
    assert_eq!(got.headers["idempotency-key"], "k-1");
    assert_eq!(
        got.json(),
        json!({ "audience": "affected", "text": "We told you something that was not so.",
        "literal": "{ not a field }" })
    );
    assert_eq!(provider.probe(&out, Some(&prepared), LIMIT).await.is, Verdict::Accepted);
    // Without its key such an act is not begun.
    assert_eq!(provider.perform(&order(&step, Way::Do, ""), Some(&prepared), LIMIT).await.is, Outcome::NotSent);
}

#[tokio::test(flavor = "current_thread")]
async fn an_act_that_must_not_be_repeated_is_not_and_another_status_is_not_done() {
    let folder = tempfile::tempdir().unwrap();
    let stub =
        Stub::start(|got| if got.target.ends_with("lost") { Reply::Drop } else { Reply::Json(202, json!({})) }).await;
    let calls = json!({ "call": {
        "lose": { "act": { "path": "/lost" } },
        "queue": { "act": { "path": "/jobs/{job}", "expect": [200] } },
    }});
    let set = open(folder.path(), &stub, calls);
    let provider = set.get("http").unwrap();
    let call = |name: &str, with: Value| {
        let with = with.as_object().cloned().unwrap();
        step(Act::HttpCall { call: name.into(), with }, Direction::Neutral, target("http", "x", json!({})))
    };
    let lose = call("lose", json!({}));
    let sight = provider.perform(&order(&lose, Way::Do, "k"), None, LIMIT).await;
    assert_eq!((sight.is, stub.got().len()), (Outcome::Unknown, 1));
    let queue = call("queue", json!({ "job": 5 }));
    let sight = provider.perform(&order(&queue, Way::Do, "k"), None, LIMIT).await;
    assert_eq!((sight.is, stub.lines().pop().unwrap().as_str()), (Outcome::Unknown, "POST /base/jobs/5"));
    let unfilled = call("queue", json!({}));
    let sight = provider.perform(&order(&unfilled, Way::Do, "k"), None, LIMIT).await;
    assert_eq!((sight.is, stub.got().len()), (Outcome::NotSent, 2), "{}", sight.seen.says);
    let unknown = call("nothing", json!({}));
    assert_eq!(provider.perform(&order(&unknown, Way::Do, "k"), None, LIMIT).await.is, Outcome::NotSent);
}

#[tokio::test(flavor = "current_thread")]
async fn evidence_by_get_is_kept_and_only_then_proven() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::start(|_| Reply::Json(200, json!({ "log": [1, 2] }))).await;
    let evidence = json!({ "evidence": { "act": { "method": "GET", "path": "/log?since={since}&of={source}" } } });
    let set = open(folder.path(), &stub, evidence);
    let provider = set.get("http").unwrap();
    let step = step(
        Act::Capture { since: Millis::from_secs(7_200) },
        Direction::Looks,
        target("http", "decisions", json!({})),
    );
    let out = order(&step, Way::Do, "k");
    assert_eq!(provider.probe(&out, None, LIMIT).await.is, Verdict::Inconclusive);
    let sight = provider.perform(&out, None, LIMIT).await;
    assert_eq!(sight.keep.as_deref(), Some(&b"{\"log\":[1,2]}"[..]));
    assert_eq!(stub.lines(), ["GET /base/log?since=2h&of=decisions"]);
    assert_eq!(provider.probe(&out, None, LIMIT).await.is, Verdict::Pass);
}

#[test]
fn what_a_table_can_do_is_known_before_it_is_used() {
    let shared = json!({ "control": table(), "statement": { "act": { "path": "/s", "key-header": "K" } },
        "ticket": { "act": { "path": "/t" } }, "notice": { "act": { "pth": "/n" } } });
    let shared = shared.as_object().cloned().unwrap();
    let ability = |c| (super::KIND.ability)(c, &shared, &serde_json::Map::new()).map(|a| (a.repeat, a.proof));
    assert_eq!(ability(Capability::Percent), Some((Repeat::Harmless, Proof::ReadBack)));
    assert_eq!(ability(Capability::Statement), Some((Repeat::Keyed, Proof::Accepted)));
    assert_eq!(ability(Capability::Ticket), Some((Repeat::Never, Proof::Accepted)));
    assert_eq!(ability(Capability::Notice), None, "a table that can't be read can do nothing");
    assert_eq!(ability(Capability::Signal), None);
}
