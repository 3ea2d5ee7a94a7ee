//! What the servers of a drill hold in a workspace of one's own: one server for each provider that the plan reaches, with the
//! flags, applications, models and aliases that the plan names there, as they stand while the automation is at work.
//!
//! Owns that picture, made from the plan and the workspace's settings alone, and the settings under which the adapters find
//! those servers. Must not ask the real systems anything, and takes over neither an address nor a credential of theirs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use litemap::LiteMap;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::argocd::EARLIER;
use super::mlflow::{PROMPT, Stored};
use super::store::{CLIENT_TOKEN, TOKEN};
use super::unleash::{CLIENT_ENVIRONMENT, Wanted};
use super::world::World;
use crate::model::catalog::Holds;
use crate::plan::rehearsal::at_work;
use crate::plan::{Act, Plan, Step, Target};
use crate::provider::{ProviderSettings, catalog};
use crate::text::gather::Gather as _;
use crate::text::time::Instant;

mod endpoints;

/// What one provider's server holds when it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Seed {
    pub(super) world: World,
    /// The environment that the second token reads.
    pub(super) client: String,
    /// Which of the plan's providers it is, so that no name has to be a folder's.
    place: usize,
}

/// The servers of a drill.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seeds {
    /// What is served, by provider.
    pub served: LiteMap<String, Seed>,
    /// Providers that no server here can play truthfully, each with the reason.
    pub apart: BTreeMap<String, String>,
}

/// What a plan's drill needs of servers, as everything stands at `now`. A provider without settings is in neither: it fails as
/// it would in the night.
#[must_use]
pub fn seeds(plan: &Plan, entries: &[ProviderSettings], now: Instant) -> Seeds {
    let mut all = Seeds::default();
    for (place, name) in plan.providers().into_iter().enumerate() {
        let Some(entry) = entries.iter().find(|e| e.name == name) else { continue };
        let uses: Vec<Use<'_>> = plan
            .steps
            .iter()
            .flat_map(|step| step.targets.iter().map(move |target| Use { step, target }))
            .filter(|u| u.target.provider == name)
            .collect();
        match begin(entry, &uses, &plan.environment, now) {
            Ok((world, client)) => drop(all.served.insert(name.to_owned(), Seed { world, client, place })),
            Err(why) => drop(all.apart.insert(name.to_owned(), why)),
        }
    }
    all
}

impl Seed {
    /// The name of its folder below the drill's.
    #[must_use]
    pub fn folder(&self) -> String {
        self.place.to_string()
    }

    /// The settings of its provider for the drill: its server at `origin`, and this drill's own tokens below the drill's
    /// folder. What a workspace leaves out is left out here, too, where it decides how something is proven.
    #[must_use]
    pub fn settings(&self, of: &ProviderSettings, origin: &str) -> ProviderSettings {
        let token = |name: &str| json!({ "file": Path::new(&self.folder()).join(name) });
        let known = catalog().iter().find(|k| k.name == of.kind).map_or(&[][..], |k| k.settings);
        let mut settings = Map::new();
        for key in known {
            let Some(own) = of.settings.get(key.name) else { continue };
            let value = match key.holds {
                Holds::Url if key.name == "rest-url" => json!(format!("{origin}/{}/rest", of.kind)),
                Holds::Url => json!(format!("{origin}/{}", of.kind)),
                Holds::Secret if key.name == "client-token" => token(CLIENT_TOKEN),
                Holds::Secret => token(TOKEN),
                _ => own.clone(),
            };
            settings.insert(key.name.to_owned(), value);
        }
        // These servers ask everybody for a token; whether one is sent says nothing about what was done.
        if matches!(of.kind.as_str(), "mlflow" | "prometheus") {
            settings.entry("token").or_insert_with(|| token(TOKEN));
        }
        ProviderSettings { settings, ..of.clone() }
    }
}

/// One step at one of its targets.
#[derive(Clone, Copy)]
struct Use<'a> {
    step: &'a Step,
    target: &'a Target,
}

impl<'a> Use<'a> {
    fn text(&self, key: &str) -> Option<&'a str> {
        self.target.binding.get(key).and_then(Value::as_str).filter(|t| !t.is_empty())
    }
}

