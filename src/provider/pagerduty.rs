//! PagerDuty: pages by Events API v2, proven by the REST API where a token is set.
//!
//! Facts from the official descriptions: an event is 202 before anything is done with it, so it proves nothing; the
//! deduplication key makes a repetition harmless; a page can't be taken back. Who is on call is in [`on_call`]. The REST API wants a content type even on
//! reads, and a version in `Accept`, which stricter servers in between may refuse with 406: then it is asked plainly.

mod on_call;

use serde_json::{Map, Value, json};

use super::adapter::Adapter;
use super::answer::{self, Answer, fault};
use super::checks::Access;
use super::link::{Link, Opening, needs, takes};
use super::request::{Base, Method, Request, encode};
use super::secret::Reference;
use super::transport::{Again, Deadline};
use crate::model::catalog::{Ability, Capability, Holds, Kind, nothing};
use crate::plan::checked::Checked;
use crate::plan::needed::Needed;
use crate::plan::{Act, Proof, Repeat, Target};
use crate::port::{Fault, OnDuty, Order, Prepared, Sight, Way};
use crate::run::event::{Outcome, Verdict};
use crate::text::safe;

pub(super) const KIND: Kind = Kind {
    name: "pagerduty",
    about: "PagerDuty: pages by Events API v2, proven by the REST API where a token is set",
    settings: &[
        needs("url", Holds::Url, "the Events API, such as https://events.pagerduty.com"),
        needs("routing-key", Holds::Secret, "the integration key of the service that is paged"),
        takes("rest-url", Holds::Url, "the REST API, such as https://api.pagerduty.com"),
        takes(
            "token",
            Holds::Secret,
            "a REST API key that may read incidents and on-calls: proves that a page became an incident",
        ),
        takes(
            "from",
            Holds::Text,
            "the e-mail address of a user, sent with REST requests where an account asks for it",
        ),
    ],
    shared: &[],
    ability: |capability, _, settings| match capability {
        Capability::Paging => {
            let proven = settings.contains_key("token") && settings.contains_key("rest-url");
            let proof = if proven { Proof::ReadBack } else { Proof::Accepted };
            Some(Ability { keys: &[], open: false, repeat: Repeat::Keyed, proof })
        }
        Capability::OnCall if settings.contains_key("token") && settings.contains_key("rest-url") => {
            Some(Ability { keys: on_call::KEYS, open: false, repeat: Repeat::Harmless, proof: Proof::ReadBack })
        }
        _ => None,
    },
    lacks: nothing,
};

const VERSIONED: &str = "application/vnd.pagerduty+json;version=2";
/// The longest summary that is taken.
const SUMMARY: usize = 1_024;

pub(super) struct PagerDuty {
    link: Link,
    routing: Reference,
    rest: Option<Base>,
    from: Option<String>,
}

impl PagerDuty {
    pub(super) fn open(opening: &Opening<'_>) -> Result<Self, Fault> {
        let routing = opening.settings.secret("routing-key")?;
        let routing =
            routing.ok_or_else(|| fault(format!("{}: `routing-key` is missing", opening.settings.what), None))?;
        let rest = opening.settings.maybe("rest-url").map(|_| opening.settings.base("rest-url")).transpose()?;
        let from = opening.settings.maybe("from").map(str::to_owned);
        Ok(Self { link: Link::open(opening)?, routing, rest, from })
    }

    /// The key that makes two events one incident.
    fn key(order: &Order<'_>) -> String {
        if order.key.is_empty() { format!("aigov/{}/{}", order.run, order.step.id) } else { order.key.to_owned() }
    }

    fn event(&self, order: &Order<'_>, key: &str) -> Result<Request, Fault> {
        let (Act::Page { to, severity, summary }, Way::Do) = (&order.step.act, order.way) else {
            return Err(self.link.cannot(order));
        };
        let mut lines = order.text.unwrap_or(summary).lines();
        let summary: String = lines.next().unwrap_or(summary).chars().take(SUMMARY).collect();
        let mut details = Map::new();
        for line in lines {
            // Each line says what it tells before the colon; one that does not stands by itself.
            let (what, says) = line.split_once(": ").unwrap_or(("note", line));
            details.insert(what.to_owned(), json!(says));
        }
        for (what, says) in
            [("run", order.run.to_owned()), ("environment", order.environment.to_owned()), ("for", to.join(", "))]
        {
            details.insert(what.to_owned(), json!(says));
        }
        let body = json!({
            "routing_key": Value::Null,
            "event_action": "trigger",
            "dedup_key": key,
            "payload": {
                "summary": summary,
                "source": format!("aigov run {}", order.run),
                "severity": severity,
                "custom_details": details,
            },
            "client": "aigov",
        });
        let mut request = Request::new(Method::Post, self.link.base.at("/v2/enqueue"), "page").json(body);
        request.sealed.push(("routing_key".to_owned(), self.routing.clone()));
        Ok(request)
    }

