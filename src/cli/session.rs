//! A run with real ports: taking it, driving it, and saying how it was left.

use std::fs;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::choice::Planned;
use super::context::Context;
use super::error::{CliError, Kind, word};
use super::ports::{SystemChance, SystemClock, now};
use crate::drive::{
    Beginning, Carried, Driver, Holder, NotNow, Ports, Raise, Signals, Stopped, Why, exit_code, plan_of,
};
use crate::journal::{HeldRun, HoldError, Store, this_boot, this_host};
use crate::keys::SshKeys;
use crate::plan::{Plan, Votes};
use crate::port::{Clock, Operator, Providers, Reporter, RunLog as _};
use crate::provider::sandbox::{self, Sandbox};
use crate::report::{Summary, phrase};
use crate::run::event::{Event, Phase};
use crate::run::input::Input;
use crate::run::ledger::{Ledger, UNIDENTIFIED};
use crate::run::record::{Record, Start};
use crate::text::safe;
use crate::ui::{Answers, Lines, Stream, Terminal, Tone};

mod beside;
mod carried;
mod local;
mod next;
mod sent;
mod stands;
mod surroundings;

pub(crate) use carried::carried;
use carried::carried_from;
pub(crate) use local::still_local;
use next::next;
pub(crate) use surroundings::Surroundings;

/// How long a command waits at its end for what is being pushed. The record is durable here whatever comes of it.
pub(crate) const PUSH_LIMIT: Duration = Duration::from_secs(5);

/// How a verb wants its run driven.
#[derive(Debug, Default)]
pub(crate) struct Wishes<'a> {
    /// `--as`.
    pub person: Option<&'a str>,
    /// `--answers`.
    pub answers: Option<&'a Path>,
}

impl Wishes<'_> {
    /// The same without answers: those are for the run that begins, and may fit no other.
    const fn but_answers(&self) -> Self {
        Self { answers: None, ..*self }
    }
}

/// A runtime for one thread: strict order is the promise.
///
/// # Errors
/// The operating system gives none.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| CliError::failed("the asynchronous runtime can't be started").because(e))
}

/// Everything outside the run that a driver needs, alive while it drives.
struct World {
    /// Keeps the sandbox's server running.
    _sandbox: Option<sandbox::Running>,
    providers: Box<dyn Providers>,
    clock: Rc<dyn Clock>,
    operator: Box<dyn Operator>,
    reporter: Box<dyn Reporter>,
    keys: SshKeys,
    signals: Signals,
}

impl World {
    fn ports<'a>(&'a mut self, log: &'a mut HeldRun) -> Ports<'a> {
        Ports {
            providers: &*self.providers,
            log,
            operator: &mut *self.operator,
            clock: &*self.clock,
            reporter: &mut *self.reporter,
            keys: &self.keys,
            signals: self.signals.clone(),
        }
    }
}

/// What a run is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aim {
    /// It is driven on, and contains before anything else.
    Drive,
    /// Something is said in it, by whoever says it.
    Say,
}

