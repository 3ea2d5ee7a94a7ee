//! A step of a runbook: what is done, with what, and who must approve it.
//!
//! Owns the typed data of verbs and gates. Names that point into other files stay names.

use serde_json::{Map, Value};

use crate::model::scalar::Scalar;
use crate::model::word::words;
use crate::text::span::{Span, Spanned};
use crate::text::time::Millis;

/// An immediate action or a response.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The whole table.
    pub span: Span,
    /// Its id; made up, such as `immediate.2`, where it is missing or broken.
    pub id: Spanned<String>,
    /// What is done; none when verb or arguments can't be read so far that it could be done.
    pub act: Option<Spanned<Act>>,
    /// The verb, also where its arguments can't be read.
    pub verb: Option<Verb>,
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
