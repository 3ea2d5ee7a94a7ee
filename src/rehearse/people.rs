//! A drill with people: the very driver and machine of a real run, with systems that are spoilt, a log that tells what comes
//! in, and a person who hears it.

use std::collections::BTreeSet;

use super::apart::Apart;
use super::comings::{Comings, LeftBeside, is};
use super::course::Course;
use super::desk::Desk;
use super::ears::Ears;
use super::scene::Scene;
use super::spoil::{Blows, Spoilt};
use super::systems::Systems;
use crate::drive::{Beginning, CantGoOn, Driver, Holder, NotNow, Ports, Raise, Signals, Stopped};
use crate::plan::Plan;
use crate::plan::rehearsal::Rehearsal;
use crate::port::{Clock, Keys, Operator, Progress, Providers, Reporter, RunLog};
use crate::run::record::{DeliveredWhat, Record, Start};

/// Everything that a drill with people is played with.
pub struct Stage<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What is practised.
    pub rehearsal: &'a Rehearsal,
    /// The drill's time, in which every record is written.
    pub course: &'a Course,
    /// The same as a port.
    pub clock: &'a dyn Clock,
    /// The providers underneath; without them, systems in memory.
    pub providers: Option<&'a dyn Providers>,
    /// Those that are in memory all the same, because no server can play them.
    pub apart: &'a BTreeSet<String>,
    /// What is said to the servers behind the others.
    pub blows: &'a Blows,
    /// Whether signals show what the scenario says; in a real environment they show what is.
    pub signals_shown: bool,
    /// The log underneath.
    pub log: &'a mut dyn RunLog,
    /// What others left beside the run.
    pub left: LeftBeside,
    /// The person at this terminal.
    pub operator: &'a mut dyn Operator,
    /// Shows what happens.
    pub reporter: &'a mut dyn Reporter,
    /// Checks what people signed.
    pub keys: &'a dyn Keys,
    /// Requests from outside to leave.
    pub signals: Signals,
    /// Ends the drill when its time is over, or the abort word was said.
    pub raise: &'a Raise,
}

/// How a drill is taken.
pub enum Taken<'a> {
    /// It begins, under this id.
    New(String, Box<Start>),
    /// It goes on; from another machine with a reason.
    Again(&'a [Record], Option<&'a str>),
}

/// Plays until it is over, waits for somebody, or is left.
///
/// # Errors
/// The record can't be continued.
pub async fn with_people(stage: Stage<'_>, taken: Taken<'_>, holder: Holder) -> Result<Stopped, CantGoOn> {
    let Stage { plan, rehearsal, course, clock, providers, apart, blows, signals_shown, log, left, .. } = stage;
    let Stage { operator, reporter, keys, signals, raise, .. } = stage;
    let scene = Scene::new(plan, rehearsal, clock);
    let before = match &taken {
        Taken::New(..) => &[][..],
        Taken::Again(records, _) => records,
    };
    before.iter().for_each(|r| scene.remember(r));
    let run = match &taken {
        Taken::New(run, _) => run.clone(),
        Taken::Again(records, _) => records.first().map(|r| r.run.clone()).unwrap_or_default(),
    };
    let comings = Comings::new(&scene, course, raise, left, before);
    let mut systems = Systems::new(&scene);
    systems.people = true;
    systems.after_all_that();
    let spoilt = providers.map(|under| Spoilt::new(under, &scene, blows, signals_shown));
    let beside = spoilt.as_ref().map(|spoilt| Apart { then: spoilt, memory: &systems, names: apart });
    let providers: &dyn Providers = match &beside {
        Some(beside) => beside,
        None => &systems,
    };
    let mut desk = Desk::new(&comings, before, &run, signals_shown, log);
    let mut ears = Ears { comings: &comings, clock, then: operator };
    let mut eyes = Eyes { scene: &scene, course, then: reporter };
    let ports = Ports { providers, log: &mut desk, operator: &mut ears, clock, reporter: &mut eyes, keys, signals };
    let mut driver = match taken {
        Taken::New(run, start) => {
            let beginning = Beginning { run, drill: true, start: *start, carried: Vec::new() };
            let mut driver = Driver::start(plan, beginning, holder, ports)?;
            // Whoever joins has to find it.
            driver.declare()?;
            driver
        }
        Taken::Again(records, over) => {
            let mut driver = Driver::resume(plan, records, holder, over.is_some(), ports)?;
            if let Some(reason) = over {
                driver.note(&format!("taken over: {reason}")).map_err(stopped)?;
            }
            driver
        }
    };
    Ok(driver.run().await)
}

fn stopped(e: NotNow) -> CantGoOn {
    match e {
        NotNow::Refused(says) => CantGoOn::Broken(says),
        NotNow::Stopped(why) => CantGoOn::Stopped(why),
    }
}

/// Looks over the reporter's shoulder: every record moves the scene and the time, and goes on to whoever shows it.
struct Eyes<'a> {
    scene: &'a Scene<'a>,
    course: &'a Course,
    then: &'a mut dyn Reporter,
}

impl Reporter for Eyes<'_> {
    fn record(&mut self, plan: &Plan, record: &Record) {
        self.course.take(record);
        self.scene.remember(record);
        // Whoever plays finds out by themselves what is broken.
        if !is(record, DeliveredWhat::Struck) {
            self.then.record(plan, record);
        }
    }

    fn progress(&mut self, plan: &Plan, progress: Progress<'_>) {
        self.then.progress(plan, progress);
    }
}
