//! A key that two people hold.



use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::key::PublicKey;
use crate::text::span::Span;

const CODE: Code = Code { name: "shared-key", summary: "A key that stands under two names." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Workspace(check)],
    explanation: Explanation {
        what: "The same public key stands under two persons, or twice under one, whatever the comment behind it \
               says.",
        why: "Two people with one key are one person to everybody who checks the record: a dual approval would be \
               given by a single hand.",
        bad: r#"[persons.ada]
keys = ["ssh-ed25519 AAAA… ada"]

[persons.bo]
keys = ["ssh-ed25519 AAAA… bo"]"#,
        good: r#"[persons.ada]
keys = ["ssh-ed25519 AAAA… ada"]"#,
        fix: "Make a key for each person with `ssh-keygen -t ed25519`.",
    },
};

fn check(cx: &Context<'_>, findings: &mut Findings) {
    let mut seen: BTreeMap<PublicKey, (&str, Span)> = BTreeMap::new();
    for (name, person, source) in super::persons(cx) {
        for key in &person.keys {
            let Ok(read) = PublicKey::parse(&key.line.value) else { continue };
            match seen.get(&read) {
                Some((first, place)) => findings.add(
                    Diagnostic::error(CODE, format!("`{name}` has the key of `{first}`"))
                        .at(source, key.line.span, "again")
                        .at(source, *place, "first here")
                        .help("make a key for each person"),
                ),
                None => drop(seen.insert(read, (name, key.line.span))),
            }
        }
    }
}
