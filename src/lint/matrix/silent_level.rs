//! A gravest level that tells nobody.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::{Act, Class, Impact, Runbook, Step};

const CODE: Code = Code { name: "silent-level", summary: "The gravest level escalates to nobody or keeps what concerns customers from them, or another does nothing at all." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "The first row of the matrix, which is the gravest, names nobody in `escalate`; or, in a runbook \
               whose impact is on customers, it neither is `public` nor calls for a response that publishes. In such a \
               runbook, a row between the first and the last also counts that neither escalates nor calls for a response.",
        why: "In November 2022 Air Canada's bot promised a refund that did not exist, and in February 2024 a tribunal \
              held the company to it: nobody had told the customer otherwise. Who has to know must not be left to \
              whoever thinks of it at night.",
        bad: r#"[[severity]]
level = "sev1"
when = "harm"
respond = []"#,
        good: r#"[[severity]]
level = "sev1"
when = "harm"
respond = ["tell-customers"]
escalate = ["@commander", "@legal"]
public = true"#,
        fix: "Name in `escalate` who has to know of the gravest case, and call for a response with `do = \
               \"statement.publish\"`.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let Some(gravest) = runbook.severities.first() else { return };
    if gravest.escalate.is_empty() {
        findings.add(
            Diagnostic::warning(CODE, format!("the gravest level `{}` escalates to nobody", gravest.level))
                .at(&runbook.source, gravest.level.span, "")
                .help("write `escalate = [\"@commander\"]`"),
        );
    }
    let concerns = runbook.impact.as_ref().is_some_and(|i| i.value == Impact::CustomerImpacting);
    let between = runbook.severities.get(1..runbook.severities.len().saturating_sub(1)).unwrap_or_default();
    for row in between.iter().filter(|r| concerns && r.escalate.is_empty() && r.respond.is_empty()) {
        findings.add(
            Diagnostic::warning(CODE, format!("nothing is done and nobody hears of it at level `{}`", row.level))
                .at(&runbook.source, row.level.span, "")
                .help("write `escalate = [\"@owner\"]`, or what to do"),
        );
    }
    // Where the class is not known yet, nobody can say what the public should hear.
    let known = runbook.class.as_ref().is_some_and(|c| c.value != Class::Unknown);
    let customers = runbook.impact.as_ref().filter(|i| i.value == Impact::CustomerImpacting);
    let public = gravest.public.as_ref().is_some_and(|p| p.value);
    let publishes = |s: &Step| {
        let publishing = matches!(s.act.as_ref().map(|a| &a.value), Some(Act::StatementPublish { .. }) | None);
        publishing && gravest.respond.iter().any(|r| r.value == s.id.value)
    };
    if let Some(impact) = customers.filter(|_| known && !public && !runbook.respond.iter().any(publishes)) {
        let says = format!("customers are told nothing at the gravest level `{}`", gravest.level);
        findings.add(
            Diagnostic::warning(CODE, says)
                .at(&runbook.source, gravest.level.span, "")
                .at(&runbook.source, impact.span, "it concerns customers")
                .help("write `public = true` and a response that publishes"),
        );
    }
}
