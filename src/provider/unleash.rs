//! Unleash: feature flags as controls. The Admin API changes, the Client API proves what consumers are told.
//!
//! Facts observed on Unleash 7.5.1: the environment's own read leaves segments out, so strategies are read on their own;
//! a strategy that is put loses what the body leaves out, so it is always put whole; switching on a flag without an
//! active strategy adds one, and removing the last one switches off; a switch answers 200 with an empty body. Writes
//! have no precondition: state is compared before and after.

use serde_json::Value;

use super::adapter::Adapter;
use super::answer::{self, fault};
use super::checks::Access;
use super::evidence::Captured;
use super::link::{self, Link, Opening, binding, needs, takes};
use super::request::{Method, Request, encode};
use super::secret::Reference;
use super::transport::{Again, Deadline};
use crate::model::catalog::{Ability, Capability, Holds, Key, Kind, nothing};
use crate::plan::checked::Checked;
use crate::plan::needed::Needed;
use crate::plan::{Act, Direction, Proof, Repeat, Target};
use crate::port::{Fault, Order, Prepared, Sight, Way};
use crate::run::event::{Outcome, Verdict};
use crate::text::safe;

mod check;
mod evidence;
mod state;
#[cfg(test)]
mod tests;

use state::{State, Wanted};

pub(super) const KIND: Kind = Kind {
    name: "unleash",
    about: "Unleash feature flags: changed through the Admin API, proven through the Client API",
    settings: &[
        needs("url", Holds::Url, "the server, such as https://unleash.example.com"),
        needs("token", Holds::Secret, "an admin or service account token that may update flags"),
        takes("client-token", Holds::Secret, "a backend token of this environment: proves what consumers are told"),
    ],
    shared: &[],
    ability: |capability, _, _| match capability {
        Capability::Switch | Capability::Level | Capability::Percent => {
            Some(Ability { keys: FLAG, open: false, repeat: Repeat::Harmless, proof: Proof::ReadBack })
        }
        Capability::Evidence => {
            Some(Ability { keys: EVENTS, open: false, repeat: Repeat::Harmless, proof: Proof::ReadBack })
        }
        _ => None,
    },
    lacks: nothing,
};

const FLAG: &[Key] = &[
    needs("project", Holds::Text, "the flag's project"),
    needs("flag", Holds::Text, "the flag's name"),
    needs("environment", Holds::Text, "the environment's name in Unleash"),
];
const EVENTS: &[Key] = &[
    needs("project", Holds::Text, "the flag's project"),
    needs("flag", Holds::Text, "the flag whose history is kept"),
];

const CHANGE_REQUESTS: &str =
    "403 can also mean that this environment takes change requests only: ask for a bypass, or do it by hand";

pub(super) struct Unleash {
    link: Link,
    client: Option<Reference>,
    captured: Captured,
}

impl Unleash {
    pub(super) fn open(opening: &Opening<'_>) -> Result<Self, Fault> {
        let link = Link::open(opening)?;
        if link.token.is_none() {
            return Err(fault(format!("{}: `token` is missing", opening.settings.what), None));
        }
        Ok(Self { link, client: opening.settings.secret("client-token")?, captured: Captured::default() })
    }

    fn request(&self, method: Method, path: &str, purpose: &str) -> Request {
        let url = self.link.base.at(&format!("/api/admin{path}"));
        Request::new(method, url, purpose).secret("Authorization", "", self.link.token.as_ref())
    }

    /// The path of a flag's environment.
    fn path(target: &Target) -> Result<String, Fault> {
        Ok(format!(
            "/projects/{}/features/{}/environments/{}",
            encode(binding(target, "project")?),
            encode(binding(target, "flag")?),
            encode(binding(target, "environment")?)
        ))
    }

    fn reads(&self, target: &Target, purpose: &str) -> Result<[Request; 2], Fault> {
        let path = Self::path(target)?;
        Ok([
            self.request(Method::Get, &path, purpose),
            self.request(Method::Get, &format!("{path}/strategies"), purpose),
        ])
    }

    fn consumer(&self, target: &Target) -> Result<Option<Request>, Fault> {
        let url = self.link.base.at(&format!("/api/client/features/{}", encode(binding(target, "flag")?)));
        let read = Request::get(url, "read back as a consumer sees it");
        Ok(self.client.as_ref().map(|client| read.secret("Authorization", "", Some(client))))
    }

    async fn state(&self, target: &Target, until: Deadline) -> Result<State, Fault> {
        let what =
            format!("flag {} in {}", safe::line(binding(target, "flag")?), safe::line(binding(target, "environment")?));
        let odd =
            || Fault { before_sending: false, ..fault(format!("{what}: the answer is not a flag's state"), None) };
        let [whole, strategies] = self.reads(target, "capture prior state")?;
        let whole = self.link.read(&whole, until).await.state(&what)?;
        let strategies = self.link.read(&strategies, until).await.state(&what)?;
        let strategies = strategies.as_array().ok_or_else(odd)?;
        let strategies = strategies
            .iter()
            .map(|s| Some((Some(s.get("id")?.as_str()?.to_owned()), state::meaning(s))))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(odd)?;
        Ok(State { enabled: whole.get("enabled").and_then(Value::as_bool).ok_or_else(odd)?, strategies })
    }

