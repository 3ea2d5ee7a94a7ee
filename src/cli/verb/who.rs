//! `aigov who NAME`.

use crate::cli::args::Who;
use crate::cli::choice;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::files;
use crate::cli::on_call;
use crate::journal::RunInfo;
use crate::model::automation::Automation;
use crate::model::people::People;
use crate::provider;
use crate::report::who::{self, Known, Past};
use crate::run::event::End;
use crate::text::gather::Gather;
use crate::text::safe;
use crate::ui::Tone;

/// Answers from the files of this automation and from the record; asks nobody, unless it is told to.
pub(super) fn call(cx: &Context, args: &Who) -> Result<u8, CliError> {
    let names = files::automations(&cx.place);
    let name = choice::known_automation(cx, &names, &args.automation)?;
    let loaded = files::load_part(&cx.place, provider::catalog(), &[name]);
    let Some(automation) = loaded.workspace.automations.get(name) else {
        let mut error = CliError::failed(format!("automations/{name}.toml can't be read"));
        for why in &loaded.unread {
            error = error.hint(safe::line(why));
        }
        return Err(error.next(cx.command(&format!("stop {name}"))));
    };
    let settings = loaded.workspace.settings.as_ref();
    let environment = match settings {
        Some(settings) => choice::sure_environment(cx, settings, &[], args.env.as_deref())?,
        None => args.env.clone(),
    };
    let people = loaded.workspace.people.as_ref();
    let kept_for = environment.clone().unwrap_or_default();
    let mut unasked = Vec::new();
    if args.refresh
        && let Some(people) = people
    {
        if environment.is_none() {
            return Err(CliError::usage("say which environment's pager is to be asked")
                .next(cx.command(&format!("who {name} --refresh --env NAME"))));
        }
        unasked = on_call::refresh(cx, people, &roles(automation, people), &kept_for)?;
    }
    let (past, trouble) = match cx.journal().runs_and_drills() {
        Ok(runs) => (Some(past(&runs, name, environment.as_deref())), None),
        Err(e) => (None, Some(CliError::from(e))),
    };
    let practised = crate::cli::practised::of(cx).unwrap_or_default();
    let practised = practised.into_iter().map(|p| (p.person.clone(), p.says(cx.now))).gather();
    let journal = cx.journal_path();
    let journal = journal.strip_prefix(&cx.place.root).unwrap_or(&journal).display().to_string();
    let env = args.env.as_ref().map_or_else(String::new, |e| format!(" --env {e}"));
    let answer = who::answer(&Known {
        automation,
        environment: environment.as_deref(),
        people,
        duty: &on_call::kept(&cx.place, &kept_for),
        past: past.as_deref(),
        practised: &practised,
        journal: &journal,
        remote: settings.and_then(|s| s.journal.remote.as_ref()).map(|r| r.value.as_str()),
        command: cx.command(&format!("{}{env}", choice::stop_words(automation))),
        refresh: cx.command(&format!("who {name} --refresh{env}")),
    });
    if cx.json {
        let line =
            serde_json::to_string(&answer).map_err(|e| CliError::failed("the answer can't be shown").because(e))?;
        cx.screen.raw(&line);
    } else {
        problems(cx, &loaded);
        cx.screen.page(&who::page(&answer, cx.now, cx.screen.room()));
    }
    for says in &unasked {
        cx.screen.labelled(Tone::Doubt, "DOUBT", &safe::line(says));
    }
    if !unasked.is_empty() && trouble.is_none() {
        let says = "not everybody could be asked who is on call; the copy from before stands";
        return Err(CliError::failed(says).next(answer.command));
    }
    // The page says that it lacks this; the exit code says it to a program.
    trouble.map_or(Ok(0), |t| Err(t.next(answer.command)))
}

/// Roles of an automation for which a pager knows whose turn it is.
fn roles<'a>(automation: &'a Automation, people: &People) -> Vec<&'a str> {
    let named = automation.stop.iter().flat_map(|s| &s.who).map(|w| w.value.as_str());
    let carriers = automation.roles.iter().map(|(_, carrier)| carrier.value.as_str());
    let mut roles: Vec<&str> =
        named.chain(carriers).filter(|r| people.roles.get(r).is_some_and(|role| role.on_call.is_some())).collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// What can't be read here may be what is missing below.
fn problems(cx: &Context, loaded: &files::Loaded) {
    for says in loaded.problems.iter().map(ToString::to_string).chain(loaded.unread.iter().cloned()) {
        cx.screen.labelled(Tone::Doubt, "DOUBT", &safe::line(&says));
    }
}

/// The runs on an automation, as far as they tell of stops.
fn past(runs: &[RunInfo], automation: &str, environment: Option<&str>) -> Vec<Past> {
    runs.iter()
        // What was done without the program was measured by nobody.
        .filter(|r| r.end != Some(End::Recorded))
        .filter(|r| r.automation == automation && environment.is_none_or(|e| r.environment == e))
        .map(|r| Past {
            run: r.id.clone(),
            runbook: r.runbook.clone(),
            environment: r.environment.clone(),
            began: r.started,
            drill: r.drill,
            stops: r.stops,
            first: r.first_proven.map(|at| at.since(r.started)),
            all: r.contained.map(|at| at.since(r.started)),
            proven: r.wholly_proven(),
            holds: r.holds(automation, &r.environment),
            phase: r.phase,
            by: r.by.clone(),
        })
        .collect()
}
