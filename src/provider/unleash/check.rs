//! What can be known about a flag beforehand: whether it is there, whether the token may change it, whether changes have to
//! be requested, and whether consumers can be asked.
//!
//! Reads only. What a token may do is asked of the server (`/user`); whether an environment takes change requests only is a
//! project's setting that the open-source edition does not have and answers with 404.

use std::collections::BTreeSet;

use litemap::LiteMap;
use serde_json::Value;

use super::{Unleash, evidence};
use crate::model::catalog::Capability;
use crate::plan::checked::{Aspect, Checked, Standing};
use crate::plan::needed::Needed;
use crate::port::Fault;
use crate::provider::checks::{self, Access};
use crate::provider::link::{self, binding, maybe};
use crate::provider::request::{Method, encode};
use crate::provider::transport::Deadline;
use crate::text::safe;

/// Permission that stands for all.
const ADMIN: &str = "ADMIN";
/// What a switch needs.
const SWITCH: &[&str] = &["UPDATE_FEATURE_ENVIRONMENT"];
/// What a level or a percentage needs: strategies are added, changed and removed.
const STRATEGIES: &[&str] =
    &["UPDATE_FEATURE_ENVIRONMENT", "CREATE_FEATURE_STRATEGY", "UPDATE_FEATURE_STRATEGY", "DELETE_FEATURE_STRATEGY"];
/// Whoever has it changes without a request.
const SKIPS: &str = "SKIP_CHANGE_REQUEST";

/// What the token may do: permission, project, environment; the last two empty for everywhere.
type Permissions = BTreeSet<(String, String, String)>;

fn permissions(user: &Value) -> Option<Permissions> {
    let text = |v: &Value, key: &str| v[key].as_str().filter(|t| *t != "*").unwrap_or_default().to_owned();
    let list = user.get("permissions")?.as_array()?;
    Some(list.iter().map(|p| (text(p, "permission"), text(p, "project"), text(p, "environment"))).collect())
}

fn may(permissions: &Permissions, permission: &str, project: &str, environment: &str) -> bool {
    permissions.iter().any(|(name, p, e)| {
        name == ADMIN || (name == permission && (p.is_empty() || p == project) && (e.is_empty() || e == environment))
    })
}

impl Unleash {
    /// Who we are, what we may do with the flags that are used, and the projects' own gates.
    pub(super) async fn access(&self, needed: &[Needed], until: Deadline) -> Access {
        let answer = self.link.read(&self.request(Method::Get, "/user", "check"), until).await;
        let read = link::judged(answer);
        let mut access = Access::of_own("token", &read, |u| permissions(u).is_some());
        let Ok(user) = read else { return access };
        match permissions(&user) {
            None => {
                access.add(Checked::untold(Aspect::Scope, "scope", "the server does not say what the token may do"));
            }
            Some(permissions) => {
                access.found.extend(scope(&permissions, needed));
                access.found.extend(self.change_requests(&permissions, needed, until).await);
                access.found.push(self.maintenance(until).await);
            }
        }
        access
    }

    /// A server under maintenance takes no change.
    async fn maintenance(&self, until: Deadline) -> Checked {
        let what = "maintenance";
        let answer = self.link.read(&self.request(Method::Get, "/ui-config", "check"), until).await;
        match answer.document().map(|config| config.pointer("/flags/maintenanceMode").and_then(Value::as_bool)) {
            Ok(Some(true)) => {
                Checked::wrong(Aspect::Protection, what, "the server is under maintenance and refuses every change")
                    .help("end it in the server's admin settings, or name another control in `wider`")
            }
            Ok(_) => Checked::ok(Aspect::Protection, what, "changes are taken"),
            Err(why) => Checked::untold(Aspect::Protection, what, why),
        }
    }

    /// Environments in which changes have to be requested.
    async fn change_requests(&self, permissions: &Permissions, needed: &[Needed], until: Deadline) -> Vec<Checked> {
        let mut found = Vec::new();
        for (project, environments) in changed(needed) {
            let path = format!("/projects/{}/change-requests/config", encode(&project));
            let what = format!("change requests in {}", safe::line(&project));
            let answer = self.link.read(&self.request(Method::Get, &path, "check"), until).await;
            if answer.status() == Some(404) {
                found.push(Checked::ok(Aspect::Protection, what, "this server has none"));
                continue;
            }
            let Some(config) = link::judged(answer.clone()).ok().and_then(|c| c.as_array().cloned()) else {
                let says = format!("whether an environment asks for one: {}", answer.line());
                found.push(Checked::untold(Aspect::Protection, what, says));
                continue;
            };
            let asks = |environment: &String| {
                config.iter().any(|c| c["environment"] == environment.as_str() && c["changeRequestEnabled"] == true)
            };
            for environment in environments.iter().filter(|e| asks(e)) {
                let skips = may(permissions, SKIPS, &project, environment);
                let named = safe::line(environment);
                found.push(if skips {
                    let says = format!("{named} asks for one; this token may skip it");
                    Checked::ok(Aspect::Protection, what.clone(), says)
                } else {
                    let says = format!("{named} takes change requests only: a stop would wait for somebody's approval");
                    Checked::wrong(Aspect::Protection, what.clone(), says)
                        .help("give the token's account SKIP_CHANGE_REQUEST there, or name another control in `wider`")
                });
            }
            if !environments.iter().any(asks) {
                found.push(Checked::ok(Aspect::Protection, what, "none is asked for"));
            }
        }
        found
    }

