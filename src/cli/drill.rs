//! A drill with people, with real ports: servers on this machine with the scenario's faults in them, or a staging environment;
//! the drills' branches of the journal; the terminal.
//!
//! Owns which ports those are. Must not know how a drill is played; that is `rehearse`.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::context::Context;
use super::error::{CliError, Kind};
use super::ports::{DrillClock, SystemChance, now};
use super::session::{self, Surroundings, Wishes};
use crate::cli::choice::Planned;
use crate::drive::{Signals, Stopped};
use crate::journal::{HeldRun, Store};
use crate::plan::rehearsal::{DESK, Ground, Rehearsal, Staging};
use crate::plan::{Act, Plan, Step};
use crate::port::{Clock, Operator, Providers, Reporter};
use crate::provider::sandbox::{self, Seeds};
use crate::rehearse::{Blows, Course, LeftBeside, Stage, Taken, with_people};
use crate::run::record::{DeliveredWhat, Record};
use crate::text::safe;
use crate::ui::{Lines, Stream, Terminal, Tone};

mod servers;

/// Whether a git remote lies on this machine, so that a drill may use it unasked.
#[must_use]
pub(crate) fn is_here(remote: &str) -> bool {
    match remote.split_once("://") {
        Some(("file", _)) => true,
        Some((_, rest)) => {
            let host = rest.split('/').next().unwrap_or_default();
            let host = host.rsplit_once('@').map_or(host, |(_, h)| h);
            let host = host.rsplit_once(':').map_or(host, |(h, _)| h);
            host == "localhost" || host.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        }
        // `host:path`, unless a slash comes first.
        None => remote.split('/').next().is_some_and(|first| !first.contains(':')),
    }
}

/// Whether a drill can't be gone on with: its time is over, or the abort word was said.
#[must_use]
pub(crate) fn is_over(records: &[Record]) -> bool {
    let is = |r: &Record| r.detail.drill.as_ref().map(|d| d.what);
    records.iter().any(|r| matches!(is(r), Some(DeliveredWhat::Over | DeliveredWhat::Aborted)))
}

/// The course of a drill's time, from its record; none of what is no drill.
#[must_use]
pub(crate) fn course(records: &[Record]) -> Option<Rc<Course>> {
    Course::of(records, Box::new(now)).map(Rc::new)
}

/// Begins a drill and plays it.
///
/// # Errors
/// It could not be begun; whatever happens afterwards is an exit code.
pub(crate) fn begin(
    cx: &Context,
    planned: &Planned,
    mut rehearsal: Rehearsal,
    ground: &Ground,
    wishes: &Wishes<'_>,
) -> Result<u8, CliError> {
    rehearsal.begins = now();
    let course = Rc::new(Course::new(rehearsal.begins, rehearsal.speed, Box::new(now)));
    let cx = &cx.in_drill(Rc::clone(&course));
    let store = cx.journal_for_writing();
    let run = crate::journal::run_id(rehearsal.begins, &mut SystemChance);
    let person = session::person(cx, &planned.plan, wishes.person)?;
    let declared = format!("declared by {} in a drill", person.as_deref().unwrap_or("somebody unidentified"));
    let around = Surroundings::new(cx, None);
    let mut start = around.start(BTreeMap::new(), &planned.plan, &planned.digest, &cx.loaded().digests, None, declared);
    let seeds = if cx.place.is_sandbox() { Seeds::default() } else { servers::own(cx, &planned.plan) };
    rehearsal.played = Some(ground.recorded(cx.place.is_sandbox() || !seeds.served.is_empty()));
    start.rehearsal = Some(Box::new(rehearsal.clone()));
    start.time_scale = if matches!(ground, Ground::Here) { sandbox::SPEED } else { 1 };
    let held = store.create_run(&run, Box::new(SystemChance)).map_err(|e| session::held_error(cx, e))?;
    first_lines(cx, &planned.plan, &rehearsal, ground, &seeds, &run);
    let how = Taken::New(run.clone(), Box::new(start));
    let played = drive(cx, &store, &planned.plan, &rehearsal, ground, &course, held, how, wishes);
    Ok(played.unwrap_or_else(|e| super::tell(&cx.screen, &e, &cx.place.suffix)))
}

/// Whether the scenario's own player played it.
#[must_use]
pub(crate) fn is_played(records: &[Record]) -> bool {
    let start = records.first().and_then(|r| r.detail.start.as_ref());
    start.and_then(|s| s.rehearsal.as_ref()).is_some_and(|r| r.player.is_some())
}

/// That people can go on with a drill, wherever it was held.
///
/// # Errors
/// Its player was part of the scenario, and left with it.
pub(crate) fn has_people(cx: &Context, store: &Store, run: &str) -> Result<(), CliError> {
    if !is_played(&store.read(run)?) {
        return Ok(());
    }
    let says = format!("drill {run} was played by the scenario's own player, so nobody goes on with it");
    Err(CliError::usage(says).next(cx.command(&format!("score {run}"))))
}

