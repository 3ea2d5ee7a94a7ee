//! Every adapter at once: against the sandbox's dialects, against servers that do everything wrong, and against one that
//! gives every secret back.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::redact::tests::encodings;
use super::sandbox::Sandbox;
use super::set::{ProviderSettings, Set};
use super::stub::{Got, Reply, Stub};
use crate::model::catalog::Capability;
use crate::plan::checked::{Aspect, Standing};
use crate::plan::needed::Needed;
use crate::plan::{Act, Condition, Direction, Measure, Setting, Step, StepRole, Target, fixture};
use crate::port::{Order, Prepared, Providers as _, Way};
use crate::run::event::{Outcome, Verdict};
use crate::text::time::{Instant, Millis};

/// Time for one call against a server that answers.
pub(super) const LIMIT: Millis = Millis(10_000);

fn map(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else { panic!("{value} is not an object") };
    map
}

/// One provider of a kind, named as its kind, with secrets in the folder's files `token` and `client`.
pub(super) fn one(folder: &Path, kind: &str, shared: Value, settings: Value) -> Set {
    std::fs::write(folder.join("token"), "a-token-0123456789").unwrap();
    std::fs::write(folder.join("client"), "default:production.0123456789").unwrap();
    let entry = ProviderSettings { name: kind.into(), kind: kind.into(), shared: map(shared), settings: map(settings) };
    Set::open(vec![entry], folder.to_owned())
}

/// Nothing but reads arrived.
pub(super) fn only_reads(stub: &Stub) {
    for got in stub.got() {
        assert!(got.method == "GET" && got.body.is_empty(), "{}", got.line());
    }
}

pub(super) fn target(provider: &str, label: &str, binding: Value) -> Target {
    Target { provider: provider.into(), kind: String::new(), binding: map(binding), label: label.into() }
}

pub(super) fn step(act: Act, direction: Direction, target: Target) -> Step {
    fixture::step("a-step", StepRole::Immediate, act, vec![target], direction)
}

pub(super) fn order<'a>(step: &'a Step, way: Way<'a>, key: &'a str) -> Order<'a> {
    let text = matches!(step.act, Act::Publish { .. }).then_some("We told you something that was not so.");
    Order {
        run: "20261123-0204-abcd",
        environment: "production",
        step,
        target: &step.targets[0],
        way,
        key,
        text,
        after: None,
    }
}

pub(super) fn control(name: &str, to: Setting, direction: Direction, target: Target) -> Step {
    let safe = direction == Direction::Lowers;
    step(Act::SetControl { control: name.into(), to, safe }, direction, target)
}

pub(super) fn rollback(target: Target) -> Step {
    step(Act::RollbackLayer { layer: target.label.clone(), to: "last-known-good".into() }, Direction::Neutral, target)
}

fn flag(name: &str) -> Target {
    let mut binding =
        json!({ "project": "support", "flag": format!("support-replies-{name}"), "environment": "production" });
    if name == "mode" {
        binding["levels"] = json!(["off", "advisory", "gated", "auto"]);
    }
    target("flags", name, binding)
}

