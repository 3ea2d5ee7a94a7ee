//! `aigov new automation|scenario|runbook [NAME]`: a file from a template, which is never written over another.

use serde_json::json;

use super::init::{name, review, switch_of, write_new};
use crate::cli::args::{New, Target};
use crate::cli::choice;
use crate::cli::context::Context;
use crate::cli::draft::{self, Switch};
use crate::cli::error::{CliError, Kind as End};
use crate::ui::{Tone, line};

/// Writes the file.
pub(super) fn call(cx: &Context, what: &New) -> Result<u8, CliError> {
    if cx.place.is_sandbox() {
        return Err(CliError::usage("the sandbox has no files of its own: make a workspace first")
            .next("aigov init --automation NAME --url URL"));
    }
    let environment = choice::environment(cx, &cx.loaded().workspace, None, &Target::default())?;
    let (path, text, next) = match what {
        New::Automation { name } => {
            let called = called(cx, name.as_deref(), "automation")?;
            let switch = switch_of(cx, &environment, &called, &[])?.unwrap_or_else(|| Switch {
                provider: "flags".to_owned(),
                environment: environment.clone(),
                binding: vec![("flag".to_owned(), called.clone())],
            });
            let owner = cx.loaded().workspace.people.as_ref().and_then(|p| p.persons.names().next());
            let text = draft::automation_template(&called, owner.unwrap_or("owner"), &switch);
            (format!("automations/{called}.toml"), text, format!("plan incident/unknown --automation {called}"))
        }
        New::Scenario { name } => {
            let given = name.as_deref().map(|n| n.strip_prefix("gameday/").unwrap_or(n));
            let called = called(cx, given, "scenario")?;
            let workspace = &cx.loaded().workspace;
            let automation = workspace.automations.keys().next().map_or("example-assistant", String::as_str);
            let person = workspace.people.as_ref().and_then(|p| p.persons.names().next()).unwrap_or("example-owner");
            let text = draft::scenario_template(automation, person);
            (format!("runbooks/gameday/{called}.toml"), text, format!("rehearse gameday/{called} --auto"))
        }
        New::Runbook { name } => {
            let given = name.as_deref().map(|n| n.strip_prefix("incident/").unwrap_or(n));
            let called = called(cx, given, "runbook")?;
            let text = draft::runbook_template(&environment, &review(cx.now));
            (format!("runbooks/incident/{called}.toml"), text, format!("plan incident/{called}"))
        }
    };
    if !write_new(&cx.place.root.join(&path), &text).map_err(|e| e.next(cx.command("status")))? {
        return Err(CliError::new(End::Refused, format!("{path} is there already, and nothing is overwritten"))
            .hint("give another name, or move that file away")
            .next(cx.command(&next)));
    }
    if cx.json {
        cx.screen.raw(&json!({ "file": path, "written": true }).to_string());
    } else {
        cx.screen.labelled(Tone::Good, "ok", &format!("{path}: written; its comments say what is what"));
    }
    cx.screen.say(Tone::Plain, "Next:");
    cx.screen.command(&cx.command(&next));
    Ok(0)
}

fn called(cx: &Context, given: Option<&str>, what: &str) -> Result<String, CliError> {
    let next = || cx.command(&format!("new {what} NAME"));
    let called = match given {
        Some(given) => given.to_owned(),
        None if cx.screen.look().person => line::line(&cx.screen, &format!("What is the {what} called?"), None)
            .ok_or_else(|| CliError::new(End::Interrupted, "nothing was written").next(next()))?,
        None => {
            return Err(CliError::usage(format!("say what the {what} is called: nobody is here to ask")).next(next()));
        }
    };
    name(&called, &format!("a new {what}"), &format!("aigov new {what}")).map_err(|e| e.next(next()))?;
    Ok(called)
}