/// Goes on with a drill that was left.
///
/// # Errors
/// It is over, or held by somebody alive.
pub(crate) fn resume(cx: &Context, run: &str, over: Option<&str>, wishes: &Wishes<'_>) -> Result<u8, CliError> {
    let store = cx.journal_for_writing();
    let (held, records) = store.hold(run, Box::new(SystemChance)).map_err(|e| session::held_error(cx, e))?;
    let plan = session::stored_plan(run, &records)?.clone();
    let broken = || CliError::new(Kind::Journal, format!("run {run} is no drill")).next(cx.command("score"));
    let rehearsal = records.first().and_then(|r| r.detail.start.as_ref()).and_then(|s| s.rehearsal.clone());
    let rehearsal = *rehearsal.ok_or_else(broken)?;
    if is_over(&records) {
        return Err(CliError::usage(format!("drill {run} is over")).next(cx.command(&format!("score {run}"))));
    }
    let ground = ground_of(cx, &plan, &records)?;
    let course = course(&records).ok_or_else(broken)?;
    drive(cx, &store, &plan, &rehearsal, &ground, &course, held, Taken::Again(&records, over), wishes)
}

/// Where a drill on record takes place: its time runs as fast as the sandbox's metrics where it is on this machine.
fn ground_of(cx: &Context, plan: &Plan, records: &[Record]) -> Result<Ground, CliError> {
    let scale = records.first().and_then(|r| r.detail.start.as_ref()).map_or(1, |s| s.time_scale);
    if scale == sandbox::SPEED { Ok(Ground::Here) } else { staging(cx, &plan.environment).map(Ground::Staging) }
}

/// An environment that is marked for practice.
///
/// # Errors
/// It is not, or it is marked `production`.
pub(crate) fn staging(cx: &Context, name: &str) -> Result<Staging, CliError> {
    let settings = cx.core().workspace.settings.as_ref();
    let settings = settings.ok_or_else(|| CliError::usage("this workspace has no aigov.toml that can be read"))?;
    Staging::of(settings, crate::provider::catalog(), name).map_err(|e| {
        CliError::new(Kind::Refused, e.to_string())
            .hint("mark an environment without real users: [environments.NAME] rehearse = true")
            .next(cx.command("rehearse"))
    })
}

fn first_lines(cx: &Context, plan: &Plan, rehearsal: &Rehearsal, ground: &Ground, seeds: &Seeds, run: &str) {
    let say = |text: String| cx.screen.say(Tone::Plain, &text);
    cx.screen.say(Tone::Strong, &format!("{}: {}", safe::line(&rehearsal.scenario), safe::line(&rehearsal.title)));
    let place = match ground {
        Ground::Here if cx.place.is_sandbox() => "nothing real is reached: every system is on this machine".to_owned(),
        Ground::Here => here(seeds),
        Ground::Staging(staging) => {
            format!("against {}: {}", safe::line(staging.name()), safe::line(&staging.origins().join(", ")))
        }
    };
    say(format!("{} on {}, {place}", safe::line(&plan.runbook), safe::line(&plan.automation)));
    match ground {
        Ground::Staging(_) => say(told(plan)),
        // Consoles and what is to be done by hand are shown as they stand in the inventory.
        Ground::Here if !cx.place.is_sandbox() && plan.steps.iter().any(|s| s.console.is_some()) => {
            say("Consoles that are shown are the real ones, and nobody touches them: what is said to be done by hand is done \
                 here."
                .to_owned());
        }
        Ground::Here => {}
    }
    if let Some(says) = rehearsal.unplayed() {
        say(says);
    }
    let fast = if rehearsal.speed == 1 { String::new() } else { format!(", {} times as fast", rehearsal.speed) };
    say(format!("It takes up to {}{fast}. \"{}\" ends it at once:", rehearsal.limits.duration, rehearsal.abort_word));
    cx.screen.command(&cx.command(&format!("master {run} abort {}", quoted(&rehearsal.abort_word))));
    say("Others join from their own terminals, and the game master from another:".to_owned());
    cx.screen.command(&cx.command(&format!("watch {run}")));
    cx.screen.command(&cx.command(&format!("master {run}")));
    if cx.journal().remote().is_none() {
        say("There is no remote for drills, so they join on this machine only.".to_owned());
    }
}

