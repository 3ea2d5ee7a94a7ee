//! Argo CD: the rules of rollback.

use serde_json::{Value, json};

use super::Stage;

const APP: &str = "/argocd/api/v1/applications/support-replies";
const BEFORE: &str = "4c5d6e7f8091a2b3c4d5e6f70812345678901234";

fn freeze(automated: &Value) -> Value {
    let patch = json!({ "spec": { "syncPolicy": { "automated": automated } } }).to_string();
    json!({ "name": "support-replies", "patchType": "merge", "patch": patch })
}

fn roll_back(id: &Value) -> Value {
    json!({ "name": "support-replies", "id": id, "prune": false, "dryRun": false })
}

#[tokio::test]
async fn a_rollback_wants_auto_sync_off_and_takes_its_time() {
    let stage = Stage::new();
    let (status, app) = stage.get(&format!("{APP}?project=support")).await;
    assert_eq!(status, 200);
    assert_eq!(app["spec"]["syncPolicy"], json!({ "automated": { "prune": true, "selfHeal": true } }));
    assert_eq!(app["status"]["sync"]["status"], "Synced");
    let ids: Vec<&Value> = app["status"]["history"].as_array().unwrap().iter().map(|h| &h["id"]).collect();
    assert_eq!(ids, [11, 12, 13]);

    let refused = stage.ask(&format!("POST {APP}/rollback"), Some(roll_back(&json!(12)))).await.json();
    let says = "rollback cannot be initiated when auto-sync is enabled";
    assert_eq!(refused, (400, json!({ "error": says, "code": 9, "message": says })));

    let (status, frozen) = stage.ask(&format!("PATCH {APP}"), Some(freeze(&Value::Null))).await.json();
    assert_eq!((status, &frozen["spec"]["syncPolicy"]), (200, &json!({})));
    let versions = [&app, &frozen].map(|a| a["metadata"]["resourceVersion"].as_str().unwrap().parse::<u64>().unwrap());
    assert!(versions[1] > versions[0]);

    let (_, started) = stage.ask(&format!("POST {APP}/rollback"), Some(roll_back(&json!("12")))).await.json();
    assert_eq!(started["operation"]["sync"]["revision"], BEFORE);
    let refused = stage.ask(&format!("POST {APP}/rollback"), Some(roll_back(&json!(12)))).await.json();
    assert_eq!(refused.1["message"], "another operation is already in progress");

    let (_, first) = stage.get(APP).await;
    assert_eq!(first["status"]["operationState"]["phase"], "Running");
    assert_eq!(first["status"]["health"]["status"], "Progressing");
    assert_eq!(first["status"]["operationState"].get("finishedAt"), None);
    let (_, second) = stage.get(APP).await;
    assert_eq!(second["status"]["operationState"]["phase"], "Succeeded");
    assert_eq!(second["status"]["sync"], json!({ "status": "OutOfSync", "revision": BEFORE }));
    assert_eq!(second["status"]["health"]["status"], "Healthy");
    let newest = second["status"]["history"].as_array().unwrap().last().unwrap();
    assert_eq!((&newest["id"], &newest["revision"]), (&json!(14), &json!(BEFORE)));
    assert_eq!(second.get("operation"), None);

    // Auto-sync that is put back brings back what Git says.
    let on = json!({ "prune": true, "selfHeal": true });
    let (_, thawed) = stage.ask(&format!("PATCH {APP}"), Some(freeze(&on))).await.json();
    assert_eq!(thawed["spec"]["syncPolicy"], json!({ "automated": on }));
    stage.get(APP).await;
    assert_eq!(stage.get(APP).await.1["status"]["sync"]["status"], "Synced");
}

#[tokio::test]
async fn refusals_have_the_shape_of_the_gateway() {
    let stage = Stage::new();
    stage.ask(&format!("PATCH {APP}"), Some(freeze(&Value::Null))).await;
    let refusal = |status: u16, code: u8, says: &str| (status, json!({ "error": says, "code": code, "message": says }));
    for (request, body, wanted) in [
        (
            format!("POST {APP}/rollback"),
            Some(roll_back(&json!(99))),
            refusal(400, 3, "application support-replies does not have deployment id 99 in history"),
        ),
        (
            format!("POST {APP}/rollback"),
            Some(json!({})),
            refusal(400, 3, "application support-replies does not have deployment id 0 in history"),
        ),
        (
            format!("PATCH {APP}"),
            Some(json!({ "patchType": "merge", "patch": "{" })),
            refusal(400, 3, "error applying patch: invalid JSON document"),
        ),
        (
            format!("PATCH {APP}"),
            Some(json!({ "patchType": "odd", "patch": "{}" })),
            refusal(400, 3, "Patch type 'odd' is not supported"),
        ),
        ("GET /argocd/api/v1/applications/nope".to_owned(), None, refusal(403, 7, "permission denied")),
        (
            "GET /argocd/api/v1/applications/nope?project=support".to_owned(),
            None,
            refusal(404, 5, "applications.argoproj.io \"nope\" not found"),
        ),
    ] {
        assert_eq!(stage.ask(&request, body).await.json(), wanted, "{request}");
    }
    let none = stage.send(&format!("GET {APP}"), &[], "").await.unwrap().json();
    assert_eq!(none, refusal(401, 16, "no session information"));
    let wrong = stage.send(&format!("GET {APP}"), &[("authorization", "Bearer x")], "").await.unwrap().json();
    assert_eq!((wrong.0, &wrong.1["code"]), (401, &json!(16)));
    let bearer = format!("Bearer {}", stage.token());
    let untyped = stage.send(&format!("POST {APP}/rollback"), &[("authorization", &bearer)], "{}").await.unwrap();
    assert_eq!((untyped.status, untyped.text.as_str()), (415, "Invalid content type\n"));
}

#[tokio::test]
async fn a_dry_run_starts_nothing_and_sync_obeys_auto_sync() {
    let stage = Stage::new();
    let (_, refused) = stage.ask(&format!("POST {APP}/sync"), Some(json!({ "revision": BEFORE }))).await.json();
    assert_eq!(refused["message"], format!("Cannot sync to {BEFORE}: auto-sync currently set to main"));
    stage.ask(&format!("PATCH {APP}"), Some(freeze(&Value::Null))).await;
    let dry = json!({ "id": 12, "dryRun": true });
    let (status, app) = stage.ask(&format!("POST {APP}/rollback"), Some(dry)).await.json();
    assert_eq!((status, app.get("operation")), (200, None));
    let (status, app) = stage.ask(&format!("POST {APP}/sync"), Some(json!({ "revision": BEFORE }))).await.json();
    assert_eq!((status, &app["operation"]["sync"]["revision"]), (200, &json!(BEFORE)));
}
