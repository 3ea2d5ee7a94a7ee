//! Keys of which none counts.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::text::time::{Instant, Millis};

const CODE: Code = Code { name: "spent-key", summary: "A person of whose keys none counts today: revoked, or not valid yet." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Workspace(check)],
    explanation: Explanation {
        what: "A person has functions and keys, and every one of the keys is revoked, or is valid only from a later day. \
               Instants are in UTC. A revoked key beside one that counts is history and is not told.",
        why: "Keys are revoked in a hurry, after a laptop was lost, and the new one is to follow. Until it does, a gate that \
              counts on this person waits for nobody.",
        bad: r#"[persons.lena]
functions = ["legal"]
keys = [{ key = "ssh-ed25519 AAAA… lena", revoked = 2026-01-31T00:00:00Z }]"#,
        good: r#"[persons.lena]
functions = ["legal"]
keys = [{ key = "ssh-ed25519 AAAA… lena", revoked = 2026-01-31T00:00:00Z }, "ssh-ed25519 AAAA… lena's new one"]"#,
        fix: "Let the person make a new key, and add the line of its `.pub` file beside the old one, which stays: what it \
              signed before counts.",
    },
};

fn check(cx: &Context<'_>, findings: &mut Findings) {
    if cx.is_play() {
        return;
    }
    let today = Instant::of_day(cx.today).unwrap_or_default();
    let tomorrow = today.plus(Millis::from_secs(24 * 3600));
    for (name, person, source) in super::persons(cx).filter(|(_, p, _)| !p.functions.is_empty()) {
        let over = |k: &crate::model::people::Key| k.revoked.as_ref().filter(|r| r.value <= today).map(|r| r.span);
        let early = |k: &crate::model::people::Key| k.from.as_ref().filter(|f| f.value >= tomorrow).map(|f| f.span);
        if person.keys.is_empty() || !person.keys.iter().all(|k| over(k).or(early(k)).is_some()) {
            continue;
        }
        let mut problem = Diagnostic::warning(CODE, format!("`{name}` may be asked to approve, and no key of theirs counts today"));
        for key in &person.keys {
            problem = match (over(key), early(key)) {
                (Some(span), _) => problem.at(source, span, "revoked"),
                (None, Some(span)) => problem.at(source, span, "not valid yet"),
                (None, None) => problem,
            };
        }
        findings.add(problem.help("add the line of the `.pub` file of a new key beside it"));
    }
}
