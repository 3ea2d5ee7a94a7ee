//! What a run takes over from the one that it continues.

use super::stored_plan;
use crate::cli::error::{CliError, Kind};
use crate::drive::Carried;
use crate::plan::{Act, Plan, StepIx};
use crate::report::Summary;
use crate::report::fold::StepLine;
use crate::run::ledger::Ledger;
use crate::run::record::Record;

/// Steps of the new plan that stand already, because the earlier run did the same to the same.
pub(super) fn carried_from(
    run: &str,
    before: &Plan,
    records: &[Record],
    plan: &Plan,
) -> Result<Vec<Carried>, CliError> {
    let broken = |e: &dyn std::fmt::Display| CliError::new(Kind::Journal, format!("run {}: {e}", run));
    let ledger = Ledger::of(before, records).map_err(|e| broken(&e))?;
    let summary = Summary::of(records).map_err(|e| broken(&e))?;
    let stands = |ix: StepIx| summary.steps.get(&ix).is_some_and(StepLine::stands) && !summary.undos.contains_key(&ix);
    let carries = |act: &Act| matches!(act, Act::SetControl { .. } | Act::RollbackLayer { .. } | Act::Freeze);
    // What is done at once is probed at once. What the new plan would not do by itself is owed all the same, so it
    // goes to the step that would do it; each act once, because each is undone once.
    let or_else = plan.immediate.iter().filter_map(|ix| plan.steps.get(ix.ix())?.or_else);
    let order = plan.immediate.iter().copied().chain(or_else).chain(plan.stop.iter().chain(&plan.safe_all).copied());
    let mut out: Vec<Carried> = Vec::new();
    for ix in order {
        let Some(step) = plan.steps.get(ix.ix()).filter(|s| carries(&s.act)) else { continue };
        let taken = |c: &Carried| {
            plan.steps.get(c.step.ix()).is_some_and(|other| other.act == step.act && other.targets == step.targets)
        };
        if out.iter().any(taken) {
            continue;
        }
        let same = before
            .steps
            .iter()
            .zip(0_u16..)
            .find(|(old, ix)| old.act == step.act && old.targets == step.targets && stands(StepIx(*ix)));
        let Some(entry) = same.and_then(|(_, ix)| ledger.steps.get(usize::from(ix))) else { continue };
        let Some(mut act) = entry.act.clone() else { continue };
        if let Some(owed) = &entry.owed {
            act.prior.clone_from(owed);
        }
        out.push(Carried { step: ix, act });
    }
    Ok(out)
}

/// The same of a run that nobody holds.
///
/// # Errors
/// Its record does not hold together.
pub(crate) fn carried(run: &str, records: &[Record], plan: &Plan) -> Result<Vec<Carried>, CliError> {
    carried_from(run, stored_plan(run, records)?, records, plan)
}
