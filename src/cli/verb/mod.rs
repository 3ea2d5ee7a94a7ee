//! One verb per file: what a person typed, carried out with real ports.

mod abandon;
mod answer;
mod break_glass;
mod brief;
mod completions;
mod doctor;
mod explain;
mod explore;
mod inbox;
mod init;
mod launch_check;
mod lint;
mod log;
mod man;
mod master;
mod new;
mod note;
mod page;
mod people;
mod plan;
mod record;
mod redact;
mod rehearse;
mod resume;
mod review;
mod run;
mod schema;
mod score;
mod severity;
mod show;
mod show_open;
mod stand_down;
mod status;
mod stop;
mod verify;
mod vote;
mod watch;
mod who;

use std::path::Path;

use super::args::{Explain, Init, Shell, Status, Verb, Verify};
use super::context::Context;
use super::error::CliError;
use super::schemas::Kind;
use crate::journal::RunInfo;
use crate::run::record::Decision;
use crate::ui::Screen;

/// Prints completions; needs no workspace.
pub(crate) fn completions(shell: Shell) -> u8 {
    completions::call(shell)
}

/// Prints a schema; needs no workspace.
pub(crate) fn schema(kind: Kind, one_line: bool) -> u8 {
    schema::print(kind, one_line)
}

/// Writes the manual pages; needs no workspace.
///
/// # Errors
/// They can't be written.
pub(crate) fn man(folder: Option<&std::path::Path>) -> Result<u8, CliError> {
    man::call(folder)
}

/// Makes a workspace; needs none.
///
/// # Errors
/// It could not be asked for or written.
pub(crate) fn init(args: &Init, json: bool) -> Result<u8, CliError> {
    init::call(args, json)
}

/// Explains a code; needs no workspace.
///
/// # Errors
/// There is no such code.
pub(crate) fn explain(screen: &Screen, args: &Explain, json: bool) -> Result<u8, CliError> {
    explain::call(screen, args, json)
}

/// Verifies a clone; needs no workspace.
///
/// # Errors
/// It can't be read, or is not whole.
pub(crate) fn verify_away(screen: &Screen, args: &Verify, journal: &Path, json: bool) -> Result<u8, CliError> {
    verify::away(screen, args, journal, json)
}

/// Carries out a verb and returns its exit code.
///
/// # Errors
/// It could not do what it was asked.
pub(crate) fn call(cx: &Context, verb: Option<Verb>) -> Result<u8, CliError> {
    cx.machine.remember(&cx.place);
    let lists = matches!(verb, None | Some(Verb::Status(_) | Verb::Inbox(_)));
    if let Some(drill) = lists.then(|| open_drill(cx)).flatten() {
        // What is real comes first, and decides the exit code; the drill's lines carry its mark.
        let both = |cx: &Context| match &verb {
            Some(Verb::Inbox(a)) => inbox::call(cx, a),
            Some(Verb::Status(a)) => status::call(cx, a),
            _ => status::call(cx, &Status::default()),
        };
        let code = both(cx);
        both(&drill).unwrap_or_else(|e| super::tell(&drill.screen, &e, &cx.place.suffix));
        return code;
    }
    match verb.as_ref().and_then(run_of).and_then(|run| drill_of(cx, run)) {
        None => carry_out(cx, verb),
        // What goes wrong in a drill carries its mark, too.
        Some(drill) => Ok(carry_out(&drill, verb).unwrap_or_else(|e| super::tell(&drill.screen, &e, &cx.place.suffix))),
    }
}

