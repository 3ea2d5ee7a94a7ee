//! The adapter for PagerDuty against the official descriptions of its Events API and its REST API.

use std::sync::{Arc, Mutex};

use aigov::plan::checked::{Aspect, Standing};
use aigov::plan::{Act, Proof, Target};
use aigov::run::event::{Outcome, Verdict};
use aigov::text::time::Millis;
use serde_json::{Value, json};

use crate::contract::Contract;
use crate::open::Opened;
use crate::orders::{Job, wait};
use crate::scan;
use crate::wire::{Answer, Asked};

const ROUTING_KEY: &str = "0123456789abcdef0123456789abcdef";
const TOKEN: &str = "pagerduty-suite-token";

/// Both APIs, and the events that one has taken and the other shows as incidents.
struct Suite {
    events: Contract,
    rest: Contract,
    taken: Arc<Mutex<Vec<Value>>>,
}

impl Suite {
    fn new(shows: bool) -> Option<Self> {
        let taken: Arc<Mutex<Vec<Value>>> = Arc::default();
        let (write, read) = (Arc::clone(&taken), Arc::clone(&taken));
        let events = Contract::new("AIGOV_SUITE_PAGERDUTY_EVENTS", "pagerduty-events-v2.json", "/v2", move |asked| {
            let event: Value = serde_json::from_slice(&asked.body).unwrap();
            let key = event["dedup_key"].clone();
            write.lock().unwrap().push(event);
            let body = json!({ "status": "success", "message": "Event processed", "dedup_key": key });
            Some(Answer::new(202, "application/json", body.to_string()))
        })?;
        let rest = Contract::new("AIGOV_SUITE_PAGERDUTY_REST", "pagerduty-rest.json", "", move |asked| {
            if asked.path().ends_with("/oncalls") {
                return None;
            }
            Some(incidents(asked, if shows { &read } else { return Some(none()) }))
        })?;
        Some(Self { events, rest, taken })
    }

    fn open(&self, token: Option<&str>) -> Opened {
        let (url, rest) = (self.events.url(), self.rest.url());
        let mut secrets = vec![("routing-key", ROUTING_KEY)];
        secrets.extend(token.map(|t| ("token", t)));
        Opened::with_texts("pagerduty", &url, &secrets, &[("rest-url", &rest), ("from", "oncall@example.com")])
    }
}

fn none() -> Answer {
    Answer::new(
        200,
        "application/json",
        json!({ "incidents": [], "limit": 25, "offset": 0, "more": false }).to_string(),
    )
}

fn incidents(asked: &Asked, taken: &Mutex<Vec<Value>>) -> Answer {
    if asked.header("authorization") != Some(&format!("Token token={TOKEN}")) {
        return Answer::new(
            401,
            "application/json",
            json!({ "error": { "message": "Unauthorized", "code": 2006 } }).to_string(),
        );
    }
    let wanted =
        asked.target.split_once("incident_key=").map(|(_, k)| k.split('&').next().unwrap_or_default().to_owned());
    let found: Vec<Value> = taken
        .lock()
        .unwrap()
        .iter()
        .enumerate()
        .filter(|(_, e)| wanted.as_deref().is_none_or(|w| e["dedup_key"] == w))
        .map(|(i, e)| {
            json!({ "id": format!("PINC{i}"), "type": "incident", "incident_key": e["dedup_key"], "status": "triggered",
                    "title": e["payload"]["summary"], "urgency": "high", "created_at": "2026-11-23T02:00:00Z" })
        })
        .collect();
    Answer::new(
        200,
        "application/json",
        json!({ "incidents": found, "limit": 25, "offset": 0, "more": false }).to_string(),
    )
}

fn page() -> Job {
    let act = Act::Page {
        to: vec!["ada".into()],
        severity: "critical".into(),
        summary: "support-replies: fabricated content reached customers".into(),
    };
    Job::new(act, "pagerduty", &json!({}))
}

#[test]
fn a_page_is_sent_once_and_found_again() {
    let Some(suite) = Suite::new(true) else { return };
    let opened = suite.open(Some(TOKEN));
    page().proof(Proof::ReadBack).done(opened.provider());
    let taken = suite.taken.lock().unwrap().clone();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0]["event_action"], "trigger");
    assert_eq!(taken[0]["routing_key"], ROUTING_KEY);
    assert_eq!(taken[0]["payload"]["severity"], "critical");
    assert!(taken[0]["dedup_key"].as_str().is_some_and(|k| !k.is_empty() && k.len() <= 255), "{taken:?}");
    for field in ["summary", "source"] {
        assert!(taken[0]["payload"][field].as_str().is_some_and(|t| !t.is_empty()), "{field}: {taken:?}");
    }
    suite.events.assert_kept();
    suite.rest.assert_kept();
}

