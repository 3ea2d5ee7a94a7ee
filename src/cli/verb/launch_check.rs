//! `aigov launch-check AUTOMATION`: what holds and what is missing before it is let loose. Exit 3 when anything is missing.

use serde_json::json;

use crate::cli::args::{LaunchCheck, Target};
use crate::cli::choice;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind, word};
use crate::lint::launch::{self, Item, Known};
use crate::provider;
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
    // Neither a launch's sign-off nor a rehearsal that passed has a form in the record yet.
    let known = Known::default();
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

fn row(item: &Item) -> [String; 3] {
    let mark = if item.holds { "ok" } else { "MISSING" };
    [mark.to_owned(), item.what.to_owned(), safe::line(&item.says)]
}
