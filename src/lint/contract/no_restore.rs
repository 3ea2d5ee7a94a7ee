//! How autonomy returns.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::context::head;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;

const CODE: Code = Code { name: "no-restore", summary: "A runbook that does not say how autonomy returns." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "A runbook has no `[restore]`: nobody signs off, nothing is checked, and what was lowered stays low.",
        why: "What has no way back is brought back without one: by hand, in a hurry, by whoever is asked first. \
              Raising autonomy needs checks that passed and sign-off from people who neither ran the incident nor \
              made the fix.",
        bad: r#"title = "Fabricated content""#,
        good: r#"[restore]
sign-off = { functions = ["engineering", "product"], not = ["operator", "fix-author"], within = "24h", on-timeout = "read-only" }
stages = []"#,
        fix: "Add `[restore]` with `sign-off`, and at least one `[[verify]]`.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    if runbook.restore.is_none() {
        findings.add(
            Diagnostic::error(CODE, "this runbook does not say how autonomy returns")
                .at(&runbook.source, head(&runbook.source), "")
                .help("add `[restore]` with `sign-off`, and a `[[verify]]`"),
        );
    }
}
