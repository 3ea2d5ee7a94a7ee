//! `aigov launch-check AUTOMATION`: what holds and what is missing before it is let loose. Exit 3 when anything is missing.

use serde_json::json;

use crate::approval::harmless::Outcome;
use crate::approval::review::{Of, Review, last};
use crate::cli::args::{LaunchCheck, Target};
use crate::cli::choice;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind, word};
use crate::cli::practised;
use crate::cli::reviewed;
use crate::lint::launch::{self, Approver, Item, Known, Rehearsed, SignOff};
use crate::model::automation::Automation;
use crate::model::scenario::Scenario;
use crate::provider;
use crate::report::drilled::Drilled;
use crate::text::safe;
use crate::ui::{Tone, table};

/// Looks, tells, and answers the exit code.
pub(super) fn call(cx: &Context, args: &LaunchCheck) -> Result<u8, CliError> {
    let workspace = &cx.loaded().workspace;
    let names: Vec<String> = workspace.automations.keys().cloned().collect();
    let name = choice::known_automation(cx, &names, &args.automation)?;
    let Some(automation) = workspace.automations.get(name) else {
        return Err(CliError::failed(format!("automations/{name}.toml can't be read")).next(cx.command("lint")));
    };
    let target = Target { automation: Some(name.to_owned()), env: args.env.clone() };
    let environment = choice::environment(cx, workspace, None, &target)?;
    let reviews = reviewed::counted(cx)?;
    let as_it_is = |name: &&String| {
        let file = reviewed::file(cx, Of::Runbook, name);
        file.is_some_and(|(_, digest)| matches!(last(&reviews, Of::Runbook, name, &digest), Some((_, true))))
    };
    let known = Known {
        sign_off: sign_off(cx, automation, &environment, &reviews),
        reviewed: workspace.runbooks.keys().filter(as_it_is).cloned().collect(),
        rehearsed: rehearsed(cx, name)?,
        approvers: approvers(cx)?,
        rehearse: command(cx, name),
    };
    let items = launch::check(workspace, provider::catalog(), automation, &environment, &known, cx.now);
    let missing = items.iter().filter(|i| !i.holds).count();
    if cx.json {
        let list: Vec<_> =
            items.iter().map(|i| json!({ "what": i.what, "holds": i.holds, "says": i.says, "help": i.help })).collect();
        cx.screen.raw(
            &json!({ "automation": name, "environment": environment, "ready": missing == 0, "items": list })
                .to_string(),
        );
    } else {
        cx.screen.text(&format!("{name} in {environment}"));
        cx.screen.text(&table::draw(["", "what", "why"], &items.iter().map(row).collect::<Vec<_>>(), cx.screen.room()));
    }
    for item in items.iter().filter(|i| !i.holds) {
        if let Some(help) = &item.help {
            cx.screen.say(Tone::Plain, &format!("{}: {help}", item.what));
        }
    }
    if missing == 0 {
        cx.screen.say(Tone::Good, &format!("Nothing is missing for the launch of {name}."));
    } else {
        cx.screen.say(Tone::Bad, &format!("{missing} of {} are missing for the launch of {name}.", items.len()));
        cx.screen.say(Tone::Bad, &format!("Exit {}: {}.", Kind::Findings.code(), word(Kind::Findings.code())));
    }
    cx.screen.say(Tone::Plain, "Next:");
    cx.screen.command(&cx.command("lint"));
    Ok(if missing == 0 { 0 } else { Kind::Findings.code() })
}

/// The last sign-off of a launch by somebody who owns the automation now.
fn sign_off(cx: &Context, automation: &Automation, environment: &str, all: &[Review]) -> Option<SignOff> {
    let owners = reviewed::owners(cx, automation);
    let of = |r: &&Review| r.environment.as_deref() == Some(environment) && owners.contains(&r.person);
    let theirs: Vec<Review> = all.iter().filter(of).cloned().collect();
    let (_, digest) = reviewed::file(cx, Of::Launch, &automation.name)?;
    let (review, current) = last(&theirs, Of::Launch, &automation.name, &digest)?;
    Some(SignOff { by: review.person.clone(), at: review.at, current })
}

/// What the record says of rehearsals on an automation. A drill that can't be read counts for nothing, and is said.
fn rehearsed(cx: &Context, automation: &str) -> Result<Vec<Rehearsed>, CliError> {
    let store = cx.drills();
    let mut out = Vec::new();
    for info in store.runs()?.iter().filter(|r| r.automation == automation) {
        let records = match store.read(&info.id) {
            Ok(records) => records,
            Err(e) => {
                let says = format!("drill {} can't be read, so it is not counted: {e}", info.id);
                cx.screen.labelled(Tone::Doubt, "DOUBT", &safe::line(&says));
                continue;
            }
        };
        let Some(drill) = Drilled::of(&records) else { continue };
        let Some(class) = drill.class else { continue };
        out.push(Rehearsed {
            class,
            at: drill.at,
            rating: drill.rating.letter(),
            passed: drill.passed(),
            changed: drill.changed(&cx.loaded().digests),
            led_by: drill.player.map_or(drill.led_by, |player| format!("the scenario's player {player}")),
            run: drill.run,
            scenario: (drill.scenario, drill.digest),
        });
    }
    Ok(out)
}

/// Who may have to approve, and how they did when they were last asked to sign in a drill.
fn approvers(cx: &Context) -> Result<Vec<Approver>, CliError> {
    let asked = practised::of(cx)?;
    let roster = cx.loaded().workspace.people.as_ref().map(crate::plan::roster).unwrap_or_default();
    let may = roster.into_iter().filter(|p| !p.functions.is_empty() && p.serves(cx.now));
    let of = |person: &str| asked.iter().find(|a| a.person == person);
    let told = |p: crate::plan::Person| {
        let last = of(&p.name).filter(|a| a.outcome != Outcome::Waiting);
        Approver { asked: last.map(|a| (a.at, a.good(), a.says(cx.now))), name: p.name }
    };
    Ok(may.map(told).collect())
}

/// A command that plays and keeps a rehearsal on an automation.
fn command(cx: &Context, automation: &str) -> Option<String> {
    let on = |s: &&Scenario| s.automation.as_ref().is_some_and(|a| a.value == automation);
    let scenario = cx.loaded().workspace.scenarios.values().find(on)?;
    Some(cx.command(&format!("rehearse {} --auto --keep", scenario.name)))
}

fn row(item: &Item) -> [String; 3] {
    let mark = if item.holds { "ok" } else { "MISSING" };
    [mark.to_owned(), item.what.to_owned(), safe::line(&item.says)]
}
