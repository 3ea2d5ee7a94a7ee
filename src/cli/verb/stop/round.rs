//! One round of stopping: a run for each automation, all at once, each through the same machine and driver as any run.
//!
//! A provider's host is asked by at most [`AT_ONCE`] of them at a time. One that is slow gives its place back, so that a host
//! that is dead keeps nobody waiting, not even those that are to be stopped at the same host.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use litemap::LiteMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinSet, LocalSet};

use crate::cli::context::Context;
use crate::cli::ports::{SystemChance, SystemClock, now};
use crate::cli::session::{self, Surroundings};
use crate::drive::{Beginning, Carried, Driver, Ports, Signals};
use crate::journal::{RunInfo, Spool, SpoolLog, Store, run_id, this_host};
use crate::keys::SshKeys;
use crate::plan::{Plan, STOP};
use crate::provider::Set;
use crate::report::stop::{ControlLine, Standing, Stopping, controls};
use crate::run::record::{Record, Start};
use crate::text::gather::Gather;
use crate::text::safe;
use crate::text::time::Instant;
use crate::ui::{Absent, Silent};

/// How many automations are stopped at one host at the same time.
const AT_ONCE: usize = 32;
/// How long an open stop's record may take to be read.
const LOOK: Duration = Duration::from_millis(250);
/// How long a declaration may take to be durable before the stop goes on without.
const DECLARE: Duration = Duration::from_secs(1);
/// Who takes longer gives the place at the host to the next: waiting is no load.
const SLOW: Duration = Duration::from_secs(2);

/// What is to be stopped, planned.
#[derive(Clone, Debug)]
pub(super) struct Task {
    /// The plan; without steps when nothing could be planned.
    pub plan: Plan,
    /// Digest of its meaning.
    pub digest: String,
    /// What was wrong on the way.
    pub problems: Vec<String>,
    /// Wider controls that this plan leaves alone.
    pub wider: Vec<String>,
    /// Controls that could be set by name.
    pub others: Vec<String>,
    /// Automations that it feeds and that are not stopped with it.
    pub feeds: Vec<String>,
    /// The controls that a person can set by hand, where none could be planned.
    pub hand: Vec<ControlLine>,
    /// The open stop that this one goes on with, and what of it stands.
    pub earlier: Option<Earlier>,
}

/// An open stop of the same automation that nobody drives.
#[derive(Clone, Debug)]
pub(super) struct Earlier {
    /// Its run.
    pub run: String,
    /// What stands.
    pub carried: Vec<Carried>,
    /// Its record.
    pub records: Vec<Record>,
}

/// What all runs of a round have in common.
pub(super) struct Common {
    /// When it was known what this round stops.
    pub began: Instant,
    /// Providers by environment.
    pub sets: LiteMap<String, Rc<Set>>,
    /// The clock.
    pub clock: Rc<SystemClock>,
    /// Checks signatures; a stop asks for none.
    pub keys: SshKeys,
    /// Requests to leave.
    pub signals: Signals,
    /// Who stops.
    pub person: Option<String>,
    /// What all starts have in common.
    pub around: Surroundings,
    /// Digests of the workspace's files.
    pub files: BTreeMap<String, String>,
    /// Whether this is the sandbox.
    pub drill: bool,
    /// Why, in the operator's words.
    pub reason: Option<String>,
    /// The journal.
    pub store: Store,
    /// Runs that were known when the command began.
    pub known: Vec<RunInfo>,
    /// Digests of their last records, for the first run of this round.
    pub heads: BTreeMap<String, String>,
    /// The first run and one of its records: the others name it instead of naming all that it names.
    pub anchor: RefCell<Option<(String, String)>>,
}

impl Common {
    /// Only the files that this stop was made from: a thousand stops don't each list a thousand files.
    fn start(&self, task: &Task) -> Start {
        let own =
            ["aigov.toml".to_owned(), "people.toml".to_owned(), format!("automations/{}.toml", task.plan.automation)];
        let files = own.into_iter().filter_map(|path| Some((path.clone(), self.files.get(&path)?.clone()))).gather();
        let mut declared =
            format!("stopped by {} with aigov stop", self.person.as_deref().unwrap_or("somebody unidentified"));
        for problem in &task.problems {
            declared.push_str("; ");
            declared.push_str(problem);
        }
        let continues = task.earlier.as_ref().map(|e| e.run.as_str());
        let heads = self.anchor.borrow().clone().map_or_else(|| self.heads.clone(), |a| BTreeMap::from([a]));
        self.around.start(heads, &task.plan, &task.digest, &files, continues, declared)
    }
}

