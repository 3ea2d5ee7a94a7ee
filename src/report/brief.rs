//! `aigov brief RUN`: five lines to paste into the bridge.

use super::fold::Summary;
use super::phrase;
use crate::plan::{Direction, FactIx};
use crate::run::event::{Phase, Verdict};
use crate::text::safe;
use crate::text::time::Instant;

/// The five lines: what and since when; what is stopped and proven; how grave; what waits for whom until when and what
/// happens then; the next command.
#[must_use]
pub fn lines(summary: &Summary<'_>, now: Instant) -> [String; 5] {
    [what(summary, now), stopped(summary), severity(summary), waits(summary, now), format!("Next: {}", next(summary))]
}

fn what(s: &Summary<'_>, now: Instant) -> String {
    let state = match s.end {
        Some(end) => phrase::end(end).to_owned(),
        None => format!("{}, for {}", phrase::phase(s.phase).to_lowercase(), phrase::length(now.since(s.began))),
    };
    let drill = if s.drill { format!("DRILL: {}. ", s.touched()) } else { String::new() };
    let after = if s.start.retrospective { "RETROSPECTIVE: entered afterwards, nothing proven. " } else { "" };
    format!(
        "{drill}{after}{}: {} ({}), run {}, since {}; {state}.",
        safe::line(&s.plan.title),
        safe::line(&s.plan.automation),
        safe::line(&s.plan.environment),
        safe::line(s.run),
        phrase::when(s.began, now),
    )
}

fn stopped(s: &Summary<'_>) -> String {
    let mut proven = Vec::new();
    let mut open = Vec::new();
    for (ix, line) in &s.steps {
        let Some(step) = s.plan.steps.get(ix.ix()) else { continue };
        let undone = s.undos.get(ix).is_some_and(|u| u.needless || u.verdict == Some(Verdict::Pass));
        if step.direction != Direction::Lowers || undone {
            continue;
        }
        if line.stands() {
            let act = phrase::act(step);
            if !proven.contains(&act) {
                proven.push(act);
            }
        } else if !s.step_or_else_stands(*ix) && (line.tries > 0 || line.outcome.is_some()) {
            open.push(format!("{}: {}", phrase::act(step), line.word()));
        }
    }
    let returned = s.undos.values().filter(|u| u.needless || u.verdict == Some(Verdict::Pass)).count();
    let mut out = if proven.is_empty() && returned > 0 {
        "Stopped: nothing any more; what was lowered is back and proven.".to_owned()
    } else if proven.is_empty() {
        "Stopped: nothing is proven.".to_owned()
    } else {
        format!("Stopped and proven: {}.", proven.join("; "))
    };
    let left: Vec<String> = s
        .left_different()
        .into_iter()
        .flat_map(|(_, differs)| differs)
        .map(|(target, was, now)| format!("{} {}", safe::line(&target.label), phrase::difference(was, now)))
        .collect();
    if !left.is_empty() {
        out.push_str(&format!(" Not as before: {}.", left.join("; ")));
    }
    if !open.is_empty() {
        out.push_str(&format!(" NOT PROVEN: {}.", open.join("; ")));
    }
    if let (Some(meanwhile), true) = (&s.plan.meanwhile, s.end.is_none() && !proven.is_empty()) {
        out.push_str(&format!(" Meanwhile: {}", safe::line(meanwhile)));
    }
    out
}

fn severity(s: &Summary<'_>) -> String {
    let facts: Vec<String> = s
        .plan
        .facts
        .iter()
        .enumerate()
        .filter_map(|(i, fact)| {
            let line = s.facts.get(&FactIx(u16::try_from(i).ok()?))?;
            let value = match (line.value, line.measured, fact.regions.get(usize::from(line.region))) {
                (Some(v), ..) => phrase::value(Some(&fact.kind), v),
                (None, Some(m), _) => phrase::measured(m),
                (None, None, Some(r)) => safe::line(&r.label),
                (None, None, None) => "not known".to_owned(),
            };
            Some(format!("{} {value}", safe::line(&fact.id)))
        })
        .collect();
    let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
    match s.severity {
        Some((row, confirmed)) => {
            let level = s.plan.rows.get(row.ix()).map_or_else(|| row.0.to_string(), |r| safe::line(&r.level));
            let how = if confirmed { "confirmed" } else { "proposed, not confirmed" };
            format!("Severity: {level}, {how}{facts}.")
        }
        None => format!("Severity: not assessed yet{facts}."),
    }
}

fn waits(s: &Summary<'_>, now: Instant) -> String {
    let mut loud = s.open_reviews();
    if loud.is_empty() {
        return waits_for(s, now);
    }
    loud.push(waits_for(s, now));
    loud.join(". ")
}

fn waits_for(s: &Summary<'_>, now: Instant) -> String {
    let gates: Vec<String> = s
        .open_gates()
        .filter_map(|(ix, line)| {
            let gate = s.plan.gates.get(ix.ix())?;
            let late = line.deadline.is_some_and(|d| now.0 >= d.0);
            let until = line.deadline.map(|d| format!(" until {}", phrase::deadline(d, now))).unwrap_or_default();
            let then = if late { "expired, not yet recorded" } else { "then" };
            Some(format!(
                "{} for {}{until}; {then}: {}",
                safe::line(&gate.id),
                phrase::who(gate),
                phrase::fallback(gate)
            ))
        })
        .collect();
    if !gates.is_empty() {
        return format!("Waits: {}.", gates.join(". "));
    }
    let doubts = s.doubts();
    if !doubts.is_empty() && s.end.is_none() {
        let ids: Vec<String> =
            doubts.iter().filter_map(|ix| s.plan.steps.get(ix.ix())).map(|s| safe::line(&s.id)).collect();
        return format!("Waits: for a person to settle what is in doubt: {}.", ids.join(", "));
    }
    match (s.end, s.phase) {
        (Some(_), _) => "Waits: for nobody.".to_owned(),
        (None, _) if s.plan.only_contains() => {
            "Waits: for somebody to go on under a runbook, to stand it down or to abandon it.".to_owned()
        }
        (None, phase) if !s.plan.problems.is_empty() && !matches!(phase, Phase::Declare | Phase::Contain) => {
            format!("Waits: for the files to be put right, and a run that continues this one{}.", until(s, now))
        }
        (None, Phase::Assess) => {
            format!("Waits: for the operator to answer and to confirm the severity{}.", until(s, now))
        }
        (None, _) => format!("Waits: for the operator{}.", until(s, now)),
    }
}

/// Until when somebody is asked.
fn until(s: &Summary<'_>, now: Instant) -> String {
    s.asked().map_or_else(String::new, |open| {
        let at = phrase::deadline(open.at, now);
        let then = match s.plan.on_silence {
            Some(_) => "somebody is paged, and nothing else happens",
            None => "nothing happens: no pager is bound",
        };
        let late = if open.passed(now) { "expired, not yet recorded" } else { "then" };
        format!(" until {at}; {late}: {then}")
    })
}

/// The command to type next.
#[must_use]
pub fn next(s: &Summary<'_>) -> String {
    let run = safe::line(s.run);
    if s.end.is_some() {
        return format!("aigov show {run}");
    }
    if s.plan.only_contains() && s.open_gates().next().is_none() && s.doubts().is_empty() {
        return format!("aigov run --continues {run}");
    }
    let gate = s.open_gates().next().and_then(|(ix, _)| s.plan.gates.get(ix.ix()));
    gate.map_or_else(|| format!("aigov resume {run}"), |g| format!("aigov approve {run} {}", safe::line(&g.id)))
}
