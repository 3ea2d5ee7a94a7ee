//! A page at an hour at which none of those it goes to is there.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::hours::{Hours, WEEK, of_week};
use crate::model::people::People;
use crate::plan::{Act, StepRole};
use crate::text::span::Spanned;
use crate::text::suggest;

const CODE: Code = Code { name: "unattended-page", summary: "A page that at some hours of the week goes to nobody who is there." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Plan(check)],
    explanation: Explanation {
        what: "A page goes to people who all have `hours`, and there is an hour of the week at which none of them is there. A \
               role with an on-call source, a person without `hours`, and whoever stands in for one of them with other \
               hours count.",
        why: "A role that has nobody at night is filled in `people.toml` all the same, so that no list looks empty. The page is \
              delivered, and read on Monday.",
        bad: r#"[[immediate]]
id = "page"
do = "page.send"
with = { to = ["@owner"] }     # one person, mon-fri 08:00-18:00"#,
        good: r#"[[immediate]]
id = "page"
do = "page.send"
with = { to = ["@owner", "any-sre"] }     # any-sre has `on-call`"#,
        fix: "Page a role that somebody carries at every hour as well, such as one with `on-call`.",
    },
};

fn check(cx: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    let Some(people) = cx.workspace.people.as_ref().filter(|_| !cx.is_play()) else { return };
    for step in planned.plan.steps.iter().filter(|s| matches!(s.role, StepRole::Immediate | StepRole::OrElse)) {
        let Act::Page { to, .. } = &step.act else { continue };
        let mut hours: Vec<(&str, &Spanned<Hours>)> = Vec::new();
        let Some(()) = to.iter().try_for_each(|name| reached(cx, people, name, &mut hours)) else { continue };
        let Some((_, first)) = hours.first() else { continue };
        let mut ends: Vec<i64> =
            hours.iter().flat_map(|(_, h)| h.value.stretches()).map(|(_, until)| until.rem_euclid(WEEK)).collect();
        ends.sort_unstable();
        // The latest such hour: a weekend before a night.
        let Some(at) = ends.iter().rev().find(|at| !hours.iter().any(|(_, h)| h.value.meet(**at, 1))) else { continue };
        let names: BTreeSet<&str> = hours.iter().map(|(n, _)| *n).collect();
        let whom = match names.len().saturating_sub(2) {
            0 => suggest::all(names),
            more => format!("{} and {more} more", suggest::all(names.into_iter().take(1))),
        };
        let says = format!("on {} `{}` reaches nobody who is there", of_week(*at), step.id);
        let place = planned.written(&step.id).map_or_else(Default::default, |s| s.act.as_ref().map_or(s.span, |a| a.span));
        findings.add(
            Diagnostic::warning(CODE, says)
                .at(&planned.runbook.source, place, "")
                .at(&people.source, first.span, format!("it goes to {whom}"))
                .help("page a role with `on-call` as well, or somebody whose hours are others"),
        );
    }
}

/// Adds the hours of everybody whom a page to this name reaches; none where somebody is always there, or cannot be known.
fn reached<'p>(
    cx: &Context<'_>,
    people: &'p People,
    name: &'p str,
    hours: &mut Vec<(&'p str, &'p Spanned<Hours>)>,
) -> Option<()> {
    if people.roles.get(name).is_some_and(|r| r.on_call.is_some() || r.contacts.phone.is_some()) {
        return None;
    }
    let carriers: Vec<&str> = if people.persons.get(name).is_some() { vec![name] } else { people.carriers(name).collect() };
    for carrier in carriers {
        let person = people.persons.get(carrier)?;
        let stand_ins = person.alternates.iter().map(|a| a.value.as_str());
        for one in std::iter::once(carrier).chain(stand_ins) {
            let Some(person) = people.persons.get(one).filter(|p| super::serves(cx, p)) else { continue };
            hours.push((one, person.hours.as_ref()?));
        }
    }
    Some(())
}
