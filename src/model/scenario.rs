//! A game day as written in `runbooks/gameday/*.toml`: what is practised, what comes in when, who is absent, what breaks,
//! what is expected of the players, and how the players of `--auto` behave.
//!
//! Owns the typed data. Names of runbooks, automations, steps, gates, facts and people stay names; `plan` resolves them.

use std::sync::Arc;

use super::exception::Exception;
use super::scalar::Scalar;
use super::word::words;
use crate::text::source::Source;
use crate::text::span::{Span, Spanned};
use crate::text::time::Millis;

/// A scenario. `None` for a key that is required means: missing or broken, and reported.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The file.
    pub source: Arc<Source>,
    /// The path below `runbooks/` without the ending, such as `gameday/invented-policy`.
    pub name: String,
    /// What it is called.
    pub title: Option<Spanned<String>>,
    /// The runbook that is practised.
    pub runbook: Option<Spanned<String>>,
    /// On which automation.
    pub automation: Option<Spanned<String>>,
    /// In which environment; without it, as for a run.
    pub environment: Option<Spanned<String>>,
    /// The real incidents it is made from.
    pub based_on: Vec<Spanned<String>>,
    /// What the players are to show.
    pub objectives: Vec<Spanned<String>>,
    /// The word by which anybody ends it: from then on it is real.
    pub abort_word: Option<Spanned<String>>,
    /// The day it is played on by `--auto`.
    pub on: Option<Spanned<jiff::civil::Date>>,
    /// The row of the matrix that is right.
    pub severity: Option<Spanned<String>>,
    /// What may take how long.
    pub limits: Limits,
    /// Who plays what.
    pub roles: Vec<Role>,
    /// What is measured while it is played.
    pub signals: Vec<Signal>,
    /// What comes in.
    pub injects: Vec<Inject>,
    /// Who is not there.
    pub absences: Vec<Absence>,
    /// What breaks.
    pub faults: Vec<Fault>,
    /// What is expected.
    pub expectations: Vec<Expectation>,
    /// What must not happen.
    pub forbidden: Vec<Forbidden>,
    /// Who plays when nobody does.
    pub players: Vec<Player>,
    /// Findings that somebody answers for: `[[exception]]`.
    pub exceptions: Vec<Exception>,
}

impl Scenario {
    /// What expectations and what is forbidden name as a trap.
    pub fn traps_named(&self) -> impl Iterator<Item = &Spanned<String>> {
        let expected = self.expectations.iter().flat_map(|e| &e.traps);
        expected.chain(self.forbidden.iter().flat_map(|f| &f.traps))
    }
}

/// `[limits]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// From the first inject to the run's declaration.
    pub declared: Option<Spanned<Millis>>,
    /// From the declaration to the first act that lowers autonomy.
    pub first_action: Option<Spanned<Millis>>,
    /// From the first inject to containment that is proven.
    pub contained: Option<Spanned<Millis>>,
    /// From the first inject to the first judgement by a person, from which clocks set by law run.
    pub clock_started: Option<Spanned<Millis>>,
    /// How many acts of the automation may reach the outside after the first inject.
    pub effects: Option<Spanned<u64>>,
    /// How often the automation acts on the outside while nothing holds it.
    pub effect_every: Option<Spanned<Millis>>,
    /// When the game master ends it.
    pub duration: Option<Spanned<Millis>>,
}

/// `[[role]]`: who plays what.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// The role.
    pub id: Spanned<String>,
    /// A person of people.toml.
    pub person: Option<Spanned<String>>,
}

/// `[[signal]]`: what is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// A signal of the automation.
    pub signal: Option<Spanned<String>>,
    /// Its value from the beginning on.
    pub value: Option<Spanned<f64>>,
    /// Observations behind it.
    pub samples: Option<Spanned<u64>>,
    /// What it was before.
    pub baseline: Option<Spanned<f64>>,
    /// Its value once the step below is proven.
    pub mended: Option<Spanned<f64>>,
    /// The step that mends it.
    pub mended_by: Option<Spanned<String>>,
    /// Its value once the step below was done, until it is mended.
    pub worse: Option<Spanned<f64>>,
    /// The step that makes it worse.
    pub worsened_by: Option<Spanned<String>>,
}

/// `[[inject]]`: something that comes in.
#[derive(Clone, Debug, PartialEq)]
pub struct Inject {
    /// Its id.
    pub id: Spanned<String>,
    /// When, from the beginning.
    pub at: Option<Spanned<Millis>>,
    /// By which way.
    pub channel: Option<Spanned<Channel>>,
    /// To whom: roles of this scenario.
    pub to: Vec<Spanned<String>>,
    /// What it says.
    pub text: Option<Spanned<String>>,
    /// In place of that: what the game master alone can open, in age's ASCII form.
    pub sealed: Option<Spanned<String>>,
    /// SHA-256 of what is sealed.
    pub sha256: Option<Spanned<String>>,
    /// Whether it comes from the incident itself, so that nothing in it may be believed.
    pub untrusted: bool,
    /// Whether believing it costs points: those of the whole dimension of what names it in `traps`.
    pub trap: bool,
    /// Only in this state.
    pub when: Option<Spanned<Moment>>,
    /// What is measured from then on.
    pub signals: Vec<Signal>,
    /// Where it stands.
    pub span: Span,
}

