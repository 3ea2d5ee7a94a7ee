//! Who is expected to stop an automation.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::context::head;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;

const CODE: Code = Code { name: "no-stopper", summary: "A stop that nobody is named for." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Automation(check)],
    explanation: Explanation {
        what: "`[stop]` has no `who`.",
        why: "Anybody may stop, but somebody has to know that it is expected of them. In Robodebt the authority to \
              stop existed for years and was not used.",
        bad: r#"[stop]
control = "autonomy""#,
        good: r#"[stop]
control = "autonomy"
who = ["support-ml-lead", "any-sre"]"#,
        fix: "Name the roles that are expected to stop it without asking anybody.",
    },
};

fn check(_: &Context<'_>, automation: &Automation, findings: &mut Findings) {
    if automation.stop.as_ref().is_some_and(|s| s.who.is_empty()) {
        let at = automation.stop.as_ref().map_or_else(|| head(&automation.source), |s| s.span);
        findings.add(
            Diagnostic::warning(CODE, "[stop] names nobody who is expected to stop it").at(&automation.source, at, "").help("add `who = [\"…\"]` to `[stop]`"),
        );
    }
}
