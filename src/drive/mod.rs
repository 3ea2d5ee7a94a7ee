//! The only place where async meets the machine: take what is wanted, do the outward part through the ports, decide, append,
//! apply, report.
//!
//! Live run, resume, rehearsal and tests are this one driver with other ports. It owns the order of those five, what waits
//! in memory for how long, and every particular that stands beside an event in the record. It must not know any port's
//! implementation, and must not judge: verdicts come from ports, meaning from the machine.

mod about;
mod ask;
mod assess;
mod begin;
mod call;
mod dispatch;
mod exit;
#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
pub(crate) mod fake_keys;
mod gate;
mod glass;
mod known;
mod restore;
mod signals;
mod sound;
mod step;
mod stopped;
mod undo;
mod verbs;
mod vouch;
mod waiting;
mod write;

#[cfg(test)]
mod tests;

pub use begin::{Beginning, CantGoOn, Carried, Holder, plan_of};
pub use exit::exit_code;
pub use signals::{Raise, Signals};
pub use stopped::{Stopped, WaitsFor, Why};
pub use verbs::NotNow;

use crate::plan::Plan;
use crate::port::{Clock, Durability, Keys, Operator, Progress, Providers, Reporter, RunLog};
use crate::run::command::Command;
use crate::run::event::Event;
use crate::run::input::Input;
use crate::run::ledger::Ledger;
use crate::run::record::{Detail, Lease, Record};
use crate::run::state::State;
use crate::text::time::{Instant, Millis};

/// The world, as it is handed in. Another set of these is another mode.
pub struct Ports<'a> {
    /// The providers of the workspace for the plan's environment.
    pub providers: &'a dyn Providers,
    /// The record of this run, held for writing.
    pub log: &'a mut dyn RunLog,
    /// The person at the terminal, or the file of prepared answers.
    pub operator: &'a mut dyn Operator,
    /// Now, and waiting.
    pub clock: &'a dyn Clock,
    /// Shows what happens.
    pub reporter: &'a mut dyn Reporter,
    /// Checks what people signed.
    pub keys: &'a dyn Keys,
    /// Requests from outside to leave.
    pub signals: Signals,
}

/// Drives one run.
pub struct Driver<'a> {
    plan: &'a Plan,
    state: State,
    ledger: Ledger,
    ports: Ports<'a>,
    /// Records that are applied and not yet appended.
    unwritten: Vec<Record>,
    /// Records of a run that is not on record yet: nothing is shown of it before it is. None once it is.
    undeclared: Option<Vec<Record>>,
    /// Where the last append went.
    durability: Durability,
    /// Whether an append failed, after which nothing more is written.
    cut_off: bool,
    /// Who holds the run, once taken.
    lease: Lease,
    /// When this process took the run: the time a step cut off earlier is given counts from here.
    since: Instant,
    /// How often in a row an answer was not allowed.
    refusals: u8,
    /// Which time counts.
    watch: waiting::Watch,
    /// Public half of the key that this process signs with, until its first record names it.
    key: Option<String>,
    /// The same, for as long as the process lives.
    process: Option<String>,
    /// Whether the operator's key vouches for it.
    vouching: vouch::Vouching,
    /// Whether what others wrote before can be rested on.
    found: sound::Found,
    /// Whether whoever holds the run stands behind what nobody stood behind before.
    stands_behind: bool,
}

impl<'a> Driver<'a> {
    /// The state, for those who show it.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// The ledger, for those who show it.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Runs until the run is over, waits for a human, or is left. What was done is on record when this returns.
    pub async fn run(&mut self) -> Stopped {
        loop {
            let Err(why) = self.turn().await else { continue };
            match self.nobody_came(&why) {
                Ok(true) => {}
                Ok(false) => return self.leave(why),
                Err(worse) => return self.leave(worse),
            }
        }
    }

