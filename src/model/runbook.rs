//! A runbook for a class of incident, as written in `runbooks/incident/*.toml`.
//!
//! Owns the typed data. Names that point into other files (controls, layers, signals, roles, templates) stay names;
//! `plan` resolves them. What could not be read is absent, and was reported when the file was decoded.

use std::sync::Arc;

use super::exception::Exception;
use super::expr::Expr;
use super::scalar::Scalar;
use super::word::words;
use crate::text::source::Source;
use crate::text::span::{Span, Spanned};
use crate::text::time::Millis;

mod step;

pub use step::{Act, Direction, Excluded, Fallback, Gate, Step, Urgency, Verb};

/// A runbook. `None` for a key that is required means: missing or broken, and reported.
#[derive(Clone, Debug, PartialEq)]
pub struct Runbook {
    /// The file.
    pub source: Arc<Source>,
    /// The path below `runbooks/` without the ending, such as `incident/hallucination`.
    pub name: String,
    /// What it is called.
    pub title: Option<Spanned<String>>,
    /// Incident class.
    pub class: Option<Spanned<Class>>,
    /// Impact tag.
    pub impact: Option<Spanned<Impact>>,
    /// A role, such as `@owner`.
    pub owner: Option<Spanned<String>>,
    /// Time allowed from the start to contained.
    pub contain_within: Option<Spanned<Millis>>,
    /// When somebody has to read it again.
    pub review_by: Option<Spanned<jiff::civil::Date>>,
    /// Where it applies.
    pub scope: Scope,
    /// What sets it off.
    pub triggers: Vec<Trigger>,
    /// Immediate actions in the order written, with those that an or-else names.
    pub immediate: Vec<Step>,
    /// Facts that the matrix reads.
    pub facts: Vec<Fact>,
    /// The decision matrix, gravest first.
    pub severities: Vec<Severity>,
    /// Responses.
    pub respond: Vec<Step>,
    /// Checks before autonomy may return.
    pub verify: Vec<Check>,
    /// How autonomy returns.
    pub restore: Option<Restore>,
    /// What is to be learnt.
    pub follow_ups: Vec<FollowUp>,
    /// Findings that somebody answers for: `[[exception]]`.
    pub exceptions: Vec<Exception>,
}

words! {
    /// Class of an incident.
    Class {
        /// Fabricated content.
        HallucinatedContent = "hallucinated-content",
        /// A recommendation that could harm.
        UnsafeRecommendation = "unsafe-recommendation",
        /// Against a policy.
        PolicyViolation = "policy-violation",
        /// Data reached somebody who must not have it.
        DataLeakage = "data-leakage",
        /// Some people are treated worse.
        BiasRegression = "bias-regression",
        /// A tool was used that was not allowed.
        UnauthorizedToolUse = "unauthorized-tool-use",
        /// It does not stop by itself.
        RunawayAutomation = "runaway-automation",
        /// Not known yet: stop, hold, evidence, page.
        Unknown = "unknown",
    }
}

words! {
    /// Impact tag of a runbook.
    Impact {
        /// Customers are affected.
        CustomerImpacting = "customer-impacting",
        /// Only advice to staff is affected.
        AdvisoryOnly = "advisory-only",
        /// A rule or law is concerned.
        ComplianceSensitive = "compliance-sensitive",
        /// Security is concerned.
        SecurityRelated = "security-related",
    }
}

/// Where a runbook applies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// Environments; empty means all.
    pub environments: Vec<Spanned<String>>,
    /// Shown to the operator; selects nothing.
    pub users: Vec<Spanned<String>>,
    /// Automations; empty means every one that has what the runbook asks for.
    pub automations: Vec<Spanned<String>>,
}

/// What sets a runbook off.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// The whole table.
    pub span: Span,
    /// Its id.
    pub id: Spanned<String>,
    /// Measured or reported; none when neither could be read.
    pub on: Option<TriggerOn>,
}

/// The two ways of being set off.
#[derive(Clone, Debug, PartialEq)]
pub enum TriggerOn {
    /// By a signal of the automation.
    Signal(Measure),
    /// By the words of a report.
    Report(Spanned<String>),
}

