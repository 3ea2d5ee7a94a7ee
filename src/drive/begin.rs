//! Taking a run: a new one, one that was left, or one that somebody else holds.
//!
//! Resume is a fold of the record plus `Restarted`; there is no second recovery path.

use std::fmt;

use super::waiting::Watch;
use super::{Driver, Ports, Why};
use crate::plan::{Plan, StepIx};
use crate::port::Durability;
use crate::run::input::Input;
use crate::run::ledger::Ledger;
use crate::run::record::{Detail, Lease, PreparedAct, Record, Start};
use crate::run::state::State;

/// Who takes the run: a person, or `unidentified`, and the process that acts for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The person, or [`UNIDENTIFIED`](crate::run::ledger::UNIDENTIFIED).
    pub person: String,
    /// The machine's name.
    pub host: String,
    /// The boot's id.
    pub boot: String,
    /// The process number.
    pub pid: u32,
}

impl Holder {
    fn lease(self, generation: u32) -> Lease {
        Lease { person: self.person, host: self.host, boot: self.boot, pid: self.pid, generation }
    }
}

/// A step of an earlier run that stands and is taken over with its prior state.
#[derive(Clone, Debug)]
pub struct Carried {
    /// The step of the new plan.
    pub step: StepIx,
    /// The act as the earlier run prepared it; its prior state is what is put back in the end.
    pub act: PreparedAct,
}

/// What a new run starts from.
#[derive(Debug)]
pub struct Beginning {
    /// The new run's id.
    pub run: String,
    /// Whether its records carry the mark of a drill or the sandbox.
    pub drill: bool,
    /// Plan, digests, heads of other runs.
    pub start: Start,
    /// What an earlier run did and this one continues.
    pub carried: Vec<Carried>,
}

/// Why a run can't be taken.
#[derive(Debug)]
pub enum CantGoOn {
    /// The record does not hold together.
    Broken(String),
    /// The run is over.
    Over,
    /// The record could not be written.
    Stopped(Why),
}

impl fmt::Display for CantGoOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(says) => write!(f, "the record can't be continued: {says}"),
            Self::Over => f.write_str("the run is over"),
            Self::Stopped(why) => write!(f, "the run could not be taken: {why:?}"),
        }
    }
}

impl std::error::Error for CantGoOn {}

/// The plan that a run's record holds, which is the one that counts whatever the files say now.
#[must_use]
pub fn plan_of(records: &[Record]) -> Option<&Plan> {
    records.first()?.detail.start.as_ref().map(|start| &start.plan)
}

impl<'a> Driver<'a> {
    /// Declares a new run. Nothing is written before the first intent, which goes into the same append.
    ///
    /// # Errors
    /// A carried step that is not the plan's.
    pub fn start(plan: &'a Plan, from: Beginning, holder: Holder, ports: Ports<'a>) -> Result<Self, CantGoOn> {
        let ledger = Ledger::named(from.run, from.drill);
        let mut driver = Self::new(plan, State::new(plan), ledger, holder.lease(1), ports);
        driver.undeclared = Some(Vec::new());
        let detail = Detail { start: Some(Box::new(from.start)), ..Detail::default() };
        driver.feed(Input::Begin, detail).map_err(CantGoOn::Stopped)?;
        for carried in from.carried {
            let detail = Detail { act: Some(carried.act), ..Detail::default() };
            driver.feed(Input::Carry(carried.step), detail).map_err(CantGoOn::Stopped)?;
        }
        Ok(driver)
    }

    /// Puts the beginning on record at once, before anything is prepared.
    ///
    /// # Errors
    /// Somebody else appended.
    pub fn declare(&mut self) -> Result<(), CantGoOn> {
        self.flush().map_err(CantGoOn::Stopped)
    }

    /// Goes on with a run that was left. `over` when it is taken from a holder on another host: every step is prepared
    /// anew then and votes on prepared acts fall. The records are a whole, verified run; `plan` is [`plan_of`] them.
    ///
    /// # Errors
    /// Records that do not hold together, or a run that is over.
    pub fn resume(
        plan: &'a Plan,
        records: &[Record],
        holder: Holder,
        over: bool,
        ports: Ports<'a>,
    ) -> Result<Self, CantGoOn> {
        let mut driver = Self::attach(plan, records, holder, ports)?;
        if driver.state.end.is_some() {
            return Err(CantGoOn::Over);
        }
        driver.lease.generation += 1;
        driver.feed(Input::Restarted { over }, Detail::default()).map_err(CantGoOn::Stopped)?;
        Ok(driver)
    }

    /// A run as it stands, without taking it: for a note, for a record that is brought home, for looking.
    ///
    /// # Errors
    /// Records that do not hold together.
    pub fn attach(plan: &'a Plan, records: &[Record], holder: Holder, ports: Ports<'a>) -> Result<Self, CantGoOn> {
        let broken = |e: &dyn fmt::Display| CantGoOn::Broken(e.to_string());
        let ledger = Ledger::of(plan, records).map_err(|e| broken(&e))?;
        let mut state = State::new(plan);
        for record in records {
            state.apply(plan, record.event).map_err(|e| broken(&e))?;
        }
        let generation = ledger.lease.as_ref().map_or(0, |l| l.generation);
        let mut driver = Self::new(plan, state, ledger, holder.lease(generation), ports);
        driver.found = super::sound::Found::NotLooked(records.to_vec());
        Ok(driver)
    }

    fn new(plan: &'a Plan, state: State, ledger: Ledger, lease: Lease, ports: Ports<'a>) -> Self {
        let watch = Watch::from(ledger.last_at);
        let since = watch.read(ports.clock.now());
        let key = ports.log.key();
        let durability = if state.degraded { Durability::Emergency } else { Durability::Git };
        Self {
            plan,
            state,
            ledger,
            ports,
            unwritten: Vec::new(),
            undeclared: None,
            durability,
            cut_off: false,
            lease,
            since,
            refusals: 0,
            watch,
            process: key.clone(),
            key,
            vouching: super::vouch::Vouching::default(),
            found: super::sound::Found::Sound,
            stands_behind: false,
        }
    }
}
