//! A telephone that two people have.



use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::text::span::{Span, Spanned};

const CODE: Code = Code { name: "shared-contact", summary: "An address, a number or a pager that stands under two names." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Workspace(check)],
    explanation: Explanation {
        what: "Two persons have the same `email`, `phone` or `pager`.",
        why: "Distinct people are counted by their entries here. One human with two entries, each with a key of its own, gives a \
              dual approval alone, and keeps it when one of the two is excluded as operator. And a page to both wakes one.",
        bad: r#"[persons.ada]
email = "ada@example.com"

[persons.ada-laptop]
email = "ada@example.com""#,
        good: r#"[persons.ada]
email = "ada@example.com"
keys  = ["ssh-ed25519 AAAA… desk", "ssh-ed25519 AAAA… laptop"]"#,
        fix: "Write one entry for each human, with all of their keys, functions and roles. A mailbox or a number of a team \
              belongs to a role: `[roles.NAME]` takes them as well.",
    },
};

fn check(cx: &Context<'_>, findings: &mut Findings) {
    let mut seen: BTreeMap<(&str, String), (&str, Span)> = BTreeMap::new();
    for (name, person, source) in super::persons(cx) {
        let contacts = &person.contacts;
        let digits = |c: &Spanned<String>| c.value.chars().filter(char::is_ascii_digit).collect::<String>();
        let plain = |c: &Spanned<String>| c.value.trim().to_lowercase();
        let own = [
            contacts.email.as_ref().map(|c| ("email address", plain(c), c.span)),
            contacts.phone.as_ref().map(|c| ("number", digits(c), c.span)),
            contacts.pager.as_ref().map(|c| ("pager", plain(c), c.span)),
        ];
        for (what, reached, span) in own.into_iter().flatten().filter(|(_, reached, _)| !reached.is_empty()) {
            match seen.get(&(what, reached.clone())) {
                Some((first, place)) => findings.add(
                    Diagnostic::warning(CODE, format!("`{name}` has the {what} of `{first}`"))
                        .at(source, span, "again")
                        .at(source, *place, "first here")
                        .help("write one entry for each human, with all of their keys"),
                ),
                None => drop(seen.insert((what, reached), (name, span))),
            }
        }
    }
}
