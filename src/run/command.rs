//! What the machine wants next from the world outside.
//!
//! Owns [`Command`]. A command names what to do; how, when and with whom is the driver's and the ports' affair.

use crate::plan::{CheckIx, FactIx, GateIx, RowIx, StageIx, StepIx, TriggerIx};

/// One thing wanted from outside. Each is answered by an [`Input`](super::input::Input).
#[must_use = "a command that nobody carries out leaves the run standing still"]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Command {
    /// Nothing outward: let the machine take its next step by itself. Answered by `Advance`.
    Advance,
    /// Resolve arguments, capture prior state, render the request. Answered by `Prepared` or `Unprepared`.
    Prepare(StepIx),
    /// Read prior state again immediately before a gated act. Answered by `Reread`.
    Reread(StepIx),
    /// Act. Answered by `Observed`.
    Perform(StepIx),
    /// Read the effect back where it is consumed, until it passes or `within` is over. Answered by `Proved`.
    Probe(StepIx),
    /// Ask what to do about a step that did not pass. Answered by `Chosen`.
    ChooseStep(StepIx),
    /// Ask what to do about an item of the queue. Answered by `Chosen`.
    ChooseQueued(StepIx),
    /// Read whether the fallback of a gate holds. Answered by `FallbackRead`.
    ProveFallback(GateIx),
    /// Wait for votes or the deadline. Answered by `Tallied`, `Amended` or `Elapsed`.
    AwaitVotes(GateIx),
    /// Ask whether a sign-off that was denied or expired is asked anew. Answered by `SignOffAgain` or `Abandon`.
    ChooseSignOff,
    /// Measure a trigger. Answered by `Triggered`.
    MeasureTrigger(TriggerIx),
    /// Measure a fact's signal. Answered by `Answered` or `Silent`.
    MeasureFact(FactIx),
    /// Ask a person for a fact. Answered by `Answered` or `Elapsed`.
    AskFact(FactIx),
    /// Ask a person to confirm the proposed row or a graver one. Answered by `Confirmed` or `Elapsed`.
    ConfirmSeverity(RowIx),
    /// Measure or ask a check, once its time has come. Answered by `Judged`.
    JudgeCheck(CheckIx),
    /// Ask what to do about a check that did not pass. Answered by `CheckAgain`, `CheckAttested`, `BackToRespond` or
    /// `Abandon`.
    ChooseCheck(CheckIx),
    /// Ask who made the fix. Answered by `FixAuthorNamed`.
    NameFixAuthor,
    /// Read whether another open run holds a lowering step on this automation. Answered by `HoldsRead`.
    LookForHolds,
    /// Wait until no other run holds one; until then nothing is raised. Answered by `HoldsRead`.
    AwaitHolds,
    /// Let the soak pass. Answered by `Elapsed`.
    Soak(StageIx),
    /// Ask what to do after a breach. Answered by `BreachAnswered` or `Abandon`.
    ChooseAfterBreach,
    /// Read whether the state is what our step left, and render the undo. Answered by `UndoRead`.
    PrepareUndo(StepIx),
    /// Put captured prior state back. Answered by `UndoObserved`.
    PerformUndo(StepIx),
    /// Read back whether prior state holds. Answered by `UndoProved`.
    ProbeUndo(StepIx),
    /// Ask a person to put it back by hand, or to end the run stuck. Answered by `UndoByHand` or `LeaveStuck`.
    ChooseStuck(StepIx),
    /// The plan only contains, and that is done: the run holds what it lowered until somebody continues it under a runbook,
    /// stands it down or abandons it. Nothing else answers it.
    Hold,
    /// The plan has problems: the run stands here, contained. Nothing answers it but `Abandon` or a run that continues it.
    HaltForProblems,
    /// The record is degraded: nothing but steps that lower or look may run until it is restored.
    HaltForRecord,
    /// The run is over.
    Finish,
}
