//! Who is on call, by the REST API's list of on-calls.
//!
//! Facts from the official description: a turn without an end is permanent; the same user stands there once for each level
//! and policy; without `include[]=users` a user is a reference that has a name and no e-mail address. The list holds who is
//! on call now unless a time is given.

use litemap::LiteMap;
use serde_json::Value;

use super::{PagerDuty, VERSIONED};
use crate::model::catalog::{Holds, Key};
use crate::plan::Target;
use crate::port::{Fault, OnDuty};
use crate::provider::answer::fault;
use crate::provider::link::{maybe, takes};
use crate::provider::request::{Request, encode};
use crate::provider::transport::Deadline;
use crate::text::safe;
use crate::text::time::Instant;

/// Keys of a role's `on-call`.
pub(super) const KEYS: &[Key] = &[
    takes("schedule", Holds::Text, "the id of a schedule, such as PI7DH85"),
    takes("escalation-policy", Holds::Text, "the id of an escalation policy, such as PT20YPA"),
];

/// How many are asked for at once, and how many times: nobody has more people on call for one role.
const PAGE: usize = 100;
const PAGES: usize = 5;

impl PagerDuty {
    /// Whose turn it is now; the lowest level of escalation first.
    pub(super) async fn on_duty(&self, target: &Target, until: Deadline) -> Result<Vec<OnDuty>, Fault> {
        let mut found: LiteMap<(u64, String), OnDuty> = LiteMap::new();
        for page in 0..PAGES {
            let ask = |accept: &str| self.on_calls(target, page * PAGE, accept);
            let answer = self.either(&ask(VERSIONED)?, &ask("application/json")?, until).await;
            let document = answer.state("who is on call")?;
            let Some(list) = document["oncalls"].as_array() else {
                return Err(fault("who is on call: the answer is not a list of on-calls", None));
            };
            for entry in list.iter().filter(|e| is_of(e, target)) {
                let (level, on_duty) = turn(entry)?;
                found.entry((level, on_duty.id.clone())).or_insert(on_duty);
            }
            if document["more"] != Value::Bool(true) {
                break;
            }
        }
        let mut out: Vec<OnDuty> = Vec::new();
        for on_duty in found.into_iter().map(|(_, value)| value) {
            if !out.iter().any(|o| o.id == on_duty.id) {
                out.push(on_duty);
            }
        }
        Ok(out)
    }

    fn on_calls(&self, target: &Target, offset: usize, accept: &str) -> Result<Request, Fault> {
        let mut path = format!("/oncalls?include%5B%5D=users&limit={PAGE}&offset={offset}");
        let filters = [("schedule", "schedule_ids"), ("escalation-policy", "escalation_policy_ids")];
        let mut asked = false;
        for (key, parameter) in filters {
            if let Some(id) = maybe(target, key) {
                path.push_str(&format!("&{parameter}%5B%5D={}", encode(id)));
                asked = true;
            }
        }
        if !asked {
            return Err(fault(
                format!("{}: `on-call` names neither a schedule nor an escalation policy", safe::line(&target.label)),
                Some("add `schedule = \"…\"` or `escalation-policy = \"…\"` to the role's `on-call` in people.toml"),
            ));
        }
        self.read(&path, "ask who is on call", accept).ok_or_else(|| {
            fault(
                format!("provider {} can't be asked who is on call", safe::line(&self.link.name)),
                Some("give it `rest-url` and `token` in aigov.toml"),
            )
        })
    }
}

/// Whether an entry is of what was asked for: a server that ignores a parameter answers with everybody.
fn is_of(entry: &Value, target: &Target) -> bool {
    [("schedule", "schedule"), ("escalation-policy", "escalation_policy")]
        .into_iter()
        .all(|(key, field)| maybe(target, key).is_none_or(|id| entry[field]["id"] == id))
}

fn turn(entry: &Value) -> Result<(u64, OnDuty), Fault> {
    let user = &entry["user"];
    let text = |v: &Value| v.as_str().map(str::to_owned).filter(|t| !t.is_empty());
    let Some(id) = text(&user["id"]) else {
        return Err(fault("who is on call: an entry of the answer names no user", None));
    };
    let until = match &entry["end"] {
        Value::Null => None,
        end => match end.as_str().and_then(|e| e.parse::<Instant>().ok()) {
            Some(at) => Some(at),
            // A turn whose end can't be read would look as if it never ended.
            None => return Err(fault("who is on call: an entry of the answer ends at no time that can be read", None)),
        },
    };
    let name = text(&user["name"]).or_else(|| text(&user["summary"])).unwrap_or_else(|| id.clone());
    let level = entry["escalation_level"].as_u64().unwrap_or(u64::MAX);
    Ok((level, OnDuty { id, name, email: text(&user["email"]), until }))
}
