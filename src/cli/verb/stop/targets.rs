//! What is to be stopped, and where: names, a risk band, or everything; in which environments. Never a guess between
//! several, and what is left out is said.

use crate::cli::args::Stop;
use crate::cli::choice;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::model::automation::{Automation, RiskBand};
use crate::model::runbook::Class;
use crate::model::word::Word as _;
use crate::model::workspace::Settings;
use crate::plan::{band, band_word};
use crate::text::{safe, suggest};

/// What a stop is about.
#[derive(Debug, Default)]
pub(super) struct Targets {
    /// Automation and environment, each once.
    pub all: Vec<(String, String)>,
    /// Names that nobody has here, each with what helps.
    pub unknown: Vec<String>,
    /// What may have been meant, as it is typed behind `stop`.
    pub near: Vec<String>,
    /// What was left out, and how to reach it.
    pub left_out: Vec<String>,
}

/// Finds the targets.
///
/// # Errors
/// Nothing was named and several would fit, no `aigov.toml` can be read, or there is no such environment.
pub(super) fn find(cx: &Context, args: &Stop) -> Result<Targets, CliError> {
    let workspace = &cx.loaded().workspace;
    let Some(settings) = &workspace.settings else {
        return Err(CliError::usage("this workspace has no aigov.toml that can be read").next("aigov --sandbox"));
    };
    let environments = environments(cx, settings, args.env.as_deref())?;
    let mut targets = Targets::default();
    let mut chosen: Vec<&Automation> = Vec::new();
    for name in &args.names {
        match workspace.automations.get(name) {
            Some(automation) => chosen.push(automation),
            None => {
                let known = workspace.automations.keys().map(String::as_str);
                targets.near.extend(suggest::nearest(name, known.clone()).map(str::to_owned));
                targets.unknown.push(unknown(name, known));
            }
        }
    }
    for word in &args.class {
        match RiskBand::parse(word) {
            Some(_) => chosen.extend(workspace.automations.values().filter(|a| band_word(band(a).0) == word.as_str())),
            None => targets.unknown.push(unknown_band(word)),
        }
    }
    if args.all {
        chosen.extend(workspace.automations.values());
    }
    if args.names.is_empty() && args.class.is_empty() && !args.all {
        chosen.push(the_one(cx, workspace.automations.values())?);
    }
    chosen.retain(|automation| {
        let missing = no_such_control(automation, &args.control);
        if let Some((says, meant)) = &missing {
            targets.unknown.push(says.clone());
            targets.near.push(meant.clone());
        }
        missing.is_none()
    });
    let by_name = |a: &Automation| args.names.contains(&a.name) || (!args.all && args.class.is_empty());
    for automation in chosen {
        let bound: Vec<&str> =
            environments.iter().copied().filter(|e| args.env.is_some() || is_in(automation, e)).collect();
        let there = if bound.is_empty() && by_name(automation) {
            // Named, and not there where production is: then wherever it is.
            settings.environments.names().filter(|e| is_in(automation, e)).collect()
        } else {
            bound
        };
        let nowhere = !settings.environments.names().any(|e| is_in(automation, e));
        if there.is_empty() && (nowhere || by_name(automation)) {
            // Nothing is bound anywhere; planning says what is missing.
            targets.add(automation, environments.first().copied().unwrap_or_default());
        } else if there.is_empty() {
            targets.left_out.push(left_out(cx, settings, automation));
        }
        for environment in there {
            targets.add(automation, environment);
        }
    }
    Ok(targets)
}

impl Targets {
    fn add(&mut self, automation: &Automation, environment: &str) {
        let target = (automation.name.clone(), environment.to_owned());
        if !self.all.contains(&target) {
            self.all.push(target);
        }
    }
}

/// What is wrong where controls are named and the automation has none of them, and what would stop it. Where it has one of
/// them, that one is set, and what it lacks is told beside it.
fn no_such_control(automation: &Automation, named: &[String]) -> Option<(String, String)> {
    let there = || automation.controls.names();
    let first = named.first().filter(|_| !there().any(|name| named.iter().any(|n| n == name)))?;
    let name = safe::line(&automation.name);
    let says = format!("{name} has no control `{}`", safe::line(first));
    Some(match suggest::nearest(first, there()) {
        Some(near) => (format!("{says}; did you mean `{near}`?"), format!("{name} --control {near}")),
        None => (format!("{says}; there is {}", suggest::list(there())), name),
    })
}

/// The environment that was asked for; otherwise every one marked as production; where none is, all of them: stopping too
/// much costs minutes.
fn environments<'a>(cx: &Context, settings: &'a Settings, asked: Option<&str>) -> Result<Vec<&'a str>, CliError> {
    if let Some(asked) = asked {
        return Ok(vec![choice::known_environment(cx, settings, asked)?]);
    }
    let production = choice::in_production(settings);
    Ok(if production.is_empty() { settings.environments.names().collect() } else { production })
}

/// Whether any control that a stop could use says something of this environment.
fn is_in(automation: &Automation, environment: &str) -> bool {
    automation.controls.iter().any(|(_, control)| {
        let bound = &control.bound;
        bound.environments.is_empty() || bound.environments.get(environment).is_some()
    })
}

fn the_one<'a>(
    cx: &Context,
    mut all: impl Iterator<Item = &'a Automation> + Clone,
) -> Result<&'a Automation, CliError> {
    let several: Vec<(String, String)> = all
        .clone()
        .map(|a| (a.name.clone(), a.purpose.as_ref().map_or_else(String::new, |p| safe::line(&p.value))))
        .collect();
    let nothing = || CliError::usage("this workspace describes no automation").next(cx.command("status"));
    if several.len() < 2 {
        return all.next().ok_or_else(nothing);
    }
    if !cx.screen.look().person {
        let mut error = CliError::usage("say which automation: there are several, and nobody is here to choose");
        for (name, about) in several.iter().take(20) {
            error = error.hint(format!("aigov stop {name}   {about}").trim_end().to_owned());
        }
        if several.len() > 20 {
            error = error.hint(format!("and {} more", several.len() - 20));
        }
        return Err(error.next(cx.command("stop --all")));
    }
    let chosen = choice::choose(cx, "Which automation?", "aigov stop", &several)?;
    all.find(|a| a.name == chosen).ok_or_else(nothing)
}

fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let says = format!("there is no automation `{}` here", safe::line(name));
    match suggest::nearest(name, known.clone()) {
        Some(near) => format!("{says}; did you mean `{near}`?"),
        None => format!("{says}; there is {}", suggest::list(known.take(20))),
    }
}

fn unknown_band(word: &str) -> String {
    let bands = suggest::list(RiskBand::ALL.iter().map(|b| b.word()));
    let says = format!("`{}` is no risk band; there is {bands}", safe::line(word));
    if Class::parse(word).is_some() {
        format!("{says}. A class of incident belongs to runbooks: name the automations, or stop all")
    } else {
        says
    }
}

fn left_out(cx: &Context, settings: &Settings, automation: &Automation) -> String {
    let elsewhere: Vec<&str> = settings.environments.names().filter(|e| is_in(automation, e)).collect();
    let name = safe::line(&automation.name);
    let first = elsewhere.first().copied().unwrap_or_default();
    format!(
        "{name} is not in production and was left as it is; it is in {}: {}",
        suggest::list(elsewhere.iter().copied()),
        cx.command(&format!("stop {name} --env {first}"))
    )
}
