//! Argo CD: deployments frozen by turning auto-sync off, and rolled back by history.
//!
//! Facts from the server's own rules (3.x): a rollback is refused while auto-sync is on, so turning it off is part of the
//! act; an operation is only begun by the answer and is watched until it ends; turning auto-sync on again applies what
//! Git holds; a missing application can be 403. History is trimmed, so a captured revision may be gone.

use std::cell::RefCell;

use litemap::LiteMap;
use serde_json::{Map, Value, json};

use super::adapter::Adapter;
use super::answer::{Answer, fault};
use super::checks::Access;
use super::link::{self, Link, Opening, binding, maybe, needs, takes};
use super::request::{Method, Request, encode};
use super::transport::{Again, Deadline};
use crate::model::catalog::{Ability, Capability, Holds, Key, Kind, nothing};
use crate::plan::checked::Checked;
use crate::plan::needed::Needed;
use crate::plan::{Act, Direction, Proof, Repeat, Target};
use crate::port::{Fault, Order, Prepared, Sight, Way};
use crate::run::event::{Outcome, Verdict};
use crate::text::gather::Gather;
use crate::text::safe;

mod app;
mod check;
#[cfg(test)]
mod tests;

use app::{App, State};

pub(super) const KIND: Kind = Kind {
    name: "argocd",
    about: "Argo CD: deployments frozen by turning auto-sync off, rolled back by history",
    settings: &[
        needs("url", Holds::Url, "the server, such as https://argocd.example.com"),
        needs("token", Holds::Secret, "an account's token that may update and sync the application"),
    ],
    shared: &[],
    ability: |capability, _, _| match capability {
        // A second synchronisation runs the application's hooks a second time.
        Capability::Layer => Some(Ability { keys: APP, open: false, repeat: Repeat::Never, proof: Proof::ReadBack }),
        Capability::Deploy => {
            Some(Ability { keys: APP, open: false, repeat: Repeat::Harmless, proof: Proof::ReadBack })
        }
        _ => None,
    },
    lacks: nothing,
};

const APP: &[Key] = &[
    needs("app", Holds::Text, "the application's name"),
    takes("project", Holds::Text, "its project"),
    takes("namespace", Holds::Text, "its namespace, where applications live in several"),
];

pub(super) struct ArgoCd {
    link: Link,
    /// Rollbacks that this process has begun, by run, step and target.
    begun: RefCell<LiteMap<[String; 3], Begun>>,
}

#[derive(Clone)]
struct Begun {
    revision: Value,
    /// When the operation before ours started.
    before: Option<String>,
}

fn key(order: &Order<'_>) -> [String; 3] {
    [order.run.to_owned(), order.step.id.clone(), order.target.label.clone()]
}

impl ArgoCd {
    pub(super) fn open(opening: &Opening<'_>) -> Result<Self, Fault> {
        let link = Link::open(opening)?;
        if link.token.is_none() {
            return Err(fault(format!("{}: `token` is missing", opening.settings.what), None));
        }
        Ok(Self { link, begun: RefCell::default() })
    }

    fn request(&self, method: Method, target: &Target, path: &str, purpose: &str) -> Result<Request, Fault> {
        let url = self.link.base.at(&format!("/api/v1/applications/{}{path}", encode(binding(target, "app")?)));
        Ok(Request::new(method, url, purpose).secret("Authorization", "Bearer ", self.link.token.as_ref()))
    }

    fn get(&self, target: &Target, purpose: &str) -> Result<Request, Fault> {
        self.request(Method::Get, target, &check::query(target), purpose)
    }

    /// The members that say which application a body is for.
    fn body(target: &Target, more: &Value) -> Result<Value, Fault> {
        let mut body = more.as_object().cloned().unwrap_or_default();
        body.insert("name".to_owned(), json!(binding(target, "app")?));
        for (name, key) in [("project", "project"), ("appNamespace", "namespace")] {
            if let Some(value) = maybe(target, key) {
                body.insert(name.to_owned(), json!(value));
            }
        }
        Ok(Value::Object(body))
    }

