//! MLflow: model and prompt versions as layers, by alias. A prompt is a registered model with a tag of its own.
//!
//! Facts observed on MLflow 3.17: an alias that is not there is 400 `INVALID_PARAMETER_VALUE`, a model that is not there
//! 404 `RESOURCE_DOES_NOT_EXIST`; setting an alias moves it and answers `{}`; removing one takes a body. There is no
//! precondition on writes. Consumers resolve an alias when they load: what runs already is not restarted.

use serde_json::{Value, json};

use super::adapter::Adapter;
use super::answer::{Answer, Fate, fault};
use super::checks::Access;
use super::evidence::Captured;
use super::link::{self, Link, Opening, binding, maybe, takes};
use super::request::{Method, Request, encode};
use super::transport::{Again, Deadline};
use crate::model::catalog::{Ability, Capability, Holds, Key, Kind};
use crate::plan::checked::Checked;
use crate::plan::needed::Needed;
use crate::plan::{Act, Direction, Proof, Repeat, Target};
use crate::port::{Fault, Order, Prepared, Sight, Way};
use crate::run::event::{Outcome, Verdict};
use crate::text::safe;

pub(super) const KIND: Kind = Kind {
    name: "mlflow",
    about: "MLflow model registry: models and prompts rolled back by moving an alias",
    settings: &[
        link::needs("url", Holds::Url, "the server, such as https://mlflow.example.com"),
        takes("token", Holds::Secret, "sent as a bearer token"),
    ],
    shared: &[],
    ability: |capability, _, _| match capability {
        Capability::Layer => {
            Some(Ability { keys: LAYER, open: false, repeat: Repeat::Harmless, proof: Proof::ReadBack })
        }
        Capability::Evidence => {
            Some(Ability { keys: NAMED, open: false, repeat: Repeat::Harmless, proof: Proof::ReadBack })
        }
        _ => None,
    },
    lacks: |_, _, binding| match (binding.contains_key("model"), binding.contains_key("prompt")) {
        (false, false) => vec!["`model` or `prompt`".to_owned()],
        (true, true) => vec!["one of `model` and `prompt`, and has both".to_owned()],
        _ => Vec::new(),
    },
};

const LAYER: &[Key] = &[
    takes("model", Holds::Text, "the registered model (or `prompt`)"),
    takes("prompt", Holds::Text, "the prompt (or `model`)"),
    link::needs("alias", Holds::Text, "the alias that consumers load, such as production"),
    takes("good", Holds::Text, "the alias of the last known good version; `last-known-good` unless said"),
];
const NAMED: &[Key] = &[
    takes("model", Holds::Text, "the registered model (or `prompt`)"),
    takes("prompt", Holds::Text, "the prompt (or `model`)"),
];

/// What a runbook writes for the version behind the `good` alias.
const LAST_KNOWN_GOOD: &str = "last-known-good";
mod check;
mod evidence;

pub(super) struct Mlflow {
    link: Link,
    captured: Captured,
}

/// Where an alias points.
#[derive(Clone, PartialEq)]
struct State {
    version: Option<String>,
}

impl State {
    fn value(&self) -> Value {
        json!({ "version": self.version })
    }

    fn parse(value: &Value) -> Option<Self> {
        match value.get("version")? {
            Value::Null => Some(Self { version: None }),
            Value::String(version) => Some(Self { version: Some(version.clone()) }),
            _ => None,
        }
    }
}

fn model(target: &Target) -> Result<&str, Fault> {
    match (maybe(target, "model"), maybe(target, "prompt")) {
        (Some(name), None) | (None, Some(name)) => Ok(name),
        _ => Err(fault(
            format!("{}: the binding names neither or both of `model` and `prompt`", safe::line(&target.label)),
            Some("name one of them"),
        )),
    }
}

/// Whether an answer says that the alias does not exist, as against the model.
fn no_alias(answer: &Answer) -> bool {
    let code = serde_json::from_slice::<Value>(&answer.body).ok();
    let code = code.as_ref().and_then(|d| d.get("error_code")).and_then(Value::as_str);
    matches!(answer.fate, Fate::Answered { status: 400, whole: true }) && code == Some("INVALID_PARAMETER_VALUE")
}

impl Mlflow {
    pub(super) fn open(opening: &Opening<'_>) -> Result<Self, Fault> {
        Ok(Self { link: Link::open(opening)?, captured: Captured::default() })
    }

    fn request(&self, method: Method, path: &str, purpose: &str) -> Request {
        let url = self.link.base.at(&format!("/api/2.0/mlflow{path}"));
        Request::new(method, url, purpose).secret("Authorization", "Bearer ", self.link.token.as_ref())
    }

