//! The desk: keys make repetition harmless, and evidence is what was there.

use serde_json::{Value, json};

use super::{Answer, Stage};

const REPLICAS: &str = "/desk/services/support-replies/replicas";

async fn post(stage: &Stage, path: &str, key: Option<&str>, body: &Value) -> Answer {
    let bearer = format!("Bearer {}", stage.token());
    let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
    headers.extend(key.map(|k| ("idempotency-key", k)));
    stage.send(&format!("POST {path}"), &headers, &body.to_string()).await.unwrap()
}

#[tokio::test]
async fn replicas_are_set_and_read() {
    let stage = Stage::new();
    assert_eq!(stage.get(REPLICAS).await, (200, json!({ "service": "support-replies", "replicas": 3 })));
    let put = stage.ask(&format!("PUT {REPLICAS}"), Some(json!({ "replicas": 0 }))).await;
    assert_eq!(put.json(), (200, json!({ "service": "support-replies", "replicas": 0 })));
    for bad in [json!({ "replicas": -1 }), json!({ "replicas": "0" }), json!({ "replicas": 51 }), json!({})] {
        assert_eq!(stage.ask(&format!("PUT {REPLICAS}"), Some(bad)).await.status, 422);
    }
    assert_eq!(stage.get(REPLICAS).await.1["replicas"], 0);
    assert_eq!(stage.get("/desk/services/other/replicas").await.0, 404);
    let refused = stage.send(&format!("GET {REPLICAS}"), &[], "").await.unwrap();
    assert_eq!(refused.status, 401);
    // Without replicas nothing is measured.
    let (_, body) = stage.get("/prometheus/api/v1/query?query=ai_ungrounded_ratio").await;
    assert_eq!(body["data"]["result"], json!([]));
}

#[tokio::test]
async fn evidence_is_sealed_once_per_key() {
    let stage = Stage::new();
    let body = json!({ "since": "2h", "run": "r" });
    let path = "/desk/evidence/prompts/snapshots";
    let (status, sealed) = post(&stage, path, Some("k1"), &body).await.json();
    assert_eq!((status, &sealed["state"], &sealed["key"]), (201, &json!("sealed"), &json!("k1")));
    assert_eq!(sealed["content"]["aliases"]["production"], 3);

    // What was sealed stays, whatever becomes of the world.
    let alias = json!({ "name": "support-replies", "alias": "production", "version": "2" });
    stage.ask("POST /mlflow/api/2.0/mlflow/registered-models/alias", Some(alias)).await;
    assert_eq!(post(&stage, path, Some("k1"), &body).await.json(), (200, sealed.clone()));
    assert_eq!(stage.get(&format!("{path}/k1")).await, (200, sealed));
    assert_eq!(post(&stage, path, Some("k1"), &json!({ "since": "1h" })).await.status, 409);
    assert_eq!(post(&stage, path, Some("k2"), &body).await.json().1["content"]["aliases"]["production"], 2);

    assert_eq!(post(&stage, path, None, &body).await.status, 400);
    assert_eq!(post(&stage, "/desk/evidence/rumours/snapshots", Some("k"), &body).await.status, 404);
    assert_eq!(stage.get(&format!("{path}/k9")).await.0, 404);
    assert_eq!(stage.get("/desk/evidence/retrieval/snapshots/k1").await.0, 404, "a key belongs to its source");
    let (_, decisions) = post(&stage, "/desk/evidence/decisions/snapshots", Some("k1"), &body).await.json();
    assert!(decisions["content"].to_string().contains("\\u001b"), "some evidence tries to draw on the screen");
    assert_eq!(post(&stage, "/desk/evidence/retrieval/snapshots", Some("k1"), &body).await.status, 201);
}

#[tokio::test]
async fn a_statement_is_accepted_first_and_sent_once() {
    let stage = Stage::new();
    let body = json!({ "audience": "affected", "text": "We were wrong." });
    let accepted = post(&stage, "/desk/statements", Some("s1"), &body).await;
    assert_eq!(accepted.json(), (202, json!({ "key": "s1", "state": "accepted" })));
    let (_, sent) = stage.get("/desk/statements/s1").await;
    assert_eq!((&sent["state"], &sent["text"]), (&json!("sent"), &json!("We were wrong.")));
    let again = post(&stage, "/desk/statements", Some("s1"), &body).await;
    assert_eq!(again.json(), (200, json!({ "key": "s1", "state": "sent" })));
    let other = json!({ "audience": "affected", "text": "Another." });
    assert_eq!(post(&stage, "/desk/statements", Some("s1"), &other).await.status, 409);
    assert_eq!(post(&stage, "/desk/statements", Some("s2"), &json!({ "text": "x" })).await.status, 422);
    assert_eq!(post(&stage, "/desk/statements", None, &body).await.status, 400);
    assert_eq!(stage.get("/desk/statements/s2").await.0, 404);
}
