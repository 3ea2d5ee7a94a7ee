use serde_json::{Value, json};

use crate::model::catalog::Capability;
use crate::plan::checked::{Aspect, Checked, Standing};
use crate::plan::needed::Needed;
use crate::port::Providers as _;
use crate::provider::stub::{Got, Reply, Stub};
use crate::provider::tests::{LIMIT, one, only_reads, target};

async fn found(shared: Value, capability: Capability, status: u16, body: Value) -> Vec<Checked> {
    let stub = Stub::start(move |_: &Got| Reply::Json(status, body.clone())).await;
    let folder = tempfile::tempdir().unwrap();
    let set = one(folder.path(), "http", shared, json!({ "url": stub.url, "token": { "file": "token" } }));
    let binding = target("http", "a controls.replicas", json!({ "service": "replies", "call": "purge" }));
    let needed = Needed::used(binding, capability);
    let found = set.get("http").unwrap().check(&[needed], LIMIT).await;
    only_reads(&stub);
    found
}

fn control() -> Value {
    json!({ "control": {
        "act": { "method": "PUT", "path": "/services/{service}/replicas", "body": { "replicas": "{value}" } },
        "read": { "path": "/services/{service}/replicas", "at": "/replicas" },
    } })
}

#[tokio::test(flavor = "current_thread")]
async fn a_declared_read_shows_what_is_there() {
    let good = found(control(), Capability::Percent, 200, json!({ "replicas": 3 })).await;
    assert_eq!((good[0].is, good[0].says.as_str()), (Standing::Ok, "reads 3"), "{good:?}");
    for (status, body, aspect) in [
        (200, json!({ "count": 3 }), Aspect::Exists),
        (404, json!({ "message": "no such service" }), Aspect::Exists),
        (401, json!({ "message": "no" }), Aspect::Credential),
        (403, json!({ "message": "no" }), Aspect::Scope),
    ] {
        let found = found(control(), Capability::Percent, status, body).await;
        assert_eq!((found[0].is, found[0].aspect), (Standing::Wrong, aspect), "{status}: {found:?}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn what_can_not_be_looked_at_without_acting_is_said_so_and_a_missing_table_is_wrong() {
    let statement = json!({ "statement": { "act": { "path": "/statements", "body": {} } } });
    let blind = found(statement, Capability::Statement, 404, json!({})).await;
    assert!(blind.iter().all(|c| c.is == Standing::Untold), "{blind:?}");
    let refused = found(json!({}), Capability::Statement, 401, json!({})).await;
    assert_eq!((refused[0].is, refused[0].aspect), (Standing::Wrong, Aspect::Credential));
    for (capability, table) in [(Capability::Layer, "`layer`"), (Capability::Call, "`call.purge`")] {
        let none = found(control(), capability, 404, json!({})).await;
        let missing = none.iter().find(|c| c.aspect == Aspect::Setting).unwrap();
        assert!(missing.is == Standing::Wrong && missing.says.contains(table), "{none:?}");
    }
}
