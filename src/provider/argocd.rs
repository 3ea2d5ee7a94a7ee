//! Argo CD: freezes by turning auto-sync off, rolls back by history id, and watches the operation to its end.
//!
//! Facts of the official description and the server's rules: a rollback is refused while auto-sync is on, so turning it
//! off is part of the prepared act; an operation is accepted long before it is done; an operation state stays until the
//! next one, so it only counts when it is about the revision that is wanted. An application whose owner is another
//! application may have its sync policy put back by it. Must not delete or prune.

use serde_json::{Value, json};

use super::answer::{self, fault};
use super::link::{self, Link, binding, maybe, needs, takes};
use super::request::{Method, Request, Table, encode};
use super::transport::{Again, Deadline, Shared};
use crate::model::catalog::{Ability, Capability, Holds, Key, Kind};
use crate::plan::{Act, Measure, Proof, Repeat, Target};
use crate::port::{CheckNote, Fault, Fut, Order, Prepared, Provider, Sight, SignalReading, Way};
use crate::run::event::{Outcome, Verdict};
use crate::run::record::RequestView;
use crate::text::safe;
use crate::text::time::Millis;

const APP: &[Key] = &[
    needs("app", Holds::Text, "the application's name"),
    takes("project", Holds::Text, "the application's project"),
    takes("namespace", Holds::Text, "the application's namespace, where it is not Argo CD's own"),
];

pub(super) const KIND: Kind = Kind {
    name: "argocd",
    about: "Argo CD: deployments frozen by turning auto-sync off, layers rolled back by history",
    settings: &[
        needs("url", Holds::Url, "the API server, such as https://argocd.example.com"),
        needs("token", Holds::Secret, "an account token that may get, update and sync (or rollback) the application"),
    ],
    shared: &[],
    ability: |capability, _, _| match capability {
        Capability::Deploy | Capability::Layer => {
            Some(Ability { keys: APP, open: false, repeat: Repeat::Harmless, proof: Proof::ReadBack })
        }
        _ => None,
    },
};

pub(super) struct ArgoCd {
    link: Link,
}

/// What an application is, as far as it is changed here.
#[derive(Clone, Debug, PartialEq)]
struct App {
    /// `spec.syncPolicy.automated`; null when auto-sync is off.
    automated: Value,
    /// What is deployed.
    revision: String,
    /// Earlier deployments, oldest first: id and revision.
    history: Vec<(i64, String)>,
    /// Phase of the last operation and the revision it was about.
    operation: Option<(String, String)>,
    running: bool,
    health: String,
    owned: bool,
}

impl App {
    fn parse(document: &Value) -> Option<Self> {
        let revision = |at: &Value| -> Option<String> {
            match at["revisions"].as_array().filter(|r| !r.is_empty()) {
                Some(all) => all.iter().map(Value::as_str).collect::<Option<Vec<_>>>().map(|all| all.join(",")),
                None => at["revision"].as_str().map(str::to_owned),
            }
        };
        let status = &document["status"];
        let automated = document["spec"].as_object()?.get("syncPolicy").map_or(Value::Null, |p| p["automated"].clone());
        let off = automated["enabled"] == json!(false);
        let history = status["history"].as_array().map_or(&[] as &[Value], Vec::as_slice);
        let state = &status["operationState"];
        Some(Self {
            automated: if off { Value::Null } else { automated },
            revision: revision(&status["sync"])?,
            history: history
                .iter()
                .map(|h| Some((h["id"].as_i64().unwrap_or(0), revision(h)?)))
                .collect::<Option<_>>()?,
            operation: state["phase"]
                .as_str()
                .map(|phase| (phase.to_owned(), revision(&state["syncResult"]).unwrap_or_default())),
            running: document.get("operation").is_some_and(|o| !o.is_null()),
            health: status["health"]["status"].as_str().unwrap_or("Unknown").to_owned(),
            owned: document["metadata"]["ownerReferences"].as_array().is_some_and(|o| !o.is_empty()),
        })
    }

