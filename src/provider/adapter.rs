//! What is the same for every real system: the provider's port, carried by an adapter that says only what is its own.
//!
//! Owns the manners of the port: time limits, the refusal of another environment's order before anything is read or
//! sent, and how a fault becomes an outcome that was not begun or a verdict that says nothing. Must not know any vendor.

use super::answer;
use super::checks::{self, Access};
use super::link::{self, Link};
use super::request::Request;
use super::transport::Deadline;
use crate::plan::checked::Checked;
use crate::plan::needed::Needed;
use crate::plan::{Measure, Target};
use crate::port::{Fault, Fut, OnDuty, Order, Prepared, Provider, Sight, SignalReading};
use crate::run::event::{Outcome, Verdict};
use crate::run::record::RequestView;
use crate::text::time::Millis;

/// One real system. Whatever implements this is a [`Provider`].
///
/// `prepare`, `perform` and `probe` are only reached by orders for this adapter's own environment.
pub(super) trait Adapter {
    /// Name, address, credential and transport.
    fn link(&self) -> &Link;

    /// The requests of an order as far as they are known before it is prepared.
    fn requests_of(&self, order: &Order<'_>) -> Result<Vec<Request>, Fault>;

    /// Reads prior state and renders the exact requests.
    async fn prepare_order(&self, order: &Order<'_>, until: Deadline) -> Result<Prepared, Fault>;

    /// Acts. A fault means that the act was not begun.
    async fn perform_order(
        &self,
        order: &Order<'_>,
        prepared: Option<&Prepared>,
        until: Deadline,
    ) -> Result<Sight<Outcome>, Fault>;

    /// Reads the effect back. A fault means that nothing could be told.
    async fn probe_order(
        &self,
        order: &Order<'_>,
        prepared: Option<&Prepared>,
        until: Deadline,
    ) -> Result<Sight<Verdict>, Fault>;

    /// Reads a signal. Most systems have none.
    async fn read_signal(&self, measure: &Measure, _until: Deadline) -> Result<SignalReading, Fault> {
        Err(link::no_signals(&self.link().name, measure))
    }

    /// Who is on call. Most systems don't know.
    async fn read_on_call(&self, target: &Target, _until: Deadline) -> Result<Vec<OnDuty>, Fault> {
        Err(link::no_on_call(&self.link().name, target))
    }

    /// What the system tells of itself: whether the credential is taken, what it may do of what is used, and its own gates.
    /// Reads only.
    async fn check_access(&self, _wanted: &[Needed], _until: Deadline) -> Access {
        Access::unasked()
    }

    /// What can be known about one thing that is named. Reads only.
    async fn check_needed(&self, needed: &Needed, until: Deadline) -> Result<Vec<Checked>, Fault>;
}

impl<A: Adapter> Provider for A {
    fn describe(&self, order: &Order<'_>) -> Vec<RequestView> {
        link::views(&self.requests_of(order).unwrap_or_default())
    }

    fn prepare<'a>(&'a self, order: &'a Order<'a>) -> Fut<'a, Result<Prepared, Fault>> {
        Box::pin(async move {
            self.link().guard(order)?;
            self.prepare_order(order, Deadline::after(link::PREPARE)).await
        })
    }

    fn perform<'a>(
        &'a self,
        order: &'a Order<'a>,
        prepared: Option<&'a Prepared>,
        limit: Millis,
    ) -> Fut<'a, Sight<Outcome>> {
        Box::pin(async move {
            let until = Deadline::after(limit);
            let performed = match self.link().guard(order) {
                Ok(()) => self.perform_order(order, prepared, until).await,
                Err(fault) => Err(fault),
            };
            performed.unwrap_or_else(|fault| answer::not_begun(&order.target.label, &fault))
        })
    }

    fn probe<'a>(
        &'a self,
        order: &'a Order<'a>,
        prepared: Option<&'a Prepared>,
        limit: Millis,
    ) -> Fut<'a, Sight<Verdict>> {
        Box::pin(async move {
            let until = Deadline::after(limit);
            let probed = match self.link().guard(order) {
                Ok(()) => self.probe_order(order, prepared, until).await,
                Err(fault) => Err(fault),
            };
            probed.unwrap_or_else(|fault| answer::untold(&order.target.label, fault.says))
        })
    }

    fn measure<'a>(&'a self, measure: &'a Measure, limit: Millis) -> Fut<'a, Result<SignalReading, Fault>> {
        Box::pin(self.read_signal(measure, Deadline::after(limit)))
    }

    fn on_call<'a>(&'a self, target: &'a Target, limit: Millis) -> Fut<'a, Result<Vec<OnDuty>, Fault>> {
        Box::pin(self.read_on_call(target, Deadline::after(limit)))
    }

    fn check<'a>(&'a self, needed: &'a [Needed], limit: Millis) -> Fut<'a, Vec<Checked>> {
        Box::pin(checks::all(self, needed, Deadline::after(limit)))
    }
}
