//! Who answers for an automation.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::context::head;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;

const CODE: Code = Code { name: "no-owner", summary: "An automation that nobody owns." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Automation(check)],
    explanation: Explanation {
        what: "The automation has no role `owner` in `[roles]`.",
        why: "Runbooks page `@owner`, follow-ups go to `@owner`, and an exception is answered for by `@owner`. In \
              Robodebt people could have stopped it, and it was nobody's to stop.",
        bad: r#"[roles]
commander = "incident-commander""#,
        good: r#"[roles]
owner = "support-ml-lead"
commander = "incident-commander""#,
        fix: "Add `owner` with a role or a person of `people.toml`.",
    },
};

fn check(_: &Context<'_>, automation: &Automation, findings: &mut Findings) {
    if automation.roles.get("owner").is_none() {
        let at = head(&automation.source);
        findings.add(
            Diagnostic::error(CODE, "nobody owns this automation").at(&automation.source, at, "").help("add `owner` to `[roles]`"),
        );
    }
}
