//! A safe value that lets the automation do everything.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::{Automation, Control, ControlKind};
use crate::model::scalar::Scalar;
use crate::text::span::Span;

const CODE: Code = Code { name: "safe-is-freest", summary: "A safe value that is the freest that the control has." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Automation(check)],
    explanation: Explanation {
        what: "`safe` of a `level` names its last level, and levels stand safest first. Or `safe` of a `percent` is 100: that is \
               a warning, and an error where `[stop]` sets this control.",
        why: "A stop sets a control to its safe value, reads it back, and says that the automation is contained. Where that \
              value is the freest, the stop lets everything go and is proven. A percentage can mean the opposite of traffic, \
              such as the share of answers that a person looks at: then 100 is right, and somebody says so.",
        bad: r#"[controls.mode]
kind = "level"
levels = ["off", "advisory", "gated", "auto"]
safe = "auto""#,
        good: r#"[controls.mode]
kind = "level"
levels = ["off", "advisory", "gated", "auto"]
safe = "advisory""#,
        fix: "Name the level or the share at which nobody is harmed, or leave `safe` out: the first level, or 0, is safe then. \
              If 100 % is the safe end here, accept the finding with an exception that says what the percentage is of.",
    },
};

fn check(_: &Context<'_>, automation: &Automation, findings: &mut Findings) {
    for (name, control) in automation.controls.iter() {
        let Some((at, says)) = freest(control) else { continue };
        let stop = automation.stop.as_ref();
        let of_stop = stop.and_then(|s| s.control.iter().chain(&s.wider).find(|c| c.value == name.value));
        let is_percent = control.kind.as_ref().is_some_and(|k| k.value == ControlKind::Percent);
        let problem = Diagnostic::error(CODE, format!("the safe value of `{}` is {says}", name.value))
            .at(&automation.source, at, "a stop sets this");
        let problem = match of_stop {
            Some(control) => problem.at(&automation.source, control.span, "[stop] goes this way"),
            None => problem,
        };
        let severity = if is_percent && of_stop.is_none() { Severity::Warning } else { Severity::Error };
        findings.add(Diagnostic { severity, ..problem }.help(if is_percent {
            "write the share at which nobody is harmed, or an exception that says what the percentage is of"
        } else {
            "name a level that stands further to the front, or leave `safe` out"
        }));
    }
}

/// Where the safe value is written and what it is, where it is the freest.
fn freest(control: &Control) -> Option<(Span, String)> {
    let safe = control.safe.as_ref()?;
    match (control.kind.as_ref()?.value, control.value(&safe.value).ok()?) {
        (ControlKind::Level, Scalar::Text(level)) => {
            let is_last = control.levels.len() > 1 && control.levels.last().is_some_and(|l| l.value == level);
            is_last.then(|| (safe.span, format!("`{level}`, the freest of its levels")))
        }
        (ControlKind::Percent, Scalar::Number(share)) => (share >= 100.0).then(|| (safe.span, "100 %".to_owned())),
        _ => None,
    }
}
