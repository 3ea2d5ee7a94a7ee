//! The dialect of Unleash 7 (open source): flags, strategies, events, and flags as their consumers see them.
//!
//! Paths, bodies, refusals and texts are those that Unleash 7.5.1 answered when it was asked, its oddities included: on
//! and off answer nothing, switching on a flag without an active strategy adds one, a strategy that is put loses what
//! was left out, and environments have no variants of their own any more.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::cast;
use super::exchange::{Asked, Reply};
use super::store::Tokens;
use crate::text::gather::Gather;
use crate::text::time::Instant;

mod refusal;
mod strategy;

use refusal::{
    Refusal, body, missing, no_pattern, no_such_path, not_found, not_logged_in, object, refusal, wrong_type,
};
use strategy::{Strategy, patch_one};

const TYPE: &str = "application/json; charset=utf-8";
/// The environments that every new Unleash has.
const ENVIRONMENTS: [&str; 2] = ["development", "production"];
/// The environment that the client token reads, unless said otherwise.
pub(super) const CLIENT_ENVIRONMENT: &str = "production";

/// An environment's type and place in lists.
fn sort_of(environment: &str) -> (&'static str, u8) {
    match environment {
        "development" => ("development", 2),
        "production" => ("production", 3),
        _ => ("test", 4),
    }
}

/// All flags, of all projects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Flags {
    /// The id of the last event; also the revision that consumers are told.
    revision: u64,
    /// How many strategies were ever made; their ids come from it.
    strategies_made: u64,
    flags: BTreeMap<String, Flag>,
    events: Vec<Value>,
    /// The environment that the client token reads.
    #[serde(default = "usual_client")]
    client: String,
}

fn usual_client() -> String {
    CLIENT_ENVIRONMENT.to_owned()
}

