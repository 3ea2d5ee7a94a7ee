//! `aigov stop NAME…`: the thirty-second answer.
//!
//! Plans from each automation's own `[stop]`, drives all at once, and says what is proven. One automation and one provider
//! suffice; what is wrong elsewhere is said and prevents nothing.

mod round;
mod targets;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use litemap::LiteMap;

use super::super::providers;
use crate::aside::aside;
use crate::cli::args::Stop;
use crate::cli::context::Context;
use crate::cli::error::{CliError, word};
use crate::cli::files::{self, Revision};
use crate::cli::ports::{SystemChance, SystemClock, now};
use crate::cli::session::{self, Surroundings};
use crate::diag::Severity;
use crate::drive::Signals;
use crate::journal::{Landed, RunInfo, Store, run_id};
use crate::plan::{self, Plan, Reach, digest::digest};
use crate::provider::{self, sandbox};
use crate::report::phrase;
use crate::report::stop::{Standing, Stopping, by_hand, exit_code};
use crate::run::origin::Origin;
use crate::text::gather::Gather;
use crate::text::safe;
use crate::text::time::{Instant, Millis};
use crate::ui::Tone;
use crate::ui::keyboard::{Keyboard, Typed};

use round::{Common, Task};
use targets::Targets;

/// How long the journal and git may take to say what is there.
const LOOK: Duration = Duration::from_millis(300);
/// How long a run that gives autonomy back may take to find out what came of a write that was under way.
const SETTLE: Millis = Millis::from_secs(10);
/// How long the key for the wider controls is waited for.
const KEY: Duration = Duration::from_secs(30);
/// How long bringing the record home may take. It is durable before that.
const HOME: Duration = Duration::from_secs(60);

/// Stops what is asked for.
pub(super) fn call(cx: &Context, args: &Stop) -> Result<u8, CliError> {
    let targets = targets::find(cx, args)?;
    for unknown in &targets.unknown {
        cx.screen.labelled(Tone::Bad, "FAIL", &safe::line(unknown));
    }
    if targets.all.is_empty() {
        let next =
            if targets.near.is_empty() { "status".to_owned() } else { format!("stop {}", targets.near.join(" ")) };
        let error = targets.left_out.iter().fold(CliError::usage("nothing was stopped"), |e, l| e.hint(l.clone()));
        return Err(error.next(cx.command(&next)));
    }
    let store = cx.journal_for_writing();
    let runtime = session::runtime()?;
    let came = runtime.block_on(async {
        let running = if cx.place.is_sandbox() {
            session::fresh_sandbox(cx, &store)?;
            Some(session::serve(cx)?)
        } else {
            None
        };
        let origin = running.as_ref().map(|r| r.origin.as_str());
        let (raise, signals) = Signals::channel();
        session::listen(raise.into());
        let mut stop = Stopper { cx, args, store: &store, origin, signals, all: LiteMap::new() };
        first_line(cx, &targets);
        if let Some(trouble) = store.trouble() {
            cx.screen.labelled(Tone::Bad, "FAIL", &format!("{trouble}; the record goes to an emergency file"));
        }
        let reach = match (&args.control, args.wider) {
            (named, _) if !named.is_empty() => Reach::Named(named),
            (_, true) => Reach::Wider,
            _ => Reach::Narrow,
        };
        let mut code = stop.round(&targets, &targets.all, reach).await?;
        let again = stop.late_writes().await;
        if !again.is_empty() {
            code = stop.round(&targets, &again, reach).await?;
        }
        let wider = stop.wider();
        if reach == Reach::Narrow && !wider.is_empty() && stop.asks_for(&wider).await {
            code = stop.round(&targets, &wider, Reach::Wider).await?;
        }
        Ok(code)
    });
    // A file system that hangs may keep a thread for ever, and must not keep the command.
    runtime.shutdown_background();
    came
}

/// One command: one round, and a second where the wider controls are wanted too.
struct Stopper<'a> {
    cx: &'a Context,
    args: &'a Stop,
    store: &'a Store,
    /// Where the sandbox's server listens.
    origin: Option<&'a str>,
    signals: Signals,
    /// What came of each so far.
    all: LiteMap<(String, String), Stopping>,
}

