//! Where a runbook applies.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::context::head;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;

const CODE: Code = Code { name: "no-scope", summary: "A runbook that does not say where it applies." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "A runbook has no `[scope]` with `environments`. It then applies to every environment, production \
               and others.",
        why: "Thresholds and people differ between environments. A runbook that was written for production and \
              runs in staging pages people for nothing; the other way round it was never tried.",
        bad: r#"title = "Fabricated content""#,
        good: r#"[scope]
environments = ["production"]
users = ["external"]"#,
        fix: "Add `[scope]` with the environments for which it was written.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    if runbook.scope.environments.is_empty() {
        findings.add(
            Diagnostic::warning(CODE, "this runbook does not say for which environments it was written")
                .at(&runbook.source, head(&runbook.source), "")
                .help("add `[scope]` with `environments = [\"production\"]`"),
        );
    }
}
