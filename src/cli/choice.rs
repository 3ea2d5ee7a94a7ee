//! Which runbook, on which automation, in which environment: what was asked, what follows from the files, or what a person
//! chooses. Never a guess between several.

use super::args::Target;
use super::context::Context;
use super::error::CliError;
use crate::diag::{Diagnostic, Severity};
use crate::model::automation::Automation;
use crate::model::workspace::{Settings, Workspace};
use crate::plan::fit::Need;
use crate::plan::resolve::Reach;
use crate::plan::{Plan, fit, resolve, shipped};
use crate::provider;
use crate::text::{safe, suggest};
use crate::ui::{diagnostic, pick};

/// More names than this are not listed in a message.
const MANY: usize = 12;

/// A plan with everything that is wrong around it.
#[derive(Debug)]
pub(crate) struct Planned {
    /// The plan.
    pub plan: Plan,
    /// Digest of its meaning.
    pub digest: String,
    /// Problems of the files that it was made from, then those of resolving it.
    pub problems: Vec<Diagnostic>,
}

/// Makes the plan.
///
/// # Errors
/// An unknown name, or several automations or environments and nobody to choose.
pub(crate) fn plan(cx: &Context, runbook: &str, target: &Target) -> Result<Planned, CliError> {
    planned(cx, runbook, target, false)
}

/// Makes the plan of a drill in a real environment.
///
/// # Errors
/// As [`plan`].
pub(crate) fn practised(cx: &Context, runbook: &str, target: &Target) -> Result<Planned, CliError> {
    planned(cx, runbook, target, true)
}

fn planned(cx: &Context, runbook: &str, target: &Target, practice: bool) -> Result<Planned, CliError> {
    let loaded = cx.loaded();
    let workspace = &loaded.workspace;
    known_runbook(cx, workspace, runbook)?;
    let environment = environment(cx, workspace, Some(runbook), target)?;
    let automation = automation(cx, workspace, runbook, &environment, target)?;
    let demo = cx.place.is_sandbox();
    let resolved = if practice {
        resolve::practised(workspace, provider::catalog(), runbook, &automation, &environment)
    } else {
        resolve::resolve(workspace, provider::catalog(), runbook, &automation, &environment, demo)
    };
    let (mut plan, resolving) = resolved.map_err(|problems| {
        let mut error = CliError::usage(format!("{runbook} can't be planned"));
        for p in problems {
            error = error.hint(match &p.help {
                Some(help) => format!("{p}; {help}"),
                None => p.to_string(),
            });
        }
        error.next(cx.command("status"))
    })?;
    let served = lacking(workspace, runbook, &automation, &environment).is_empty();
    if target.automation.is_none() && !served && plan.immediate.is_empty() {
        // Nothing was lost by a slip: there is nothing of it here. Whoever wants it on record all the same says the name.
        return Err(serves_none(cx, workspace, runbook, &environment, target));
    }
    resolve::add_problems(&mut plan, &loaded.problems);
    super::keys::protect(cx, &mut plan);
    let runbook_file = format!("runbooks/{runbook}.toml");
    let automation_file = format!("automations/{automation}.toml");
    let involved = ["aigov.toml", "people.toml", &runbook_file, &automation_file];
    let of_this = |p: &&Diagnostic| {
        let file = p.labels.first().map(|l| l.source.name.as_str());
        file.is_none_or(|f| involved.contains(&f) || f.starts_with("templates/"))
    };
    let mut problems: Vec<Diagnostic> = loaded.problems.iter().filter(of_this).cloned().collect();
    problems.extend(resolving.into_iter().filter(|r| !loaded.problems.contains(r)));
    let digest = crate::plan::digest::digest(&plan)
        .map_err(|e| CliError::failed("the plan holds a number that is not finite").because(e))?;
    Ok(Planned { plan, digest, problems })
}

/// Shows problems on stderr, each with its line.
pub(crate) fn show(cx: &Context, problems: &[Diagnostic]) {
    let look = cx.screen.look();
    for problem in problems {
        for line in diagnostic::render(problem, cx.screen.room(), look.colour).lines() {
            cx.screen.verbatim(line);
        }
    }
}

