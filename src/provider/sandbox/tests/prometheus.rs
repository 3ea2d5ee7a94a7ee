//! Prometheus: the story as metrics.

use serde_json::{Value, json};

use super::{BEGAN, Stage};
use crate::text::time::Millis;

const API: &str = "/prometheus/api/v1";

fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

async fn value(stage: &Stage, query: &str) -> Option<String> {
    let (status, body) = stage.get(&format!("{API}/query?query={}", encode(query))).await;
    assert_eq!((status, &body["status"]), (200, &json!("success")), "{query}: {body}");
    body["data"]["result"].as_array().unwrap().first().map(|r| r["value"][1].as_str().unwrap().to_owned())
}

async fn roll_back(stage: &Stage) {
    for (name, version) in [("support-replies", "2"), ("support-replies-retrieval", "4")] {
        let body = json!({ "name": name, "alias": "production", "version": version });
        let set = stage.ask("POST /mlflow/api/2.0/mlflow/registered-models/alias", Some(body)).await;
        assert_eq!(set.status, 200);
    }
}

#[tokio::test]
async fn the_signals_are_bad_until_both_layers_are_rolled_back() {
    let stage = Stage::new();
    let ratio = r#"ai_ungrounded_ratio{automation="support-replies"}"#;
    for (query, wanted) in [
        (ratio.to_owned(), "0.06"),
        (format!("min_over_time({ratio}[15m:1m])"), "0.06"),
        (format!("min_over_time({ratio}[24h])"), "0.004"),
        (r#"ai_checked_total{automation="support-replies"}"#.to_owned(), "4210"),
        (r#"increase(ai_checked_total{automation="support-replies"}[15m])"#.to_owned(), "600"),
        ("ai_override_ratio".to_owned(), "0.31"),
        ("increase(ai_override_total[24h])".to_owned(), "96"),
        (r#"ai_recipients_since_change{automation="support-replies"}"#.to_owned(), "1843"),
    ] {
        assert_eq!(value(&stage, &query).await.as_deref(), Some(wanted), "{query}");
    }
    let twice = "ai_override_ratio / avg_over_time(ai_override_ratio[24h:5m])";
    let times: f64 = value(&stage, twice).await.unwrap().parse().unwrap();
    assert!(times > 2.0, "{times}");
    assert_eq!(value(&stage, r#"ai_ungrounded_ratio{automation="other"}"#).await, None);
    assert_eq!(value(&stage, "ai_nothing").await, None);

    roll_back(&stage).await;
    assert_eq!(value(&stage, ratio).await.as_deref(), Some("0.004"));
    let hour = format!("max_over_time({ratio}[1h])");
    assert_eq!(value(&stage, &hour).await.as_deref(), Some("0.06"), "within the hour it was bad");
    stage.pass(Millis(1_000));
    assert_eq!(value(&stage, &hour).await.as_deref(), Some("0.004"), "an hour is a second");
}

#[tokio::test]
async fn answers_have_the_shape_of_the_api() {
    let stage = Stage::new();
    let (_, body) = stage.get(&format!("{API}/query?query=ai_override_ratio&time=1800000000.5")).await;
    let metric = json!({
        "__name__": "ai_override_ratio", "automation": "support-replies", "instance": "support-replies:9090",
        "job": "support-replies",
    });
    let result = json!([{ "metric": metric, "value": [1_800_000_000.5, "0.31"] }]);
    assert_eq!(body, json!({ "status": "success", "data": { "resultType": "vector", "result": result } }));
    let (_, body) = stage.get(&format!("{API}/query?query=nothing")).await;
    assert_eq!(body, json!({ "status": "success", "data": { "resultType": "vector", "result": [] } }));
    let (_, body) = stage.get(&format!("{API}/query?query=1%2B1")).await;
    assert_eq!(body["data"], json!({ "resultType": "scalar", "result": [1_800_000_000.0, "2"] }));

    let bearer = format!("Bearer {}", stage.token());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let posted = stage.send(&format!("POST {API}/query"), &headers, "query=ai_override_ratio").await.unwrap().json();
    assert_eq!(posted.1["data"]["result"][0]["value"][1], "0.31");

    for query in ["", "min_over_time(", "nope(x)"] {
        let (status, body) = stage.get(&format!("{API}/query?query={}", encode(query))).await;
        assert_eq!(
            (status, &body["status"], &body["errorType"]),
            (400, &json!("error"), &json!("bad_data")),
            "{query}"
        );
        assert!(body["error"].as_str().unwrap().starts_with("invalid parameter \"query\": 1:"), "{body}");
    }
    let refused = stage.send(&format!("GET {API}/query?query=x"), &[], "").await.unwrap();
    assert_eq!((refused.status, refused.text.as_str()), (401, "Unauthorized\n"));
    assert_eq!(stage.send("GET /prometheus/-/ready", &[], "").await.unwrap().status, 200);
    assert_eq!(stage.ask(&format!("GET {API}/nonsense"), None).await.status, 404);
}

#[tokio::test]
async fn ranges_show_when_it_went_bad() {
    let stage = Stage::new();
    let end = BEGAN.0 / 1_000;
    let range = |start: i64, step: &str| {
        format!("{API}/query_range?query=ai_ungrounded_ratio&start={start}&end={end}&step={step}")
    };
    let (_, body) = stage.get(&range(end - 4 * 3_600, "1h")).await;
    let values: Vec<&Value> =
        body["data"]["result"][0]["values"].as_array().unwrap().iter().map(|point| &point[1]).collect();
    assert_eq!(values, ["0.004", "0.06", "0.06", "0.06", "0.06"]);
    assert_eq!(body["data"]["resultType"], "matrix");
    for (path, error) in [
        (range(end - 12_000, "1"), "exceeded maximum resolution of 11,000 points per timeseries"),
        (range(end + 1, "1"), "invalid parameter \"end\""),
        (range(end - 1, "0"), "invalid parameter \"step\": zero or negative"),
        (range(end - 1, "x"), "invalid parameter \"step\": cannot parse"),
        (format!("{API}/query_range?query=x&end=1&step=1"), "invalid parameter \"start\""),
    ] {
        let (status, body) = stage.get(&path).await;
        assert_eq!(status, 400);
        assert!(body["error"].as_str().unwrap().starts_with(error), "{body}");
    }
}
