//! A name that names nothing.

use std::sync::Arc;

use crate::diag::{Diagnostic, Severity, code};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;
use crate::model::runbook::Runbook;
use crate::text::source::Source;
use crate::text::span::Spanned;
use crate::text::{safe, suggest};

pub(super) const RULE: Rule = Rule {
    code: code::UNRESOLVED,
    severity: Severity::Error,
    checks: &[Check::Reading, Check::Resolving, Check::Runbook(scope), Check::Automation(feeds), Check::Automation(bound), Check::Automation(people)],
    explanation: Explanation {
        what: "A control, layer, signal, source, role, person, provider, environment, step or template is named \
               that does not exist. It is looked up in the files of the workspace, for every automation that the \
               runbook serves.",
        why: "A name is resolved when the runbook runs, and then there is nobody to ask. In the worst case the \
              page goes to a role that nobody carries.",
        bad: r#"[[immediate]]
id = "stop-sending"
do = "control.safe"
with = { control = "autonomy" }
or-else = "stop-servce""#,
        good: r#"[[immediate]]
id = "stop-sending"
do = "control.safe"
with = { control = "autonomy" }
or-else = "stop-service""#,
        fix: "Write the name that was meant, or add what it names.",
    },
};

/// What `[scope]` names.
fn scope(cx: &Context<'_>, runbook: &Runbook, findings: &mut Findings) {
    let automations: Vec<&str> = cx.workspace.automations.keys().map(String::as_str).collect();
    for name in &runbook.scope.automations {
        known(&runbook.source, "an automation", name, &automations, findings);
    }
    let environments: Vec<&str> = cx.environments().collect();
    for name in runbook.scope.environments.iter().filter(|_| cx.workspace.settings.is_some()) {
        known(&runbook.source, "an environment of aigov.toml", name, &environments, findings);
    }
}

/// What `feeds` names.
fn feeds(cx: &Context<'_>, automation: &Automation, findings: &mut Findings) {
    let automations: Vec<&str> = cx.workspace.automations.keys().map(String::as_str).collect();
    for name in &automation.feeds {
        known(&automation.source, "an automation", name, &automations, findings);
    }
}

/// Providers, also of what no runbook asks for today.
fn bound(cx: &Context<'_>, automation: &Automation, findings: &mut Findings) {
    let Some(settings) = &cx.workspace.settings else { return };
    let providers: Vec<&str> = settings.providers.names().collect();
    for bound in automation.bounds() {
        if let Some(name) = &bound.provider {
            known(&automation.source, "a provider of aigov.toml", name, &providers, findings);
        }
    }
}

/// Who carries a role, and who may stop.
fn people(cx: &Context<'_>, automation: &Automation, findings: &mut Findings) {
    let Some(people) = &cx.workspace.people else { return };
    let names = people.names();
    let stoppers = automation.stop.iter().flat_map(|s| &s.who);
    for name in automation.roles.iter().map(|(_, carrier)| carrier).chain(stoppers) {
        known(&automation.source, "a person or role of people.toml", name, &names, findings);
    }
}

fn known(source: &Arc<Source>, what: &str, name: &Spanned<String>, known: &[&str], findings: &mut Findings) {
    if known.contains(&name.value.as_str()) {
        return;
    }
    let near = suggest::nearest(&name.value, known.iter().copied());
    let label = near.map_or_else(String::new, |n| format!("did you mean `{n}`?"));
    let problem = Diagnostic::error(code::UNRESOLVED, format!("`{}` is not {what}", safe::excerpt(&name.value, 60)))
        .at(source, name.span, label);
    findings.add(match known {
        [] => problem.help("there is none"),
        known if known.len() <= 12 => problem.help(format!("there is {}", suggest::list(known.iter().copied()))),
        _ => problem,
    });
}