/// That there is a runbook of this name.
///
/// # Errors
/// There is none.
pub(crate) fn known_runbook(cx: &Context, workspace: &Workspace, runbook: &str) -> Result<(), CliError> {
    if workspace.runbooks.contains_key(runbook) {
        return Ok(());
    }
    let names = || workspace.runbooks.keys().map(String::as_str);
    let last = |name: &'_ str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let error = CliError::usage(format!("there is no runbook `{}` here", safe::line(runbook)));
    // People leave out the folder more often than they mistype the name.
    let near = suggest::nearest(runbook, names()).map(str::to_owned).or_else(|| {
        let lasts: Vec<String> = names().map(last).collect();
        let meant = suggest::nearest(&last(runbook), lasts.iter().map(String::as_str))?.to_owned();
        names().find(|n| last(n) == meant).map(str::to_owned)
    });
    Err(match near {
        Some(near) => error.hint(format!("did you mean `{near}`?")).next(cx.command(&format!("run {near}"))),
        None => error.hint(format!("there is {}", suggest::list(names()))).next(cx.command("run")),
    })
}

/// The environment: asked for, the only one, the only one that the runbook was written for, or the only one in production.
///
/// # Errors
/// Several, and nobody chose.
pub(crate) fn environment(
    cx: &Context,
    workspace: &Workspace,
    runbook: Option<&str>,
    target: &Target,
) -> Result<String, CliError> {
    let Some(settings) = &workspace.settings else {
        return Err(CliError::usage("this workspace has no aigov.toml that can be read").next("aigov --sandbox"));
    };
    let all: Vec<&str> = settings.environments.names().collect();
    let written = written_for(workspace, settings, runbook);
    if let Some(sure) = sure_environment(cx, settings, &written, target.env.as_deref())? {
        return Ok(sure);
    }
    let among = if written.is_empty() { all } else { written };
    choose(
        cx,
        "Which environment?",
        "--env",
        &among.iter().map(|e| ((*e).to_owned(), String::new())).collect::<Vec<_>>(),
    )
}

/// Environments that a runbook was written for.
fn written_for<'w>(workspace: &'w Workspace, settings: &Settings, runbook: Option<&str>) -> Vec<&'w str> {
    let known = |e: &&str| settings.environments.get(e).is_some();
    runbook
        .and_then(|r| workspace.runbooks.get(r))
        .map(|r| r.scope.environments.iter().map(|e| e.value.as_str()).filter(known).collect())
        .unwrap_or_default()
}

/// The environment of this name.
///
/// # Errors
/// There is none; the nearest is offered.
pub(crate) fn known_environment<'a>(cx: &Context, settings: &'a Settings, asked: &str) -> Result<&'a str, CliError> {
    let all = || settings.environments.names();
    if let Some(known) = all().find(|known| *known == asked) {
        return Ok(known);
    }
    let error = CliError::usage(format!("there is no environment `{}` in aigov.toml", safe::line(asked)))
        .next(cx.command("status"));
    Err(match suggest::nearest(asked, all()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("there is {}", suggest::list(all()))),
    })
}

/// The environments that are marked as production.
pub(crate) fn in_production(settings: &Settings) -> Vec<&str> {
    let marked = settings.environments.iter().filter(|(_, e)| e.production.as_ref().is_some_and(|p| p.value));
    marked.map(|(name, _)| name.value.as_str()).collect()
}

/// The environment where it can't be another: asked for, or the only one of all, of those that a runbook was `written`
/// for, or of those in production.
///
/// # Errors
/// There is none of the name that was asked for.
pub(crate) fn sure_environment(
    cx: &Context,
    settings: &Settings,
    written: &[&str],
    asked: Option<&str>,
) -> Result<Option<String>, CliError> {
    if let Some(asked) = asked {
        return known_environment(cx, settings, asked).map(|known| Some(known.to_owned()));
    }
    let all: Vec<&str> = settings.environments.names().collect();
    let production = in_production(settings);
    for of in [all.as_slice(), written, production.as_slice()] {
        if let [only] = of {
            return Ok(Some((*only).to_owned()));
        }
    }
    Ok(None)
}

