//! The dialect of Argo CD 3: one application, its sync policy, its history and the operation that runs on it.
//!
//! Shapes follow the official description, refusals and their order the server's own rules: a rollback is refused while
//! auto-sync is on, a second operation while one runs, and what is started is not done yet: it takes two looks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::cast;
use super::exchange::{Asked, Reply};
use super::store::Tokens;
use crate::text::time::{Instant, Millis};

/// What Git holds: the revision that auto-sync would bring back.
const HEAD: &str = "7d1f0c9a2b3e4d5f60718293a4b5c6d7e8f90123";
/// What was deployed before it, by the ids of the history.
pub(super) const EARLIER: [(u64, &str); 2] =
    [(11, "1a2b3c4d5e6f708192a3b4c5d6e7f80912345678"), (12, "4c5d6e7f8091a2b3c4d5e6f70812345678901234")];

/// The applications by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Deployments {
    apps: BTreeMap<String, App>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct App {
    project: String,
    repository: String,
    created: Instant,
    resource_version: u64,
    /// `spec.syncPolicy`, as it was last patched.
    sync_policy: Value,
    revision: String,
    history: Vec<Deployed>,
    operation: Option<Operation>,
    /// The operation before the one that runs.
    last: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Deployed {
    id: u64,
    revision: String,
    at: Instant,
    by: Value,
}

/// An operation that was started and how often it was looked at since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Operation {
    to: String,
    started: Instant,
    looks: u8,
}

/// A refusal: status and body.
type Refusal = Reply;

/// Codes of gRPC that appear in bodies, with the HTTP status that the gateway gives them.
#[derive(Clone, Copy)]
enum Code {
    InvalidArgument = 3,
    NotFound = 5,
    PermissionDenied = 7,
    FailedPrecondition = 9,
    Unimplemented = 12,
    Unauthenticated = 16,
}

impl Deployments {
    pub(super) fn new(now: Instant) -> Self {
        let mut all = Self::default();
        for member in cast::all() {
            all.add(member.name, member.project, member.repository, &EARLIER.map(|(id, r)| (id, r.to_owned())), now);
        }
        all
    }

    /// Makes an application that Git's head was deployed of a day ago, after these, oldest first; it keeps itself in sync.
    pub(super) fn add(&mut self, name: &str, project: &str, repository: &str, earlier: &[(u64, String)], now: Instant) {
        let day = |back: usize| Instant(now.0.saturating_sub(i64::try_from(back).unwrap_or_default() * 86_400_000));
        let automated = json!({ "automated": true });
        let head = (earlier.iter().map(|(id, _)| id + 1).max().unwrap_or_default(), HEAD.to_owned());
        let count = earlier.len();
        let history = earlier.iter().chain([&head]).enumerate().map(|(place, (id, revision))| Deployed {
            id: *id,
            revision: revision.clone(),
            at: day(1 + (count - place) * 4),
            by: automated.clone(),
        });
        let app = App {
            project: project.to_owned(),
            repository: repository.to_owned(),
            created: day(90),
            resource_version: 4_711,
            sync_policy: json!({ "automated": { "prune": true, "selfHeal": true } }),
            revision: HEAD.to_owned(),
            history: history.collect(),
            operation: None,
            last: state("Succeeded", repository, HEAD, day(1), Some(day(1)), &automated),
        };
        self.apps.insert(name.to_owned(), app);
    }
}

fn source(repository: &str) -> Value {
    json!({ "repoURL": format!("https://git.example.com/{repository}.git"), "path": "deploy", "targetRevision": "main" })
}

fn state(
    phase: &str,
    repository: &str,
    revision: &str,
    started: Instant,
    finished: Option<Instant>,
    by: &Value,
) -> Value {
    let mut state = json!({
        "operation": { "sync": { "revision": revision }, "initiatedBy": by, "retry": {} },
        "phase": phase,
        "message": if finished.is_some() { "successfully synced (all tasks run)" } else { "waiting for the deployment" },
        "startedAt": second(started),
        "syncResult": { "revision": revision, "source": source(repository) },
    });
    if let Some(at) = finished {
        state["finishedAt"] = json!(second(at));
    }
    state
}

/// Kubernetes writes times to the second.
fn second(at: Instant) -> String {
    Instant(at.0 - at.0.rem_euclid(1_000)).to_string().replace(".000Z", "Z")
}

impl App {
    fn is_automated(&self) -> bool {
        let automated = &self.sync_policy["automated"];
        !automated.is_null() && automated["enabled"] != json!(false)
    }

    fn by(&self) -> Value {
        json!({ "username": "aigov" })
    }

    fn start(&mut self, revision: String, now: Instant) {
        self.resource_version += 1;
        self.operation = Some(Operation { to: revision, started: now, looks: 0 });
    }

