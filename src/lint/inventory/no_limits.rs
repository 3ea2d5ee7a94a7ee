//! What an automation may and may not do.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::context::head;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;

const CODE: Code = Code { name: "no-limits", summary: "An automation of which nobody says what it may do." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Automation(check)],
    explanation: Explanation {
        what: "`may` or `may-not` is missing or empty.",
        why: "A policy violation is a violation of something. At Air Canada in 2024 a tribunal held the company to \
              what its bot had promised, and nothing had compared what it said with the policy.",
        bad: r#"purpose = "Answers tickets""#,
        good: r#"may = ["Answer a how-to question from the manual"]
may-not = ["State a price, refund or policy that is not in the policy table"]"#,
        fix: "Write at least one sentence each; operators read them when they decide.",
    },
};

fn check(_: &Context<'_>, automation: &Automation, findings: &mut Findings) {
    if automation.may.is_empty() || automation.may_not.is_empty() {
        let at = head(&automation.source);
        findings.add(
            Diagnostic::warning(CODE, "nobody says what this automation may do and what not").at(&automation.source, at, "").help("add `may = [\"…\"]` and `may-not = [\"…\"]`"),
        );
    }
}
