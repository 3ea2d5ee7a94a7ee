//! What will happen: a runbook resolved for one automation, one environment and the people of the workspace.
//!
//! Owns the types of a plan. A plan is immutable and self-contained: it is stored whole in the journal when a run
//! starts, so that neither resume nor an auditor ever reads a file that has changed since. It holds secrets by name
//! only. It must not act, measure time or print.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::text::time::Millis;

pub use crate::model::catalog::{Proof, Repeat};

pub mod act;
pub mod beside;
pub mod break_glass;
pub mod checked;
pub mod compile;
pub mod decide;
pub mod digest;
pub mod fit;
mod gate;
pub mod matrix;
pub mod needed;
pub mod page;
pub mod rehearsal;
pub mod resolve;
mod roster;
mod sequence;
pub mod shipped;
pub mod statement;

#[cfg(test)]
pub(crate) mod fixture;

pub use self::roster::{Key, Person};
pub use gate::{Excluded, Fallback, Gate, Touch};
pub use resolve::{Reach, add_problems, authorities, band, band_word, outside, resolve, roster, stop};

/// The format of [`Plan`] as stored in the journal.
pub const PLAN_FORMAT: u32 = 1;

/// What stands for a runbook's name in the plan of `aigov stop`, which has none.
pub const STOP: &str = "stop";

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(test, derive(JsonSchema))]
        #[serde(transparent)]
        pub struct $name(pub u16);

        impl $name {
            /// As an index into the plan's list.
            #[must_use]
            pub const fn ix(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index!(
    /// A step of the plan: an index into [`Plan::steps`].
    StepIx
);
index!(
    /// A gate of the plan: an index into [`Plan::gates`].
    GateIx
);
index!(
    /// A trigger of the plan: an index into [`Plan::triggers`].
    TriggerIx
);
index!(
    /// A fact of the plan: an index into [`Plan::facts`].
    FactIx
);
index!(
    /// A row of the decision matrix: an index into [`Plan::rows`], gravest first.
    RowIx
);
index!(
    /// A verification check: an index into [`Plan::checks`].
    CheckIx
);
index!(
    /// A stage of the restoration: an index into [`Plan::stages`].
    StageIx
);

/// A runbook resolved for an automation, an environment and people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Plan {
    /// [`PLAN_FORMAT`].
    pub format: u32,
    /// Name below `runbooks/` without the ending, such as `incident/hallucination`.
    pub runbook: String,
    /// What the runbook is called.
    pub title: String,
    /// Incident class, such as `hallucinated-content`.
    pub class: String,
    /// Impact tag, such as `customer-impacting`.
    pub impact: String,
    /// The automation's name in the inventory.
    pub automation: String,
    /// What the automation is for.
    pub purpose: String,
    /// Computed risk band.
    pub band: Band,
    /// The environment's name.
    pub environment: String,
    /// Whether the environment is marked `production = true`.
    pub production: bool,
    /// Whose votes count.
    pub votes: Votes,
    /// Time allowed from the start to contained.
    pub contain_within: Option<Millis>,
    /// Time allowed for each question.
    pub question_within: Millis,
    /// What customers see while the automation is stopped.
    pub meanwhile: Option<String>,
    /// Who the runbook applies to; shown, selects nothing.
    pub users: Vec<String>,
    /// What sets the runbook off, in the order written.
    pub triggers: Vec<Trigger>,
    /// Every act that the run may perform; the lists below index into it.
    pub steps: Vec<Step>,
    /// Top-level immediate actions in order; a step named by an `or-else` is not among them.
    pub immediate: Vec<StepIx>,
    /// The automation's own `[stop]`, narrowest first, then `wider`: the `read-only` fallback.
    pub stop: Vec<StepIx>,
    /// Paged when a question's deadline passes, where the workspace can page at all.
    pub on_silence: Option<StepIx>,
    /// Facts that the matrix reads.
    pub facts: Vec<Fact>,
    /// The decision matrix; the last row has no condition.
    pub rows: Vec<Row>,
    /// Every gate, indexed by steps and by `sign_off`.
    pub gates: Vec<Gate>,
    /// Checks before autonomy may return.
    pub checks: Vec<Check>,
    /// The gate before restoration.
    pub sign_off: Option<GateIx>,
    /// Stages by which autonomy returns, in order.
    pub stages: Vec<Stage>,
    /// After a breach, or when another run lowered meanwhile: every control that this run may have touched, to safe.
    pub safe_all: Vec<StepIx>,
    /// The gate before a stand-down; none where the class forbids it.
    pub stand_down: Option<GateIx>,
    /// The gate before a lower severity is accepted.
    pub downgrade: GateIx,
    /// What is to be learnt; opened as items when the run closes.
    pub follow_ups: Vec<FollowUp>,
    /// Who may vote: the roster as it was when the plan was made. No contacts.
    pub roster: Vec<Person>,
    /// Public keys of authorities: a certificate of one of them stands for the person of the roster whom it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorities: Vec<String>,
    /// Role name to the person or on-call role that it resolves to, for display.
    pub roles: std::collections::BTreeMap<String, String>,
    /// Persons of the roster with those who stand in for them, for pages; who may vote is the roster's alone.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub alternates: std::collections::BTreeMap<String, Vec<String>>,
    /// Immediate actions that would have lowered autonomy, could not be planned, and have nothing in their place: whatever
    /// comes of the others, the run has contained in part only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<String>,
    /// Problems found while planning that did not prevent an immediate action, as one line each. A run with any stops
    /// after contain.
    pub problems: Vec<String>,
}

/// Whose word counts at one moment: the people, and the authorities whose certificates stand for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Voters {
    /// The roster.
    pub persons: Vec<Person>,
    /// Public keys of authorities, in their one form.
    pub authorities: Vec<String>,
}

