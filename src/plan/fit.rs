//! Which automations a runbook serves, and which runbooks an automation has: everything that one asks for and the other
//! offers, compared by name.
//!
//! Owns the list of needs. Looks at names and environments only; whether a provider can do what is asked is found by
//! [`resolve`](super::resolve()).

use std::collections::BTreeSet;
use std::fmt;

use litemap::LiteMap;

use super::Band;
use crate::model::automation::Automation;
use crate::model::binding::Bound;
use crate::model::runbook::{Act, CheckBy, Class, Runbook, TriggerOn};
use crate::model::workspace::Workspace;
use crate::text::gather::Gather;

/// One thing that a runbook asks of an automation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A control by name, or `@stop`.
    Control(String),
    /// A layer.
    Layer(String),
    /// A signal.
    Signal(String),
    /// A source of evidence.
    Evidence(String),
    /// Something that deploys it.
    Deploy,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Control(name) if name == "@stop" => f.write_str("a [stop]"),
            Self::Control(name) => write!(f, "control `{name}`"),
            Self::Layer(name) => write!(f, "layer `{name}`"),
            Self::Signal(name) => write!(f, "signal `{name}`"),
            Self::Evidence(name) if name == "@all" => f.write_str("a source of evidence"),
            Self::Evidence(name) => write!(f, "evidence `{name}`"),
            Self::Deploy => f.write_str("a [deploy]"),
        }
    }
}

/// Everything that a runbook asks of an automation, each once.
#[must_use]
pub fn needs(runbook: &Runbook) -> BTreeSet<Need> {
    let mut needs = BTreeSet::new();
    for act in runbook.immediate.iter().chain(&runbook.respond).filter_map(|s| s.act.as_ref()) {
        match &act.value {
            // An automation without a wider switch is served all the same.
            Act::ControlSafe { control } | Act::ControlSet { control, .. } if control.value != "@wider" => {
                needs.insert(Need::Control(control.value.clone()));
            }
            Act::LayerRollback { layer, .. } => {
                needs.insert(Need::Layer(layer.value.clone()));
            }
            Act::EvidenceCapture { sources, .. } => {
                needs.extend(sources.iter().map(|s| Need::Evidence(s.value.clone())));
            }
            Act::DeployFreeze => {
                needs.insert(Need::Deploy);
            }
            Act::ControlSafe { .. }
            | Act::ControlSet { .. }
            | Act::PageSend { .. }
            | Act::NotifySend { .. }
            | Act::StatementPublish { .. }
            | Act::TicketOpen { .. }
            | Act::HumanDo { .. }
            | Act::HttpCall { .. } => {}
        }
    }
    let stages = runbook.restore.iter().flat_map(|r| &r.stages);
    needs.extend(stages.map(|s| Need::Control(s.control.value.clone())));
    let of_triggers = runbook.triggers.iter().filter_map(|t| match t.on.as_ref()? {
        TriggerOn::Signal(measure) => Some(&measure.signal),
        TriggerOn::Report(_) => None,
    });
    let of_checks = runbook.verify.iter().filter_map(|c| match c.by.as_ref()? {
        CheckBy::Signal(measure) => Some(&measure.signal),
        CheckBy::Ask { .. } => None,
    });
    let of_facts = runbook.facts.iter().filter_map(|f| f.signal.as_ref());
    needs.extend(of_triggers.chain(of_checks).chain(of_facts).map(|s| Need::Signal(s.value.clone())));
    needs
}

/// What an automation lacks of what a runbook asks for, in an environment; nothing when the runbook serves it.
#[must_use]
pub fn lacks(runbook: &Runbook, automation: &Automation, environment: &str) -> Vec<Need> {
    lacks_of(&needs(runbook), automation, environment)
}

/// Like [`lacks`], where it is known what the runbook asks for.
#[must_use]
pub fn lacks_of(needs: &BTreeSet<Need>, automation: &Automation, environment: &str) -> Vec<Need> {
    needs.iter().filter(|need| !offers(automation, need, environment)).cloned().collect()
}

fn offers(automation: &Automation, need: &Need, environment: &str) -> bool {
    let there = |bound: Option<&Bound>| bound.is_some_and(|b| is_in(b, environment));
    match need {
        Need::Control(name) if name == "@stop" => {
            let control = automation.stop.as_ref().and_then(|s| s.control.as_ref());
            control.is_some_and(|c| there(automation.controls.get(&c.value).map(|c| &c.bound)))
        }
        Need::Control(name) => there(automation.controls.get(name).map(|c| &c.bound)),
        Need::Layer(name) => there(automation.layers.get(name)),
        Need::Signal(name) => there(automation.signals.get(name)),
        Need::Evidence(name) if name == "@all" => automation.evidence.iter().any(|(_, b)| is_in(b, environment)),
        Need::Evidence(name) => there(automation.evidence.get(name)),
        Need::Deploy => there(automation.deploy.as_ref()),
    }
}