    /// The history entry to roll back to: the newest earlier one with another revision, or the one that is named.
    fn target(&self, to: &str) -> Option<&(i64, String)> {
        if to == "last-known-good" {
            self.history.iter().rev().find(|(_, revision)| *revision != self.revision)
        } else {
            self.history.iter().rev().find(|(id, revision)| revision == to || id.to_string() == to)
        }
    }
}

/// What an order wants the application to be.
struct Wanted {
    automated: Value,
    /// None where the deployment stays as it is.
    revision: Option<(i64, String)>,
}

impl Wanted {
    fn value(&self) -> Value {
        match &self.revision {
            Some((_, revision)) => json!({ "automated": self.automated, "revision": revision }),
            None => json!({ "automated": self.automated }),
        }
    }
}

impl ArgoCd {
    pub(super) fn open(
        name: &str,
        settings: &Table<'_>,
        transport: &Shared,
        environment: Option<&str>,
    ) -> Result<Self, Fault> {
        let link = Link::open(name, settings, transport, environment)?;
        if link.token.is_none() {
            return Err(fault(format!("{}: `token` is missing", settings.what), None));
        }
        Ok(Self { link })
    }

    fn request(&self, method: Method, path: &str, purpose: &str) -> Request {
        Request::new(method, self.link.base.at(&format!("/api/v1/applications/{path}")), purpose).secret(
            "Authorization",
            "Bearer ",
            self.link.token.as_ref(),
        )
    }

    fn read(&self, target: &Target, purpose: &str) -> Result<Request, Fault> {
        let query: Vec<String> = [("project", "project"), ("namespace", "appNamespace")]
            .iter()
            .filter_map(|(key, name)| maybe(target, key).map(|v| format!("{name}={}", encode(v))))
            .collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        Ok(self.request(Method::Get, &format!("{}{query}", encode(binding(target, "app")?)), purpose))
    }

    /// A body that names the application, with whatever else it takes.
    fn body(target: &Target, more: Value) -> Result<Value, Fault> {
        let mut body = json!({ "name": binding(target, "app")? });
        for (key, name) in [("project", "project"), ("namespace", "appNamespace")] {
            if let Some(value) = maybe(target, key) {
                body[name] = json!(value);
            }
        }
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        Ok(body)
    }

    fn patch(&self, target: &Target, automated: &Value) -> Result<Request, Fault> {
        let app = encode(binding(target, "app")?);
        let purpose = if automated.is_null() { "turn auto-sync off" } else { "put auto-sync back" };
        let patch = json!({ "spec": { "syncPolicy": { "automated": automated } } }).to_string();
        let body = Self::body(target, json!({ "patchType": "merge", "patch": patch }))?;
        Ok(self.request(Method::Patch, &app, purpose).json(body))
    }

    fn rollback(&self, target: &Target, id: &Value) -> Result<Request, Fault> {
        let app = encode(binding(target, "app")?);
        let body = Self::body(target, json!({ "id": id, "prune": false, "dryRun": false }))?;
        Ok(self.request(Method::Post, &format!("{app}/rollback"), "roll back").json(body))
    }

    async fn app(&self, target: &Target, until: Deadline) -> Result<App, Fault> {
        let what = format!("application {}", safe::line(binding(target, "app")?));
        let document = self.link.read(&self.read(target, "capture prior state")?, until).await.state(&what)?;
        App::parse(&document).ok_or_else(|| Fault {
            before_sending: false,
            ..fault(format!("{what}: the answer is not an application"), None)
        })
    }

    fn wanted(&self, order: &Order<'_>, app: &App) -> Result<Wanted, Fault> {
        let label = safe::line(&order.target.label);
        let gone = |revision: &str| {
            fault(format!("{label}: {} is not in the application's history", safe::line(revision)), None)
        };
        match (&order.step.act, order.way) {
            (Act::Freeze, Way::Do) => Ok(Wanted { automated: Value::Null, revision: None }),
            (Act::Freeze, Way::Undo(prior)) => Ok(Wanted { automated: prior["automated"].clone(), revision: None }),
            (Act::RollbackLayer { to, .. }, Way::Do) => {
                let target = app.target(to).ok_or_else(|| gone(to))?;
                Ok(Wanted { automated: Value::Null, revision: Some(target.clone()) })
            }
            (Act::RollbackLayer { .. }, Way::Undo(prior)) => {
                let revision = prior["revision"].as_str().unwrap_or_default();
                let target = app.target(revision).ok_or_else(|| gone(revision))?;
                Ok(Wanted { automated: prior["automated"].clone(), revision: Some(target.clone()) })
            }
            _ => Err(self.link.cannot(order)),
        }
    }

