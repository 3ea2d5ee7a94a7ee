//! A time to contain that promises nothing.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Runbook;
use crate::text::time::Millis;

const CODE: Code = Code { name: "contain-within-long", summary: "A time to contain of more than a day." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "`contain-within` is longer than a day.",
        why: "Immediate actions ask nobody and set one control each: what they need is counted in minutes. With a target of weeks \
              no stop is ever late, and whatever the steps take fits into it. New York's MyCity bot was \
              known to give illegal advice in March 2024 and stayed online for more than 18 months, late for nothing.",
        bad: r#"contain-within = "2w""#,
        good: r#"contain-within = "5m""#,
        fix: "Write the time from the start to contained that the owner answers for: the sum of `within` of the steps that lower \
              autonomy, and some minutes.",
    },
};

const DAY: Millis = Millis::from_secs(24 * 3600);

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    if let Some(limit) = runbook.contain_within.as_ref().filter(|l| l.value > DAY) {
        findings.add(
            Diagnostic::warning(CODE, format!("containing may take {}", limit.value))
                .at(&runbook.source, limit.span, "more than a day")
                .help("write the time that the owner answers for, such as `5m`"),
        );
    }
}
