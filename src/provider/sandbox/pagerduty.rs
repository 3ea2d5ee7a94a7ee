//! The dialect of PagerDuty: Events API v2 below `v2`, and of the REST API below `rest` what reads incidents and on-calls
//! and adds notes.
//!
//! Shapes follow the official descriptions. An accepted event is not yet an incident that is told of everywhere, but one
//! that the REST API can find; the same deduplication key finds the same incident until it is resolved.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::exchange::{Asked, Reply};
use super::store::Tokens;
use crate::text::time::Instant;

const TYPE: &str = "application/json; charset=utf-8";

/// All incidents, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Pager {
    incidents: Vec<Incident>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Incident {
    key: String,
    title: String,
    status: Status,
    created: Instant,
    updated: Instant,
    /// How many events it was triggered by.
    alerts: u64,
    payload: Value,
    notes: Vec<Note>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Triggered,
    Acknowledged,
    Resolved,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Note {
    content: String,
    from: String,
    at: Instant,
}

impl Status {
    const fn word(self) -> &'static str {
        match self {
            Self::Triggered => "triggered",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }
}

impl Incident {
    fn view(&self, place: usize) -> Value {
        let (id, number) = (id(place), place + 1);
        let urgent = matches!(self.payload["severity"].as_str(), Some("critical" | "error"));
        let resolved = self.status == Status::Resolved;
        json!({
            "id": id, "type": "incident", "summary": format!("[#{number}] {}", self.title),
            "self": format!("https://api.pagerduty.com/incidents/{id}"),
            "html_url": format!("https://sandbox.pagerduty.com/incidents/{id}"),
            "incident_number": number, "title": self.title, "created_at": self.created.to_string(),
            "updated_at": self.updated.to_string(), "status": self.status.word(), "incident_key": self.key,
            "service": { "id": "PSANDBX", "type": "service_reference", "summary": "support-replies" },
            "assignments": [], "urgency": if urgent { "high" } else { "low" },
            "last_status_change_at": self.updated.to_string(),
            "resolved_at": if resolved { json!(self.updated.to_string()) } else { Value::Null },
            "alert_counts": { "all": self.alerts, "triggered": if resolved { 0 } else { self.alerts },
                "resolved": if resolved { self.alerts } else { 0 } },
        })
    }
}

fn id(place: usize) -> String {
    format!("Q{:013}", place + 1)
}

pub(super) fn answer(pager: &mut Pager, asked: &Asked, tokens: &Tokens, now: Instant) -> Reply {
    let rest = asked.rest(1);
    match (asked.method.as_str(), rest.as_slice()) {
        ("POST", ["v2", "enqueue"]) => enqueue(pager, asked, tokens, now),
        (_, ["rest", path @ ..]) => {
            let given = asked.header("authorization").unwrap_or_default();
            let token = given.strip_prefix("Token token=").or_else(|| given.strip_prefix("Bearer "));
            if !token.is_some_and(|t| tokens.is(t)) {
                return problem(401, 2006, "Authentication failed", &[]);
            }
            rest_api(pager, asked, path, now)
        }
        _ => problem(404, 2100, "Not Found", &[]),
    }
}

// -------------------------------------------------------------------------------------------------------------- events

fn enqueue(pager: &mut Pager, asked: &Asked, tokens: &Tokens, now: Instant) -> Reply {
    let Some(event) = asked.json().filter(Value::is_object) else {
        return invalid_event(&["Invalid JSON".to_owned()]);
    };
    let mut wrong = Vec::new();
    match event["routing_key"].as_str() {
        None => wrong.push("'routing_key' is missing or blank".to_owned()),
        Some(key) if key.chars().count() != 32 => {
            wrong.push("Length of 'routing_key' is incorrect (should be 32 characters)".to_owned());
        }
        Some(key) if !tokens.is(key) => wrong.push("'routing_key' is not known".to_owned()),
        Some(_) => {}
    }
    let action = event["event_action"].as_str().unwrap_or_default();
    let key = event["dedup_key"].as_str().filter(|k| !k.is_empty());
    let payload = &event["payload"];
    match action {
        "trigger" => {
            if payload.is_null() {
                wrong.push("'payload' is missing or blank".to_owned());
            } else {
                for name in ["summary", "source", "severity"] {
                    if payload[name].as_str().is_none_or(str::is_empty) {
                        wrong.push(format!("'payload.{name}' is missing or blank"));
                    }
                }
                let severity = payload["severity"].as_str().unwrap_or("info");
                if !["critical", "error", "warning", "info"].contains(&severity) {
                    wrong.push(
                        "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', \
                        'error' or 'info')"
                            .to_owned(),
                    );
                }
                if payload["summary"].as_str().is_some_and(|s| s.chars().count() > 1_024) {
                    wrong.push(
                        "Length of 'payload.summary' is incorrect (should be at most 1024 characters)".to_owned(),
                    );
                }
            }
        }
        "acknowledge" | "resolve" => {
            if key.is_none() {
                wrong.push("'dedup_key' is missing or blank".to_owned());
            }
        }
        _ => wrong.push(
            "'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge' or \
            'resolve')"
                .to_owned(),
        ),
    }
    if key.is_some_and(|k| k.chars().count() > 255) {
        wrong.push("Length of 'dedup_key' is incorrect (should be at most 255 characters)".to_owned());
    }
    if !wrong.is_empty() {
        return invalid_event(&wrong);
    }
    let key = key.map_or_else(|| format!("sandbox-{:024}", pager.incidents.len() + 1), str::to_owned);
    take(pager, action, &key, payload, now);
    Reply::json(202, TYPE, &json!({ "status": "success", "message": "Event processed", "dedup_key": key }))
}

fn take(pager: &mut Pager, action: &str, key: &str, payload: &Value, now: Instant) {
    let open = pager.incidents.iter_mut().rev().find(|i| i.key == key && i.status != Status::Resolved);
    match (action, open) {
        ("trigger", Some(incident)) => {
            incident.alerts += 1;
            incident.updated = now;
        }
        ("trigger", None) => pager.incidents.push(Incident {
            key: key.to_owned(),
            title: payload["summary"].as_str().unwrap_or_default().to_owned(),
            status: Status::Triggered,
            created: now,
            updated: now,
            alerts: 1,
            payload: payload.clone(),
            notes: Vec::new(),
        }),
        (_, Some(incident)) => {
            incident.status = if action == "resolve" { Status::Resolved } else { Status::Acknowledged };
            incident.updated = now;
        }
        // Acknowledging or resolving what is not open is accepted and changes nothing.
        (_, None) => {}
    }
}

// ---------------------------------------------------------------------------------------------------------------- REST

fn rest_api(pager: &mut Pager, asked: &Asked, path: &[&str], now: Instant) -> Reply {
    match (asked.method.as_str(), path) {
        ("GET", ["incidents"]) => list(pager, asked),
        ("GET", ["incidents", id]) => match find(pager, id) {
            Some((place, incident)) => Reply::json(200, TYPE, &json!({ "incident": incident.view(place) })),
            None => problem(404, 2100, "Not Found", &[]),
        },
        ("GET", ["incidents", id, "notes"]) => match find(pager, id) {
            Some((_, incident)) => {
                let notes: Vec<Value> = (0..).zip(&incident.notes).map(|(i, n)| note(i, n)).collect();
                Reply::json(200, TYPE, &json!({ "notes": notes }))
            }
            None => problem(404, 2100, "Not Found", &[]),
        },
        ("POST", ["incidents", id, "notes"]) => add_note(pager, asked, id, now),
        ("GET", ["oncalls"]) => on_calls(asked, now),
        ("GET", ["abilities"]) => Reply::json(200, TYPE, &json!({ "abilities": ["teams", "urgencies"] })),
        _ => problem(404, 2100, "Not Found", &[]),
    }
}

/// Two people: one by the night's schedule, until eight in the morning, and one who is always behind them.
fn on_calls(asked: &Asked, now: Instant) -> Reply {
    const HOUR: i64 = 3_600_000;
    const DAY: i64 = 24 * HOUR;
    let asked_for = |name: &str, id: Option<&str>| {
        let ids: Vec<&str> = asked.query.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect();
        ids.is_empty() || id.is_some_and(|id| ids.contains(&id))
    };
    let details = asked.query.iter().any(|(n, v)| n == "include[]" && v == "users");
    let start = Instant((now.0 - 8 * HOUR).div_euclid(DAY) * DAY + 8 * HOUR);
    let night = Some((start.to_string(), Instant(start.0 + DAY).to_string()));
    let all = [("PSBOLGA", "Olga", Some("PSBOXNT"), 1, night), ("PSBXSAM", "Sam", None, 2, None)];
    let entries: Vec<Value> = all
        .into_iter()
        .filter(|(_, _, schedule, ..)| asked_for("schedule_ids[]", *schedule))
        .filter(|_| asked_for("escalation_policy_ids[]", Some("PSBOXEP")))
        .map(|(id, name, schedule, level, turn)| {
            let mut user = reference("user", "users", id, name);
            if details {
                user["type"] = json!("user");
                user["name"] = json!(name);
                user["email"] = json!(format!("{}@sandbox.test", name.to_lowercase()));
                user["time_zone"] = json!("Etc/UTC");
            }
            let schedule = schedule.map_or(Value::Null, |s| reference("schedule", "schedules", s, "Nights"));
            let (start, end) = turn.map_or((Value::Null, Value::Null), |(s, e)| (json!(s), json!(e)));
            json!({
                "user": user, "schedule": schedule, "escalation_level": level, "start": start, "end": end,
                "escalation_policy": reference("escalation_policy", "escalation_policies", "PSBOXEP", "Support replies"),
            })
        })
        .collect();
    let number = |name: &str, otherwise: usize| asked.parameter(name).and_then(|v| v.parse().ok()).unwrap_or(otherwise);
    let (limit, offset) = (number("limit", 25).min(100), number("offset", 0));
    let more = entries.len() > offset.saturating_add(limit);
    let shown: Vec<&Value> = entries.iter().skip(offset).take(limit).collect();
    let body = json!({ "oncalls": shown, "limit": limit, "offset": offset, "total": null, "more": more });
    Reply::json(200, TYPE, &body)
}

fn reference(kind: &str, plural: &str, id: &str, summary: &str) -> Value {
    json!({
        "id": id, "type": format!("{kind}_reference"), "summary": summary,
        "self": format!("https://api.pagerduty.com/{plural}/{id}"),
        "html_url": format!("https://sandbox.pagerduty.com/{plural}/{id}"),
    })
}

fn find<'a>(pager: &'a mut Pager, wanted: &str) -> Option<(usize, &'a mut Incident)> {
    pager.incidents.iter_mut().enumerate().find(|(place, _)| id(*place) == wanted)
}

