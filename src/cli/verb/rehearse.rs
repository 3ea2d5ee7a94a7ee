//! `aigov rehearse [SCENARIO]`: lists the scenarios, or plays one.

mod auto;
mod from;
mod people;
mod sweep;

use serde_json::json;

use crate::cli::args::{Rehearse, Target};
use crate::cli::choice::{self, Planned};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::diag::Severity;
use crate::model::scenario::Scenario;
use crate::plan::Votes;
use crate::plan::rehearsal::{self, Ground, Resolved};
use crate::plan::shipped::SCENARIOS;
use crate::text::{safe, suggest};
use crate::ui::{Tone, table};

/// Lists or plays.
pub(super) fn call(cx: &Context, args: &Rehearse) -> Result<u8, CliError> {
    if let Some(run) = &args.from_run {
        return from::call(cx, run, args.out.as_deref());
    }
    match &args.scenario {
        None => list(cx),
        Some(runbook) if args.sweep => sweep::call(cx, runbook, args),
        Some(name) => {
            let scenario = known(cx, name)?;
            if args.auto { auto::call(cx, scenario, args) } else { people::call(cx, scenario, args) }
        }
    }
}

pub(super) use from::write_down;

/// A scenario that can be played: its plan and what it is resolved to.
pub(super) struct Ready {
    /// The plan; in memory unsigned votes count in it, because nobody there has a key.
    pub planned: Planned,
    /// The scenario.
    pub resolved: Resolved,
}

/// Who plays, and where.
#[derive(Clone, Copy)]
pub(super) enum Stand<'a> {
    /// Nobody: in memory, where nobody has a key.
    Memory,
    /// People, on this ground.
    People(&'a Ground),
}

/// Makes the plan of a scenario, in another environment than the scenario's where people play in one, and holds the
/// scenario against it.
///
/// # Errors
/// It has problems: what is practised would not be what was meant.
pub(super) fn ready(cx: &Context, scenario: &Scenario, stand: Stand<'_>) -> Result<Ready, CliError> {
    let lint = || cx.command(&format!("lint runbooks/{}.toml", scenario.name));
    let says = || CliError::usage(format!("{} can't be played as it is written", safe::line(&scenario.name)));
    let own = |p: &&crate::diag::Diagnostic| {
        p.severity == Severity::Error && p.labels.first().is_some_and(|l| l.source.name == scenario.source.name)
    };
    let broken: Vec<_> = cx.loaded().problems.iter().filter(own).cloned().collect();
    let (Some(runbook), Some(automation), true) = (&scenario.runbook, &scenario.automation, broken.is_empty()) else {
        choice::show(cx, &broken);
        return Err(says().next(lint()));
    };
    let written = scenario.environment.as_ref().map(|e| e.value.clone());
    let in_env = |env: Option<String>| Target { automation: Some(automation.value.clone()), env };
    let mut planned = match stand {
        Stand::People(Ground::Staging(staging)) => {
            choice::practised(cx, &runbook.value, &in_env(Some(staging.name().to_owned())))?
        }
        Stand::People(Ground::Here) | Stand::Memory => choice::plan(cx, &runbook.value, &in_env(written))?,
    };
    if matches!(stand, Stand::Memory) {
        planned.plan.votes = Votes::Unsigned;
    }
    planned.digest = crate::plan::digest::digest(&planned.plan)
        .map_err(|e| CliError::failed("the plan holds a number that is not finite").because(e))?;
    let resolved = rehearsal::resolve(scenario, &planned.plan);
    if resolved.problems.iter().any(|p| p.severity == Severity::Error) {
        choice::show(cx, &resolved.problems);
        return Err(says().next(lint()));
    }
    Ok(Ready { planned, resolved })
}

/// The scenario of this name, with or without its folder.
pub(super) fn known<'c>(cx: &'c Context, asked: &str) -> Result<&'c Scenario, CliError> {
    let all = &cx.loaded().workspace.scenarios;
    if let Some(scenario) = all.get(asked).or_else(|| all.get(&format!("gameday/{asked}"))) {
        return Ok(scenario);
    }
    let names = || all.keys().map(String::as_str);
    let error = CliError::usage(format!("there is no scenario `{}` here", safe::line(asked)));
    let near = suggest::nearest(asked, names()).or_else(|| {
        let short = |n: &str| n.strip_prefix("gameday/").unwrap_or(n).to_owned();
        let shorts: Vec<String> = names().map(short).collect();
        let near = suggest::nearest(asked, shorts.iter().map(String::as_str))?.to_owned();
        names().find(|n| short(n) == near)
    });
    Err(match near {
        Some(near) => {
            error.hint(format!("did you mean `{near}`?")).next(cx.command(&format!("rehearse {near} --auto")))
        }
        None => error.next(cx.command("rehearse")),
    })
}

fn list(cx: &Context) -> Result<u8, CliError> {
    let all = &cx.loaded().workspace.scenarios;
    if all.is_empty() && !cx.json {
        return Ok(shipped(cx));
    }
    if cx.json {
        for s in all.values() {
            cx.screen.raw(
                &json!({
                    "scenario": s.name, "title": s.title.as_ref().map(|t| &t.value),
                    "runbook": s.runbook.as_ref().map(|r| &r.value),
                    "automation": s.automation.as_ref().map(|a| &a.value),
                    "players": s.players.iter().map(|p| &p.id.value).collect::<Vec<_>>(),
                })
                .to_string(),
            );
        }
        return Ok(0);
    }
    let title = |s: &Scenario| s.title.as_ref().map_or_else(String::new, |t| safe::line(&t.value));
    let rows: Vec<[String; 2]> = all.values().map(|s| [safe::line(&s.name), title(s)]).collect();
    cx.screen.text(table::draw(["Scenario", "What it is about"], &rows, cx.screen.room()).trim_end());
    let first = all.keys().next();
    cx.screen.say(Tone::Plain, "Next:");
    cx.screen.command(&match first {
        Some(name) => cx.command(&format!("rehearse {name} --auto")),
        None => cx.command("new scenario NAME"),
    });
    Ok(0)
}

/// A workspace without scenarios of its own: those that come with the program are played in the sandbox, on its systems.
fn shipped(cx: &Context) -> u8 {
    cx.screen.say(Tone::Plain, "This workspace has no scenario of its own yet. These come with the program:");
    let names = || SCENARIOS.iter().filter_map(|(path, _)| path.strip_prefix("runbooks/")?.strip_suffix(".toml"));
    for name in names() {
        cx.screen.text(name);
    }
    cx.screen.say(Tone::Plain, "They are played in the sandbox:");
    cx.screen.command(&format!("aigov rehearse {} --auto --sandbox", names().next().unwrap_or_default()));
    cx.screen.say(Tone::Plain, "Next, one for your own automations:");
    cx.screen.command(&cx.command("new scenario NAME"));
    0
}