/// `[[absent]]`: somebody who is not there.
#[derive(Clone, Debug, PartialEq)]
pub struct Absence {
    /// A role of this scenario or a person of people.toml.
    pub who: Option<Spanned<String>>,
    /// From when on; from the beginning where nothing is said.
    pub from: Option<Spanned<Millis>>,
    /// Until when; for good where nothing is said.
    pub until: Option<Spanned<Millis>>,
    /// In which way.
    pub how: Option<Spanned<How>>,
}

/// `[[fault]]`: something that breaks.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Its id.
    pub id: Spanned<String>,
    /// The provider it happens in.
    pub provider: Option<Spanned<String>>,
    /// The step it happens to.
    pub step: Option<Spanned<String>>,
    /// From when on; from the beginning where nothing is said.
    pub at: Option<Spanned<Millis>>,
    /// How long; for good where nothing is said.
    pub lasts: Option<Spanned<Millis>>,
    /// How many calls it spoils; all where nothing is said.
    pub times: Option<Spanned<u64>>,
    /// What breaks.
    pub kind: Option<Spanned<FaultKind>>,
    /// How far the clock is off, where that is what breaks.
    pub by: Option<Spanned<Millis>>,
}

/// `[[expect]]`: what is expected of the players.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Its id.
    pub id: Spanned<String>,
    /// What is to happen.
    pub event: Option<Spanned<Happening>>,
    /// To what: a step, a gate, a check, a level.
    pub about: Option<Spanned<String>>,
    /// By when, from the beginning.
    pub by: Option<Spanned<Millis>>,
    /// Before what: ids of other expectations.
    pub before: Vec<Spanned<String>>,
    /// Its weight among the expectations of its dimension.
    pub weight: u64,
    /// Traps that somebody believed where it is not met: ids of injects.
    pub traps: Vec<Spanned<String>>,
    /// Whether the drill is failed without it.
    pub red_line: bool,
}

/// `[[forbid]]`: what must not happen.
#[derive(Clone, Debug, PartialEq)]
pub struct Forbidden {
    /// Its id.
    pub id: Spanned<String>,
    /// What must not happen.
    pub event: Option<Spanned<Happening>>,
    /// To what.
    pub about: Option<Spanned<String>>,
    /// Words that must not be among what is said.
    pub says: Option<Spanned<String>>,
    /// Why not.
    pub why: Option<Spanned<String>>,
    /// Traps that somebody believed where it happens: ids of injects.
    pub traps: Vec<Spanned<String>>,
    /// Whether the drill is failed by it.
    pub red_line: bool,
}

/// `[[player]]`: somebody who plays where nobody does.
#[derive(Clone, Debug, PartialEq)]
pub struct Player {
    /// What they are called; `good` is taken where nobody is named.
    pub id: Spanned<String>,
    /// What they show, in a sentence.
    pub about: Option<Spanned<String>>,
    /// Who of people.toml they are; the scenario's first role where nothing is said.
    pub person: Option<Spanned<String>>,
    /// From the first inject to the run's declaration.
    pub declares_after: Option<Spanned<Millis>>,
    /// How long each answer takes.
    pub answers_after: Option<Spanned<Millis>>,
    /// How long an approver takes who is there.
    pub approvers_take: Option<Spanned<Millis>>,
    /// What they answer.
    pub answers: Vec<GivenAnswer>,
    /// The row they confirm, where it is not the proposed one.
    pub severity: Option<Spanned<String>>,
    /// What they choose for a step that did not pass, first what they like best.
    pub choices: Vec<Spanned<Pick>>,
    /// Who they say made the fix.
    pub fix_author: Option<Spanned<String>>,
    /// Whether they ask to stand down instead of confirming a severity.
    pub stands_down: bool,
    /// Whether they end the run, autonomy low, instead of confirming a severity.
    pub abandons: bool,
    /// Votes that differ from what an approver does otherwise.
    pub votes: Vec<GivenVote>,
    /// For what the drill is failed, played so: ids of expectations, of what is forbidden, or names of dimensions.
    pub fails: Vec<Spanned<String>>,
}

/// `answers` of a player.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenAnswer {
    /// A fact or a check.
    pub to: Option<Spanned<String>>,
    /// The value; a level by its name. Without one they do not know.
    pub value: Option<Spanned<Scalar>>,
    /// Whether they say nothing until its time is over.
    pub silent: bool,
}

/// `votes` of a player.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenVote {
    /// A person of people.toml.
    pub person: Option<Spanned<String>>,
    /// A gate: the id of the step that it guards, `sign-off`, `stand-down` or `downgrade`.
    pub gate: Option<Spanned<String>>,
    /// What they say.
    pub says: Option<Spanned<Ballot>>,
    /// How long after the gate opened.
    pub after: Option<Spanned<Millis>>,
    /// Other text, where they propose it.
    pub text: Option<Spanned<String>>,
}

