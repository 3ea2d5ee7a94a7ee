//! Whom to call at the vendor.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::context::head;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;

const CODE: Code = Code { name: "no-vendor-contact", summary: "An automation whose vendor can not be reached." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Automation(check)],
    explanation: Explanation {
        what: "`vendor` is missing, or it has no `contact`.",
        why: "The cause may lie on their side, and the law may ask you to tell them first: Article 26(5) of the \
              EU's AI Act has a deployer inform the provider immediately. NEDA's Tessa was changed by its vendor \
              in 2023 and the deployer did not know.",
        bad: r#"vendor = { name = "Vendor X", model = "vendor-x/large" }"#,
        good: r#"vendor = { name = "Vendor X", contact = "support@vendor-x.example", model = "vendor-x/large" }"#,
        fix: "Write an address or a number that somebody answers. For a model of your own, name the team's role \
              that keeps it.",
    },
};

fn check(_: &Context<'_>, automation: &Automation, findings: &mut Findings) {
    if automation.vendor.as_ref().is_none_or(|v| v.contact.is_none()) {
        let at = automation.vendor.as_ref().and_then(|v| v.name.as_ref()).map_or_else(|| head(&automation.source), |n| n.span);
        findings.add(
            Diagnostic::warning(CODE, "nobody knows whom to call at the vendor").at(&automation.source, at, "").help("add `vendor = { name = \"…\", contact = \"…\", model = \"…\" }`"),
        );
    }
}
