//! Evidence out of Unleash: the flag as it is and who changed it when.

use serde_json::{Value, json};

use crate::plan::Target;
use crate::port::{Fault, Order, Sight};
use crate::provider::answer::Answer;
use crate::provider::evidence::{Captured, cutoff};
use crate::provider::link::{Link, binding};
use crate::provider::request::{Request, encode};
use crate::provider::transport::Deadline;
use crate::run::event::Outcome;
use crate::text::time::{Instant, Millis};

/// Events asked for at once, and at most in all.
const PAGE: usize = 100;
const MOST: usize = 2_000;

/// The flag in all environments.
pub(super) fn whole(link: &Link, target: &Target) -> Result<Request, Fault> {
    let (project, flag) = (encode(binding(target, "project")?), encode(binding(target, "flag")?));
    let url = link.base.at(&format!("/api/admin/projects/{project}/features/{flag}"));
    Ok(Request::get(url, "capture the flag").secret("Authorization", "", link.token.as_ref()))
}

fn events(link: &Link, target: &Target, offset: usize) -> Result<Request, Fault> {
    let flag = encode(binding(target, "flag")?);
    let path = format!("/api/admin/search/events?feature=IS%3A{flag}&limit={PAGE}&offset={offset}");
    Ok(Request::get(link.base.at(&path), "capture its history").secret("Authorization", "", link.token.as_ref()))
}

pub(super) fn requests(link: &Link, target: &Target) -> Result<Vec<Request>, Fault> {
    Ok(vec![whole(link, target)?, events(link, target, 0)?])
}

/// Reads the flag and its events back to `since`, newest first.
pub(super) async fn capture(
    link: &Link,
    captured: &Captured,
    order: &Order<'_>,
    since: Millis,
    until: Deadline,
) -> Result<Sight<Outcome>, Fault> {
    let label = &order.target.label;
    let answer = link.read(&whole(link, order.target)?, until).await;
    let mut requests = answer.requests;
    let flag = match answer.document() {
        Ok(flag) => flag,
        Err(says) => return Ok(Captured::failed(&answer, label, &says)),
    };
    let from = cutoff(&answer, since);
    let mut history: Vec<Value> = Vec::new();
    loop {
        let answer = link.read(&events(link, order.target, history.len())?, until).await;
        requests += answer.requests;
        let page = match answer.document() {
            Ok(page) => page,
            Err(says) => return Ok(Captured::failed(&Answer { requests, ..answer }, label, &says)),
        };
        let Some(list) = page["events"].as_array() else {
            return Ok(Captured::failed(&Answer { requests, ..answer }, label, "the answer is not a list of events"));
        };
        let old = |event: &Value| {
            let at = event["createdAt"].as_str().and_then(|t| t.parse::<Instant>().ok());
            matches!((at, from), (Some(at), Some(from)) if at < from)
        };
        history.extend(list.iter().filter(|e| !old(e)).cloned());
        if list.len() < PAGE || list.iter().any(old) || history.len() >= MOST {
            break;
        }
    }
    let what = format!("{} events", history.len());
    Ok(captured.keep(order, &json!({ "flag": flag, "events": history }), &what, requests))
}
