//! The subject line of a commit: what a batch of records says to somebody who has only `git log`.
//!
//! Made from the records alone. Owns the words; must not look anything up. Another version of the program may choose
//! other words, so nothing depends on them but the reader.

use crate::run::event::{Choice, End, Event, Outcome, Phase, Source, Verdict, VoidReason};
use crate::run::record::Record;
use crate::text::safe;

/// Longest subject, in characters: a line of `git log --oneline` at 80 columns.
const WIDTH: usize = 72;

/// The subject of a batch.
pub(super) fn of(records: &[Record]) -> String {
    let mut said: Vec<String> = records.iter().map(line).collect();
    said.dedup();
    let late = records.iter().any(|r| r.late);
    let text = if said.is_empty() { "nothing".to_owned() } else { said.join("; ") };
    let text = if late { format!("late: {text}") } else { text };
    if text.chars().count() <= WIDTH {
        return text;
    }
    let mut cut: String = text.chars().take(WIDTH - 1).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

/// One record in a few words.
fn line(record: &Record) -> String {
    let about = record.about.as_deref().map(safe::line).unwrap_or_default();
    let on = |text: &str| if about.is_empty() { text.to_owned() } else { format!("{about}: {text}") };
    match record.event {
        Event::RunStarted => record.detail.start.as_ref().map_or_else(
            || "run started".to_owned(),
            |s| {
                let how = if s.retrospective { "RETROSPECTIVE, entered afterwards" } else { "run started" };
                safe::line(&format!("{how}: {} on {} ({})", s.plan.runbook, s.plan.automation, s.plan.environment))
            },
        ),
        Event::LeaseTaken { over } => {
            let who = record
                .detail
                .lease
                .as_ref()
                .map_or_else(|| safe::line(&record.by), |l| safe::line(&format!("{} on {}", l.person, l.host)));
            if over { format!("taken over by {who}") } else { format!("held by {who}") }
        }
        Event::StepCarried { .. } => on("carried on from an earlier run"),
        Event::PhaseEntered { phase: p } => format!("phase {}", phase(p)),
        Event::StepPrepared { .. } => on("prepared"),
        Event::StepUnprepared { .. } => on("prior state not readable"),
        Event::StepIntended { .. } => on("about to act"),
        Event::StepObserved { outcome: o, .. } => on(outcome(o)),
        Event::StepProved { verdict: v, .. } => on(&format!("read back: {}", verdict(v))),
        Event::StepInDoubt { .. } => on("in doubt"),
        Event::StepChosen { choice: c, .. } => on(choice(c)),
        Event::StepAttested { .. } => on("attested by a person"),
        Event::FallbackHeld { .. } => on("fallback holds"),
        Event::FallbackMissing { .. } => on("fallback does not hold yet"),
        Event::GateOpened { .. } => on("gate opened"),
        Event::VoteCounted { .. } => on("vote counted"),
        Event::VoteRefused { .. } => on("vote refused"),
        Event::GateGranted { .. } => on("granted"),
        Event::GateDenied { .. } => on("denied"),
        Event::GateExpired { .. } => on("expired"),
        Event::GateReminded { .. } => on("no answer yet, paged again"),
        Event::GateVoided { why, .. } => on(match why {
            VoidReason::PriorChanged => "votes void: prior state changed",
            VoidReason::Amended => "votes void: other text proposed",
            VoidReason::TakenOver => "votes void: run taken over",
            VoidReason::Breached => "votes void: breach",
            VoidReason::Revised => "votes void: severity revised",
            VoidReason::FallbackApplied => "prepared anew: fallback was applied",
        }),
        Event::GateConsumed { .. } => on("grant used"),
        Event::GlassBroken { .. } => on(&format!("BREAK-GLASS by {}, without its approval", safe::line(&record.by))),
        Event::ReviewVoted { .. } => on("somebody who was skipped answered"),
        Event::Reviewed { .. } => on("countersigned"),
        Event::TriggerMeasured { verdict: v, .. } => on(&format!("measured: {}", verdict(v))),
        Event::FactSilent { .. } => on("no signal, asked"),
        Event::FactAnswered { source, .. } => on(match source {
            Source::Signal => "answered by a signal",
            Source::Person => "answered",
            Source::Silence => "not known, nobody answered",
        }),
        Event::SeverityProposed { .. } => on("severity proposed"),
        Event::SeverityConfirmed { .. } => on("severity confirmed"),
        Event::DowngradeAsked { .. } => on("lower severity asked for"),
        Event::QuestionExpired => on("question expired"),
        Event::CheckJudged { verdict: v, .. } => on(&format!("judged: {}", verdict(v))),
        Event::CheckDeferred { .. } => on("no data while stopped, judged in the soaks"),
        Event::CheckAttested { .. } => on("check attested by a person"),
        Event::CheckReopened { .. } => on("to be judged again"),
        Event::AbandonAsked => "abandon asked for".to_owned(),
        Event::BackToRespond => "back to respond".to_owned(),
        Event::FixAuthorNamed => "author of the fix named".to_owned(),
        Event::HoldsLooked { others } => {
            if others { "another run holds this automation" } else { "no other run holds this automation" }.to_owned()
        }
        Event::SoakStarted { .. } => on("soak started"),
        Event::SoakEnded { .. } => on("soak ended"),
        Event::Breached { .. } => "breach: autonomy taken back".to_owned(),
        Event::BreachAnswered => "verify again after the breach".to_owned(),
        Event::UndoPrepared { .. } => on("undo prepared"),
        Event::UndoIntended { .. } => on("about to undo"),
        Event::UndoObserved { outcome: o, .. } => on(&format!("undo {}", outcome(o))),
        Event::UndoProved { verdict: v, .. } => on(&format!("undo read back: {}", verdict(v))),
        Event::UndoInDoubt { .. } => on("undo in doubt"),
        Event::UndoNeedless { .. } => on("prior state already holds"),
        Event::UndoStuck { .. } => on("undo stuck, needs a person"),
        Event::UndoByHand { .. } => on("undone by hand"),
        Event::StandDownAsked => "stand-down asked for".to_owned(),
        Event::FollowUpsOpened => "follow-ups opened".to_owned(),
        Event::RecordDegraded => "record goes to the emergency file".to_owned(),
        Event::RecordRestored => "record is back in git".to_owned(),
        Event::Restarted => "resumed".to_owned(),
        Event::Interrupted => "left, resumable".to_owned(),
        Event::Noted if record.detail.retrospective.is_some() => "done by hand, entered afterwards".to_owned(),
        Event::Noted if record.detail.endorsed.is_some() => {
            let person = record.detail.person.as_deref().map(safe::line).unwrap_or_default();
            format!("{person} vouches for the process that writes this")
        }
        Event::Noted if record.detail.fork.is_some() => "a fork is decided about".to_owned(),
        Event::Noted => match &record.detail.redacted {
            Some(redacted) => format!("what record {} names is redacted", redacted.seq),
            None => "note added".to_owned(),
        },
        Event::ContinuedBy => "continued by another run".to_owned(),
        Event::RunEnded { end: e } => format!("run ended: {}", end(e)),
    }
}

const fn verdict(v: Verdict) -> &'static str {
    match v {
        Verdict::Pass => "pass",
        Verdict::Accepted => "accepted, unproven",
        Verdict::Fail => "fail",
        Verdict::Inconclusive => "inconclusive",
    }
}

