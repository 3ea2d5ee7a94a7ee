//! What happened, as small facts: one event is one thing that is true from now on.
//!
//! Owns [`Event`] and the words inside it. An event holds indices and verdicts only; times, texts, answers, requests and
//! digests stand beside it in the [record](super::record), so that the state that events fold into stays small and
//! comparable. Verdicts are stored, so that replay never judges again.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::{CheckIx, FactIx, GateIx, RowIx, StageIx, StepIx, TriggerIx};

/// What a read-back says of an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The effect is there.
    Pass,
    /// The provider accepted it and can't be asked; unproven, never blocking.
    Accepted,
    /// The effect is not there.
    Fail,
    /// It can't be told: no data, an error, a time-out.
    Inconclusive,
}

/// What came back from performing an act. Not a verdict: 2xx is not an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The provider says that it did it.
    Done,
    /// The provider says that it did not: 4xx, a conflict, a rule of its own.
    Refused,
    /// It was certainly not sent: no secret, no address, no connection.
    NotSent,
    /// It may have acted: a lost answer, a 5xx, a cancelled call.
    Unknown,
}

/// The seven phases, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The run exists.
    Declare,
    /// Immediate actions, top to bottom.
    Contain,
    /// Triggers measured, facts asked, severity confirmed.
    Assess,
    /// Escalations and responses of the confirmed row.
    Respond,
    /// Checks before autonomy may return.
    Verify,
    /// Sign-off, stages, soaks, undo.
    Restore,
    /// Queue emptied, follow-ups opened.
    Close,
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// Everything done and proven.
    Closed,
    /// Done, with something skipped, denied, attested or dropped; each is named in the record.
    ClosedWithExceptions,
    /// A false alarm: exact prior state returned on probes and another person's vote.
    StoodDown,
    /// Given up; autonomy stays low.
    Abandoned,
    /// Something can't be put back safely and needs a person; named in the record.
    Stuck,
    /// Work done by hand, entered afterwards: nothing in it was done or proven by the program.
    Recorded,
}

/// What an operator chose for a step that did not pass, or for an item of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// Prepare and perform it once more, under a new gate if it has one.
    Retry,
    /// A person does it at the console; the probe proves it.
    ByHand,
    /// A person says that it is so, where nothing can be read back.
    Attest,
    /// On without it; needs a reason.
    Skip,
    /// Put back what it changed.
    Undo,
    /// End the run with autonomy low.
    Abandon,
}

/// Why votes no longer count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum VoidReason {
    /// Prior state differs from what was shown.
    PriorChanged,
    /// Somebody proposed other text.
    Amended,
    /// Another person took the run over.
    TakenOver,
    /// The run went back to responding.
    Breached,
    /// The severity was revised upward while the gate was open.
    Revised,
    /// The gate's fallback had to be applied first and moved what the act is about, so the act is prepared anew.
    FallbackApplied,
}

/// Why autonomy was taken back during restoration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum BreachReason {
    /// A check failed or could not be judged after a soak.
    Check,
    /// Another run holds a lowering step on this automation.
    OtherRun,
    /// A raise did not pass its probe.
    Raise,
    /// What was to be set is no longer what its sign-off showed, or it can't be read; or the sign-off itself counts no more.
    Changed,
    /// A person said stop.
    Operator,
}

/// Who or what an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Measured.
    Signal,
    /// A person.
    Person,
    /// Nobody: the deadline passed.
    Silence,
}

