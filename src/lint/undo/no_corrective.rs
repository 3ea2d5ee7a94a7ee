//! Something irreversible without a corrective action.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;

const CODE: Code = Code { name: "no-corrective", summary: "An irreversible response that does not say what is done instead of taking it back." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "A response says that it is irreversible, and not what is done when it turns out to be wrong.",
        why: "That it can not be taken back is half of an answer. The other half is asked for within the hour, by \
               people who are angry.",
        bad: r#"irreversible = "A sent statement can not be recalled.""#,
        good: r#"irreversible = "A sent statement can not be recalled."
corrective = "Send a correction through the same channel; honour what was promised.""#,
        fix: "Write `corrective`: what is done if it was wrong.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    for step in runbook.respond.iter().filter(|s| s.corrective.is_none()) {
        if let Some(because) = &step.irreversible {
            findings.add(
                Diagnostic::warning(CODE, format!("`{}` has no corrective action", step.id))
                    .at(&runbook.source, because.span, "and if it was wrong?")
                    .help("write `corrective`"),
            );
        }
    }
}