    /// Somebody looks: an operation that was seen running is done at the next look.
    fn look(&mut self, now: Instant) {
        let Some(operation) = &mut self.operation else { return };
        operation.looks += 1;
        if operation.looks < 2 {
            return;
        }
        let Some(done) = self.operation.take() else { return };
        let finished = now.max(done.started.plus(Millis(1_000)));
        self.last = state("Succeeded", &self.repository, &done.to, done.started, Some(finished), &self.by());
        let id = self.history.last().map_or(0, |h| h.id + 1);
        self.history.push(Deployed { id, revision: done.to.clone(), at: finished, by: self.by() });
        // The default of revisionHistoryLimit.
        let extra = self.history.len().saturating_sub(10);
        self.history.drain(..extra);
        self.revision = done.to;
        self.resource_version += 1;
    }

    fn view(&self, name: &str) -> Value {
        let history: Vec<Value> = self
            .history
            .iter()
            .map(|h| {
                json!({ "id": h.id, "revision": h.revision, "deployedAt": second(h.at), "deployStartedAt": second(h.at),
                    "source": source(&self.repository), "initiatedBy": h.by })
            })
            .collect();
        let running = self.operation.as_ref();
        let operation_state = running.map_or_else(
            || self.last.clone(),
            |o| state("Running", &self.repository, &o.to, o.started, None, &self.by()),
        );
        let synced = if self.revision == HEAD { "Synced" } else { "OutOfSync" };
        let mut spec = json!({
            "project": self.project, "source": source(&self.repository),
            "destination": { "server": "https://kubernetes.default.svc", "namespace": self.project },
        });
        if !self.sync_policy.is_null() {
            spec["syncPolicy"] = self.sync_policy.clone();
        }
        let mut view = json!({
            "metadata": {
                "name": name, "namespace": "argocd", "uid": "2f0d9a8c-5b1e-4c3d-9e7f-0123456789ab",
                "resourceVersion": self.resource_version.to_string(), "generation": self.resource_version,
                "creationTimestamp": second(self.created),
            },
            "spec": spec,
            "status": {
                "sync": { "status": synced, "revision": self.revision },
                "health": { "status": if running.is_some() { "Progressing" } else { "Healthy" } },
                "history": history, "operationState": operation_state, "sourceType": "Kustomize",
            },
        });
        if let Some(operation) = running {
            view["operation"] = json!({ "sync": { "revision": operation.to }, "initiatedBy": self.by(), "retry": {} });
        }
        view
    }
}

// ------------------------------------------------------------------------------------------------------------- answers

pub(super) fn answer(deployments: &mut Deployments, asked: &Asked, tokens: &Tokens, now: Instant) -> Reply {
    let rest = asked.rest(1);
    if rest == ["api", "version"] && asked.method == "GET" {
        return json_reply(200, &json!({ "Version": "v3.6.0+sandbox" }));
    }
    // The gateway refuses bodies of another type before it asks who is there.
    if asked.method != "GET" && asked.method != "DELETE" && !asked.is_of_type("application/json") {
        return Reply::text(415, "text/plain; charset=utf-8", "Invalid content type\n");
    }
    match asked.credential() {
        None => return refusal(Code::Unauthenticated, "no session information"),
        Some(token) if !tokens.is(token) => {
            return refusal(
                Code::Unauthenticated,
                "invalid session: token is malformed: token contains an invalid number of segments",
            );
        }
        Some(_) => {}
    }
    let done = match (asked.method.as_str(), rest.as_slice()) {
        ("GET", ["api", "v1", "session", "userinfo"]) => {
            Ok(json!({ "loggedIn": true, "username": "aigov", "iss": "argocd" }))
        }
        ("GET", ["api", "v1", "account", "can-i", _, _, ..]) => Ok(json!({ "value": "yes" })),
        ("GET", ["api", "v1", "applications", name]) => get(deployments, asked, name, now),
        ("GET", ["api", "v1", "applications", name, "syncwindows"]) => {
            // There are none; the gateway leaves out empty lists.
            get(deployments, asked, name, now).map(|_| json!({ "canSync": true }))
        }
        ("PATCH", ["api", "v1", "applications", name]) => patch(deployments, asked, name, now),
        ("POST", ["api", "v1", "applications", name, "rollback"]) => rollback(deployments, asked, name, now),
        ("POST", ["api", "v1", "applications", name, "sync"]) => sync(deployments, asked, name, now),
        _ => {
            Err(json_reply(404, &json!({ "error": "Not Found", "code": Code::NotFound as u8, "message": "Not Found" })))
        }
    };
    done.map_or_else(|refused| refused, |view| json_reply(200, &view))
}

/// The application, if the caller names its project rightly or not at all. Without the project an application that is
/// not there and one that may not be seen look the same.
fn find<'a>(deployments: &'a mut Deployments, name: &str, project: Option<&str>) -> Result<&'a mut App, Refusal> {
    let project = project.filter(|p| !p.is_empty());
    match deployments.apps.get_mut(name) {
        Some(app) if project.is_none_or(|p| p == app.project) => Ok(app),
        _ if project.is_none() => Err(refusal(Code::PermissionDenied, "permission denied")),
        _ => Err(refusal(Code::NotFound, &format!("applications.argoproj.io \"{name}\" not found"))),
    }
}

