//! PagerDuty: events that become incidents.

use serde_json::{Value, json};

use super::Stage;

const EVENTS: &str = "POST /pagerduty/v2/enqueue";
const REST: &str = "/pagerduty/rest/incidents";

fn trigger(routing: &str, key: &str, severity: &str) -> Value {
    json!({
        "routing_key": routing, "event_action": "trigger", "dedup_key": key,
        "payload": { "summary": "Invented policies", "source": "aigov", "severity": severity },
    })
}

async fn event(stage: &Stage, body: &Value) -> (u16, Value) {
    stage.send(EVENTS, &[("content-type", "application/json")], &body.to_string()).await.unwrap().json()
}

/// A read with the token in the form of its own.
async fn read(stage: &Stage, request: &str, body: &str) -> (u16, Value) {
    let token = format!("Token token={}", stage.token());
    let headers =
        [("authorization", token.as_str()), ("from", "olga@example.com"), ("content-type", "application/json")];
    stage.send(request, &headers, body).await.unwrap().json()
}

#[tokio::test]
async fn the_same_key_is_the_same_incident_until_it_is_resolved() {
    let stage = Stage::new();
    let routing = stage.token();
    for _ in 0..2 {
        let accepted = event(&stage, &trigger(&routing, "aigov/1", "critical")).await;
        let body = json!({ "status": "success", "message": "Event processed", "dedup_key": "aigov/1" });
        assert_eq!(accepted, (202, body));
    }
    let find = format!("GET {REST}?incident_key=aigov%2F1&statuses[]=triggered&statuses[]=acknowledged");
    let (status, found) = read(&stage, &find, "").await;
    assert_eq!((status, found["incidents"].as_array().unwrap().len()), (200, 1));
    let incident = &found["incidents"][0];
    assert_eq!(
        (&incident["status"], &incident["urgency"], &incident["alert_counts"]["all"], &incident["title"]),
        (&json!("triggered"), &json!("high"), &json!(2), &json!("Invented policies"))
    );
    assert_eq!((&found["more"], &found["limit"]), (&json!(false), &json!(25)));

    let resolve = json!({ "routing_key": routing, "event_action": "resolve", "dedup_key": "aigov/1" });
    assert_eq!(event(&stage, &resolve).await.0, 202);
    assert_eq!(read(&stage, &find, "").await.1["incidents"], json!([]));
    event(&stage, &trigger(&routing, "aigov/1", "warning")).await;
    let (_, found) = read(&stage, &format!("GET {REST}?incident_key=aigov%2F1"), "").await;
    let all: Vec<_> = found["incidents"].as_array().unwrap().iter().map(|i| i["status"].clone()).collect();
    assert_eq!(all, ["resolved", "triggered"]);
    let (_, other) = read(&stage, &format!("GET {REST}?incident_key=other"), "").await;
    assert_eq!(other["incidents"], json!([]));
}

#[tokio::test]
async fn an_event_that_is_wrong_says_why() {
    let stage = Stage::new();
    let routing = stage.token();
    let mut no_payload = trigger(&routing, "k", "critical");
    no_payload.as_object_mut().unwrap().remove("payload");
    for (body, error) in [
        (trigger("short", "k", "critical"), "Length of 'routing_key' is incorrect (should be 32 characters)"),
        (trigger(&"0".repeat(32), "k", "critical"), "'routing_key' is not known"),
        (
            trigger(&routing, "k", "CRITICAL"),
            "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')",
        ),
        (no_payload, "'payload' is missing or blank"),
        (json!({ "routing_key": routing, "event_action": "resolve" }), "'dedup_key' is missing or blank"),
        (
            trigger(&routing, &"k".repeat(256), "info"),
            "Length of 'dedup_key' is incorrect (should be at most 255 \
            characters)",
        ),
    ] {
        let wanted = json!({ "status": "invalid event", "message": "Event object is invalid", "errors": [error] });
        assert_eq!(event(&stage, &body).await, (400, wanted), "{body}");
    }
    assert_eq!(read(&stage, &format!("GET {REST}"), "").await.1["incidents"], json!([]));
}

#[tokio::test]
async fn notes_want_an_author_and_an_incident() {
    let stage = Stage::new();
    event(&stage, &trigger(&stage.token(), "k", "info")).await;
    let (_, found) = read(&stage, &format!("GET {REST}"), "").await;
    let id = found["incidents"][0]["id"].as_str().unwrap();
    assert_eq!(found["incidents"][0]["urgency"], "low");
    let body = json!({ "note": { "content": "contained" } }).to_string();
    let (status, noted) = read(&stage, &format!("POST {REST}/{id}/notes"), &body).await;
    assert_eq!((status, &noted["note"]["content"]), (200, &json!("contained")));
    let (_, notes) = read(&stage, &format!("GET {REST}/{id}/notes"), "").await;
    assert_eq!(notes["notes"].as_array().unwrap().len(), 1);
    assert_eq!(read(&stage, &format!("GET {REST}/{id}"), "").await.1["incident"]["id"], json!(id));
    let not_found = (404, json!({ "error": { "message": "Not Found", "code": 2100 } }));
    assert_eq!(read(&stage, &format!("POST {REST}/NOPE/notes"), &body).await, not_found);
    let (status, refused) = read(&stage, &format!("POST {REST}/{id}/notes"), "{}").await;
    assert_eq!((status, &refused["error"]["code"]), (400, &json!(2001)));
    let token = format!("Token token={}", stage.token());
    let anonymous = [("authorization", token.as_str()), ("content-type", "application/json")];
    let refused = stage.send(&format!("POST {REST}/{id}/notes"), &anonymous, &body).await.unwrap();
    assert_eq!(refused.status, 400);
    let refused = stage.send(&format!("GET {REST}"), &[("authorization", "Token token=x")], "").await.unwrap();
    assert_eq!(refused.status, 401);
    let (status, refused) = read(&stage, &format!("GET {REST}?statuses[]=open"), "").await;
    assert_eq!((status, &refused["error"]["message"]), (400, &json!("Invalid Input Provided")));
}

#[tokio::test]
async fn on_calls_are_those_of_the_schedule_that_is_asked_for() {
    let stage = Stage::new();
    let who = |found: &Value| -> Vec<String> {
        found["oncalls"].as_array().unwrap().iter().map(|o| o["user"]["id"].as_str().unwrap().to_owned()).collect()
    };
    let path = "GET /pagerduty/rest/oncalls";
    let (status, all) = read(&stage, path, "").await;
    assert_eq!((status, who(&all)), (200, vec!["PSBOLGA".to_owned(), "PSBXSAM".to_owned()]));
    assert_eq!((&all["oncalls"][0]["user"]["email"], &all["oncalls"][1]["end"]), (&Value::Null, &Value::Null));
    let (_, night) = read(&stage, &format!("{path}?schedule_ids[]=PSBOXNT&include[]=users"), "").await;
    assert_eq!(who(&night), ["PSBOLGA"]);
    assert_eq!(night["oncalls"][0]["user"]["email"], "olga@sandbox.test");
    assert!(night["oncalls"][0]["end"].as_str().is_some_and(|e| e.contains("T08:00:00")), "{night}");
    assert_eq!(who(&read(&stage, &format!("{path}?schedule_ids[]=PANOTHER"), "").await.1), Vec::<String>::new());
    let (_, second) = read(&stage, &format!("{path}?limit=1&offset=1"), "").await;
    assert_eq!((who(&second), &second["more"]), (vec!["PSBXSAM".to_owned()], &json!(false)));
}