/// A flag that a server is to have when it begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) project: String,
    pub(super) kind: String,
    pub(super) about: String,
    /// Its environments, and in each whether it is on and the variant that it serves.
    pub(super) environments: Vec<(String, bool, Option<String>)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Flag {
    project: String,
    kind: String,
    description: String,
    created: Instant,
    environments: BTreeMap<String, Environment>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Environment {
    enabled: bool,
    strategies: Vec<Strategy>,
}

impl Flags {
    pub(super) fn new(now: Instant) -> Self {
        let mut all = Self::none(CLIENT_ENVIRONMENT);
        for (member, flag) in cast::all().iter().flat_map(|m| m.flags.iter().map(move |f| (m, f))) {
            let variant = flag.variant.map(str::to_owned);
            let wanted = Wanted {
                name: member.flag(flag),
                project: member.project.to_owned(),
                kind: flag.kind.to_owned(),
                about: flag.about.to_owned(),
                environments: ENVIRONMENTS.map(|e| (e.to_owned(), true, variant.clone())).into(),
            };
            all.add(wanted, now);
        }
        all
    }

    /// None yet; `client` is the environment that the client token reads.
    pub(super) fn none(client: &str) -> Self {
        let client = client.to_owned();
        Self { revision: 0, strategies_made: 0, flags: BTreeMap::new(), events: Vec::new(), client }
    }

    /// Makes a flag, with one strategy for everybody in each environment.
    pub(super) fn add(&mut self, wanted: Wanted, now: Instant) {
        let Wanted { name, project, kind, about, environments } = wanted;
        let each = environments.iter().map(|(e, ..)| (e.clone(), Environment::default())).gather();
        let new = Flag { project, kind, description: about, created: now, environments: each };
        self.flags.insert(name.clone(), new);
        self.note("feature-created", &name, None, &Value::Null, &Value::Null, now);
        for (environment, on, variant) in &environments {
            let mut strategy = self.default_strategy(&name);
            strategy.variants.extend(
                variant
                    .iter()
                    .map(|v| json!({ "name": v, "weight": 1000, "stickiness": "default", "weightType": "variable" })),
            );
            let data = strategy.full();
            if let Some(at) = self.environment_mut(&name, environment) {
                at.strategies.push(strategy);
            }
            self.note("feature-strategy-add", &name, Some(environment), &data, &Value::Null, now);
            self.turn(&name, environment, *on, now);
        }
    }

    /// Whether a flag reaches anybody in production, and with this variant where it serves one.
    pub(super) fn reaches(&self, flag: &str, variant: Option<&str>) -> bool {
        let at = self.flags.get(flag).and_then(|f| f.environments.get("production")).filter(|e| e.enabled);
        let mut active = at.iter().flat_map(|e| &e.strategies).filter(|s| !s.disabled);
        match variant {
            None => active.any(|s| s.parameters.get("rollout").is_none_or(|r| r != "0")),
            Some(variant) => active.flat_map(|s| &s.variants).any(|v| v["name"] == variant),
        }
    }

    /// Turns a flag on or off; a turn that changes nothing leaves no event.
    pub(super) fn turn(&mut self, flag: &str, environment: &str, on: bool, now: Instant) {
        let Some(at) = self.environment_mut(flag, environment) else { return };
        let idle = at.strategies.iter().all(|s| s.disabled);
        let changed = at.enabled != on;
        at.enabled = on;
        if on && idle {
            let mut strategy = self.default_strategy(flag);
            let Some(at) = self.environment_mut(flag, environment) else { return };
            strategy.sort_order = at.strategies.iter().map(|s| s.sort_order + 1).max().unwrap_or(0);
            at.strategies.push(strategy.clone());
            self.note("feature-strategy-add", flag, Some(environment), &strategy.full(), &Value::Null, now);
        }
        if changed {
            let kind = if on { "feature-environment-enabled" } else { "feature-environment-disabled" };
            self.note(kind, flag, Some(environment), &Value::Null, &Value::Null, now);
        }
    }

    /// A flag that is left without an active strategy is switched off.
    fn rest_if_idle(&mut self, flag: &str, environment: &str, now: Instant) {
        if self.environment_mut(flag, environment).is_some_and(|at| at.strategies.iter().all(|s| s.disabled)) {
            self.turn(flag, environment, false, now);
        }
    }

    fn environment_mut(&mut self, flag: &str, environment: &str) -> Option<&mut Environment> {
        self.flags.get_mut(flag)?.environments.get_mut(environment)
    }

    fn new_id(&mut self) -> String {
        self.strategies_made += 1;
        let digest = Sha256::digest(format!("strategy {}", self.strategies_made));
        let hex: String = digest.iter().take(16).map(|b| format!("{b:02x}")).collect();
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
    }

    fn default_strategy(&mut self, flag: &str) -> Strategy {
        let parameters = [("groupId", flag), ("rollout", "100"), ("stickiness", "default")];
        Strategy {
            id: self.new_id(),
            name: "flexibleRollout".to_owned(),
            title: None,
            disabled: false,
            sort_order: 0,
            constraints: Vec::new(),
            parameters: parameters.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
            variants: Vec::new(),
            segments: Vec::new(),
        }
    }

    fn note(&mut self, kind: &str, flag: &str, environment: Option<&str>, data: &Value, before: &Value, now: Instant) {
        self.revision += 1;
        let project = self.flags.get(flag).map_or("", |f| f.project.as_str());
        self.events.push(json!({
            "id": self.revision, "type": kind, "createdBy": "sandbox", "createdAt": now.to_string(),
            "createdByUserId": -42, "data": data, "preData": before, "tags": [], "featureName": flag,
            "project": project, "environment": environment, "groupType": "transaction",
            "groupId": format!("{:026}", self.revision), "label": label(kind),
            "summary": format!("**sandbox** {} **{flag}** in **{}** in project **{project}**",
                label(kind).to_lowercase(), environment.unwrap_or("every environment")),
        }));
    }
}

fn label(kind: &str) -> &'static str {
    match kind {
        "feature-created" => "Flag created",
        "feature-environment-enabled" => "Flag enabled",
        "feature-environment-disabled" => "Flag disabled",
        "feature-strategy-add" => "Flag strategy added",
        "feature-strategy-remove" => "Flag strategy removed",
        _ => "Flag strategy updated",
    }
}

// ------------------------------------------------------------------------------------------------------------- answers

