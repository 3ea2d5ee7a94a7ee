use serde_json::{Value, json};

use crate::model::catalog::Capability;
use crate::plan::checked::{Aspect, Checked, Standing};
use crate::plan::needed::Needed;
use crate::port::Providers as _;
use crate::provider::stub::{Got, Reply, Stub};
use crate::provider::tests::{LIMIT, one, only_reads, target};

/// What is found of a prompt whose aliases point to these versions, on a server that lets in whom it is told to.
async fn found(aliases: &[(&str, &str)], asks: bool) -> Vec<Checked> {
    let aliases: Vec<(String, String)> = aliases.iter().map(|(a, v)| ((*a).to_owned(), (*v).to_owned())).collect();
    let stub = Stub::start(move |got: &Got| {
        if asks && !got.headers.contains_key("authorization") {
            return Reply::Json(401, json!({ "message": "You are not authenticated." }));
        }
        let (path, query) = got.target.split_once('?').unwrap();
        match path {
            "/api/2.0/mlflow/registered-models/search" => Reply::Json(200, json!({ "registered_models": [] })),
            "/api/2.0/mlflow/registered-models/get" => Reply::Json(200, json!({ "registered_model": { "name": "p" } })),
            "/api/2.0/mlflow/registered-models/alias" => {
                let found = aliases.iter().find(|(alias, _)| query.contains(&format!("alias={alias}")));
                let none = json!({ "error_code": "INVALID_PARAMETER_VALUE", "message": "alias not found." });
                match found {
                    Some((_, version)) => Reply::Json(200, json!({ "model_version": { "version": version } })),
                    None => Reply::Json(400, none),
                }
            }
            other => panic!("{other}"),
        }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let set = one(folder.path(), "mlflow", json!({}), json!({ "url": stub.url, "token": { "file": "token" } }));
    let prompt: Value = json!({ "prompt": "p", "alias": "production" });
    let needed = Needed::used(target("mlflow", "a layers.prompt", prompt), Capability::Layer);
    let found = set.get("mlflow").unwrap().check(&[needed], LIMIT).await;
    only_reads(&stub);
    found
}

#[tokio::test(flavor = "current_thread")]
async fn both_aliases_are_there_and_what_the_token_may_is_not_known() {
    let found = found(&[("production", "3"), ("last-known-good", "2")], true).await;
    assert!(found.iter().all(|c| c.is == Standing::Ok || c.aspect == Aspect::Scope), "{found:?}");
    assert!(found.iter().any(|c| c.aspect == Aspect::Scope && c.is == Standing::Untold), "{found:?}");
    assert!(found.iter().any(|c| c.what == "alias production of p" && c.says == "version 3"), "{found:?}");
}

#[tokio::test(flavor = "current_thread")]
async fn a_server_that_lets_everybody_in_is_said_to() {
    let found = found(&[("production", "3"), ("last-known-good", "2")], false).await;
    let open = found.iter().find(|c| c.aspect == Aspect::Scope).unwrap();
    assert!(open.is == Standing::Note && open.says.contains("asks nobody"), "{open:?}");
}

#[tokio::test(flavor = "current_thread")]
async fn nothing_to_go_back_to_is_wrong_and_going_back_to_the_same_is_said() {
    let lacks = found(&[("production", "3")], true).await;
    let wrong: Vec<&Checked> = lacks.iter().filter(|c| c.is == Standing::Wrong).collect();
    assert_eq!(wrong.len(), 1, "{lacks:?}");
    assert_eq!((wrong[0].what.as_str(), wrong[0].aspect), ("alias last-known-good of p", Aspect::Exists));
    let same = found(&[("production", "3"), ("last-known-good", "3")], true).await;
    assert!(same.iter().any(|c| c.is == Standing::Note && c.says.contains("would change nothing")), "{same:?}");
}
