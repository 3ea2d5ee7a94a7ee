//! Runbooks that one word would give to an automation.

use std::collections::BTreeSet;

use litemap::LiteMap;

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::{Context, head};
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;
use crate::model::runbook::{Class, Runbook};
use crate::plan::fit::{self, Need};
use crate::plan::{Band, band, band_word};
use crate::text::suggest;

const CODE: Code = Code { name: "one-away", summary: "An automation that lacks one single thing to be served by a runbook." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Note,
    checks: &[Check::Coverage(check)],
    explanation: Explanation {
        what: "In production, an automation of band `high` or above has everything but one thing that a runbook asks for, and no \
               other runbook of that class serves it. For class `unknown`, from the medium band up. Runbooks that name their \
               automations are looked at by `unserved`.",
        why: "Which runbooks serve an automation follows from names alone. Whoever renames a signal or takes one away loses a \
              class of incident without a word, as long as enough others are left for the band.",
        bad: r#"# runbooks/incident/hallucination.toml asks for it, and for nothing else that is not there
# [signals.override_rate]
[signals.ungrounded_rate]
provider = "metrics"
query = "ai_ungrounded_ratio""#,
        good: r#"[signals.override_rate]
provider = "metrics"
query = "ai_override_ratio"

[signals.ungrounded_rate]
provider = "metrics"
query = "ai_ungrounded_ratio""#,
        fix: "Describe what is lacking in the automation, under the name that the runbook uses. If the class does not concern \
              this automation, accept the note with an exception that says why.",
    },
};

/// What is lacking, and for which runbook.
type Lacking<'a> = LiteMap<(&'a str, Class), (&'a Automation, &'a Runbook, Need)>;

fn check(cx: &Context<'_>, findings: &mut Findings) {
    let mut covered: BTreeSet<(&str, Class)> = BTreeSet::new();
    let mut lacking: Lacking<'_> = LiteMap::new();
    for (environment, serving) in cx.serving().iter().filter(|(environment, _)| cx.is_production(environment)) {
        for runbook in cx.workspace.runbooks.values() {
            let Some(class) = runbook.class.as_ref().map(|c| c.value) else { continue };
            covered.extend(serving.of(&runbook.name).map(|a| (a.name.as_str(), class)));
            // Where automations are named, one that lacks something is an error already.
            for automation in serving.near(&runbook.name).filter(|_| runbook.scope.automations.is_empty()) {
                let key = (automation.name.as_str(), class);
                if !lacking.contains_key(&key)
                    && let Some(need) = fit::lacks_of(cx.needs(runbook), automation, environment).pop()
                {
                    lacking.insert(key, (automation, runbook, need));
                }
            }
        }
    }
    lacking.retain(|key, _| !covered.contains(key));
    for ((_, class), (automation, runbook, need)) in lacking {
        let (band, _) = band(automation);
        let least = if class == Class::Unknown { Band::Medium } else { Band::High };
        let is_wanted = cx.is_own(&automation.source) && cx.is_asked(&automation.source.name);
        if band < least || !is_wanted || is_misspelled(automation, &need) {
            continue;
        }
        let at = automation.risk.as_ref().map_or_else(|| head(&automation.source), |r| r.span);
        let says = format!("`{}` would serve `{}`, which lacks {need} alone", runbook.name, automation.name);
        findings.add(
            Diagnostic { severity: Severity::Note, ..Diagnostic::warning(CODE, says) }
                .at(&automation.source, at, format!("band `{}`, and nothing else covers `{class}`", band_word(band)))
                .help(format!("add {need}, or an exception that says why `{class}` does not concern this automation")),
        );
    }
}

/// Whether another rule tells that a name is one slip away from what is lacking.
fn is_misspelled(automation: &Automation, need: &Need) -> bool {
    let near = |wanted: &str, names: &mut dyn Iterator<Item = &str>| suggest::slip(wanted, names).is_some();
    match need {
        Need::Control(name) => near(name, &mut automation.controls.names()),
        Need::Layer(name) => near(name, &mut automation.layers.names()),
        Need::Signal(name) => near(name, &mut automation.signals.names()),
        Need::Evidence(name) => near(name, &mut automation.evidence.names()),
        Need::Deploy => false,
    }
}
