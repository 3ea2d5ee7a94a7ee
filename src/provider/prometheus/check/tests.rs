use serde_json::{Value, json};

use crate::model::catalog::Capability;
use crate::plan::checked::{Aspect, Checked, Standing};
use crate::plan::needed::Needed;
use crate::port::Providers as _;
use crate::provider::stub::{Got, Reply, Stub};
use crate::provider::tests::{LIMIT, one, only_reads, target};

/// What is found of a query that is answered so.
async fn found(status: u16, body: Value) -> Vec<Checked> {
    let stub = Stub::start(move |got: &Got| match got.target.as_str() {
        "/api/v1/query?query=vector%281%29" => Reply::Json(
            200,
            json!({ "status": "success", "data": { "resultType": "vector", "result": [{ "value": [1, "1"] }] } }),
        ),
        _ => Reply::Json(status, body.clone()),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let set = one(folder.path(), "prometheus", json!({}), json!({ "url": stub.url, "token": { "file": "token" } }));
    let signal = target("prometheus", "a signals.ratio", json!({ "query": "ratio" }));
    let needed = Needed::used(signal, Capability::Signal);
    let found = set.get("prometheus").unwrap().check(&[needed], LIMIT).await;
    only_reads(&stub);
    found
}

#[tokio::test(flavor = "current_thread")]
async fn a_number_no_data_and_what_does_not_parse_are_told_apart() {
    let vector = |result: Value| json!({ "status": "success", "data": { "resultType": "vector", "result": result } });
    for (status, body, is, aspect, says) in [
        (200, vector(json!([{ "value": [1, "0.04"] }])), Standing::Ok, Aspect::Data, "0.04 now"),
        (200, vector(json!([])), Standing::Note, Aspect::Data, "no data now"),
        (200, vector(json!([{ "value": [1, "NaN"] }])), Standing::Note, Aspect::Data, "the value is NaN"),
        (400, json!({ "status": "error", "error": "parse error" }), Standing::Wrong, Aspect::Exists, "parse error"),
        (503, json!({ "status": "error", "error": "busy" }), Standing::Untold, Aspect::Exists, "busy"),
    ] {
        let found = found(status, body).await;
        assert_eq!((found[0].aspect, found[0].is), (Aspect::Credential, Standing::Ok));
        assert_eq!((found[1].aspect, found[1].is), (aspect, is), "{found:?}");
        assert!(found[1].says.contains(says), "{found:?}");
    }
}
