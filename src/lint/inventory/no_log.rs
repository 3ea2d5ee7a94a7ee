//! Where it can be seen afterwards what happened.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::context::head;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;

const CODE: Code = Code { name: "no-log", summary: "An automation that leaves no evidence." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Automation(check)],
    explanation: Explanation {
        what: "The automation has no `[evidence.NAME]`: no log of decisions, no history of prompts, nothing that \
               could be kept. A warning while the inventory does not tell its risk yet.",
        why: "Article 12 of the EU's AI Act asks for logs over the lifetime of a high-risk system, and every \
              postmortem does. What was answered to whom can not be asked of the model again.",
        bad: r#"[controls.autonomy]
kind = "switch"
provider = "flags""#,
        good: r#"[evidence.decisions]
provider = "evidence""#,
        fix: "Name where decisions, prompts or retrieved documents can be kept from, and the provider that does \
              it.",
    },
};

fn check(_: &Context<'_>, automation: &Automation, findings: &mut Findings) {
    if automation.evidence.is_empty() {
        let at = head(&automation.source);
        let mut problem = Diagnostic::error(CODE, "nothing of what this automation does can be kept")
            .at(&automation.source, at, "")
            .help("add `[evidence.decisions]` with its `provider`");
        // Its first lines make it stoppable. Who tells its risk means to run it.
        if automation.risk.is_none() {
            problem.severity = Severity::Warning;
        }
        findings.add(problem);
    }
}
