//! What a list of runs shows of each, as a fold over its records.
//!
//! Owns [`RunInfo`]. Small enough to be kept for every run, so that listing a thousand runs reads none of their records
//! again. Must not replace the machine: nothing here decides what a run may do.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::plan::rehearsal::Where;
use crate::plan::{Direction, StepIx};
use crate::run::event::{End, Event, Outcome, Phase, Verdict};
use crate::run::record::{DeliveredWhat, Lease, Record};
use crate::text::time::Instant;

/// One run, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// The run's id.
    pub id: String,
    /// The last commit of its branch; empty when all of it is in the emergency file.
    pub head: String,
    /// Digest of the last record.
    pub digest: String,
    /// How many records there are.
    pub records: u64,
    /// How many of the last of them are still in the emergency file.
    pub away: u64,
    /// Name of the runbook.
    pub runbook: String,
    /// Title of the runbook.
    pub title: String,
    /// The automation.
    pub automation: String,
    /// The environment.
    pub environment: String,
    /// When it began.
    pub started: Instant,
    /// Time of the last record.
    pub last_at: Instant,
    /// Who wrote the last record.
    pub by: String,
    /// The last phase entered.
    pub phase: Phase,
    /// Severity confirmed last.
    pub severity: Option<String>,
    /// How it ended; none while it is open.
    pub end: Option<End>,
    /// Whether another run goes on with it.
    pub handed_on: bool,
    /// Why it can't be read to its end, if it can't.
    #[serde(skip)]
    pub damaged: Option<String>,
    /// Whether it is a drill.
    pub drill: bool,
    /// What a rehearsal is besides; none of what is none.
    #[serde(default)]
    pub practice: Option<Practice>,
    /// The last lease.
    pub lease: Option<Lease>,
    /// Public halves of the keys of the processes that wrote it.
    pub keys: BTreeSet<String>,
    /// Gates that wait for votes, by the gate's id.
    pub gates: BTreeMap<String, GateWaiting>,
    /// Acts that went ahead without their approval and that nobody has countersigned, by the review's id, each with its time.
    #[serde(default)]
    pub reviews: BTreeMap<String, Instant>,
    /// Steps that lower autonomy, have been begun and have not been proven undone.
    pub holding: BTreeSet<StepIx>,
    /// Steps and undos that give autonomy back, begun, and of whose attempt nothing is known yet: a write of theirs may
    /// still arrive.
    pub raising: BTreeSet<StepIx>,
    /// Whether it set out to lower anything at once: whether it counts as a stop.
    pub stops: bool,
    /// When the first of those steps had a passed probe.
    pub first_proven: Option<Instant>,
    /// When each of them, or its or-else, had one.
    pub contained: Option<Instant>,
    /// Whether something that would have lowered autonomy could not be planned: then it is contained in part at most.
    #[serde(default)]
    in_part: bool,
    /// Steps of an earlier run that stand in this one and were not read back here yet.
    #[serde(default)]
    unread: BTreeSet<StepIx>,
    /// Lowering immediate steps that are not proven yet, each with its or-else.
    unproven: BTreeMap<StepIx, Option<StepIx>>,
    /// Functions that each gate of the plan asks for, in the plan's order.
    asks: Vec<Vec<String>>,
    /// Steps of the plan that lower.
    lowers: BTreeSet<StepIx>,
    /// Steps of the plan that raise.
    raises: BTreeSet<StepIx>,
    /// Severity of each row of the matrix.
    levels: Vec<String>,
}

/// A rehearsal, as a list tells it from a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Practice {
    /// Whether its systems are its own, so that nothing it stops is anybody else's.
    pub apart: bool,
    /// Whether the scenario's own player played it: nobody sits with it, and nobody is asked.
    pub played: bool,
    /// Whether its time is over, or somebody ended it by its word.
    pub over: bool,
}

/// A gate that waits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GateWaiting {
    /// When it expires.
    pub deadline: Option<Instant>,
    /// Digest of the act that is asked about.
    pub act: Option<String>,
    /// Functions that must be covered, each by a distinct person.
    #[serde(default)]
    pub functions: Vec<String>,
}

