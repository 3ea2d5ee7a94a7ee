//! Unleash: what the real one answered to the same requests.

use serde_json::{Value, json};

use super::Stage;

const FLAG: &str = "/unleash/api/admin/projects/support/features/support-replies-autonomy";
const MODE: &str = "/unleash/api/admin/projects/support/features/support-replies-mode";
const CLIENT: &str = "/unleash/api/client/features";

/// A request with a raw token, as the vendor's clients send it.
async fn raw(stage: &Stage, request: &str, token: &str) -> (u16, Value) {
    stage.send(request, &[("authorization", token)], "").await.unwrap().json()
}

#[tokio::test]
async fn off_is_answered_with_nothing_and_seen_by_consumers_at_once() {
    let stage = Stage::new();
    let (status, before) = stage.get(&format!("{FLAG}/environments/production")).await;
    assert_eq!(status, 200);
    assert_eq!(before["enabled"], true);
    assert_eq!(before["name"], "support-replies-autonomy");
    assert_eq!(before["environment"], "production");
    let strategy = &before["strategies"][0];
    let parameters = json!({ "groupId": "support-replies-autonomy", "rollout": "100", "stickiness": "default" });
    assert_eq!((&strategy["name"], &strategy["parameters"]), (&json!("flexibleRollout"), &parameters));
    assert_eq!(strategy.get("segments"), None, "the answer about one environment leaves them out");

    for _ in 0..2 {
        let off = stage.ask(&format!("POST {FLAG}/environments/production/off"), None).await;
        assert_eq!((off.status, off.text.as_str(), off.header("content-type")), (200, "", None));
    }
    let (_, seen) = raw(&stage, &format!("GET {CLIENT}/support-replies-autonomy"), &stage.client_token()).await;
    assert_eq!((&seen["enabled"], &seen["type"]), (&json!(false), &json!("kill-switch")));
    assert_eq!(seen["strategies"].as_array().unwrap().len(), 1, "strategies stay");

    let events = "/unleash/api/admin/search/events?feature=IS:support-replies-autonomy&limit=1\
                  &type=IS:feature-environment-disabled";
    let (_, events) = stage.get(events).await;
    assert_eq!(events["total"], 1, "the second off left no event");
    assert_eq!(events["events"][0]["environment"], "production");

    let (_, whole) = stage.get(FLAG).await;
    let states: Vec<_> =
        whole["environments"].as_array().unwrap().iter().map(|e| (e["name"].clone(), e["enabled"].clone())).collect();
    assert_eq!(states, [(json!("development"), json!(true)), (json!("production"), json!(false))]);
}

#[tokio::test]
async fn on_without_an_active_strategy_adds_one() {
    let stage = Stage::new();
    let (_, strategies) = stage.get(&format!("{FLAG}/environments/production/strategies")).await;
    let id = strategies[0]["id"].as_str().unwrap().to_owned();
    let gone = stage.ask(&format!("DELETE {FLAG}/environments/production/strategies/{id}"), None).await;
    assert_eq!((gone.status, gone.text.as_str()), (200, ""));
    let (_, idle) = stage.get(&format!("{FLAG}/environments/production")).await;
    assert_eq!(idle["enabled"], false, "the last strategy takes the switch along");
    let again = stage.ask(&format!("DELETE {FLAG}/environments/production/strategies/{id}"), None).await.json();
    assert_eq!((again.0, &again.1["message"]), (404, &json!(format!("Could not find strategy with id={id}"))));
    stage.ask(&format!("POST {FLAG}/environments/production/on"), None).await;
    let (_, strategies) = stage.get(&format!("{FLAG}/environments/production/strategies")).await;
    assert_eq!(strategies.as_array().unwrap().len(), 1);
    assert_eq!(strategies[0]["parameters"]["rollout"], "100");
    assert_ne!(strategies[0]["id"], json!(id));

    // The same when all there are is disabled.
    let one = format!("{FLAG}/environments/production/strategies/{}", strategies[0]["id"].as_str().unwrap());
    let (_, disabled) = stage.ask(&format!("PUT {one}"), Some(json!({ "disabled": true }))).await.json();
    assert_eq!((&disabled["disabled"], &disabled["parameters"]), (&json!(true), &json!({})));
    stage.ask(&format!("POST {FLAG}/environments/production/on"), None).await;
    let (_, strategies) = stage.get(&format!("{FLAG}/environments/production/strategies")).await;
    assert_eq!(strategies.as_array().unwrap().len(), 2);
    let (_, seen) = raw(&stage, &format!("GET {CLIENT}/support-replies-autonomy"), &stage.client_token()).await;
    assert_eq!(seen["strategies"].as_array().unwrap().len(), 1, "consumers do not see disabled ones");
}

