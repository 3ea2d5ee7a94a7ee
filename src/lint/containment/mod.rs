//! The first minutes lower autonomy, keep the evidence and reach people, in time.

use crate::model::runbook::{Act, Runbook, Step};

super::rule::rules! {
    first_action_lowers,
    direction,
    person_before_stop,
    unproven_stop,
    read_any_value,
    or_else_shares,
    or_else_does_not_lower,
    no_other_way,
    contain_too_slow,
    no_evidence,
    no_freeze,
    no_page,
    no_by_hand,
}

/// The place of the first immediate action that does something in every case. What is only another's or-else is not carried
/// out as long as the other one works, unless the other one does the same.
fn in_every_case(runbook: &Runbook, does: fn(&Act) -> bool) -> Option<usize> {
    let is = |step: &Step| step.act.as_ref().is_some_and(|a| does(&a.value));
    runbook.immediate.iter().position(|step| is(step) && named_by(runbook, step).is_none_or(is))
}

/// The step whose or-else a step is.
fn named_by<'r>(runbook: &'r Runbook, step: &Step) -> Option<&'r Step> {
    runbook.immediate.iter().find(|s| s.or_else.as_ref().is_some_and(|o| o.value == step.id.value))
}