impl Stopper<'_> {
    /// Stops these, all at once; says what came of it, and where the record is.
    async fn round(&mut self, targets: &Targets, these: &[(String, String)], reach: Reach<'_>) -> Result<u8, CliError> {
        let cx = self.cx;
        // How long somebody thought about the choice is no part of how long a stop takes.
        let began = now();
        let stopped: BTreeSet<&str> = targets.all.iter().map(|(a, _)| a.as_str()).collect();
        let seen = look(cx, self.store);
        let tasks: Vec<Task> = these.iter().filter_map(|(a, e)| task(cx, (a, e), reach, &stopped)).collect();
        let person = person(cx, self.args, &tasks);
        let common = Rc::new(Common {
            began,
            sets: these.iter().map(|(_, e)| (e.clone(), Rc::new(providers::open(cx, e, self.origin)))).gather(),
            keys: crate::cli::keys::port(cx),
            clock: Rc::new(SystemClock::new(if cx.place.is_sandbox() { sandbox::SPEED } else { 1 })),
            signals: self.signals.clone(),
            person,
            around: Surroundings::new(cx, seen.revision).with_roster_of(seen.origin),
            files: cx.loaded().digests.clone(),
            drill: cx.place.is_sandbox(),
            reason: self.args.reason.clone(),
            store: self.store.clone(),
            heads: seen.known.iter().map(|r| (r.id.clone(), r.digest.clone())).gather(),
            known: seen.known,
            anchor: RefCell::default(),
        });
        let many = tasks.len();
        if !cx.json {
            cx.screen.spin(&format!("stop {many} {}", if many == 1 { "automation" } else { "automations" }));
        }
        let spool = self.store.spool(&format!("{}-{}", run_id(now(), &mut SystemChance), std::process::id()))?;
        for came in round::run(cx, &spool, &common, tasks, |s| told(cx, s)).await {
            self.all.insert((came.automation.clone(), came.environment.clone()), came);
        }
        cx.screen.still();
        let all: Vec<&Stopping> = self.all.values().collect();
        let code = over(cx, self.args, targets, &all, (began, self.signals.raised()));
        landed(cx, &spool.close(HOME));
        let _ = self.store.import_emergency();
        push(cx, self.store);
        Ok(code)
    }

    /// What another run was giving back when this stop came. A write of that run may arrive after the read that proved the
    /// stop, so these are stopped once more, as soon as that run knows what came of it, or after [`SETTLE`].
    async fn late_writes(&self) -> Vec<(String, String)> {
        let began = now();
        let mut said = BTreeSet::new();
        let mut these: BTreeSet<(String, String)> = BTreeSet::new();
        loop {
            let known = look(self.cx, self.store).known;
            let stopped = |r: &&RunInfo| self.all.contains_key(&(r.automation.clone(), r.environment.clone()));
            let raising: Vec<&RunInfo> =
                known.iter().filter(|r| r.open() && !r.raising.is_empty()).filter(stopped).collect();
            for run in &raising {
                these.insert((run.automation.clone(), run.environment.clone()));
                if said.insert(run.id.clone()) {
                    let says = format!(
                        "run {} was giving autonomy back to {} when this came, and a write of it may still arrive: it is \
                         stopped once more",
                        run.id, run.automation
                    );
                    self.cx.screen.labelled(Tone::Doubt, "DOUBT", &safe::line(&says));
                }
            }
            if raising.is_empty() || self.signals.raised() || now().since(began).0 > SETTLE.0 {
                return these.into_iter().collect();
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = self.signals.first() => {}
            }
        }
    }

    /// What has wider controls that were not tried: those that are not stopped, or all where all are.
    fn wider(&self) -> Vec<(String, String)> {
        let has = |s: &&Stopping| !s.wider.is_empty() && s.tried();
        let open = |s: &&Stopping| s.standing() != Standing::Stopped;
        let any = self.all.values().any(|s| open(&s));
        let these = self.all.values().filter(has).filter(|s| !any || open(s));
        these.map(|s| (s.automation.clone(), s.environment.clone())).collect()
    }

    /// One key. Silence, and every other key, leaves it as it is.
    async fn asks_for(&self, these: &[(String, String)]) -> bool {
        let look = self.cx.screen.look();
        if self.cx.json || !look.person || self.signals.raised() {
            return false;
        }
        let names: Vec<String> = these
            .iter()
            .filter_map(|at| self.all.get(at))
            .map(|s| format!("{} of {}", s.wider.join(", "), s.automation))
            .take(5)
            .collect();
        let more = if these.len() > 5 { format!(" and {} more", these.len() - 5) } else { String::new() };
        let says = format!("w: the wider controls too: {}{more}; any other key: leave it so", names.join("; "));
        // First the ear, which forgets what was typed before: a key that follows the question is not lost.
        let Ok(keyboard) = Keyboard::open() else { return false };
        self.cx.screen.labelled(Tone::Ask, "ask", &safe::line(&says));
        let key = tokio::select! {
            key = tokio::time::timeout(KEY, keyboard.key()) => key,
            () = self.signals.first() => return false,
        };
        matches!(key, Ok(Ok(Typed::Got('w' | 'W'))))
    }
}

/// What is known of the machine and the journal, as far as it is said at once: a file system that hangs must not hang a
/// stop.
#[derive(Default)]
struct Seen {
    revision: Option<Revision>,
    known: Vec<RunInfo>,
    /// Where it was read who may vote on taking it back.
    origin: Option<Origin>,
}

