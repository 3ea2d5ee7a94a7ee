//! A soak that ends before a check can judge.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, Planned};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::{CheckBy, Runbook};
use crate::plan::Band;
use crate::text::time::Millis;

const CODE: Code = Code { name: "soak-short", summary: "A soak that is shorter than anybody looks, or a last one that is shorter than a check needs." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Runbook(check), Check::Plan(floor)],
    explanation: Explanation {
        what: "The last stage is watched for less time than a check looks at, so that the check judges numbers from \
               before the stage. Or, on an automation of band `high` or `critical`, any stage is watched for less than ten \
               minutes.",
        why: "Signal checks are judged again at the end of every soak. With `for = \"1h\"` and a last soak of ten \
              minutes, fifty of the sixty minutes were measured with less autonomy than there is now. And a stage of a second is no stage: \
              most signals are not even read again before the next one begins.",
        bad: r#"[[verify]]
id = "grounded"
signal = "ungrounded_rate"
below = 0.01
for = "1h"

[restore]
stages = [ { control = "traffic", to = 5, soak = "10m" } ]"#,
        good: r#"[[verify]]
id = "grounded"
signal = "ungrounded_rate"
below = 0.01
for = "1h"

[restore]
stages = [ { control = "traffic", to = 5, soak = "2h" } ]"#,
        fix: "Let the last soak last as long as the longest `for` of the checks, and every soak ten minutes.",
    },
};

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let longest = runbook
        .verify
        .iter()
        .filter_map(|c| match c.by.as_ref()? {
            CheckBy::Signal(measure) => measure.lasting.as_ref().map(|l| (c, l)),
            CheckBy::Ask { .. } => None,
        })
        .max_by_key(|(_, lasting)| lasting.value);
    let Some((slowest, lasting)) = longest else { return };
    // Earlier stages may be short: each lets little through, and the last one sees all of it.
    let last = runbook.restore.as_ref().and_then(|r| r.stages.last());
    if let Some(stage) = last.filter(|s| s.soak.value < lasting.value) {
        let says = format!("a soak of {} is too short for check `{}`, which looks at {}", stage.soak, slowest.id, lasting);
        findings.add(
            Diagnostic::warning(CODE, says)
                .at(&runbook.source, stage.soak.span, "ends too soon")
                .at(&runbook.source, lasting.span, "looks this far back")
                .help(format!("write `soak = \"{lasting}\"` or longer")),
        );
    }
}

/// The least time in which somebody looks, and most signals are read again.
const LEAST: Millis = Millis(10 * 60 * 1_000);

fn floor(_: &Context<'_>, planned: &Planned<'_>, findings: &mut Findings) {
    if !matches!(planned.plan.band, Band::High | Band::Critical) {
        return;
    }
    let stages = planned.runbook.restore.iter().flat_map(|r| &r.stages);
    for stage in stages.filter(|s| s.soak.value < LEAST) {
        findings.add(
            Diagnostic::warning(CODE, format!("a soak of {} is over before anybody has looked", stage.soak))
                .at(&planned.runbook.source, stage.soak.span, "ends too soon")
                .help(format!("write `soak = \"{LEAST}\"` or longer")),
        );
    }
}