/// The world of one provider and the environment that its second token reads, or why it can't be played by a server.
fn begin(
    entry: &ProviderSettings,
    uses: &[Use<'_>],
    environment: &str,
    now: Instant,
) -> Result<(World, String), String> {
    let mut world = World::bare();
    let mut client = CLIENT_ENVIRONMENT.to_owned();
    match entry.kind.as_str() {
        "unleash" => client = flags(&mut world, entry, uses, now)?,
        "argocd" => applications(&mut world, uses, now),
        "mlflow" => models(&mut world, uses, now),
        "http" => world.endpoints = endpoints::endpoints(entry, uses, environment)?,
        // What they are told they keep, and what a signal shows is the scenario's.
        "pagerduty" | "prometheus" => {}
        other => return Err(format!("no server here speaks for a provider of kind {other}")),
    }
    Ok((world, client))
}

/// Whether a flag is on, and the variant that it serves.
type Stands = (bool, Option<String>);

/// How a flag stands that a step is to change; none where the step only looks at it.
fn stands(of: &Use<'_>) -> Option<Stands> {
    Some(match at_work(of.step, of.target) {
        Value::Bool(on) => (on, None),
        Value::Number(percent) => (percent.as_f64().is_some_and(|p| p > 0.0), None),
        Value::String(level) => {
            // The safest level is a flag that is off.
            let safest = of.target.binding.get("levels").and_then(|l| l.get(0)).and_then(Value::as_str);
            if safest == Some(level.as_str()) { (false, None) } else { (true, Some(level)) }
        }
        _ => return None,
    })
}

fn flags(world: &mut World, entry: &ProviderSettings, uses: &[Use<'_>], now: Instant) -> Result<String, String> {
    let environments: BTreeSet<&str> = uses.iter().filter_map(|u| u.text("environment")).collect();
    if environments.len() > 1 && entry.settings.contains_key("client-token") {
        let names: Vec<&str> = environments.into_iter().collect();
        return Err(format!(
            "its flags lie in {}, and which of them its client-token reads is known to the real server alone",
            names.join(" and ")
        ));
    }
    let client = environments.iter().next().copied().unwrap_or(CLIENT_ENVIRONMENT).to_owned();
    // The name of a flag is the whole server's: of two projects that a workspace names for one, the first has it.
    let mut each: LiteMap<&str, (&str, LiteMap<&str, Stands>)> = LiteMap::new();
    for of in uses {
        let (Some(project), Some(flag)) = (of.text("project"), of.text("flag")) else { continue };
        let (_, at) = each.entry(flag).or_insert_with(|| (project, LiteMap::new()));
        if let (Some(environment), Some((on, variant))) = (of.text("environment"), stands(of)) {
            let known = at.entry(environment).or_insert((on, None));
            known.1 = known.1.take().or(variant);
        }
    }
    let mut flags = super::unleash::Flags::none(&client);
    let usual = [client.as_str()];
    let all: Vec<&str> = if environments.is_empty() { usual.to_vec() } else { environments.into_iter().collect() };
    for (name, (project, at)) in each {
        let environment = |e: &&str| {
            let (on, variant) = at.get(e).cloned().unwrap_or((true, None));
            ((*e).to_owned(), on, variant)
        };
        let wanted = Wanted {
            name: name.to_owned(),
            project: project.to_owned(),
            kind: "operational".to_owned(),
            about: "made up for a drill".to_owned(),
            environments: all.iter().map(environment).collect(),
        };
        flags.add(wanted, now);
    }
    world.unleash = flags;
    Ok(client)
}

/// The versions that rollbacks name, without those that are only meant.
fn named<'a>(uses: &'a [Use<'a>], key: &'a str, value: &'a str) -> impl Iterator<Item = &'a str> {
    uses.iter().filter(move |u| u.text(key) == Some(value)).filter_map(|u| match &u.step.act {
        Act::RollbackLayer { to, .. } if to != "last-known-good" => Some(to.as_str()),
        _ => None,
    })
}

fn applications(world: &mut World, uses: &[Use<'_>], now: Instant) {
    let names: BTreeSet<&str> = uses.iter().filter_map(|u| u.text("app")).collect();
    for app in names {
        let mut of_app = uses.iter().filter(|u| u.text("app") == Some(app));
        let project = of_app.find_map(|u| u.text("project")).unwrap_or("default");
        let mut earlier: LiteMap<u64, String> = EARLIER.into_iter().map(|(id, r)| (id, r.to_owned())).gather();
        for to in named(uses, "app", app) {
            if let Ok(id) = to.parse() {
                earlier.entry(id).or_insert_with(|| revision(to));
            } else if !earlier.values().any(|r| r == to) {
                let next = earlier.keys().max().map_or(0, |id| id.saturating_add(1));
                earlier.insert(next, to.to_owned());
            }
        }
        let earlier: Vec<(u64, String)> = earlier.into_iter().collect();
        world.argocd.add(app, project, &format!("{project}/{app}"), &earlier, now);
    }
}

/// What might be a commit's name.
fn revision(of: &str) -> String {
    Sha256::digest(format!("deployment {of}")).iter().take(20).map(|b| format!("{b:02x}")).collect()
}

fn models(world: &mut World, uses: &[Use<'_>], now: Instant) {
    let names: BTreeSet<&str> = uses.iter().filter_map(|u| u.text("model").or_else(|| u.text("prompt"))).collect();
    for name in names {
        let of_name = || uses.iter().filter(|u| u.text("model").or_else(|| u.text("prompt")) == Some(name));
        let is_prompt = of_name().any(|u| u.text("prompt").is_some());
        let wanted = named(uses, "model", name).chain(named(uses, "prompt", name));
        let mut versions: BTreeSet<u32> = wanted.filter_map(|v| v.parse().ok()).chain(1..=3).collect();
        let good = versions.last().copied().unwrap_or(1);
        let used = good.saturating_add(1);
        versions.insert(used);
        let mut aliases = BTreeMap::new();
        for of in of_name() {
            let Some(alias) = of.text("alias") else { continue };
            let of_good = of.text("good").unwrap_or("last-known-good");
            aliases.entry(of_good.to_owned()).or_insert(good);
            aliases.insert(alias.to_owned(), used);
        }
        let store = |version: u32| -> Stored {
            let text = format!("Version {version} of {name}, made up for a drill.");
            if is_prompt {
                (version, PROMPT.to_owned(), Some(text))
            } else {
                (version, format!("s3://drill/{name}/{version}"), None)
            }
        };
        world.mlflow.add(name, versions.into_iter().map(store).collect(), aliases, now);
    }
}

#[cfg(test)]
mod tests;