/// One thing that happened.
#[expect(missing_docs, reason = "the sentence of each variant says what its fields are")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// The run exists. The record holds plan, digests, roster, heads of other runs.
    RunStarted,
    /// Somebody holds the run from now on.
    LeaseTaken {
        /// True when it was taken from somebody on another host.
        over: bool,
    },
    /// A step of an earlier run stands and is taken over with its prior state.
    StepCarried { step: StepIx },
    /// A phase began.
    PhaseEntered { phase: Phase },
    /// Arguments resolved, prior state captured, request and undo rendered, keys fixed.
    StepPrepared { step: StepIx },
    /// Prior state could not be read. A step that lowers or looks goes on without it.
    StepUnprepared { step: StepIx },
    /// About to act.
    StepIntended { step: StepIx },
    /// What came back.
    StepObserved { step: StepIx, outcome: Outcome },
    /// What the read-back says.
    StepProved { step: StepIx, verdict: Verdict },
    /// An intent without an outcome was found.
    StepInDoubt { step: StepIx },
    /// The operator's choice for a step.
    StepChosen { step: StepIx, choice: Choice },
    /// A person says that it is done; the record names who.
    StepAttested { step: StepIx },
    /// The gate's fallback was proven to hold.
    FallbackHeld { gate: GateIx },
    /// The gate's fallback does not hold; it is applied first.
    FallbackMissing { gate: GateIx },
    /// Votes are asked for; the record holds digest, functions and deadline.
    GateOpened { gate: GateIx },
    /// A vote was copied into the record; the tally is not complete.
    VoteCounted { gate: GateIx },
    /// A vote that does not count was copied into the record, with the reason.
    VoteRefused { gate: GateIx },
    /// The tally is complete.
    GateGranted { gate: GateIx },
    /// Somebody entitled said no.
    GateDenied { gate: GateIx },
    /// The deadline passed.
    GateExpired { gate: GateIx },
    /// Part of its time has passed and the tally is not complete: a page follows, with the names of those who said nothing.
    GateReminded { gate: GateIx },
    /// The votes no longer count.
    GateVoided { gate: GateIx, why: VoidReason },
    /// The grant is used up, immediately before the intent.
    GateConsumed { gate: GateIx },
    /// The gated act goes ahead without its approval: it lowers autonomy or keeps evidence. The record holds who, why and
    /// which functions were skipped; a page to them follows.
    GlassBroken { gate: GateIx },
    /// Somebody who was skipped countersigned, or objects; the record holds the vote.
    ReviewVoted { gate: GateIx },
    /// Enough of those who were skipped have countersigned.
    Reviewed { gate: GateIx },
    /// A trigger was measured.
    TriggerMeasured { trigger: TriggerIx, verdict: Verdict },
    /// A fact's signal was silent; it is asked.
    FactSilent { fact: FactIx },
    /// A fact lies in a region, or is not known (`255`).
    FactAnswered { fact: FactIx, region: u8, source: Source },
    /// The matrix proposes a row.
    SeverityProposed { row: RowIx },
    /// A person confirmed the proposed row or a graver one, or revised upward later.
    SeverityConfirmed { row: RowIx },
    /// A person asks for a lower severity; a gate follows.
    DowngradeAsked { row: RowIx },
    /// Nobody answered in time; a page follows.
    QuestionExpired,
    /// A check was judged.
    CheckJudged { check: CheckIx, verdict: Verdict },
    /// A person asks to judge it again.
    CheckReopened { check: CheckIx },
    /// A signal has no data while the automation is stopped; it must pass in every soak.
    CheckDeferred { check: CheckIx },
    /// A named person, neither operator nor fix author, attests an inconclusive check.
    CheckAttested { check: CheckIx },
    /// The operator goes back to responding after a failed check.
    BackToRespond,
    /// Who made the fix is recorded.
    FixAuthorNamed,
    /// Whether any other open run holds a lowering step on this automation.
    HoldsLooked { others: bool },
    /// A stage's control was set and proven; the soak began.
    SoakStarted { stage: StageIx },
    /// The soak's time is over.
    SoakEnded { stage: StageIx },
    /// Autonomy is taken back: every control to safe, then back to respond.
    Breached { why: BreachReason },
    /// A person goes on to verify again after a breach.
    BreachAnswered,
    /// An undo was read and rendered; the state is what our step left.
    UndoPrepared { step: StepIx },
    /// About to undo.
    UndoIntended { step: StepIx },
    /// What came back from the undo.
    UndoObserved { step: StepIx, outcome: Outcome },
    /// What the read-back says of the undo.
    UndoProved { step: StepIx, verdict: Verdict },
    /// An undo's intent without an outcome was found.
    UndoInDoubt { step: StepIx },
    /// The prior state already holds; nothing is written.
    UndoNeedless { step: StepIx },
    /// The undo can't be done safely and needs a person.
    UndoStuck { step: StepIx },
    /// A person put it back by hand; the probe proves it.
    UndoByHand { step: StepIx },
    /// A person asks for the cheap way out of a false alarm.
    StandDownAsked,
    /// A person ends the run with autonomy low; whatever was raised is lowered first.
    AbandonAsked,
    /// Follow-up items were opened.
    FollowUpsOpened,
    /// The record could not be written where it belongs; the emergency file holds it from here on.
    RecordDegraded,
    /// The record is where it belongs again.
    RecordRestored,
    /// A process found the run and goes on with it.
    Restarted,
    /// The run was left, resumable.
    Interrupted,
    /// A person added a note.
    Noted,
    /// The run was continued under another class; named in the record.
    ContinuedBy,
    /// The run is over.
    RunEnded { end: End },
}

impl Event {
    /// The step this is about, if any.
    #[must_use]
    pub const fn step(&self) -> Option<StepIx> {
        match *self {
            Self::StepCarried { step }
            | Self::StepPrepared { step }
            | Self::StepUnprepared { step }
            | Self::StepIntended { step }
            | Self::StepObserved { step, .. }
            | Self::StepProved { step, .. }
            | Self::StepInDoubt { step }
            | Self::StepChosen { step, .. }
            | Self::StepAttested { step }
            | Self::UndoPrepared { step }
            | Self::UndoIntended { step }
            | Self::UndoObserved { step, .. }
            | Self::UndoProved { step, .. }
            | Self::UndoInDoubt { step }
            | Self::UndoNeedless { step }
            | Self::UndoStuck { step }
            | Self::UndoByHand { step } => Some(step),
            _ => None,
        }
    }

    /// The gate this is about, if any.
    #[must_use]
    pub const fn gate(&self) -> Option<GateIx> {
        match *self {
            Self::FallbackHeld { gate }
            | Self::FallbackMissing { gate }
            | Self::GateOpened { gate }
            | Self::VoteCounted { gate }
            | Self::VoteRefused { gate }
            | Self::GateGranted { gate }
            | Self::GateDenied { gate }
            | Self::GateExpired { gate }
            | Self::GateReminded { gate }
            | Self::GateVoided { gate, .. }
            | Self::GateConsumed { gate }
            | Self::GlassBroken { gate }
            | Self::ReviewVoted { gate }
            | Self::Reviewed { gate } => Some(gate),
            _ => None,
        }
    }
}
