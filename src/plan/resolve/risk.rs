//! The risk band of an automation, computed from impact, reversibility and confidence.
//!
//! Owns the arithmetic. What is not told counts as the worse: an incomplete inventory is `high` at least.

use crate::diag::{Diagnostic, code};
use crate::model::automation::{Automation, Grade, Reversibility, RiskBand};
use crate::plan::Band;

/// The band, with a warning where the inventory does not tell enough or asks for less than follows from it.
///
/// Points: impact 0 to 2, reversibility 0 to 2, and one for low confidence. None is `low`, one `medium`, two and three
/// `high`, more `critical`. Where a wrong act matters little, the band is `medium` at most.
pub fn band(automation: &Automation) -> (Band, Vec<Diagnostic>) {
    let name = &automation.name;
    let Some(risk) = &automation.risk else {
        let says = format!("automation `{name}` does not tell its risk, so it counts as `high`");
        return (Band::High, vec![Diagnostic::warning(code::RISK, says).help(HELP)]);
    };
    let explicit = risk.band.as_ref().map(|b| plain(b.value));
    let (Some(impact), Some(reversibility), Some(confidence)) = (&risk.impact, &risk.reversibility, &risk.confidence)
    else {
        let says = format!("automation `{name}` does not tell its whole risk, so it counts as `high` at least");
        let warning = Diagnostic::warning(code::RISK, says).at(&automation.source, risk.span, "").help(HELP);
        return (explicit.unwrap_or(Band::High).max(Band::High), vec![warning]);
    };
    let points = match impact.value {
        Grade::Low => 0,
        Grade::Medium => 1,
        Grade::High => 2,
    } + match reversibility.value {
        Reversibility::Easy => 0,
        Reversibility::Hard => 1,
        Reversibility::None => 2,
    } + u8::from(confidence.value == Grade::Low);
    let computed = match points {
        0 => Band::Low,
        1 => Band::Medium,
        2 | 3 => Band::High,
        _ => Band::Critical,
    };
    let computed = if impact.value == Grade::Low { computed.min(Band::Medium) } else { computed };
    match (explicit, &risk.band) {
        (Some(explicit), Some(written)) if explicit < computed => {
            let says = format!(
                "automation `{name}` asks for band `{}`, but `{}` follows from its risk and counts",
                written.value,
                word(computed)
            );
            let warning =
                Diagnostic::warning(code::RISK, says).at(&automation.source, written.span, "may only be higher");
            (computed, vec![warning])
        }
        (Some(explicit), _) => (explicit, Vec::new()),
        (None, _) => (computed, Vec::new()),
    }
}

/// A band as written.
pub(super) const fn plain(band: RiskBand) -> Band {
    match band {
        RiskBand::Low => Band::Low,
        RiskBand::Medium => Band::Medium,
        RiskBand::High => Band::High,
        RiskBand::Critical => Band::Critical,
    }
}

const HELP: &str = "write `risk = { impact = \"…\", reversibility = \"…\", confidence = \"…\" }`";

/// The band as it is written in `[policy.approvals]`.
#[must_use]
pub const fn word(band: Band) -> &'static str {
    match band {
        Band::Low => "low",
        Band::Medium => "medium",
        Band::High => "high",
        Band::Critical => "critical",
    }
}
