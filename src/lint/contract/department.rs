//! Departments, which nobody can wake.

use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;
use crate::model::runbook::Act;
use crate::model::runbook::Runbook;
use crate::text::source::Source;
use crate::text::span::Spanned;

const CODE: Code = Code { name: "department", summary: "A department where a role or a person has to stand." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Runbook(check), Check::Automation(automation)],
    explanation: Explanation {
        what: "An owner, a page, an escalation or a follow-up names a department instead of a role or a person: \
               `legal`, `the security team`.",
        why: "A department does not wake up. At Knight Capital in 2012, 97 mails about the fault were sent before \
              the market opened, and nobody read them. A role is carried by somebody at every hour.",
        bad: r#"[roles]
owner = "marketing""#,
        good: r#"[roles]
owner = "marketing-lead-on-duty""#,
        fix: "Name a role that one person carries at a time, such as `legal-on-duty`, and say in `people.toml` who \
              carries it.",
    },
};

/// Words that are the name of a department by themselves.
const DEPARTMENTS: &[&str] = &[
    "accounting", "business", "communications", "compliance", "customer-service", "data-science", "development",
    "engineering", "finance", "hr", "it", "legal", "management", "marketing", "operations", "ops", "product", "qa",
    "risk", "sales", "security", "support", "technology",
];
/// Words that stand before one and leave it a department: `ml-ops`, `customer-support`, `risk-and-compliance`.
const OF: &[&str] = &[
    "ai", "and", "cloud", "corporate", "customer", "data", "global", "information", "internal", "ml", "of", "platform",
    "public", "site", "technical", "user",
];
/// One word for what is two elsewhere.
const GROWN: &[&str] = &["aiops", "devops", "devsecops", "infosec", "mlops", "secops", "human-resources", "trust-and-safety"];
/// Last words of such a name.
const BODIES: &[&str] = &["department", "dept", "team", "teams", "division", "group", "unit", "office", "board", "committee"];

/// Whether a name is that of a department.
pub(in crate::lint) fn is_department(name: &str) -> bool {
    let name = name.to_lowercase().replace([' ', '_'], "-");
    let name = name.strip_prefix("the-").unwrap_or(&name);
    let words: Vec<&str> = name.split('-').collect();
    let Some((last, before)) = words.split_last() else { return false };
    // A word that says what somebody is there makes it a role: `legal-on-duty`, `product-lead`.
    let is_one = DEPARTMENTS.contains(last) && before.iter().all(|w| DEPARTMENTS.contains(w) || OF.contains(w));
    is_one || DEPARTMENTS.contains(&name) || GROWN.contains(&name) || BODIES.contains(last)
}

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let acts = runbook.immediate.iter().chain(&runbook.respond).filter_map(|s| s.act.as_ref());
    let told = acts.flat_map(|act| match &act.value {
        Act::PageSend { to, .. } | Act::NotifySend { to, .. } => to.iter().collect::<Vec<_>>(),
        Act::HumanDo { who, .. } => who.iter().collect(),
        _ => Vec::new(),
    });
    let escalated = runbook.severities.iter().flat_map(|s| &s.escalate);
    let owners = runbook.owner.iter().chain(runbook.follow_ups.iter().filter_map(|f| f.owner.as_ref()));
    // A role is resolved by the automation, where its carrier is looked at.
    for name in told.chain(escalated).chain(owners).filter(|n| !n.value.starts_with('@')) {
        found(&runbook.source, name, findings);
    }
}

fn automation(_: &Context<'_>, automation: &Automation, findings: &mut Findings) {
    let who = automation.stop.iter().flat_map(|s| &s.who);
    for name in automation.roles.iter().map(|(_, carrier)| carrier).chain(who) {
        found(&automation.source, name, findings);
    }
}

fn found(source: &Arc<Source>, name: &Spanned<String>, findings: &mut Findings) {
    if is_department(&name.value) {
        findings.add(
            Diagnostic::error(CODE, format!("`{}` is a department", name.value))
                .at(source, name.span, "nobody wakes up")
                .help("name a role that one person carries at a time, such as `legal-on-duty`"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::is_department;

    #[test]
    fn a_department_is_told_from_a_role() {
        for name in [
            "legal", "the security team", "ml-ops", "mlops", "customer-support", "Customer Service", "data_science",
            "it-security", "risk-and-compliance", "trust-and-safety", "platform-engineering", "review-board",
        ] {
            assert!(is_department(name), "{name}");
        }
        for name in [
            "legal-on-duty", "support-ml-lead", "product-lead", "incident-commander", "any-sre", "data-protection-officer",
            "head-of-legal", "security-on-call", "ada", "support-1", "ops-agent-owner", "chief-of-operations", "",
        ] {
            assert!(!is_department(name), "{name}");
        }
    }
}
