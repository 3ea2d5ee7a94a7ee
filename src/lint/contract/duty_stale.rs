//! Duties that nobody held against their source for a year.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};

const CODE: Code = Code { name: "duty-stale", summary: "A duty to tell somebody whose source nobody looked at for a year." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Workspace(check)],
    explanation: Explanation {
        what: "In the workspace's own `templates/obligations.toml`, `reviewed-at` of a duty lies more than a year back, or \
               after today. The file that comes with the program is not looked at.",
        why: "Clocks set by law move: the high-risk duties of the EU's AI Act were postponed in 2026. A deadline that was \
              right when it was typed is believed at two in the morning, when nobody opens the law.",
        bad: r#"[[obligation]]
id = "gdpr-authority"
reviewed-at = 2019-05-25"#,
        good: r#"[[obligation]]
id = "gdpr-authority"
reviewed-at = 2026-11-23"#,
        fix: "Hold the line against its source, with counsel, and write the day on which that was done.",
    },
};

/// A year, and the day that some years have more.
const YEAR: i32 = 366;

fn check(cx: &Context<'_>, findings: &mut Findings) {
    let Some(duties) = cx.workspace.duties.as_ref().filter(|d| cx.is_own(&d.source)) else { return };
    for duty in &duties.all {
        let Some(day) = &duty.reviewed_at else { continue };
        let age = cx.today.since(day.value).map_or(0, |span| span.get_days());
        let says = match age {
            _ if day.value > cx.today => format!("duty `{}` was reviewed on a day that is still to come", duty.id),
            age if age > YEAR => format!("nobody held duty `{}` against its source for more than a year", duty.id),
            _ => continue,
        };
        findings.add(
            Diagnostic::warning(CODE, says)
                .at(&duties.source, day.span, format!("today is {}", cx.today))
                .help("read its source again, and write the day on which that was done"),
        );
    }
}
