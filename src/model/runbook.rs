//! A runbook for a class of incident, as written in `runbooks/incident/*.toml`.
//!
//! Owns the typed data. Names that point into other files (controls, layers, signals, roles, templates) stay names;
//! `plan` resolves them. What could not be read is absent, and was reported when the file was decoded.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::expr::Expr;
use super::scalar::Scalar;
use super::word::words;
use crate::text::source::Source;
use crate::text::span::{Span, Spanned};
use crate::text::time::Millis;

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

/// An immediate action or a response.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The whole table.
    pub span: Span,
    /// Its id; made up, such as `immediate.2`, where it is missing or broken.
    pub id: Spanned<String>,
    /// What is done; none when verb or arguments can't be read so far that it could be done.
    pub act: Option<Spanned<Act>>,
    /// The author's reason.
    pub why: Option<Spanned<String>>,
    /// Deadline to a passed probe.
    pub within: Option<Spanned<Millis>>,
    /// Another way; immediate actions only.
    pub or_else: Option<Spanned<String>>,
    /// Why it can't be taken back; responses only.
    pub irreversible: Option<Spanned<String>>,
    /// What is done instead of taking it back; responses only.
    pub corrective: Option<Spanned<String>>,
    /// Who must approve it; responses only.
    pub gate: Option<Gate>,
    /// Whether no problem was found anywhere in it. A step with an `act` but not intact can be done; something beside
    /// the act is wrong.
    pub intact: bool,
}

/// What is done, with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// `control.safe`
    ControlSafe {
        /// The control.
        control: Spanned<String>,
    },
    /// `control.set`
    ControlSet {
        /// The control.
        control: Spanned<String>,
        /// The value; whether it fits is known once the control is.
        to: Spanned<Scalar>,
    },
    /// `layer.rollback`
    LayerRollback {
        /// The layer.
        layer: Spanned<String>,
        /// `last-known-good` or a version; none means `last-known-good`.
        to: Option<Spanned<String>>,
    },
    /// `evidence.capture`
    EvidenceCapture {
        /// Sources of the automation.
        sources: Vec<Spanned<String>>,
        /// How far back.
        since: Option<Spanned<Millis>>,
    },
    /// `deploy.freeze`
    DeployFreeze,
    /// `page.send`
    PageSend {
        /// Roles (`@owner`) or names.
        to: Vec<Spanned<String>>,
        /// How urgent; none means critical.
        severity: Option<Spanned<Urgency>>,
        /// What the page says; none means a sentence made from the run.
        summary: Option<Spanned<String>>,
    },
    /// `notify.send`
    NotifySend {
        /// Roles or names.
        to: Vec<Spanned<String>>,
        /// What it says.
        text: Spanned<String>,
    },
    /// `statement.publish`
    StatementPublish {
        /// The template's name.
        template: Spanned<String>,
        /// Who receives it.
        audience: Spanned<String>,
    },
    /// `ticket.open`
    TicketOpen {
        /// Its title.
        title: Spanned<String>,
    },
    /// `human.do`
    HumanDo {
        /// What is to be done.
        text: Spanned<String>,
        /// Who does it, as a role or name.
        who: Option<Spanned<String>>,
    },
    /// `http.call`
    HttpCall {
        /// The provider, of kind `http`.
        provider: Spanned<String>,
        /// The operation's name in the provider's `call` table.
        call: Spanned<String>,
        /// Declared direction; none counts as raises.
        direction: Option<Spanned<Direction>>,
        /// What fills its placeholders.
        arguments: Map<String, Value>,
    },
}

words! {
    /// The verbs, in the order of the table.
    Verb {
        /// Set a control to its safe value.
        ControlSafe = "control.safe",
        /// Set a control.
        ControlSet = "control.set",
        /// Move a layer to an earlier version.
        LayerRollback = "layer.rollback",
        /// Keep evidence.
        EvidenceCapture = "evidence.capture",
        /// Hold deployments.
        DeployFreeze = "deploy.freeze",
        /// Page people.
        PageSend = "page.send",
        /// Tell people without waking them.
        NotifySend = "notify.send",
        /// Publish a statement.
        StatementPublish = "statement.publish",
        /// Open a ticket.
        TicketOpen = "ticket.open",
        /// A person does it.
        HumanDo = "human.do",
        /// Any other API.
        HttpCall = "http.call",
    }
}

words! {
    /// How urgent a page is.
    Urgency {
        /// Wake somebody now.
        Critical = "critical",
        /// Something is broken.
        Error = "error",
        /// Something may break.
        Warning = "warning",
        /// For information.
        Info = "info",
    }
}

words! {
    /// Direction declared by `http.call`.
    Direction {
        /// Less autonomy.
        Lowers = "lowers",
        /// More autonomy.
        Raises = "raises",
        /// Neither.
        Neutral = "neutral",
    }
}

/// Where named functions must approve.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// The whole table.
    pub span: Span,
    /// Functions, each covered by another person.
    pub functions: Vec<Spanned<String>>,
    /// Least number of distinct people, where more than there are functions.
    pub people: Option<Spanned<u16>>,
    /// Who may not vote.
    pub not: Vec<Spanned<Excluded>>,
    /// Time from opening to expiry; none when it could not be read.
    pub within: Option<Spanned<Millis>>,
    /// What an expired or denied gate leaves; none when it could not be read.
    pub on_timeout: Option<Spanned<Fallback>>,
}

words! {
    /// Who may not vote.
    Excluded {
        /// Whoever led the run or gave an argument or an attestation.
        Operator = "operator",
        /// Whoever made the fix.
        FixAuthor = "fix-author",
    }
}

words! {
    /// What an expired or denied gate leaves.
    Fallback {
        /// The automation's `[stop]` holds.
        ReadOnly = "read-only",
        /// An item with an owner and a new deadline.
        Queue = "queue",
        /// On without it.
        Cancel = "cancel",
    }
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
