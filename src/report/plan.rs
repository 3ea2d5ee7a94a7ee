//! `aigov plan`: every request that would be sent, in order, and what is only known when a step is prepared.

use litemap::LiteMap;

use super::gate::requests;
use super::page::Page;
use super::phrase;
use crate::model::obligation::{Basis, Obligation};
use crate::model::word::Word as _;
use crate::plan::{Fallback, Plan, Step, StepIx, Votes};
use crate::run::record::RequestView;
use crate::text::safe;
use crate::text::span::Spanned;

/// Duties whose clocks an incident of this class may start, as the data say them; nothing where there are none.
pub fn clocks(page: &mut Page, class: &str, obligations: &[Obligation]) {
    let mut of_class = obligations.iter().filter(|o| o.classes.iter().any(|c| c.value.word() == class)).peekable();
    if of_class.peek().is_none() {
        return;
    }
    page.heading("Clocks set by law that this may start; verify with counsel");
    for o in of_class {
        let text = |t: &Option<Spanned<String>>| t.as_ref().map_or_else(|| "?".to_owned(), |t| safe::line(&t.value));
        // Laws count short limits in hours, and so does who reads this at night.
        let limit = o.limit.as_ref().map_or_else(
            || "without undue delay after".to_owned(),
            |l| match l.value.0 / 3_600_000 {
                hours @ 1..=72 => format!("within {hours}h of"),
                _ => format!("within {} of", l.value),
            },
        );
        let starts = o.starts.as_ref().map_or("?", |s| s.value.word());
        let from = o.applies_from.as_ref().map(|d| format!("; applies from {}", d.value)).unwrap_or_default();
        let unread = match o.basis.as_ref().map(|b| b.value) {
            Some(Basis::Law) => "",
            Some(Basis::Summary) | None => "; from summaries, check the text",
        };
        let reviewed = o.reviewed_at.as_ref().map_or_else(|| "never".to_owned(), |d| d.value.to_string());
        page.hang(
            "  - ",
            "    ",
            &format!(
                "{limit} `{starts}`: {}. {} ({}{from}; reviewed {reviewed}{unread})",
                text(&o.to),
                text(&o.regime),
                text(&o.source)
            ),
        );
    }
}

/// What providers say they would send, or why that can't be told.
pub type Described = LiteMap<StepIx, Result<Vec<RequestView>, String>>;

const COLUMN: usize = 11;

/// The page of a plan. Says first that nothing is sent.
#[must_use]
pub fn page(plan: &Plan, digest: &str, described: &Described, width: usize) -> Page {
    let mut page = Page::new(width);
    page.para("PLAN ONLY: nothing is sent, nothing is recorded.");
    page.heading(&format!("{}: {}", safe::line(&plan.runbook), safe::line(&plan.title)));
    let production = if plan.production { " (production)" } else { "" };
    page.item(2, "automation", COLUMN, &phrase::automation(plan));
    page.item(2, "environment", COLUMN, &format!("{}{production}", safe::line(&plan.environment)));
    page.item(
        2,
        "class",
        COLUMN,
        &format!("{}, {}, risk band {:?}", safe::line(&plan.class), safe::line(&plan.impact), plan.band).to_lowercase(),
    );
    let votes = match plan.votes {
        Votes::Unsigned => "unsigned votes count here: a demonstration",
        Votes::Signed => "only signed votes count",
    };
    page.item(2, "votes", COLUMN, votes);
    page.item(2, "digest", COLUMN, digest);
    if !plan.problems.is_empty() {
        page.heading("Problems: the run would stop after contain");
        for p in &plan.problems {
            page.hang("  - ", "    ", &safe::line(p));
        }
    }

    page.heading("1 Set off by");
    for t in &plan.triggers {
        page.item(2, &safe::line(&t.id), 18, &phrase::trigger(t));
    }
    let within = plan.contain_within.map(|w| format!(", contained within {w}")).unwrap_or_default();
    page.heading(&format!("2 At once, without approval{within}"));
    for (n, ix) in plan.immediate.iter().enumerate() {
        step(&mut page, plan, *ix, &format!("2.{}", n + 1), described);
        if let Some(other) = plan.steps.get(ix.ix()).and_then(|s| s.or_else) {
            step(&mut page, plan, other, &format!("2.{} or else", n + 1), described);
        }
    }
    page.heading("3 How grave, and what follows");
    for f in &plan.facts {
        let from =
            f.signal.as_ref().map(|m| format!("signal {}; if silent: ", safe::line(&m.signal))).unwrap_or_default();
        page.item(2, &safe::line(&f.id), 18, &format!("{from}{}", phrase::question(f)));
    }
    for r in &plan.rows {
        let when = r.when.as_deref().map_or_else(|| "otherwise".to_owned(), safe::line);
        page.item(
            2,
            &safe::line(&r.level),
            18,
            &format!("when {when}: {}", phrase::consequences(plan, r)).replacen("when otherwise", "otherwise", 1),
        );
    }
    let mut shown: Vec<StepIx> = Vec::new();
    let mut n = 0;
    for r in &plan.rows {
        for ix in r.escalate.iter().chain(&r.respond) {
            if !shown.contains(ix) {
                shown.push(*ix);
                n += 1;
                step(&mut page, plan, *ix, &format!("3.{n}"), described);
            }
        }
    }
    if let Some(ix) = plan.on_silence {
        step(&mut page, plan, ix, "3 when nobody answers", described);
    }
    page.heading("4 Before autonomy may return");
    for c in &plan.checks {
        let text = match (&c.signal, &c.ask) {
            (Some(m), _) => format!("{} {}", safe::line(&m.signal), phrase::condition(m)),
            (None, Some(ask)) => {
                let wanted = c.condition.as_ref().map(|x| format!(" ({})", phrase::threshold(x))).unwrap_or_default();
                format!("asked: {}{wanted}", safe::line(ask))
            }
            (None, None) => String::new(),
        };
        page.item(2, &safe::line(&c.id), 18, &text);
    }
    if let Some(g) = plan.sign_off.and_then(|g| plan.gates.get(g.ix())) {
        gate(&mut page, g);
    }
    for (n, stage) in plan.stages.iter().enumerate() {
        step(&mut page, plan, stage.step, &format!("4.{}", n + 1), described);
        page.item(4, "soak", COLUMN, &format!("{}, checks judged again", stage.soak));
    }
    page.para(
        "  Last: what was lowered goes back to its captured prior state, last first, each read before it is written.",
    );
    fallbacks(&mut page, plan, described);
    if !plan.follow_ups.is_empty() {
        page.heading("5 To be learnt");
        for f in &plan.follow_ups {
            page.hang(
                "  - ",
                "    ",
                &format!(
                    "{} ({}, {}, due {} after the close)",
                    safe::line(&f.title),
                    safe::line(&f.kind),
                    safe::line(&f.owner),
                    f.due
                ),
            );
        }
    }
    page.heading("Only known when a step is prepared");
    page.hang(
        "  ",
        "  ",
        "Prior state, versions that a name such as last-known-good stands for, idempotency keys, the run's id, and the \
         text of a statement with its numbers. They appear above in braces.",
    );
    page
}

