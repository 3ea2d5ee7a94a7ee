//! The plan of `aigov stop`: the automation's own `[stop]` and nothing else.
//!
//! Owns the promise that one automation and one provider suffice. No runbook, no people, no policy is needed; what is wrong
//! anywhere else prevents nothing here. The plan contains and then stands still: it has no matrix, so nothing is assessed,
//! and no check, so nothing is ever raised by it but in a stand-down.

use std::sync::Arc;

use super::{Resolver, WITHIN, advice};
use crate::diag::{Diagnostic, code};
use crate::model::automation::Automation;
use crate::model::catalog::Catalog;
use crate::model::runbook::{Class, Runbook, Scope};
use crate::model::workspace::Workspace;
use crate::plan::{Plan, STOP, StepIx, StepRole, Undo};
use crate::text::source::Source;
use crate::text::span::{Span, Spanned};

/// What a stop is called where a runbook has its title.
const TITLE: &str = "Stopped on request";

/// Which controls a stop sets to their safe value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach<'a> {
    /// The narrowest of `[stop]` that can be planned.
    Narrow,
    /// All of `[stop]`, narrowest first.
    Wider,
    /// These, by name.
    Named(&'a [String]),
}

/// The plan that stops an automation in an environment, with everything that was found wrong on the way. It has no step
/// when nothing could be planned; the problems say why.
///
/// # Errors
/// There is no such automation or environment, or no `aigov.toml`.
pub fn stop(
    workspace: &Workspace,
    catalog: Catalog,
    automation: &str,
    environment: &str,
    reach: Reach<'_>,
    demo: bool,
) -> Result<(Plan, Vec<Diagnostic>), Diagnostic> {
    let no = |what: &str, name: &str, known: &[&str]| {
        Diagnostic::error(code::UNRESOLVED, format!("there is no {what} `{name}` in this workspace"))
            .help(advice(name, known))
    };
    let Some(of) = workspace.automations.get(automation) else {
        return Err(no(
            "automation",
            automation,
            &workspace.automations.keys().map(String::as_str).collect::<Vec<_>>(),
        ));
    };
    let Some(settings) = &workspace.settings else { return Err(no("file", "aigov.toml", &[])) };
    if settings.environments.get(environment).is_none() {
        return Err(no("environment", environment, &settings.environments.names().collect::<Vec<_>>()));
    }
    let runbook = bare();
    Ok(Resolver::new(workspace, settings, catalog, &runbook, of, environment).stop_plan(reach, demo))
}

/// A runbook that says nothing.
fn bare() -> Runbook {
    let said = |text: &str| Some(Spanned::new(text.to_owned(), Span::default()));
    Runbook {
        source: Source::new(STOP, ""),
        name: STOP.to_owned(),
        title: said(TITLE),
        class: Some(Spanned::new(Class::Unknown, Span::default())),
        impact: None,
        owner: None,
        contain_within: None,
        review_by: None,
        scope: Scope::default(),
        triggers: Vec::new(),
        immediate: Vec::new(),
        facts: Vec::new(),
        severities: Vec::new(),
        respond: Vec::new(),
        verify: Vec::new(),
        restore: None,
        follow_ups: Vec::new(),
        exceptions: Vec::new(),
    }
}

impl Resolver<'_> {
    fn stop_plan(mut self, reach: Reach<'_>, demo: bool) -> (Plan, Vec<Diagnostic>) {
        // The band was computed, and what it lacks is no matter of a stop.
        self.diagnostics.clear();
        let immediate = self.stop_steps(reach);
        let safe_all = self.safe_all(&immediate, &[]);
        let stand_down = self.stop_stand_down();
        let downgrade = self.downgrade();
        let roles = self.roles_quietly();
        let votes = self.votes(demo);
        let plan = self.frame();
        let plan = Plan {
            immediate,
            safe_all,
            stand_down: Some(stand_down),
            downgrade,
            roles,
            votes,
            steps: self.steps,
            gates: self.gates,
            roster: self.roster,
            authorities: super::authorities(self.people),
            ..plan
        };
        (plan, self.diagnostics)
    }

    /// Who carries which role is for display, and its problems are none of a stop's.
    fn roles_quietly(&mut self) -> std::collections::BTreeMap<String, String> {
        let before = self.diagnostics.len();
        let roles = self.roles();
        self.diagnostics.truncate(before);
        roles
    }

    fn stop_steps(&mut self, reach: Reach<'_>) -> Vec<StepIx> {
        let automation = self.automation;
        let source = Arc::clone(&automation.source);
        let names: Vec<Spanned<String>> = match reach {
            Reach::Named(names) => {
                let span = |n: &String| automation.controls.span(n).unwrap_or_default();
                names.iter().map(|n| Spanned::new(n.clone(), span(n))).collect()
            }
            Reach::Narrow | Reach::Wider => {
                let Some(stop) = &automation.stop else {
                    let says = format!("automation `{}` has no [stop]", automation.name);
                    self.push(
                        Diagnostic::error(code::UNRESOLVED, says)
                            .at(&source, Span::default(), "")
                            .help("write `[stop]` with `control = \"…\"` in its file"),
                    );
                    return Vec::new();
                };
                stop.control.iter().chain(&stop.wider).cloned().collect()
            }
        };
        let mut steps: Vec<StepIx> = Vec::new();
        for name in &names {
            if reach == Reach::Narrow && !steps.is_empty() {
                break;
            }
            let Some((name, control)) = self.control(name, &source) else { continue };
            let Some(act) = self.control_safe(&name, control, Undo::Restore) else { continue };
            let id = format!("stop.{name}");
            if self.step_ix(&id).is_none() {
                steps.push(self.add_step(act.step(id, StepRole::Immediate, WITHIN)));
            }
        }
        steps
    }
}

/// The controls of an automation that have a safe value and are not among those that `[stop]` names: what could be set by
/// name where `[stop]` can't.
#[must_use]
pub fn others(automation: &Automation) -> Vec<&str> {
    let stop = automation.stop.as_ref();
    let named = |name: &str| stop.is_some_and(|s| s.control.iter().chain(&s.wider).any(|c| c.value == name));
    automation
        .controls
        .iter()
        .filter(|(name, control)| !named(&name.value) && control.safe_value().is_some())
        .map(|(name, _)| name.value.as_str())
        .collect()
}

/// The controls by which an automation can be stopped by name where `[stop]` names none that is there; none where it does.
#[must_use]
pub fn instead(automation: &Automation) -> Vec<&str> {
    let there = |name: &Spanned<String>| automation.controls.get(&name.value).is_some();
    let usable = automation.stop.as_ref().is_some_and(|s| s.control.iter().chain(&s.wider).any(there));
    if usable { Vec::new() } else { others(automation) }
}

#[cfg(test)]
mod tests;