impl RunInfo {
    /// Before the first record.
    pub(super) fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            head: String::new(),
            digest: crate::run::record::GENESIS.to_owned(),
            records: 0,
            away: 0,
            runbook: String::new(),
            title: String::new(),
            automation: String::new(),
            environment: String::new(),
            started: Instant::default(),
            last_at: Instant::default(),
            by: String::new(),
            phase: Phase::Declare,
            severity: None,
            end: None,
            handed_on: false,
            damaged: None,
            drill: false,
            practice: None,
            lease: None,
            keys: BTreeSet::new(),
            gates: BTreeMap::new(),
            reviews: BTreeMap::new(),
            holding: BTreeSet::new(),
            raising: BTreeSet::new(),
            stops: false,
            first_proven: None,
            contained: None,
            in_part: false,
            unread: BTreeSet::new(),
            unproven: BTreeMap::new(),
            asks: Vec::new(),
            lowers: BTreeSet::new(),
            raises: BTreeSet::new(),
            levels: Vec::new(),
        }
    }

    /// Whether the run goes on.
    #[must_use]
    pub const fn open(&self) -> bool {
        self.end.is_none()
    }

    /// Whether it is still somebody's to go on with: no other run does, and it is no drill that was played to its end.
    #[must_use]
    pub fn attended(&self) -> bool {
        self.open() && !self.handed_on && !self.practice.is_some_and(|p| p.played || p.over)
    }

    /// Whether everything that it was to lower at once is read back, by it or, for what it carried on, by it again.
    #[must_use]
    pub fn wholly_proven(&self) -> bool {
        !self.in_part && self.unproven.is_empty() && self.unread.is_empty()
    }

    /// Whether it keeps an automation low: open, not handed on, and with a lowering step begun and not undone.
    #[must_use]
    pub fn holds(&self, automation: &str, environment: &str) -> bool {
        self.attended()
            && !self.practice.is_some_and(|p| p.apart)
            && !self.holding.is_empty()
            && self.automation == automation
            && self.environment == environment
    }

    /// Takes one record in. `digest` is of the record as it is stored.
    pub(super) fn apply(&mut self, record: &Record, digest: &str) {
        self.under_way(record.event);
        digest.clone_into(&mut self.digest);
        self.records = record.seq + 1;
        self.last_at = record.at;
        record.by.clone_into(&mut self.by);
        self.drill |= record.drill;
        let came = record.detail.drill.as_ref().map(|d| d.what);
        if let (Some(DeliveredWhat::Over | DeliveredWhat::Aborted), Some(practice)) = (came, &mut self.practice) {
            practice.over = true;
        }
        self.keys.extend(record.detail.key.clone());
        match record.event {
            Event::RunStarted => {
                self.started = record.at;
                if let Some(start) = &record.detail.start {
                    if let Some(rehearsal) = &start.rehearsal {
                        // A drill in virtual time is declared in a time that has not come.
                        self.started = rehearsal.begins;
                        let played = rehearsal.player.is_some();
                        let apart = played || matches!(rehearsal.played, Some(Where::Memory | Where::Sandbox));
                        self.practice = Some(Practice { apart, played, over: false });
                    }
                    let plan = &start.plan;
                    plan.runbook.clone_into(&mut self.runbook);
                    plan.title.clone_into(&mut self.title);
                    plan.automation.clone_into(&mut self.automation);
                    plan.environment.clone_into(&mut self.environment);
                    self.levels = plan.rows.iter().map(|r| r.level.clone()).collect();
                    let going = |way: Direction| {
                        let of = plan.steps.iter().zip(0_u16..).filter(move |(s, _)| s.direction == way);
                        of.map(|(_, ix)| StepIx(ix)).collect()
                    };
                    self.lowers = going(Direction::Lowers);
                    self.raises = going(Direction::Raises);
                    if plan.only_contains() {
                        // A mere stop wants it low from its first word on, whether or not the act has begun.
                        self.holding = plan.immediate.iter().copied().filter(|s| self.lowers.contains(s)).collect();
                    }
                    self.unproven = plan.lowering().collect();
                    self.in_part = !plan.can_contain();
                    self.stops = !self.unproven.is_empty();
                    self.asks = plan.gates.iter().map(|g| g.functions.clone()).collect();
                }
            }
            Event::LeaseTaken { .. } => self.lease.clone_from(&record.detail.lease),
            Event::PhaseEntered { phase } => self.phase = phase,
            Event::SeverityConfirmed { row } => {
                self.severity = self.levels.get(row.ix()).cloned().or_else(|| record.about.clone());
            }
            // An attempt that may have acted counts, and so does one that failed: somebody wants it low.
            Event::StepIntended { step } | Event::StepCarried { step } | Event::StepAttested { step }
                if self.lowers.contains(&step) =>
            {
                self.holding.insert(step);
                if matches!(record.event, Event::StepCarried { .. }) {
                    self.carried(step);
                }
            }
            Event::StepProved { step, verdict: Verdict::Pass } => self.proven(step, record.at),
            Event::UndoProved { step, verdict: Verdict::Pass | Verdict::Accepted } | Event::UndoNeedless { step } => {
                self.holding.remove(&step);
            }
            Event::GateOpened { gate } => {
                let act = record.detail.act.as_ref().map(|a| a.digest.clone());
                let functions = self.asks.get(gate.ix()).cloned().unwrap_or_default();
                let waiting = GateWaiting { deadline: record.detail.deadline, act, functions };
                self.gates.insert(gate_name(record, gate.0), waiting);
            }
            Event::GateGranted { gate }
            | Event::GateDenied { gate }
            | Event::GateExpired { gate }
            | Event::GateVoided { gate, .. }
            | Event::GateConsumed { gate } => {
                self.gates.remove(&gate_name(record, gate.0));
            }
            Event::GlassBroken { gate } => {
                let name = gate_name(record, gate.0);
                self.gates.remove(&name);
                self.reviews.insert(format!("review-{name}"), record.at);
            }
            Event::Reviewed { gate } => {
                self.reviews.remove(&gate_name(record, gate.0));
            }
            Event::ContinuedBy => self.handed_on = true,
            Event::RunEnded { end } => {
                self.end = Some(end);
                // What only an open run needs: a list of a thousand runs is read at every start.
                self.gates.clear();
                self.unproven.clear();
                self.asks.clear();
                self.lowers.clear();
                self.raises.clear();
                self.raising.clear();
                self.levels.clear();
            }
            _ => {}
        }
    }

    /// What gives autonomy back: from its intent until something tells what came of it.
    fn under_way(&mut self, event: Event) {
        match event {
            Event::StepIntended { step } if self.raises.contains(&step) => {
                self.raising.insert(step);
            }
            Event::UndoIntended { step } if self.lowers.contains(&step) => {
                self.raising.insert(step);
            }
            // A lost answer tells nothing of when the request arrives.
            Event::StepObserved { outcome: Outcome::Unknown, .. }
            | Event::UndoObserved { outcome: Outcome::Unknown, .. } => {}
            Event::StepObserved { step, .. }
            | Event::StepProved { step, .. }
            | Event::UndoObserved { step, .. }
            | Event::UndoProved { step, .. } => {
                self.raising.remove(&step);
            }
            _ => {}
        }
    }

    /// What an earlier run stopped says nothing of how fast this one stops, and is to be read back all the same.
    fn carried(&mut self, step: StepIx) {
        if self.unproven.iter().any(|(ix, or_else)| *ix == step || *or_else == Some(step)) {
            self.unread.insert(step);
        }
        self.unproven.retain(|ix, or_else| *ix != step && *or_else != Some(step));
        self.stops &= !self.unproven.is_empty() || self.first_proven.is_some();
    }

    fn proven(&mut self, step: StepIx, at: Instant) {
        self.unread.remove(&step);
        let before = self.unproven.len();
        self.unproven.retain(|ix, or_else| *ix != step && *or_else != Some(step));
        if self.unproven.len() == before {
            return;
        }
        self.first_proven.get_or_insert(at);
        if self.unproven.is_empty() && !self.in_part {
            self.contained = Some(at);
        }
    }
}

