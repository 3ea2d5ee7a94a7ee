//! `aigov new automation|scenario|runbook [NAME]`: a file from a template, which is never written over another.

use std::io::Read as _;

use serde_json::json;

use super::init::{name, review, switch_of, write_new};
use crate::cli::args::{New, Target};
use crate::cli::choice;
use crate::cli::context::Context;
use crate::cli::draft::{self, Switch};
use crate::cli::error::{CliError, Kind as End};
use crate::cli::ports::SystemChance;
use crate::journal::seal_text;
use crate::port::Chance as _;
use crate::ui::{Tone, line};

/// Writes the file.
pub(super) fn call(cx: &Context, what: &New) -> Result<u8, CliError> {
    if let New::Sealed { key } = what {
        return sealed(cx, key);
    }
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
        New::Sealed { key } => return sealed(cx, key),
        New::Runbook { name } => {
            let given = name.as_deref().map(|n| n.strip_prefix("incident/").unwrap_or(n));
            let called = called(cx, given, "runbook")?;
            let text = draft::runbook_template(&environment, &review(cx.now));
            // With several automations, a plan is of one of them.
            let of =
                cx.loaded().workspace.automations.keys().next().filter(|_| cx.loaded().workspace.automations.len() > 1);
            let of = of.map_or_else(String::new, |a| format!(" --automation {a}"));
            (format!("runbooks/incident/{called}.toml"), text, format!("plan incident/{called}{of}"))
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

/// Seals what comes in on standard input, and prints what stands in a scenario in place of a text.
fn sealed(cx: &Context, keys: &[String]) -> Result<u8, CliError> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|e| CliError::usage("the text can't be read").because(e).next(cx.command("new sealed --help")))?;
    if text.trim().is_empty() {
        return Err(CliError::usage("there is no text on standard input").next(cx.command("new sealed --help")));
    }
    let read = |key: &String| std::fs::read_to_string(key).unwrap_or_else(|_| key.clone());
    let keys: Vec<String> = keys.iter().map(read).collect();
    let lines: Vec<&str> = keys.iter().map(|k| k.trim()).collect();
    let mut chance = [0; 16];
    SystemChance.fill(&mut chance);
    let (age, sha256) = seal_text(&lines, chance, text.trim_end()).ok_or_else(|| {
        CliError::usage("nothing can be encrypted to this key")
            .hint("age1… and ssh-ed25519 and ssh-rsa keys can be encrypted to; keys in hardware can not")
            .next(cx.command("new sealed --help"))
    })?;
    if cx.json {
        cx.screen.raw(&json!({ "sealed": age, "sha256": sha256 }).to_string());
    } else {
        cx.screen.raw(&format!("sealed = \"\"\"\n{age}\"\"\"\nsha256 = \"{sha256}\""));
    }
    cx.screen.say(Tone::Plain, "Put these lines into an [[inject]], in place of its text. Next:");
    cx.screen.command(&cx.command("rehearse"));
    Ok(0)
}