fn look(cx: &Context, store: &Store) -> Seen {
    let (root, store) = ((!cx.place.is_sandbox()).then(|| cx.place.root.clone()), store.clone());
    // Its files are read; only its history may be long.
    let protected = (!cx.place.is_sandbox()).then(|| cx.protected().clone());
    let seen = aside("look", move || {
        let known = store.runs().unwrap_or_default();
        let origin = protected.and_then(|p| p.origin());
        Seen { revision: root.and_then(|r| files::revision(&r).ok().flatten()), known, origin }
    });
    seen.ok().and_then(|seen| seen.within(LOOK)).unwrap_or_default()
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
    let report = aside("push", move || theirs.push()).ok().and_then(|report| report.within(session::PUSH_LIMIT));
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
fn task(
    cx: &Context,
    (automation, environment): (&str, &str),
    reach: Reach<'_>,
    stopped: &BTreeSet<&str>,
) -> Option<Task> {
    let workspace = &cx.loaded().workspace;
    let demo = cx.place.is_sandbox();
    let (mut plan, found) = plan::stop(workspace, provider::catalog(), automation, environment, reach, demo).ok()?;
    if !cx.place.is_sandbox() {
        // What it says is for whoever takes it back; nothing here waits for a vote.
        drop(cx.protected().apply(&mut plan, workspace.people.as_ref()));
    }
    let of = workspace.automations.get(automation)?;
    let touched = |name: &str| plan.steps.iter().any(|s| s.id == format!("stop.{name}"));
    let wider = of.stop.iter().flat_map(|s| &s.wider).map(|w| w.value.clone()).filter(|w| !touched(w)).collect();
    let others = plan::resolve::others(of).into_iter().filter(|o| !touched(o)).map(str::to_owned).collect();
    let mut problems: Vec<String> = Vec::new();
    let mut told = BTreeSet::new();
    for problem in found.iter().filter(|d| d.severity == Severity::Error) {
        // What keeps a control from being set keeps it from being set again, too: once is enough.
        if told.insert(&problem.message) {
            problems.push(problem.to_string());
        }
    }
    let digest = digest(&plan).unwrap_or_default();
    let hand = if plan.immediate.is_empty() { by_hand(of) } else { Vec::new() };
    let feeds = of.feeds.iter().map(|f| f.value.clone()).filter(|f| !stopped.contains(f.as_str())).collect();
    Some(Task { plan, digest, problems, wider, others, feeds, hand, earlier: None })
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
fn first_line(cx: &Context, targets: &Targets) {
    if cx.json {
        return;
    }
    let environments: BTreeSet<&str> = targets.all.iter().map(|(_, e)| e.as_str()).collect();
    let environments = environments.into_iter().map(safe::line).collect::<Vec<_>>().join(", ");
    let what = match targets.all.as_slice() {
        [(one, _)] => safe::line(one),
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
fn over(cx: &Context, args: &Stop, targets: &Targets, all: &[&Stopping], (began, left): (Instant, bool)) -> u8 {
    let code = exit_code(all, targets.unknown.len(), left);
    let count = |s: Standing| all.iter().filter(|a| a.standing() == s).count();
    let whole = all.iter().filter(|a| a.whole()).count();
    let mut parts = vec![format!("{whole} of {} stopped and proven", all.len())];
    let in_part = count(Standing::Stopped) - whole;
    if in_part > 0 {
        parts.push(format!("{in_part} stopped by some controls, NOT by all that were tried"));
    }
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
    cx.screen.say(tone, &format!("{}, after {}.", parts.join(", "), phrase::length(now().since(began))));
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

fn next(args: &Stop, all: &[&Stopping]) -> Vec<String> {
    let open: Vec<&&Stopping> = all.iter().filter(|a| !a.whole()).collect();
    let env = args.env.as_ref().map(|e| format!(" --env {}", safe::line(e))).unwrap_or_default();
    let mut out = Vec::new();
    // Once more, wider where it was tried and there is something wider.
    let again: Vec<&&&Stopping> = open.iter().filter(|a| a.planned).collect();
    if !again.is_empty() {
        let names: BTreeSet<String> = again.iter().map(|a| safe::line(&a.automation)).collect();
        let is_wider = args.wider || again.iter().any(|a| a.tried() && !a.wider.is_empty());
        let mut how = String::from(if is_wider { " --wider" } else { "" });
        if !is_wider {
            args.control.iter().for_each(|c| how.push_str(&format!(" --control {}", safe::line(c))));
        }
        out.push(format!("stop {}{env}{how}", names.into_iter().collect::<Vec<_>>().join(" ")));
    }
    // Where [stop] can't be used: by control, or what to write is told by lint.
    for a in open.iter().filter(|a| !a.planned) {
        for control in a.others.iter().take(3) {
            out.push(format!("stop {}{env} --control {}", safe::line(&a.automation), safe::line(control)));
        }
    }
    if open.iter().any(|a| !a.planned && a.others.is_empty()) {
        out.push("lint".to_owned());
    }
    let feeds: BTreeSet<&String> = all.iter().flat_map(|a| &a.feeds).collect();
    out.extend(feeds.into_iter().map(|f| format!("stop {}{env}", safe::line(f))));
    match all {
        [one] => out.extend(one.run.as_ref().map(|run| format!("run --continues {}", safe::line(run)))),
        _ => out.push("status".to_owned()),
    }
    if out.is_empty() {
        out.push("status".to_owned());
    }
    out
}