/// The automation of this name, among those whose files are there.
///
/// # Errors
/// There is none; the nearest is named.
pub(crate) fn known_automation<'n>(cx: &Context, names: &'n [String], asked: &str) -> Result<&'n str, CliError> {
    let all = || names.iter().map(String::as_str);
    if let Some(name) = all().find(|n| *n == asked) {
        return Ok(name);
    }
    let error =
        CliError::usage(format!("there is no automation `{}` here", safe::line(asked))).next(cx.command("status"));
    Err(match suggest::nearest(asked, all()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None if names.len() > MANY => error.hint(format!("there are {}; `aigov status --all` lists them", names.len())),
        None => error.hint(format!("there is {}", suggest::list(all()))),
    })
}

/// What stops an automation, as it is typed: its `[stop]`, or a control by its name where `[stop]` names none that is there.
#[must_use]
pub(crate) fn stop_words(automation: &Automation) -> String {
    let name = safe::line(&automation.name);
    match resolve::instead(automation).first() {
        Some(control) => format!("stop {name} --control {}", safe::line(control)),
        None => format!("stop {name}"),
    }
}

/// The plan of everything that stops an automation, as its page has it and as it can be entered afterwards; with what was
/// found wrong on the way.
///
/// # Errors
/// It can't be planned at all.
pub(crate) fn stop_plan(cx: &Context, name: &str, environment: &str) -> Result<(Plan, Vec<Diagnostic>), CliError> {
    let workspace = &cx.loaded().workspace;
    let demo = cx.place.is_sandbox();
    let instead: Vec<String> = workspace
        .automations
        .get(name)
        .map(resolve::instead)
        .unwrap_or_default()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let reach = if instead.is_empty() { Reach::Wider } else { Reach::Named(&instead) };
    resolve::stop(workspace, provider::catalog(), name, environment, reach, demo)
        .map_err(|p| CliError::usage(p.to_string()).next(cx.command("status")))
}

fn automation(
    cx: &Context,
    workspace: &Workspace,
    runbook: &str,
    environment: &str,
    target: &Target,
) -> Result<String, CliError> {
    let all = || workspace.automations.keys().map(String::as_str);
    if let Some(asked) = &target.automation {
        let names: Vec<String> = all().map(str::to_owned).collect();
        return known_automation(cx, &names, asked).map(str::to_owned);
    }
    let broken = |name: &str| errors_in(cx, &format!("automations/{name}.toml"));
    let meant = fit::meant(workspace, runbook, environment, broken);
    match meant.as_slice() {
        // Another one may be meant, whose file nobody could look into.
        [only] if unread(cx).next().is_some() => {
            let error = CliError::usage("which automation is meant is not sure: one of them can't be read");
            let error = unread(cx).fold(error, |error, says| error.hint(safe::line(says)));
            Err(error.next(cx.command(&format!("run {runbook} --automation {only}{}", there(target)))))
        }
        // Served or not: nothing else can be meant, and what is whole of it is done.
        [only] => Ok((*only).to_owned()),
        [] => Err(serves_none(cx, workspace, runbook, environment, target)),
        several if story(cx, several).is_some() => Ok(shipped::STORY.to_owned()),
        several => {
            let served = fit::candidates(workspace, runbook, environment);
            if served.is_empty() && !cx.screen.look().person {
                return Err(serves_none(cx, workspace, runbook, environment, target));
            }
            let about = |name: &str| {
                let lacks = lacks(workspace, runbook, name, environment);
                if !lacks.is_empty() {
                    let why = if broken(name) { ", and its file is broken" } else { "" };
                    return format!("lacks {lacks} in {environment}{why}");
                }
                let of = workspace.automations.get(name);
                of.and_then(|a| a.purpose.as_ref()).map_or_else(String::new, |p| safe::line(&p.value))
            };
            let options: Vec<(String, String)> = several.iter().map(|name| ((*name).to_owned(), about(name))).collect();
            choose(cx, "Which automation?", "--automation", &options)
        }
    }
}

