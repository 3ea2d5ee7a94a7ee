//! What can be known about an application beforehand: whether the token may do what is used, what the application would be
//! rolled back to, and what of Argo CD's own would refuse or undo us: sync windows, owners, auto-sync.
//!
//! Reads only. What a token may do is asked of the server (`can-i`), which judges by its own policies.

use super::ArgoCd;
use super::app::{self, App};
use crate::model::catalog::Capability;
use crate::plan::Target;
use crate::plan::checked::{Aspect, Checked};
use crate::plan::needed::Needed;
use crate::port::Fault;
use crate::provider::checks::{self, Access};
use crate::provider::link::{self, binding, maybe};
use crate::provider::request::{Request, encode};
use crate::provider::transport::Deadline;
use crate::text::safe;

impl ArgoCd {
    fn ask(&self, path: &str) -> Request {
        let url = self.link.base.at(&format!("/api/v1{path}"));
        Request::get(url, "check").secret("Authorization", "Bearer ", self.link.token.as_ref())
    }

    /// Whether the server takes us for somebody.
    pub(super) async fn access(&self, until: Deadline) -> Access {
        let read = link::judged(self.link.read(&self.ask("/session/userinfo"), until).await);
        match &read {
            // Without a valid token the question is answered all the same, and says so.
            Ok(user) if user["loggedIn"] != true => Access {
                found: vec![
                    Checked::wrong(Aspect::Credential, "token", "the server does not take it for anybody's")
                        .help("make a new token for the account: argocd account generate-token"),
                ],
                shut: Some("the credential is not accepted".to_owned()),
            },
            Ok(user) => {
                let who = user["username"].as_str().filter(|u| !u.is_empty());
                let says = who.map_or("it is accepted".to_owned(), |u| format!("it is {}'s", safe::excerpt(u, 60)));
                Access { found: vec![Checked::ok(Aspect::Credential, "token", says)], shut: None }
            }
            Err(_) => Access::of("token", &read),
        }
    }

    /// One application.
    pub(super) async fn check_app(&self, needed: &Needed, until: Deadline) -> Result<Vec<Checked>, Fault> {
        let target = &needed.target;
        let name = safe::line(binding(target, "app")?);
        let answer = self.link.read(&self.get(target, "check")?, until).await;
        let refused = answer.status() == Some(403);
        let read = link::judged(answer);
        let mut there = checks::found_as(&format!("application {name}"), &read, |d| App::parse(d).is_some());
        if refused {
            there = there.help("403 can also mean that there is no such application");
        }
        let mut found = vec![there];
        let Ok(document) = read else { return Ok(found) };
        let Some(app) = App::parse(&document) else { return Ok(found) };
        if needed.used {
            found.push(self.scope(needed, &app, until).await?);
            found.extend(self.windows(needed, &name, until).await?);
            found.extend(undone(&app, &name));
            found.push(automation(&app, &name));
        }
        if needed.purpose == Capability::Layer {
            let what = format!("history of {name}");
            found.push(match app.find(app::LAST_KNOWN_GOOD) {
                Some(earlier) => {
                    Checked::ok(Aspect::Exists, what, format!("deployment {} could be gone back to", earlier.id))
                }
                None => Checked::wrong(Aspect::Exists, what, "there is no earlier deployment to roll back to")
                    .help("raise spec.revisionHistoryLimit, and name another way in the runbook"),
            });
        }
        Ok(found)
    }

