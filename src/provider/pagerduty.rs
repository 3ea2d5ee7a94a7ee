//! PagerDuty: pages through the Events API v2, proven through the REST API where a token is set.
//!
//! Facts of the official descriptions: the Events API answers 202 before it has processed anything, and deduplicates by
//! `dedup_key` (at most 255 characters); an incident that an event opened carries that key as `incident_key`. A page can't
//! be taken back. Must not put outside text into a page: the summary is the program's own.

use serde_json::{Value, json};

use super::answer::{self, fault};
use super::link::{self, Link, needs, takes};
use super::request::{Base, Method, Request, Table, encode};
use super::secret::Reference;
use super::transport::{Again, Deadline, Shared};
use crate::model::catalog::{Ability, Capability, Holds, Kind};
use crate::plan::{Act, Measure, Proof, Repeat, Target};
use crate::port::{CheckNote, Fault, Fut, Order, Prepared, Provider, Sight, SignalReading, Way};
use crate::run::event::{Outcome, Verdict};
use crate::run::record::RequestView;
use crate::text::time::Millis;

/// Longest `summary` that the Events API takes.
const SUMMARY: usize = 1024;

pub(super) const KIND: Kind = Kind {
    name: "pagerduty",
    about: "PagerDuty: pages through the Events API v2, proven through the REST API where `token` is set",
    settings: &[
        needs("url", Holds::Url, "the Events API, such as https://events.pagerduty.com"),
        needs("routing-key", Holds::Secret, "the integration key of the service that is paged"),
        takes("rest-url", Holds::Url, "the REST API, such as https://api.pagerduty.com"),
        takes("token", Holds::Secret, "a read-only REST key: proves that a page became an incident"),
        takes("from", Holds::Text, "the address of a valid user, sent as `From` where the API asks for one"),
    ],
    shared: &[],
    ability: |capability, _, settings| match capability {
        Capability::Paging => {
            let proven = settings.contains_key("token") && settings.contains_key("rest-url");
            let proof = if proven { Proof::ReadBack } else { Proof::Accepted };
            Some(Ability { keys: &[], open: false, repeat: Repeat::Keyed, proof })
        }
        _ => None,
    },
};

pub(super) struct PagerDuty {
    link: Link,
    routing: Reference,
    rest: Option<Base>,
    from: Option<String>,
}

impl PagerDuty {
    pub(super) fn open(
        name: &str,
        settings: &Table<'_>,
        transport: &Shared,
        environment: Option<&str>,
    ) -> Result<Self, Fault> {
        let link = Link::open(name, settings, transport, environment)?;
        let routing = settings
            .secret("routing-key")?
            .ok_or_else(|| fault(format!("{}: `routing-key` is missing", settings.what), None))?;
        let rest = settings.maybe("rest-url").map(|_| settings.base("rest-url")).transpose()?;
        Ok(Self { link, routing, rest, from: settings.maybe("from").map(str::to_owned) })
    }

    fn page(&self, order: &Order<'_>) -> Result<Request, Fault> {
        let (Act::Page { to, severity, summary }, Way::Do) = (&order.step.act, order.way) else {
            return Err(self.link.cannot(order));
        };
        let summary: String = order.text.unwrap_or(summary).chars().take(SUMMARY).collect();
        let severity = match severity.as_str() {
            known @ ("critical" | "error" | "warning" | "info") => known,
            _ => "critical",
        };
        let mut request = Request::new(Method::Post, self.link.base.at("/v2/enqueue"), "page").json(json!({
            "routing_key": "",
            "event_action": "trigger",
            "dedup_key": key(order),
            "payload": {
                "summary": summary,
                "source": "aigov",
                "severity": severity,
                "component": order.step.id,
                "custom_details": { "run": order.run, "environment": order.environment, "to": to },
            },
            "client": "aigov",
        }));
        request.sealed.push(("routing_key".to_owned(), self.routing.clone()));
        Ok(request)
    }

    fn rest(&self, path: &str, purpose: &str) -> Option<Request> {
        let (rest, token) = (self.rest.as_ref()?, self.link.token.as_ref()?);
        let mut request = Request::get(rest.at(path), purpose)
            .secret("Authorization", "Token token=", Some(token))
            .header("Accept", "application/vnd.pagerduty+json;version=2")
            .header("Content-Type", "application/json");
        if let Some(from) = &self.from {
            request = request.header("From", from);
        }
        Some(request)
    }

