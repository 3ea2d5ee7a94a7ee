//! `aigov stop NAME…`: the thirty-second answer.
//!
//! Plans from each automation's own `[stop]`, drives all at once, and says what is proven. One automation and one provider
//! suffice; what is wrong elsewhere is said and prevents nothing.

mod round;
mod targets;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::super::providers;
use crate::cli::args::Stop;
use crate::cli::context::Context;
use crate::cli::error::{CliError, word};
use crate::cli::files::{self, Revision};
use crate::cli::ports::SystemClock;
use crate::cli::session::{self, Surroundings};
use crate::diag::Severity;
use crate::drive::Signals;
use crate::plan::{self, Plan, Reach, digest::digest};
use crate::provider::{self, sandbox};
use crate::report::phrase;
use crate::report::stop::{Standing, Stopping, exit_code};
use crate::text::safe;
use crate::ui::Tone;

use round::{Common, Task};
use targets::Targets;

/// How long git may take to say which commit this is.
const REVISION: Duration = Duration::from_millis(300);

/// Stops what is asked for.
pub(super) fn call(cx: &Context, args: &Stop) -> Result<u8, CliError> {
    let targets = targets::find(cx, args)?;
    let tell = |tone, label: &str, says: &str| cx.screen.labelled(tone, label, &safe::line(says));
    for unknown in &targets.unknown {
        tell(Tone::Bad, "FAIL", unknown);
    }
    if targets.all.is_empty() {
        let error = CliError::usage("nothing here was stopped: no automation of that name");
        let next =
            if targets.near.is_empty() { "status".to_owned() } else { format!("stop {}", targets.near.join(" ")) };
        return Err(targets.left_out.iter().fold(error, |e, l| e.hint(l.clone())).next(cx.command(&next)));
    }
    let store = cx.journal_for_writing();
    let runtime = session::runtime()?;
    let reach = match (&args.control, args.wider) {
        (named, _) if !named.is_empty() => Reach::Named(named),
        (_, true) => Reach::Wider,
        _ => Reach::Narrow,
    };
    let tasks: Vec<Task> = targets.all.iter().filter_map(|(a, e)| task(cx, a, e, reach)).collect();
    runtime.block_on(async {
        if cx.place.is_sandbox() {
            session::fresh_sandbox(cx, &store)?;
        }
        let scale = if cx.place.is_sandbox() { sandbox::SPEED } else { 1 };
        let running = if cx.place.is_sandbox() { Some(session::serve(cx)?) } else { None };
        let origin = running.as_ref().map(|r| r.origin.as_str());
        let sets: BTreeMap<_, _> =
            targets.all.iter().map(|(_, e)| (e.clone(), Rc::new(providers::open(cx, e, origin)))).collect();
        let (raise, signals) = Signals::channel();
        session::listen(raise);
        let person = person(cx, args, &tasks);
        first_line(cx, &tasks, &targets);
        if let Some(trouble) = store.trouble() {
            cx.screen.labelled(Tone::Bad, "FAIL", &format!("{trouble}; the record goes to an emergency file"));
        }
        let common = Rc::new(Common {
            began: cx.now,
            sets,
            clock: Rc::new(SystemClock::new(scale)),
            signals: signals.clone(),
            person: person.clone(),
            around: Surroundings::new(cx, revision(cx), store.heads()),
            files: cx.loaded().digests.clone(),
            drill: cx.place.is_sandbox(),
            reason: args.reason.clone(),
        });
        let many = tasks.len();
        if !cx.json {
            cx.screen.spin(&format!("stop {many} {}", if many == 1 { "automation" } else { "automations" }));
        }
        let driven = round::run(cx, &store, &common, tasks, |s| told(cx, s)).await;
        cx.screen.still();
        let (all, held): (Vec<Stopping>, Vec<_>) = driven.into_iter().map(|d| (d.stopping, d.held)).unzip();
        for mut held in held.into_iter().flatten() {
            let path = held.emergency_file().map(|p| p.display().to_string());
            if let Some(path) = path {
                let says = format!("the record of run {} is in the emergency file {path}", held.run());
                cx.screen.labelled(Tone::Doubt, "DOUBT", &safe::line(&says));
            }
            let _ = held.finish_push(session::PUSH_LIMIT);
        }
        let _ = store.import_emergency();
        Ok(over(cx, args, &targets, &all, signals.raised()))
    })
}

/// The plan of one automation, and what was wrong with it. What can't be planned is told as such.
fn task(cx: &Context, automation: &str, environment: &str, reach: Reach<'_>) -> Option<Task> {
    let workspace = &cx.loaded().workspace;
    let demo = cx.place.is_sandbox();
    let (plan, found) = plan::stop(workspace, provider::catalog(), automation, environment, reach, demo).ok()?;
    let of = workspace.automations.get(automation)?;
    let touched = |name: &str| plan.steps.iter().any(|s| s.id == format!("stop.{name}"));
    let wider = of.stop.iter().flat_map(|s| &s.wider).map(|w| w.value.clone()).filter(|w| !touched(w)).collect();
    let others = plan::resolve::others(of).into_iter().filter(|o| !touched(o)).map(str::to_owned).collect();
    let problems = found.iter().filter(|d| d.severity == Severity::Error).map(ToString::to_string).collect();
    let digest = digest(&plan).unwrap_or_default();
    Some(Task { plan, digest, problems, wider, others, earlier: None })
}