fn list(pager: &Pager, asked: &Asked) -> Reply {
    let statuses: Vec<&str> = asked.query.iter().filter(|(n, _)| n == "statuses[]").map(|(_, v)| v.as_str()).collect();
    if let Some(odd) = statuses.iter().find(|s| !["triggered", "acknowledged", "resolved"].contains(*s)) {
        return problem(
            400,
            2001,
            "Invalid Input Provided",
            &[format!(
                "Statuses[] is not one of triggered, \
            acknowledged, resolved: {odd}"
            )],
        );
    }
    let number = |name: &str, otherwise: usize| asked.parameter(name).and_then(|v| v.parse().ok()).unwrap_or(otherwise);
    let (limit, offset) = (number("limit", 25).min(100), number("offset", 0));
    let found: Vec<Value> = pager
        .incidents
        .iter()
        .enumerate()
        .filter(|(_, i)| asked.parameter("incident_key").is_none_or(|k| k == i.key))
        .filter(|(_, i)| statuses.is_empty() || statuses.contains(&i.status.word()))
        .map(|(place, i)| i.view(place))
        .collect();
    let more = found.len() > offset + limit;
    let shown: Vec<&Value> = found.iter().skip(offset).take(limit).collect();
    let body = json!({ "incidents": shown, "limit": limit, "offset": offset, "total": null, "more": more });
    Reply::json(200, TYPE, &body)
}

