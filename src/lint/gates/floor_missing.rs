//! A critical automation without a floor of approval.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::workspace::Floor;
use crate::plan::Band;
use crate::plan::resolve::{band, band_word};
use crate::text::span::Span;

const CODE: Code = Code { name: "floor-missing", summary: "A band whose floor of approval is missing or lower than the band means." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    checks: &[Check::Workspace(check)],
    explanation: Explanation {
        what: "There is an automation of band `critical`, and `[policy.approvals]` does not ask for two distinct \
               people of different functions for it; or one of band `high`, and there is no floor at all.",
        why: "A runbook can only ask for more than the workspace's policy, so the policy is what holds when an \
               author forgets. `critical` means dual approval across functions.",
        bad: r#"[policy.approvals]
critical = { people = 1 }"#,
        good: r#"[policy.approvals]
high     = { people = 1 }
critical = { people = 2, functions = ["technical", "business"] }"#,
        fix: "Write the floor into `[policy.approvals]` of `aigov.toml`.",
    },
};

fn check(cx: &Context<'_>, findings: &mut Findings) {
    let Some(settings) = &cx.workspace.settings else { return };
    let mut told: Vec<Band> = Vec::new();
    for automation in cx.automations() {
        let (band, _) = band(automation);
        let word = band_word(band);
        let floor = settings.approvals.get(word);
        let enough = match band {
            Band::Low | Band::Medium => true,
            Band::High => floor.is_some(),
            Band::Critical => floor.is_some_and(dual),
        };
        if enough || told.contains(&band) {
            continue;
        }
        told.push(band);
        let (says, place) = match floor {
            None => (format!("there is no floor of approval for band `{word}`"), Span::default()),
            Some(floor) => (format!("the floor of band `{word}` is less than dual approval"), floor.span),
        };
        let of = automation.risk.as_ref().map_or(Span::default(), |r| r.span);
        findings.add(
            Diagnostic::error(CODE, says)
                .at(&settings.source, place, "")
                .at(&automation.source, of, format!("`{}` is of this band", automation.name))
                .help(match band {
                    Band::Critical => "write `critical = { people = 2, functions = [\"technical\", \"business\"] }`",
                    _ => "write `high = { people = 1 }`",
                }),
        );
    }
}

/// Two people of different functions.
fn dual(floor: &Floor) -> bool {
    let mut functions: Vec<&str> = floor.functions.iter().map(|f| f.value.as_str()).collect();
    functions.sort_unstable();
    functions.dedup();
    functions.len() >= 2
}
