//! One drill from its first inject to its end.

use super::clock::{VirtualClock, run};
use super::log::ScenarioLog;
use super::no_keys::NoKeys;
use super::operator::Script;
use super::scene::Scene;
use super::systems::Systems;
use super::watch::Watch;
use crate::drive::{Beginning, CantGoOn, Driver, Holder, Ports, Signals, Stopped};
use crate::plan::Plan;
use crate::plan::rehearsal::{Player, Rehearsal};
use crate::port::{Clock as _, Reporter, RunLog};
use crate::run::record::Start;
use crate::text::time::{Instant, Millis};

/// Everything that a drill is played from.
#[derive(Debug)]
pub struct Play<'a> {
    /// The plan; its votes count unsigned, because nobody here has a key.
    pub plan: &'a Plan,
    /// What is practised, with seed, beginning and player.
    pub rehearsal: &'a Rehearsal,
    /// Who plays.
    pub player: &'a Player,
    /// The run's id.
    pub run: &'a str,
    /// What the run starts from; the plan, the rehearsal and what is said of the declaration are put in here.
    pub start: Start,
}

/// What became of it.
#[derive(Debug)]
pub struct Played {
    /// How the driver let go; none when the run was never declared.
    pub stopped: Option<Stopped>,
    /// When it was over.
    pub ended: Instant,
    /// When containment was first proven, from the beginning, as the record has it.
    pub contained: Option<Millis>,
    /// Whether the systems in memory really stood contained when the first proof of it was made, or were never said to.
    pub truly: bool,
}

/// Plays a drill: the driver and the machine of every run, with a clock, systems and people in memory. Records go to `log`
/// and are told to `reporter`.
///
/// # Errors
/// The log does not take its beginning.
pub fn play(of: Play<'_>, log: &mut dyn RunLog, reporter: &mut dyn Reporter) -> Result<Played, CantGoOn> {
    let Play { plan, rehearsal, player, run: id, start } = of;
    let end = rehearsal.begins.plus(rehearsal.limits.duration);
    let declared = rehearsal.begins.plus(rehearsal.first_inject()).plus(player.declares_after);
    if declared >= end {
        return Ok(Played { stopped: None, ended: end, contained: None, truly: true });
    }
    let clock = VirtualClock::at(declared);
    let scene = Scene::new(plan, rehearsal, &clock);
    let systems = Systems::new(&scene);
    let mut log = ScenarioLog::new(&scene, player, id, log);
    let mut operator = Script::new(&scene, player, &systems);
    let mut reporter = Watch { scene: &scene, then: reporter };
    let (raise, signals) = Signals::channel();
    let start = Start { rehearsal: Some(Box::new(rehearsal.clone())), ..start };
    let beginning = Beginning { run: id.to_owned(), drill: true, start, carried: Vec::new() };
    let holder = Holder { person: player.person.clone(), host: "drill".to_owned(), boot: "drill".to_owned(), pid: 0 };
    let keys = NoKeys { plan };
    let ports = Ports {
        providers: &systems,
        log: &mut log,
        operator: &mut operator,
        clock: &clock,
        reporter: &mut reporter,
        keys: &keys,
        signals,
    };
    let mut driver = Driver::start(plan, beginning, holder, ports)?;
    let stopped = run(&clock, end, &raise, driver.run());
    drop(driver);
    Ok(Played { stopped, ended: clock.now(), contained: scene.contained(), truly: systems.truly() })
}