#[test]
fn a_page_that_is_repeated_carries_the_same_key() {
    let Some(suite) = Suite::new(true) else { return };
    let opened = suite.open(Some(TOKEN));
    page().done(opened.provider());
    page().done(opened.provider());
    let taken = suite.taken.lock().unwrap();
    assert_eq!(taken[0]["dedup_key"], taken[1]["dedup_key"], "the pager counts them as one");
}

#[test]
fn without_a_token_a_page_is_accepted_and_not_proven() {
    let Some(suite) = Suite::new(true) else { return };
    let opened = suite.open(None);
    let job = page().proof(Proof::Accepted);
    let prepared = job.prepare(opened.provider()).unwrap();
    assert_eq!(job.perform(opened.provider(), &prepared).is, Outcome::Done);
    assert_eq!(job.probe(opened.provider(), &prepared).is, Verdict::Accepted);
    assert!(suite.rest.asked().is_empty(), "nobody to ask");
    suite.events.assert_kept();
}

#[test]
fn a_page_that_made_no_incident_is_not_proven() {
    let Some(suite) = Suite::new(false) else { return };
    let opened = suite.open(Some(TOKEN));
    let job = page().proof(Proof::ReadBack);
    let prepared = job.prepare(opened.provider()).unwrap();
    assert_eq!(job.perform(opened.provider(), &prepared).is, Outcome::Done, "202 is an outcome");
    assert_ne!(job.probe(opened.provider(), &prepared).is, Verdict::Pass, "and not an effect");
    suite.rest.assert_kept();
}

#[test]
fn whoever_is_on_call_is_asked_as_the_description_has_it() {
    // The description's own example: Tim Wright, by the Daily Engineering Rotation, level 2.
    for (key, id) in [("schedule", "PI7DH85"), ("escalation-policy", "PT20YPA")] {
        let Some(suite) = Suite::new(true) else { return };
        let opened = suite.open(Some(TOKEN));
        let binding = json!({ key: id }).as_object().cloned().unwrap();
        let target = Target { provider: "suite".into(), kind: "pagerduty".into(), binding, label: "any-sre".into() };
        let found = wait(opened.provider().on_call(&target, Millis(5_000)));
        suite.rest.assert_kept();
        let found = found.unwrap();
        assert_eq!(
            found.iter().map(|o| (o.id.as_str(), o.name.as_str())).collect::<Vec<_>>(),
            [("PT23IWX", "Tim Wright")]
        );
        assert!(found[0].until.is_some(), "{found:?}");
    }
}

#[test]
fn nothing_that_is_shown_or_kept_holds_the_routing_key() {
    let Some(suite) = Suite::new(true) else { return };
    let opened = suite.open(Some(TOKEN));
    let job = page();
    let prepared = job.prepare(opened.provider()).unwrap();
    let performed = job.perform(opened.provider(), &prepared);
    let proved = job.probe(opened.provider(), &prepared);
    let shown = format!("{:?} {prepared:?} {performed:?} {proved:?}", job.describe(opened.provider()));
    scan::clean("what is shown", shown.as_bytes(), ROUTING_KEY);
    scan::clean("what is shown", shown.as_bytes(), TOKEN);
}

#[test]
fn a_check_asks_only_what_the_description_has_and_pages_nobody() {
    let Some(suite) = Suite::new(true) else { return };
    let look = |token: Option<&str>| wait(suite.open(token).provider().check(&[], crate::orders::LIMIT));
    let good = look(Some(TOKEN));
    assert!(good.iter().all(|n| n.is == Standing::Ok), "{good:?}");
    let wrong = look(Some("pagerduty-not-this-token"));
    assert!(wrong.iter().any(|n| n.aspect == Aspect::Credential && n.is == Standing::Wrong), "{wrong:?}");
    scan::clean("the check", format!("{wrong:?}").as_bytes(), "pagerduty-not-this-token");
    assert!(look(None).iter().any(|n| n.is == Standing::Note));
    assert!(suite.events.asked().is_empty() && suite.taken.lock().unwrap().is_empty());
    suite.rest.assert_kept();
}