fn fallbacks(page: &mut Page, plan: &Plan, described: &Described) {
    let read_only = plan.gates.iter().any(|g| g.on_timeout == Fallback::ReadOnly);
    if read_only && !plan.stop.is_empty() {
        page.heading("If a read-only gate expires or is denied, this stop holds already");
        for (n, ix) in plan.stop.iter().enumerate() {
            step(page, plan, *ix, &format!("S.{}", n + 1), described);
        }
    }
    if !plan.safe_all.is_empty() {
        page.heading("After a breach during restoration, every control goes to safe");
        for (n, ix) in plan.safe_all.iter().enumerate() {
            step(page, plan, *ix, &format!("B.{}", n + 1), described);
        }
    }
}

fn step(page: &mut Page, plan: &Plan, ix: StepIx, number: &str, described: &Described) {
    let Some(s) = plan.steps.get(ix.ix()) else { return };
    page.blank();
    page.hang("  ", "      ", &format!("{number} {}: {} [{}]", safe::line(&s.id), phrase::act(s), s.act.verb()));
    particulars(page, s);
    if let Some(g) = s.gate.and_then(|g| plan.gates.get(g.ix())) {
        gate(page, g);
    }
    match described.get(&ix) {
        Some(Ok(views)) if !views.is_empty() => requests_indented(page, views),
        Some(Err(why)) => page.item(4, "requests", COLUMN, &format!("can't be told: {}", safe::line(why))),
        _ => {}
    }
}

fn requests_indented(page: &mut Page, views: &[RequestView]) {
    let mut inner = Page::new(usize::MAX / 2);
    requests(&mut inner, views);
    for line in inner.lines() {
        page.verbatim(2, line);
    }
}

fn particulars(page: &mut Page, s: &Step) {
    if let Some(why) = &s.why {
        page.item(4, "why", COLUMN, &safe::line(why));
    }
    page.item(4, "where", COLUMN, &phrase::targets(s));
    page.item(4, "direction", COLUMN, phrase::direction(s.direction));
    page.item(4, "reversible", COLUMN, &phrase::reversibility(s));
    page.item(4, "proof", COLUMN, &format!("{}, within {}", phrase::proof(s.proof), s.within));
    page.item(4, "repeated", COLUMN, phrase::repeat(s.repeat));
    if let Some(by_hand) = &s.by_hand {
        let console = s.console.as_deref().map(|c| format!(" at {}", safe::line(c))).unwrap_or_default();
        page.item(4, "by hand", COLUMN, &format!("{}{console}", safe::line(by_hand)));
    }
}

fn gate(page: &mut Page, g: &crate::plan::Gate) {
    page.item(
        4,
        "gate",
        COLUMN,
        &format!("{}, within {}; otherwise {}", phrase::who(g), g.within, phrase::fallback(g)),
    );
}