    /// Auto-sync from one setting to another. A merge patch keeps what it does not name, so what is to go is named.
    fn sync_policy(&self, target: &Target, from: &Value, to: &Value) -> Result<Request, Fault> {
        let mut automated = to.clone();
        if let (Some(from), Some(to)) = (from.as_object(), automated.as_object_mut()) {
            let gone: Map<String, Value> =
                from.keys().filter(|k| !to.contains_key(*k)).map(|k| (k.clone(), Value::Null)).gather();
            to.extend(gone);
        }
        let purpose = if app::syncs(to) { "turn auto-sync on" } else { "turn auto-sync off" };
        let patch = json!({ "spec": { "syncPolicy": { "automated": automated } } }).to_string();
        let body = Self::body(target, &json!({ "patchType": "merge", "patch": patch }))?;
        Ok(self.request(Method::Patch, target, "", purpose)?.json(body))
    }

    fn rollback(&self, target: &Target, id: &Value) -> Result<Request, Fault> {
        let body = Self::body(target, &json!({ "id": id, "prune": false, "dryRun": false }))?;
        Ok(self.request(Method::Post, target, "/rollback", "roll back")?.json(body))
    }

    async fn app(&self, target: &Target, until: Deadline) -> Result<App, Fault> {
        let answer = self.link.read(&self.get(target, "capture prior state")?, until).await;
        let what = format!("application {}", safe::line(binding(target, "app")?));
        let mut fault = match answer.state(&what) {
            Ok(document) => {
                return App::parse(&document).ok_or_else(|| Fault {
                    before_sending: false,
                    ..fault(format!("{what}: the answer is not an application"), None)
                });
            }
            Err(fault) => fault,
        };
        if answer.status() == Some(403) {
            fault.help = Some("403 can also mean that there is no such application".to_owned());
        }
        Err(fault)
    }

    /// What an order leaves behind, seen from now.
    fn leaves(&self, order: &Order<'_>, app: &App) -> Result<State, Fault> {
        let named = || safe::line(&order.target.label);
        match (order.way, &order.step.act) {
            (Way::Undo(prior), _) => State::parse(prior)
                .ok_or_else(|| fault(format!("{}: there is no captured state to put back", named()), None)),
            (Way::Do, Act::Freeze) => Ok(State { automated: app.off(), revision: None }),
            (Way::Do, Act::RollbackLayer { to, .. }) => {
                let entry = app.find(to).ok_or_else(|| Fault {
                    before_sending: false,
                    ..fault(
                        format!("{}: the history holds no deployment `{}`", named(), safe::line(to)),
                        Some("name a history id or a revision that `argocd app history` lists"),
                    )
                })?;
                Ok(State { automated: app.off(), revision: Some(entry.revision.clone()) })
            }
            (Way::Do, _) => Err(self.link.cannot(order)),
        }
    }

    /// The requests that lead from what is to what is wanted. Auto-sync goes off before and comes on after, because it
    /// would refuse the rollback or undo it.
    fn between(&self, target: &Target, app: &App, from: &State, to: &State) -> Result<Vec<Request>, Fault> {
        let mut requests = Vec::new();
        let mut automated = from.automated.clone();
        if let Some(revision) = to.revision.as_ref().filter(|r| from.revision.as_ref() != Some(r)) {
            let entry = app.with_revision(revision).ok_or_else(|| Fault {
                before_sending: false,
                ..fault(
                    format!("revision {} is no longer in the history", safe::excerpt(&revision.to_string(), 60)),
                    Some("synchronise to that revision by hand"),
                )
            })?;
            if app::syncs(&automated) {
                requests.push(self.sync_policy(target, &automated, &Value::Null)?);
                automated = Value::Null;
            }
            requests.push(self.rollback(target, &json!(entry.id))?);
        }
        if automated != to.automated {
            requests.push(self.sync_policy(target, &automated, &to.automated)?);
        }
        Ok(requests)
    }
}

impl Adapter for ArgoCd {
    fn link(&self) -> &Link {
        &self.link
    }

