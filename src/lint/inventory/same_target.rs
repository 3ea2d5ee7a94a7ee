//! Two names for one thing: what is stopped or put back under one of them is so under the other.

use std::collections::{BTreeMap, BTreeSet};


use crate::diag::{Code, Diagnostic, Severity};
use crate::lint::context::Context;
use crate::lint::findings::Findings;
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::{Automation, ControlKind};
use crate::model::binding::Bound;
use crate::plan::fit;
use crate::text::span::Span;

const CODE: Code = Code { name: "same-target", summary: "Two controls or two layers that are one and the same thing." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    // Whose file is read by itself is told of what lies within it.
    checks: &[Check::Automation(within), Check::Coverage(across)],
    explanation: Explanation {
        what: "Two controls, or two layers, have the same provider and the same keys in the same environment. A warning where \
               they belong to two automations, or are two kinds of control: one flag may be a switch and a percentage. Signals, \
               evidence and deployments are often shared, and are not looked at.",
        why: "An automation is described by copying the file of another one. With the flag of the other one still in it, \
              `aigov stop` sets that flag, reads it back, and calls this automation contained while it goes on. And what is \
              put back under one name is put back under the other, while its own incident is still open.",
        bad: r#"# automations/billing.toml, copied from support-replies.toml
[controls.autonomy]
kind = "switch"
provider = "flags"
production = { project = "support", flag = "support-replies-autonomy" }"#,
        good: r#"# automations/billing.toml
[controls.autonomy]
kind = "switch"
provider = "flags"
production = { project = "billing", flag = "billing-autonomy" }"#,
        fix: "Bind each to its own flag, service, credential or model. Where two automations really hang on one, such as one \
              model for both, accept the finding with an exception that says so: a stop of one is a stop of both then.",
    },
};

/// What makes two of them one: the environment, the provider, and every key with its value.
type Target<'a> = (&'a str, bool, &'a str, Vec<(String, String)>);

/// A control or a layer.
struct One<'a> {
    automation: &'a Automation,
    name: &'a str,
    /// None for a layer.
    kind: Option<ControlKind>,
    is_control: bool,
    at: Span,
}

impl One<'_> {
    fn called(&self) -> String {
        format!("{} `{}`", if self.is_control { "control" } else { "layer" }, self.name)
    }
}

/// The controls and layers of an automation that are in an environment, each with what makes it one with another.
fn targets<'a>(automation: &'a Automation, environment: &'a str) -> impl Iterator<Item = (Target<'a>, One<'a>)> {
    let controls = automation.controls.iter().map(|(name, c)| (name, c.kind.as_ref().map(|k| k.value), true, &c.bound));
    let layers = automation.layers.iter().map(|(name, bound)| (name, None, false, bound));
    controls.chain(layers).filter_map(move |(name, kind, is_control, bound)| {
        let (target, at) = target(bound, environment, is_control)?;
        Some((target, One { automation, name: &name.value, kind, is_control, at }))
    })
}

fn within(cx: &Context<'_>, automation: &Automation, findings: &mut Findings) {
    let mut told: BTreeSet<(String, bool)> = BTreeSet::new();
    for environment in cx.environments() {
        let mut first: BTreeMap<Target<'_>, One<'_>> = BTreeMap::new();
        for (target, one) in targets(automation, environment) {
            match first.get(&target) {
                None => drop(first.insert(target, one)),
                Some(other) => {
                    if told.insert((one.name.to_owned(), one.is_control)) {
                        findings.add(of_one(other, &one, environment));
                    }
                }
            }
        }
    }
}

fn across(cx: &Context<'_>, findings: &mut Findings) {
    let mut first: BTreeMap<Target<'_>, One<'_>> = BTreeMap::new();
    let mut told: BTreeSet<(&str, &str, bool)> = BTreeSet::new();
    for environment in cx.environments() {
        for automation in cx.automations() {
            for (target, one) in targets(automation, environment) {
                match first.get(&target) {
                    None => drop(first.insert(target, one)),
                    Some(other) if other.automation.name == automation.name => {}
                    Some(other) => {
                        if told.insert((automation.name.as_str(), one.name, one.is_control)) {
                            findings.add(of_two(cx, other, &one, environment));
                        }
                    }
                }
            }
        }
    }
}

fn target<'a>(bound: &'a Bound, environment: &'a str, is_control: bool) -> Option<(Target<'a>, Span)> {
    let provider = bound.provider.as_ref().filter(|_| fit::is_in(bound, environment))?;
    let binding = bound.binding(environment);
    let mut keys: Vec<(String, String)> = binding.values.iter().map(|(k, v)| (k.clone(), v.to_string())).collect();
    keys.sort();
    // What has no keys is told where the provider is named.
    let at = if keys.is_empty() { provider.span } else { binding.span };
    Some(((environment, is_control, provider.value.as_str(), keys), at))
}

fn of_one(other: &One<'_>, one: &One<'_>, environment: &str) -> Diagnostic {
    let (what, but) = (one.called(), other.called());
    let severity = if one.kind == other.kind { Severity::Error } else { Severity::Warning };
    let problem = Diagnostic::error(CODE, format!("{what} is bound to the same as {but} in `{environment}`"))
        .at(&one.automation.source, one.at, "the same provider with the same keys")
        .at(&other.automation.source, other.at, format!("{but} is bound here"))
        .help(format!("bind {what} to what it is, or take it away"));
    Diagnostic { severity, ..problem }
}

fn of_two(cx: &Context<'_>, other: &One<'_>, one: &One<'_>, environment: &str) -> Diagnostic {
    // It is told in a file that is asked for, where only one of the two is.
    let (one, other) = if cx.is_asked(&one.automation.source.name) { (one, other) } else { (other, one) };
    let (automation, its) = (&one.automation.name, &other.automation.name);
    let happens = if one.is_control { "stopping" } else { "rolling back" };
    let (what, but) = (one.called(), other.called());
    Diagnostic::warning(
        CODE,
        format!("{what} of `{automation}` and {but} of `{its}` are one and the same in `{environment}`"),
    )
    .at(&one.automation.source, one.at, format!("{happens} the one is {happens} the other"))
    .at(&other.automation.source, other.at, format!("`{its}` is bound here"))
    .help(format!("bind it to what `{automation}` has of its own, or write an exception that says why they share it"))
}
