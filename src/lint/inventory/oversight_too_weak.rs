//! How people look on, against what is at stake.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;
use crate::model::automation::Oversight;
use crate::model::word::Word as _;
use crate::plan::{Band, band, band_word};
use crate::text::suggest;

const CODE: Code = Code { name: "oversight-too-weak", summary: "Oversight that does not fit the risk band." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Automation(check)],
    explanation: Explanation {
        what: "`oversight` is weaker than the band calls for. A medium automation may act sampled or delayed, a \
               high one needs a person before anything reaches the outside, a critical one two of different \
               functions. `advisory-only` and `shadow` fit every band.",
        why: "Oversight decides what people get to see, more than how well they correct it once they see it. A \
              kill switch is pressed after the harm.",
        bad: r#"risk = { impact = "high", reversibility = "hard", confidence = "medium" }      # high
oversight = "kill-switch""#,
        good: r#"risk = { impact = "high", reversibility = "hard", confidence = "medium" }
oversight = "single-gate""#,
        fix: "Choose a pattern that fits, or lower what is at stake: what it may do, or how easily it is taken \
              back.",
    },
};

/// The patterns that fit a band, weakest first.
pub(super) const fn fitting(band: Band) -> &'static [Oversight] {
    use Oversight::{AdvisoryOnly, CanarySampling, DualGate, EscalationQueue, KillSwitch, Shadow, SingleGate};
    match band {
        Band::Low => &[KillSwitch, CanarySampling, EscalationQueue, SingleGate, DualGate, Shadow, AdvisoryOnly],
        Band::Medium => &[CanarySampling, EscalationQueue, SingleGate, DualGate, Shadow, AdvisoryOnly],
        Band::High => &[SingleGate, DualGate, Shadow, AdvisoryOnly],
        Band::Critical => &[DualGate, Shadow, AdvisoryOnly],
    }
}

fn check(_: &Context<'_>, automation: &Automation, findings: &mut Findings) {
    let Some(oversight) = automation.oversight else { return };
    let (band, _) = band(automation);
    let fitting = fitting(band);
    if fitting.contains(&oversight.value) {
        return;
    }
    let word = band_word(band);
    let problem = Diagnostic::error(CODE, format!("`{}` is too weak for an automation of band `{word}`", oversight.value))
        .at(&automation.source, oversight.span, "");
    let names = suggest::list(fitting.iter().map(|o| o.word()));
    findings.add(match &automation.risk {
        Some(risk) => problem.at(&automation.source, risk.span, format!("band `{word}` follows from this")),
        None => problem,
    }
    .help(format!("write {names}")));
}