    /// Whether the token may do to the application what is used of it.
    async fn scope(&self, needed: &Needed, app: &App, until: Deadline) -> Result<Checked, Fault> {
        let what = format!("scope of {}", safe::line(binding(&needed.target, "app")?));
        let verbs: &[&str] = match needed.purpose {
            Capability::Layer => &["update", "sync"],
            _ => &["update"],
        };
        let mut lacks = Vec::new();
        for verb in verbs {
            let mut may = false;
            // An application that lives beside the server itself is named without its namespace.
            for object in objects(&needed.target, app)? {
                let answer =
                    self.link.read(&self.ask(&format!("/account/can-i/applications/{verb}/{object}")), until).await;
                match answer.document().ok().as_ref().and_then(|d| d["value"].as_str()) {
                    Some("yes") => may = true,
                    Some("no") => {}
                    _ => {
                        let says = format!("whether the token may {verb}: {}", answer.line());
                        return Ok(Checked::untold(Aspect::Scope, what, says));
                    }
                }
            }
            if !may {
                lacks.push(*verb);
            }
        }
        Ok(if lacks.is_empty() {
            Checked::ok(Aspect::Scope, what, format!("the token may {}", verbs.join(" and ")))
        } else {
            Checked::wrong(Aspect::Scope, what, format!("the token may not {} it", lacks.join(" or "))).help(
                "add `p, SUBJECT, applications, VERB, PROJECT/APP, allow` to argocd-rbac-cm or to the project's role",
            )
        })
    }

    /// Windows in which a synchronisation, and with it a rollback, is refused.
    async fn windows(&self, needed: &Needed, name: &str, until: Deadline) -> Result<Option<Checked>, Fault> {
        if needed.purpose != Capability::Layer {
            return Ok(None);
        }
        let what = format!("sync windows of {name}");
        let path =
            format!("/applications/{}/syncwindows{}", encode(binding(&needed.target, "app")?), query(&needed.target));
        let answer = self.link.read(&self.ask(&path), until).await;
        let Ok(windows) = answer.document() else {
            let says = format!("whether one forbids a rollback now: {}", answer.line());
            return Ok(Some(Checked::untold(Aspect::Protection, what, says)));
        };
        let assigned = windows["assignedWindows"].as_array().map_or(0, Vec::len);
        // The gateway leaves out what is false.
        let can = windows["canSync"] == true;
        Ok(Some(match (can, assigned) {
            (false, n) if n > 0 => {
                Checked::wrong(Aspect::Protection, what, "a window forbids it now: a rollback would be refused")
                    .help("let the window allow manual syncs (manualSync: true), or know who can lift it at night")
            }
            (_, 0) => Checked::ok(Aspect::Protection, what, "none"),
            (_, n) => {
                let denies = windows["assignedWindows"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .any(|w| w["kind"] == "deny" && w["manualSync"] != true);
                if denies {
                    let says = format!("open now, but one of {n} forbids manual syncs at other times");
                    Checked::note(Aspect::Protection, what, says)
                } else {
                    Checked::ok(Aspect::Protection, what, "a rollback is allowed now")
                }
            }
        }))
    }
}

/// What auto-sync would do against us, and that it is dealt with.
fn automation(app: &App, name: &str) -> Checked {
    let automated = app.state(false).automated;
    let heals = if automated["selfHeal"] == true { ", with self-heal" } else { "" };
    let says = if app::syncs(&automated) {
        format!("on{heals}: a freeze or a rollback turns it off first")
    } else {
        "off".to_owned()
    };
    Checked::ok(Aspect::Protection, format!("auto-sync of {name}"), says)
}

/// Who would turn auto-sync on again after us.
fn undone(app: &App, name: &str) -> Option<Checked> {
    let what = format!("owner of {name}");
    let owner = app.owner.as_ref()?;
    let says = format!("{owner} manages it and may turn auto-sync on again after a freeze or a rollback");
    Some(Checked::note(Aspect::Protection, what, says).help("let the owner ignore differences in spec.syncPolicy"))
}

/// An application as policies may name it: its project, its namespace where it lives in another one, its name.
fn objects(target: &Target, app: &App) -> Result<Vec<String>, Fault> {
    let (project, name) = (encode(&app.project), encode(binding(target, "app")?));
    let plain = format!("{project}/{name}");
    Ok(match maybe(target, "namespace") {
        Some(namespace) => vec![format!("{project}/{}/{name}", encode(namespace)), plain],
        None => vec![plain],
    })
}

/// Project and namespace, for a path that names the application alone.
pub(super) fn query(target: &Target) -> String {
    let query: Vec<String> = [("project", "project"), ("appNamespace", "namespace")]
        .into_iter()
        .filter_map(|(name, key)| maybe(target, key).map(|v| format!("{name}={}", encode(v))))
        .collect();
    if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) }
}

#[cfg(test)]
mod tests;