/// One of every kind of act, each on the provider that can do it.
fn acts() -> Vec<Step> {
    let capture = |t| step(Act::Capture { since: Millis::from_secs(7_200) }, Direction::Looks, t);
    let publish = Act::Publish {
        template: "customer-correction".into(),
        text: "…".into(),
        audience: "affected".into(),
        amended: None,
    };
    let page = Act::Page { to: vec!["ada".into()], severity: "critical".into(), summary: "stopped".into() };
    vec![
        control("autonomy", Setting::On(false), Direction::Lowers, flag("autonomy")),
        control("mode", Setting::Level("advisory".into()), Direction::Raises, flag("mode")),
        control("traffic", Setting::Percent(5.0), Direction::Raises, flag("traffic")),
        control(
            "replicas",
            Setting::Percent(0.0),
            Direction::Lowers,
            target("scaler", "replicas", json!({ "service": "support-replies" })),
        ),
        step(Act::Freeze, Direction::Neutral, target("deploy", "deploy", json!({ "app": "support-replies" }))),
        rollback(target("deploy", "orchestration", json!({ "app": "support-replies" }))),
        rollback(target("registry", "prompt", json!({ "prompt": "support-replies", "alias": "production" }))),
        rollback(target(
            "registry",
            "retrieval",
            json!({ "model": "support-replies-retrieval", "alias": "production" }),
        )),
        capture(target("registry", "prompts", json!({ "prompt": "support-replies" }))),
        capture(target("flags", "flags", json!({ "project": "support", "flag": "support-replies-mode" }))),
        capture(target("evidence", "decisions", json!({}))),
        step(page, Direction::Looks, target("pager", "owner", json!({}))),
        step(publish, Direction::Neutral, target("outbox", "statement", json!({}))),
    ]
}

/// What an act needs, as a check is asked for it.
fn needs(step: &Step) -> Vec<Needed> {
    let capability = match &step.act {
        Act::SetControl { to: Setting::On(_), .. } => Capability::Switch,
        Act::SetControl { to: Setting::Level(_), .. } => Capability::Level,
        Act::SetControl { to: Setting::Percent(_), .. } => Capability::Percent,
        Act::RollbackLayer { .. } => Capability::Layer,
        Act::Capture { .. } => Capability::Evidence,
        Act::Freeze => Capability::Deploy,
        Act::Page { .. } => Capability::Paging,
        Act::Publish { .. } => Capability::Statement,
        other => panic!("no check of {} is made here", other.verb()),
    };
    step.targets.iter().map(|t| Needed::used(t.clone(), capability)).collect()
}

fn set(folder: &Path, origin: &str) -> Set {
    let settings = |path: &str, more: Value| {
        let mut settings = json!({ "url": format!("{origin}{path}"), "token": { "file": "sandbox-token" } });
        settings.as_object_mut().unwrap().extend(map(more));
        map(settings)
    };
    let entry = |name: &str, kind: &str, shared: Value, settings| ProviderSettings {
        name: name.into(),
        kind: kind.into(),
        shared: map(shared),
        settings,
    };
    let keyed = |path: &str, body: Value| json!({ "method": "POST", "path": path, "body": body, "key-header": "Idempotency-Key", "repeat": "keyed" });
    let replicas = json!({ "control": {
        "act": { "method": "PUT", "path": "/services/{service}/replicas", "body": { "replicas": "{value}" },
            "expect": [200], "repeat": "harmless" },
        "read": { "path": "/services/{service}/replicas", "at": "/replicas" },
    }});
    let evidence = json!({ "evidence": {
        "act": keyed("/evidence/{source}/snapshots", json!({ "since": "{since}", "run": "{run}" })),
        "read": { "path": "/evidence/{source}/snapshots/{key}", "at": "/state", "equals": "sealed" },
    }});
    let outbox = json!({ "statement": {
        "act": keyed("/statements", json!({ "audience": "{audience}", "text": "{text}" })),
        "read": { "path": "/statements/{key}", "at": "/state", "equals": "sent" },
    }});
    let client = json!({ "client-token": { "file": "sandbox-client-token" } });
    let pager = json!({ "routing-key": { "file": "sandbox-token" }, "rest-url": format!("{origin}/pagerduty/rest") });
    let entries = vec![
        entry("flags", "unleash", json!({}), settings("/unleash", client)),
        entry("deploy", "argocd", json!({}), settings("/argocd", json!({}))),
        entry("registry", "mlflow", json!({}), settings("/mlflow", json!({}))),
        entry("metrics", "prometheus", json!({}), settings("/prometheus", json!({}))),
        entry("pager", "pagerduty", json!({}), settings("/pagerduty", pager)),
        entry("scaler", "http", replicas, settings("/desk", json!({}))),
        entry("evidence", "http", evidence, settings("/desk", json!({}))),
        entry("outbox", "http", outbox, settings("/desk", json!({}))),
    ];
    Set::open(entries, folder.to_owned()).for_environment("production")
}