const fn outcome(o: Outcome) -> &'static str {
    match o {
        Outcome::Done => "done, says the provider",
        Outcome::Refused => "refused",
        Outcome::NotSent => "not sent",
        Outcome::Unknown => "outcome unknown",
    }
}

const fn choice(c: Choice) -> &'static str {
    match c {
        Choice::Retry => "retry",
        Choice::ByHand => "done by hand",
        Choice::Attest => "to be attested",
        Choice::Skip => "skipped",
        Choice::Undo => "undo chosen",
        Choice::Abandon => "abandon chosen",
    }
}

/// The word for a phase.
pub(super) const fn phase(p: Phase) -> &'static str {
    match p {
        Phase::Declare => "declare",
        Phase::Contain => "contain",
        Phase::Assess => "assess",
        Phase::Respond => "respond",
        Phase::Verify => "verify",
        Phase::Restore => "restore",
        Phase::Close => "close",
    }
}

/// The words for an end.
pub(super) const fn end(e: End) -> &'static str {
    match e {
        End::Closed => "closed",
        End::ClosedWithExceptions => "closed with exceptions",
        End::StoodDown => "stood down",
        End::Abandoned => "abandoned, autonomy low",
        End::Stuck => "stuck",
        End::Recorded => "entered afterwards",
    }
}
