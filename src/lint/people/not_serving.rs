//! Somebody whose time is over, or has not begun.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};

const CODE: Code = Code { name: "not-serving", summary: "A person whose votes do not count today." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Workspace(check)],
    explanation: Explanation {
        what: "A person's `until` lies before today, or `from` after it, while they still have functions. Days are \
               days in UTC.",
        why: "People leave and change places. A roster that still counts on them promises a quorum that is not \
               there.",
        bad: r#"[persons.ada]
functions = ["engineering"]
until = 2020-01-31"#,
        good: r#"[persons.ada]
functions = ["engineering"]
until = 2030-01-31"#,
        fix: "Write the new last day, or take the person out.",
    },
};

fn check(cx: &Context<'_>, findings: &mut Findings) {
    for (name, person, source) in super::persons(cx).filter(|(_, p, _)| !p.functions.is_empty()) {
        let over = person.until.as_ref().filter(|d| d.value < cx.today).map(|d| (d, "is over"));
        let early = person.from.as_ref().filter(|d| d.value > cx.today).map(|d| (d, "has not begun"));
        if let Some((day, what)) = over.or(early) {
            findings.add(
                Diagnostic::warning(CODE, format!("the time of `{name}` {what}"))
                    .at(source, day.span, format!("today is {}", cx.today))
                    .help("write the new day, or take the person out"),
            );
        }
    }
}