/// Reads back until it passes, as the driver does.
async fn proven(set: &Set, order: &Order<'_>, prepared: &Prepared) -> (Verdict, String) {
    let provider = set.get(&order.target.provider).unwrap();
    let mut last = (Verdict::Inconclusive, String::new());
    for _ in 0..20 {
        let sight = provider.probe(order, Some(prepared), LIMIT).await;
        last = (sight.is, sight.seen.says);
        if last.0 == Verdict::Pass {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    last
}

fn ratio(query: &str, condition: Condition) -> Measure {
    let binding = json!({ "query": format!("{query}{{automation=\"support-replies\"}}"),
        "count-query": "ai_checked_total{automation=\"support-replies\"}" });
    Measure {
        signal: query.into(),
        target: target("metrics", query, binding),
        condition,
        samples: Some(200),
        lasting: None,
    }
}

/// Out, proven, and back, against the sandbox: whatever is prepared is what is found, and undo restores it exactly.
#[tokio::test(flavor = "current_thread")]
async fn every_act_goes_out_is_proven_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let now = Instant(1_795_400_000_000);
    Sandbox::prepare(folder.path(), now).unwrap();
    let tick = std::sync::atomic::AtomicI64::new(0);
    let clock = move || now.plus(Millis(tick.fetch_add(500, std::sync::atomic::Ordering::Relaxed).unsigned_abs()));
    let running = Sandbox::serve(folder.path(), Box::new(clock)).unwrap();
    let set = set(folder.path(), &running.origin);
    let above = ratio("ai_ungrounded_ratio", Condition::Above(0.02));
    let bad = set.get("metrics").unwrap().measure(&above, LIMIT).await.unwrap();
    assert_eq!(bad.verdict, Verdict::Pass, "{}", bad.says);
    assert!(bad.measured.samples.unwrap() >= 200);
    for (i, step) in acts().iter().enumerate() {
        let key = format!("key-{i}");
        let name = format!("{} on {}", step.act.verb(), step.targets[0].label);
        let provider = set.get(&step.targets[0].provider).unwrap();
        let bare = order(step, Way::Do, "");
        assert!(!provider.describe(&bare).is_empty(), "{name}: nothing is described");
        let prepared = provider.prepare(&bare).await.unwrap_or_else(|f| panic!("{name}: {f}"));
        let again = provider.prepare(&bare).await.unwrap();
        assert_eq!(prepared, again, "{name}: preparing changed something or is not stable");
        assert!(!prepared.requests.is_empty(), "{name}");
        let out = order(step, Way::Do, &key);
        // A request that somebody approves shows its key: the same request but for the key, and none is still to come.
        let keyed = format!("{:?}", provider.prepare(&out).await.unwrap().requests);
        assert_eq!(keyed, format!("{:?}", prepared.requests).replace("{key}", &key), "{name}");
        let before = provider.probe(&out, Some(&prepared), LIMIT).await;
        assert_ne!(before.is, Verdict::Pass, "{name}: proven before it was done: {}", before.seen.says);
        let sight = provider.perform(&out, Some(&prepared), LIMIT).await;
        assert_eq!(sight.is, Outcome::Done, "{name}: {}", sight.seen.says);
        assert_eq!(sight.keep.is_some(), matches!(step.act, Act::Capture { .. }) && i != 10, "{name}");
        let (verdict, says) = proven(&set, &out, &prepared).await;
        assert_eq!(verdict, Verdict::Pass, "{name}: {says}");
        if prepared.prior.is_null() {
            continue;
        }
        // A second time changes nothing more.
        let sight = provider.perform(&out, Some(&prepared), LIMIT).await;
        assert_eq!(sight.is, Outcome::Done, "{name} again: {}", sight.seen.says);
        assert_eq!(proven(&set, &out, &prepared).await.0, Verdict::Pass, "{name} again");
        let back = order(step, Way::Undo(&prepared.prior), &key);
        let undo = provider.prepare(&back).await.unwrap();
        assert_eq!(undo.prior, prepared.leaves, "{name}: it left something else than it said");
        assert_eq!(undo.leaves, prepared.prior, "{name}");
        let sight = provider.perform(&back, Some(&undo), LIMIT).await;
        assert_eq!(sight.is, Outcome::Done, "undo of {name}: {}", sight.seen.says);
        let (verdict, says) = proven(&set, &back, &undo).await;
        assert_eq!(verdict, Verdict::Pass, "undo of {name}: {says}");
        assert_eq!(provider.prepare(&back).await.unwrap().prior, prepared.prior, "undo of {name}");
    }
    let mut checked = 0;
    for step in acts() {
        for note in set.get(&step.targets[0].provider).unwrap().check(&needs(&step), LIMIT).await {
            assert_ne!(note.is, Standing::Wrong, "{}: {}", note.what, note.says);
            checked += 1;
        }
    }
    assert!(checked > acts().len());
}

/// Whatever a server does wrong, an act is never `Done` for it, a read-back never `Pass`, and a request that may have
/// acted is never forgotten.
#[tokio::test(flavor = "current_thread")]
async fn a_server_that_does_wrong_never_passes() {
    type Make = fn() -> Reply;
    let wrongs: [(&str, Make, Outcome); 9] = [
        ("500", || Reply::Json(500, json!({})), Outcome::Unknown),
        ("drop", || Reply::Drop, Outcome::Unknown),
        ("cut", || Reply::Cut(200, "{\"enabled\":".into()), Outcome::Unknown),
        ("hang", || Reply::Hang, Outcome::Unknown),
        ("no http", || Reply::Raw(b"220 mail.example ESMTP\r\n".to_vec()), Outcome::Unknown),
        ("redirect", || Reply::Text(302, vec![("Location", "/login".into())], String::new()), Outcome::Refused),
        ("401", || Reply::Json(401, json!({ "message": "no" })), Outcome::Refused),
        ("404", || Reply::Json(404, json!({ "message": "no" })), Outcome::Refused),
        ("429", || Reply::Text(429, vec![("Retry-After", "60".into())], String::new()), Outcome::Refused),
    ];
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sandbox-token"), "a-token-0123456789").unwrap();
    std::fs::write(folder.path().join("sandbox-client-token"), "*:production.client-0123456789").unwrap();
    for (wrong, make, outcome) in wrongs {
        let limit = Millis(if wrong == "hang" { 60 } else { 5_000 });
        let stub = Stub::start(move |_| make()).await;
        let set = set(folder.path(), &stub.url);
        for step in acts() {
            let name = format!("{} on {} with {wrong}", step.act.verb(), step.targets[0].label);
            let provider = set.get(&step.targets[0].provider).unwrap();
            let order = order(&step, Way::Do, "key");
            let fault = tokio::time::timeout(LIMIT.std(), provider.prepare(&order));
            if wrong != "hang" && !matches!(step.act, Act::Capture { .. } | Act::Page { .. } | Act::Publish { .. }) {
                let fault = fault.await.unwrap().unwrap_err();
                assert!(!fault.before_sending && !fault.says.is_empty(), "{name}: {fault:?}");
            }
            let sent = stub.got().len();
            let sight = provider.perform(&order, None, limit).await;
            assert!(!sight.seen.says.is_empty(), "{name}");
            let acted = stub.got().iter().skip(sent).any(|g| g.method != "GET");
            if acted {
                assert_eq!(sight.is, outcome, "{name}: {}", sight.seen.says);
            } else {
                assert!(matches!(sight.is, Outcome::NotSent | Outcome::Refused), "{name}: {:?}", sight.is);
            }
            let sight = provider.probe(&order, None, limit).await;
            assert!(matches!(sight.is, Verdict::Inconclusive | Verdict::Fail), "{name}: {}", sight.seen.says);
            assert!(sight.is == Verdict::Inconclusive || wrong == "404", "{name}: {}", sight.seen.says);
            for note in provider.check(&needs(&step), limit).await {
                // A routing key has its shape without anybody being asked.
                assert!(note.is != Standing::Ok || note.what == "routing-key", "{name}: {}: {}", note.what, note.says);
            }
        }
        let measure = ratio("ai_ungrounded_ratio", Condition::Below(1.0));
        let reading = set.get("metrics").unwrap().measure(&measure, limit).await.unwrap();
        assert_eq!(reading.verdict, Verdict::Inconclusive, "measure with {wrong}: {}", reading.says);
    }
}

/// An answer that is well-formed but about something else proves nothing.
#[tokio::test(flavor = "current_thread")]
async fn an_answer_about_something_else_proves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sandbox-token"), "a-token-0123456789").unwrap();
    std::fs::write(folder.path().join("sandbox-client-token"), "*:production.client-0123456789").unwrap();
    let bodies = [
        json!({}),
        json!([]),
        json!(null),
        json!("off"),
        json!({ "enabled": false, "name": "another-flag" }),
        json!(0),
    ];
    for body in bodies {
        let answer = body.clone();
        let stub = Stub::start(move |_| Reply::Json(200, answer.clone())).await;
        let set = set(folder.path(), &stub.url);
        for step in acts() {
            let provider = set.get(&step.targets[0].provider).unwrap();
            let sight = provider.probe(&order(&step, Way::Do, "key"), None, LIMIT).await;
            assert_eq!(sight.is, Verdict::Inconclusive, "{body} {}: {}", step.targets[0].label, sight.seen.says);
            // The generic provider is told where to look, and any value may stand there.
            let of_a_system = ["flags", "deploy", "registry"].contains(&step.targets[0].provider.as_str());
            for note in provider.check(&needs(&step), LIMIT).await.iter().filter(|_| of_a_system) {
                let fine = note.is == Standing::Ok && note.aspect == Aspect::Exists;
                assert!(!fine, "{body} {}: {}", note.what, note.says);
            }
        }
        let measure = ratio("x", Condition::Below(1.0));
        let reading = set.get("metrics").unwrap().measure(&measure, LIMIT).await.unwrap();
        assert_eq!(reading.verdict, Verdict::Inconclusive, "{body}");
    }
}