    /// Requests from one state to another: auto-sync off first and back last, so that it never works against a rollback.
    fn between(&self, target: &Target, from: &App, to: &Wanted) -> Result<Vec<Request>, Fault> {
        let mut requests = Vec::new();
        let moves = to.revision.as_ref().filter(|(_, revision)| *revision != from.revision);
        if !from.automated.is_null() && (to.automated.is_null() || moves.is_some()) {
            requests.push(self.patch(target, &Value::Null)?);
        }
        if let Some((id, _)) = moves {
            requests.push(self.rollback(target, &json!(id))?);
        }
        let off_now = from.automated.is_null() || !requests.is_empty();
        if !to.automated.is_null() && (off_now || from.automated != to.automated) {
            requests.push(self.patch(target, &to.automated)?);
        }
        Ok(requests)
    }

    async fn probe_order(
        &self,
        order: &Order<'_>,
        prepared: Option<&Prepared>,
        limit: Millis,
    ) -> Result<Sight<Verdict>, Fault> {
        self.link.guard(order)?;
        let label = &order.target.label;
        let answer = self.link.read(&self.read(order.target, "read back")?, Deadline::after(limit)).await;
        let app = match answer.document().map(|d| App::parse(&d)) {
            Ok(Some(app)) => app,
            Ok(None) => return Ok(answer.inconclusive(label, "the answer is not an application")),
            Err(why) => return Ok(answer.inconclusive(label, &why)),
        };
        let wanted = match (order.way, prepared) {
            (Way::Do, Some(prepared)) => prepared.leaves.clone(),
            _ => self.wanted(order, &app)?.value(),
        };
        if app.automated != wanted["automated"] {
            let now = if app.automated.is_null() { "off" } else { "on" };
            return Ok(answer.verdict(Verdict::Fail, label, format!("auto-sync is {now}")));
        }
        let Some(revision) = wanted["revision"].as_str() else {
            let now = if app.automated.is_null() { "off" } else { "on" };
            return Ok(answer.verdict(Verdict::Pass, label, format!("auto-sync is {now}")));
        };
        let shown = safe::excerpt(revision, 12);
        let phase = app.operation.as_ref().filter(|(_, about)| about == revision).map(|(phase, _)| phase.as_str());
        Ok(match phase {
            _ if app.running => answer.verdict(Verdict::Inconclusive, label, "the operation is running".to_owned()),
            Some("Failed" | "Error") => {
                answer.verdict(Verdict::Fail, label, format!("the operation to {shown} failed"))
            }
            _ if app.revision != revision => {
                let now = safe::excerpt(&app.revision, 12);
                answer.verdict(Verdict::Fail, label, format!("{now} is deployed, not {shown}"))
            }
            _ if app.health == "Healthy" => {
                answer.verdict(Verdict::Pass, label, format!("{shown} is deployed and healthy"))
            }
            _ => {
                let health = safe::excerpt(&app.health, 20);
                answer.verdict(Verdict::Inconclusive, label, format!("{shown} is deployed; health is {health}"))
            }
        })
    }

    async fn perform_order(
        &self,
        order: &Order<'_>,
        prepared: Option<&Prepared>,
        limit: Millis,
    ) -> Result<Sight<Outcome>, Fault> {
        let until = Deadline::after(limit);
        self.link.guard(order)?;
        let app = self.app(order.target, until).await?;
        let mut wanted = self.wanted(order, &app)?;
        if let (Way::Do, Some(revision)) = (order.way, prepared.and_then(|p| p.leaves["revision"].as_str())) {
            // What was shown is what is done, also when the history has moved on since.
            let entry = app.target(revision).ok_or_else(|| {
                fault(format!("{} is not in the application's history any more", safe::line(revision)), None)
            })?;
            wanted.revision = Some(entry.clone());
        }
        let requests = self.between(order.target, &app, &wanted)?;
        // Setting a policy twice is harmless; a second rollback while one runs is refused and tells nothing.
        let again = if wanted.revision.is_some() { Again::Never } else { Again::Harmless };
        Ok(self.link.act(&order.target.label, &requests, &[], again, until).await)
    }
}