pub(super) fn answer(flags: &mut Flags, asked: &Asked, tokens: &Tokens, now: Instant) -> Reply {
    let rest = asked.rest(1);
    let is_get = asked.method == "GET";
    match rest.as_slice() {
        ["health"] if is_get => Reply::json(200, TYPE, &json!({ "health": "GOOD" })),
        ["api", "client", path @ ..] => match asked.credential() {
            // An admin token is let in as well, but it has no environment to read.
            Some(t) if tokens.is(t) => client(flags, asked, path, None).unwrap_or_else(|| no_such_path(asked)),
            Some(t) if tokens.is_client(t) => {
                client(flags, asked, path, Some(&flags.client)).unwrap_or_else(|| no_such_path(asked))
            }
            _ => Reply::json(
                401,
                TYPE,
                &json!({ "message": "This endpoint requires an API token. Please add an \
                authorization header to your request with a valid token" }),
            ),
        },
        ["api", "admin", path @ ..] => match asked.credential() {
            None => not_logged_in(
                "AuthenticationRequired",
                "You must log in to use Unleash. Your request had no authorization header, so we could not authorize \
                 you. Try logging in at /auth/simple/login",
            ),
            Some(t) if tokens.is_client(t) => Reply::json(
                403,
                TYPE,
                &json!({
                "message": "invalid token: expected a different token type for this endpoint" }),
            ),
            Some(t) if !tokens.is(t) => not_logged_in("UnauthorizedError", "You must log in to use Unleash."),
            Some(token) if (asked.method.as_str(), path) == ("GET", &["user"]) => who(token),
            Some(_) => admin(flags, asked, path, now).unwrap_or_else(|refusal| refusal),
        },
        _ => no_such_path(asked),
    }
}

/// Whose token it is. The server shows the token itself there; so does this one.
fn who(token: &str) -> Reply {
    let user = json!({
        "username": "admin", "permissions": ["ADMIN"], "environment": "*", "type": "admin", "secret": token,
        "projects": ["*"], "internalAdminTokenUserId": -42,
    });
    let body = json!({ "user": user, "permissions": [{ "permission": "ADMIN" }], "feedback": [], "splash": {} });
    Reply::json(200, TYPE, &body)
}

fn admin(flags: &mut Flags, asked: &Asked, path: &[&str], now: Instant) -> Result<Reply, Refusal> {
    match (asked.method.as_str(), path) {
        ("GET", ["search", "events"]) => search(flags, asked),
        ("GET", ["ui-config"]) => Ok(Reply::json(
            200,
            TYPE,
            &json!({ "environment": "Open Source", "flags": { "maintenanceMode": false }, "version": "7.5.1" }),
        )),
        ("GET", ["projects", project, "features", flag]) => {
            Ok(Reply::json(200, TYPE, &whole(existing(flags, project, flag)?, flag)))
        }
        (method, ["projects", project, "features", flag, "environments", environment, path @ ..]) => {
            existing(flags, project, flag)?;
            in_environment(flags, asked, (method, path), (flag, environment), now)
        }
        _ => Err(no_such_path(asked)),
    }
}

fn in_environment(
    flags: &mut Flags,
    asked: &Asked,
    (method, path): (&str, &[&str]),
    (flag, name): (&str, &str),
    now: Instant,
) -> Result<Reply, Refusal> {
    let none = || {
        not_found(&match (method, path) {
            ("GET", []) => format!("Could not find {flag} in {name}"),
            _ => format!("Could not find environment {name} for feature: {flag}"),
        })
    };
    let at = flags.environment_mut(flag, name).ok_or_else(none)?.clone();
    match (method, path) {
        ("GET", []) => Ok(Reply::json(
            200,
            TYPE,
            &json!({
                "name": flag, "environment": name, "enabled": at.enabled,
                "strategies": at.strategies.iter().map(|s| s.in_environment(flag)).collect::<Vec<_>>(),
            }),
        )),
        ("POST", ["on"]) => {
            flags.turn(flag, name, true, now);
            Ok(Reply::empty(200))
        }
        ("POST", ["off"]) => {
            flags.turn(flag, name, false, now);
            Ok(Reply::empty(200))
        }
        ("GET", ["variants"]) => Ok(Reply::json(200, TYPE, &json!({ "version": 1, "variants": [] }))),
        ("PUT" | "PATCH", ["variants"]) => {
            let body = body(asked)?;
            let Value::Array(given) = body else { return Err(wrong_type("/body", "array", &body)) };
            let needed = if method == "PUT" { "name" } else { "op" };
            if let Some(i) = given.iter().position(|v| v.get(needed).is_none()) {
                return Err(missing(&format!("/body/{i}/{needed}")));
            }
            Err(refusal(
                403,
                "InvalidOperationError",
                &format!("Environment variants deprecated for feature: {flag}. Use strategy variants instead."),
            ))
        }
        ("GET", ["strategies"]) => {
            Ok(Reply::json(200, TYPE, &at.strategies.iter().map(Strategy::listed).collect::<Value>()))
        }
        ("POST", ["strategies"]) => {
            let body = object(asked)?;
            if !body.contains_key("name") {
                return Err(missing("/body/name"));
            }
            let mut strategy = flags.default_strategy(flag);
            strategy.sort_order = at.strategies.iter().map(|s| s.sort_order + 1).max().unwrap_or(0);
            strategy.take(&body)?;
            let data = strategy.full();
            if let Some(at) = flags.environment_mut(flag, name) {
                at.strategies.push(strategy);
            }
            flags.note("feature-strategy-add", flag, Some(name), &data, &Value::Null, now);
            Ok(Reply::json(200, TYPE, &data))
        }
        (_, ["strategies", id]) => {
            let old = at.strategies.iter().find(|s| s.id == *id);
            let old = old.ok_or_else(|| not_found(&format!("Could not find strategy with id={id}")))?;
            one_strategy(flags, asked, old, (flag, name), now)
        }
        _ => Err(no_such_path(asked)),
    }
}