    fn alias_read(&self, target: &Target, alias: &str, purpose: &str) -> Result<Request, Fault> {
        let path = format!("/registered-models/alias?name={}&alias={}", encode(model(target)?), encode(alias));
        Ok(self.request(Method::Get, &path, purpose))
    }

    fn version_read(&self, target: &Target, version: &str) -> Result<Request, Fault> {
        let path = format!("/model-versions/get?name={}&version={}", encode(model(target)?), encode(version));
        Ok(self.request(Method::Get, &path, "look up the version"))
    }

    fn whole(&self, target: &Target) -> Result<Request, Fault> {
        let path = format!("/registered-models/get?name={}", encode(model(target)?));
        Ok(self.request(Method::Get, &path, "capture tags and aliases"))
    }

    fn versions(&self, target: &Target, page: Option<&str>) -> Result<Request, Fault> {
        let name = model(target)?.replace('\'', "\\'");
        let mut filter = format!("name='{name}'");
        if maybe(target, "prompt").is_some() {
            // Versions of prompts are left out of a search that does not name their tag.
            filter.push_str(" AND tags.`mlflow.prompt.is_prompt`='true'");
        }
        let mut path = format!("/model-versions/search?filter={}", encode(&filter));
        if let Some(page) = page {
            path.push_str(&format!("&page_token={}", encode(page)));
        }
        Ok(self.request(Method::Get, &path, "capture all versions"))
    }

    /// Where an alias points now.
    async fn state(&self, target: &Target, alias: &str, until: Deadline) -> Result<State, Fault> {
        let what = format!("alias {} of {}", safe::line(alias), safe::line(model(target)?));
        let answer = self.link.read(&self.alias_read(target, alias, "capture prior state")?, until).await;
        if no_alias(&answer) {
            return Ok(State { version: None });
        }
        let document = answer.state(&what)?;
        let version = document.pointer("/model_version/version").and_then(Value::as_str);
        let version = version.ok_or_else(|| Fault {
            before_sending: false,
            ..fault(format!("{what}: the answer names no version"), None)
        })?;
        Ok(State { version: Some(version.to_owned()) })
    }

    /// The version that an order asks for.
    async fn version(&self, order: &Order<'_>, to: &str, until: Deadline) -> Result<String, Fault> {
        let target = order.target;
        if to == LAST_KNOWN_GOOD {
            let good = maybe(target, "good").unwrap_or(LAST_KNOWN_GOOD);
            return self.state(target, good, until).await?.version.ok_or_else(|| Fault {
                before_sending: false,
                ..fault(
                    format!("{} has no alias {}", safe::line(model(target).unwrap_or("?")), safe::line(good)),
                    Some("name the version to roll back to, or set that alias to the last version known to be good"),
                )
            });
        }
        let answer = self.link.read(&self.version_read(target, to)?, until).await;
        answer.state(&format!("version {} of {}", safe::line(to), safe::line(model(target)?)))?;
        Ok(to.to_owned())
    }

    fn between(&self, target: &Target, from: &State, to: &State) -> Result<Vec<Request>, Fault> {
        if from == to {
            return Ok(Vec::new());
        }
        self.set(target, to).map(|r| vec![r])
    }

    fn set(&self, target: &Target, to: &State) -> Result<Request, Fault> {
        let (name, alias) = (model(target)?, binding(target, "alias")?);
        let path = "/registered-models/alias";
        Ok(match &to.version {
            Some(version) => self
                .request(Method::Post, path, "move the alias")
                .json(json!({ "name": name, "alias": alias, "version": version })),
            None => {
                self.request(Method::Delete, path, "remove the alias").json(json!({ "name": name, "alias": alias }))
            }
        })
    }

    async fn resolve(&self, order: &Order<'_>, until: Deadline) -> Result<(State, State), Fault> {
        let then = match (order.way, &order.step.act) {
            (Way::Undo(prior), _) => State::parse(prior).ok_or_else(|| {
                fault(format!("{}: there is no captured version to put back", safe::line(&order.target.label)), None)
            })?,
            (Way::Do, Act::RollbackLayer { to, .. }) => State { version: Some(self.version(order, to, until).await?) },
            (Way::Do, _) => return Err(self.link.cannot(order)),
        };
        let now = self.state(order.target, binding(order.target, "alias")?, until).await?;
        Ok((now, then))
    }

    /// The state to reach: as it was prepared, or resolved now. What is put back is always what was captured.
    async fn then(&self, order: &Order<'_>, prepared: Option<&Prepared>, until: Deadline) -> Result<State, Fault> {
        match (order.way, prepared.and_then(|p| State::parse(&p.leaves))) {
            (Way::Do, Some(then)) => Ok(then),
            _ => Ok(self.resolve(order, until).await?.1),
        }
    }
}

