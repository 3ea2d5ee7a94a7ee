//! `aigov stop NAME…`: the thirty-second answer.
//!
//! Plans from each automation's own `[stop]`, drives all at once, and says what is proven. One automation and one provider
//! suffice; what is wrong elsewhere is said and prevents nothing.

mod round;
mod targets;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::super::providers;
use crate::cli::args::Stop;
use crate::cli::context::Context;
use crate::cli::error::{CliError, word};
use crate::cli::files::{self, Revision};
use crate::cli::ports::{SystemChance, SystemClock};
use crate::cli::session::{self, Surroundings};
use crate::diag::Severity;
use crate::drive::Signals;
use crate::journal::{Landed, RunInfo, Store, run_id};
use crate::plan::{self, Plan, Reach, digest::digest};
use crate::provider::{self, sandbox};
use crate::report::phrase;
use crate::report::stop::{Standing, Stopping, exit_code};
use crate::text::safe;
use crate::ui::Tone;

use round::{Common, Task};
use targets::Targets;

/// How long the journal and git may take to say what is there.
const LOOK: Duration = Duration::from_millis(300);
/// How long bringing the record home may take. It is durable before that.
const HOME: Duration = Duration::from_secs(60);

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
        let seen = look(cx, &store);
        let heads = seen.known.iter().map(|r| (r.id.clone(), r.digest.clone())).collect();
        let common = Rc::new(Common {
            began: cx.now,
            sets,
            clock: Rc::new(SystemClock::new(scale)),
            signals: signals.clone(),
            person,
            around: Surroundings::new(cx, seen.revision),
            files: cx.loaded().digests.clone(),
            drill: cx.place.is_sandbox(),
            reason: args.reason.clone(),
            store: store.clone(),
            known: seen.known,
            heads,
            anchor: RefCell::default(),
        });
        let many = tasks.len();
        if !cx.json {
            cx.screen.spin(&format!("stop {many} {}", if many == 1 { "automation" } else { "automations" }));
        }
        let spool = store.spool(&format!("{}-{}", run_id(cx.now, &mut SystemChance), std::process::id()))?;
        let all = round::run(cx, &spool, &common, tasks, |s| told(cx, s)).await;
        cx.screen.still();
        let code = over(cx, args, &targets, &all, signals.raised());
        landed(cx, &spool.close(HOME));
        let _ = store.import_emergency();
        push(cx, &store);
        Ok(code)
    })
}

/// What is known of the machine and the journal, as far as it is said at once: a file system that hangs must not hang a
/// stop.
#[derive(Default)]
struct Seen {
    revision: Option<Revision>,
    known: Vec<RunInfo>,
}

fn look(cx: &Context, store: &Store) -> Seen {
    let (root, store) = ((!cx.place.is_sandbox()).then(|| cx.place.root.clone()), store.clone());
    let (done, answer) = std::sync::mpsc::channel();
    let asked = std::thread::Builder::new().name("look".to_owned()).spawn(move || {
        let known = store.runs().unwrap_or_default();
        // Nobody may be waiting any more.
        let _ = done.send(Seen { revision: root.and_then(|r| files::revision(&r)), known });
    });
    asked.ok().and_then(|_| answer.recv_timeout(LOOK).ok()).unwrap_or_default()
}

/// Where the record is, when it is not where it belongs.
fn landed(cx: &Context, landed: &Landed) {
    match landed {
        Landed::Home => {}
        Landed::Waits(path, why) => {
            let says = format!(
                "the record waits in the emergency file {}, because {why}; the next command brings it home",
                path.display()
            );
            cx.screen.labelled(Tone::Doubt, "DOUBT", &safe::line(&says));
        }
        Landed::Printed => {
            let says = "the record could be written nowhere: it stands above, in the lines that begin `aigov record:`";
            cx.screen.labelled(Tone::Bad, "FAIL", says);
        }
    }
}

/// Brings the runs to the remote, for a while; what does not arrive now goes with the next command.
fn push(cx: &Context, store: &Store) {
    if store.remote().is_none() {
        return;
    }
    let theirs = store.clone();
    let (done, answer) = std::sync::mpsc::channel();
    let pushing = std::thread::Builder::new().name("push".to_owned()).spawn(move || {
        // Nobody may be waiting any more.
        let _ = done.send(theirs.push());
    });
    let report = pushing.ok().and_then(|_| answer.recv_timeout(session::PUSH_LIMIT).ok());
    let says = match report {
        None => Some("the record is not at the remote yet".to_owned()),
        Some(report) => report.error.map(|e| format!("nothing could be pushed: {e}")).or_else(|| {
            let refused: Vec<String> =
                report.refused.iter().map(|r| format!("the remote refused {}: {}", r.branch, r.because)).collect();
            (!refused.is_empty()).then(|| refused.join("; "))
        }),
    };
    if let Some(says) = says {
        cx.screen.labelled(Tone::Doubt, "DOUBT", &safe::line(&says));
    }
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