/// Risk band of an automation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Band {
    /// Acts alone.
    Low,
    /// Acts, sampled or delayed.
    Medium,
    /// Needs a human before external impact.
    High,
    /// Needs dual approval across functions, hard checks, immediate rollback.
    Critical,
}

/// Whose votes a gate of this plan counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Votes {
    /// Unsigned votes count: the sandbox, or a workspace marked `demo = true` whose provider URLs are all loopback.
    Unsigned,
    /// Only signed votes count.
    Signed,
}

/// Where an act takes place: one provider and what of it is addressed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Target {
    /// The provider's name in `aigov.toml`.
    pub provider: String,
    /// The provider's kind, such as `unleash`.
    pub kind: String,
    /// What is addressed, as the automation binds it for this environment; with a control's `levels`, safest first.
    pub binding: Map<String, Value>,
    /// What it is called in messages: the control, layer, source or role.
    pub label: String,
}

/// One outward act.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Step {
    /// The id in the runbook; made ids contain a dot, such as `escalate.sev1.legal` or `stage.1`.
    pub id: String,
    /// Why it stands in the plan.
    pub role: StepRole,
    /// What is done.
    pub act: Act,
    /// Where; empty for what a person does.
    pub targets: Vec<Target>,
    /// Computed from control and value, never written.
    pub direction: Direction,
    /// The author's reason.
    pub why: Option<String>,
    /// Time from intent to a passed probe.
    pub within: Millis,
    /// Another way, tried once, at once, when this one does not pass.
    pub or_else: Option<StepIx>,
    /// What it means that it can't be taken back.
    pub irreversible: Option<Irreversible>,
    /// Whether performing it twice is harmless.
    pub repeat: Repeat,
    /// How its effect is proven.
    pub proof: Proof,
    /// Whether it owes an undo once it may have acted.
    pub undo: Undo,
    /// The gate before it.
    pub gate: Option<GateIx>,
    /// Web page where a person can do the same.
    pub console: Option<String>,
    /// How a person does the same there.
    pub by_hand: Option<String>,
}

/// Why a step stands in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum StepRole {
    /// An immediate action.
    Immediate,
    /// Named by an `or-else` of an immediate action.
    OrElse,
    /// Part of the automation's `[stop]`.
    Stop,
    /// A page that a severity row calls for.
    Escalate,
    /// The page for a question nobody answered.
    Silence,
    /// A response.
    Respond,
    /// A stage of the restoration.
    Stage,
    /// Puts a control to safe after a breach.
    Safe,
}

