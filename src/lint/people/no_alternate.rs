//! A duty that one person carries alone.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;

const CODE: Code = Code { name: "no-alternate", summary: "A role of an automation that one person alone carries, without an alternate." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Automation(check)],
    explanation: Explanation {
        what: "A role that an automation names, or that may stop it, is carried by a single person, who has no \
               alternate and no on-call source behind them.",
        why: "It will be that person's holiday. Whoever is paged then finds out who else could have been.",
        bad: r#"[persons.lena]
roles = ["legal-on-duty"]"#,
        good: r#"[persons.lena]
roles = ["legal-on-duty"]
alternates = ["omar"]"#,
        fix: "Name an alternate, give the role to a second person, or let the role ask an on-call source.",
    },
};

fn check(cx: &Context<'_>, automation: &Automation, findings: &mut Findings) {
    if cx.is_play() {
        return;
    }
    let Some(people) = &cx.workspace.people else { return };
    let roles = automation.roles.iter().map(|(_, role)| role);
    let mut told: Vec<&str> = Vec::new();
    for role in roles {
        let name = role.value.as_str();
        let on_call = people.roles.get(name).is_some_and(|r| r.on_call.is_some());
        if on_call || told.contains(&name) {
            continue;
        }
        let carriers: Vec<&str> = match people.persons.get(name) {
            Some(_) => vec![name],
            None => people.carriers(name).collect(),
        };
        if let [only] = carriers.as_slice()
            && people.persons.get(only).is_some_and(|p| p.alternates.is_empty())
        {
            told.push(name);
            let says = match name == *only {
                true => format!("`{only}` stands alone here, without an alternate"),
                false => format!("`{only}` alone is `{name}`, without an alternate"),
            };
            findings.add(
                Diagnostic::warning(CODE, says)
                    .at(&automation.source, role.span, "")
                    .at(&people.source, people.persons.span(only).unwrap_or_default(), "has no alternate")
                    .help("name an alternate, or give the role to a second person"),
            );
        }
    }
}