impl Provider for ArgoCd {
    fn describe(&self, order: &Order<'_>) -> Vec<RequestView> {
        let made = || -> Result<Vec<Request>, Fault> {
            let mut requests = vec![self.read(order.target, "capture prior state")?];
            match (&order.step.act, order.way) {
                (Act::Freeze, Way::Do) => requests.push(self.patch(order.target, &Value::Null)?),
                (Act::RollbackLayer { .. }, Way::Do) => {
                    requests.push(self.patch(order.target, &Value::Null)?);
                    requests.push(self.rollback(order.target, &json!("{prior.history.id}"))?);
                }
                (Act::Freeze | Act::RollbackLayer { .. }, Way::Undo(prior)) => {
                    requests.push(self.patch(order.target, &prior["automated"])?);
                }
                _ => return Err(self.link.cannot(order)),
            }
            requests.push(self.read(order.target, "read back")?);
            Ok(requests)
        };
        link::views(&made().unwrap_or_default())
    }

    fn prepare<'a>(&'a self, order: &'a Order<'a>) -> Fut<'a, Result<Prepared, Fault>> {
        Box::pin(async move {
            self.link.guard(order)?;
            let app = self.app(order.target, Deadline::after(link::PREPARE)).await?;
            let wanted = self.wanted(order, &app)?;
            let requests = self.between(order.target, &app, &wanted)?;
            let mut prior = json!({ "automated": app.automated });
            if wanted.revision.is_some() {
                prior["revision"] = json!(app.revision);
            }
            let undo = if prior["automated"].is_null() {
                Vec::new()
            } else {
                vec![self.patch(order.target, &prior["automated"])?]
            };
            Ok(Prepared {
                leaves: wanted.value(),
                prior,
                requests: link::views(&requests),
                undo: link::views(&undo),
                account: format!("project {}", safe::line(maybe(order.target, "project").unwrap_or("default"))),
            })
        })
    }

    fn perform<'a>(
        &'a self,
        order: &'a Order<'a>,
        prepared: Option<&'a Prepared>,
        limit: Millis,
    ) -> Fut<'a, Sight<Outcome>> {
        Box::pin(async move {
            self.perform_order(order, prepared, limit).await.unwrap_or_else(|f| link::refused(order, &f))
        })
    }

    fn probe<'a>(
        &'a self,
        order: &'a Order<'a>,
        prepared: Option<&'a Prepared>,
        limit: Millis,
    ) -> Fut<'a, Sight<Verdict>> {
        Box::pin(async move {
            self.probe_order(order, prepared, limit)
                .await
                .unwrap_or_else(|f| answer::untold(&order.target.label, f.says))
        })
    }

    fn measure<'a>(&'a self, measure: &'a Measure, _limit: Millis) -> Fut<'a, Result<SignalReading, Fault>> {
        Box::pin(async move { Err(link::no_signals(&self.link.name, measure)) })
    }

    fn check<'a>(&'a self, targets: &'a [Target], limit: Millis) -> Fut<'a, Vec<CheckNote>> {
        Box::pin(async move {
            let until = Deadline::after(limit);
            let mut notes = Vec::new();
            for target in targets {
                let read = match self.read(target, "check") {
                    Ok(read) => read,
                    Err(f) => {
                        notes.push(link::faulty(target, &f));
                        continue;
                    }
                };
                let answer = link::judged(self.link.read(&read, until).await);
                let app = maybe(target, "app").map(safe::line).unwrap_or_default();
                notes.push(link::note(&format!("application {app}"), &answer));
                if answer.ok().and_then(|d| App::parse(&d)).is_some_and(|a| a.owned) {
                    notes.push(CheckNote {
                        what: format!("application {app} is its own"),
                        ok: Some(false),
                        says: "another application owns it and may put its sync policy back".to_owned(),
                    });
                }
            }
            notes
        })
    }
}

#[cfg(test)]
mod tests;
