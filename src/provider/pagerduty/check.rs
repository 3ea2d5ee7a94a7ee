//! What can be known of a pager beforehand: the shape of the routing key, whether the REST token is taken, and whether a
//! schedule is there and somebody is on it.
//!
//! Reads only. Nothing tells whether a routing key is right without paging somebody.

use serde_json::Value;

use super::{PagerDuty, VERSIONED};
use crate::model::catalog::Capability;
use crate::plan::checked::{Aspect, Checked};
use crate::plan::needed::Needed;
use crate::port::Fault;
use crate::provider::answer::Answer;
use crate::provider::checks::{self, Access};
use crate::provider::link::{self, maybe};
use crate::provider::transport::Deadline;
use crate::text::safe;

/// An integration key is this long.
const ROUTING_KEY: usize = 32;

impl PagerDuty {
    /// A read of the REST API, plainly where a server in between refuses the version; none without address and token.
    async fn look(&self, path: &str, until: Deadline) -> Option<Result<Value, Answer>> {
        let mut answer = self.link.read(&self.read(path, "check", VERSIONED)?, until).await;
        if answer.status() == Some(406) {
            answer = self.link.read(&self.read(path, "check", "application/json")?, until).await;
        }
        Some(link::judged(answer))
    }

    /// The routing key's shape and whether the token is taken.
    pub(super) async fn access(&self, until: Deadline) -> Access {
        let key = match self.link.transport.vault().fetch(&self.routing).await {
            Ok(key) if key.expose().len() == ROUTING_KEY => Checked::ok(
                Aspect::Setting,
                "routing-key",
                "it has the right shape; only a page proves that it is right",
            ),
            Ok(key) => {
                let says =
                    format!("it has {} characters, and an integration key has {ROUTING_KEY}", key.expose().len());
                Checked::wrong(Aspect::Setting, "routing-key", says)
                    .help("copy the integration key of the service's Events API v2 integration")
            }
            Err(fault) => checks::fault_of(Aspect::Setting, "routing-key", &fault),
        };
        let mut access = match self.look("/incidents?limit=1", until).await {
            Some(read) => Access::of_own("token", &read, |d| d["incidents"].is_array()),
            None => {
                let says = "without `rest-url` and `token` a page is accepted and never proven";
                let found = vec![Checked::note(Aspect::Setting, "token", says)];
                Access { found, shut: None }
            }
        };
        access.found.insert(0, key);
        access
    }

    /// A schedule: there, and somebody on it. A page has nothing of its own that could be looked at.
    pub(super) async fn check_schedule(&self, needed: &Needed, until: Deadline) -> Result<Vec<Checked>, Fault> {
        if needed.purpose != Capability::OnCall {
            return Ok(Vec::new());
        }
        let target = &needed.target;
        let named = ["schedule", "escalation-policy"].into_iter().find_map(|key| maybe(target, key));
        let what = format!("on call in {}", safe::line(named.unwrap_or(&target.label)));
        let on_duty = self.on_duty(target, until).await;
        Ok(vec![match on_duty {
            Ok(turns) => match turns.first() {
                Some(first) => Checked::ok(Aspect::People, what, format!("{}, now", safe::excerpt(&first.name, 60))),
                None => Checked::wrong(Aspect::People, what, "nobody, now")
                    .help("correct its id, or give it a layer that covers this hour"),
            },
            Err(fault) => checks::fault_of(Aspect::People, &what, &fault),
        }])
    }
}

#[cfg(test)]
mod tests;
