//! An attestation: a named person's word for a check that gave no verdict, in the form of a vote.
//!
//! Owns what such a vote is held against: a gate that stands in no plan, open from the check's verdict on, at which neither
//! operators nor whoever made the fix have a voice. Everything else is asked as at every other gate: one form of statement,
//! one function that judges it. Must not know who signed, or take anything by itself.

use std::collections::BTreeSet;

use litemap::LiteMap;
use serde_json::json;

use super::asked::{self, Looked, Moment};
use super::event::Verdict;
use super::ledger::{Ledger, OpenGate};
use super::record::{Decision, PreparedAct, Vote};
use crate::plan::{CheckIx, Excluded, Fallback, Gate, GateIx, Plan, Touch};
use crate::text::canon::{canonical, sha256_hex};
use crate::text::time::{Instant, Millis};

/// What the gate of a check begins with. No step has a `:` in its id, so no gate of a plan is called so.
const BEGINS: &str = "attest:";

/// For how long somebody may vouch for a verdict: then it is old, and the check is judged again.
const WITHIN: Millis = Millis::from_secs(86_400);

/// A check without a verdict that somebody may vouch for.
#[derive(Clone, Debug, PartialEq)]
pub struct Attestable {
    /// Which.
    pub check: CheckIx,
    /// The run's plan, and one gate more: the one at which this is asked.
    pub plan: Plan,
    /// That gate, open.
    pub open: OpenGate,
}

/// Checks that gave no verdict: when each was judged, and the digests of the records since, which a voter may have seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Unsure(LiteMap<CheckIx, (Instant, BTreeSet<String>)>);

impl Unsure {
    /// A check was judged.
    pub(super) fn judged(&mut self, check: CheckIx, verdict: Verdict, at: Instant) {
        self.0.remove(&check);
        if verdict == Verdict::Inconclusive {
            self.0.insert(check, (at, BTreeSet::new()));
        }
    }

    /// It is dealt with, or will be judged another time.
    pub(super) fn over(&mut self, check: CheckIx) {
        self.0.remove(&check);
    }

    /// All are judged anew.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// A record more.
    pub(super) fn seen(&mut self, digest: &str) {
        for (_, heads) in self.0.iter_mut().map(|(_, open)| open) {
            heads.insert(digest.to_owned());
        }
    }
}

/// The id of the gate at which somebody vouches for a check.
#[must_use]
pub fn id(plan: &Plan, check: CheckIx) -> Option<String> {
    Some(format!("{BEGINS}{}", plan.checks.get(check.ix())?.id))
}

/// The check that a gate is about, where it is such a gate.
#[must_use]
pub fn check_of(plan: &Plan, gate: GateIx) -> Option<CheckIx> {
    let id = plan.gates.get(gate.ix())?.id.strip_prefix(BEGINS)?;
    let at = plan.checks.iter().position(|c| c.id == id)?;
    u16::try_from(at).ok().map(CheckIx)
}

/// Everything that somebody may vouch for now.
pub fn all<'a>(plan: &'a Plan, ledger: &'a Ledger) -> impl Iterator<Item = Attestable> + 'a {
    ledger.unsure.0.keys().filter_map(|check| of(plan, ledger, *check))
}

/// What a vote for a check is held against; none where the check has a verdict, or was not judged.
#[must_use]
pub fn of(plan: &Plan, ledger: &Ledger, check: CheckIx) -> Option<Attestable> {
    let (judged, heads) = ledger.unsure.0.get(&check)?;
    let (_, says) = ledger.checks.get(&check)?;
    let id = id(plan, check)?;
    let gate = GateIx(u16::try_from(plan.gates.len()).ok()?);
    let act = canonical(&json!({
        "format": 1, "run": ledger.run, "gate": id, "plan": ledger.plan_digest, "says": says, "judged": judged,
    }))
    .ok()?;
    let mut plan = plan.clone();
    plan.gates.push(Gate {
        id,
        functions: Vec::new(),
        people: 1,
        not: vec![Excluded::Operator, Excluded::FixAuthor],
        within: WITHIN,
        on_timeout: Fallback::Cancel,
        touch: plan.sign_off.and_then(|g| plan.gates.get(g.ix())).map_or(Touch::None, |g| g.touch),
        review: None,
    });
    let act = PreparedAct {
        digest: sha256_hex(&act),
        requests: Vec::new(),
        prior: Vec::new(),
        leaves: Vec::new(),
        undo: Vec::new(),
        accounts: Vec::new(),
        key: String::new(),
        statement: None,
    };
    let open = OpenGate {
        gate,
        act,
        deadline: judged.plus(WITHIN),
        votes: Vec::new(),
        heads: heads.clone(),
        opened: *judged,
        asker: ledger.holder().map(str::to_owned),
        severity: ledger.severity,
        evidence: ledger.evidence.clone(),
        proposed: None,
    };
    Some(Attestable { check, plan, open })
}

impl Attestable {
    /// The id of its gate.
    #[must_use]
    pub fn id(&self) -> &str {
        self.plan.gates.get(self.open.gate.ix()).map_or("", |g| g.id.as_str())
    }

    /// What is asked, as the statement has it.
    #[must_use]
    pub fn does(plan: &Plan, ledger: &Ledger, check: CheckIx) -> String {
        let Some(of) = plan.checks.get(check.ix()) else { return String::new() };
        let asks = of.ask.as_deref().map(|ask| format!(": {ask}")).unwrap_or_default();
        let said = ledger.checks.get(&check).map(|(_, says)| says.as_str()).filter(|s| !s.is_empty());
        let said = said.map(|s| format!(" It said: {s}")).unwrap_or_default();
        format!("check {} is taken as passed, though it gave no verdict{asks}{said}", of.id)
    }

    /// Why a vote does not count for it, in words; none when it does.
    #[must_use]
    pub fn refusal(&self, ledger: &Ledger, vote: &Vote, looked: &Looked, at: Moment<'_>) -> Option<String> {
        if vote.decision != Decision::Approve {
            return Some("somebody vouches for a check or does not; there is nothing to deny or to amend".to_owned());
        }
        if vote.reason.is_none() {
            return Some("an attestation needs a reason".to_owned());
        }
        asked::held_against(&self.plan, ledger, &self.open, vote, looked, at).map(|r| r.to_string())
    }
}