    fn requests_of(&self, order: &Order<'_>) -> Result<Vec<Request>, Fault> {
        let target = order.target;
        let mut requests = vec![self.get(target, "capture prior state")?];
        match (order.way, &order.step.act) {
            (Way::Undo(prior), _) => {
                let to = State::parse(prior).unwrap_or(State { automated: Value::Null, revision: None });
                if to.revision.is_some() {
                    requests.push(self.rollback(target, &json!("{prior.history.id}"))?);
                }
                requests.push(self.sync_policy(target, &Value::Null, &to.automated)?);
            }
            (Way::Do, Act::Freeze) => requests.push(self.sync_policy(target, &Value::Null, &Value::Null)?),
            (Way::Do, Act::RollbackLayer { to, .. }) => {
                requests.push(self.sync_policy(target, &Value::Null, &Value::Null)?);
                let id = to.parse::<u64>().map_or_else(|_| json!("{prior.history.id}"), |id| json!(id));
                requests.push(self.rollback(target, &id)?);
            }
            (Way::Do, _) => return Err(self.link.cannot(order)),
        }
        requests.push(self.get(target, "read back, until the operation has ended")?);
        Ok(requests)
    }

    async fn prepare_order(&self, order: &Order<'_>, until: Deadline) -> Result<Prepared, Fault> {
        let app = self.app(order.target, until).await?;
        let now = app.state(!matches!(order.step.act, Act::Freeze));
        let then = self.leaves(order, &app)?;
        let undo = match order.way {
            Way::Do => self.between(order.target, &app, &then, &now)?,
            Way::Undo(_) => Vec::new(),
        };
        Ok(Prepared {
            prior: now.value(),
            leaves: then.value(),
            requests: link::views(&self.between(order.target, &app, &now, &then)?),
            undo: link::views(&undo),
            account: format!("project {}", app.project),
        })
    }

    async fn perform_order(
        &self,
        order: &Order<'_>,
        prepared: Option<&Prepared>,
        until: Deadline,
    ) -> Result<Sight<Outcome>, Fault> {
        let app = self.app(order.target, until).await?;
        let with_revision = !matches!(order.step.act, Act::Freeze);
        let now = app.state(with_revision);
        let then = match (order.way, prepared.and_then(|p| State::parse(&p.leaves))) {
            (Way::Do, Some(then)) => then,
            _ => self.leaves(order, &app)?,
        };
        if prepared.is_some_and(|p| now.value() != p.prior)
            && now != then
            && order.step.direction != Direction::Lowers
            && with_revision
        {
            let says = format!("{}: the application changed after this was prepared", safe::line(&order.target.label));
            return Err(fault(says, None));
        }
        if let Some(revision) = &then.revision {
            self.begun
                .borrow_mut()
                .insert(key(order), Begun { revision: revision.clone(), before: app.started.clone() });
        }
        let requests = self.between(order.target, &app, &now, &then)?;
        let again = |r: &Request| if r.method == Method::Post { Again::Never } else { Again::Harmless };
        Ok(self.link.act(&order.target.label, &requests, &[], again, until).await)
    }

    async fn probe_order(
        &self,
        order: &Order<'_>,
        prepared: Option<&Prepared>,
        until: Deadline,
    ) -> Result<Sight<Verdict>, Fault> {
        let label = &order.target.label;
        let answer: Answer = self.link.read(&self.get(order.target, "read back")?, until).await;
        let document = match answer.document() {
            Ok(document) => document,
            Err(why) => return Ok(answer.inconclusive(label, &why)),
        };
        let Some(app) = App::parse(&document) else {
            return Ok(answer.inconclusive(label, "the answer is not an application"));
        };
        let begun = self.begun.borrow().get(&key(order)).cloned();
        let then = match (order.way, prepared.and_then(|p| State::parse(&p.leaves)), &order.step.act) {
            (Way::Do, Some(then), _) => then,
            (Way::Do, None, Act::RollbackLayer { to, .. }) if app::is_relative(to) => match &begun {
                // Seen from afterwards, the last deployment before the current one is another.
                Some(begun) => State { automated: app.off(), revision: Some(begun.revision.clone()) },
                None => {
                    return Ok(answer.inconclusive(label, "it was not prepared, so it is not known what to look for"));
                }
            },
            _ => self.leaves(order, &app)?,
        };
        let before = begun.and_then(|b| b.before);
        let (is, says) = app.judge(&then, before.as_deref());
        Ok(answer.verdict(is, label, says))
    }

    async fn check_access(&self, _needed: &[Needed], until: Deadline) -> Access {
        self.access(until).await
    }

    async fn check_needed(&self, needed: &Needed, until: Deadline) -> Result<Vec<Checked>, Fault> {
        self.check_app(needed, until).await
    }
}