fn get(deployments: &mut Deployments, asked: &Asked, name: &str, now: Instant) -> Result<Value, Refusal> {
    let app = find(deployments, name, asked.parameter("project"))?;
    app.look(now);
    Ok(app.view(name))
}

fn patch(deployments: &mut Deployments, asked: &Asked, name: &str, now: Instant) -> Result<Value, Refusal> {
    let body = body(asked)?;
    let app = find(deployments, name, text(&body, "project"))?;
    match text(&body, "patchType") {
        Some("merge") => {}
        Some("json" | "") | None => {
            return Err(refusal(Code::Unimplemented, "the sandbox knows patches of type merge only"));
        }
        Some(other) => {
            return Err(refusal(Code::InvalidArgument, &format!("Patch type '{other}' is not supported")));
        }
    }
    let change: Value = text(&body, "patch")
        .and_then(|p| serde_json::from_slice(p.as_bytes()).ok())
        .ok_or_else(|| refusal(Code::InvalidArgument, "error applying patch: invalid JSON document"))?;
    let was_automated = app.is_automated();
    let mut spec = json!({ "syncPolicy": app.sync_policy });
    merge(&mut spec, &change["spec"]);
    app.sync_policy = spec["syncPolicy"].take();
    app.resource_version += 1;
    if app.is_automated() && !was_automated && app.revision != HEAD {
        // Auto-sync brings back what Git says.
        app.start(HEAD.to_owned(), now);
    }
    Ok(app.view(name))
}

fn rollback(deployments: &mut Deployments, asked: &Asked, name: &str, now: Instant) -> Result<Value, Refusal> {
    let body = body(asked)?;
    let app = find(deployments, name, text(&body, "project"))?;
    if app.is_automated() {
        return Err(refusal(Code::FailedPrecondition, "rollback cannot be initiated when auto-sync is enabled"));
    }
    // The gateway takes whole numbers as numbers or texts, and one that is missing for 0.
    let id = match &body["id"] {
        Value::Null => Some(0),
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    };
    let id = id.ok_or_else(|| refusal(Code::InvalidArgument, "json: cannot unmarshal the id into an int64"))?;
    let to = app.history.iter().find(|h| h.id == id).map(|h| h.revision.clone());
    let to = to.ok_or_else(|| {
        refusal(Code::InvalidArgument, &format!("application {name} does not have deployment id {id} in history"))
    })?;
    begin(app, to, &body, now)?;
    Ok(app.view(name))
}

fn sync(deployments: &mut Deployments, asked: &Asked, name: &str, now: Instant) -> Result<Value, Refusal> {
    let body = body(asked)?;
    let app = find(deployments, name, text(&body, "project"))?;
    let wanted = text(&body, "revision").filter(|r| !r.is_empty());
    if let Some(revision) = wanted.filter(|r| app.is_automated() && ![HEAD, "main"].contains(r)) {
        let says = format!("Cannot sync to {revision}: auto-sync currently set to main");
        return Err(refusal(Code::FailedPrecondition, &says));
    }
    let to = wanted.filter(|r| *r != "main").unwrap_or(HEAD).to_owned();
    begin(app, to, &body, now)?;
    Ok(app.view(name))
}

fn begin(app: &mut App, to: String, body: &Value, now: Instant) -> Result<(), Refusal> {
    if app.operation.is_some() {
        return Err(refusal(Code::FailedPrecondition, "another operation is already in progress"));
    }
    if body["dryRun"] != json!(true) {
        app.start(to, now);
    }
    Ok(())
}

/// JSON Merge Patch, RFC 7386.
fn merge(target: &mut Value, change: &Value) {
    let Value::Object(changes) = change else {
        if !change.is_null() {
            *target = change.clone();
        }
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, value) in changes {
        if value.is_null() {
            if let Some(map) = target.as_object_mut() {
                map.remove(key);
            }
        } else {
            merge(&mut target[key.as_str()], value);
        }
    }
}

fn body(asked: &Asked) -> Result<Value, Refusal> {
    asked
        .json()
        .filter(Value::is_object)
        .ok_or_else(|| refusal(Code::InvalidArgument, "invalid character looking for beginning of value"))
}

fn text<'a>(body: &'a Value, key: &str) -> Option<&'a str> {
    body[key].as_str()
}

fn json_reply(status: u16, body: &Value) -> Reply {
    Reply::json(status, "application/json", body)
}

fn refusal(code: Code, message: &str) -> Reply {
    let status = match code {
        Code::InvalidArgument | Code::FailedPrecondition => 400,
        Code::NotFound => 404,
        Code::PermissionDenied => 403,
        Code::Unimplemented => 501,
        Code::Unauthenticated => 401,
    };
    json_reply(status, &json!({ "error": message, "code": code as u8, "message": message }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_patch_removes_by_null_and_keeps_the_rest() {
        let mut value = json!({ "a": { "b": 1, "c": 2 }, "d": 3 });
        merge(&mut value, &json!({ "a": { "b": null, "e": { "f": null } } }));
        assert_eq!(value, json!({ "a": { "c": 2, "e": {} }, "d": 3 }));
    }
}