/// Makes the ports of a plan. Must be called inside the runtime.
fn world(cx: &Context, plan: &Plan, before: &[Record], wishes: &Wishes<'_>, aim: Aim) -> Result<World, CliError> {
    if let Some(course) = cx.course() {
        return beside::in_drill(cx, plan, wishes, Rc::clone(course));
    }
    still_local(cx, plan)?;
    let scale = if cx.place.is_sandbox() { sandbox::SPEED } else { 1 };
    let clock: Rc<dyn Clock> = Rc::new(SystemClock::new(scale));
    let running = if cx.place.is_sandbox() { Some(serve(cx)?) } else { None };
    let origin = running.as_ref().map(|r| r.origin.as_str());
    let providers = super::providers::open(cx, &plan.environment, origin);
    let contained = |r: &Record| matches!(r.event, Event::PhaseEntered { phase: Phase::Assess });
    let contained = before.iter().any(contained);
    let person = match person(cx, plan, wishes.person) {
        // Whoever can't show that they are somebody may still stop what does harm, as anybody may.
        Err(error) if error.kind == Kind::Refused && aim == Aim::Drive && !contained => {
            let says = format!("{}; the run contains all the same, by nobody who is known", error.says);
            cx.screen.labelled(Tone::Doubt, "DOUBT", &safe::line(&says));
            error.hints.iter().for_each(|hint| cx.screen.labelled(Tone::Plain, "", &safe::line(hint)));
            None
        }
        person => person?,
    };
    let ears: Rc<dyn Clock> = clock.clone();
    let terminal = Terminal::new(cx.screen.clone(), ears, person);
    let operator: Box<dyn Operator> = match wishes.answers.map(|file| answers_in(file, plan, terminal.clone())) {
        None => Box::new(terminal),
        // A file of answers that has gone stale must not keep a run from containing.
        Some(Err(error)) if !contained => {
            let says = format!("{}; the run contains all the same, and then waits for somebody", error.says);
            cx.screen.labelled(Tone::Doubt, "DOUBT", &safe::line(&says));
            Box::new(terminal)
        }
        Some(Err(error)) => return Err(error),
        Some(Ok(mut answers)) => {
            let verifying = |r: &Record| matches!(r.event, Event::PhaseEntered { phase: Phase::Verify });
            if !before.iter().any(verifying) {
                for check in answers.leave_out_checks() {
                    let says = format!("{check} is answered once it is asked; the answer in the file is left out");
                    cx.screen.say(Tone::Plain, &says);
                }
            }
            Box::new(answers)
        }
    };
    let reporter: Box<dyn Reporter> = if cx.json {
        Box::new(Stream::new(cx.screen.clone()))
    } else {
        let mut lines = Lines::new(cx.screen.clone(), cx.place.suffix.clone());
        lines.remember(before);
        Box::new(lines)
    };
    let (raise, signals) = Signals::channel();
    listen(Arc::new(raise));
    let keys = super::keys::port(cx).signing_with(super::keys::ring(cx, None));
    Ok(World { _sandbox: running, providers: Box::new(providers), clock, operator, reporter, keys, signals })
}

/// The answers of a file, held against the plan.
///
/// # Errors
/// It can't be read, or does not fit.
pub(crate) fn answers_in(file: &Path, plan: &Plan, then: Terminal) -> Result<Answers<Terminal>, CliError> {
    let bad = |says: String| CliError::usage(format!("{} can't be used: {says}", file.display()));
    let text = fs::read_to_string(file).map_err(|e| bad(e.to_string()))?;
    let answers = Answers::read(&text, then).map_err(|e| bad(e.to_string()))?;
    answers.fits(plan).map_err(|e| bad(e.to_string()))?;
    Ok(answers)
}

/// The sandbox's server, for as long as what is returned lives. Must be called inside the runtime.
///
/// # Errors
/// Its folder can't be written, or no port could be had.
pub(crate) fn serve(cx: &Context) -> Result<sandbox::Running, CliError> {
    let cannot =
        |e| CliError::failed(format!("the sandbox can't be started in {}", cx.place.root.display())).because(e);
    Sandbox::prepare(&cx.place.root, now()).map_err(cannot)?;
    Sandbox::serve(&cx.place.root, Box::new(now)).map_err(cannot)
}

/// SIGINT, SIGTERM and SIGHUP each ask the run to be left. From the moment this returns: a signal that came before the task
/// below had its first turn would end the process without a word.
pub(crate) fn listen(raise: Arc<Raise>) {
    use tokio::signal::unix::{SignalKind, signal};
    crate::ui::leave::give_way();
    let all = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
    let [Ok(mut int), Ok(mut term), Ok(mut hup)] = all else { return };
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = int.recv() => {}
                _ = term.recv() => {}
                _ = hup.recv() => {}
            }
            raise.raise();
        }
    });
}

