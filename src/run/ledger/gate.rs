//! A gate as it opens and as it is voided.

use std::collections::BTreeSet;

use super::super::event::VoidReason;
use super::super::record::Record;
use super::{Ledger, OpenGate, guarded_by};
use crate::plan::{GateIx, Plan};

impl Ledger {
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
