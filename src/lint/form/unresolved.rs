//! A name that names nothing.

use std::sync::Arc;

use crate::diag::{Diagnostic, Severity, code};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;
use crate::model::runbook::Runbook;
use crate::model::scenario::Scenario;
use crate::plan::{rehearsal, resolve};
use crate::text::source::Source;
use crate::text::span::Spanned;
use crate::text::{safe, suggest};

pub(super) const RULE: Rule = Rule {
    code: code::UNRESOLVED,
    severity: Severity::Error,
    checks: &[
        Check::Reading,
        Check::Resolving,
        Check::Runbook(scope),
        Check::Automation(feeds),
        Check::Automation(bound),
        Check::Automation(people),
        Check::Workspace(scenarios),
        Check::Workspace(duty),
    ],
    explanation: Explanation {
        what: "A control, layer, signal, source, role, person, provider, environment, step or template is named \
               that does not exist. It is looked up in the files of the workspace, for every automation that the \
               runbook serves; what a scenario names, in the plan of its runbook.",
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
    let there = &cx.workspace.automations;
    for name in runbook.scope.automations.iter().filter(|name| !there.contains_key(&name.value)) {
        let automations: Vec<&str> = there.keys().map(String::as_str).collect();
        known(&runbook.source, "an automation", name, &automations, findings);
    }
    let environments: Vec<&str> = cx.environments().collect();
    for name in runbook.scope.environments.iter().filter(|_| cx.workspace.settings.is_some()) {
        known(&runbook.source, "an environment of aigov.toml", name, &environments, findings);
    }
}

/// What `feeds` names.
fn feeds(cx: &Context<'_>, automation: &Automation, findings: &mut Findings) {
    let there = &cx.workspace.automations;
    for name in automation.feeds.iter().filter(|name| !there.contains_key(&name.value)) {
        let automations: Vec<&str> = there.keys().map(String::as_str).collect();
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

/// Where it is known whose turn it is.
fn duty(cx: &Context<'_>, findings: &mut Findings) {
    let (Some(settings), Some(people)) = (&cx.workspace.settings, &cx.workspace.people) else { return };
    let providers: Vec<&str> = settings.providers.names().collect();
    for source in people.roles.iter().filter_map(|(_, role)| role.on_call.as_ref()?.provider.as_ref()) {
        known(&people.source, "a provider of aigov.toml", source, &providers, findings);
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

/// What scenarios name: their runbook and automation, and everything that they say of the plan that follows.
fn scenarios(cx: &Context<'_>, findings: &mut Findings) {
    let runbooks: Vec<&str> = cx.workspace.runbooks.keys().map(String::as_str).collect();
    let automations: Vec<&str> = cx.workspace.automations.keys().map(String::as_str).collect();
    let environments: Vec<&str> = cx.environments().collect();
    let asked = |s: &&Scenario| cx.is_own(&s.source) && cx.is_asked(&s.source.name);
    for scenario in cx.workspace.scenarios.values().filter(asked) {
        let (Some(runbook), Some(automation)) = (&scenario.runbook, &scenario.automation) else { continue };
        known(&scenario.source, "a runbook", runbook, &runbooks, findings);
        known(&scenario.source, "an automation", automation, &automations, findings);
        if let Some(environment) = &scenario.environment {
            known(&scenario.source, "an environment of aigov.toml", environment, &environments, findings);
        }
        let of = cx.workspace.runbooks.get(&runbook.value).map(|r| &r.scope.environments);
        let written = of.into_iter().flatten().map(|e| e.value.as_str()).find(|e| environments.contains(e));
        let environment = scenario.environment.as_ref().map(|e| e.value.as_str()).or(written);
        let Some(environment) = environment.or_else(|| environments.first().copied()) else { continue };
        let names = (runbook.value.as_str(), automation.value.as_str());
        let Ok((plan, _)) = resolve(cx.workspace, cx.catalog, names.0, names.1, environment, cx.demo) else { continue };
        rehearsal::resolve(scenario, &plan).problems.into_iter().for_each(|p| findings.add(p));
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