/// Who acts on a run of this plan.
///
/// # Errors
/// As [`Context::person`].
pub(crate) fn person(cx: &Context, plan: &Plan, asked: Option<&str>) -> Result<Option<String>, CliError> {
    if plan.votes == Votes::Signed {
        return super::keys::person(cx, plan, asked);
    }
    let known: Vec<&str> = plan.roster.iter().map(|p| p.name.as_str()).collect();
    cx.person(asked, true, &known)
}

pub(crate) fn holder(operator: &dyn Operator) -> Holder {
    holder_of(operator.person())
}

/// This process, on behalf of somebody.
pub(crate) fn holder_of(person: Option<&str>) -> Holder {
    Holder {
        person: person.unwrap_or(UNIDENTIFIED).to_owned(),
        host: this_host(),
        boot: this_boot(),
        pid: std::process::id(),
    }
}

/// Starts a new run and drives it.
///
/// # Errors
/// The run could not be started; whatever happens afterwards is an exit code.
pub(crate) fn start(
    cx: &Context,
    planned: &Planned,
    wishes: &Wishes<'_>,
    continues: Option<&str>,
) -> Result<u8, CliError> {
    let store = cx.journal_for_writing();
    if let Some(trouble) = store.trouble() {
        cx.screen.labelled(Tone::Bad, "FAIL", &format!("{trouble}; the record goes to an emergency file"));
    }
    let runtime = runtime()?;
    runtime.block_on(async {
        let plan = &planned.plan;
        if cx.place.is_sandbox() && continues.is_none() {
            fresh_sandbox(cx, &store)?;
        }
        let mut before = match continues {
            Some(run) => Some(Before::take(cx, &store, run, wishes).await?),
            None => None,
        };
        let mut world = world(cx, plan, &[], wishes, Aim::Drive)?;
        let run = crate::journal::run_id(now(), &mut SystemChance);
        let carried = match &before {
            Some(b) => b.carried(plan)?,
            None => Vec::new(),
        };
        let mut start =
            beginning(cx, planned, &store, before.as_ref().map(|b| b.run.as_str()), world.operator.person());
        if let Some(before) = &before {
            start.operators = before.operators()?;
        }
        let beginning = Beginning { run: run.clone(), drill: cx.place.is_sandbox(), start, carried };
        let mut held = store.create_run(&run, Box::new(SystemChance)).map_err(|e| held_error(cx, e))?;
        let holder = holder(&*world.operator);
        let stopped = {
            let mut driver = Driver::start(plan, beginning, holder, world.ports(&mut held))
                .map_err(|e| CliError::new(Kind::Journal, e.to_string()))?;
            if let Some(before) = &mut before {
                // The new run is on record before the old one is ended, so that what is owed always has an owner.
                driver.elapse().map_err(|e| refused(cx, &run, &e))?;
                before.hand_on(cx, &run, wishes)?;
            }
            driver.run().await
        };
        if let Some(before) = before {
            // What is missing there is said by `verify`; the new run's end is not the place to fail for it.
            let _ = before.vouched(cx, &store, wishes);
        }
        Ok(left(cx, &store, &run, &stopped, held))
    })
}

/// Goes on with a run.
///
/// # Errors
/// It can't be taken: held by somebody alive, on another machine, or over.
pub(crate) fn resume(cx: &Context, run: &str, over: Option<&str>, wishes: &Wishes<'_>) -> Result<u8, CliError> {
    go_on(cx, run, over, wishes, |driver| match over {
        Some(reason) => {
            driver.stand_behind();
            driver.note(&format!("taken over: {reason}"))
        }
        None => Ok(()),
    })
}