/// How the systems of a workspace of one's own are played.
fn here(seeds: &Seeds) -> String {
    let served: Vec<&str> = seeds.served.keys().map(String::as_str).collect();
    let mut said = vec!["nothing real is reached".to_owned()];
    if !served.is_empty() {
        let (are, servers) = if served.len() == 1 { ("is", "a server") } else { ("are", "servers") };
        said.push(format!(
            "{} {are} played by {servers} on this machine, with what this plan names and nothing of the real ones",
            safe::line(&served.join(", ")),
        ));
    }
    said.extend(seeds.apart.iter().map(|(name, why)| {
        format!("{} is played in memory, where no request is made, because {}", safe::line(name), safe::line(why))
    }));
    said.join("; ")
}

/// Where a drill in a real environment tells people something.
fn told(plan: &Plan) -> String {
    let tells =
        |s: &&Step| matches!(s.act, Act::Page { .. } | Act::Notify { .. } | Act::Ticket { .. } | Act::Publish { .. });
    let targets = || plan.steps.iter().filter(tells).flat_map(|s| &s.targets).map(|t| t.provider.as_str());
    let named: BTreeSet<&str> = targets().filter(|p| *p != DESK).collect();
    let desk = targets().any(|p| p == DESK);
    let named = safe::line(&named.into_iter().collect::<Vec<_>>().join(", "));
    match (named.is_empty(), desk) {
        (true, true) => {
            "Nobody outside is told anything: pages, notices, tickets and statements stay in memory.".to_owned()
        }
        (true, false) => "It tells nobody outside anything.".to_owned(),
        (false, true) => {
            format!("What aigov.toml names a `drill` target for goes to {named}; the rest stays in memory.")
        }
        (false, false) => format!("Pages, notices, tickets and statements go to their `drill` targets: {named}."),
    }
}

fn quoted(text: &str) -> String {
    crate::text::shell::path(std::path::Path::new(text))
}

#[expect(clippy::too_many_arguments, reason = "each is another part of one stage")]
fn drive(
    cx: &Context,
    store: &Store,
    plan: &Plan,
    rehearsal: &Rehearsal,
    ground: &Ground,
    course: &Rc<Course>,
    mut held: HeldRun,
    taken: Taken<'_>,
    wishes: &Wishes<'_>,
) -> Result<u8, CliError> {
    let run = held.run().to_owned();
    let stopped: Result<Stopped, CliError> = session::runtime()?.block_on(async {
        let blows = Blows::default();
        let reached = servers::open(cx, plan, ground, rehearsal.played.as_ref(), &run, &blows)?;
        let clock: Rc<dyn Clock> = Rc::new(DrillClock(Rc::clone(course)));
        let person = session::person(cx, plan, wishes.person)?;
        let terminal = Terminal::new(cx.screen.clone(), Rc::clone(&clock), person);
        let mut operator: Box<dyn Operator> = match wishes.answers {
            None => Box::new(terminal),
            Some(file) => Box::new(session::answers_in(file, plan, terminal)?),
        };
        let mut reporter: Box<dyn Reporter> = if cx.json {
            Box::new(Stream::new(cx.screen.clone()))
        } else {
            let mut lines = Lines::new(cx.screen.clone(), cx.place.suffix.clone());
            if let Taken::Again(records, _) = &taken {
                lines.remember(records);
            }
            Box::new(lines)
        };
        let (raise, signals) = Signals::channel();
        let raise = Arc::new(raise);
        session::listen(Arc::clone(&raise));
        let holder = session::holder(&*operator);
        let stage = Stage {
            plan,
            rehearsal,
            course,
            clock: &*clock,
            providers: reached.set.as_ref().map(|s| s as &dyn Providers),
            apart: &reached.apart,
            blows: &blows,
            signals_shown: *ground == Ground::Here,
            log: &mut held,
            left: left(store, &run),
            operator: &mut *operator,
            reporter: &mut *reporter,
            keys: &super::keys::port(cx),
            signals,
            raise: &raise,
        };
        with_people(stage, taken, holder).await.map_err(|e| session::cant_go_on(cx, &run, &e))
    });
    Ok(session::left(cx, store, &run, &stopped?, held))
}

/// What others left beside the run. What can't be read now is there the next time.
fn left(store: &Store, run: &str) -> LeftBeside {
    let (store, run) = (store.clone(), run.to_owned());
    Box::new(move |known| store.left(&run, known).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_on_this_machine_is_told_from_one_outside() {
        for (remote, here) in [
            ("/srv/git/journal.git", true),
            ("../journal.git", true),
            ("file:///srv/git/journal.git", true),
            ("http://127.0.0.1:3000/j.git", true),
            ("ssh://git@localhost:22/j.git", true),
            ("git@git.example.com:ai/journal.git", false),
            ("https://git.example.com/j.git", false),
            ("ssh://git@git.example.com/j.git", false),
            ("http://127.0.0.1.example.com/j.git", false),
        ] {
            assert_eq!(is_here(remote), here, "{remote}");
        }
    }
}
