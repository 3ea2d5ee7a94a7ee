//! Runbooks that no automation can use.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::context::head;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;
use crate::model::runbook::Runbook;
use crate::plan::fit;

const CODE: Code = Code { name: "unserved", summary: "A runbook that serves no automation, or not one that it names." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Workspace(check)],
    explanation: Explanation {
        what: "A runbook serves an automation that has every control, layer, signal, source of evidence and \
               deployment that it asks for, in an environment for which it was written. This one serves none; or \
               it names one in `scope.automations` that lacks something, which is an error.",
        why: "Such a runbook is never offered at night, and its class is not covered, though everybody believes \
              that it is.",
        bad: r#"[scope]
automations = ["support-replies"]     # which has no control `traffic`

[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "traffic" }"#,
        good: r#"[scope]
automations = ["support-replies"]

[[immediate]]
id = "stop"
do = "control.safe"
with = { control = "@stop" }"#,
        fix: "Add what is lacking to the automation, or ask for less: `@stop` means the automation's own stop, \
              `@all` all of its evidence.",
    },
};

fn check(cx: &Context<'_>, findings: &mut Findings) {
    for runbook in cx.runbooks().filter(|r| cx.is_asked(&r.source.name)) {
        if runbook.scope.automations.is_empty() {
            anybody(cx, runbook, findings);
        } else {
            named(cx, runbook, findings);
        }
    }
}

/// The environments for which a runbook was written.
fn environments<'a>(cx: &Context<'a>, runbook: &'a Runbook) -> impl Iterator<Item = &'a str> + use<'a> {
    let written = &runbook.scope.environments;
    cx.environments().filter(move |e| written.is_empty() || written.iter().any(|w| w.value == **e))
}

fn named<'a>(cx: &Context<'a>, runbook: &'a Runbook, findings: &mut Findings) {
    for name in &runbook.scope.automations {
        let Some(automation) = cx.workspace.automations.get(&name.value) else { continue };
        for environment in environments(cx, runbook) {
            let lacks = fit::lacks_of(cx.needs(runbook), automation, environment);
            if !lacks.is_empty() {
                let says = format!("`{}` lacks what this runbook asks for in `{environment}`", name.value);
                findings.add(
                    Diagnostic::error(CODE, says)
                        .at(&runbook.source, name.span, format!("lacks {}", list(&lacks)))
                        .at(&automation.source, head(&automation.source), "described here")
                        .help("add it to the automation, or take the automation out of the scope"),
                );
            }
        }
    }
}

fn anybody<'a>(cx: &Context<'a>, runbook: &'a Runbook, findings: &mut Findings) {
    let served = cx.serving().iter().any(|(_, serving)| serving.count(&runbook.name) > 0);
    if served || cx.workspace.automations.is_empty() || cx.workspace.settings.is_none() {
        return;
    }
    // The automation that lacks least; of many only some are looked at.
    let lacking = |a: &'_ Automation| {
        environments(cx, runbook).map(|e| fit::lacks_of(cx.needs(runbook), a, e)).min_by_key(Vec::len).unwrap_or_default()
    };
    let nearest = cx.automations().take(20).map(|a| (lacking(a), a)).min_by_key(|(lacks, _)| lacks.len());
    let problem = Diagnostic::warning(CODE, "this runbook serves no automation");
    let problem = problem.at(&runbook.source, head(&runbook.source), "");
    findings.add(match nearest {
        Some((lacks, a)) if !lacks.is_empty() => problem
            .at(&a.source, head(&a.source), format!("lacks {}", list(&lacks)))
            .help(format!("add what `{}` lacks, or ask for less", a.name)),
        _ => problem.help("name an environment of aigov.toml in `[scope]`"),
    });
}

fn list(lacks: &[fit::Need]) -> String {
    lacks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
