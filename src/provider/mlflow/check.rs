//! What can be known about a model or a prompt beforehand: whether it and its aliases are there, and what a rollback would
//! go back to.
//!
//! Reads only. The server has no question for what a credential may do; whether it asks for one at all can be told.

use serde_json::Value;

use super::{LAST_KNOWN_GOOD, Mlflow, model};
use crate::model::catalog::Capability;
use crate::plan::checked::{Aspect, Checked, Standing};
use crate::plan::needed::Needed;
use crate::port::Fault;
use crate::provider::checks::{self, Access};
use crate::provider::link::{self, maybe};
use crate::provider::request::{Method, Request};
use crate::provider::transport::Deadline;
use crate::text::safe;

const ANY: &str = "/registered-models/search?max_results=1";

impl Mlflow {
    /// Whether we are let in, and whether everybody is.
    pub(super) async fn access(&self, needed: &[Needed], until: Deadline) -> Access {
        let read = link::judged(self.link.read(&self.request(Method::Get, ANY, "check"), until).await);
        let what = if self.link.token.is_some() { "token" } else { "access without a token" };
        let mut access = Access::of(what, &read);
        let moves = needed.iter().any(|w| w.used && w.purpose == Capability::Layer);
        if read.is_err() || !moves {
            return access;
        }
        let open = match &self.link.token {
            None => true,
            Some(_) => {
                let url = self.link.base.at(&format!("/api/2.0/mlflow{ANY}"));
                self.link.read(&Request::get(url, "check"), until).await.succeeded()
            }
        };
        access.add(if open {
            let says = "the server asks nobody for a credential: aliases can be moved, by whoever reaches it";
            Checked::note(Aspect::Scope, "scope", says).help("let only those reach it who may")
        } else {
            Checked::untold(Aspect::Scope, "scope", "whether the token may move an alias shows only when it does")
        });
        access
    }

    /// One model or prompt and its aliases.
    pub(super) async fn check_model(&self, needed: &Needed, until: Deadline) -> Result<Vec<Checked>, Fault> {
        let target = &needed.target;
        let name = safe::line(model(target)?);
        let whole = link::judged(self.link.read(&self.whole(target)?, until).await);
        let there = checks::found_as(&format!("{name} in the registry"), &whole, |d| d["registered_model"].is_object());
        let is_there = there.is == Standing::Ok;
        let mut found = vec![there];
        let Some(alias) = maybe(target, "alias").filter(|_| is_there) else { return Ok(found) };
        let good = maybe(target, "good").unwrap_or(LAST_KNOWN_GOOD);
        let mut versions = Vec::new();
        for (alias, help) in [
            (alias, "set the alias that consumers load, or correct its name"),
            (good, "set it to the version that was last known to be good: without it nothing can be rolled back to"),
        ] {
            let what = format!("alias {} of {name}", safe::line(alias));
            let read = link::judged(self.link.read(&self.alias_read(target, alias, "check")?, until).await);
            let version = |d: &Value| d.pointer("/model_version/version").and_then(Value::as_str).map(str::to_owned);
            let mut there = checks::found_as(&what, &read, |d| version(d).is_some());
            if let Some(version) = read.as_ref().ok().and_then(version) {
                there.says = format!("version {}", safe::excerpt(&version, 40));
                versions.push(version);
            } else if there.help.is_none() && there.aspect == Aspect::Exists {
                there = there.help(help);
            }
            found.push(there);
        }
        if let [used, good] = versions.as_slice()
            && used == good
        {
            let says = "what is used is what is called good: a rollback would change nothing";
            found.push(Checked::note(Aspect::Exists, format!("rollback of {name}"), says));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