fn one_strategy(
    flags: &mut Flags,
    asked: &Asked,
    old: &Strategy,
    (flag, environment): (&str, &str),
    now: Instant,
) -> Result<Reply, Refusal> {
    let mut new = old.clone();
    match asked.method.as_str() {
        "GET" => return Ok(Reply::json(200, TYPE, &old.full())),
        "DELETE" => {
            if let Some(at) = flags.environment_mut(flag, environment) {
                at.strategies.retain(|s| s.id != old.id);
            }
            flags.rest_if_idle(flag, environment, now);
            flags.note("feature-strategy-remove", flag, Some(environment), &Value::Null, &old.full(), now);
            return Ok(Reply::text(200, TYPE, ""));
        }
        "PUT" => new.take(&object(asked)?)?,
        "PATCH" => {
            let body = body(asked)?;
            let Value::Array(patches) = &body else { return Err(wrong_type("/body", "array", &body)) };
            let mut value = old.full();
            for patch in patches {
                patch_one(&mut value, patch)?;
            }
            new.take(value.as_object().unwrap_or(&Map::new()))?;
        }
        _ => return Err(no_such_path(asked)),
    }
    let data = new.full();
    if let Some(at) = flags.environment_mut(flag, environment)
        && let Some(place) = at.strategies.iter_mut().find(|s| s.id == old.id)
    {
        *place = new;
    }
    flags.note("feature-strategy-update", flag, Some(environment), &data, &old.full(), now);
    flags.rest_if_idle(flag, environment, now);
    Ok(Reply::json(200, TYPE, &data))
}

fn whole(flag: &Flag, name: &str) -> Value {
    let environments: Vec<Value> = flag
        .environments
        .iter()
        .map(|(environment, at)| {
            let (kind, order) = sort_of(environment);
            json!({
                "name": environment, "lastSeenAt": null, "enabled": at.enabled, "yes": 0, "no": 0, "type": kind,
                "sortOrder": order, "strategies": at.strategies.iter().map(Strategy::full).collect::<Vec<_>>(),
            })
        })
        .collect();
    let maker = json!({ "id": -42, "name": "sandbox", "imageUrl": "" });
    json!({
        "environments": environments, "name": name, "impressionData": false, "description": flag.description,
        "project": flag.project, "stale": false, "createdAt": flag.created.to_string(), "createdBy": maker,
        "type": flag.kind, "lastSeenAt": null, "variants": [], "archived": false, "dependencies": [], "children": [],
        "links": [], "collaborators": { "users": [maker] },
    })
}

fn existing<'a>(flags: &'a Flags, project: &str, flag: &str) -> Result<&'a Flag, Refusal> {
    match flags.flags.get(flag) {
        Some(found) if project == found.project => Ok(found),
        Some(found) => Err(not_found(&format!(
            "There's no feature named \"{flag}\" in project \"{project}\", but there's a feature with that name in \
             project \"{}\"",
            found.project
        ))),
        None => Err(not_found(&format!("There's no feature named \"{flag}\" in project \"{project}\"."))),
    }
}

// ----------------------------------------------------------------------------------------------------- consumers, events