/// Who stops. A name that can't be believed here stops nobody from stopping.
fn person(cx: &Context, args: &Stop, tasks: &[Task]) -> Option<String> {
    let plan: Option<&Plan> = tasks.first().map(|t| &t.plan);
    let known: Vec<&str> = plan.map(|p| p.roster.iter().map(|p| p.name.as_str()).collect()).unwrap_or_default();
    let unsigned = plan.is_some_and(|p| p.votes == plan::Votes::Unsigned);
    cx.person(args.person.as_deref(), unsigned, &known).unwrap_or_else(|e| {
        cx.screen.labelled(Tone::Doubt, "DOUBT", &format!("{}; it is stopped all the same", safe::line(&e.says)));
        None
    })
}

/// What git says of the workspace, if it says it at once: a file system that hangs must not hang a stop.
fn revision(cx: &Context) -> Option<Revision> {
    if cx.place.is_sandbox() {
        return None;
    }
    let root = cx.place.root.clone();
    let (done, answer) = std::sync::mpsc::channel();
    let asked = std::thread::Builder::new().name("revision".to_owned()).spawn(move || {
        // Nobody may be waiting any more.
        let _ = done.send(files::revision(&root));
    });
    asked.ok().and_then(|_| answer.recv_timeout(REVISION).ok()).flatten()
}

/// Where this is real or not, before anything else.
fn first_line(cx: &Context, tasks: &[Task], targets: &Targets) {
    if cx.json {
        return;
    }
    let environments: std::collections::BTreeSet<&str> = targets.all.iter().map(|(_, e)| e.as_str()).collect();
    let environments = environments.into_iter().map(safe::line).collect::<Vec<_>>().join(", ");
    let what = match tasks {
        [one] => safe::line(&one.plan.automation),
        several => format!("{} automations", several.len()),
    };
    if cx.place.is_sandbox() {
        cx.screen.say(Tone::Strong, &format!("stopping {what} in {environments}; nothing here is real"));
        return;
    }
    let root = safe::line(&cx.place.root.display().to_string());
    cx.screen.say(Tone::Strong, &format!("LIVE: stopping {what} in {environments}, workspace {root}"));
}

fn told(cx: &Context, stopping: &Stopping) {
    cx.screen.still();
    if cx.json {
        cx.screen.raw(&stopping.json().to_string());
        return;
    }
    for (mark, line) in stopping.lines() {
        cx.screen.mark(mark, &line);
    }
}

/// What it all came to, and what to type next.
fn over(cx: &Context, args: &Stop, targets: &Targets, all: &[Stopping], left: bool) -> u8 {
    let code = exit_code(all, targets.unknown.len(), left);
    let count = |s: Standing| all.iter().filter(|a| a.standing() == s).count();
    let mut parts = vec![format!("{} of {} stopped and proven", count(Standing::Stopped), all.len())];
    for (standing, says) in [
        (Standing::Failed, "NOT stopped"),
        (Standing::Unknown, "UNKNOWN whether stopped"),
        (Standing::NotTried, "not tried"),
    ] {
        let n = count(standing);
        if n > 0 {
            parts.push(format!("{n} {says}"));
        }
    }
    let tone = if code == 0 { Tone::Good } else { Tone::Bad };
    cx.screen
        .say(tone, &format!("{}, after {}.", parts.join(", "), phrase::length(crate::cli::ports::now().since(cx.now))));
    if cx.place.is_sandbox() {
        cx.screen.say(Tone::Plain, "This was the sandbox: nothing real was touched.");
    }
    for left in &targets.left_out {
        cx.screen.labelled(Tone::Plain, "-", left);
    }
    if code != 0 {
        cx.screen.say(tone, &format!("Exit {code}: {}.", word(code)));
    }
    cx.screen.say(Tone::Plain, "Next:");
    for next in next(args, all) {
        cx.screen.command(&cx.command(&next));
    }
    code
}

fn next(args: &Stop, all: &[Stopping]) -> Vec<String> {
    let open: Vec<&Stopping> = all.iter().filter(|a| a.standing() != Standing::Stopped).collect();
    let names = |of: &[&Stopping]| of.iter().map(|a| safe::line(&a.automation)).collect::<Vec<_>>().join(" ");
    let env = args.env.as_ref().map(|e| format!(" --env {}", safe::line(e))).unwrap_or_default();
    let mut out = Vec::new();
    if !open.is_empty() {
        let wider = if open.iter().any(|a| !a.wider.is_empty()) { " --wider" } else { "" };
        out.push(format!("stop {}{env}{wider}", names(&open)));
    }
    match all {
        [one] => out.extend(one.run.as_ref().map(|run| format!("run --continues {}", safe::line(run)))),
        _ => out.push("status".to_owned()),
    }
    out
}
