//! A runbook that reads otherwise than when somebody signed a review of it.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, head};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;
use crate::text::safe;

const CODE: Code = Code { name: "changed-since-review", summary: "A runbook that was changed after it was reviewed." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "The journal that is here holds a signed review of the runbook, and the file reads otherwise now.",
        why: "A review is a word for one text. Whoever changes one line afterwards has the old name under a new contract, \
              and nobody has read what will be run at night.",
        bad: r#"# aigov review incident/hallucination, and then another line in its file"#,
        good: r#"# the change, and then aigov review incident/hallucination once more"#,
        fix: "Have somebody who did not make the change read the file and sign that, with `aigov review RUNBOOK`.",
    },
};

fn check(cx: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let Some(last) = cx.reviewed.iter().find(|r| r.runbook == runbook.name && !r.current) else { return };
    let says = format!("`{}` was changed after {} reviewed it on {}", runbook.name, safe::line(&last.by), last.on);
    findings.add(
        Diagnostic::warning(CODE, says)
            .at(&runbook.source, head(&runbook.source), "this file")
            .help(format!("`aigov review {}` shows it whole, and takes somebody's name for it", runbook.name)),
    );
}
