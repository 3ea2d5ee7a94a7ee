//! `aigov show RUN`: the whole story of a run, under the headings of its phases.

use super::asked;
use super::brief;
use super::closing;
use super::fold::Summary;
use super::page::Page;
use super::phrase;
use super::sentence::{Mark, sentence};
use crate::plan::rehearsal::Rehearsal;
use crate::run::event::Event;
use crate::run::ledger::Ledger;
use crate::run::record::Record;
use crate::text::safe;

/// The story up to the closing table, which the terminal draws from [`closing::rows`].
#[must_use]
pub fn page(summary: &Summary<'_>, records: &[Record], width: usize) -> Page {
    let plan = summary.plan;
    let mut page = Page::new(width);
    page.heading(&format!("Run {}: {}", safe::line(summary.run), safe::line(&plan.title)));
    if summary.drill {
        page.para(&format!("A DRILL: {}, and it never counts as real.", summary.touched()));
        if let Some(says) = summary.start.rehearsal.as_deref().and_then(Rehearsal::unplayed) {
            page.para(&says);
        }
    }
    if summary.start.retrospective {
        page.para("RETROSPECTIVE: entered afterwards. Nothing in it was done or proven by the program; what it read at the entry says how it stood then.");
    }
    const COLUMN: usize = 12;
    page.item(
        2,
        "automation",
        COLUMN,
        &format!("{} in {}", safe::line(&plan.automation), safe::line(&plan.environment)),
    );
    page.item(2, "runbook", COLUMN, &format!("{} ({})", safe::line(&plan.runbook), safe::line(&plan.class)));
    page.item(2, "declared", COLUMN, &safe::line(&summary.start.declared));
    let dirty = if summary.start.dirty { ", with uncommitted changes" } else { "" };
    let commit = summary.start.commit.as_deref().map_or_else(|| "not in git".to_owned(), super::sentence::short);
    page.item(2, "workspace", COLUMN, &format!("{}, {commit}{dirty}", safe::line(&summary.start.workspace)));
    super::gate::whose(&mut page, summary, COLUMN);
    page.item(2, "plan", COLUMN, &summary.start.plan_digest);
    page.item(2, "program", COLUMN, &format!("aigov {}", safe::line(&summary.start.version)));
    if summary.start.time_scale != 1 {
        page.item(2, "clock", COLUMN, &format!("waits ran {} times as fast as real time", summary.start.time_scale));
    }
    let mut before = None;
    for record in records {
        if let Event::PhaseEntered { phase } = record.event {
            page.heading(phrase::phase(phase));
            continue;
        }
        let told = sentence(plan, record);
        if told.mark == Mark::Quiet {
            continue;
        }
        let clock = record.at.clock();
        let time = if before.as_ref() == Some(&clock) { " ".repeat(clock.len()) } else { clock.clone() };
        before = Some(clock);
        let about = if told.about.is_empty() { String::new() } else { format!("{}: ", told.about) };
        let late = if record.late { " [written late, from the emergency file]" } else { "" };
        page.hang(
            &format!("{time} {:<5} ", told.mark.word()),
            "               ",
            &format!("{about}{}{late}", told.text),
        );
        if let Some(why) = told.why {
            page.hang("               ", "               ", &format!("Why: {why}"));
        }
    }
    page.heading("Where it stands");
    for line in brief::lines(summary, summary.last) {
        page.hang("  ", "    ", &line);
    }
    for open in Ledger::of(plan, records).iter().filter_map(|ledger| Some((ledger, ledger.gate.as_ref()?))) {
        page.hang("  ", "    ", &asked::line(plan, open.0, open.1, summary.last));
    }
    let exceptions = summary.exceptions();
    if !exceptions.is_empty() {
        page.heading("Exceptions");
        for e in exceptions {
            page.hang("  - ", "    ", &e);
        }
    }
    page
}

/// Whether there is anything for the closing table.
#[must_use]
pub fn has_table(summary: &Summary<'_>) -> bool {
    !closing::rows(summary).is_empty()
}