/// Stops everything, and hands over each as its verdict comes.
pub(super) async fn run(
    cx: &Context,
    spool: &Spool,
    common: &Rc<Common>,
    tasks: Vec<Task>,
    mut told: impl FnMut(&Stopping),
) -> Vec<Stopping> {
    let mut hosts: LiteMap<String, Arc<Semaphore>> = LiteMap::new();
    let mut ids: BTreeSet<String> = common.known.iter().map(|r| r.id.clone()).collect();
    let mut all = Vec::with_capacity(tasks.len());
    let local = LocalSet::new();
    local
        .run_until(async {
            let mut driving = JoinSet::new();
            for task in tasks {
                let host = host(cx, &task.plan);
                let place = Arc::clone(hosts.entry(host).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))));
                let log = spool.log(&new_id(&mut ids), Box::new(SystemChance));
                driving.spawn_local(one(Rc::clone(common), task, spool.clone(), log, place));
            }
            while let Some(came) = driving.join_next().await {
                // A panic ends the process in a release; in a test it is the test's.
                let Ok(came) = came else { continue };
                told(&came);
                all.push(came);
            }
        })
        .await;
    all
}

/// An id that no run has, here or in this round: of a thousand in one minute some would be the same.
fn new_id(taken: &mut BTreeSet<String>) -> String {
    loop {
        let id = run_id(now(), &mut SystemChance);
        if taken.insert(id.clone()) {
            return id;
        }
    }
}

/// The host that a plan's first step speaks to.
fn host(cx: &Context, plan: &Plan) -> String {
    let provider = plan.immediate.first().and_then(|ix| plan.step(*ix).targets.first()).map(|t| t.provider.as_str());
    let settings = cx.loaded().workspace.settings.as_ref();
    let url = provider
        .and_then(|name| settings?.providers.get(name))
        .and_then(|p| p.environments.get(&plan.environment))
        .and_then(|e| e.values.get("url")?.as_str());
    url.map_or_else(
        || provider.unwrap_or_default().to_owned(),
        |url| url.split('/').take(3).collect::<Vec<_>>().join("/"),
    )
}

/// Waits for a place at the host, then stops.
async fn one(common: Rc<Common>, task: Task, spool: Spool, log: SpoolLog, place: Arc<Semaphore>) -> Stopping {
    let Some(set) = common.sets.get(&task.plan.environment).cloned() else { return stopping(&common, &task, None) };
    let permit = tokio::select! {
        biased;
        () = common.signals.first() => return not_tried(&common, &task),
        permit = place.acquire_owned() => permit.ok(),
    };
    // What a drive needs is there once it begins: hundreds may be waiting.
    Box::pin(drive(common, set, task, spool, log, permit)).await
}

async fn drive(
    common: Rc<Common>,
    set: Rc<Set>,
    mut task: Task,
    spool: Spool,
    mut log: SpoolLog,
    permit: Option<OwnedSemaphorePermit>,
) -> Stopping {
    match earlier(&common, &task).await {
        Ok(earlier) => task.earlier = earlier,
        Err(beside) => task.problems.push(beside),
    }
    let run = log.run().to_owned();
    let mut operator = Absent::new(common.person.clone());
    let mut reporter = Silent;
    let ports = Ports {
        providers: &*set,
        log: &mut log,
        operator: &mut operator,
        clock: &*common.clock,
        reporter: &mut reporter,
        keys: &common.keys,
        signals: common.signals.clone(),
    };
    let beginning = Beginning {
        run: run.clone(),
        drill: common.drill,
        start: common.start(&task),
        carried: task.earlier.as_ref().map(|e| e.carried.clone()).unwrap_or_default(),
    };
    let holder = session::holder_of(common.person.as_deref());
    let mut out = stopping(&common, &task, Some(run.clone()));
    let mut driver = match Driver::start(&task.plan, beginning, holder, ports) {
        Ok(driver) => driver,
        Err(e) => {
            out.problems.push(safe::line(&e.to_string()));
            return out;
        }
    };
    // That it is to be stopped, and why, is durable, and seen by whoever would raise it, before the first request. What
    // can't even be planned is on record all the same: a stop that failed is the loudest thing there is.
    if let Some(reason) = &common.reason
        && driver.note(reason).is_err()
    {
        out.problems.push("the reason could not be put on record".to_owned());
    }
    if let Err(e) = driver.declare() {
        out.problems.push(safe::line(&e.to_string()));
    }
    common.anchor.borrow_mut().get_or_insert_with(|| (run, driver.ledger().last_digest.clone()));
    let _ = tokio::time::timeout(DECLARE, spool.durable()).await;
    {
        let mut drive = Box::pin(driver.run());
        tokio::select! {
            _ = &mut drive => {}
            () = tokio::time::sleep(SLOW) => {
                drop(permit);
                let _ = drive.await;
            }
        }
    }
    out.controls = controls(&task.plan, driver.state(), driver.ledger());
    for carried in task.earlier.iter().flat_map(|e| &e.carried) {
        // The act of the run before still stands, so nothing had to be sent.
        let same = driver.ledger().steps.get(carried.step.ix()).is_some_and(|e| e.act.as_ref() == Some(&carried.act));
        let at = task.plan.immediate.iter().position(|ix| *ix == carried.step);
        if let Some(line) = at.and_then(|i| out.controls.get_mut(i)).filter(|l| l.standing == Standing::Stopped) {
            line.already = same;
        }
    }
    if task.plan.immediate.is_empty() {
        out.controls.clone_from(&task.hand);
    }
    out.took = now().since(common.began);
    drop(driver);
    if let Some(earlier) = task.earlier
        && let Err(why) = hand_on(&common, &set, &spool, &earlier, log.run())
    {
        out.problems.push(beside(&earlier.run, &why));
    }
    out
}

