//! Something that a provider can not do there.

use std::collections::BTreeSet;

use serde_json::Map;

use crate::diag::{Diagnostic, Severity, code};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::binding::Binding;
use crate::model::catalog::Capability;
use crate::plan::rehearsal::Staging;
use crate::plan::resolve;
use crate::text::safe;

pub(super) const RULE: Rule = Rule {
    code: code::UNAVAILABLE,
    severity: Severity::Error,
    checks: &[Check::Resolving, Check::Workspace(duty), Check::Workspace(practice)],
    explanation: Explanation {
        what: "What the runbook asks for is bound to a provider that has no settings for this environment, or that \
               can not do it; or a role's `on-call` names one that can not tell whose turn it is, in any environment. What \
               a scenario practises is looked up in every environment that is marked `rehearse = true`, too.",
        why: "A step without a provider is a step that a person has to do by hand, and finds out about in the \
              incident.",
        bad: r#"[providers.flags]
kind = "http"
staging = { url = "https://flags.example.com" }"#,
        good: r#"[providers.flags]
kind = "http"
staging = { url = "https://flags.example.com" }
production = { url = "https://flags.example.com" }"#,
        fix: "Add the settings of the environment in `aigov.toml`, or bind it to a provider that can do it.",
    },
};

/// What a scenario practises and an environment that is marked for practice lacks: a drill there would begin without it.
fn practice(cx: &Context<'_>, findings: &mut Findings) {
    let Some(settings) = &cx.workspace.settings else { return };
    let marked: Vec<&str> =
        settings.environments.names().filter(|name| Staging::of(settings, cx.catalog, name).is_ok()).collect();
    let mut told = BTreeSet::new();
    let own = cx.workspace.scenarios.values().filter(|s| cx.is_own(&s.source) && cx.is_asked(&s.source.name));
    for scenario in own {
        let (Some(runbook), Some(automation)) = (&scenario.runbook, &scenario.automation) else { continue };
        for environment in marked.iter().filter(|e| told.insert((&*runbook.value, &*automation.value, **e))) {
            let planned =
                resolve::practised(cx.workspace, cx.catalog, &runbook.value, &automation.value, environment);
            let Ok((_, problems)) = planned else { continue };
            let name = safe::excerpt(&scenario.name, 60);
            for problem in problems.into_iter().filter(|p| p.code == code::UNAVAILABLE && !p.labels.is_empty()) {
                let help = problem.help.as_ref().map_or_else(String::new, |help| format!("{help}; "));
                findings.add(problem.help(format!("{help}`{name}` could not be played with `--env {environment}`")));
            }
        }
    }
}

/// Roles whose on-call source can not tell whose turn it is.
fn duty(cx: &Context<'_>, findings: &mut Findings) {
    let (Some(settings), Some(people)) = (&cx.workspace.settings, &cx.workspace.people) else { return };
    for (name, role) in people.roles.iter() {
        let Some(written) = role.on_call.as_ref().and_then(|b| b.provider.as_ref()) else { continue };
        let Some(provider) = settings.providers.get(&written.value) else { continue };
        let Some(kind) = provider.kind.as_ref().and_then(|k| cx.catalog.iter().find(|c| c.name == k.value)) else { continue };
        let can = |s: &Map<String, _>| (kind.ability)(Capability::OnCall, &provider.shared.values, s).is_some();
        let none = Binding::default();
        let mut settings_of = provider.environments.iter().map(|(_, s)| s).peekable();
        let any = settings_of.peek().is_none() && can(&none.values) || settings_of.any(|s| can(&s.values));
        if !any {
            findings.add(
                Diagnostic::error(code::UNAVAILABLE, format!("provider `{}` can not tell who is `{name}`", written.value))
                    .at(&people.source, written.span, format!("of kind `{}`", kind.name))
                    .at(&settings.source, provider.span, "with these settings")
                    .help("name a pager, with the settings that its list of who is on call needs"),
            );
        }
    }
}
