//! Whether anybody attends what a run has raised, as far as this machine can see.

use super::context::Context;
use super::record::Story;
use crate::journal::{Store, this_host};
use crate::plan::Plan;
use crate::report::attended::raised;
use crate::text::time::Instant;

/// That nobody does, in a sentence, and since when.
pub(crate) fn unattended(cx: &Context, store: &Store, plan: &Plan, story: &Story) -> Option<(String, Instant)> {
    let raised = raised(plan, &story.records)?;
    let of = store.holder(&story.run, &this_host()).ok()?;
    let since = raised.unattended_since(of.alive_here, of.same_host)?;
    Some((raised.sentence(since, cx.now), since))
}