/// The automations that a runbook serves in an environment, by name: those of its `scope.automations`, or all where it
/// names none, that have everything it asks for. An unknown runbook serves none.
#[must_use]
pub fn candidates<'a>(workspace: &'a Workspace, runbook: &str, environment: &str) -> Vec<&'a str> {
    let Some(runbook) = workspace.runbooks.get(runbook) else { return Vec::new() };
    workspace
        .automations
        .values()
        .filter(|a| in_scope(runbook, a) && lacks(runbook, a, environment).is_empty())
        .map(|a| a.name.as_str())
        .collect()
}

/// The automations that a runbook may be meant for where nobody names one, by name: those that it serves, and those of
/// which nobody can tell, because what they lack may stand where their file is `broken`. Where there is none, all that it
/// was written for: what a runbook and an automation have of each other is done, and what they lack is told.
///
/// Of several, none is chosen here: that the file of one is broken doesn't mean the other.
#[must_use]
pub fn meant<'a>(
    workspace: &'a Workspace,
    runbook: &str,
    environment: &str,
    broken: impl Fn(&str) -> bool,
) -> Vec<&'a str> {
    let Some(runbook) = workspace.runbooks.get(runbook) else { return Vec::new() };
    let all = || workspace.automations.values();
    let written: Vec<&Automation> = all().filter(|a| in_scope(runbook, a)).collect();
    // A scope that names nothing that is here says nothing about what is.
    let written = if written.is_empty() { all().collect() } else { written };
    let name = |a: &&'a Automation| a.name.as_str();
    let may: Vec<&str> = written
        .iter()
        .filter(|a| (in_scope(runbook, a) && lacks(runbook, a, environment).is_empty()) || broken(&a.name))
        .map(name)
        .collect();
    if may.is_empty() { written.iter().map(name).collect() } else { may }
}

/// The automations that a runbook was written for, where this is none of them.
#[must_use]
pub fn written_elsewhere<'a>(workspace: &'a Workspace, runbook: &str, automation: &str) -> Vec<&'a str> {
    let named = workspace.runbooks.get(runbook).map_or(&[][..], |r| r.scope.automations.as_slice());
    let names: Vec<&str> = named.iter().map(|n| n.value.as_str()).collect();
    if names.contains(&automation) { Vec::new() } else { names }
}

/// How many named classes a band calls for.
#[must_use]
pub const fn named(band: Band) -> usize {
    match band {
        Band::Low | Band::Medium => 0,
        Band::High => 1,
        Band::Critical => 3,
    }
}

/// What an automation of this band must have a runbook for and has not, in words; `has` are the classes of the runbooks
/// that serve it.
#[must_use]
pub fn uncovered(band: Band, has: &BTreeSet<Class>) -> Vec<String> {
    let mut out = Vec::new();
    if band != Band::Low && !has.contains(&Class::Unknown) {
        out.push(format!("`{}`", Class::Unknown));
    }
    let lacking = named(band).saturating_sub(has.iter().filter(|c| **c != Class::Unknown).count());
    match lacking {
        0 => {}
        1 => out.push("one more named class".to_owned()),
        n => out.push(format!("{n} more named classes")),
    }
    out
}

/// The runbooks that serve an automation in an environment, by name.
#[must_use]
pub fn runbooks_for<'a>(workspace: &'a Workspace, automation: &str, environment: &str) -> Vec<&'a str> {
    runbooks_meant(workspace, automation, environment, |_| false)
}

/// The runbooks that may be meant for an automation, by name: those that serve it, and those of which nobody can tell,
/// because what it lacks for them may stand where a file is `broken`.
#[must_use]
pub fn runbooks_meant<'a>(
    workspace: &'a Workspace,
    automation: &str,
    environment: &str,
    broken: impl Fn(&Runbook) -> bool,
) -> Vec<&'a str> {
    let Some(automation) = workspace.automations.get(automation) else { return Vec::new() };
    let written = workspace.runbooks.values().filter(|r| in_scope(r, automation));
    let may = written.filter(|r| lacks(r, automation, environment).is_empty() || broken(r));
    may.map(|r| r.name.as_str()).collect()
}