    /// The requests that lead from one state to another. Off comes first and on comes last, so that nothing in between
    /// is more than both ends.
    fn between(&self, target: &Target, from: &State, to: &State) -> Result<Vec<Request>, Fault> {
        let path = Self::path(target)?;
        let switch = |to: &str, purpose| self.request(Method::Post, &format!("{path}/{to}"), purpose);
        let mut requests = Vec::new();
        if from.enabled && !to.enabled {
            requests.push(switch("off", "switch off"));
        }
        let longest = from.strategies.len().max(to.strategies.len());
        for i in 0..longest {
            let id = |s: &(Option<String>, Value)| match &s.0 {
                Some(id) => encode(id),
                None => format!("{{prior.strategies.{i}.id}}"),
            };
            match (from.strategies.get(i), to.strategies.get(i)) {
                (Some(old), Some(new)) if old.1 != new.1 => {
                    let at = format!("{path}/strategies/{}", id(old));
                    requests.push(self.request(Method::Put, &at, "set the strategy").json(new.1.clone()));
                }
                (None, Some(new)) => {
                    let at = format!("{path}/strategies");
                    requests.push(self.request(Method::Post, &at, "add the strategy").json(new.1.clone()));
                }
                (Some(old), None) => {
                    let at = format!("{path}/strategies/{}", id(old));
                    requests.push(self.request(Method::Delete, &at, "remove the strategy"));
                }
                _ => {}
            }
        }
        if !from.enabled && to.enabled {
            requests.push(switch("on", "switch on"));
        }
        Ok(requests)
    }

    fn off(&self, target: &Target) -> Result<Request, Fault> {
        Ok(self.request(Method::Post, &format!("{}/off", Self::path(target)?), "switch off"))
    }

    /// The requests of an order, with what it was before and what it will be.
    async fn resolve(&self, order: &Order<'_>, until: Deadline) -> Result<(State, State, Vec<Request>), Fault> {
        let wanted = match order.way {
            Way::Do => Some(wanted(order).ok_or_else(|| self.link.cannot(order))??),
            Way::Undo(_) => None,
        };
        let now = match order.after {
            Some(after) => State::parse(after).ok_or_else(|| not_state(order))?,
            None => self.state(order.target, until).await?,
        };
        let then = match (order.way, wanted) {
            (Way::Do, Some(wanted)) => wanted.applied(&now, binding(order.target, "flag")?)?,
            (Way::Undo(prior), _) => State::parse(prior).ok_or_else(|| not_state(order))?,
            (Way::Do, None) => return Err(self.link.cannot(order)),
        };
        let requests =
            if stops(order) { vec![self.off(order.target)?] } else { self.between(order.target, &now, &then)? };
        Ok((now, then, requests))
    }

    /// A client token belongs to one environment and says which, unless it is of an old form.
    async fn other_environment(&self, target: &Target) -> Result<Option<String>, Fault> {
        let Some(client) = &self.client else { return Ok(None) };
        let token = self.link.transport.vault().fetch(client).await?;
        let scope = token.expose().rsplit_once('.').and_then(|(scope, _)| scope.rsplit_once(':')).map(|(_, e)| e);
        let ours = binding(target, "environment")?;
        Ok(scope.filter(|e| *e != ours).map(|theirs| {
            format!(
                "`client-token` is for environment {}, but the flag is bound to {}",
                safe::excerpt(theirs, 40),
                safe::line(ours)
            )
        }))
    }
}

fn wanted(order: &Order<'_>) -> Option<Result<Wanted, Fault>> {
    let levels = order.target.binding.get("levels");
    let safest = levels.and_then(|l| l.get(0)).and_then(Value::as_str);
    match &order.step.act {
        Act::SetControl { to, .. } => Some(Wanted::of(to, safest)),
        _ => None,
    }
}

/// Whether an order only switches off: it is sent whatever the state is, because twice is harmless.
fn stops(order: &Order<'_>) -> bool {
    matches!((order.way, wanted(order)), (Way::Do, Some(Ok(Wanted::Off))))
}

fn not_state(order: &Order<'_>) -> Fault {
    fault(format!("{}: there is no captured state to put back", safe::line(&order.target.label)), None)
}

impl Adapter for Unleash {
    fn link(&self) -> &Link {
        &self.link
    }