words! {
    /// By which way an inject comes in.
    Channel {
        /// An alert of a monitor.
        Alert = "alert",
        /// A ticket.
        Ticket = "ticket",
        /// An e-mail.
        Email = "email",
        /// A call.
        Phone = "phone",
        /// The press, or what people post.
        Press = "press",
        /// The vendor.
        Vendor = "vendor",
        /// An authority.
        Regulator = "regulator",
        /// What the automation itself says or logs; never to be believed.
        Automation = "automation",
    }
}

words! {
    /// A state that an inject waits for.
    Moment {
        /// Containment is proven.
        Contained = "contained",
        /// Containment is not proven.
        NotContained = "not-contained",
        /// A gate is open.
        GateOpen = "gate-open",
        /// The severity is confirmed.
        Confirmed = "confirmed",
        /// The severity is not confirmed.
        NotConfirmed = "not-confirmed",
    }
}

words! {
    /// In which way somebody is absent.
    How {
        /// Does not answer.
        Unreachable = "unreachable",
        /// Answers and says no.
        Declines = "declines",
        /// Wants to answer and has no key to sign with.
        KeyLost = "key-lost",
        /// Has an interest in it and stays out.
        Conflicted = "conflicted",
    }
}

words! {
    /// What breaks.
    FaultKind {
        /// No answer comes back; the act is done all the same.
        Timeout = "timeout",
        /// The act is refused with an error.
        Error = "error",
        /// It reaches the first target only.
        Partial = "partial",
        /// Reading back shows the state before the act.
        StaleRead = "stale-read",
        /// It is answered with success and nothing has changed.
        NoEffect = "no-effect",
        /// Another version than the one asked for stands there afterwards.
        WrongVersion = "wrong-version",
        /// The clock of whoever votes is off.
        ClockSkew = "clock-skew",
        /// Too many requests: refused until the time is over.
        RateLimit = "rate-limit",
        /// The journal's remote can't be reached.
        RemoteDown = "remote-down",
    }
}

words! {
    /// What can be expected or forbidden.
    Happening {
        /// The run was declared.
        Declared = "declared",
        /// Every lowering step, or its or-else, has a passed probe.
        Contained = "contained",
        /// A step has worked: its read-back says so.
        StepPassed = "step-passed",
        /// A step was done, whatever came of it.
        StepDone = "step-done",
        /// A step was left out by choice.
        StepSkipped = "step-skipped",
        /// A person judged for the first time: an answer or the severity.
        ClockStarted = "clock-started",
        /// The severity was confirmed.
        Severity = "severity",
        /// A gate opened.
        GateOpened = "gate-opened",
        /// A gate was granted.
        GateGranted = "gate-granted",
        /// A gate was denied.
        GateDenied = "gate-denied",
        /// A gate expired without enough votes.
        GateExpired = "gate-expired",
        /// Somebody voted who may not: who asks, who ran it, who made the fix.
        OwnVote = "own-vote",
        /// A statement was published.
        Published = "published",
        /// A check passed.
        CheckPassed = "check-passed",
        /// A check did not pass.
        CheckFailed = "check-failed",
        /// Autonomy was taken back while it was being restored.
        Breached = "breached",
        /// A stage of the restoration was reached.
        Restored = "restored",
        /// The run was closed.
        Closed = "closed",
        /// It was stood down.
        StoodDown = "stood-down",
        /// It was given up, autonomy low.
        Abandoned = "abandoned",
    }
}

words! {
    /// What a player chooses for a step that did not pass.
    Pick {
        /// Once more.
        Retry = "retry",
        /// By hand, at the console.
        ByHand = "by-hand",
        /// Say that it is so, where nothing can be read back.
        Attest = "attest",
        /// On without it.
        Skip = "skip",
        /// Put back what it changed.
        Undo = "undo",
        /// End the run, autonomy low.
        Abandon = "abandon",
    }
}

words! {
    /// What a vote says.
    Ballot {
        /// Yes.
        Approve = "approve",
        /// No.
        Deny = "deny",
        /// Yes, with other text.
        Amend = "amend",
        /// Nothing at all.
        Nothing = "nothing",
    }
}

words! {
    /// What a drill is scored by.
    Dimension {
        /// Noticed, and declared in time.
        Declare = "declare",
        /// The first act that lowers autonomy came in time.
        FirstAction = "first-action",
        /// Containment is proven in time, by an independent read.
        Containment = "containment",
        /// Stop, evidence, freeze, then what is rolled back.
        Order = "order",
        /// The right row of the matrix.
        Severity = "severity",
        /// The right people said yes, nobody to their own request, and silence opened nothing.
        Approvals = "approvals",
        /// A person judged in time, from which clocks set by law run.
        Clocks = "clocks",
        /// The right words, legal before the public.
        Statements = "statements",
        /// Every check with its result before autonomy came back, and a sign-off.
        Recovery = "recovery",
        /// The record is whole, and a stranger can tell it again.
        Record = "record",
    }
}
