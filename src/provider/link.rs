//! What every adapter has: a name, an address, a credential, the transport, and the same manners.
//!
//! Owns reading bindings, the check that an order is for this environment, and acts that take several requests. Must not
//! know any vendor.

use serde_json::Value;

use super::answer::{Answer, fault};
use super::request::{Base, Request, Table};
use super::secret::Reference;
use super::transport::{Again, Deadline, Shared};
use crate::model::catalog::{Holds, Key};
use crate::plan::Target;
use crate::port::{Fault, Order, Sight};
use crate::run::event::Outcome;
use crate::run::record::{ALREADY_SO, RequestView, Seen};
use crate::text::safe;
use crate::text::time::Millis;

/// Time for everything that preparing reads.
pub(super) const PREPARE: Millis = Millis(10_000);

/// What an adapter is opened with.
pub(super) struct Opening<'a> {
    /// The provider's name in the workspace.
    pub(super) name: &'a str,
    /// Keys that stand beside `kind`.
    pub(super) shared: Table<'a>,
    /// The table of the environment.
    pub(super) settings: Table<'a>,
    pub(super) transport: &'a Shared,
    /// The environment these settings are for, where known.
    pub(super) environment: Option<&'a str>,
}

/// A named provider at an address.
pub(super) struct Link {
    pub(super) name: String,
    pub(super) base: Base,
    pub(super) token: Option<Reference>,
    pub(super) transport: Shared,
    /// The environment these settings are for, where known.
    pub(super) environment: Option<String>,
}

impl Link {
    /// Reads `url` and `token`.
    pub(super) fn open(opening: &Opening<'_>) -> Result<Self, Fault> {
        Ok(Self {
            name: opening.name.to_owned(),
            base: opening.settings.base("url")?,
            token: opening.settings.secret("token")?,
            transport: Shared::clone(opening.transport),
            environment: opening.environment.map(str::to_owned),
        })
    }

    /// An order for another environment than ours is never carried out.
    pub(super) fn guard(&self, order: &Order<'_>) -> Result<(), Fault> {
        match &self.environment {
            Some(ours) if ours != order.environment => Err(fault(
                format!(
                    "provider {} is opened for environment {}, not {}",
                    safe::line(&self.name),
                    safe::line(ours),
                    safe::line(order.environment)
                ),
                Some("choose the environment with --env"),
            )),
            _ => Ok(()),
        }
    }

    /// What this provider can't do.
    pub(super) fn cannot(&self, order: &Order<'_>) -> Fault {
        fault(format!("provider {} can't do {}", safe::line(&self.name), order.step.act.verb()), None)
    }

    /// A read: harmless to repeat.
    pub(super) async fn read(&self, request: &Request, until: Deadline) -> Answer {
        self.transport.send(request, until, Again::Harmless).await
    }

    /// Performs requests in order and stops at the first that is not done. What was done before it is not forgotten:
    /// an act that is refused halfway may have acted.
    pub(super) async fn act(
        &self,
        label: &str,
        requests: &[Request],
        expect: &[u16],
        again: impl Fn(&Request) -> Again,
        until: Deadline,
    ) -> Sight<Outcome> {
        let mut sent = 0;
        let mut last = None;
        for (done, request) in requests.iter().enumerate() {
            let answer = self.transport.send(request, until, again(request)).await;
            sent += answer.requests;
            let mut sight = answer.sight(answer.outcome(expect), label);
            sight.seen.requests = sent;
            if sight.is != Outcome::Done {
                if done > 0 {
                    sight.is = Outcome::Unknown;
                    sight.seen.says = format!(
                        "{done} of {} requests were done, then `{}`: {}",
                        requests.len(),
                        request.purpose,
                        sight.seen.says
                    );
                }
                return sight;
            }
            last = Some(sight);
        }
        last.unwrap_or_else(|| Sight {
            is: Outcome::Done,
            seen: Seen { target: label.to_owned(), status: None, says: ALREADY_SO.to_owned(), requests: 0 },
            keep: None,
        })
    }
}

/// A key of a target's binding that must be there.
pub(super) fn binding<'a>(target: &'a Target, key: &str) -> Result<&'a str, Fault> {
    maybe(target, key).ok_or_else(|| {
        fault(
            format!(
                "{}: the binding to provider {} has no `{key}`",
                safe::line(&target.label),
                safe::line(&target.provider)
            ),
            Some("add it to the automation's table for this environment"),
        )
    })
}

/// A key of a target's binding that may be there.
pub(super) fn maybe<'a>(target: &'a Target, key: &str) -> Option<&'a str> {
    target.binding.get(key).and_then(Value::as_str).filter(|v| !v.is_empty())
}

/// Views of requests.
pub(super) fn views(requests: &[Request]) -> Vec<RequestView> {
    requests.iter().map(Request::view).collect()
}

/// Whether a value that is state could be read, together with the answer when not.
pub(super) fn judged(answer: Answer) -> Result<Value, Answer> {
    match answer.document() {
        Ok(value) => Ok(value),
        Err(says) => Err(Answer { says, ..answer }),
    }
}

/// A key that must be there.
pub(super) const fn needs(name: &'static str, holds: Holds, about: &'static str) -> Key {
    Key { name, holds, required: true, about }
}

/// A key that may be there.
pub(super) const fn takes(name: &'static str, holds: Holds, about: &'static str) -> Key {
    Key { name, holds, required: false, about }
}

/// A provider without signals.
pub(super) fn no_signals(name: &str, measure: &crate::plan::Measure) -> Fault {
    fault(
        format!("provider {} has no signals, so {} can't be read", safe::line(name), safe::line(&measure.signal)),
        None,
    )
}

/// A provider that knows of no turns.
pub(super) fn no_on_call(name: &str, target: &Target) -> Fault {
    fault(
        format!("provider {} does not know who is on call as {}", safe::line(name), safe::line(&target.label)),
        Some("name a pager in the role's `on-call`"),
    )
}
