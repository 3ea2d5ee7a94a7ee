//! What can arrive at the machine from outside.
//!
//! Owns [`Input`]. Who said it, when, in which words and with what evidence stands beside it in the record.

use super::event::{Choice, Outcome, Verdict};
use crate::plan::{CheckIx, FactIx, GateIx, RowIx, StageIx, StepIx, TriggerIx};

/// The count of distinct people at a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tally {
    /// Not complete.
    Missing,
    /// Complete.
    Granted,
    /// Somebody entitled said no.
    Denied,
}

/// What was found where an undo would write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UndoReading {
    /// The state is what our step left: the undo may write.
    Ours,
    /// The prior state already holds.
    AlreadyBack,
    /// Somebody changed it since, or prior state was never captured, or it can't be read.
    Differs,
    /// What this run stands on to put it back does not count any more: nothing is read or written.
    Unapproved,
}

/// A deadline that passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deadline {
    /// Of a question about a fact.
    Fact(FactIx),
    /// Of the question that confirms the severity.
    Severity,
    /// Of a gate.
    Gate(GateIx),
    /// Part of a gate's time, after which whoever said nothing is asked again.
    Reminder(GateIx),
    /// Of a check that a person is asked.
    Check(CheckIx),
    /// Of whatever else a person is waited for: a decision, a name, the end of another run.
    Human,
    /// The end of a soak.
    Soak(StageIx),
}

/// One thing that arrived.
#[expect(missing_docs, reason = "the sentence of each variant says what its fields are")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Input {
    /// Start the run.
    Begin,
    /// An earlier run's step stands.
    Carry(StepIx),
    /// Take the next step that needs nothing from outside.
    Advance,
    /// Prepared.
    Prepared(StepIx),
    /// Prior state could not be read.
    Unprepared(StepIx),
    /// Prior state was read again before a gated act: the same as shown, or not.
    Reread { step: StepIx, same: bool },
    /// What came back.
    Observed { step: StepIx, outcome: Outcome },
    /// What the read-back says.
    Proved { step: StepIx, verdict: Verdict },
    /// The operator's choice.
    Chosen { step: StepIx, choice: Choice },
    /// Whether the fallback holds.
    FallbackRead { gate: GateIx, holds: bool },
    /// A vote arrived and was counted.
    Tallied { gate: GateIx, tally: Tally },
    /// A vote arrived that does not count.
    VoteRefused(GateIx),
    /// Somebody proposed other text for the gated act.
    Amended(GateIx),
    /// A person goes ahead without the approval that the open gate asks for.
    BreakGlass(GateIx),
    /// Somebody who was skipped countersigned, or objects; `complete` once enough have countersigned.
    ReviewVoted { gate: GateIx, complete: bool },
    /// Ask the sign-off anew.
    SignOffAgain,
    /// A trigger was measured.
    Triggered { trigger: TriggerIx, verdict: Verdict },
    /// A fact's signal has nothing to say.
    Silent(FactIx),
    /// A fact's region from a signal or a person; `255` is *not known*.
    Answered { fact: FactIx, region: u8, by_signal: bool },
    /// A person confirmed this row; graver than or equal to the proposed one.
    Confirmed(RowIx),
    /// New answers propose this row after the confirmation; taken at once when graver.
    Revised(RowIx),
    /// A person asks for a lower severity.
    Downgrade(RowIx),
    /// A check was judged; `no_data` when the signal is silent.
    Judged { check: CheckIx, verdict: Verdict, no_data: bool },
    /// Judge it again.
    CheckAgain(CheckIx),
    /// A named person attests it.
    CheckAttested(CheckIx),
    /// Back to responding.
    BackToRespond,
    /// Who made the fix; `attested` when the same person vouched for a check.
    FixAuthorNamed { attested: bool },
    /// Whether another open run holds.
    HoldsRead { others: bool },
    /// A deadline passed.
    Elapsed(Deadline),
    /// A person says stop during restoration.
    StopAgain,
    /// On to verify after a breach.
    BreachAnswered,
    /// What was found where the undo would write.
    UndoRead { step: StepIx, reading: UndoReading },
    /// What came back from the undo.
    UndoObserved { step: StepIx, outcome: Outcome },
    /// What the read-back says of the undo.
    UndoProved { step: StepIx, verdict: Verdict },
    /// A person put it back.
    UndoByHand(StepIx),
    /// Nobody can: end stuck.
    LeaveStuck,
    /// Ask to stand down. `timely` is false after 60 minutes.
    StandDown { timely: bool },
    /// End the run, autonomy low.
    Abandon,
    /// The record could not be written where it belongs.
    RecordLost,
    /// The record is where it belongs again.
    RecordRestored,
    /// A process found the run. `over` when it was taken from another host.
    Restarted { over: bool },
    /// The process is about to leave.
    Interrupted,
    /// A note.
    Noted,
    /// The whole run was entered afterwards, and that is all of it.
    Recorded,
    /// Another run continues this one.
    ContinuedBy,
}
