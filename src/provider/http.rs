//! Any API at all, configured in `aigov.toml` alone: controls, layers, evidence, statements, tickets, notices, pages,
//! deployments and named calls.
//!
//! Owns what an order means for such a provider. What it may be repeated and how it is proven stands in the tables: an
//! act without `read` is accepted, never proven. Must not know any vendor.

use litemap::LiteMap;
use serde_json::{Value, json};

use super::adapter::Adapter;
use super::answer::{self, Answer, fault};
use super::checks::Access;
use super::evidence::Captured;
use super::link::{Link, Opening};
use super::request::{Method, Request};
use super::transport::{Again, Deadline};
use crate::model::catalog::Holds;
use crate::plan::checked::Checked;
use crate::plan::needed::Needed;
use crate::plan::{Act, Direction, Repeat, Setting};
use crate::port::{Fault, Order, Prepared, Sight, Way};
use crate::run::event::{Outcome, Verdict};
use crate::text::safe;

mod check;
pub(super) mod fields;
mod kind;
pub(super) mod operation;
#[cfg(test)]
mod tests;

use operation::{Call, Fields, Look, Operation, fill, fill_body, same};

pub(super) use kind::KIND;

enum Auth {
    Bearer,
    Header(String),
}

pub(super) struct Http {
    link: Link,
    auth: Auth,
    /// By table, and by `call.NAME`.
    operations: LiteMap<String, Operation>,
    captured: Captured,
}

impl Http {
    pub(super) fn open(opening: &Opening<'_>) -> Result<Self, Fault> {
        let link = Link::open(opening)?;
        let auth = match opening.shared.maybe("auth").unwrap_or("bearer") {
            "bearer" => Auth::Bearer,
            other => match other.strip_prefix("header:").filter(|h| !h.is_empty()) {
                Some(header) => Auth::Header(header.to_owned()),
                None => {
                    let says = format!("{}: `auth` is neither `bearer` nor `header:NAME`", opening.shared.what);
                    return Err(fault(says, None));
                }
            },
        };
        let mut operations = LiteMap::new();
        let named = |f: Fault| Fault { says: format!("{}: {}", opening.shared.what, f.says), ..f };
        for key in KIND.shared.iter().filter(|k| k.holds == Holds::Table) {
            match (key.name, opening.shared.map.get(key.name)) {
                (_, None) => {}
                ("call", Some(calls)) => {
                    for (call, table) in calls.as_object().into_iter().flatten() {
                        let what = format!("call.{call}");
                        operations.insert(what.clone(), Operation::parse(&what, table).map_err(named)?);
                    }
                }
                (what, Some(table)) => {
                    operations.insert(what.to_owned(), Operation::parse(what, table).map_err(named)?);
                }
            }
        }
        Ok(Self { link, auth, operations, captured: Captured::default() })
    }

    fn operation(&self, order: &Order<'_>) -> Result<&Operation, Fault> {
        let found = operation::table_of(&order.step.act).and_then(|table| self.operations.get(&table));
        found.ok_or_else(|| self.link.cannot(order))
    }

    fn signed(&self, request: Request) -> Request {
        match &self.auth {
            Auth::Bearer => request.secret("Authorization", "Bearer ", self.link.token.as_ref()),
            Auth::Header(name) => request.secret(name, "", self.link.token.as_ref()),
        }
    }

    fn call(&self, call: &Call, fields: &Fields, strict: bool, purpose: &str) -> Result<Request, Fault> {
        let url = self.link.base.at(&fill(&call.path, fields, strict, true)?);
        let mut request = self.signed(Request::new(call.method, url, purpose));
        for (name, value) in &call.headers {
            request = request.header(name, &fill(value, fields, strict, false)?);
        }
        if let Some(header) = &call.key_header {
            request = request.header(header, &fill("{key}", fields, strict, false)?);
        }
        Ok(match &call.body {
            Some(body) => request.json(fill_body(body, fields, strict)?),
            None => request,
        })
    }

    fn look(&self, look: &Look, fields: &Fields, strict: bool, purpose: &str) -> Result<Request, Fault> {
        let url = self.link.base.at(&fill(&look.path, fields, strict, true)?);
        Ok(self.signed(Request::get(url, purpose)))
    }

