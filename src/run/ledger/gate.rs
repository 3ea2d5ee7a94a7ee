//! A gate as it opens and as it is voided.

use std::collections::BTreeSet;

use super::super::event::VoidReason;
use super::super::record::{Lease, Record};
use super::{Ledger, OpenGate, guarded_by};
use crate::plan::{GateIx, Plan};

/// A grant under which autonomy returns, with who had no voice when it was given: whoever takes the run over later does not
/// take their earlier yes back by that.
#[derive(Clone, Debug, PartialEq)]
pub struct Return {
    /// The gate with its votes.
    pub open: OpenGate,
    lease: Option<Lease>,
    operators: BTreeSet<String>,
    fix_authors: BTreeSet<String>,
}

impl Ledger {
    /// A sign-off or a stand-down was granted.
    pub(super) fn returns_under(&mut self, plan: &Plan, gate: GateIx) {
        if plan.sign_off != Some(gate) && plan.stand_down != Some(gate) {
            return;
        }
        self.returns = self.granted.clone().map(|open| Return {
            open,
            lease: self.lease.clone(),
            operators: self.operators.clone(),
            fix_authors: self.fix_authors.clone(),
        });
    }

    /// The ledger with those who had no voice when this was granted.
    #[must_use]
    pub fn as_granted(&self, of: &Return) -> Self {
        let mut then = self.clone();
        then.lease.clone_from(&of.lease);
        then.operators.clone_from(&of.operators);
        then.fix_authors.clone_from(&of.fix_authors);
        then
    }

    pub(super) fn opened(&mut self, gate: GateIx, record: &Record) {
        self.granted = None;
        self.kept = None;
        let amended = self.amended.take().filter(|before| before.gate == gate);
        self.gate = match (&record.detail.act, record.detail.deadline) {
            (Some(act), Some(deadline)) => Some(OpenGate {
                gate,
                act: act.clone(),
                deadline,
                votes: Vec::new(),
                heads: BTreeSet::new(),
                opened: record.at,
                asker: self.holder().map(str::to_owned),
                severity: self.severity,
                evidence: self.evidence.clone(),
                proposed: amended.map(Box::new),
            }),
            // Without digest and deadline nothing can be voted on; the gate can only expire.
            _ => None,
        };
    }

    /// What was asked is not asked any more. Where somebody took the run over, its deadline stays.
    pub(super) fn voided(&mut self, plan: &Plan, gate: GateIx, why: VoidReason, record: &Record) {
        let open = self.gate.take();
        let granted = self.granted.take();
        self.returns = self.returns.take().filter(|of| of.open.gate != gate);
        if why == VoidReason::TakenOver {
            self.kept = open.as_ref().or(granted.as_ref()).map(|g| (gate, g.deadline));
        }
        let vote = &record.detail.vote;
        if why != VoidReason::FallbackApplied {
            self.amended = open.filter(|_| vote.is_some());
            self.proposer.clone_from(vote);
        }
        if let (Some(vote), Some(step)) = (vote, guarded_by(plan, gate)) {
            self.steps[step.ix()].amended = vote.text.as_deref().map(|text| self.shown(text));
        }
    }
}
