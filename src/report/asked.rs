//! Who was asked at an open gate, who has answered, and who stands in for those who have not.

use super::fold::is_yes;
use crate::plan::Plan;
use crate::run::count;
use crate::run::ledger::{Ledger, OpenGate};
use crate::text::safe;
use crate::text::time::Instant;

/// In one line, for an open gate or a review.
#[must_use]
pub fn line(plan: &Plan, ledger: &Ledger, open: &OpenGate, now: Instant) -> String {
    let said =
        |v: &crate::run::record::Vote| format!("{} {}", safe::line(&v.person), if is_yes(v) { "yes" } else { "no" });
    let answered: Vec<String> = open.votes.iter().map(said).collect();
    let silent =
        count::asked(plan, ledger, open, now).into_iter().filter(|n| !open.votes.iter().any(|v| v.person == *n));
    let silent: Vec<String> = silent
        .map(|name| match plan.alternates.get(name).map(|o| o.join(", ")).filter(|o| !o.is_empty()) {
            Some(others) => format!("{} (instead: {})", safe::line(name), safe::line(&others)),
            None => safe::line(name),
        })
        .collect();
    let or = |names: Vec<String>, none: &str| if names.is_empty() { none.to_owned() } else { names.join(", ") };
    let again = match ledger.reminded {
        _ if ledger.gate.as_ref().is_none_or(|g| g.gate != open.gate) => "",
        0 => "",
        1 => "; paged again",
        _ => "; paged again, and whoever stands in",
    };
    format!("answered: {}; no answer yet: {}{again}", or(answered, "nobody"), or(silent, "nobody who could say it"))
}
