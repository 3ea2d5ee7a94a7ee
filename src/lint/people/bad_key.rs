//! A key that can not be read.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::key::{BadKey, PublicKey};

const CODE: Code = Code { name: "bad-key", summary: "A public key that is not one." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Workspace(check)],
    explanation: Explanation {
        what: "A line under `keys` does not hold a public key of the type that it names: it is cut off, or its type \
               is another one.",
        why: "A vote is checked against this key. One letter lost while pasting shows on the night when the vote \
               is needed.",
        bad: r#"keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 ada"]"#,
        good: r#"keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEoDr18oITOfmWWsMFLb6SxkEM22LVZJgcO4pkf43D5S ada"]"#,
        fix: "Paste the whole line of the `.pub` file.",
    },
};

fn check(cx: &Context<'_>, findings: &mut Findings) {
    for (_, person, source) in super::persons(cx) {
        for key in &person.keys {
            if PublicKey::parse(&key.line.value) == Err(BadKey::Cut) {
                findings.add(
                    Diagnostic::error(CODE, "this is not a whole public key")
                        .at(source, key.line.span, "")
                        .help("paste the whole line of the `.pub` file"),
                );
            }
        }
    }
}
