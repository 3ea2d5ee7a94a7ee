use serde_json::json;

use crate::plan::checked::{Aspect, Checked, Standing};
use crate::port::Providers as _;
use crate::provider::stub::{Got, Reply, Stub};
use crate::provider::tests::{LIMIT, one, only_reads};

/// What is found of a pager with this routing key, on a REST API that answers so.
async fn found(routing_key: &str, rest: bool, answer: impl Fn(&Got) -> Reply + Send + 'static) -> Vec<Checked> {
    let stub = Stub::start(answer).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key"), routing_key).unwrap();
    let mut settings = json!({ "url": stub.url, "routing-key": { "file": "key" } });
    if rest {
        settings["rest-url"] = json!(format!("{}/rest", stub.url));
        settings["token"] = json!({ "file": "token" });
    }
    let set = one(folder.path(), "pagerduty", json!({}), settings);
    let found = set.get("pagerduty").unwrap().check(&[], LIMIT).await;
    only_reads(&stub);
    assert!(!format!("{found:?}").contains(routing_key));
    found
}

const KEY: &str = "R0UT1NGKEY0123456789abcdefABCDEF";

#[tokio::test(flavor = "current_thread")]
async fn the_shape_of_the_routing_key_and_the_token_are_judged_and_nobody_is_paged() {
    let fine = |_: &Got| Reply::Json(200, json!({ "incidents": [] }));
    let good = found(KEY, true, fine).await;
    assert_eq!(good.iter().map(|c| c.is).collect::<Vec<_>>(), [Standing::Ok, Standing::Ok], "{good:?}");
    let short = found("too-short-key", true, fine).await;
    assert_eq!((short[0].aspect, short[0].is), (Aspect::Setting, Standing::Wrong));
    let bare = found(KEY, false, |_| panic!("nothing is to be asked")).await;
    assert!(bare[1].is == Standing::Note && bare[1].says.contains("never proven"), "{bare:?}");
    let refused = |_: &Got| Reply::Json(401, json!({ "error": { "message": "Authentication failed" } }));
    let refused = found(KEY, true, refused).await;
    assert_eq!((refused[1].aspect, refused[1].is), (Aspect::Credential, Standing::Wrong));
}

#[tokio::test(flavor = "current_thread")]
async fn a_server_in_between_that_refuses_the_version_is_asked_plainly() {
    let strict = |got: &Got| match got.headers.get("accept").map(String::as_str) {
        Some("application/json") => Reply::Json(200, json!({ "incidents": [] })),
        _ => Reply::Json(406, json!({})),
    };
    let found = found(KEY, true, strict).await;
    assert_eq!(found[1].is, Standing::Ok, "{found:?}");
}
