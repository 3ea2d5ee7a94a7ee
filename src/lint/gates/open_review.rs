//! What went ahead without its approval and waits to be countersigned.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, head};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::text::safe;

const CODE: Code = Code { name: "open-review", summary: "An act without its approval that nobody has countersigned." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Workspace(check)],
    explanation: Explanation {
        what: "The journal that is here holds a run in which somebody went ahead with `aigov break-glass`, and those who \
               were skipped have not countersigned it.",
        why: "Break-glass is for the night on which nobody answers. What nobody looks at afterwards becomes the way \
              things are done.",
        bad: r#"# aigov break-glass 20261123-0204-abcd drain --reason "legal can't be reached""#,
        good: r#"# aigov approve 20261123-0204-abcd review-drain"#,
        fix: "Have somebody of the functions that were skipped look at what was done, and countersign it with \
              `aigov approve RUN review-GATE`.",
    },
};

fn check(cx: &Context<'_>, findings: &mut Findings) {
    for review in cx.reviews {
        let (run, id) = (safe::line(&review.run), safe::line(&review.review));
        let says = format!("`{id}` of run {run} has waited since {} to be countersigned", review.since);
        let finding = Diagnostic::warning(CODE, says).help(format!("`aigov approve {run} {id}` shows what was done"));
        let of = cx.automations().find(|a| a.name == review.automation);
        findings.add(match of {
            Some(automation) => finding.at(&automation.source, head(&automation.source), "this automation"),
            None => finding,
        });
    }
}
