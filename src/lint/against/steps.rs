//! Which step of a plan is which of another: by what it does, so that a new id is no other step.
//!
//! Owns the matching and the words for a step.

use serde_json::Value;

use super::PlanPair;
use crate::lint::context::Planned;
use crate::plan::{Act, Plan, Setting, Step, StepIx, Target};

/// The steps of the first list, each with its like in the second.
pub(super) fn matched<'p>(
    from: &'p Plan,
    a: &[StepIx],
    to: &'p Plan,
    b: &[StepIx],
) -> Vec<(&'p Step, Option<&'p Step>)> {
    let first: Vec<&Step> = a.iter().map(|ix| from.step(*ix)).collect();
    let second: Vec<&Step> = b.iter().map(|ix| to.step(*ix)).collect();
    let mut partner: Vec<Option<usize>> = vec![None; first.len()];
    let passes: [fn(&Step, &Step) -> bool; 5] = [
        |a, b| a.id == b.id && does_the_same(a, b),
        does_the_same,
        |a, b| a.id == b.id && is_about_the_same(a, b),
        is_about_the_same,
        |a, b| a.id == b.id && a.act.verb() == b.act.verb() && !is_of_a_control(a),
    ];
    for same in passes {
        for (i, step) in first.iter().enumerate() {
            if partner.get(i).is_some_and(Option::is_some) {
                continue;
            }
            let found = second.iter().enumerate().find(|(j, other)| !partner.contains(&Some(*j)) && same(step, other));
            if let (Some(place), Some((j, _))) = (partner.get_mut(i), found) {
                *place = Some(j);
            }
        }
    }
    first.into_iter().zip(partner).map(|(step, j)| (step, j.and_then(|j| second.get(j).copied()))).collect()
}

fn is_of_a_control(step: &Step) -> bool {
    matches!(step.act, Act::SetControl { .. } | Act::RollbackLayer { .. })
}

/// Whether two targets are one place, whatever name leads to it.
pub(super) fn is_one_place(a: &Target, b: &Target) -> bool {
    let bare = |t: &Target| {
        t.binding
            .iter()
            .filter(|(k, _)| *k != "levels")
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect::<Vec<(String, Value)>>()
    };
    a.kind == b.kind && bare(a) == bare(b)
}

fn at_one_place(a: &Step, b: &Step) -> bool {
    !a.targets.is_empty()
        && a.targets.len() == b.targets.len()
        && a.targets.iter().zip(&b.targets).all(|(a, b)| is_one_place(a, b))
}

/// Whether two steps are about the same thing, such as one control.
fn is_about_the_same(a: &Step, b: &Step) -> bool {
    match (&a.act, &b.act) {
        (Act::SetControl { control: x, .. }, Act::SetControl { control: y, .. }) => x == y || at_one_place(a, b),
        (Act::RollbackLayer { layer: x, .. }, Act::RollbackLayer { layer: y, .. }) => x == y || at_one_place(a, b),
        (Act::Publish { audience: x, .. }, Act::Publish { audience: y, .. }) => x == y,
        (Act::Capture { .. }, Act::Capture { .. })
        | (Act::Freeze, Act::Freeze)
        | (Act::Page { .. }, Act::Page { .. }) => true,
        (Act::HttpCall { call: x, .. }, Act::HttpCall { call: y, .. }) => x == y,
        _ => false,
    }
}

/// Whether two steps come to the same act.
fn does_the_same(a: &Step, b: &Step) -> bool {
    match (&a.act, &b.act) {
        (Act::SetControl { to: x, safe: s, .. }, Act::SetControl { to: y, safe: t, .. }) => {
            is_about_the_same(a, b) && (x == y || (*s && *t))
        }
        (Act::RollbackLayer { to: x, .. }, Act::RollbackLayer { to: y, .. }) => is_about_the_same(a, b) && x == y,
        (Act::Publish { template: x, .. }, Act::Publish { template: y, .. }) => is_about_the_same(a, b) && x == y,
        (Act::Page { to: x, .. }, Act::Page { to: y, .. }) => x == y,
        (Act::Notify { to: x, text: s }, Act::Notify { to: y, text: t }) => x == y && s == t,
        (Act::Ticket { title: x }, Act::Ticket { title: y }) | (Act::Human { text: x }, Act::Human { text: y }) => {
            x == y
        }
        _ => is_about_the_same(a, b),
    }
}

/// A step in words: its id and what it does.
pub(super) fn told(step: &Step) -> String {
    let what = match &step.act {
        Act::SetControl { control, safe: true, .. } => format!("sets `{control}` to safe"),
        Act::SetControl { control, to, .. } => format!("sets `{control}` to {to}"),
        Act::RollbackLayer { layer, .. } => format!("rolls `{layer}` back"),
        Act::Capture { .. } => "keeps evidence".to_owned(),
        Act::Freeze => "freezes deployments".to_owned(),
        Act::Page { .. } => "pages people".to_owned(),
        Act::Notify { .. } => "tells people".to_owned(),
        Act::Publish { template, .. } => format!("publishes `{template}`"),
        Act::Ticket { .. } => "opens a ticket".to_owned(),
        Act::Human { .. } => "is done by a person".to_owned(),
        Act::HttpCall { call, .. } => format!("calls `{call}`"),
    };
    format!("`{}` ({what})", step.id)
}

/// Whether what the second step sets is further from safe than what the first one sets, as far as that can be said.
pub(super) fn is_further(a: &Step, b: &Step) -> bool {
    let (Act::SetControl { to: x, .. }, Act::SetControl { to: y, .. }) = (&a.act, &b.act) else { return false };
    // The levels of the two controls need not be the same: a value has its place where both are known.
    let scales = a.targets.iter().chain(&b.targets);
    x != y && scales.map(|t| (distance(x, t), distance(y, t))).find_map(|(x, y)| x.zip(y)).is_some_and(|(x, y)| x < y)
}

/// How far a value of a control is from the safest: levels stand safest first, a percent counts from 0.
fn distance(setting: &Setting, target: &Target) -> Option<f64> {
    match setting {
        Setting::On(on) => Some(if *on { 1.0 } else { 0.0 }),
        Setting::Percent(p) => Some(*p),
        Setting::Level(level) => {
            let place = target.binding.get("levels")?.as_array()?.iter().position(|l| l.as_str() == Some(level))?;
            u32::try_from(place).ok().map(f64::from)
        }
    }
}

/// Whom a name of a role or person means for the plan's automation.
fn meant(planned: &Planned<'_>, written: &str) -> String {
    let role = written.strip_prefix('@').and_then(|role| planned.automation.roles.get(role));
    role.map_or_else(|| written.to_owned(), |carrier| carrier.value.clone())
}

/// Whom the first reaches and the second does not: neither under the same name nor as the same person or role.
pub(super) fn no_longer_reached(pair: &PlanPair<'_>, from: &[&str], to: &[&str]) -> Vec<String> {
    let there: Vec<String> = to.iter().map(|name| meant(pair.to, name)).collect();
    let gone = |name: &&&str| !to.contains(name) && !there.contains(&meant(pair.from, name));
    from.iter().filter(gone).map(|name| (*name).to_owned()).collect()
}