/// Which automations each runbook serves in one environment, for a workspace with many of both: what a runbook asks for is
/// looked up once for all automations, so that the work grows with their number and not with the number of pairs.
#[derive(Debug)]
pub struct Serving<'a> {
    automations: Vec<&'a Automation>,
    /// By runbook, a bit for each automation.
    served: LiteMap<&'a str, Vec<u64>>,
    /// The same for those that lack one thing of what the runbook asks for.
    near: LiteMap<&'a str, Vec<u64>>,
}

/// Bits in a word of [`Serving`].
const BITS: usize = 64;

impl<'a> Serving<'a> {
    /// For every runbook that was written for this environment, by what [`needs`] says of each.
    #[must_use]
    pub fn new<'n>(
        workspace: &'a Workspace,
        environment: &str,
        needs: impl Fn(&'a Runbook) -> &'n BTreeSet<Need>,
    ) -> Self {
        let automations: Vec<&Automation> = workspace.automations.values().collect();
        let place: LiteMap<&str, usize> = automations.iter().enumerate().map(|(i, a)| (a.name.as_str(), i)).gather();
        let words = automations.len().div_ceil(BITS);
        let mut offering: LiteMap<&Need, Vec<u64>> = LiteMap::new();
        let (mut served, mut near) = (LiteMap::new(), LiteMap::new());
        for runbook in workspace.runbooks.values() {
            let written = &runbook.scope.environments;
            if !written.is_empty() && !written.iter().any(|e| e.value == environment) {
                continue;
            }
            let meant = if runbook.scope.automations.is_empty() {
                bits(words, 0..automations.len())
            } else {
                bits(words, runbook.scope.automations.iter().filter_map(|n| place.get(n.value.as_str()).copied()))
            };
            // Those that lack anything, and those that lack more than one thing.
            let (mut lacking, mut more) = (vec![0; words], vec![0; words]);
            for need in needs(runbook) {
                let having = offering.entry(need).or_insert_with(|| {
                    let has = |(i, a): (usize, &&Automation)| offers(a, need, environment).then_some(i);
                    bits(words, automations.iter().enumerate().filter_map(has))
                });
                for ((lacking, more), having) in lacking.iter_mut().zip(&mut more).zip(having.iter()) {
                    *more |= *lacking & !having;
                    *lacking |= !having;
                }
            }
            let and = |of: &[u64], row: &[u64]| of.iter().zip(row).map(|(a, b)| a & b).collect::<Vec<u64>>();
            let not = |row: &[u64]| row.iter().map(|word| !word).collect::<Vec<u64>>();
            served.insert(runbook.name.as_str(), and(&meant, &not(&lacking)));
            near.insert(runbook.name.as_str(), and(&and(&meant, &lacking), &not(&more)));
        }
        Self { automations, served, near }
    }

    /// The automations that a runbook serves, by name; none for one that is unknown or written for another environment.
    pub fn of<'s>(&'s self, runbook: &str) -> impl Iterator<Item = &'a Automation> + 's {
        self.among(&self.served, runbook)
    }

    /// The automations that lack one single thing of what a runbook asks for, by name.
    pub fn near<'s>(&'s self, runbook: &str) -> impl Iterator<Item = &'a Automation> + 's {
        self.among(&self.near, runbook)
    }

    fn among<'s>(
        &'s self,
        rows: &'s LiteMap<&'a str, Vec<u64>>,
        runbook: &str,
    ) -> impl Iterator<Item = &'a Automation> + use<'s, 'a> {
        let row = rows.get(runbook).map_or(&[][..], Vec::as_slice);
        let is_set = move |i: usize| row.get(i / BITS).is_some_and(|word| (word >> (i % BITS)) & 1 == 1);
        self.automations.iter().enumerate().filter(move |(i, _)| is_set(*i)).map(|(_, a)| *a)
    }

    /// How many automations a runbook serves.
    #[must_use]
    pub fn count(&self, runbook: &str) -> usize {
        self.served.get(runbook).map_or(0, |row| row.iter().map(|word| word.count_ones() as usize).sum())
    }
}

fn bits(words: usize, set: impl IntoIterator<Item = usize>) -> Vec<u64> {
    let mut row = vec![0; words];
    for i in set {
        if let Some(word) = row.get_mut(i / BITS) {
            *word |= 1 << (i % BITS);
        }
    }
    row
}

fn in_scope(runbook: &Runbook, automation: &Automation) -> bool {
    let named = &runbook.scope.automations;
    named.is_empty() || named.iter().any(|n| n.value == automation.name)
}

/// A binding that names environments holds in those only.
#[must_use]
pub fn is_in(bound: &Bound, environment: &str) -> bool {
    bound.environments.is_empty() || bound.environments.get(environment).is_some() || !bound.shared.values.is_empty()
}
