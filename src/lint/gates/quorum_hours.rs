//! A gate that opens when too few are there.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::hours::{Hours, WEEK, of_week};
use crate::plan::{Gate, Person};
use crate::text::suggest;

const CODE: Code = Code { name: "quorum-hours", summary: "A gate that expires at some hours of the week, because too few are there." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Plan(check)],
    explanation: Explanation {
        what: "A gate can be met by everybody together, but there are hours of the week at which it opens and expires before \
               enough people are there, going by the `hours` of each person. Whoever has no `hours` counts as always \
               there. The finding names the longest such stretch of the week.",
        why: "Incidents keep no office hours: the Cursor bot of April 2025 invented its policy on a weekend. A gate that only \
              the people of one office can open is a queue from Friday to Monday, and the customers wait in it.",
        bad: r#"[persons.lena]
functions = ["legal"]
hours = "mon-fri 08:00-18:00 +01:00"     # and nobody else is `legal`"#,
        good: r#"[persons.lena]
functions = ["legal"]
hours = "mon-fri 08:00-18:00 +01:00"

[persons.omar]                           # takes legal at night and on weekends: on call, so without `hours`
functions = ["legal"]"#,
        fix: "Give the function to somebody who is there at that hour, or who is on call and has no `hours`; or give the gate \
              so much time that somebody comes back within it.",
    },
};

fn check(cx: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    let Some(people) = cx.workspace.people.as_ref().filter(|_| !cx.is_play()) else { return };
    let all = super::serving(cx, &planned.plan);
    let hours = |p: &Person| people.persons.get(&p.name).and_then(|p| p.hours.as_ref());
    if all.iter().all(|p| hours(p).is_none()) {
        return;
    }
    for gate in super::asked(&planned.plan).filter(|g| super::granted(&all, g, &[])) {
        let within = i64::try_from(gate.within.0 / 60_000).unwrap_or(WEEK).clamp(1, WEEK);
        let meets = |h: Option<Hours>, at: i64| h.is_none_or(|h| h.meet(at, within));
        let there = |at: i64| -> Vec<&Person> {
            all.iter().copied().filter(|p| meets(hours(p).map(|h| h.value), at)).collect()
        };
        let of: Vec<Hours> = all.iter().filter_map(|p| hours(p)).map(|h| h.value).collect();
        let Some((from, until)) = longest(&of, within, |at| expires(&there(at), gate)) else { continue };
        let away: Vec<&Person> = all.iter().copied().filter(|p| !meets(hours(p).map(|h| h.value), from)).collect();
        // Whoever would have met it, or else whoever has a function that it asks for.
        let here = there(from);
        let helps = |p: &&&Person| super::granted(&here.iter().copied().chain([**p]).collect::<Vec<_>>(), gate, &[]);
        let asked = |p: &&&Person| p.functions.iter().any(|f| gate.functions.contains(f));
        let missed = away.iter().find(helps).or_else(|| away.iter().find(asked)).or_else(|| away.first());
        let when = if until - from >= WEEK {
            format!("gate `{}` can be met at no hour of the week by those who are there", gate.id)
        } else {
            format!("gate `{}` can not be met when it opens on {}", gate.id, of_week(from))
        };
        let mut problem = super::at(planned, gate, Diagnostic::warning(CODE, when));
        if let Some(first) = problem.labels.first_mut().filter(|_| until - from < WEEK) {
            let until = if until - from > 1 { format!("; so until {}", of_week(until - 1)) } else { String::new() };
            first.text = format!("{} to answer{until}", gate.within);
        }
        if let Some((person, written)) = missed.and_then(|p| Some((p, hours(p)?))) {
            problem = problem.at(&people.source, written.span, format!("`{}` is not there then", person.name));
        }
        let lacking: Vec<&str> = gate
            .functions
            .iter()
            .map(String::as_str)
            .filter(|f| !here.iter().any(|p| p.functions.iter().any(|x| x == f)))
            .collect();
        let whom = if lacking.is_empty() { "a function".to_owned() } else { suggest::all(lacking) };
        findings.add(problem.help(format!("give {whom} to somebody who is there then, or the gate more time")));
    }
}

fn expires(there: &[&Person], gate: &Gate) -> bool {
    !super::granted(there, gate, &[])
}

/// The longest stretch of the week in which every minute is bad, as minutes from its Monday; the end may lie in the next
/// week. Who is there changes only where somebody's hours end, or begin within the time to answer.
fn longest(hours: &[Hours], within: i64, bad: impl Fn(i64) -> bool) -> Option<(i64, i64)> {
    let mut turns: BTreeMap<i64, bool> = BTreeMap::new();
    for (from, until) in hours.iter().flat_map(|h| h.stretches()) {
        turns.insert(until.rem_euclid(WEEK), false);
        turns.insert((from - within + 1).rem_euclid(WEEK), false);
    }
    for (at, is_bad) in &mut turns {
        *is_bad = bad(*at);
    }
    let good: Vec<i64> = turns.iter().filter(|(_, bad)| !**bad).map(|(at, _)| *at).collect();
    let Some(first) = good.first() else { return turns.keys().next().map(|at| (*at, at + WEEK)) };
    // After each bad turn that follows a good one, up to the next good one.
    let mut out: Option<(i64, i64)> = None;
    let mut before = true;
    let around = turns.range(*first..).map(|(at, b)| (*at, *b)).chain(turns.range(..*first).map(|(at, b)| (at + WEEK, *b)));
    for (at, is_bad) in around {
        let next = good.iter().flat_map(|g| [*g, g + WEEK]).filter(|g| *g > at).min();
        if let Some(end) = next.filter(|_| is_bad && before)
            && out.is_none_or(|(from, until)| end - at > until - from)
        {
            out = Some((at, end));
        }
        before = !is_bad;
    }
    out
}
