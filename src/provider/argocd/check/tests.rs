use serde_json::{Value, json};

use crate::model::catalog::Capability;
use crate::plan::checked::{Aspect, Checked, Standing};
use crate::plan::needed::Needed;
use crate::port::Providers as _;
use crate::provider::stub::{Got, Reply, Stub};
use crate::provider::tests::{LIMIT, one, only_reads, target};

fn app(owner: &Value) -> Value {
    json!({
        "metadata": { "name": "replies", "ownerReferences": owner },
        "spec": { "project": "support", "syncPolicy": { "automated": { "selfHeal": true } } },
        "status": { "history": [{ "id": 3, "revision": "aaa" }, { "id": 4, "revision": "bbb" }] },
    })
}

/// What is found on a server that answers `special` before it answers rightly.
async fn found(capability: Capability, special: impl Fn(&str) -> Option<Reply> + Send + 'static) -> Vec<Checked> {
    let stub = Stub::start(move |got: &Got| {
        let path = got.target.clone();
        special(&path).unwrap_or_else(|| match path.as_str() {
            "/api/v1/session/userinfo" => Reply::Json(200, json!({ "loggedIn": true, "username": "aigov" })),
            p if p.starts_with("/api/v1/account/can-i/") => Reply::Json(200, json!({ "value": "yes" })),
            p if p.ends_with("/syncwindows") => Reply::Json(200, json!({ "canSync": true })),
            "/api/v1/applications/replies" => Reply::Json(200, app(&Value::Null)),
            other => panic!("{other}"),
        })
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let set = one(folder.path(), "argocd", json!({}), json!({ "url": stub.url, "token": { "file": "token" } }));
    let replies = target("argocd", "replies deploy", json!({ "app": "replies" }));
    let needed = Needed::used(replies, capability);
    let found = set.get("argocd").unwrap().check(&[needed], LIMIT).await;
    only_reads(&stub);
    found
}

fn wrong(found: &[Checked]) -> Vec<(Aspect, &str)> {
    found.iter().filter(|c| c.is == Standing::Wrong).map(|c| (c.aspect, c.says.as_str())).collect()
}

#[tokio::test(flavor = "current_thread")]
async fn everything_as_needed_is_said_so() {
    for capability in [Capability::Deploy, Capability::Layer] {
        let found = found(capability, |_| None).await;
        assert!(found.iter().all(|c| c.is == Standing::Ok), "{found:?}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_token_that_is_nobodys_ends_the_questions() {
    let nobody = |path: &str| path.ends_with("/userinfo").then(|| Reply::Json(200, json!({ "loggedIn": false })));
    let found = found(Capability::Deploy, nobody).await;
    assert_eq!(wrong(&found).iter().map(|w| w.0).collect::<Vec<_>>(), [Aspect::Credential]);
    assert_eq!(found[1].is, Standing::Untold, "{found:?}");
}

#[tokio::test(flavor = "current_thread")]
async fn what_the_servers_own_policies_forbid_is_named() {
    let no_sync =
        |path: &str| path.contains("/can-i/applications/sync/").then(|| Reply::Json(200, json!({ "value": "no" })));
    let freeze = found(Capability::Deploy, no_sync).await;
    assert_eq!(wrong(&freeze), [], "a freeze does not sync");
    let rollback = found(Capability::Layer, no_sync).await;
    assert_eq!(wrong(&rollback), [(Aspect::Scope, "the token may not sync it")]);
}

#[tokio::test(flavor = "current_thread")]
async fn a_window_an_owner_and_an_empty_history_are_told_beforehand() {
    let shut = |path: &str| {
        let windows = json!({ "activeWindows": [{ "kind": "deny" }], "assignedWindows": [{ "kind": "deny" }] });
        path.ends_with("/syncwindows").then_some(Reply::Json(200, windows))
    };
    let closed = found(Capability::Layer, shut).await;
    assert_eq!(wrong(&closed), [(Aspect::Protection, "a window forbids it now: a rollback would be refused")]);
    let owned = |path: &str| {
        let owner = json!([{ "kind": "ApplicationSet", "name": "all" }]);
        (path == "/api/v1/applications/replies").then(|| Reply::Json(200, app(&owner)))
    };
    let owned = found(Capability::Deploy, owned).await;
    assert!(owned.iter().any(|c| c.is == Standing::Note && c.says.contains("ApplicationSet all")), "{owned:?}");
    let young = |path: &str| {
        let mut young = app(&Value::Null);
        young["status"]["history"] = json!([{ "id": 0, "revision": "aaa" }]);
        (path == "/api/v1/applications/replies").then_some(Reply::Json(200, young))
    };
    let young = found(Capability::Layer, young).await;
    assert_eq!(wrong(&young), [(Aspect::Exists, "there is no earlier deployment to roll back to")]);
}
