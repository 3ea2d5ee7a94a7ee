//! Somebody whose vote could not count.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};

const CODE: Code = Code { name: "no-key", summary: "A person with functions and no key." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Workspace(check)],
    explanation: Explanation {
        what: "A person has functions, so their approval may be asked for, and no key to sign it with.",
        why: "Outside the sandbox only signed votes count. That a key is missing should show on a quiet day.",
        bad: r#"[persons.lena]
functions = ["legal"]"#,
        good: r#"[persons.lena]
functions = ["legal"]
keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEoDr18oITOfmWWsMFLb6SxkEM22LVZJgcO4pkf43D5S lena"]"#,
        fix: "Add the line of their `.pub` file to `keys`.",
    },
};

fn check(cx: &Context<'_>, findings: &mut Findings) {
    if cx.is_play() {
        return;
    }
    for (name, person, source) in super::persons(cx).filter(|(_, p, _)| p.keys.is_empty()) {
        if let Some(function) = person.functions.first() {
            findings.add(
                Diagnostic::warning(CODE, format!("`{name}` may be asked to approve, and has no key"))
                    .at(source, function.span, "")
                    .help("add the line of their `.pub` file to `keys`"),
            );
        }
    }
}
