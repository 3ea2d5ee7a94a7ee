//! Classes of incident that no runbook covers.

use std::collections::BTreeSet;

use litemap::LiteMap;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::context::head;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::runbook::Class;
use crate::plan::{band, band_word, fit};

const CODE: Code = Code { name: "uncovered-class", summary: "An automation for which a runbook is missing that its risk calls for." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Coverage(check)],
    explanation: Explanation {
        what: "From the medium band up, an automation needs a runbook of class `unknown`: stop, hold, evidence, page. A \
               high one needs one of a named class as well, a critical one runbooks of three. Only a runbook counts \
               whose controls, layers, signals and evidence the automation really has, in an environment marked as \
               production.",
        why: "New York's MyCity bot gave illegal advice in March 2024 and stayed online for more than 18 months, \
              because nothing bound anybody to stop it. A runbook that is written during the incident is written \
              while the harm goes on.",
        bad: r#"# automations/loans.toml: critical, and only runbooks/incident/unknown.toml serves it
risk = { impact = "high", reversibility = "none", confidence = "low" }"#,
        good: r#"# runbooks/incident/hallucination.toml and its like serve it as well
risk = { impact = "high", reversibility = "none", confidence = "low" }
[controls.autonomy]
kind = "switch""#,
        fix: "Write the runbook (`aigov new runbook` shows how), or give the automation what a runbook asks for \
              that is there already.",
    },
};

fn check(cx: &Context<'_>, findings: &mut Findings) {
    let mut covered: LiteMap<&str, BTreeSet<Class>> = LiteMap::new();
    let mut any = false;
    for (_, serving) in cx.serving().iter().filter(|(environment, _)| cx.is_production(environment)) {
        any = true;
        for runbook in cx.workspace.runbooks.values() {
            let Some(class) = &runbook.class else { continue };
            for automation in serving.of(&runbook.name) {
                covered.entry(automation.name.as_str()).or_default().insert(class.value);
            }
        }
    }
    if !any {
        return;
    }
    for automation in cx.automations().filter(|a| cx.is_asked(&a.source.name)) {
        let (band, _) = band(automation);
        let has = covered.get(automation.name.as_str()).cloned().unwrap_or_default();
        let missing = fit::uncovered(band, &has);
        if missing.is_empty() {
            continue;
        }
        let at = automation.risk.as_ref().map_or_else(|| head(&automation.source), |r| r.span);
        let says = format!("no runbook covers {} for `{}`", missing.join(" and "), automation.name);
        findings.add(
            Diagnostic::warning(CODE, says)
                .at(&automation.source, at, format!("band `{}` calls for it", band_word(band)))
                .help("write the runbook, or add what one that is there asks for: `aigov plan RUNBOOK` says what lacks"),
        );
    }
}
