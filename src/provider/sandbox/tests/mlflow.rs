//! MLflow: what the real one answered to the same requests.

use serde_json::{Value, json};

use super::Stage;

const API: &str = "/mlflow/api/2.0/mlflow";

fn invalid(message: &str) -> Value {
    json!({
        "error_code": "INVALID_PARAMETER_VALUE", "message": message, "sqlstate": "KAM00",
        "error_class": "INVALID_PARAMETER_VALUE",
    })
}

fn missing(message: &str) -> Value {
    json!({
        "error_code": "RESOURCE_DOES_NOT_EXIST", "message": message, "sqlstate": "KAM00",
        "error_class": "RESOURCE_NOT_FOUND",
    })
}

fn alias(name: &str, alias: &str, version: &Value) -> Option<Value> {
    Some(json!({ "name": name, "alias": alias, "version": version }))
}

#[tokio::test]
async fn an_alias_moves_and_the_version_is_a_text() {
    let stage = Stage::new();
    let at = format!("{API}/registered-models/alias?name=support-replies&alias=production");
    let (status, before) = stage.get(&at).await;
    assert_eq!((status, &before["model_version"]["version"]), (200, &json!("3")));
    assert_eq!(before["model_version"]["aliases"], json!(["production"]));
    let (_, good) =
        stage.get(&format!("{API}/registered-models/alias?name=support-replies&alias=last-known-good")).await;
    assert_eq!(good["model_version"]["version"], "2");

    let set = format!("POST {API}/registered-models/alias");
    for _ in 0..2 {
        let done = stage.ask(&set, alias("support-replies", "production", &json!("2"))).await;
        assert_eq!(done.json(), (200, json!({})));
    }
    let (_, after) = stage.get(&at).await;
    assert_eq!(after["model_version"]["version"], "2");
    assert_eq!(after["model_version"]["aliases"], json!(["last-known-good", "production"]));
    let (_, whole) = stage.get(&format!("{API}/registered-models/get?name=support-replies")).await;
    let aliases = json!([{ "alias": "last-known-good", "version": "2" }, { "alias": "production", "version": "2" }]);
    assert_eq!(whole["registered_model"]["aliases"], aliases);
    assert_eq!(whole["registered_model"]["latest_versions"][0]["version"], "3");
    let is_prompt = json!([{ "key": "mlflow.prompt.is_prompt", "value": "true" }]);
    assert_eq!(whole["registered_model"]["tags"], is_prompt);

    let delete = format!("DELETE {API}/registered-models/alias");
    for _ in 0..2 {
        let body = json!({ "name": "support-replies", "alias": "production" });
        assert_eq!(stage.ask(&delete, Some(body)).await.json(), (200, json!({})));
    }
    assert_eq!(stage.get(&at).await, (400, invalid("Registered model alias production not found.")));
}

#[tokio::test]
async fn bad_aliases_are_refused_as_there() {
    let stage = Stage::new();
    let set = format!("POST {API}/registered-models/alias");
    let no_version = "Missing value for required parameter 'version'. See the API docs for more information about \
                      request parameters.";
    let no_name = "Missing value for required parameter 'name'. See the API docs for more information about request \
                   parameters.";
    let a_number = "Invalid value 1 for parameter 'version' supplied:  Hint: Value was of type 'int'. See the API docs \
                    for more information about request parameters.";
    for (body, wanted) in [
        (json!({ "name": "support-replies", "alias": "production" }), (400, invalid(no_version))),
        (json!({ "name": "", "alias": "production", "version": "1" }), (400, invalid(no_name))),
        (json!({ "name": "support-replies", "alias": "production", "version": 1 }), (400, invalid(a_number))),
        (
            json!({ "name": "support-replies", "alias": "production", "version": "two" }),
            (400, invalid("Parameter 'version' must be an integer, got 'two'.")),
        ),
        (
            json!({ "name": "support-replies", "alias": "production", "version": "9" }),
            (404, missing("Model Version (name=support-replies, version=9) not found")),
        ),
        (
            json!({ "name": "nope", "alias": "production", "version": "1" }),
            (404, missing("Model Version (name=nope, version=1) not found")),
        ),
        (
            json!({ "name": "support-replies", "alias": "v1", "version": "1" }),
            (400, invalid("Version alias name 'v1' is reserved.")),
        ),
        (
            json!({ "name": "support-replies", "alias": "Latest", "version": "1" }),
            (400, invalid("'latest' alias name (case insensitive) is reserved.")),
        ),
        (
            json!({ "name": "support-replies", "alias": "bad alias!", "version": "1" }),
            (
                400,
                invalid(
                    "Invalid alias name: 'bad alias!'. Names may only contain alphanumerics, underscores (_), and \
                dashes (-).",
                ),
            ),
        ),
    ] {
        assert_eq!(stage.ask(&set, Some(body.clone())).await.json(), wanted, "{body}");
    }
    let bearer = format!("Bearer {}", stage.token());
    let untyped = stage.send(&set, &[("authorization", &bearer)], "{}").await.unwrap().json();
    assert_eq!(untyped, (400, invalid("Bad Request. Content-Type must be one of ['application/json'].")));
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    assert_eq!(stage.send(&set, &headers, "x").await.unwrap().json(), (400, invalid(no_name)));
}