fn add_note(pager: &mut Pager, asked: &Asked, id: &str, now: Instant) -> Reply {
    let Some(from) = asked.header("from").filter(|f| f.contains('@')).map(str::to_owned) else {
        return problem(400, 2001, "Invalid Input Provided", &["From header must be a user's email".to_owned()]);
    };
    let content = asked.json().and_then(|b| b["note"]["content"].as_str().map(str::to_owned));
    let Some(content) = content.filter(|c| !c.is_empty()) else {
        return problem(400, 2001, "Invalid Input Provided", &["Content cannot be empty.".to_owned()]);
    };
    let Some((_, incident)) = find(pager, id) else { return problem(404, 2100, "Not Found", &[]) };
    incident.notes.push(Note { content, from, at: now });
    let added = incident.notes.last().map(|n| note(incident.notes.len() - 1, n));
    Reply::json(200, TYPE, &json!({ "note": added }))
}

fn note(place: usize, note: &Note) -> Value {
    json!({
        "id": format!("PN{:05}", place + 1), "content": note.content, "created_at": note.at.to_string(),
        "user": { "id": "PSANDBU", "type": "user_reference", "summary": note.from },
        "channel": { "summary": "The PagerDuty website or APIs" },
    })
}

// ------------------------------------------------------------------------------------------------------------ refusals

fn invalid_event(errors: &[String]) -> Reply {
    let body = json!({ "status": "invalid event", "message": "Event object is invalid", "errors": errors });
    Reply::json(400, TYPE, &body)
}

fn problem(status: u16, code: u16, message: &str, errors: &[String]) -> Reply {
    let mut error = json!({ "message": message, "code": code });
    if !errors.is_empty() {
        error["errors"] = json!(errors);
    }
    Reply::json(status, TYPE, &json!({ "error": error }))
}
