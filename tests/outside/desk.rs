//! A server for everything that the generic adapter reaches: replicas, deployments, pages, evidence and statements. It
//! requires a token, counts what arrives, and deduplicates by the idempotency key as its contract says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::wire::{Answer, Asked, Served};

/// What the desk holds.
#[derive(Default)]
pub(crate) struct Held {
    /// Replicas of each service.
    pub(crate) replicas: BTreeMap<String, Value>,
    /// Whether deployments are frozen.
    pub(crate) frozen: bool,
    /// What was made under each key: kind and body.
    pub(crate) made: BTreeMap<String, (String, Value)>,
    /// How often each path was written to, counting repeats.
    pub(crate) writes: BTreeMap<String, u32>,
}

/// The running server.
pub(crate) struct Desk {
    /// What it holds.
    pub(crate) held: Arc<Mutex<Held>>,
    served: Served,
}

impl Desk {
    /// Serves on any free port; asks for this bearer token.
    pub(crate) fn new(token: &str) -> Self {
        let held: Arc<Mutex<Held>> = Arc::default();
        held.lock().unwrap().replicas.insert("support-replies".into(), json!(4));
        let (inside, wanted) = (Arc::clone(&held), format!("Bearer {token}"));
        let served = Served::on("127.0.0.1:0", move |asked| {
            if asked.header("authorization") != Some(&wanted) {
                return answer(401, &json!({ "error": "who are you?" }));
            }
            serve(asked, &mut inside.lock().unwrap())
        });
        Self { held, served }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        self.served.url()
    }

    /// How many things of a kind were made: `snapshots`, `statements`, `pages`.
    pub(crate) fn count(&self, kind: &str) -> usize {
        self.held.lock().unwrap().made.values().filter(|(k, _)| k == kind).count()
    }

    /// The providers that reach it, as they stand in `aigov.toml`, with the token from this variable.
    pub(crate) fn providers(&self, token: &str) -> String {
        let at = format!("production = {{ url = \"{}\", token = {token} }}", self.url());
        format!(
            r#"
[providers.scaler]
kind = "http"
{at}
[providers.scaler.control]
act  = {{ method = "PUT", path = "/services/{{service}}/replicas", body = {{ replicas = "{{value}}" }}, repeat = "harmless" }}
read = {{ path = "/services/{{service}}/replicas", at = "/replicas" }}

[providers.deploy]
kind = "http"
{at}
[providers.deploy.deploy]
act  = {{ method = "PUT", path = "/freeze", body = {{ frozen = "{{value}}" }}, repeat = "harmless" }}
read = {{ path = "/freeze", at = "/frozen" }}

[providers.evidence]
kind = "http"
{at}
[providers.evidence.evidence]
act  = {{ method = "POST", path = "/snapshots", body = {{ source = "{{source}}", since = "{{since}}", run = "{{run}}" }}, key-header = "Idempotency-Key", repeat = "keyed" }}
read = {{ path = "/snapshots/{{key}}", at = "/state", equals = "made" }}

[providers.outbox]
kind = "http"
{at}
[providers.outbox.statement]
act  = {{ method = "POST", path = "/statements", body = {{ audience = "{{audience}}", text = "{{text}}" }}, key-header = "Idempotency-Key", repeat = "keyed" }}
read = {{ path = "/statements/{{key}}", at = "/state", equals = "made" }}

[providers.pager]
kind = "http"
{at}
[providers.pager.paging]
act  = {{ method = "POST", path = "/pages", body = {{ to = "{{to}}", severity = "{{severity}}", summary = "{{summary}}" }}, key-header = "Idempotency-Key", repeat = "keyed" }}
read = {{ path = "/pages/{{key}}", at = "/state", equals = "made" }}
"#
        )
    }
}

fn answer(status: u16, body: &Value) -> Answer {
    Answer::new(status, "application/json", body.to_string())
}

fn serve(asked: &Asked, held: &mut Held) -> Answer {
    let parts: Vec<&str> = asked.path().trim_start_matches('/').split('/').collect();
    let body: Value = serde_json::from_slice(&asked.body).unwrap_or(Value::Null);
    if asked.method != "GET" {
        *held.writes.entry(asked.path().to_owned()).or_default() += 1;
    }
    match (asked.method.as_str(), parts.as_slice()) {
        ("PUT", ["services", name, "replicas"]) => {
            held.replicas.insert((*name).to_owned(), body["replicas"].clone());
            answer(200, &body)
        }
        ("GET", ["services", name, "replicas"]) => match held.replicas.get(*name) {
            Some(replicas) => answer(200, &json!({ "replicas": replicas })),
            None => answer(404, &json!({ "error": "no such service" })),
        },
        ("PUT", ["freeze"]) => {
            held.frozen = body["frozen"] == true;
            answer(200, &body)
        }
        ("GET", ["freeze"]) => answer(200, &json!({ "frozen": held.frozen })),
        ("POST", [kind @ ("snapshots" | "statements" | "pages")]) => {
            let Some(key) = asked.header("idempotency-key") else {
                return answer(400, &json!({ "error": "no Idempotency-Key" }));
            };
            held.made.entry(key.to_owned()).or_insert_with(|| ((*kind).to_owned(), body));
            answer(201, &json!({ "state": "made" }))
        }
        ("GET", [kind @ ("snapshots" | "statements" | "pages"), key]) => match held.made.get(*key) {
            Some((made, _)) if made == kind => answer(200, &json!({ "state": "made" })),
            _ => answer(404, &json!({ "error": "nothing under this key" })),
        },
        _ => answer(404, &json!({ "error": format!("{} {} is not spoken here", asked.method, asked.path()) })),
    }
}
