//! Checks that all pass while a trigger still fires.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::{CheckBy, Condition, Runbook, TriggerOn};
use crate::text::span::{Span, Spanned};

const CODE: Code = Code {
    name: "check-while-triggered",
    summary: "A value at which every check of a signal passes while a trigger on it still fires.",
};

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Runbook(check)],
    explanation: Explanation {
        what: "A trigger and the checks of `[[verify]]` read one signal, and there is a number that sets the trigger off and \
               that all of these checks let pass. The finding names one. Where every threshold is a whole number, the signal \
               counts something, and only whole numbers are looked at.",
        why: "The checks decide that autonomy may return. With `above = 0.01` where `below` was meant, it returns because the \
              model still makes things up, and the trigger fires again an hour later, on customers.",
        bad: r#"[[trigger]]
id = "ungrounded-claims"
signal = "ungrounded_rate"
above = 0.02

[[verify]]
id = "grounded-again"
signal = "ungrounded_rate"
below = 0.1"#,
        good: r#"[[trigger]]
id = "ungrounded-claims"
signal = "ungrounded_rate"
above = 0.02

[[verify]]
id = "grounded-again"
signal = "ungrounded_rate"
below = 0.01"#,
        fix: "Let the check pass only where the trigger is quiet, with some distance between the two. Where one trigger fires \
              above and another below, write a check for each.",
    },
};

/// The numbers between two limits, neither of which belongs to them. A signal is never below nothing, which another rule looks
/// at.
struct Between {
    low: f64,
    high: f64,
    whole: bool,
}

impl Between {
    fn narrow(&mut self, condition: &Condition) {
        let limit = match condition {
            Condition::Above(n) => {
                self.low = self.low.max(*n);
                *n
            }
            Condition::Below(n) => {
                self.high = self.high.min(*n);
                *n
            }
            Condition::AboveBaseline { .. } => return,
        };
        self.whole &= limit.fract() == 0.0;
    }

    /// One of them, as short as it can be written; none where there is none.
    fn one(&self) -> Option<f64> {
        if self.low >= self.high || self.high <= 0.0 {
            return None;
        }
        let found = match (self.low >= 0.0, self.high.is_finite()) {
            (true, _) if self.whole => self.low + 1.0,
            (true, true) => short(self.low.midpoint(self.high), self.low, self.high),
            (true, false) => short(self.low * 1.5, self.low, self.high),
            (false, true) if self.whole => self.high - 1.0,
            (false, true) => short(self.high / 2.0, self.low, self.high),
            (false, false) => 1.0,
        };
        (self.low < found && found < self.high).then_some(found)
    }
}

/// A number with few digits, where one lies between the limits as well.
fn short(number: f64, low: f64, high: f64) -> f64 {
    (1..8_usize)
        .filter_map(|digits| format!("{number:.digits$e}").parse::<f64>().ok())
        .find(|n| low < *n && *n < high)
        .unwrap_or(number)
}

fn check(_: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    for trigger in &runbook.triggers {
        let Some(TriggerOn::Signal(measured)) = &trigger.on else { continue };
        let Some(fires) = &measured.condition else { continue };
        if matches!(fires.value, Condition::AboveBaseline { .. }) {
            continue;
        }
        let checks: Vec<(&Spanned<String>, Option<&Condition>, Span)> = runbook
            .verify
            .iter()
            .filter_map(|v| match &v.by {
                Some(CheckBy::Signal(m)) if m.signal.value == measured.signal.value => {
                    let condition = m.condition.as_ref();
                    Some((&v.id, condition.map(|c| &c.value), condition.map_or(v.span, |c| c.span)))
                }
                _ => None,
            })
            .collect();
        // Held against what was usual, nobody knows which number passes.
        let known = checks.iter().all(|(_, c, _)| matches!(c, Some(Condition::Above(_) | Condition::Below(_))));
        let Some((first, _, place)) = checks.first().filter(|_| known) else { continue };
        let mut both = Between { low: f64::NEG_INFINITY, high: f64::INFINITY, whole: true };
        both.narrow(&fires.value);
        checks.iter().filter_map(|(_, c, _)| *c).for_each(|c| both.narrow(c));
        let Some(number) = both.one() else { continue };
        let passes = match checks.len() {
            1 => format!("check `{first}` passes"),
            n => format!("all {n} checks of `{}` pass", measured.signal),
        };
        findings.add(
            Diagnostic::error(CODE, format!("at {number} {passes} while trigger `{}` fires", trigger.id))
                .at(&runbook.source, *place, "lets it pass")
                .at(&runbook.source, fires.span, "still fires")
                .help("let the checks pass only where the trigger is quiet, or write one more check"),
        );
    }
}
