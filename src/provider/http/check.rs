//! What can be known of a configured API beforehand: whether there is a table for what is used, and what its `read` says.
//!
//! Reads only, and only what is declared as a read. What has none can't be looked at without acting, and is said so.

use serde_json::Value;

use super::operation::{Fields, Look, Operation};
use super::{Http, kind};
use crate::model::catalog::Capability;
use crate::plan::Target;
use crate::plan::checked::{Aspect, Checked};
use crate::plan::needed::Needed;
use crate::port::Fault;
use crate::provider::checks::{self, Access};
use crate::provider::link::{self, maybe};
use crate::provider::request::Request;
use crate::provider::transport::Deadline;
use crate::text::safe;

impl Http {
    /// Where no declared read can be made, the first page is asked for with the credential: it may be refused.
    pub(super) async fn access(&self, needed: &[Needed], until: Deadline) -> Access {
        let reads = needed.iter().any(|w| !self.reads_of(w).is_empty());
        if reads || self.link.token.is_none() {
            return Access::unasked();
        }
        let first = self.signed(Request::get(self.link.base.at("/"), "check"));
        let answer = self.link.read(&first, until).await;
        match answer.status() {
            Some(401 | 403) => Access::of("token", &link::judged(answer)),
            Some(_) => {
                let says = "there is no declared read that it could be tried with";
                Access { found: vec![Checked::untold(Aspect::Credential, "token", says)], shut: None }
            }
            None => Access::of("token", &link::judged(answer)),
        }
    }

    fn used(&self, needed: &Needed) -> Result<(String, Option<&Operation>), Fault> {
        let key = match needed.purpose {
            Capability::Call => format!("call.{}", link::binding(&needed.target, "call")?),
            capability => kind::table(capability).unwrap_or("signal").to_owned(),
        };
        let operation = self.operations.get(&key);
        Ok((key, operation))
    }

    /// The reads that can be made with what the binding says: the one of the state, and the one of the last good version.
    fn reads_of(&self, needed: &Needed) -> Vec<(&'static str, &Look, Request)> {
        let Ok((_, Some(operation))) = self.used(needed) else { return Vec::new() };
        let fields = fields(&needed.target);
        [("read", &operation.read), ("good", &operation.good)]
            .into_iter()
            .filter_map(|(name, look)| {
                let look = look.as_ref()?;
                Some((name, look, self.look(look, &fields, true, "check").ok()?))
            })
            .collect()
    }

    /// One thing that is named.
    pub(super) async fn check_named(&self, needed: &Needed, until: Deadline) -> Result<Vec<Checked>, Fault> {
        let label = safe::line(&needed.target.label);
        let (key, operation) = self.used(needed)?;
        let Some(operation) = operation else {
            let says = format!("the provider has no table `{}`", safe::line(&key));
            return Ok(vec![
                Checked::wrong(Aspect::Setting, label, says).help("add it below the provider in aigov.toml"),
            ]);
        };
        let mut found = Vec::new();
        for (name, look, request) in self.reads_of(needed) {
            let what = if name == "good" { format!("last good of {label}") } else { label.clone() };
            let answer = self.link.read(&request, until).await;
            found.push(match link::judged(answer) {
                Ok(document) => match document.pointer(&look.at) {
                    Some(value) => Checked::ok(Aspect::Exists, what, format!("reads {}", shown(value))),
                    None => Checked::wrong(
                        Aspect::Exists,
                        what,
                        format!("the answer has nothing at `{}`, where the table looks", safe::line(&look.at)),
                    ),
                },
                refused => checks::found(&what, &refused),
            });
        }
        if found.is_empty() {
            let says = match (&operation.read, maybe(&needed.target, "call")) {
                (None, _) => "it has no `read`: nothing is known beforehand, and nothing proves it afterwards",
                (Some(_), _) => "its `read` needs what is known only when it is done",
            };
            found.push(Checked::untold(Aspect::Exists, label, says));
        }
        Ok(found)
    }
}

fn fields(target: &Target) -> Fields {
    target.binding.clone().into_iter().collect()
}

fn shown(value: &Value) -> String {
    safe::excerpt(&value.to_string(), 60)
}

#[cfg(test)]
mod tests;