    fn requests_of(&self, order: &Order<'_>) -> Result<Vec<Request>, Fault> {
        if matches!(order.step.act, Act::Capture { .. }) {
            return evidence::requests(&self.link, order.target);
        }
        let mut requests = self.reads(order.target, "capture prior state")?.to_vec();
        let assumed = |enabled| State {
            enabled,
            strategies: vec![(None, state::rollout(binding(order.target, "flag").unwrap_or("?")))],
        };
        let (from, to) = match (order.way, wanted(order)) {
            (Way::Undo(prior), _) => {
                let to = State::parse(prior).ok_or_else(|| not_state(order))?;
                (State { enabled: !to.enabled, ..to.clone() }, to)
            }
            (Way::Do, Some(wanted)) => {
                let wanted = wanted?;
                let from = assumed(matches!(wanted, Wanted::Off));
                let to = wanted.applied(&from, binding(order.target, "flag")?)?;
                (from, to)
            }
            (Way::Do, None) => return Err(self.link.cannot(order)),
        };
        requests.extend(self.between(order.target, &from, &to)?);
        requests.extend(self.consumer(order.target)?);
        Ok(requests)
    }

    async fn prepare_order(&self, order: &Order<'_>, until: Deadline) -> Result<Prepared, Fault> {
        let account = format!("project {}", safe::line(binding(order.target, "project")?));
        if matches!(order.step.act, Act::Capture { .. }) {
            let requests = link::views(&evidence::requests(&self.link, order.target)?);
            return Ok(Prepared { prior: Value::Null, leaves: Value::Null, requests, undo: Vec::new(), account });
        }
        let (now, then, requests) = self.resolve(order, until).await?;
        let undo = match order.way {
            Way::Do => self.between(order.target, &then, &now)?,
            Way::Undo(_) => Vec::new(),
        };
        let account = format!("{account}, environment {}", safe::line(binding(order.target, "environment")?));
        Ok(Prepared {
            prior: now.value(),
            leaves: then.value(),
            requests: link::views(&requests),
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
        let label = &order.target.label;
        if let Act::Capture { since } = &order.step.act {
            return evidence::capture(&self.link, &self.captured, order, *since, until).await;
        }
        let requests = if stops(order) {
            // Nothing is read before a stop.
            vec![self.off(order.target)?]
        } else {
            let (now, then, requests) = self.resolve(order, until).await?;
            let expected = prepared.is_none_or(|p| now.value() == p.prior || now.value() == then.value());
            if !expected && order.step.direction != Direction::Lowers {
                return Err(fault(format!("{}: the flag changed after this was prepared", safe::line(label)), None));
            }
            requests
        };
        let mut sight = self.link.act(label, &requests, &[], |_| Again::Harmless, until).await;
        if sight.seen.status == Some(403) {
            sight.seen.says = format!("{}; {CHANGE_REQUESTS}", sight.seen.says);
        }
        Ok(sight)
    }

    async fn probe_order(
        &self,
        order: &Order<'_>,
        _prepared: Option<&Prepared>,
        until: Deadline,
    ) -> Result<Sight<Verdict>, Fault> {
        let label = &order.target.label;
        if matches!(order.step.act, Act::Capture { .. }) {
            return Ok(self.captured.proof(order));
        }
        let mut wanted = match order.way {
            Way::Do => wanted(order).ok_or_else(|| self.link.cannot(order))??,
            Way::Undo(_) => Wanted::Off,
        };
        if let Way::Undo(prior) = order.way {
            // The whole of what was captured, then what consumers make of it.
            let now = self.state(order.target, until).await?;
            if now.value() != *prior {
                let says = "the flag is not as it was captured".to_owned();
                return Ok(Sight { is: Verdict::Fail, ..answer::untold(label, says) });
            }
            if now.enabled {
                wanted = Wanted::On;
            }
        }
        let Some(read) = self.consumer(order.target)? else {
            let now = self.state(order.target, until).await?;
            return Ok(if wanted.holds(now.enabled, &now.value()["strategies"]) {
                let says = "the Admin API says so, but nothing proves what consumers are told; give `client-token`, a \
                            backend token of this environment";
                answer::untold(label, says.to_owned())
            } else {
                let says = "the Admin API says that it is not so".to_owned();
                Sight { is: Verdict::Fail, ..answer::untold(label, says) }
            });
        };
        if let Some(why) = self.other_environment(order.target).await? {
            return Ok(answer::untold(label, why));
        }
        let answer = self.link.read(&read, until).await;
        let flag = match answer.document() {
            Ok(flag) => flag,
            Err(why) => return Ok(answer.inconclusive(label, &why)),
        };
        let name = binding(order.target, "flag")?;
        let (Some(enabled), true) = (flag["enabled"].as_bool(), flag["name"] == name) else {
            return Ok(answer.inconclusive(label, "the answer is not this flag as a consumer sees it"));
        };
        let is = if wanted.holds(enabled, &flag["strategies"]) { Verdict::Pass } else { Verdict::Fail };
        Ok(answer.verdict(is, label, format!("consumers see {}", state::shown(enabled, &flag["strategies"]))))
    }

    async fn check_access(&self, needed: &[Needed], until: Deadline) -> Access {
        self.access(needed, until).await
    }

    async fn check_needed(&self, needed: &Needed, until: Deadline) -> Result<Vec<Checked>, Fault> {
        self.check_flag(needed, until).await
    }
}