#[tokio::test]
async fn a_strategy_that_is_put_loses_what_is_left_out() {
    let stage = Stage::new();
    let at = format!("{MODE}/environments/production/strategies");
    let (_, before) = stage.get(&at).await;
    let one = format!("{at}/{}", before[0]["id"].as_str().unwrap());
    let variant = json!({ "name": "auto", "weight": 1000, "stickiness": "default", "weightType": "variable" });
    assert_eq!(before[0]["variants"], json!([variant]));

    let patch = json!([{ "op": "replace", "path": "/parameters/rollout", "value": "5" }]);
    let (status, patched) = stage.ask(&format!("PATCH {one}"), Some(patch)).await.json();
    assert_eq!((status, &patched["parameters"]["rollout"]), (200, &json!("5")));
    assert_eq!(patched["variants"], json!([variant]), "a patch keeps the rest");

    let advisory = json!({ "name": "advisory", "weight": 1, "weightType": "variable", "stickiness": "default" });
    let body = json!({ "parameters": { "rollout": 100 }, "variants": [advisory] });
    let (status, put) = stage.ask(&format!("PUT {one}"), Some(body)).await.json();
    assert_eq!((status, &put["parameters"]), (200, &json!({ "rollout": "100" })), "numbers become texts");
    assert_eq!(put["variants"][0]["weight"], 1_000);
    let (_, seen) = raw(&stage, &format!("GET {CLIENT}/support-replies-mode"), &stage.client_token()).await;
    assert_eq!(seen["strategies"][0]["variants"][0]["name"], "advisory");
    assert_eq!(seen["variants"], json!([]));

    let (_, emptied) = stage.ask(&format!("PUT {one}"), Some(json!({ "title": "t" }))).await.json();
    assert_eq!((&emptied["variants"], &emptied["parameters"]), (&json!([]), &json!({})));

    let post = json!({ "name": "default" });
    let (status, added) = stage.ask(&format!("POST {at}"), Some(post)).await.json();
    assert_eq!((status, &added["sortOrder"], &added["parameters"]), (200, &json!(1), &json!({})));
}

#[tokio::test]
async fn bad_bodies_are_refused_as_there() {
    let stage = Stage::new();
    let at = format!("{MODE}/environments/production/strategies");
    let (_, before) = stage.get(&at).await;
    let one = format!("PUT {at}/{}", before[0]["id"].as_str().unwrap());
    let fixed = json!({ "variants": [{ "name": "a", "weight": 1000, "weightType": "fix", "stickiness": "default" }] });
    let (status, refused) = stage.ask(&one, Some(fixed)).await.json();
    assert_eq!((status, &refused["name"]), (400, &json!("BadDataError")));
    assert_eq!(refused["details"][0]["message"], "There must be at least one \"variable\" variant");
    let no_weight = json!({ "variants": [{ "name": "a" }] });
    let (status, refused) = stage.ask(&one, Some(no_weight)).await.json();
    assert_eq!((status, &refused["details"][0]["path"]), (400, &json!("/body/variants/0/weight")));
    let (status, refused) = stage.ask(&one, Some(json!({ "variants": {} }))).await.json();
    assert_eq!(status, 400);
    assert_eq!(refused["details"][0]["message"], "The `/body/variants` property must be array. You sent {}.");
    let (status, refused) = stage.ask(&format!("POST {at}"), Some(json!({}))).await.json();
    assert_eq!((status, &refused["details"][0]["path"]), (400, &json!("/body/name")));
    let token = stage.token();
    let untyped = stage.send(&one, &[("authorization", &token)], "{}").await.unwrap().json();
    assert_eq!((untyped.0, &untyped.1["name"]), (415, &json!("ContentTypeError")));
    let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
    let no_json = stage.send(&one, &headers, "x").await.unwrap().json();
    assert_eq!(no_json, (400, json!({ "message": "Unexpected token 'x', \"x\" is not valid JSON" })));

    let variants = format!("PUT {MODE}/environments/production/variants");
    let legacy = json!([{ "name": "auto", "weight": 1000 }]);
    let (status, refused) = stage.ask(&variants, Some(legacy)).await.json();
    assert_eq!((status, &refused["name"]), (403, &json!("InvalidOperationError")));
    assert_eq!(
        refused["message"],
        "Environment variants deprecated for feature: support-replies-mode. Use strategy variants instead."
    );
    let (_, after) = stage.get(&at).await;
    assert_eq!(after, before, "a refusal changes nothing");
}