    /// One command: its outward part, its input, its records.
    async fn turn(&mut self) -> Result<(), Why> {
        if self.ports.signals.raised() {
            return Err(Why::Interrupted);
        }
        self.take_arrivals()?;
        if !follows_at_once(self.state.pending(self.plan)) {
            self.flush()?;
            self.say_where()?;
            self.vouch(true)?;
        }
        let wanted = self.state.pending(self.plan);
        if self.rests(wanted) {
            self.founded()?;
        }
        if matches!(wanted, Command::Prepare(_) | Command::Perform(_)) {
            self.known_for(wanted)?;
        }
        match wanted {
            Command::Advance => self.advance(),
            Command::Prepare(step) => self.prepare(step).await,
            Command::Reread(step) => self.reread(step).await,
            Command::Perform(step) => self.perform(step).await,
            Command::Probe(step) => self.probe(step).await,
            Command::ChooseStep(step) | Command::ChooseQueued(step) => self.choose_step(step).await,
            Command::ProveFallback(gate) => self.prove_fallback(gate).await,
            Command::AwaitVotes(gate) => self.await_votes(gate).await,
            Command::ChooseSignOff => self.choose_sign_off().await,
            Command::MeasureTrigger(trigger) => self.measure_trigger(trigger).await,
            Command::MeasureFact(fact) => self.measure_fact(fact).await,
            Command::AskFact(fact) => self.ask_fact(fact).await,
            Command::ConfirmSeverity(row) => self.confirm_severity(row).await,
            Command::JudgeCheck(check) => self.judge_check(check).await,
            Command::ChooseCheck(check) => self.choose_check(check).await,
            Command::NameFixAuthor => self.name_fix_author().await,
            Command::LookForHolds => self.look_for_holds(),
            Command::AwaitHolds => self.await_holds().await,
            Command::Soak(stage) => self.soak(stage).await,
            Command::ChooseAfterBreach => self.choose_after_breach().await,
            Command::PrepareUndo(step) => self.prepare_undo(step).await,
            Command::PerformUndo(step) => self.perform_undo(step).await,
            Command::ProbeUndo(step) => self.probe_undo(step).await,
            Command::ChooseStuck(step) => self.choose_stuck(step).await,
            Command::Hold => Err(Why::Waiting(WaitsFor::Onward)),
            Command::HaltForProblems => Err(Why::Problems),
            Command::HaltForRecord => self.bring_record_home(),
            Command::Finish => Err(self.state.end.map_or(Why::Problems, Why::Done)),
        }
    }

    /// Puts on record what others left for the run. What can't be read now is there the next time.
    fn take_arrivals(&mut self) -> Result<(), Why> {
        for detail in self.ports.log.arrivals().unwrap_or_default() {
            self.feed(Input::Noted, detail)?;
        }
        self.clocks_apart()?;
        self.take_reviews()
    }

    fn advance(&mut self) -> Result<(), Why> {
        let opens = |e: &Event| if let Event::GateOpened { gate } = e { Some(*gate) } else { None };
        let next = self.state.decide(self.plan, Input::Advance).unwrap_or_default();
        self.known_for_events(&next)?;
        if let Some(gate) = next.iter().find_map(opens) {
            self.founded()?;
            self.identify()?;
            self.can_be_granted(gate)?;
        }
        self.feed(Input::Advance, Detail::default())
    }

    /// The record was written elsewhere and nothing but stopping is allowed until it is where it belongs.
    fn bring_record_home(&mut self) -> Result<(), Why> {
        if self.ports.log.try_restore() {
            self.feed(Input::RecordRestored, Detail::default())
        } else {
            Err(Why::Waiting(WaitsFor::Record))
        }
    }

    fn now(&self) -> Instant {
        self.watch.read(self.ports.clock.now())
    }

    fn says(&mut self, line: &str) {
        self.ports.reporter.progress(self.plan, Progress::Says(line));
    }

    fn begins(&mut self, what: &str, limit: Millis) {
        self.ports.reporter.progress(self.plan, Progress::Begins { what, limit });
    }

    fn ends(&mut self) {
        self.ports.reporter.progress(self.plan, Progress::Ends);
    }

    fn waits(&mut self, what: &str, until: Option<Instant>) {
        self.ports.reporter.progress(self.plan, Progress::Waits { what, until });
    }
}

/// What may be done while records wait in memory: only what leads straight to the next intent. Everything else may take
/// long, and what has happened must be on record by then.
const fn follows_at_once(wanted: Command) -> bool {
    matches!(
        wanted,
        Command::Advance
            | Command::Prepare(_)
            | Command::Reread(_)
            | Command::Probe(_)
            | Command::PrepareUndo(_)
            | Command::ProbeUndo(_)
            | Command::LookForHolds
    )
}
