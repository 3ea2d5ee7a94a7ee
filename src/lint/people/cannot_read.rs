//! Somebody whom nothing can be encrypted to.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::key::{KeyType, PublicKey};

const CODE: Code =
    Code { name: "cannot-read", summary: "A person whose keys can sign and not decrypt, and who names no other." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Workspace(check)],
    explanation: Explanation {
        what: "Reasons, notes and evidence are encrypted to the people of `people.toml`. This person's keys live in \
               hardware or are ECDSA: they can sign, and nothing can be encrypted to them. There is no `encrypt`.",
        why: "They will be asked to approve, and can't open what the others say in the record.",
        bad: r#"[persons.lena]
functions = ["legal"]
keys = ["sk-ssh-ed25519@openssh.com AAAA… lena"]"#,
        good: r#"[persons.lena]
functions = ["legal"]
keys = ["sk-ssh-ed25519@openssh.com AAAA… lena"]
encrypt = "age1…""#,
        fix: "Add `encrypt`: a key of age (`age-keygen`), or the line of an ssh-ed25519 or ssh-rsa `.pub` file.",
    },
};

fn check(cx: &Context<'_>, findings: &mut Findings) {
    if cx.is_play() {
        return;
    }
    for (name, person, source) in super::persons(cx).filter(|(_, p, _)| p.encrypt.is_none()) {
        let kinds: Vec<KeyType> =
            person.keys.iter().filter_map(|k| PublicKey::parse(&k.line.value).ok()).map(|k| k.kind()).collect();
        let serves = kinds.iter().any(|kind| matches!(kind, KeyType::Ed25519 | KeyType::Rsa));
        if let (false, false, Some(key)) = (kinds.is_empty(), serves, person.keys.first()) {
            findings.add(
                Diagnostic::warning(CODE, format!("nothing can be encrypted to `{name}`"))
                    .at(source, key.line.span, "this key can sign and not decrypt")
                    .help("add `encrypt`: a key of age, or the line of an ssh-ed25519 or ssh-rsa `.pub` file"),
            );
        }
    }
}
