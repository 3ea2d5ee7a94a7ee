//! What a list of runs shows of each, as a fold over its records.
//!
//! Owns [`RunInfo`]. Small enough to be kept for every run, so that listing a thousand runs reads none of their records
//! again. Must not replace the machine: nothing here decides what a run may do.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::plan::{Direction, StepIx};
use crate::run::event::{End, Event, Phase, Verdict};
use crate::run::record::{Lease, Record};
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
    /// The last lease.
    pub lease: Option<Lease>,
    /// Gates that wait for votes, by the gate's id.
    pub gates: BTreeMap<String, GateWaiting>,
    /// Steps that lower autonomy, have been begun and have not been proven undone.
    pub holding: BTreeSet<StepIx>,
    /// Steps of the plan that lower.
    lowers: BTreeSet<StepIx>,
    /// Severity of each row of the matrix.
    levels: Vec<String>,
}

/// A gate that waits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GateWaiting {
    /// When it expires.
    pub deadline: Option<Instant>,
    /// Digest of the act that is asked about.
    pub act: Option<String>,
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
            lease: None,
            gates: BTreeMap::new(),
            holding: BTreeSet::new(),
            lowers: BTreeSet::new(),
            levels: Vec::new(),
        }
    }

    /// Whether the run goes on.
    #[must_use]
    pub const fn open(&self) -> bool {
        self.end.is_none()
    }

    /// Whether it keeps an automation low: open, not handed on, and with a lowering step begun and not undone.
    #[must_use]
    pub fn holds(&self, automation: &str, environment: &str) -> bool {
        self.open()
            && !self.handed_on
            && !self.holding.is_empty()
            && self.automation == automation
            && self.environment == environment
    }

    /// Takes one record in. `digest` is of the record as it is stored.
    pub(super) fn apply(&mut self, record: &Record, digest: &str) {
        digest.clone_into(&mut self.digest);
        self.records = record.seq + 1;
        self.last_at = record.at;
        record.by.clone_into(&mut self.by);
        self.drill |= record.drill;
        match record.event {
            Event::RunStarted => {
                self.started = record.at;
                if let Some(start) = &record.detail.start {
                    let plan = &start.plan;
                    plan.runbook.clone_into(&mut self.runbook);
                    plan.title.clone_into(&mut self.title);
                    plan.automation.clone_into(&mut self.automation);
                    plan.environment.clone_into(&mut self.environment);
                    self.levels = plan.rows.iter().map(|r| r.level.clone()).collect();
                    self.lowers = plan
                        .steps
                        .iter()
                        .zip(0_u16..)
                        .filter(|(s, _)| s.direction == Direction::Lowers)
                        .map(|(_, ix)| StepIx(ix))
                        .collect();
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
            }
            Event::UndoProved { step, verdict: Verdict::Pass | Verdict::Accepted } | Event::UndoNeedless { step } => {
                self.holding.remove(&step);
            }
            Event::GateOpened { gate } => {
                let act = record.detail.act.as_ref().map(|a| a.digest.clone());
                self.gates.insert(gate_name(record, gate.0), GateWaiting { deadline: record.detail.deadline, act });
            }
            Event::GateGranted { gate }
            | Event::GateDenied { gate }
            | Event::GateExpired { gate }
            | Event::GateVoided { gate, .. }
            | Event::GateConsumed { gate } => {
                self.gates.remove(&gate_name(record, gate.0));
            }
            Event::ContinuedBy => self.handed_on = true,
            Event::RunEnded { end } => {
                self.end = Some(end);
                self.gates.clear();
            }
            _ => {}
        }
    }
}

fn gate_name(record: &Record, gate: u16) -> String {
    record.about.clone().unwrap_or_else(|| gate.to_string())
}