/// Nothing is listening, or the secret is missing: certainly not sent, and said so.
#[tokio::test(flavor = "current_thread")]
async fn what_cannot_be_reached_is_certainly_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::start(|_: &Got| Reply::Json(200, json!({}))).await;
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    for (origin, has_secret, why) in [(&stub.url, false, "sandbox-"), (&nobody, true, "no connection")] {
        if has_secret {
            std::fs::write(folder.path().join("sandbox-token"), "a-token-0123456789").unwrap();
            std::fs::write(folder.path().join("sandbox-client-token"), "client-0123456789").unwrap();
        }
        let set = set(folder.path(), origin);
        for step in acts() {
            let provider = set.get(&step.targets[0].provider).unwrap();
            let order = order(&step, Way::Do, "key");
            let sight = provider.perform(&order, None, Millis(3_000)).await;
            assert_eq!(sight.is, Outcome::NotSent, "{}: {}", step.targets[0].label, sight.seen.says);
            assert!(sight.seen.says.contains(why), "{}", sight.seen.says);
            assert_eq!(provider.probe(&order, None, Millis(3_000)).await.is, Verdict::Inconclusive);
            if !matches!(step.act, Act::Capture { .. } | Act::Page { .. } | Act::Publish { .. }) {
                assert!(provider.prepare(&order).await.unwrap_err().before_sending);
            }
        }
        let measure = ratio("x", Condition::Below(1.0));
        assert!(set.get("metrics").unwrap().measure(&measure, Millis(3_000)).await.unwrap_err().before_sending);
    }
    assert!(stub.got().is_empty());
}

