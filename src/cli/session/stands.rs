//! How a run stands when it is left: the closing table, and for one whose plan has problems whether it is contained and what a
//! person does where it is not.

use crate::cli::context::Context;
use crate::cli::ports::now;
use crate::drive::{Stopped, Why};
use crate::plan::Plan;
use crate::report::stop::{ControlLine, by_hand as controls};
use crate::report::{Summary, asked, brief, closing};
use crate::run::ledger::Ledger;
use crate::run::record::Record;
use crate::ui::Tone;
use crate::ui::table::draw;

/// The closing line.
pub(super) fn verdict(run: &str, contained: bool, plan: Option<&Plan>) -> String {
    if contained {
        return format!("run {run} stands contained; its plan has problems, so it goes no further");
    }
    let why = match plan.map_or(&[][..], |plan| &plan.lost) {
        [] => "what lowers autonomy is not proven, and its plan has problems".to_owned(),
        lost => format!("{} could not be planned", lost.join(", ")),
    };
    format!("run {run} is NOT CONTAINED: {why}; it goes no further")
}

/// How a person stops the automation, from the inventory as it is now.
pub(super) fn by_hand(cx: &Context, stopped: &Stopped, plan: Option<&Plan>) {
    if stopped.contained || !matches!(stopped.why, Why::Problems) {
        return;
    }
    let Some(of) = plan.and_then(|plan| cx.loaded().workspace.automations.get(&plan.automation)) else { return };
    for line in controls(of).iter().flat_map(ControlLine::hands) {
        cx.screen.labelled(Tone::Plain, "-", &line);
    }
}

/// The closing table of a run that is over; otherwise what one would tell the bridge.
pub(super) fn table(cx: &Context, summary: &Summary<'_>, records: &[Record]) {
    if summary.end.is_none() {
        for line in brief::lines(summary, now()).iter().take(4) {
            cx.screen.say(Tone::Plain, line);
        }
        if let Ok(ledger) = Ledger::of(summary.plan, records)
            && let Some(open) = &ledger.gate
        {
            cx.screen.say(Tone::Plain, &asked::line(summary.plan, &ledger, open, now()));
        }
        return;
    }
    for line in draw(closing::HEADER, &closing::rows(summary), cx.screen.room()).lines() {
        cx.screen.verbatim(line);
    }
    for exception in summary.exceptions() {
        cx.screen.labelled(Tone::Doubt, "-", &exception);
    }
}
