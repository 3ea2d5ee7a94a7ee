//! What can be known about a signal beforehand: whether its queries are understood, and whether they have data now.
//!
//! Reads only.

use super::{Prometheus, Read, read};
use crate::plan::checked::{Aspect, Checked};
use crate::plan::needed::Needed;
use crate::port::Fault;
use crate::provider::checks::{self, Access};
use crate::provider::link;
use crate::provider::transport::Deadline;
use crate::text::safe;

impl Prometheus {
    /// A query without any metric behind it: whether we are let in.
    pub(super) async fn access(&self, until: Deadline) -> Access {
        let answer = self.link.read(&self.request("vector(1)"), until).await;
        let what = if self.link.token.is_some() { "token" } else { "access without a token" };
        Access::of_own(what, &link::judged(answer), |d| d["status"] == "success")
    }

    /// One signal: the number, and the number of observations behind it.
    pub(super) async fn check_signal(&self, needed: &Needed, until: Deadline) -> Result<Vec<Checked>, Fault> {
        let target = &needed.target;
        link::binding(target, "query")?;
        let mut found = Vec::new();
        for key in ["query", "count-query"] {
            let Some(query) = link::maybe(target, key) else { continue };
            let what = format!("{key} of {}", safe::line(&target.label));
            let answer = self.link.read(&self.request(query), until).await;
            found.push(match (answer.succeeded(), answer.status()) {
                (true, _) => match read(&answer) {
                    Read::Number(n) => Checked::ok(Aspect::Data, what, format!("{n} now")),
                    Read::Nothing(why) => Checked::note(Aspect::Data, what, format!("{why} now"))
                        .help("a trigger or a check on it can't be judged until there is data"),
                },
                (false, Some(400 | 422)) => Checked::wrong(Aspect::Exists, what, answer.says.clone())
                    .help(format!("correct the query: {}", safe::excerpt(query, 120))),
                (false, _) => checks::found(&what, &link::judged(answer)),
            });
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