    /// One flag, where it is named.
    pub(super) async fn check_flag(&self, needed: &Needed, until: Deadline) -> Result<Vec<Checked>, Fault> {
        let target = &needed.target;
        let name = binding(target, "flag")?;
        let flag = safe::line(name);
        if target.binding.get("environment").is_none() {
            let whole = evidence::whole(&self.link, target)?;
            let answer = link::judged(self.link.read(&whole, until).await);
            return Ok(vec![checks::found_as(&format!("flag {flag}"), &answer, |f| f["name"] == name)]);
        }
        let environment = safe::line(binding(target, "environment")?);
        let [whole, _] = self.reads(target, "check")?;
        let answer = link::judged(self.link.read(&whole, until).await);
        let there = checks::found_as(&format!("flag {flag} in {environment}"), &answer, |f| {
            f["name"] == name && f["enabled"].is_boolean()
        });
        let is_there = there.is == Standing::Ok;
        let mut found = vec![there];
        // What consumers are told of a flag that is not there says nothing.
        if !is_there || !matches!(needed.purpose, c if c != Capability::Evidence) {
            return Ok(found);
        }
        let what = format!("consumers of {flag}");
        found.push(match (self.consumer(target)?, self.other_environment(target).await) {
            (None, _) => Checked::wrong(
                Aspect::Credential,
                what,
                "there is no `client-token`, so nothing proves what consumers are told",
            )
            .help("give `client-token`, a backend token of this environment"),
            (Some(_), Err(fault)) => checks::fault_of(Aspect::Setting, &what, &fault),
            (Some(_), Ok(Some(why))) => Checked::wrong(Aspect::Credential, what, why)
                .help("give `client-token` of the environment that the flag is bound to"),
            (Some(read), Ok(None)) => {
                let told = link::judged(self.link.read(&read, until).await);
                checks::found_as(&what, &told, |f| f["name"] == name && f["enabled"].is_boolean())
            }
        });
        Ok(found)
    }
}

/// Flags that are changed: project, and its environments.
fn changed(needed: &[Needed]) -> LiteMap<String, BTreeSet<String>> {
    let mut all: LiteMap<String, BTreeSet<String>> = LiteMap::new();
    for w in needed.iter().filter(|w| w.used) {
        if let (Some(project), Some(environment)) = (maybe(&w.target, "project"), maybe(&w.target, "environment")) {
            all.entry(project.to_owned()).or_default().insert(environment.to_owned());
        }
    }
    all
}

/// Whether the token may do what is used, once per project and environment.
fn scope(permissions: &Permissions, needed: &[Needed]) -> Vec<Checked> {
    let mut needs: LiteMap<(String, String), BTreeSet<&str>> = LiteMap::new();
    for w in needed.iter().filter(|w| w.used) {
        let (Some(project), Some(environment)) = (maybe(&w.target, "project"), maybe(&w.target, "environment")) else {
            continue;
        };
        let need = match w.purpose {
            Capability::Switch => SWITCH,
            Capability::Level | Capability::Percent => STRATEGIES,
            _ => continue,
        };
        needs.entry((project.to_owned(), environment.to_owned())).or_default().extend(need);
    }
    needs
        .into_iter()
        .map(|((project, environment), need)| {
            let lacks: Vec<&str> = need.into_iter().filter(|n| !may(permissions, n, &project, &environment)).collect();
            let what = format!("scope in {}", safe::line(&project));
            let environment = safe::line(&environment);
            if lacks.is_empty() {
                Checked::ok(Aspect::Scope, what, format!("the token may change flags in {environment}"))
            } else {
                let says = format!("the token may not change flags in {environment}: it lacks {}", lacks.join(", "));
                Checked::wrong(Aspect::Scope, what, says).help("give its account a role of the project that may")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
