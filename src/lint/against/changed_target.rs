//! The same name, and something else behind it.

use serde_json::{Map, Value};

use crate::diag::{Code, Severity};
use crate::lint::against::{Compare, Loss, Losses, Place, Sides};
use crate::lint::rule::{Check, Explanation, Rule};
use crate::model::automation::Automation;
use crate::model::binding::Bound;
use crate::model::workspace::{Provider, Settings};
use crate::text::safe;

const CODE: Code = Code { name: "changed-target", summary: "A change after which a name leads to something else." };

pub(super) const RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Warning,
    checks: &[Check::Compare(Compare::Workspace(check))],
    explanation: Explanation {
        what: "Held against an earlier revision, a control, layer, signal or source of evidence of an automation addresses \
               something else in an environment, or a provider has another address or account. Whether that is for the \
               better nobody can say from the files, so that it is told whichever way it goes, and as a warning: nothing that was \
               asked for is asked for less. With `--deny warnings` it stops the change as well.",
        why: "A stop that sets the wrong flag answers 200, is read back as set, and stops nothing. No other rule can see \
              it: both names are right.",
        bad: "[controls.autonomy]\nprovider = \"flags\"\nproduction = { flag = \"support-replies-v2\" }     # was support-replies",
        good: "[controls.autonomy]\nprovider = \"flags\"\nproduction = { flag = \"support-replies\" }",
        fix: "Look at the other system: `aigov doctor` reads every binding back. Then let the owner of \
              the automation sign the change: `aigov review --against REV`. Or somebody answers for it, and is told by name: an \
              `[[exception]]` in the same change, with a reason, an owner and a day.",
    },
};

fn check(sides: &Sides<'_>, losses: &mut Losses) {
    let (Some(a), Some(b)) = (&sides.from.settings, &sides.to.settings) else { return };
    if !sides.is_read(&a.source.name) {
        return;
    }
    for (name, had) in a.providers.iter() {
        let Some(has) = b.providers.get(&name.value) else { continue };
        let mut add = |says: String| {
            losses.add(Loss::changed(CODE, says).at(Some((a.source.clone(), name.span)), Some((b.source.clone(), has.span))));
        };
        let kind = |p: &Provider| p.kind.as_ref().map_or(String::new(), |k| k.value.clone());
        if kind(had) != kind(has) {
            add(format!("provider `{name}` is of another kind: {} → {}", kind(had), kind(has)));
        }
        if let Some(what) = difference(&had.shared.values, &has.shared.values) {
            add(format!("provider `{name}` is another: {what}"));
        }
        for (environment, there) in had.environments.iter() {
            let now = has.environments.get(&environment.value).map(|b| &b.values);
            if let Some(what) = now.and_then(|now| difference(&there.values, now)) {
                add(format!("provider `{name}` is another in `{environment}`: {what}"));
            }
        }
    }
    for (x, y) in sides.automations.iter().filter(|(x, y)| sides.is_read(&x.source.name) && sides.is_read(&y.source.name)) {
        for (what, had) in bounds(x) {
            let now = bounds(y).into_iter().find(|(other, _)| *other == what);
            let Some((_, has)) = now else { continue };
            for environment in a.environments.names().filter(|e| b.environments.get(e).is_some()) {
                let Some(differs) = elsewhere((a, had), (b, has), environment) else { continue };
                let places: (Place, Place) = ((x.source.clone(), had.span), (y.source.clone(), has.span));
                losses.add(
                    Loss::changed(CODE, format!("{what} leads elsewhere in `{environment}`: {differs}"))
                        .of([y.name.clone()])
                        .at(Some(places.0), Some(places.1)),
                );
            }
        }
    }
}

/// Everything that an automation is bound to, with what it is called.
fn bounds(automation: &Automation) -> Vec<(String, &Bound)> {
    let controls = automation.controls.iter().map(|(n, c)| (format!("control `{n}`"), &c.bound));
    let named = [("layer", &automation.layers), ("signal", &automation.signals), ("evidence", &automation.evidence)];
    let named = named.into_iter().flat_map(|(word, list)| list.iter().map(move |(n, b)| (format!("{word} `{n}`"), b)));
    let deploy = automation.deploy.iter().map(|d| ("[deploy]".to_owned(), d));
    controls.chain(named).chain(deploy).collect()
}

/// In what two bindings differ, in an environment that both know.
fn elsewhere((a, had): (&Settings, &Bound), (b, has): (&Settings, &Bound), environment: &str) -> Option<String> {
    let name = |bound: &Bound| bound.provider.as_ref().map_or(String::new(), |p| p.value.clone());
    let (x, y) = (name(had), name(has));
    if x != y && !is_one_provider(a.providers.get(&x), b.providers.get(&y)) {
        return Some(format!("provider `{x}` → `{y}`"));
    }
    let there = |bound: &Bound| bound.environments.is_empty() || bound.environments.get(environment).is_some();
    if !there(had) || !there(has) {
        return None;
    }
    difference(&had.binding(environment).values, &has.binding(environment).values)
}

/// Whether a provider has only another name.
fn is_one_provider(a: Option<&Provider>, b: Option<&Provider>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return false };
    let of = |p: &Provider| -> Vec<(String, Map<String, Value>)> {
        p.environments.iter().map(|(n, b)| (n.value.clone(), b.values.clone())).collect()
    };
    a.kind.as_ref().map(|k| &k.value) == b.kind.as_ref().map(|k| &k.value) && a.shared.values == b.shared.values && of(a) == of(b)
}

/// The first key that is not the same in both, and how it changed.
fn difference(a: &Map<String, Value>, b: &Map<String, Value>) -> Option<String> {
    let shown = |v: Option<&Value>| v.map_or_else(|| "nothing".to_owned(), |v| safe::excerpt(&v.to_string(), 60));
    let key = a.keys().chain(b.keys()).find(|k| a.get(*k) != b.get(*k))?;
    Some(format!("`{key}` {} → {}", shown(a.get(key)), shown(b.get(key))))
}