    /// Reads one value; the inner error is why there is none.
    async fn value(
        &self,
        look: &Look,
        fields: &Fields,
        purpose: &str,
        until: Deadline,
    ) -> Result<(Answer, Result<Value, String>), Fault> {
        let answer = self.link.read(&self.look(look, fields, true, purpose)?, until).await;
        let value = answer.document().and_then(|document| {
            let found = document.pointer(&look.at).cloned();
            found.ok_or_else(|| format!("the answer has nothing at `{}`", safe::line(&look.at)))
        });
        Ok((answer, value))
    }

    /// A value that is to be captured, put back or followed: exactly what the server holds.
    async fn exact(&self, look: &Look, fields: &Fields, label: &str, until: Deadline) -> Result<Value, Fault> {
        let (answer, value) = self.value(look, fields, "capture prior state", until).await?;
        answer.state(&safe::line(label))?;
        value.map_err(|says| Fault { before_sending: false, ..fault(format!("{}: {says}", safe::line(label)), None) })
    }

    /// What fills the placeholders of an order; the value of a layer that is to go back to what was good is read first.
    async fn fields(&self, order: &Order<'_>, operation: &Operation, until: Deadline) -> Result<Fields, Fault> {
        let mut fields = fields::of(order);
        if let (Way::Do, Act::RollbackLayer { to, .. }) = (order.way, &order.step.act)
            && to == fields::LAST_KNOWN_GOOD
        {
            let good = operation.good.as_ref().ok_or_else(|| {
                fault(
                    format!("{}: nothing says which version was the last good one", safe::line(&order.target.label)),
                    Some("name the version, or add `good = { path, at }` to the provider's `layer` table"),
                )
            })?;
            let version = self.exact(good, &fields, &order.target.label, until).await?;
            fields.insert("value".to_owned(), version);
        }
        Ok(fields)
    }

    /// The same once it is prepared: the version is the one that was found then, and the key is known.
    async fn fields_at(
        &self,
        order: &Order<'_>,
        operation: &Operation,
        prepared: Option<&Prepared>,
        until: Deadline,
    ) -> Result<Fields, Fault> {
        let found = prepared.and_then(|p| p.leaves.get("value"));
        let mut fields = match (order.way, &order.step.act, found) {
            (Way::Do, Act::RollbackLayer { .. }, Some(version)) => {
                let mut fields = fields::of(order);
                fields.insert("value".to_owned(), version.clone());
                fields
            }
            _ => self.fields(order, operation, until).await?,
        };
        if !order.key.is_empty() {
            fields.insert("key".to_owned(), json!(order.key));
        }
        Ok(fields)
    }

    fn way<'a>(&self, order: &Order<'_>, operation: &'a Operation) -> &'a Call {
        match order.way {
            Way::Do => &operation.act,
            Way::Undo(_) => operation.undo.as_ref().unwrap_or(&operation.act),
        }
    }
}

impl Adapter for Http {
    fn link(&self) -> &Link {
        &self.link
    }

    fn requests_of(&self, order: &Order<'_>) -> Result<Vec<Request>, Fault> {
        let operation = self.operation(order)?;
        let mut fields = fields::of(order);
        if matches!(&order.step.act, Act::RollbackLayer { to, .. } if to == fields::LAST_KNOWN_GOOD) {
            fields.insert("value".to_owned(), json!("{prior.good}"));
        }
        let mut requests = Vec::new();
        if let (true, Some(read)) = (fields::has_prior(&order.step.act), &operation.read) {
            requests.push(self.look(read, &fields, false, "capture prior state")?);
        }
        requests.push(self.call(self.way(order, operation), &fields, false, "act")?);
        if let Some(read) = &operation.read {
            requests.push(self.look(read, &fields, false, "read back")?);
        }
        Ok(requests)
    }

