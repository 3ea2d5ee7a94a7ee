//! The answer of `aigov who` as a page.

use super::{Caller, OnCall, Part, Past, Safe, Turn, Ways, Who, ago, went};
use crate::report::{Page, phrase};
use crate::text::safe;
use crate::text::time::Instant;

/// Width of the labels' column.
const COLUMN: usize = 9;

/// Lays the answer out; the command first, because that is what is needed first.
#[must_use]
pub fn page(who: &Who, now: Instant, width: usize) -> Page {
    let mut page = Page::new(width);
    let purpose = who.purpose.as_ref().map_or_else(String::new, |p| format!(": {}", safe::line(p)));
    let of = who.environment.as_ref().map_or_else(String::new, |e| format!(" ({})", safe::line(e)));
    page.para(&format!("{}{of}{purpose}", safe::line(&who.automation)));
    page.heading("Stop it now");
    page.verbatim(2, &who.command);
    held(&mut page, who, now);
    part(&mut page, who, Part::Who, |page| {
        for caller in &who.who {
            entry(page, caller, now);
        }
        if let Some(vendor) = &who.vendor {
            page.item(2, "vendor", COLUMN, &safe::line(vendor));
        }
    });
    part(&mut page, who, Part::Fast, |page| {
        for (label, stops) in [("real", &who.real), ("drill", &who.drill)] {
            for stop in stops {
                page.item(2, label, COLUMN, &safe::line(&went(stop, now)));
            }
        }
    });
    part(&mut page, who, Part::Safe, |page| who.safe.iter().for_each(|s| state(page, s)));
    part(&mut page, who, Part::Meanwhile, |page| {
        if let Some(meanwhile) = &who.meanwhile {
            page.hang("  ", "  ", &safe::line(meanwhile));
        }
    });
    part(&mut page, who, Part::Evidence, |page| {
        for evidence in &who.evidence {
            let from =
                evidence.provider.as_deref().map_or_else(|| "nowhere: it names no provider".to_owned(), safe::line);
            page.item(2, &safe::line(&evidence.source), COLUMN, &format!("kept from {from}"));
        }
        let journal = safe::line(&who.journal);
        let pushed = who.remote.as_ref().map_or_else(String::new, |r| format!(", pushed to {}", safe::line(r)));
        let record = format!("every intent, decision and observed effect, in {journal}{pushed}");
        page.item(2, "record", COLUMN, &record);
    });
    page.heading("Next:");
    page.verbatim(2, &who.command);
    page
}

fn held(page: &mut Page, who: &Who, now: Instant) {
    match who.held.as_deref() {
        None => page.hang("  ", "  ", "Whether a run holds it can't be told: the record can't be read."),
        Some([]) => page.hang("  ", "  ", "No open run holds it. Its state at the provider was not asked."),
        Some(runs) => runs.iter().for_each(|run| page.hang("  ", "  ", &holding(run, now))),
    }
}

fn holding(run: &Past, now: Instant) -> String {
    let drill = if run.drill { "a drill, " } else { "" };
    let proven = if run.proven { "" } else { ", not wholly proven" };
    format!(
        "HELD by run {} of {} since {}: {drill}{} on {}, in {}{proven}.",
        safe::line(&run.run),
        safe::line(&run.by),
        phrase::when(run.began, now),
        safe::line(&run.runbook),
        safe::line(&run.environment),
        phrase::phase(run.phase).to_lowercase(),
    )
}

/// A part with its heading, and what it lacks.
fn part(page: &mut Page, who: &Who, part: Part, body: impl FnOnce(&mut Page)) {
    page.heading(part.heading());
    body(page);
    for missing in who.missing.get(&part).into_iter().flatten() {
        page.item(2, "MISSING", COLUMN, &safe::line(missing));
    }
}

fn entry(page: &mut Page, caller: &Caller, now: Instant) {
    let title = caller.title.as_ref().map_or_else(String::new, |t| format!(": {}", safe::line(t)));
    let alone = caller.people.iter().all(|p| p.person == caller.name) && !caller.people.is_empty();
    if !alone {
        page.hang("  ", "    ", &format!("{}{title}", safe::line(&caller.name)));
    }
    ways(page, 4, &caller.ways);
    if let Some(on_call) = &caller.on_call {
        turns(page, on_call, now);
    }
    for person in &caller.people {
        let called = person.name.as_ref().map_or_else(
            || safe::line(&person.person),
            |name| format!("{} ({})", safe::line(name), safe::line(&person.person)),
        );
        let functions = person.functions.iter().map(|f| safe::line(f)).collect::<Vec<_>>().join(", ");
        let functions = if functions.is_empty() { functions } else { format!(": {functions}") };
        let first = if alone { "  " } else { "    " };
        page.hang(first, "      ", &format!("{called}{functions}"));
        ways(page, 6, &person.ways);
        if let Some(drill) = &person.drill {
            page.hang("      ", "        ", &safe::line(drill));
        }
        if !person.alternates.is_empty() {
            let names: Vec<String> = person.alternates.iter().map(|a| safe::line(a)).collect();
            page.hang("      ", "        ", &format!("stands in: {}", names.join(", ")));
        }
    }
}

fn ways(page: &mut Page, indent: usize, ways: &Ways) {
    for (what, way) in ways.iter() {
        page.verbatim(indent, &format!("{what} {}", safe::line(way)));
    }
}

fn turns(page: &mut Page, on_call: &OnCall, now: Instant) {
    let provider = safe::line(&on_call.provider);
    // That it was never asked stands below, with what else is missing.
    let Some(asked) = on_call.asked else { return };
    let age = ago(asked, now);
    for turn in &on_call.turns {
        page.hang("    ", "      ", &format!("{}, said {provider} {age}", on_duty(turn, now)));
    }
}

fn on_duty(turn: &Turn, now: Instant) -> String {
    let called = match &turn.person {
        Some(person) => format!("{} ({})", safe::line(&turn.called), safe::line(person)),
        None => safe::line(&turn.called),
    };
    match turn.until {
        None => format!("ON CALL: {called}"),
        Some(until) if until > now => format!("ON CALL until {}: {called}", phrase::when(until, now)),
        Some(until) => format!("TURN OVER since {}: {called}", phrase::when(until, now)),
    }
}

fn state(page: &mut Page, s: &Safe) {
    let wider = if s.wider { "wider: " } else { "" };
    let value = s.value.as_deref().map_or_else(|| "its safe value".to_owned(), safe::line);
    let provider = s.provider.as_ref().map_or_else(String::new, |p| format!(", through {}", safe::line(p)));
    page.hang("  ", "    ", &format!("{wider}{} is set to {value}{provider}", safe::line(&s.control)));
    if let Some(console) = &s.console {
        page.verbatim(4, &format!("console {}", safe::line(console)));
    }
    if let Some(by_hand) = &s.by_hand {
        page.hang("    ", "      ", &format!("by hand {}", safe::line(by_hand)));
    }
}