/// An order for another environment than the one that was opened is refused before anything is sent.
#[tokio::test(flavor = "current_thread")]
async fn an_order_for_another_environment_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sandbox-token"), "a-token-0123456789").unwrap();
    let stub = Stub::start(|_: &Got| Reply::Json(200, json!({}))).await;
    let set = set(folder.path(), &stub.url);
    for step in acts() {
        let order = Order { environment: "staging", ..order(&step, Way::Do, "key") };
        let provider = set.get(&step.targets[0].provider).unwrap();
        assert_eq!(provider.perform(&order, None, LIMIT).await.is, Outcome::NotSent);
        assert!(provider.prepare(&order).await.unwrap_err().says.contains("staging"));
        assert_ne!(provider.probe(&order, None, LIMIT).await.is, Verdict::Pass);
    }
    assert!(stub.got().is_empty());
}

/// A hostile server gives the credential back in every encoding; nothing that any adapter returns holds it.
#[tokio::test(flavor = "current_thread")]
async fn no_adapter_returns_a_secret() {
    const SECRET: &str = "s3cr3t/+\"value\"=0123456789abcdef";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sandbox-token"), SECRET).unwrap();
    std::fs::write(folder.path().join("sandbox-client-token"), SECRET).unwrap();
    for (i, text) in encodings(SECRET).into_iter().enumerate() {
        let echo = text.clone();
        let stub = Stub::start(move |got| match (i + got.target.len()) % 3 {
            0 => Reply::Json(403, json!({ "message": format!("{echo} is not allowed"), "error": echo })),
            // Whatever an adapter looks for, it finds the secret there.
            1 => Reply::Json(200, json!({ "name": echo, "enabled": true, "version": echo, "state": echo, "replicas": echo,
                "strategies": [{ "id": echo, "name": echo }], "events": [{ "data": echo }],
                "registered_model": { "name": echo }, "model_version": { "version": echo },
                "model_versions": [{ "tags": echo }], "incidents": [{ "incident_key": "key", "id": echo }],
                "spec": { "project": echo }, "status": { "history": [{ "id": 1, "revision": echo }, { "id": 2, "revision": "x" }],
                "operationState": { "phase": "Failed", "message": echo }, "health": { "status": echo } } })),
            _ => Reply::Text(302, vec![("Location", format!("/x?{}", echo.replace(['\r', '\n'], "")))], echo.clone()),
        })
        .await;
        let set = set(folder.path(), &stub.url);
        // Each encoding through a third of the acts, so that each act meets encodings of every form.
        for step in acts().into_iter().skip(i % 3).step_by(3) {
            let provider = set.get(&step.targets[0].provider).unwrap();
            let order = order(&step, Way::Do, "key");
            let described = provider.describe(&order);
            let prepared = provider.prepare(&order).await;
            let performed = provider.perform(&order, prepared.as_ref().ok(), Millis(2_000)).await;
            let probed = provider.probe(&order, prepared.as_ref().ok(), Millis(2_000)).await;
            let checked = provider.check(&needs(&step), Millis(2_000)).await;
            let mut all =
                format!("{described:?}{prepared:?}{:?}{:?}{checked:?}", performed.seen, probed.seen).into_bytes();
            for kept in [performed.keep, probed.keep].into_iter().flatten() {
                all.extend(kept);
            }
            let all = String::from_utf8_lossy(&all).into_owned();
            assert!(!all.contains(SECRET) && !all.contains(&text), "{text} in {all}");
            assert_eq!(set.redact(&all), all, "{text}");
        }
    }
}