    async fn prepare_order(&self, order: &Order<'_>, until: Deadline) -> Result<Prepared, Fault> {
        let operation = self.operation(order)?;
        let fields = self.fields(order, operation, until).await?;
        let (mut prior, mut leaves, mut undo) = (Value::Null, Value::Null, Vec::new());
        if let (true, Some(read)) = (fields::has_prior(&order.step.act), &operation.read) {
            let now = match order.after.and_then(|after| after.get("value")) {
                Some(after) => after.clone(),
                None => {
                    let now = self.exact(read, &fields, &order.target.label, until).await?;
                    fields::canonical(order, read, &now)
                }
            };
            let wanted = fields::wanted(order, read, &fields);
            if matches!(order.way, Way::Do) {
                let mut back = fields.clone();
                back.insert("value".to_owned(), now.clone());
                let call = operation.undo.as_ref().unwrap_or(&operation.act);
                undo.push(self.call(call, &back, false, "put prior state back")?.view());
            }
            prior = json!({ "value": now });
            leaves = json!({ "value": wanted });
        }
        let mut fields = fields;
        if !order.key.is_empty() {
            fields.insert("key".to_owned(), json!(order.key));
        }
        let request = self.call(self.way(order, operation), &fields, false, "act")?;
        Ok(Prepared { prior, leaves, requests: vec![request.view()], undo, account: safe::line(&self.link.name) })
    }

    async fn perform_order(
        &self,
        order: &Order<'_>,
        prepared: Option<&Prepared>,
        until: Deadline,
    ) -> Result<Sight<Outcome>, Fault> {
        let operation = self.operation(order)?;
        let label = &order.target.label;
        let fields = self.fields_at(order, operation, prepared, until).await?;
        if let (Some(read), Some(prepared)) = (&operation.read, prepared)
            && fields::has_prior(&order.step.act)
            && matches!(order.step.direction, Direction::Raises | Direction::Neutral)
            && matches!(order.way, Way::Do)
        {
            let now = self.exact(read, &fields, label, until).await?;
            let now = json!({ "value": fields::canonical(order, read, &now) });
            if now != prepared.prior && now != prepared.leaves {
                return Err(fault(format!("{}: it changed after this was prepared", safe::line(label)), None));
            }
        }
        let call = self.way(order, operation);
        let request = self.call(call, &fields, true, "act")?;
        if matches!((&order.step.act, call.method), (Act::Capture { .. }, Method::Get)) {
            let answer = self.link.read(&request, until).await;
            return Ok(match answer.document() {
                Ok(document) => self.captured.keep(order, &document, "captured", answer.requests),
                Err(says) => Captured::failed(&answer, label, &says),
            });
        }
        let again = if call.repeat == Repeat::Never { Again::Never } else { Again::Harmless };
        Ok(self.link.act(label, &[request], &call.expect, |_| again, until).await)
    }

    async fn probe_order(
        &self,
        order: &Order<'_>,
        prepared: Option<&Prepared>,
        until: Deadline,
    ) -> Result<Sight<Verdict>, Fault> {
        let operation = self.operation(order)?;
        let label = &order.target.label;
        let Some(read) = &operation.read else {
            if matches!((&order.step.act, operation.act.method), (Act::Capture { .. }, Method::Get)) {
                return Ok(self.captured.proof(order));
            }
            let says = "accepted; the provider has no `read` for this, so nothing proves it".to_owned();
            return Ok(Sight { is: Verdict::Accepted, ..answer::untold(label, says) });
        };
        let fields = self.fields_at(order, operation, prepared, until).await?;
        let wanted = fields::wanted(order, read, &fields);
        let (answer, value) = self.value(read, &fields, "read back", until).await?;
        let shown = |v: &Value| safe::excerpt(&v.to_string(), 80);
        Ok(match (value, answer.status()) {
            (Ok(value), _) => {
                let there = match &wanted {
                    Value::Null => !value.is_null() && value != false,
                    wanted => same(&value, wanted),
                };
                let is = if there { Verdict::Pass } else { Verdict::Fail };
                answer.verdict(is, label, format!("reads {}, wanted {}", shown(&value), shown(&wanted)))
            }
            (Err(why), Some(404 | 410)) => Sight { is: Verdict::Fail, ..answer.inconclusive(label, &why) },
            (Err(why), _) => answer.inconclusive(label, &why),
        })
    }

    async fn check_access(&self, needed: &[Needed], until: Deadline) -> Access {
        self.access(needed, until).await
    }

    async fn check_needed(&self, needed: &Needed, until: Deadline) -> Result<Vec<Checked>, Fault> {
        self.check_named(needed, until).await
    }
}