/// Files of automations that can't be read at all, a sentence each.
fn unread(cx: &Context) -> impl Iterator<Item = &str> {
    cx.loaded().unread.iter().map(String::as_str).filter(|says| says.starts_with("automations/"))
}

/// The environment as it was asked for, to be typed again.
fn there(target: &Target) -> String {
    target.env.as_ref().map(|env| format!(" --env {}", safe::line(env))).unwrap_or_default()
}

/// Whether reading a file of the workspace found an error in it.
pub(crate) fn errors_in(cx: &Context, file: &str) -> bool {
    let is_there = |p: &Diagnostic| p.labels.first().is_some_and(|l| l.source.name == file);
    cx.loaded().problems.iter().any(|p| p.severity == Severity::Error && is_there(p))
}

fn lacking(workspace: &Workspace, runbook: &str, automation: &str, environment: &str) -> Vec<Need> {
    match (workspace.runbooks.get(runbook), workspace.automations.get(automation)) {
        (Some(runbook), Some(of)) => fit::lacks(runbook, of, environment),
        _ => Vec::new(),
    }
}

fn words(lacks: &[Need]) -> String {
    safe::line(&lacks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}

/// What an automation lacks of what a runbook asks for, in words; nothing where the runbook serves it.
pub(crate) fn lacks(workspace: &Workspace, runbook: &str, automation: &str, environment: &str) -> String {
    words(&lacking(workspace, runbook, automation, environment))
}

/// Nothing is done by itself: what each automation lacks, and the command that does what can be done all the same, there
/// and nowhere else.
fn serves_none(cx: &Context, workspace: &Workspace, runbook: &str, environment: &str, target: &Target) -> CliError {
    let mut error = CliError::usage(format!("{runbook} serves no automation in {environment}"));
    let mut nearest: Option<(usize, &str)> = None;
    for automation in workspace.automations.values() {
        let lacks = lacking(workspace, runbook, &automation.name, environment);
        if !lacks.is_empty() {
            error = error.hint(format!("{} lacks {} in {environment}", automation.name, words(&lacks)));
        }
        if nearest.is_none_or(|(fewest, _)| lacks.len() < fewest) {
            nearest = Some((lacks.len(), &automation.name));
        }
    }
    let error = unread(cx).fold(error, |error, says| error.hint(safe::line(says)));
    let name = nearest.map_or("NAME", |(_, name)| name);
    error.next(cx.command(&format!("run {runbook} --automation {name}{}", there(target))))
}

/// In the sandbox, the automation whose incident it tells, if it is among these. Nowhere else is one taken for another.
pub(crate) fn story(cx: &Context, among: &[&str]) -> Option<&'static str> {
    (cx.place.is_sandbox() && among.contains(&shipped::STORY)).then_some(shipped::STORY)
}

/// Lets a person choose; where nobody is there, names the flag.
///
/// # Errors
/// Nobody is there, or they chose nothing.
pub(crate) fn choose(cx: &Context, ask: &str, flag: &str, options: &[(String, String)]) -> Result<String, CliError> {
    if !cx.screen.look().person {
        let mut error = CliError::usage(format!("{ask} There are several, and nobody is here to choose."));
        for (name, about) in options.iter().take(MANY) {
            error = error.hint(format!("{flag} {name}   {about}").trim_end().to_owned());
        }
        if options.len() > MANY {
            error = error.hint(format!("and {} more", options.len() - MANY));
        }
        return Err(error.next(cx.command("status --all")));
    }
    let lines: Vec<String> =
        options.iter().map(|(n, a)| if a.is_empty() { n.clone() } else { format!("{n}: {a}") }).collect();
    let chosen = pick(cx, ask, &lines)?;
    options.get(chosen).map(|(n, _)| n.clone()).ok_or_else(|| CliError::usage("nothing was chosen"))
}

/// The index of the line that a person picks.
///
/// # Errors
/// They left.
pub(crate) fn pick(cx: &Context, ask: &str, lines: &[String]) -> Result<usize, CliError> {
    let left = || CliError::new(super::error::Kind::Interrupted, "nothing was chosen").next(cx.command("status"));
    pick::pick(&cx.screen, ask, lines).ok_or_else(left)
}