    fn look_up(&self, order: &Order<'_>) -> Option<Request> {
        self.rest(&format!("/incidents?incident_key={}", encode(key(order))), "read back the incident")
    }

    async fn probe_order(&self, order: &Order<'_>, limit: Millis) -> Result<Sight<Verdict>, Fault> {
        self.link.guard(order)?;
        let label = &order.target.label;
        let Some(read) = self.look_up(order) else {
            let says = "accepted; unproven, since no REST token is set".to_owned();
            return Ok(Sight { is: Verdict::Accepted, ..answer::untold(label, says) });
        };
        let answer = self.link.read(&read, Deadline::after(limit)).await;
        let document = match answer.document() {
            Ok(document) => document,
            Err(why) => return Ok(answer.inconclusive(label, &why)),
        };
        let Some(incidents) = document["incidents"].as_array() else {
            return Ok(answer.inconclusive(label, "the answer is not a list of incidents"));
        };
        let ours = incidents.iter().find(|i| i["incident_key"] == key(order));
        Ok(match ours {
            Some(incident) => {
                let number = incident["incident_number"].as_u64().map_or_else(String::new, |n| format!(" {n}"));
                answer.verdict(Verdict::Pass, label, format!("it became incident{number}"))
            }
            None => answer.verdict(Verdict::Fail, label, "no incident carries this key yet".to_owned()),
        })
    }
}

/// The deduplication key, or its place before it is fixed.
fn key<'a>(order: &Order<'a>) -> &'a str {
    if order.key.is_empty() { "{key}" } else { order.key }
}

impl Provider for PagerDuty {
    fn describe(&self, order: &Order<'_>) -> Vec<RequestView> {
        let requests: Vec<Request> = self.page(order).into_iter().chain(self.look_up(order)).collect();
        link::views(&requests)
    }

    fn prepare<'a>(&'a self, order: &'a Order<'a>) -> Fut<'a, Result<Prepared, Fault>> {
        Box::pin(async move {
            self.link.guard(order)?;
            let requests = link::views(&[self.page(order)?]);
            let account = format!("routing key {}", self.routing.label());
            Ok(Prepared { prior: Value::Null, leaves: Value::Null, requests, undo: Vec::new(), account })
        })
    }

    fn perform<'a>(
        &'a self,
        order: &'a Order<'a>,
        _prepared: Option<&'a Prepared>,
        limit: Millis,
    ) -> Fut<'a, Sight<Outcome>> {
        Box::pin(async move {
            let page = match self.link.guard(order).and_then(|()| self.page(order)) {
                Ok(page) => page,
                Err(f) => return link::refused(order, &f),
            };
            // Without a fixed key nothing deduplicates, so nothing is sent twice.
            let again = if order.key.is_empty() { Again::Never } else { Again::Harmless };
            self.link.act(&order.target.label, &[page], &[], again, Deadline::after(limit)).await
        })
    }

    fn probe<'a>(
        &'a self,
        order: &'a Order<'a>,
        _prepared: Option<&'a Prepared>,
        limit: Millis,
    ) -> Fut<'a, Sight<Verdict>> {
        Box::pin(async move {
            self.probe_order(order, limit).await.unwrap_or_else(|f| answer::untold(&order.target.label, f.says))
        })
    }

    fn measure<'a>(&'a self, measure: &'a Measure, _limit: Millis) -> Fut<'a, Result<SignalReading, Fault>> {
        Box::pin(async move { Err(link::no_signals(&self.link.name, measure)) })
    }

    fn check<'a>(&'a self, targets: &'a [Target], limit: Millis) -> Fut<'a, Vec<CheckNote>> {
        Box::pin(async move {
            let Some(read) = self.rest("/incidents?limit=1", "check") else {
                let says = "no REST token is set: a page can be sent and never proven".to_owned();
                return vec![CheckNote { what: "proof of pages".to_owned(), ok: None, says }];
            };
            let answer = link::judged(self.link.read(&read, Deadline::after(limit)).await);
            let what = targets.first().map_or("paging", |t| t.label.as_str());
            vec![link::note(&format!("REST token for {what}"), &answer)]
        })
    }
}

#[cfg(test)]
mod tests;
