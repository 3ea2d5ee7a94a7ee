//! What people see while it is stopped.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::context::head;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;

const CODE: Code = Code { name: "no-meanwhile", summary: "A stop that does not say what people see meanwhile." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Automation(check)],
    explanation: Explanation {
        what: "`[stop]` has no `meanwhile`.",
        why: "A stop without a fallback is not pressed. NEDA could stop Tessa in 2023, but the helpline of people \
              had been closed. DPD switched the AI part of its chat off in 2024 and kept the people: that worked.",
        bad: r#"[stop]
control = "autonomy""#,
        good: r#"[stop]
control = "autonomy"
meanwhile = "Tickets go to human agents.""#,
        fix: "Write one sentence: what customers or staff see, and who does the work.",
    },
};

fn check(_: &Context<'_>, automation: &Automation, findings: &mut Findings) {
    if automation.stop.as_ref().is_some_and(|s| s.meanwhile.is_none()) {
        let at = automation.stop.as_ref().map_or_else(|| head(&automation.source), |s| s.span);
        findings.add(
            Diagnostic::warning(CODE, "[stop] does not say what people see meanwhile").at(&automation.source, at, "").help("add `meanwhile = \"…\"` to `[stop]`"),
        );
    }
}