fn carry_out(cx: &Context, verb: Option<Verb>) -> Result<u8, CliError> {
    let code = match verb {
        None => status::call(cx, &Status::default()),
        Some(Verb::Status(a)) => status::call(cx, &a),
        Some(Verb::Stop(a)) => stop::call(cx, &a),
        Some(Verb::Run(a)) => run::call(cx, &a),
        Some(Verb::Who(a)) => who::call(cx, &a),
        Some(Verb::Doctor(a)) => doctor::call(cx, &a),
        Some(Verb::Plan(a)) => plan::call(cx, &a.runbook, &a.target),
        Some(Verb::Page(a)) => page::call(cx, &a),
        Some(Verb::Resume(a)) => resume::call(cx, &a),
        Some(Verb::Inbox(a)) => inbox::call(cx, &a),
        Some(Verb::Approve(a)) => vote::call(cx, &a, Decision::Approve, None),
        Some(Verb::Deny(a)) => vote::call(cx, &a, Decision::Deny, None),
        Some(Verb::Amend(a)) => vote::call(cx, &a.vote, Decision::Amend, a.text_file.as_deref()),
        Some(Verb::BreakGlass(a)) => break_glass::call(cx, &a),
        Some(Verb::Log(a)) => log::call(cx, a.run.as_deref()),
        Some(Verb::Show(a)) => show::call(cx, &a),
        Some(Verb::Verify(a)) => verify::call(cx, &a),
        Some(Verb::Watch(a)) => watch::call(cx, &a),
        Some(Verb::Brief(a)) => brief::call(cx, &a.run),
        Some(Verb::Note(a)) => note::call(cx, &a),
        Some(Verb::Record(a)) => record::call(cx, &a),
        Some(Verb::Redact(a)) => redact::call(cx, &a),
        Some(Verb::Review(a)) => review::call(cx, &a),
        Some(Verb::Answer(a)) => answer::call(cx, &a),
        Some(Verb::Severity(a)) => severity::call(cx, &a),
        Some(Verb::StandDown(a)) => stand_down::call(cx, &a),
        Some(Verb::Abandon(a)) => abandon::call(cx, &a),
        Some(Verb::Explore(a)) => explore::call(cx, &a),
        Some(Verb::Rehearse(a)) => rehearse::call(cx, &a),
        Some(Verb::Master(a)) => master::call(cx, &a),
        Some(Verb::Score(a)) => score::call(cx, &a),
        Some(Verb::Schema(a)) => schema::write(cx, &a),
        Some(Verb::Init(a)) => init::call(&a, cx.json),
        Some(Verb::New(a)) => new::call(cx, &a),
        Some(Verb::Lint(a)) => lint::call(cx, &a),
        Some(Verb::LaunchCheck(a)) => launch_check::call(cx, &a),
        Some(Verb::Explain(a)) => explain::call(&cx.screen, &a, cx.json),
        Some(Verb::People(a)) => people::call(cx, &a),
        Some(Verb::Man { dir }) => man::call(dir.as_deref()),
        Some(Verb::Completions { shell }) => Ok(completions::call(shell)),
    }?;
    match cx.screen.fault() {
        Some(e) => Err(CliError::failed("standard output can't be written").because(e)),
        None => Ok(code),
    }
}

/// The run that a verb is about, where it is about one that is on record.
fn run_of(verb: &Verb) -> Option<&str> {
    Some(match verb {
        Verb::Resume(a) => a.run.as_deref()?,
        Verb::Approve(a) | Verb::Deny(a) => &a.run,
        Verb::Amend(a) => &a.vote.run,
        Verb::Log(a) => a.run.as_deref()?,
        Verb::Show(a) => &a.run,
        Verb::Verify(a) => a.run.as_deref()?,
        Verb::Watch(a) => &a.run,
        Verb::Brief(a) => &a.run,
        Verb::Note(a) => &a.act.run,
        Verb::Answer(a) => &a.act.run,
        Verb::Severity(a) => &a.act.run,
        Verb::StandDown(a) | Verb::Abandon(a) => &a.act.run,
        Verb::Master(a) => &a.run,
        _ => return None,
    })
}

/// What a verb works with where its run is a drill: the drill's journal, time and mark. A real run of that name comes first.
fn drill_of(cx: &Context, run: &str) -> Option<Context> {
    if !cx.place.is_sandbox() && cx.journal().find(run).is_ok() {
        return None;
    }
    let drills = cx.drills();
    let found = || drills.find(run).ok();
    let found = found().or_else(|| {
        // Somebody plays it on another machine.
        drills.remote()?;
        drills.fetch().ok()?;
        found()
    })?;
    let records = drills.read(&found).ok()?;
    Some(cx.in_drill(super::drill::course(&records)?))
}

/// The drill with people that is open here, the newest of several.
fn open_drill(cx: &Context) -> Option<Context> {
    let drills = cx.drills();
    let runs = drills.runs().ok()?;
    let open = runs.iter().rev().filter(|r| r.practice.is_some() && r.attended());
    let course = |r: &RunInfo| super::drill::course(&drills.read(&r.id).ok()?);
    open.into_iter().find_map(course).map(|course| cx.in_drill(course))
}