/// What is done, vendor-neutral.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(tag = "do")]
pub enum Act {
    /// `control.safe` and `control.set`.
    #[serde(rename = "control.set")]
    SetControl {
        /// The control's name.
        control: String,
        /// The value to set.
        to: Setting,
        /// Whether written as `control.safe`.
        safe: bool,
    },
    /// Move a layer to an earlier version.
    #[serde(rename = "layer.rollback")]
    RollbackLayer {
        /// The layer's name.
        layer: String,
        /// `last-known-good` or a version of the provider's.
        to: String,
    },
    /// Keep evidence, one target per source.
    #[serde(rename = "evidence.capture")]
    Capture {
        /// How far back.
        since: Millis,
    },
    /// Hold deployments of the automation.
    #[serde(rename = "deploy.freeze")]
    Freeze,
    /// Page people.
    #[serde(rename = "page.send")]
    Page {
        /// Whom, as names or roles already resolved.
        to: Vec<String>,
        /// `critical`, `error`, `warning` or `info`.
        severity: String,
        /// What the page says; never outside text.
        summary: String,
    },
    /// Tell people without waking them.
    #[serde(rename = "notify.send")]
    Notify {
        /// Whom.
        to: Vec<String>,
        /// What it says.
        text: String,
    },
    /// Publish a statement.
    #[serde(rename = "statement.publish")]
    Publish {
        /// The template's name.
        template: String,
        /// The template's text, with its placeholders.
        text: String,
        /// Who receives it.
        audience: String,
        /// Text that replaces the template by amendment, exactly as it will be sent.
        amended: Option<String>,
    },
    /// Open a ticket.
    #[serde(rename = "ticket.open")]
    Ticket {
        /// Its title.
        title: String,
    },
    /// A person does it.
    #[serde(rename = "human.do")]
    Human {
        /// What is to be done.
        text: String,
    },
    /// Any other API, configured in `aigov.toml`.
    #[serde(rename = "http.call")]
    HttpCall {
        /// The operation's name in the provider's table.
        call: String,
        /// Arguments that fill its placeholders.
        with: Map<String, Value>,
    },
}

impl Act {
    /// The verb as written in a runbook.
    #[must_use]
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::SetControl { safe: true, .. } => "control.safe",
            Self::SetControl { .. } => "control.set",
            Self::RollbackLayer { .. } => "layer.rollback",
            Self::Capture { .. } => "evidence.capture",
            Self::Freeze => "deploy.freeze",
            Self::Page { .. } => "page.send",
            Self::Notify { .. } => "notify.send",
            Self::Publish { .. } => "statement.publish",
            Self::Ticket { .. } => "ticket.open",
            Self::Human { .. } => "human.do",
            Self::HttpCall { .. } => "http.call",
        }
    }
}

/// A value of a control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(untagged)]
pub enum Setting {
    /// `switch`.
    On(bool),
    /// `percent`, 0 to 100.
    Percent(f64),
    /// `level`.
    Level(String),
}

impl std::fmt::Display for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::On(true) => f.write_str("on"),
            Self::On(false) => f.write_str("off"),
            Self::Percent(p) => write!(f, "{p}"),
            Self::Level(l) => f.write_str(l),
        }
    }
}

/// Which way a step moves the automation's autonomy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Less autonomy: one person, no approval.
    Lowers,
    /// More autonomy: checks and sign-off.
    Raises,
    /// Neither, but it changes something.
    Neutral,
    /// Captures, pages or notes; changes nothing of the automation.
    Looks,
}

/// Why a step can't be taken back, and what is done instead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Irreversible {
    /// The reason.
    pub because: String,
    /// The corrective action.
    pub corrective: Option<String>,
}

/// Whether a step owes an undo once it may have acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Undo {
    /// Captured prior state is put back in the final stage of restoration.
    Restore,
    /// Nothing is owed: evidence, pages, statements, and layers that stay rolled back.
    None,
}

/// What sets a runbook off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Trigger {
    /// The id in the runbook.
    pub id: String,
    /// What is measured; none for a report by a person.
    pub signal: Option<Measure>,
    /// The words of a report that counts, when there is no signal.
    pub report: Option<String>,
}

/// A signal of the automation with the condition it is held against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Measure {
    /// The signal's name in the automation.
    pub signal: String,
    /// Where it is read; the binding holds `query` and, where given, `count-query`.
    pub target: Target,
    /// The condition.
    pub condition: Condition,
    /// The least number of observations that make a verdict.
    pub samples: Option<u64>,
    /// How long the condition has to hold.
    pub lasting: Option<Millis>,
}

/// A condition on a signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Greater than.
    Above(f64),
    /// Less than.
    Below(f64),
    /// At least `times` the mean of the same signal over the trailing window, and at least `cases` observations.
    AboveBaseline {
        /// Ratio to the baseline.
        times: f64,
        /// Length of the trailing window.
        window: Millis,
        /// Floor on cases.
        cases: Option<u64>,
    },
    /// Only read: a fact that comes from a signal.
    Value,
}

/// An answer or a measurement that the matrix reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Fact {
    /// The id in the runbook.
    pub id: String,
    /// Asked of the operator when there is no signal or it is silent.
    pub ask: Option<String>,
    /// Read first, where given.
    pub signal: Option<Measure>,
    /// What kind of answer.
    pub kind: FactKind,
    /// The regions that the matrix's thresholds cut this fact's values into, in order. A region is what the machine
    /// knows of an answer; index into it with the number stored in the event.
    pub regions: Vec<Region>,
}