fn client(flags: &Flags, asked: &Asked, path: &[&str], environment: Option<&str>) -> Option<Reply> {
    if asked.method != "GET" {
        return None;
    }
    match path {
        ["features"] => {
            let digest = Sha256::digest(environment.unwrap_or_default());
            let hash: String = digest.iter().take(4).map(|b| format!("{b:02x}")).collect();
            let etag = format!("\"{hash}:{}:v1\"", flags.revision);
            if asked.header("if-none-match") == Some(&etag) {
                return Some(Reply::empty(304).with("etag", etag));
            }
            let features: Vec<Value> =
                flags.flags.iter().map(|(name, flag)| consumed(name, flag, environment)).collect();
            let query = match environment {
                None => json!({ "inlineSegmentConstraints": true }),
                Some(e) => json!({ "environment": e, "inlineSegmentConstraints": true }),
            };
            let body = json!({
                "version": 2, "features": features, "query": query,
                "meta": { "revisionId": flags.revision, "etag": etag, "queryHash": hash },
            });
            Some(Reply::json(200, TYPE, &body).with("etag", etag))
        }
        ["features", name] => Some(match flags.flags.get(*name) {
            Some(flag) => Reply::json(200, TYPE, &consumed(name, flag, environment)),
            None => not_found(&format!("Could not find feature flag {name}")),
        }),
        _ => None,
    }
}

fn consumed(name: &str, flag: &Flag, environment: Option<&str>) -> Value {
    let at = environment.and_then(|e| flag.environments.get(e)).cloned().unwrap_or_default();
    let strategies: Vec<Value> = at.strategies.iter().filter(|s| !s.disabled).map(Strategy::consumed).collect();
    json!({
        "name": name, "type": flag.kind, "enabled": at.enabled, "project": flag.project, "stale": false,
        "strategies": strategies, "variants": [], "description": flag.description, "impressionData": false,
    })
}

fn search(flags: &Flags, asked: &Asked) -> Result<Reply, Refusal> {
    let mut found: Vec<&Value> = flags.events.iter().rev().collect();
    for (parameter, key) in [
        ("feature", "featureName"),
        ("project", "project"),
        ("type", "type"),
        ("environment", "environment"),
        ("createdBy", "createdBy"),
        ("id", "id"),
        ("groupId", "groupId"),
    ] {
        let Some(given) = asked.parameter(parameter) else { continue };
        let wanted: Vec<&str> = if let Some(one) = given.strip_prefix("IS:") {
            vec![one]
        } else if let Some(many) = given.strip_prefix("IS_ANY_OF:") {
            many.split(',').collect()
        } else {
            return Err(no_pattern(parameter, "^(IS|IS_ANY_OF):(.*?)(,([a-zA-Z0-9_]+))*$", given));
        };
        found.retain(|event| {
            let value = &event[key];
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            wanted.contains(&text.as_str())
        });
    }
    for (parameter, is_from) in [("from", true), ("to", false)] {
        let Some(given) = asked.parameter(parameter) else { continue };
        let day = given.strip_prefix("IS:").filter(|d| d.len() == 10);
        let day = day.ok_or_else(|| no_pattern(parameter, r"^(IS):\d{4}-\d{2}-\d{2}$", given))?;
        found.retain(|event| {
            let of_event = event["createdAt"].as_str().and_then(|at| at.get(..10)).unwrap_or_default();
            if is_from { of_event >= day } else { of_event <= day }
        });
    }
    if let Some(words) = asked.parameter("query").filter(|q| !q.is_empty()) {
        found.retain(|event| event.to_string().contains(words));
    }
    let number = |name: &str, otherwise: usize| asked.parameter(name).and_then(|v| v.parse().ok()).unwrap_or(otherwise);
    let total = found.len();
    let events: Vec<&Value> =
        found.into_iter().skip(number("offset", 0)).take(number("limit", 50).min(1_000)).collect();
    Ok(Reply::json(200, TYPE, &json!({ "events": events, "total": total })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_story_begins_with_flags_that_reach_everybody() {
        let mut flags = Flags::new(Instant(0));
        for (flag, variant) in [
            ("support-replies-autonomy", None),
            ("support-replies-mode", Some("auto")),
            ("support-replies-traffic", None),
        ] {
            assert!(flags.reaches(flag, variant), "{flag}");
            flags.turn(flag, "production", false, Instant(1));
            assert!(!flags.reaches(flag, variant), "{flag}");
            flags.turn(flag, "production", true, Instant(1));
            flags.turn(flag, "development", false, Instant(1));
            assert!(flags.reaches(flag, variant), "another environment does not matter");
        }
        assert!(!flags.reaches("support-replies-mode", Some("gated")));
    }
}