/// A signal held against a condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// The signal's name in the automation.
    pub signal: Spanned<String>,
    /// The condition; none when it is missing or broken.
    pub condition: Option<Spanned<Condition>>,
    /// The least number of observations that make a verdict.
    pub samples: Option<Spanned<u64>>,
    /// How long the condition has to hold: `for`.
    pub lasting: Option<Spanned<Millis>>,
}

/// A condition on a number.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Greater than.
    Above(f64),
    /// Less than.
    Below(f64),
    /// Times the mean of the same signal over the trailing window.
    AboveBaseline {
        /// Ratio to the baseline.
        times: Spanned<f64>,
        /// Length of the trailing window.
        window: Spanned<Millis>,
        /// Floor on cases.
        cases: Option<Spanned<u64>>,
    },
}

/// A fact that the matrix reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// The whole table.
    pub span: Span,
    /// Its id.
    pub id: Spanned<String>,
    /// Asked of the operator.
    pub ask: Option<Spanned<String>>,
    /// A signal of the automation that is read first.
    pub signal: Option<Spanned<String>>,
    /// What kind of answer; none when it could not be read.
    pub kind: Option<Spanned<FactKind>>,
    /// For `level`: its levels, lowest first.
    pub levels: Vec<Spanned<String>>,
}

words! {
    /// Kinds of answer.
    FactKind {
        /// Yes or no.
        YesNo = "yes-no",
        /// A whole number, zero or more.
        Count = "count",
        /// 0 to 100.
        Percent = "percent",
        /// One of the levels.
        Level = "level",
    }
}

/// A row of the decision matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Severity {
    /// The whole table.
    pub span: Span,
    /// Such as `sev1`.
    pub level: Spanned<String>,
    /// The condition; none where there is none, as in the last row.
    pub when: Option<When>,
    /// Ids of responses, in order.
    pub respond: Vec<Spanned<String>>,
    /// Roles or names; a page each.
    pub escalate: Vec<Spanned<String>>,
    /// Whether the public must be told.
    pub public: Option<Spanned<bool>>,
}

/// A condition as written and as read.
#[derive(Clone, Debug, PartialEq)]
pub struct When {
    /// As written.
    pub text: Spanned<String>,
    /// Parsed, its names and types checked; none when it is wrong, which was reported.
    pub expr: Option<Expr>,
}

/// A check before autonomy may return.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// The whole table.
    pub span: Span,
    /// Its id.
    pub id: Spanned<String>,
    /// Measured or asked; none when neither could be read.
    pub by: Option<CheckBy>,
}

/// The two ways of checking.
#[derive(Clone, Debug, PartialEq)]
pub enum CheckBy {
    /// By a signal of the automation.
    Signal(Measure),
    /// By asking a person.
    Ask {
        /// The question.
        ask: Spanned<String>,
        /// Kind of the answer: `yes-no` (yes passes), `count` or `percent`.
        kind: Option<Spanned<FactKind>>,
        /// Condition on a number; none for `yes-no`.
        condition: Option<Spanned<Condition>>,
    },
}

/// How autonomy returns.
#[derive(Clone, Debug, PartialEq)]
pub struct Restore {
    /// The whole table.
    pub span: Span,
    /// Who signs off.
    pub sign_off: Option<Gate>,
    /// In order.
    pub stages: Vec<Stage>,
}

/// A stage of the restoration.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The whole table.
    pub span: Span,
    /// The control.
    pub control: Spanned<String>,
    /// The value.
    pub to: Spanned<Scalar>,
    /// How long it is watched.
    pub soak: Spanned<Millis>,
}

/// Something to be learnt.
#[derive(Clone, Debug, PartialEq)]
pub struct FollowUp {
    /// The whole table.
    pub span: Span,
    /// What.
    pub title: Spanned<String>,
    /// Of which kind.
    pub kind: Option<Spanned<FollowUpKind>>,
    /// A role or name.
    pub owner: Option<Spanned<String>>,
    /// When, counted from the close.
    pub due: Option<Spanned<Millis>>,
}

words! {
    /// Kinds of follow-up.
    FollowUpKind {
        /// Filter training or retrieval data.
        DataFilter = "data-filter",
        /// A rule.
        Rule = "rule",
        /// A gate.
        Gate = "gate",
        /// An evaluation.
        Evaluation = "evaluation",
        /// How much it may do alone.
        Autonomy = "autonomy",
    }
}
