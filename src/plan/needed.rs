//! Everything outside that a workspace names in an environment, each once, and whether a runbook or a `[stop]` really
//! uses it.
//!
//! Owns the collecting. Looks at names only: whether what is named is there is asked of its provider.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Target, fit};
use crate::model::automation::{Automation, ControlKind};
use crate::model::binding::Bound;
use crate::model::catalog::Capability;
use crate::model::runbook::{Act, Runbook};
use crate::model::workspace::{Settings, Workspace};

/// What is done with a target of a capability, as people know it.
#[must_use]
pub const fn word(capability: Capability) -> &'static str {
    match capability {
        Capability::Switch | Capability::Level | Capability::Percent => "control.set",
        Capability::Layer => "layer.rollback",
        Capability::Signal => "signal",
        Capability::Evidence => "evidence.capture",
        Capability::Deploy => "deploy.freeze",
        Capability::Paging => "page.send",
        Capability::Statement => "statement.publish",
        Capability::Ticket => "ticket.open",
        Capability::Notice => "notify.send",
        Capability::Call => "http.call",
        Capability::OnCall => "on-call",
    }
}

/// One thing that is named, with what it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct Needed {
    /// Where it is. Its label is what it is called in the inventory, such as `support-replies controls.autonomy`.
    pub target: Target,
    /// What it is for.
    pub purpose: Capability,
    /// Whether a runbook or a `[stop]` uses it in this environment; otherwise it only has to be there.
    pub used: bool,
    /// Whether an automation's `[stop]` names it: the first thing that has to work.
    pub stops: bool,
    /// Every place that names it.
    pub named_by: Vec<String>,
}

impl Needed {
    /// One thing that is used, named by its own label.
    #[must_use]
    pub fn used(target: Target, purpose: Capability) -> Self {
        Self { named_by: vec![target.label.clone()], target, purpose, used: true, stops: false }
    }
}

/// Everything that is named in an environment, in the order of automations and their files.
#[must_use]
pub fn needed(workspace: &Workspace, environment: &str) -> Vec<Needed> {
    let mut all = All::default();
    let Some(settings) = &workspace.settings else { return Vec::new() };
    for automation in workspace.automations.values() {
        let uses = Uses::of(workspace, automation, environment);
        all.automation(settings, automation, environment, &uses);
    }
    let serving = || workspace.runbooks.values().filter(|r| in_scope(r, environment));
    for (bound, purpose) in sections(settings) {
        let used = serving().any(|r| asks(r, purpose));
        all.add(settings, bound, environment, (purpose, used, false), section(purpose));
    }
    for act in serving().flat_map(acts) {
        if let Act::HttpCall { provider, call, .. } = act {
            let target = Target {
                provider: provider.value.clone(),
                kind: kind(settings, &provider.value),
                binding: [("call".to_owned(), Value::String(call.value.clone()))].into_iter().collect(),
                label: format!("call {}", call.value),
            };
            all.push(target, (Capability::Call, true, false));
        }
    }
    for (name, role) in workspace.people.iter().flat_map(|p| p.roles.iter()) {
        if let Some(on_call) = &role.on_call {
            all.add(settings, on_call, environment, (Capability::OnCall, true, false), &format!("role {}", name.value));
        }
    }
    all.list
}

#[derive(Default)]
struct All {
    list: Vec<Needed>,
    /// Where in the list each stands, by purpose, provider and what is addressed.
    known: BTreeMap<(Capability, String, String), usize>,
}

impl All {
    fn automation(&mut self, settings: &Settings, automation: &Automation, environment: &str, uses: &Uses) {
        let named = |part: &str| format!("{} {part}", automation.name);
        for (name, control) in automation.controls.iter() {
            let capability = match control.kind.as_ref().map(|k| k.value) {
                Some(ControlKind::Level) => Capability::Level,
                Some(ControlKind::Percent) => Capability::Percent,
                Some(ControlKind::Switch) | None => Capability::Switch,
            };
            let stops = uses.stop.contains(&name.value);
            let used = stops || uses.needs(&fit::Need::Control(name.value.clone()));
            let label = named(&format!("controls.{}", name.value));
            self.add(settings, &control.bound, environment, (capability, used, stops), &label);
        }
        for (bounds, word, capability, need) in [
            (&automation.layers, "layers", Capability::Layer, fit::Need::Layer as fn(String) -> fit::Need),
            (&automation.signals, "signals", Capability::Signal, fit::Need::Signal),
            (&automation.evidence, "evidence", Capability::Evidence, fit::Need::Evidence),
        ] {
            for (name, bound) in bounds.iter() {
                let all = capability == Capability::Evidence && uses.needs(&fit::Need::Evidence("@all".to_owned()));
                let used = all || uses.needs(&need(name.value.clone()));
                let label = named(&format!("{word}.{}", name.value));
                self.add(settings, bound, environment, (capability, used, false), &label);
            }
        }
        if let Some(deploy) = &automation.deploy {
            let used = uses.needs(&fit::Need::Deploy);
            self.add(settings, deploy, environment, (Capability::Deploy, used, false), &named("deploy"));
        }
        for (bound, capability) in [
            (&automation.paging, Capability::Paging),
            (&automation.statements, Capability::Statement),
            (&automation.tickets, Capability::Ticket),
            (&automation.notices, Capability::Notice),
        ] {
            let Some(bound) = bound else { continue };
            let used = uses.runbooks.iter().any(|r| asks(r, capability));
            let label = named(section(capability));
            self.add(settings, bound, environment, (capability, used, false), &label);
        }
    }

