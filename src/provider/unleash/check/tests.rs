use serde_json::{Value, json};

use crate::model::catalog::Capability;
use crate::plan::checked::{Aspect, Checked, Standing};
use crate::plan::needed::Needed;
use crate::port::Providers as _;
use crate::provider::stub::{Got, Reply, Stub};
use crate::provider::tests::{LIMIT, one, only_reads, target};

fn may(permissions: &[(&str, &str, &str)]) -> Value {
    let list: Vec<Value> = permissions
        .iter()
        .map(|(permission, project, environment)| {
            json!({ "permission": permission, "project": project, "environment": environment })
        })
        .collect();
    json!({ "user": { "username": "aigov" }, "permissions": list })
}

/// What is found on a server whose user and change requests are as given.
async fn found(capability: Capability, user: Value, changes: Option<Value>) -> Vec<Checked> {
    let stub = Stub::start(move |got: &Got| match got.target.as_str() {
        "/api/admin/user" => Reply::Json(200, user.clone()),
        "/api/admin/ui-config" => Reply::Json(200, json!({ "flags": { "maintenanceMode": false } })),
        "/api/admin/projects/p/change-requests/config" => match &changes {
            Some(config) => Reply::Json(200, config.clone()),
            None => Reply::Json(404, json!({ "message": "not available" })),
        },
        "/api/admin/projects/p/features/f/environments/production" => {
            Reply::Json(200, json!({ "name": "f", "enabled": true, "strategies": [] }))
        }
        "/api/client/features/f" => Reply::Json(200, json!({ "name": "f", "enabled": true })),
        other => panic!("{other}"),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let settings = json!({ "url": stub.url, "token": { "file": "token" }, "client-token": { "file": "client" } });
    let set = one(folder.path(), "unleash", json!({}), settings);
    let flag = target("unleash", "a controls.f", json!({ "project": "p", "flag": "f", "environment": "production" }));
    let needed = Needed::used(flag, capability);
    let found = set.get("unleash").unwrap().check(&[needed], LIMIT).await;
    only_reads(&stub);
    found
}

fn wrong(found: &[Checked]) -> Vec<(Aspect, &str)> {
    found.iter().filter(|c| c.is == Standing::Wrong).map(|c| (c.aspect, c.says.as_str())).collect()
}

#[tokio::test(flavor = "current_thread")]
async fn an_administrator_may_everything_and_an_edition_without_requests_has_none() {
    let found = found(Capability::Level, json!({ "permissions": [{ "permission": "ADMIN" }] }), None).await;
    assert!(found.iter().all(|c| c.is == Standing::Ok), "{found:?}");
}

#[tokio::test(flavor = "current_thread")]
async fn the_permissions_are_those_of_the_verb_the_project_and_the_environment() {
    let switch = may(&[("UPDATE_FEATURE_ENVIRONMENT", "p", "production")]);
    assert_eq!(wrong(&found(Capability::Switch, switch.clone(), None).await), []);
    let level = found(Capability::Level, switch, None).await;
    assert_eq!(wrong(&level).len(), 1, "{level:?}");
    assert!(wrong(&level)[0].1.contains("UPDATE_FEATURE_STRATEGY"), "{level:?}");
    for elsewhere in [
        may(&[]),
        may(&[("UPDATE_FEATURE_ENVIRONMENT", "p", "development")]),
        may(&[("UPDATE_FEATURE_ENVIRONMENT", "other", "production")]),
    ] {
        let found = found(Capability::Switch, elsewhere, None).await;
        assert_eq!(wrong(&found).iter().map(|w| w.0).collect::<Vec<_>>(), [Aspect::Scope], "{found:?}");
    }
    let everywhere = json!({ "permissions": [{ "permission": "UPDATE_FEATURE_ENVIRONMENT", "project": "*" }] });
    assert_eq!(wrong(&found(Capability::Switch, everywhere, None).await), []);
}

#[tokio::test(flavor = "current_thread")]
async fn an_environment_that_takes_change_requests_only_would_stop_a_stop() {
    let config = json!([{ "environment": "production", "changeRequestEnabled": true, "requiredApprovals": 1 },
        { "environment": "development", "changeRequestEnabled": false }]);
    let switch = [("UPDATE_FEATURE_ENVIRONMENT", "p", "production")];
    let asked = found(Capability::Switch, may(&switch), Some(config.clone())).await;
    assert_eq!(wrong(&asked).iter().map(|w| w.0).collect::<Vec<_>>(), [Aspect::Protection], "{asked:?}");
    let mut skips = switch.to_vec();
    skips.push(("SKIP_CHANGE_REQUEST", "p", "production"));
    assert_eq!(wrong(&found(Capability::Switch, may(&skips), Some(config)).await), []);
    let none = json!([{ "environment": "production", "changeRequestEnabled": false }]);
    assert_eq!(wrong(&found(Capability::Switch, may(&switch), Some(none)).await), []);
}