impl Adapter for Mlflow {
    fn link(&self) -> &Link {
        &self.link
    }

    fn requests_of(&self, order: &Order<'_>) -> Result<Vec<Request>, Fault> {
        let target = order.target;
        if matches!(order.step.act, Act::Capture { .. }) {
            return Ok(vec![self.whole(target)?, self.versions(target, None)?]);
        }
        let alias = binding(target, "alias")?;
        let (found, to) = match (order.way, &order.step.act) {
            (Way::Undo(prior), _) => (None, State::parse(prior).unwrap_or(State { version: None })),
            (Way::Do, Act::RollbackLayer { to, .. }) if to == LAST_KNOWN_GOOD => {
                let good = maybe(target, "good").unwrap_or(LAST_KNOWN_GOOD);
                let read = self.alias_read(target, good, "look up the version")?;
                (Some(read), State { version: Some(format!("{{prior.{good}.version}}")) })
            }
            (Way::Do, Act::RollbackLayer { to, .. }) => {
                (Some(self.version_read(target, to)?), State { version: Some(to.clone()) })
            }
            (Way::Do, _) => return Err(self.link.cannot(order)),
        };
        let mut requests: Vec<Request> = found.into_iter().collect();
        requests.push(self.alias_read(target, alias, "capture prior state")?);
        requests.push(self.set(target, &to)?);
        requests.push(self.alias_read(target, alias, "read back")?);
        Ok(requests)
    }

    async fn prepare_order(&self, order: &Order<'_>, until: Deadline) -> Result<Prepared, Fault> {
        let account = format!("registry of {}", safe::line(model(order.target)?));
        if matches!(order.step.act, Act::Capture { .. }) {
            let requests = link::views(&self.requests_of(order)?);
            return Ok(Prepared { prior: Value::Null, leaves: Value::Null, requests, undo: Vec::new(), account });
        }
        let (now, then) = self.resolve(order, until).await?;
        let undo = match order.way {
            Way::Do => self.between(order.target, &then, &now)?,
            Way::Undo(_) => Vec::new(),
        };
        Ok(Prepared {
            prior: now.value(),
            leaves: then.value(),
            requests: vec![self.set(order.target, &then)?.view()],
            undo: link::views(&undo),
            account,
        })
    }

    async fn perform_order(
        &self,
        order: &Order<'_>,
        prepared: Option<&Prepared>,
        until: Deadline,
    ) -> Result<Sight<Outcome>, Fault> {
        if matches!(order.step.act, Act::Capture { .. }) {
            return self.capture(order, until).await;
        }
        let then = self.then(order, prepared, until).await?;
        if let Some(prepared) = prepared
            && order.step.direction != Direction::Lowers
        {
            let now = self.state(order.target, binding(order.target, "alias")?, until).await?;
            if now.value() != prepared.prior && now != then {
                let says = format!("{}: the alias moved after this was prepared", safe::line(&order.target.label));
                return Err(fault(says, None));
            }
        }
        let requests = [self.set(order.target, &then)?];
        Ok(self.link.act(&order.target.label, &requests, &[], |_| Again::Harmless, until).await)
    }

    async fn probe_order(
        &self,
        order: &Order<'_>,
        prepared: Option<&Prepared>,
        until: Deadline,
    ) -> Result<Sight<Verdict>, Fault> {
        let label = &order.target.label;
        if matches!(order.step.act, Act::Capture { .. }) {
            return Ok(self.captured.proof(order));
        }
        let then = self.then(order, prepared, until).await?;
        let alias = binding(order.target, "alias")?;
        let answer = self.link.read(&self.alias_read(order.target, alias, "read back")?, until).await;
        let now = match answer.document() {
            _ if no_alias(&answer) => State { version: None },
            Ok(document) => match document.pointer("/model_version/version").and_then(Value::as_str) {
                Some(version) => State { version: Some(version.to_owned()) },
                None => return Ok(answer.inconclusive(label, "the answer names no version")),
            },
            Err(why) => return Ok(answer.inconclusive(label, &why)),
        };
        let shown = |s: &State| {
            s.version.as_deref().map_or("nothing".to_owned(), |v| format!("version {}", safe::excerpt(v, 40)))
        };
        let says = format!("alias {} points to {}, wanted {}", safe::line(alias), shown(&now), shown(&then));
        Ok(answer.verdict(if now == then { Verdict::Pass } else { Verdict::Fail }, label, says))
    }

    async fn check_access(&self, needed: &[Needed], until: Deadline) -> Access {
        self.access(needed, until).await
    }

    async fn check_needed(&self, needed: &Needed, until: Deadline) -> Result<Vec<Checked>, Fault> {
        self.check_model(needed, until).await
    }
}

#[cfg(test)]
mod tests;