    fn add(
        &mut self,
        settings: &Settings,
        bound: &Bound,
        environment: &str,
        how: (Capability, bool, bool),
        label: &str,
    ) {
        if !fit::is_in(bound, environment) {
            return;
        }
        // A provider that could not be read was reported with its file.
        let Some(provider) = &bound.provider else { return };
        let target = Target {
            provider: provider.value.clone(),
            kind: kind(settings, &provider.value),
            binding: bound.binding(environment).values,
            label: label.to_owned(),
        };
        self.push(target, how);
    }

    fn push(&mut self, target: Target, (purpose, used, stops): (Capability, bool, bool)) {
        let key = (purpose, target.provider.clone(), Value::Object(target.binding.clone()).to_string());
        if let Some(known) = self.known.get(&key).and_then(|at| self.list.get_mut(*at)) {
            known.used |= used;
            known.stops |= stops;
            known.named_by.push(target.label);
            return;
        }
        self.known.insert(key, self.list.len());
        self.list.push(Needed { named_by: vec![target.label.clone()], target, purpose, used, stops });
    }
}

/// What the runbooks that serve an automation ask of it.
struct Uses<'a> {
    runbooks: Vec<&'a Runbook>,
    needs: BTreeSet<fit::Need>,
    /// Controls that stop it.
    stop: BTreeSet<String>,
}

impl<'a> Uses<'a> {
    fn of(workspace: &'a Workspace, automation: &Automation, environment: &str) -> Self {
        let serving = fit::runbooks_for(workspace, &automation.name, environment);
        let runbooks: Vec<&Runbook> = serving
            .into_iter()
            .filter_map(|name| workspace.runbooks.get(name))
            .filter(|r| in_scope(r, environment))
            .collect();
        let needs = runbooks.iter().flat_map(|r| fit::needs(r)).collect();
        let stop = automation.stop.iter().flat_map(|s| s.control.iter().chain(&s.wider));
        Self { runbooks, needs, stop: stop.map(|c| c.value.clone()).collect() }
    }

    fn needs(&self, need: &fit::Need) -> bool {
        self.needs.contains(need)
    }
}

fn in_scope(runbook: &Runbook, environment: &str) -> bool {
    let named = &runbook.scope.environments;
    named.is_empty() || named.iter().any(|e| e.value == environment)
}

fn acts(runbook: &Runbook) -> impl Iterator<Item = &Act> {
    runbook.immediate.iter().chain(&runbook.respond).filter_map(|s| s.act.as_ref()).map(|a| &a.value)
}

/// Whether a runbook pages, publishes, opens tickets or tells people.
fn asks(runbook: &Runbook, capability: Capability) -> bool {
    match capability {
        // A question that nobody answers pages, too.
        Capability::Paging => {
            !runbook.facts.is_empty()
                || runbook.severities.iter().any(|s| !s.escalate.is_empty())
                || acts(runbook).any(|a| matches!(a, Act::PageSend { .. }))
        }
        Capability::Statement => acts(runbook).any(|a| matches!(a, Act::StatementPublish { .. })),
        Capability::Ticket => acts(runbook).any(|a| matches!(a, Act::TicketOpen { .. })),
        Capability::Notice => acts(runbook).any(|a| matches!(a, Act::NotifySend { .. })),
        _ => false,
    }
}

fn sections(settings: &Settings) -> impl Iterator<Item = (&Bound, Capability)> {
    [
        (&settings.paging, Capability::Paging),
        (&settings.statements, Capability::Statement),
        (&settings.tickets, Capability::Ticket),
        (&settings.notices, Capability::Notice),
    ]
    .into_iter()
    .filter_map(|(bound, capability)| Some((bound.as_ref()?, capability)))
}

const fn section(capability: Capability) -> &'static str {
    match capability {
        Capability::Paging => "paging",
        Capability::Statement => "statements",
        Capability::Ticket => "tickets",
        _ => "notices",
    }
}

fn kind(settings: &Settings, provider: &str) -> String {
    let kind = settings.providers.get(provider).and_then(|p| p.kind.as_ref());
    kind.map_or_else(String::new, |k| k.value.clone())
}

#[cfg(test)]
mod tests;