#[tokio::test]
async fn what_is_not_there_is_said_as_there() {
    let stage = Stage::new();
    let features = "/unleash/api/admin/projects/support/features";
    for (request, message) in [
        (format!("GET {features}/nope"), "There's no feature named \"nope\" in project \"support\"."),
        (
            format!("POST {features}/nope/environments/production/off"),
            "There's no feature named \"nope\" in project \
            \"support\".",
        ),
        (
            "GET /unleash/api/admin/projects/other/features/support-replies-mode".to_owned(),
            "There's no feature named \"support-replies-mode\" in project \"other\", but there's a feature with that \
             name in project \"support\"",
        ),
        (format!("GET {MODE}/environments/nope"), "Could not find support-replies-mode in nope"),
        (
            format!("POST {MODE}/environments/nope/off"),
            "Could not find environment nope for feature: support-replies-mode",
        ),
        ("GET /unleash/api/client/features/nope".to_owned(), "Could not find feature flag nope"),
        (
            "GET /unleash/api/admin/nonsense".to_owned(),
            "The path you were looking for (/api/admin/nonsense) is not available.",
        ),
    ] {
        let (status, refused) = stage.ask(&request, None).await.json();
        assert_eq!((status, &refused["name"]), (404, &json!("NotFoundError")), "{request}");
        assert_eq!((&refused["message"], &refused["details"][0]["message"]), (&json!(message), &json!(message)));
    }
    let (status, refused) = stage.get("/unleash/api/admin/search/events?feature=nope").await;
    assert_eq!((status, &refused["details"][0]["path"]), (400, &json!("/query/feature")));
}

#[tokio::test]
async fn each_token_opens_its_own_door() {
    let stage = Stage::new();
    let get = format!("GET {FLAG}");
    let refused = stage.send(&get, &[], "").await.unwrap().json();
    assert_eq!((refused.0, &refused.1["name"]), (401, &json!("AuthenticationRequired")));
    let refused = raw(&stage, &get, "*:*.wrong").await;
    assert_eq!((refused.0, &refused.1["name"]), (401, &json!("UnauthorizedError")));
    let refused = raw(&stage, &get, &stage.client_token()).await;
    let wrong_type = "invalid token: expected a different token type for this endpoint";
    assert_eq!(refused, (403, json!({ "message": wrong_type })));
    assert_eq!(raw(&stage, &get, &stage.token()).await.0, 200);
    assert_eq!(raw(&stage, &get, &format!("Bearer {}", stage.token())).await.0, 200);
    for token in ["nope", ""] {
        let refused = raw(&stage, &format!("GET {CLIENT}"), token).await;
        assert_eq!(refused.0, 401);
        assert!(refused.1["message"].as_str().unwrap().starts_with("This endpoint requires an API token."));
    }
    let (_, nowhere) = raw(&stage, &format!("GET {CLIENT}"), &stage.token()).await;
    assert_eq!(nowhere["query"], json!({ "inlineSegmentConstraints": true }));
    assert_eq!(nowhere["features"][0]["enabled"], false, "an admin token reads no environment");
    assert_eq!(raw(&stage, "GET /unleash/health", "").await, (200, json!({ "health": "GOOD" })));
}

#[tokio::test]
async fn consumers_ask_again_only_for_what_changed() {
    let stage = Stage::new();
    let token = stage.client_token();
    let first = stage.send(&format!("GET {CLIENT}"), &[("authorization", &token)], "").await.unwrap();
    let etag = first.header("etag").unwrap().to_owned();
    let (_, body) = first.json();
    assert_eq!((&body["meta"]["etag"], &body["query"]["environment"]), (&json!(etag), &json!("production")));
    let names: Vec<&str> = body["features"].as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap()).collect();
    let of = |automation: &str| names.iter().filter(|n| n.starts_with(automation)).copied().collect::<Vec<_>>();
    assert_eq!(of("support-replies"), ["support-replies-autonomy", "support-replies-mode", "support-replies-traffic"]);
    assert_eq!(of("ops-agent-s"), ["ops-agent-sessions"], "the token reads every project");
    let again = [("authorization", token.as_str()), ("if-none-match", etag.as_str())];
    let unchanged = stage.send(&format!("GET {CLIENT}"), &again, "").await.unwrap();
    assert_eq!((unchanged.status, unchanged.text.as_str()), (304, ""));
    stage.ask(&format!("POST {FLAG}/environments/production/off"), None).await;
    let changed = stage.send(&format!("GET {CLIENT}"), &again, "").await.unwrap();
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), Some(etag.as_str()));
}
