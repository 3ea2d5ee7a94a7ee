//! One round of stopping: a run for each automation, all at once, each through the same machine and driver as any run.
//!
//! A provider's host is asked by at most [`AT_ONCE`] of them at a time. One that is slow gives its place back, so that a host
//! that is dead keeps nobody waiting, not even those that are to be stopped at the same host.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::{JoinSet, LocalSet};

use crate::cli::context::Context;
use crate::cli::ports::{SystemChance, SystemClock, now};
use crate::cli::session::{self, Surroundings};
use crate::drive::{Beginning, Carried, Driver, Ports, Signals};
use crate::journal::{HeldRun, Store, run_id};
use crate::plan::Plan;
use crate::provider::Set;
use crate::report::stop::{Stopping, controls};
use crate::run::record::Start;
use crate::text::safe;
use crate::text::time::Instant;
use crate::ui::{Absent, Silent};

/// How many automations are stopped at one host at the same time.
const AT_ONCE: usize = 32;
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
}

/// What all runs of a round have in common.
pub(super) struct Common {
    /// When the command began.
    pub began: Instant,
    /// Providers by environment.
    pub sets: BTreeMap<String, Rc<Set>>,
    /// The clock.
    pub clock: Rc<SystemClock>,
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
}

impl Common {
    /// Only the files that this stop was made from: a thousand stops don't each list a thousand files.
    fn start(&self, task: &Task) -> Start {
        let own =
            ["aigov.toml".to_owned(), "people.toml".to_owned(), format!("automations/{}.toml", task.plan.automation)];
        let files = self.files.iter().filter(|(path, _)| own.contains(path));
        let files = files.map(|(path, digest)| (path.clone(), digest.clone())).collect();
        let mut declared =
            format!("stopped by {} with aigov stop", self.person.as_deref().unwrap_or("somebody unidentified"));
        for problem in &task.problems {
            declared.push_str("; ");
            declared.push_str(problem);
        }
        let continues = task.earlier.as_ref().map(|e| e.run.as_str());
        self.around.start(&task.plan, &task.digest, &files, continues, declared)
    }
}

/// A run that was driven, with its record.
pub(super) struct Driven {
    /// What came of it.
    pub stopping: Stopping,
    /// Its record, still held.
    pub held: Option<HeldRun>,
}

/// Stops everything, and hands over each as its verdict comes.
pub(super) async fn run(
    cx: &Context,
    store: &Store,
    common: &Rc<Common>,
    tasks: Vec<Task>,
    mut told: impl FnMut(&Stopping),
) -> Vec<Driven> {
    let mut hosts: BTreeMap<String, Arc<Semaphore>> = BTreeMap::new();
    let mut all = Vec::with_capacity(tasks.len());
    let local = LocalSet::new();
    local
        .run_until(async {
            let mut driving = JoinSet::new();
            for task in tasks {
                if task.plan.immediate.is_empty() {
                    let driven = Driven { stopping: stopping(common, &task, None), held: None };
                    told(&driven.stopping);
                    all.push(driven);
                    continue;
                }
                let host = host(cx, &task.plan);
                let place = Arc::clone(hosts.entry(host).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))));
                let held = new_run(store);
                driving.spawn_local(one(Rc::clone(common), task, held, place));
            }
            while let Some(driven) = driving.join_next().await {
                // A panic ends the process in a release; in a test it is the test's.
                let Ok(driven) = driven else { continue };
                told(&driven.stopping);
                all.push(driven);
            }
        })
        .await;
    all
}

/// A run of a new id; none when no id could be had, which nobody has seen.
fn new_run(store: &Store) -> Option<HeldRun> {
    (0..100).find_map(|_| store.create_run(&run_id(now(), &mut SystemChance), Box::new(SystemChance)).ok())
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

async fn one(common: Rc<Common>, task: Task, held: Option<HeldRun>, place: Arc<Semaphore>) -> Driven {
    let Some(mut held) = held else { return Driven { stopping: stopping(&common, &task, None), held: None } };
    let Some(set) = common.sets.get(&task.plan.environment).cloned() else {
        return Driven { stopping: stopping(&common, &task, None), held: None };
    };
    let permit = tokio::select! {
        biased;
        permit = place.acquire_owned() => permit.ok(),
        () = common.signals.first() => return Driven { stopping: not_tried(&common, &task), held: None },
    };
    let run = held.run().to_owned();
    let mut operator = Absent::new(common.person.clone());
    let mut reporter = Silent;
    let ports = Ports {
        providers: &*set,
        log: &mut held,
        operator: &mut operator,
        clock: &*common.clock,
        reporter: &mut reporter,
        signals: common.signals.clone(),
    };
    let beginning = Beginning {
        run: run.clone(),
        drill: common.drill,
        start: common.start(&task),
        carried: task.earlier.as_ref().map(|e| e.carried.clone()).unwrap_or_default(),
    };
    let holder = session::holder_of(common.person.as_deref());
    let mut out = stopping(&common, &task, Some(run));
    match Driver::start(&task.plan, beginning, holder, ports) {
        Ok(mut driver) => {
            let last = {
                let mut drive = Box::pin(driver.run());
                tokio::select! {
                    last = &mut drive => last,
                    () = tokio::time::sleep(SLOW) => {
                        drop(permit);
                        drive.await
                    }
                }
            };
            out.controls = controls(&task.plan, driver.state(), driver.ledger());
            out.took = now().since(common.began);
            if let Some(reason) = &common.reason
                && driver.note(reason).is_err()
            {
                out.problems.push("the reason could not be put on record".to_owned());
            }
            drop(driver);
            if let crate::drive::Why::Moved(e) = &last.why {
                out.problems.push(safe::line(&e.to_string()));
            }
        }
        Err(e) => out.problems.push(safe::line(&e.to_string())),
    }
    Driven { stopping: out, held: Some(held) }
}

/// Before anything came of it.
fn stopping(common: &Common, task: &Task, run: Option<String>) -> Stopping {
    Stopping {
        automation: task.plan.automation.clone(),
        environment: task.plan.environment.clone(),
        run,
        continues: task.earlier.as_ref().map(|e| e.run.clone()),
        controls: Vec::new(),
        wider: task.wider.clone(),
        others: task.others.clone(),
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