fn gate_name(record: &Record, gate: u16) -> String {
    record.about.clone().unwrap_or_else(|| gate.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::samples::{plan, record};
    use super::*;
    use crate::plan::Step;
    use crate::run::record::Record;

    /// Two lowering steps; the first has an or-else, which is the third.
    fn start() -> Record {
        let mut start = record("a", 0, Event::RunStarted);
        let mut of = plan();
        let lowers: Step = of.steps[0].clone();
        of.steps = vec![lowers.clone(), lowers.clone(), lowers];
        of.steps[0].or_else = Some(StepIx(2));
        of.immediate = vec![StepIx(0), StepIx(1)];
        if let Some(s) = &mut start.detail.start {
            s.plan = of;
        }
        start
    }

    /// Seconds from the start to the first and to the last probe that had to pass.
    fn told(events: &[Event]) -> (bool, Option<u64>, Option<u64>) {
        let mut info = RunInfo::new("a");
        info.apply(&start(), "");
        for (seq, event) in (1..).zip(events) {
            info.apply(&record("a", seq, *event), "");
        }
        let secs = |at: Option<Instant>| at.map(|at| at.since(info.started).0 / 1_000);
        (info.stops, secs(info.first_proven), secs(info.contained))
    }

    #[test]
    fn a_stop_is_measured_to_the_probe_that_completes_it() {
        let proved = |n, verdict| Event::StepProved { step: StepIx(n), verdict };
        let pass = |n| proved(n, Verdict::Pass);
        for (events, is) in [
            (vec![], (true, None, None)),
            (vec![pass(0), pass(1)], (true, Some(1), Some(2))),
            (vec![proved(0, Verdict::Fail), pass(2), pass(1), pass(0)], (true, Some(2), Some(3))),
            (vec![pass(2), proved(1, Verdict::Accepted)], (true, Some(1), None)),
            (vec![proved(1, Verdict::Inconclusive), pass(1), pass(1)], (true, Some(2), None)),
            (vec![Event::StepCarried { step: StepIx(0) }, pass(0), pass(1)], (true, Some(3), Some(3))),
            (
                vec![Event::StepCarried { step: StepIx(0) }, Event::StepCarried { step: StepIx(1) }, pass(0), pass(1)],
                (false, None, None),
            ),
            (vec![pass(0), pass(1), Event::RunEnded { end: End::Closed }], (true, Some(1), Some(2))),
        ] {
            assert_eq!(told(&events), is, "{events:?}");
        }
    }

    #[test]
    fn what_was_carried_is_wholly_proven_once_it_was_read_back_here() {
        let (carried, pass) = (
            |n| Event::StepCarried { step: StepIx(n) },
            |n| Event::StepProved { step: StepIx(n), verdict: Verdict::Pass },
        );
        let whole = |events: &[Event], lost: &[&str]| {
            let mut start = start();
            if let Some(s) = &mut start.detail.start {
                s.plan.lost = lost.iter().map(|l| (*l).to_owned()).collect();
            }
            let mut info = RunInfo::new("a");
            info.apply(&start, "");
            for (seq, event) in (1..).zip(events) {
                info.apply(&record("a", seq, *event), "");
            }
            info.wholly_proven()
        };
        assert!(!whole(&[carried(0), carried(1)], &[]));
        assert!(!whole(&[carried(0), carried(1), pass(0)], &[]));
        assert!(whole(&[carried(0), carried(1), pass(0), pass(1)], &[]));
        assert!(whole(&[pass(2), pass(1)], &[]), "the or-else stands in");
        assert!(!whole(&[pass(0), pass(1)], &["queue"]), "one was lost in planning");
    }

    #[test]
    fn a_gate_that_waits_says_whom_it_asks() {
        let mut info = RunInfo::new("a");
        info.apply(&record("a", 0, Event::RunStarted), "");
        info.apply(&record("a", 1, Event::GateOpened { gate: crate::plan::GateIx(0) }), "");
        assert_eq!(info.gates["tell-customers"].functions, ["legal"]);
    }

    #[test]
    fn a_write_that_gives_autonomy_back_is_under_way_until_something_tells_what_came_of_it() {
        let seen = |outcome| Event::UndoObserved { step: StepIx(0), outcome };
        let begun = Event::UndoIntended { step: StepIx(0) };
        let raised = Event::StepIntended { step: StepIx(3) };
        for (events, is) in [
            (vec![Event::StepIntended { step: StepIx(0) }], 0),
            (vec![begun], 1),
            (vec![begun, seen(Outcome::Unknown)], 1),
            (vec![begun, seen(Outcome::Done)], 0),
            (vec![begun, seen(Outcome::Unknown), Event::UndoProved { step: StepIx(0), verdict: Verdict::Fail }], 0),
            (vec![raised], 1),
            (vec![raised, Event::StepObserved { step: StepIx(3), outcome: Outcome::Refused }], 0),
            (vec![raised, Event::RunEnded { end: End::Stuck }], 0),
        ] {
            let mut start = start();
            if let Some(s) = &mut start.detail.start {
                let raises = Step { direction: Direction::Raises, ..s.plan.steps[0].clone() };
                s.plan.steps.push(raises);
            }
            let mut info = RunInfo::new("a");
            info.apply(&start, "");
            for (seq, event) in (1..).zip(&events) {
                info.apply(&record("a", seq, *event), "");
            }
            assert_eq!(info.raising.len(), is, "{events:?}");
        }
    }
}

#[cfg(test)]
mod drills {
    use super::super::samples::record;
    use super::*;
    use crate::plan::rehearsal::{Limits, REHEARSAL_FORMAT, Rehearsal};
    use crate::run::record::Delivered;
    use crate::text::time::Millis;

    fn rehearsal(player: Option<&str>, played: Option<Where>) -> Rehearsal {
        Rehearsal {
            format: REHEARSAL_FORMAT,
            scenario: "gameday/x".into(),
            title: "X".into(),
            based_on: vec![],
            objectives: vec![],
            abort_word: "NO DUFF".into(),
            severity: None,
            limits: Limits::default(),
            roles: BTreeMap::new(),
            signals: vec![],
            injects: vec![],
            absences: vec![],
            faults: vec![],
            expectations: vec![],
            forbidden: vec![],
            seed: 0,
            begins: Instant(1_799_999_000_000),
            player: player.map(Into::into),
            played,
            speed: 1,
        }
    }

    fn info(of: Option<Rehearsal>) -> RunInfo {
        let mut info = RunInfo::new("r1");
        let mut start = record("r1", 0, Event::RunStarted);
        start.detail.start.as_mut().unwrap().rehearsal = of.map(Box::new);
        info.apply(&start, "d0");
        info.apply(&record("r1", 1, Event::StepIntended { step: StepIx(0) }), "d1");
        info
    }

    #[test]
    fn a_drill_holds_nothing_of_others_once_it_is_over_or_where_its_systems_are_its_own() {
        let staging = || Some(Where::Staging("staging".into()));
        for (of, holds) in [
            (None, true),
            (Some(rehearsal(None, staging())), true),
            (Some(rehearsal(None, Some(Where::Sandbox))), false),
            (Some(rehearsal(None, Some(Where::Memory))), false),
            (Some(rehearsal(Some("good"), Some(Where::Memory))), false),
            (Some(rehearsal(Some("good"), None)), false),
        ] {
            let info = info(of.clone());
            assert_eq!(info.holds("support-replies", "production"), holds, "{of:?}");
            assert!(info.open());
            assert_eq!(info.attended(), of.as_ref().is_none_or(|r| r.player.is_none()), "{of:?}");
        }
        let mut info = info(Some(rehearsal(None, staging())));
        let mut over = record("r1", 2, Event::Noted);
        over.detail.drill =
            Some(Delivered { what: DeliveredWhat::Over, id: String::new(), due: Millis(0), stood: None });
        info.apply(&over, "d2");
        assert!(!info.attended() && !info.holds("support-replies", "production"));
    }

    #[test]
    fn a_drill_is_listed_by_when_it_was_played_whatever_its_own_time_says() {
        assert_eq!(info(Some(rehearsal(Some("good"), None))).started, Instant(1_799_999_000_000));
        assert_eq!(info(None).started, Instant(1_800_000_000_000));
    }
}