/// That an earlier stop is not ended by this one, and why.
fn beside(run: &str, why: &str) -> String {
    safe::line(&format!("the stop before it, {run}, stays open beside this one and holds as well: {why}"))
}

/// Ends the stop that this one went on with: what it owes is owed by this one now. Refused where it was left before
/// everything was tried: then it stays open.
fn hand_on(common: &Common, set: &Set, spool: &Spool, earlier: &Earlier, to: &str) -> Result<(), String> {
    let log = spool.log_after(&earlier.run, &earlier.records, Box::new(SystemChance));
    let mut log = log.ok_or("its record has no end to go on from")?;
    let plan = session::stored_plan(&earlier.run, &earlier.records).map_err(|e| e.says)?;
    let (mut operator, mut reporter) = (Absent::new(common.person.clone()), Silent);
    let ports = Ports {
        providers: set,
        log: &mut log,
        operator: &mut operator,
        clock: &*common.clock,
        reporter: &mut reporter,
        keys: &common.keys,
        signals: common.signals.clone(),
    };
    let holder = session::holder_of(common.person.as_deref());
    let mut driver = Driver::attach(plan, &earlier.records, holder, ports).map_err(|e| e.to_string())?;
    driver.continued_by(to).map_err(|e| e.to_string())
}

/// The open stop that this one goes on with: what of it stands is probed and not repeated. A record that can't be read at
/// once keeps nobody waiting; then this stop stands beside it, and the error says so.
async fn earlier(common: &Rc<Common>, task: &Task) -> Result<Option<Earlier>, String> {
    let same = |r: &&RunInfo| {
        r.runbook == STOP
            && r.attended()
            && r.automation == task.plan.automation
            && r.environment == task.plan.environment
    };
    let Some(info) = common.known.iter().rev().find(same) else { return Ok(None) };
    let (store, id) = (common.store.clone(), info.id.clone());
    let read = tokio::task::spawn_blocking(move || match store.holder(&id, &this_host()) {
        Ok(h) if h.alive_here => Err("another process holds it".to_owned()),
        Ok(h) if !h.same_host => Err("it is held on another machine".to_owned()),
        _ => store.read(&id).map_err(|e| e.to_string()),
    });
    let read = match tokio::time::timeout(LOOK, read).await {
        Err(_) => Err(format!("its record could not be read within {} ms", LOOK.as_millis())),
        Ok(Err(e)) => Err(e.to_string()),
        Ok(Ok(read)) => read,
    };
    let records = read.map_err(|why| beside(&info.id, &why))?;
    let carried = session::carried(&info.id, &records, &task.plan).map_err(|e| beside(&info.id, &e.says))?;
    Ok(Some(Earlier { run: info.id.clone(), carried, records }))
}

/// Before anything came of it.
fn stopping(common: &Common, task: &Task, run: Option<String>) -> Stopping {
    Stopping {
        automation: task.plan.automation.clone(),
        environment: task.plan.environment.clone(),
        run,
        continues: task.earlier.as_ref().map(|e| e.run.clone()),
        controls: Vec::new(),
        planned: !task.plan.immediate.is_empty(),
        wider: task.wider.clone(),
        others: task.others.clone(),
        feeds: task.feeds.clone(),
        meanwhile: task.plan.meanwhile.clone(),
        problems: task.problems.clone(),
        took: now().since(common.began),
    }
}

fn not_tried(common: &Common, task: &Task) -> Stopping {
    let state = crate::run::state::State::new(&task.plan);
    let mut out = stopping(common, task, None);
    out.controls = controls(&task.plan, &state, &crate::run::ledger::Ledger::default());
    out
}