#[tokio::test]
async fn models_and_versions_are_found_and_prompts_only_by_their_tag() {
    let stage = Stage::new();
    let names = |found: &Value, key: &str| -> Vec<String> {
        let all = found[key].as_array().map(Vec::as_slice).unwrap_or_default();
        all.iter()
            .map(|m| {
                format!("{} {}", m["name"].as_str().unwrap(), m["version"].as_str().unwrap_or("")).trim().to_owned()
            })
            .collect()
    };
    let models = format!("{API}/registered-models/search");
    let ours = "filter=name%20LIKE%20%27support-replies-%25o%25l%25%27";
    let (_, found) = stage.get(&format!("{models}?{ours}")).await;
    let both = ["support-replies-model", "support-replies-policy"];
    assert_eq!(names(&found, "registered_models"), both);
    let (_, page) = stage.get(&format!("{models}?{ours}&max_results=1")).await;
    let token = page["next_page_token"].as_str().unwrap();
    assert_eq!(names(&page, "registered_models"), [both[0]]);
    let (_, page) = stage.get(&format!("{models}?{ours}&max_results=1&page_token={token}")).await;
    assert_eq!((names(&page, "registered_models"), page.get("next_page_token")), (vec![both[1].to_owned()], None));
    let (_, all) = stage.get(&models).await;
    assert!(names(&all, "registered_models").iter().all(|n| n != "support-replies"), "a prompt hides");
    let (_, none) = stage.get(&format!("{models}?filter=name%3D%27support-replies%27")).await;
    assert_eq!(none, json!({}));
    let (_, found) = stage.get(&format!("{models}?filter=tags.%60mlflow.prompt.is_prompt%60%3D%27true%27")).await;
    assert_eq!(names(&found, "registered_models"), ["care-guide", "claims-triage", "ops-agent", "support-replies"]);
    let refused = stage.get(&format!("{models}?filter=nonsense")).await;
    assert_eq!(refused, (400, invalid("Invalid clause(s) in filter string: nonsense")));

    let versions = format!("{API}/model-versions/search");
    let (_, found) =
        stage.get(&format!("{versions}?filter=name%3D%27support-replies-retrieval%27&max_results=2")).await;
    assert_eq!(names(&found, "model_versions"), ["support-replies-retrieval 5", "support-replies-retrieval 4"]);
    let prompts = "name%3D%27support-replies%27%20AND%20tags.%60mlflow.prompt.is_prompt%60%3D%27true%27";
    let (_, found) = stage.get(&format!("{versions}?filter={prompts}")).await;
    assert_eq!(names(&found, "model_versions"), ["support-replies 3", "support-replies 2", "support-replies 1"]);
    assert_eq!(found["model_versions"][0].get("aliases"), None, "lists leave them out");

    let one = format!("{API}/model-versions/get?name=support-replies");
    let (_, found) = stage.get(&format!("{one}&version=2")).await;
    assert_eq!(found["model_version"]["aliases"], json!(["last-known-good"]));
    assert!(found["model_version"]["tags"].as_array().unwrap().iter().any(|t| t["key"] == "mlflow.prompt.text"));
    let refused = stage.get(&format!("{one}&version=9")).await;
    assert_eq!(refused, (404, missing("Model Version (name=support-replies, version=9) not found")));
    let refused = stage.get(&format!("{API}/registered-models/get?name=nope")).await;
    assert_eq!(refused, (404, missing("Registered Model with name=nope not found")));
}

#[tokio::test]
async fn outsiders_are_told_to_authenticate() {
    let stage = Stage::new();
    let get = format!("GET {API}/registered-models/search");
    for headers in [&[][..], &[("authorization", "Bearer x")][..]] {
        let refused = stage.send(&get, headers, "").await.unwrap();
        assert_eq!((refused.status, refused.header("www-authenticate")), (401, Some("Basic realm=\"mlflow\"")));
    }
    assert_eq!(stage.send("GET /mlflow/health", &[], "").await.unwrap().text, "OK");
    assert_eq!(stage.ask(&format!("GET {API}/nonsense"), None).await.status, 404);
    assert_eq!(stage.ask(&format!("PUT {API}/registered-models/alias"), Some(json!({}))).await.status, 405);
}
