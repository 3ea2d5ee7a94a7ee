//! Acts that went ahead without their approval, and whom the page about it is for.

use std::collections::BTreeSet;

use super::super::record::Record;
use super::{Ledger, OpenGate};
use crate::plan::{GateIx, Plan, StepIx, break_glass};
use crate::text::time::Instant;

/// What is countersigned: an act that went ahead without its approval.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    /// The gate whose approval was not waited for.
    pub of: GateIx,
    /// Who did not wait.
    pub by: String,
    /// Functions that had not said yes.
    pub skipped: Vec<String>,
    /// The act, when it was done and what those said who were skipped, in the form in which a gate has it.
    pub open: OpenGate,
    /// When enough of them had countersigned.
    pub done: Option<Instant>,
}

/// Why the page that the plan keeps for silence is due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Paged {
    /// Nobody answered a question.
    #[default]
    Question,
    /// Nobody came for what the run waits for.
    Waits(String),
    /// Part of a gate's time is over: these said nothing, and these stand in for them.
    Gate(Vec<String>),
    /// An act went ahead without its approval: these were skipped.
    Glass(GateIx, Vec<String>),
}

impl Ledger {
    /// The act went ahead without its approval: what was open at its gate is open at its review from now on.
    pub(super) fn broken(&mut self, plan: &Plan, gate: GateIx, record: &Record) {
        self.operator(&record.by);
        self.proposer = None;
        let (Some(open), Ok((_, review))) = (self.gate.take(), break_glass::allowed(plan, gate)) else { return };
        let within = plan.gate(review).within;
        let open = OpenGate {
            gate: review,
            deadline: record.at.plus(within),
            votes: Vec::new(),
            heads: BTreeSet::new(),
            opened: record.at,
            asker: Some(record.by.clone()),
            proposed: None,
            ..open
        };
        let skipped = record.detail.functions.clone();
        let review_of = Review { of: gate, by: record.by.clone(), skipped, open, done: None };
        self.reviews.insert(review, review_of);
        self.paged = Paged::Glass(gate, record.detail.people.clone());
        self.another_page(plan);
    }

    /// What is countersigned is the act as it was done, which is prepared once more before that.
    pub(super) fn reviewed_act(&mut self, plan: &Plan, step: StepIx) {
        let review = plan.step(step).gate.and_then(|g| plan.gate(g).review);
        if let (Some(review), Some(act)) = (review.and_then(|r| self.reviews.get_mut(&r)), &self.steps[step.ix()].act)
            && review.open.votes.is_empty()
        {
            review.open.act = act.clone();
        }
    }
}