/// The kind of a fact's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// Yes or no.
    YesNo,
    /// A whole number, zero or more.
    Count,
    /// 0 to 100.
    Percent,
    /// One of the levels, lowest first.
    Level(Vec<String>),
}

/// A set of values that the matrix can't tell apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Region {
    /// In words, such as `more than 1000`.
    pub label: String,
    /// A value inside it, used to evaluate conditions for the whole region.
    pub example: FactValue,
}

/// A fact's value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FactValue {
    /// Of `yes-no`.
    YesNo(bool),
    /// Of `count`.
    Count(u64),
    /// Of `percent`.
    Percent(f64),
    /// Of `level`: index into its levels.
    Level(u16),
}

/// A row of the decision matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Row {
    /// Severity, such as `sev1`.
    pub level: String,
    /// The condition as written; none for the last row.
    pub when: Option<String>,
    /// The condition compiled; none for the last row.
    pub test: Option<matrix::Test>,
    /// Responses in order.
    pub respond: Vec<StepIx>,
    /// A page each.
    pub escalate: Vec<StepIx>,
    /// Whether the public must be told.
    pub public: bool,
}

/// A check before autonomy may return.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Check {
    /// The id in the runbook.
    pub id: String,
    /// Measured.
    pub signal: Option<Measure>,
    /// Asked, when there is no signal.
    pub ask: Option<String>,
    /// Kind of the answer.
    pub kind: Option<FactKind>,
    /// Condition on the answer.
    pub condition: Option<Condition>,
}

/// A stage of the restoration: a step that raises, then a soak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Stage {
    /// The step.
    pub step: StepIx,
    /// How long it is watched.
    pub soak: Millis,
}

/// Something to be learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct FollowUp {
    /// What.
    pub title: String,
    /// `data-filter`, `rule`, `gate`, `evaluation` or `autonomy`.
    pub kind: String,
    /// Who, resolved.
    pub owner: String,
    /// When, counted from the close.
    pub due: Millis,
}

impl Plan {
    /// A step by its index. The indices of a plan point into it by construction (`resolve` makes both).
    #[must_use]
    pub fn step(&self, ix: StepIx) -> &Step {
        &self.steps[ix.ix()]
    }

    /// A gate by its index.
    #[must_use]
    pub fn gate(&self, ix: GateIx) -> &Gate {
        &self.gates[ix.ix()]
    }

    /// The top-level immediate actions that lower autonomy, each with its or-else where that lowers it too.
    pub fn lowering(&self) -> impl Iterator<Item = (StepIx, Option<StepIx>)> + '_ {
        let lowers = |ix: &StepIx| self.steps.get(ix.ix()).is_some_and(|s| s.direction == Direction::Lowers);
        let or_else = move |ix: StepIx| self.steps.get(ix.ix()).and_then(|s| s.or_else).filter(lowers);
        self.immediate.iter().copied().filter(lowers).map(move |ix| (ix, or_else(ix)))
    }

    /// Whether doing everything that is planned at once would contain. Where nothing lowers, that is so only if nothing was
    /// meant to: not in a mere stop, and not where something of the files could not be planned.
    #[must_use]
    pub fn can_contain(&self) -> bool {
        let nothing_meant = || !self.only_contains() && self.problems.is_empty();
        self.lost.is_empty() && (self.lowering().next().is_some() || nothing_meant())
    }

    /// Whether it contains and then has nothing to assess, to check or to raise: the plan of `aigov stop`.
    #[must_use]
    pub fn only_contains(&self) -> bool {
        self.rows.is_empty() && self.triggers.is_empty() && self.facts.is_empty() && self.checks.is_empty()
    }

    /// Everything that it measures.
    pub fn measures(&self) -> impl Iterator<Item = &Measure> {
        let triggers = self.triggers.iter().filter_map(|t| t.signal.as_ref());
        let facts = self.facts.iter().filter_map(|f| f.signal.as_ref());
        triggers.chain(facts).chain(self.checks.iter().filter_map(|c| c.signal.as_ref()))
    }

    /// Every provider that it acts at or measures with.
    #[must_use]
    pub fn providers(&self) -> std::collections::BTreeSet<&str> {
        let acts = self.steps.iter().flat_map(|s| &s.targets);
        acts.chain(self.measures().map(|m| &m.target)).map(|t| t.provider.as_str()).collect()
    }

    /// A step's index by its id.
    #[must_use]
    pub fn find_step(&self, id: &str) -> Option<StepIx> {
        self.steps.iter().position(|s| s.id == id).and_then(|i| u16::try_from(i).ok()).map(StepIx)
    }
}