/// Goes on with a run, and does something to it first.
///
/// # Errors
/// As [`resume`], or the machine does not allow it now.
pub(crate) fn resume_with(
    cx: &Context,
    run: &str,
    wishes: &Wishes<'_>,
    first: impl FnOnce(&mut Driver<'_>) -> Result<(), NotNow>,
) -> Result<u8, CliError> {
    go_on(cx, run, None, wishes, first)
}

fn go_on(
    cx: &Context,
    run: &str,
    over: Option<&str>,
    wishes: &Wishes<'_>,
    first: impl FnOnce(&mut Driver<'_>) -> Result<(), NotNow>,
) -> Result<u8, CliError> {
    let store = cx.journal_for_writing();
    let run = store.find(run)?;
    if cx.course().is_some() {
        super::drill::has_people(cx, &store, &run)?;
    }
    let host = this_host();
    let of = store.holder(&run, &host)?;
    if !of.same_host && over.is_none() {
        let at = of
            .lease
            .as_ref()
            .map_or_else(String::new, |l| format!(" by {} on {}", safe::line(&l.person), safe::line(&l.host)));
        return Err(CliError::new(Kind::Waiting, format!("run {run} is held on another machine{at}"))
            .hint("make sure that nobody goes on with it there: every step is prepared anew, and votes fall")
            .next(cx.command(&format!("resume {run} --take-over --reason \"why\""))));
    }
    if cx.course().is_some() {
        return super::drill::resume(cx, &run, over.filter(|_| !of.same_host), wishes);
    }
    let runtime = runtime()?;
    runtime.block_on(async {
        let (mut held, records) = store.hold(&run, Box::new(SystemChance)).map_err(|e| held_error(cx, e))?;
        let plan = stored_plan(&run, &records)?.clone();
        let mut world = world(cx, &plan, &records, wishes, Aim::Drive)?;
        let holder = holder(&*world.operator);
        let over_now = over.is_some() && !of.same_host;
        let stopped = {
            let mut driver = Driver::resume(&plan, &records, holder, over_now, world.ports(&mut held))
                .map_err(|e| cant_go_on(cx, &run, &e))?;
            first(&mut driver).map_err(|e| refused(cx, &run, &e))?;
            driver.run().await
        };
        Ok(left(cx, &store, &run, &stopped, held))
    })
}

/// Does one thing to a run that nobody drives at the moment.
///
/// # Errors
/// It can't be taken, or the machine does not allow it now.
pub(crate) fn act(
    cx: &Context,
    run: &str,
    wishes: &Wishes<'_>,
    what: impl FnOnce(&mut Driver<'_>, &Plan) -> Result<(), NotNow>,
) -> Result<String, CliError> {
    act_and_read(cx, run, wishes, async |driver, plan| what(driver, plan))
}

/// The same, for what reads at a provider too.
///
/// # Errors
/// As [`act`].
pub(crate) fn act_and_read(
    cx: &Context,
    run: &str,
    wishes: &Wishes<'_>,
    what: impl AsyncFnOnce(&mut Driver<'_>, &Plan) -> Result<(), NotNow>,
) -> Result<String, CliError> {
    let store = cx.journal_for_writing();
    let run = store.find(run)?;
    let runtime = runtime()?;
    runtime.block_on(async {
        let (mut held, records) = store.hold(&run, Box::new(SystemChance)).map_err(|e| held_error(cx, e))?;
        let plan = stored_plan(&run, &records)?.clone();
        let mut world = world(cx, &plan, &records, wishes, Aim::Say)?;
        let holder = holder(&*world.operator);
        let mut driver =
            Driver::attach(&plan, &records, holder, world.ports(&mut held)).map_err(|e| cant_go_on(cx, &run, &e))?;
        let done =
            what(&mut driver, &plan).await.and_then(|()| driver.have_vouched()).map_err(|e| refused(cx, &run, &e));
        drop(driver);
        sent::wait(cx, &mut held);
        done
    })?;
    Ok(run)
}

/// Enters afterwards what was done by hand, as a run of its own that is over at once. Changes nothing and
/// asks nobody; what can be read is read.
///
/// # Errors
/// It can't be written, or says something that can't be.
pub(crate) fn entered(
    cx: &Context,
    planned: &Planned,
    wishes: &Wishes<'_>,
    what: impl AsyncFnOnce(&mut Driver<'_>) -> Result<(), NotNow>,
) -> Result<String, CliError> {
    let store = cx.journal_for_writing();
    let run = crate::journal::run_id(now(), &mut SystemChance);
    runtime()?.block_on(async {
        let mut world = world(cx, &planned.plan, &[], wishes, Aim::Say)?;
        let mut start = beginning(cx, planned, &store, None, world.operator.person());
        start.retrospective = true;
        start.declared =
            format!("entered afterwards by {}", world.operator.person().unwrap_or("somebody unidentified"));
        let drill = cx.place.is_sandbox();
        let beginning = Beginning { run: run.clone(), drill, start, carried: Vec::new() };
        let mut held = store.create_run(&run, Box::new(SystemChance)).map_err(|e| held_error(cx, e))?;
        let holder = holder(&*world.operator);
        let mut driver = Driver::start(&planned.plan, beginning, holder, world.ports(&mut held))
            .map_err(|e| CliError::new(Kind::Journal, e.to_string()))?;
        what(&mut driver).await.and_then(|()| driver.end_of_entry()).map_err(|e| refused(cx, &run, &e))?;
        drop(driver);
        sent::wait(cx, &mut held);
        Ok(run)
    })
}

/// The plan that counts for a run: the one in its record.
///
/// # Errors
/// The record does not begin with one.
pub(crate) fn stored_plan<'a>(run: &str, records: &'a [Record]) -> Result<&'a Plan, CliError> {
    plan_of(records).ok_or_else(|| {
        CliError::new(Kind::Journal, format!("the record of run {run} does not begin with its plan"))
            .next(format!("aigov verify {run}"))
    })
}

pub(crate) fn cant_go_on(cx: &Context, run: &str, e: &crate::drive::CantGoOn) -> CliError {
    use crate::drive::CantGoOn;
    let (kind, next) = match e {
        CantGoOn::Over => (Kind::Usage, format!("show {run}")),
        CantGoOn::Broken(_) | CantGoOn::Stopped(_) => (Kind::Journal, format!("verify {run}")),
    };
    CliError::new(kind, format!("run {run}: {e}")).next(cx.command(&next))
}

fn refused(cx: &Context, run: &str, e: &NotNow) -> CliError {
    let kind = match e {
        NotNow::Refused(_) => Kind::Refused,
        NotNow::Stopped(Why::Moved(_) | Why::Broken(_)) => Kind::Journal,
        NotNow::Stopped(Why::Interrupted) => Kind::Interrupted,
        NotNow::Stopped(_) => Kind::Waiting,
    };
    CliError::new(kind, format!("run {run}: {e}")).next(cx.command(&format!("brief {run}")))
}

pub(crate) fn held_error(cx: &Context, e: HoldError) -> CliError {
    match e {
        HoldError::Journal(e) => e.into(),
        HoldError::Held { ref run, .. } => {
            let next = cx.command(&format!("brief {run}"));
            CliError::new(Kind::Waiting, e.to_string())
                .hint("go on in that terminal, or end it there with Ctrl-C")
                .next(next)
        }
        e @ HoldError::Exists { .. } => CliError::failed(e.to_string()),
    }
}

/// The sandbox's world starts from the beginning of its story when no run there is open.
///
/// # Errors
/// Its folder can't be written.
pub(crate) fn fresh_sandbox(cx: &Context, store: &Store) -> Result<(), CliError> {
    let open = store.runs().unwrap_or_default().iter().any(|r| cx.concerns(r) && r.attended());
    if open {
        return Ok(());
    }
    let cannot = |e| CliError::failed(format!("the sandbox can't be made in {}", cx.place.root.display())).because(e);
    if !Sandbox::prepare(&cx.place.root, now()).map_err(cannot)? {
        Sandbox::reset(&cx.place.root, now()).map_err(cannot)?;
    }
    Ok(())
}

fn beginning(cx: &Context, planned: &Planned, store: &Store, continues: Option<&str>, by: Option<&str>) -> Start {
    let around = if cx.place.is_sandbox() {
        Surroundings::new(cx, None)
    } else {
        let revision = super::files::revision(&cx.place.root).ok().flatten();
        Surroundings::new(cx, revision).with_roster_of(cx.protected().origin())
    };
    let declared = format!("declared by {} at the terminal", by.unwrap_or("somebody unidentified"));
    around.start(store.heads(), &planned.plan, &planned.digest, &cx.loaded().digests, continues, declared)
}

/// The run that a new one continues, held until its end is on record.
struct Before {
    run: String,
    held: HeldRun,
    records: Vec<Record>,
    plan: Plan,
}

impl Before {
    async fn take(cx: &Context, store: &Store, run: &str, wishes: &Wishes<'_>) -> Result<Self, CliError> {
        let run = store.find(run)?;
        let (held, records) = store.hold(&run, Box::new(SystemChance)).map_err(|e| held_error(cx, e))?;
        let plan = stored_plan(&run, &records)?.clone();
        let mut before = Self { run, held, records, plan };
        // Held against the machine before anything new begins.
        let mut world = world(cx, &before.plan, &before.records, &wishes.but_answers(), Aim::Drive)?;
        let holder = holder(&*world.operator);
        let driver = Driver::attach(&before.plan, &before.records, holder, world.ports(&mut before.held))
            .map_err(|e| cant_go_on(cx, &before.run, &e))?;
        if let Err(no) = driver.state().decide(&before.plan, Input::ContinuedBy) {
            let says = format!("run {} can't be continued: {}", before.run, no.because);
            return Err(CliError::new(Kind::Refused, says).next(cx.command(&format!("brief {}", before.run))));
        }
        drop(driver);
        Ok(before)
    }

    /// Who ran it: whoever operated an incident does not vote on it because it goes on under another name.
    fn operators(&self) -> Result<Vec<String>, CliError> {
        let broken = |e: &dyn std::fmt::Display| CliError::new(Kind::Journal, format!("run {}: {e}", self.run));
        Ok(Ledger::of(&self.plan, &self.records).map_err(|e| broken(&e))?.operators.into_iter().collect())
    }

    /// Steps of the new plan that stand already, because the earlier run did the same to the same.
    fn carried(&self, plan: &Plan) -> Result<Vec<Carried>, CliError> {
        carried_from(&self.run, &self.plan, &self.records, plan)
    }

    fn hand_on(&mut self, cx: &Context, to: &str, wishes: &Wishes<'_>) -> Result<(), CliError> {
        let mut world = world(cx, &self.plan, &self.records, &wishes.but_answers(), Aim::Drive)?;
        let holder = holder(&*world.operator);
        let mut driver = Driver::attach(&self.plan, &self.records, holder, world.ports(&mut self.held))
            .map_err(|e| cant_go_on(cx, &self.run, &e))?;
        driver.continued_by(to).map_err(|e| refused(cx, &self.run, &e))
    }

    /// Has the operator's key vouch for the end of the earlier run, once the new one has done what it could.
    fn vouched(mut self, cx: &Context, store: &Store, wishes: &Wishes<'_>) -> Result<(), CliError> {
        let records = store.read(&self.run)?;
        let mut world = world(cx, &self.plan, &records, &wishes.but_answers(), Aim::Drive)?;
        let holder = holder(&*world.operator);
        let mut driver = Driver::attach(&self.plan, &records, holder, world.ports(&mut self.held))
            .map_err(|e| cant_go_on(cx, &self.run, &e))?;
        driver.have_vouched().map_err(|e| refused(cx, &self.run, &e))
    }
}

/// How long the end of a command waits for a push that is under way, and for the one after it.
const PUSH_PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);

/// Says how a run was left, and returns its exit code.
pub(crate) fn left(cx: &Context, store: &Store, run: &str, stopped: &Stopped, mut held: HeldRun) -> u8 {
    cx.screen.still();
    let pushed = held.finish_push(PUSH_LIMIT);
    let emergency = held.emergency_file().map(|p| p.display().to_string());
    // What is on its way may arrive; nobody is waiting for the next step any more.
    let _ = held.finish_push(PUSH_PATIENCE);
    let unpushed = held.unpushed();
    // Gives the run back, so that what is read next is whole.
    drop(held);
    // Other runs' emergency files come home now that nothing is waiting for it. What can't come is said by `verify`.
    let _ = store.import_emergency();
    // Where each run stands now is kept in mind, so that one that is cut off later is noticed.
    let _ = store.runs();
    let (code, exit_word) = exit_code(stopped);
    let records = store.read(run).unwrap_or_default();
    if !cx.json {
        cx.screen.blank();
        if let Ok(summary) = Summary::of(&records) {
            stands::table(cx, &summary, &records);
        }
        cx.screen.blank();
    }
    let verdict = match &stopped.why {
        Why::Done(end) => format!("run {run} is {}", phrase::end(*end)),
        Why::Waiting(what) => format!("run {run} waits for {what}"),
        Why::Interrupted => format!("run {run} was left; nothing of it is lost"),
        Why::Problems => stands::verdict(run, stopped.contained, plan_of(&records)),
        Why::Moved(e) => e.to_string(),
        Why::Broken(says) => says.clone(),
    };
    let tone = if code == 0 { Tone::Good } else { Tone::Bad };
    cx.screen.say(tone, &safe::line(&verdict));
    stands::by_hand(cx, stopped, plan_of(&records));
    match cx.course() {
        Some(_) => cx.screen.say(Tone::Plain, "This was a drill: it counts nowhere else."),
        None if cx.place.is_sandbox() => {
            cx.screen.say(Tone::Plain, "This was the sandbox: nothing real was touched.");
        }
        None => {}
    }
    match emergency {
        Some(path) => cx.screen.say(
            Tone::Doubt,
            &format!("The record is in the emergency file {}; resume brings it home.", safe::line(&path)),
        ),
        None if stopped.degraded => {
            cx.screen.say(
                Tone::Bad,
                "The record could be written nowhere: it stands above, in the lines that begin `aigov record:`.",
            );
        }
        None => {}
    }
    if let Some(report) = pushed {
        for refusal in &report.refused {
            cx.screen.say(
                Tone::Doubt,
                &format!("The remote refused {}: {}", safe::line(&refusal.branch), safe::line(&refusal.because)),
            );
        }
        for (branch, fork) in &report.forked {
            let says = format!(
                "{} went to the remote as the fork {}; aigov verify tells more.",
                safe::line(branch),
                safe::line(fork)
            );
            cx.screen.say(Tone::Doubt, &says);
        }
        if let Some(error) = &report.error {
            cx.screen.say(Tone::Doubt, &format!("Nothing could be pushed: {}", safe::line(error)));
        }
    }
    if let Some(n) = unpushed.filter(|n| *n > 0) {
        cx.screen.say(Tone::Doubt, &format!("{n} appends have not reached the remote yet."));
    }
    if code != 0 {
        debug_assert_eq!(word(code), exit_word, "one table of words");
        cx.screen.say(tone, &format!("Exit {code}: {exit_word}."));
    }
    cx.screen.say(Tone::Plain, "Next:");
    let scored = cx.course().is_some() && (matches!(stopped.why, Why::Done(_)) || super::drill::is_over(&records));
    if scored {
        cx.screen.command(&cx.command(&format!("score {run}")));
        return code;
    }
    let of = plan_of(&records).and_then(|plan| cx.loaded().workspace.automations.get(&plan.automation));
    for next in next(stopped, run, plan_of(&records), of.map(super::choice::stop_words)) {
        cx.screen.command(&cx.command(&next));
    }
    code
}