    /// The answer to the first of two ways of asking the same, or to the second where the server refuses the first's type.
    async fn either(&self, read: &Request, plain: &Request, until: Deadline) -> Answer {
        let first = self.link.read(read, until).await;
        if first.status() != Some(406) {
            return first;
        }
        let second = self.link.read(plain, until).await;
        Answer { requests: first.requests + second.requests, ..second }
    }

    /// A read of the REST API, where there is one and a token for it.
    fn read(&self, path: &str, purpose: &str, accept: &str) -> Option<Request> {
        let (rest, token) = (self.rest.as_ref()?, self.link.token.as_ref()?);
        let request = Request::get(rest.at(path), purpose)
            .secret("Authorization", "Token token=", Some(token))
            .header("Accept", accept)
            .header("Content-Type", "application/json");
        Some(match &self.from {
            Some(from) => request.header("From", from),
            None => request,
        })
    }

    fn incidents(&self, key: &str, accept: &str) -> Option<Request> {
        self.read(&format!("/incidents?incident_key={}", encode(key)), "look the incident up", accept)
    }
}

impl Adapter for PagerDuty {
    fn link(&self) -> &Link {
        &self.link
    }

    fn requests_of(&self, order: &Order<'_>) -> Result<Vec<Request>, Fault> {
        let key = if order.key.is_empty() { "{key}" } else { order.key };
        let mut requests = vec![self.event(order, key)?];
        requests.extend(self.incidents(key, VERSIONED).map(|mut look| {
            look.url = look.url.replace("%7Bkey%7D", "{key}");
            look
        }));
        Ok(requests)
    }

    async fn prepare_order(&self, order: &Order<'_>, _until: Deadline) -> Result<Prepared, Fault> {
        let key = if order.key.is_empty() { "{key}" } else { order.key };
        Ok(Prepared {
            prior: Value::Null,
            leaves: Value::Null,
            requests: vec![self.event(order, key)?.view()],
            undo: Vec::new(),
            account: format!("integration {}", self.routing.label()),
        })
    }

    async fn perform_order(
        &self,
        order: &Order<'_>,
        _prepared: Option<&Prepared>,
        until: Deadline,
    ) -> Result<Sight<Outcome>, Fault> {
        let event = self.event(order, &Self::key(order))?;
        // The key makes a repetition harmless.
        Ok(self.link.act(&order.target.label, &[event], &[], |_| Again::Harmless, until).await)
    }

    async fn probe_order(
        &self,
        order: &Order<'_>,
        _prepared: Option<&Prepared>,
        until: Deadline,
    ) -> Result<Sight<Verdict>, Fault> {
        let label = &order.target.label;
        let key = Self::key(order);
        let (Some(read), Some(plain)) = (self.incidents(&key, VERSIONED), self.incidents(&key, "application/json"))
        else {
            let says =
                "accepted by the Events API; without `rest-url` and `token` nothing proves that somebody was paged";
            return Ok(Sight { is: Verdict::Accepted, ..answer::untold(label, says.to_owned()) });
        };
        let answer = self.either(&read, &plain, until).await;
        let document = match answer.document() {
            Ok(document) => document,
            Err(why) => return Ok(answer.inconclusive(label, &why)),
        };
        let Some(incidents) = document["incidents"].as_array() else {
            return Ok(answer.inconclusive(label, "the answer is not a list of incidents"));
        };
        // The list may be of others: a server that ignores the parameter answers with all.
        let ours = incidents.iter().find(|i| i["incident_key"] == key.as_str());
        Ok(match ours {
            Some(incident) => {
                let text = |k: &str| safe::excerpt(incident[k].as_str().unwrap_or("?"), 60);
                answer.verdict(Verdict::Pass, label, format!("incident {} is {}", text("id"), text("status")))
            }
            None => answer.verdict(Verdict::Fail, label, "no incident with the key of this page".to_owned()),
        })
    }

    async fn read_on_call(&self, target: &Target, until: Deadline) -> Result<Vec<OnDuty>, Fault> {
        self.on_duty(target, until).await
    }

    async fn check_access(&self, _needed: &[Needed], until: Deadline) -> Access {
        self.access(until).await
    }

    async fn check_needed(&self, needed: &Needed, until: Deadline) -> Result<Vec<Checked>, Fault> {
        self.check_schedule(needed, until).await
    }
}

mod check;
#[cfg(test)]
mod tests;
