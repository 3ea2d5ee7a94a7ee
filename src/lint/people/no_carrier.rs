//! A role that nobody carries.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;
use crate::model::people::{Contacts, People};

const CODE: Code = Code { name: "no-carrier", summary: "A role of an automation that nobody carries and no on-call source tells." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Automation(check)],
    explanation: Explanation {
        what: "A role that an automation names, or that may stop it, has nobody: no person of `people.toml` carries it \
               today, `[roles.NAME]` names no on-call source, and there is no telephone of the duty either. A person whose \
               time is over does not count.",
        why: "A page to a role that nobody carries is sent, accepted and read by nobody. In the record it looks like a page. \
              In Robodebt people could have stopped it, and it was nobody's to stop.",
        bad: r#"[roles.any-sre]
title = "Whoever is on call tonight"     # and no person has it in `roles`"#,
        good: r#"[roles.any-sre]
title   = "Whoever is on call tonight"
on-call = { provider = "pager", schedule = "PSBOXNT" }"#,
        fix: "Give the role to a person, or name with `on-call` where it is known whose turn it is.",
    },
};

fn check(cx: &Context<'_>, automation: &Automation, findings: &mut Findings) {
    let Some(people) = &cx.workspace.people else { return };
    let stoppers = automation.stop.iter().flat_map(|s| &s.who);
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for role in automation.roles.iter().map(|(_, role)| role).chain(stoppers) {
        let name = role.value.as_str();
        // A name that nothing knows is told as such; that a person serves no longer, by another rule.
        if !people.knows(name) || people.persons.get(name).is_some() || is_carried(cx, people, name) || !told.insert(name) {
            continue;
        }
        let problem = Diagnostic::error(CODE, format!("nobody is `{name}`")).at(&automation.source, role.span, "");
        let gone = people.carriers(name).next().and_then(|n| people.persons.span(n));
        findings.add(
            match (people.roles.span(name), gone) {
                (_, Some(span)) => problem.at(&people.source, span, "carries it, and serves today no longer or not yet"),
                (Some(span), None) => problem.at(&people.source, span, "carried by nobody, and without `on-call`"),
                (None, None) => problem,
            }
            .help("add it to the `roles` of a person, or write `on-call` for it"),
        );
    }
}

/// Whether somebody can be reached as this role.
fn is_carried(cx: &Context<'_>, people: &People, name: &str) -> bool {
    let reached = |c: &Contacts| c.phone.is_some() || c.email.is_some() || c.contact.is_some();
    people.roles.get(name).is_some_and(|r| r.on_call.is_some() || reached(&r.contacts))
        || people.carriers(name).any(|n| people.persons.get(n).is_some_and(|p| super::serves(cx, p)))
}
