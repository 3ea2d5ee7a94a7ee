//! `aigov page RUNBOOK | AUTOMATION`: the same plan as a page for the wiki and for paper.

use std::collections::BTreeMap;
use std::fs;

use serde_json::json;

use super::plan::describe;
use crate::cli::args::{Page, Target};
use crate::cli::choice;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::files;
use crate::cli::providers;
use crate::model::people::{People, Role};
use crate::report::sheet::{self, Origin, Sheet};
use crate::report::who::{self, Duty, Known};
use crate::text::time::Instant;
use crate::text::{safe, suggest};
use crate::ui::Tone;

/// Makes the page.
pub(super) fn call(cx: &Context, args: &Page) -> Result<u8, CliError> {
    let workspace = &cx.loaded().workspace;
    let made = if workspace.runbooks.contains_key(&args.what) {
        of_runbook(cx, &args.what, &args.target)?
    } else if workspace.automations.contains_key(&args.what) {
        of_automation(cx, &args.what, &args.target)?
    } else {
        return Err(unknown(cx, &args.what));
    };
    let made = if cx.place.is_sandbox() { in_sandbox(made) } else { made };
    let (layout, text) = if args.html {
        ("html", sheet::html(&made))
    } else if args.print {
        ("print", sheet::paper(&made))
    } else {
        ("markdown", sheet::markdown(&made))
    };
    if let Some(path) = &args.out {
        fs::write(path, &text).map_err(|e| {
            CliError::failed(format!("{} can't be written", path.display()))
                .because(e)
                .hint("name a file in a folder that is there and that you may write to")
                .next(cx.command(&format!("page {}", safe::line(&args.what))))
        })?;
        if cx.json {
            cx.screen
                .raw(&json!({ "page": args.what, "layout": layout, "file": path.display().to_string() }).to_string());
        } else {
            cx.screen.labelled(Tone::Good, "ok", &format!("{} written", path.display()));
        }
    } else if cx.json {
        cx.screen.raw(&json!({ "page": args.what, "layout": layout, "text": text }).to_string());
    } else {
        // A document carries its own mark of the sandbox; a mark in front of each line would break it.
        for line in text.lines() {
            let line = if cx.screen.look().pages { line.trim_start_matches('\u{c}') } else { line };
            cx.screen.raw(line);
        }
    }
    Ok(0)
}

/// Says on the page itself that nothing of it is real.
fn in_sandbox(mut made: Sheet) -> Sheet {
    made.title = format!("SANDBOX: {}", made.title);
    made.under.insert(0, "This page is of the built-in sandbox: nothing on it is real.".to_owned());
    made
}

/// Where the files come from; the same command at the same commit prints the same digest.
fn origin(cx: &Context, digest: String, again: &str) -> Origin {
    let revision = if cx.place.is_sandbox() { None } else { files::revision(&cx.place.root).ok().flatten() };
    Origin {
        digest,
        commit: revision.map(|r| (r.commit, r.at, r.dirty)),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        again: typed(cx, again),
    }
}

/// A command as it stands on paper: whoever types it stands in the workspace, wherever that is on their machine.
fn typed(cx: &Context, words: &str) -> String {
    let sandbox = if cx.place.is_sandbox() { " --sandbox" } else { "" };
    format!("aigov {words}{sandbox}")
}

fn of_runbook(cx: &Context, runbook: &str, target: &Target) -> Result<Sheet, CliError> {
    let planned = choice::plan(cx, runbook, target)?;
    let plan = &planned.plan;
    let described = describe(plan, &providers::open(cx, &plan.environment, None));
    let on = format!("--automation {} --env {}", plan.automation, plan.environment);
    let commands = [
        typed(cx, &format!("run {runbook} {on}")),
        typed(cx, &format!("stop {} --env {}", plan.automation, plan.environment)),
        typed(cx, &format!("record {runbook} {on}")),
    ];
    let origin = origin(cx, planned.digest.clone(), &format!("plan {runbook} {on}"));
    Ok(sheet::incident(plan, &described, cx.loaded().workspace.people.as_ref(), commands, &origin))
}

fn of_automation(cx: &Context, name: &str, target: &Target) -> Result<Sheet, CliError> {
    let workspace = &cx.loaded().workspace;
    let environment = choice::environment(cx, workspace, None, target)?;
    let (plan, _) = choice::stop_plan(cx, name, &environment)?;
    let digest = crate::plan::digest::digest(&plan)
        .map_err(|e| CliError::failed("the plan holds a number that is not finite").because(e))?;
    let described = describe(&plan, &providers::open(cx, &environment, None));
    let Some(automation) = workspace.automations.get(name) else { return Err(unknown(cx, name)) };
    let stop = choice::stop_words(automation);
    let wider =
        automation.stop.as_ref().is_some_and(|s| s.wider.iter().any(|w| automation.controls.get(&w.value).is_some()));
    let commands = sheet::Commands {
        stop: typed(cx, &format!("{stop} --env {environment}")),
        wider: wider.then(|| typed(cx, &format!("stop {name} --env {environment} --wider"))),
        record: typed(cx, &format!("record {name} --env {environment}")),
    };
    // Nothing of the journal: the page is the same as long as the files are.
    let mut who = who::answer(&Known {
        automation,
        environment: Some(&environment),
        people: workspace.people.as_ref(),
        duty: &whoever(workspace.people.as_ref(), &environment),
        past: Some(&[]),
        practised: &BTreeMap::new(),
        journal: "",
        remote: None,
        command: typed(cx, &stop),
        refresh: typed(cx, &format!("who {name} --refresh")),
    });
    // What only this machine or this moment knows has no place on a wall.
    for part in [who::Part::Fast, who::Part::Evidence] {
        who.missing.remove(&part);
    }
    let feeds: Vec<String> = automation.feeds.iter().map(|f| f.value.clone()).collect();
    let origin = origin(cx, digest, &format!("page {name} --env {environment}"));
    Ok(sheet::stop(&plan, &described, &who, &feeds, commands, &origin))
}

/// On paper whoever is on call is named by where that is kept, not by whose turn it was on the day of printing.
fn whoever(people: Option<&People>, environment: &str) -> BTreeMap<String, Duty> {
    let duty = |role: &Role| {
        let bound = role.on_call.as_ref()?;
        let provider = bound.provider.as_ref()?.value.clone();
        Some(Duty { provider, of: bound.binding(environment).values, asked: Instant::default(), turns: Vec::new() })
    };
    let roles = people.into_iter().flat_map(|p| p.roles.iter());
    roles.filter_map(|(name, role)| Some((name.value.clone(), duty(role)?))).collect()
}

fn unknown(cx: &Context, what: &str) -> CliError {
    let workspace = &cx.loaded().workspace;
    let names = || workspace.runbooks.keys().chain(workspace.automations.keys()).map(String::as_str);
    let error = CliError::usage(format!("there is no runbook and no automation `{}` here", safe::line(what)));
    match suggest::nearest(what, names()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")).next(cx.command(&format!("page {near}"))),
        None => error.hint(format!("there is {}", suggest::list(names()))).next(cx.command("status")),
    }
}
