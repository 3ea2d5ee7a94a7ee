//! One record as one sentence: what, why, how long, and the proof.
//!
//! Owns the sentence of every event; screen, log and story all tell it with these words.

use super::fold::says;
use super::phrase;
use crate::plan::matrix::UNKNOWN;
use crate::plan::{CheckIx, FactIx, GateIx, Plan, RowIx, StageIx, Step, StepIx, TriggerIx};
use crate::run::event::{Event, Outcome, Source, Verdict, VoidReason};
use crate::run::record::{ALREADY_SO, Decision, Record, Vote};
use crate::text::safe;

/// How a sentence is to be taken. Its word stands in the line, so that colour says nothing by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// It is so, and proven.
    Ok,
    /// It is not so.
    Fail,
    /// It can't be told, or nobody knows.
    Doubt,
    /// A person is waited for.
    Ask,
    /// Something to take notice of.
    Note,
    /// Book-keeping: in the log, not on the operator's screen.
    Quiet,
}

impl Mark {
    /// The word in the line, at most five characters.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Fail => "FAIL",
            Self::Doubt => "DOUBT",
            Self::Ask => "ask",
            Self::Note => "-",
            Self::Quiet => "",
        }
    }
}

/// A record, told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// How it is to be taken.
    pub mark: Mark,
    /// What it is about: an id of the runbook, or empty.
    pub about: String,
    /// What happened, with proof and length.
    pub text: String,
    /// The author's reason, where the sentence tells of a step's end.
    pub why: Option<String>,
}

/// The sentence of a record. Pure: the same record gives the same words on the screen, in the log and in the story.
#[must_use]
pub fn sentence(plan: &Plan, record: &Record) -> Sentence {
    let (mark, text) = tell(plan, record);
    let about = record.about.as_deref().map_or_else(|| about(plan, &record.event), safe::line);
    let why = match record.event {
        Event::StepProved { step, .. } => plan.steps.get(step.ix()).and_then(|s| s.why.as_deref()).map(safe::line),
        _ => None,
    };
    let text = match record.detail.took {
        Some(took) if mark != Mark::Quiet => format!("{text} ({})", phrase::length(took)),
        _ => text,
    };
    Sentence { mark, about, text, why }
}

/// What came in from a drill's scenario.
fn came_in(record: &Record) -> String {
    use crate::run::record::DeliveredWhat;
    let Some(drill) = &record.detail.drill else { return String::new() };
    let (id, note) = (safe::line(&drill.id), record.detail.note.as_deref().map(safe::line).unwrap_or_default());
    match drill.what {
        DeliveredWhat::Inject if id.is_empty() => format!("INJECT {note}"),
        DeliveredWhat::Inject => format!("INJECT {id} {note}"),
        DeliveredWhat::Skipped => format!("INJECT {id} is left out"),
        DeliveredWhat::Paused => "the game master holds the time".to_owned(),
        DeliveredWhat::Resumed => "the game master lets the time go on".to_owned(),
        DeliveredWhat::Aborted => "ABORTED: from here on it is real".to_owned(),
        DeliveredWhat::Absent => note,
        DeliveredWhat::Opened => format!("INJECT {id} was sealed; it says: {note}"),
        DeliveredWhat::Struck => format!("FAULT {id} strikes: {note}"),
        DeliveredWhat::Over => "the time of this drill is over".to_owned(),
    }
}

fn step(plan: &Plan, ix: StepIx) -> Option<&Step> {
    plan.steps.get(ix.ix())
}

fn act(plan: &Plan, ix: StepIx) -> String {
    step(plan, ix).map_or_else(|| format!("step {}", ix.0), phrase::act)
}

fn gate_id(plan: &Plan, ix: GateIx) -> String {
    plan.gates.get(ix.ix()).map_or_else(|| format!("gate {}", ix.0), |g| safe::line(&g.id))
}

fn row(plan: &Plan, ix: RowIx) -> String {
    plan.rows.get(ix.ix()).map_or_else(|| format!("row {}", ix.0), |r| safe::line(&r.level))
}

fn stage(plan: &Plan, ix: StageIx) -> String {
    plan.stages.get(ix.ix()).map_or_else(|| format!("stage {}", ix.0 + 1), |s| act(plan, s.step))
}

fn id_of_trigger(plan: &Plan, ix: TriggerIx) -> String {
    plan.triggers.get(ix.ix()).map_or_else(|| format!("trigger {}", ix.0), |t| safe::line(&t.id))
}

fn id_of_fact(plan: &Plan, ix: FactIx) -> String {
    plan.facts.get(ix.ix()).map_or_else(|| format!("fact {}", ix.0), |f| safe::line(&f.id))
}

fn id_of_check(plan: &Plan, ix: CheckIx) -> String {
    plan.checks.get(ix.ix()).map_or_else(|| format!("check {}", ix.0), |c| safe::line(&c.id))
}

fn about(plan: &Plan, event: &Event) -> String {
    if let Some(ix) = event.step() {
        return step(plan, ix).map_or_else(String::new, |s| safe::line(&s.id));
    }
    if let Some(ix) = event.gate() {
        return gate_id(plan, ix);
    }
    match *event {
        Event::TriggerMeasured { trigger, .. } => id_of_trigger(plan, trigger),
        Event::FactSilent { fact } | Event::FactAnswered { fact, .. } => id_of_fact(plan, fact),
        Event::CheckJudged { check, .. }
        | Event::CheckReopened { check }
        | Event::CheckDeferred { check }
        | Event::CheckAttested { check } => id_of_check(plan, check),
        Event::SeverityProposed { row: r } | Event::SeverityConfirmed { row: r } | Event::DowngradeAsked { row: r } => {
            row(plan, r)
        }
        _ => String::new(),
    }
}

/// `: what was seen`, or nothing.
/// Whether every target was as wanted before anything was sent.
fn already_so(record: &Record) -> bool {
    let seen = &record.detail.seen;
    !seen.is_empty() && seen.iter().all(|s| s.says == ALREADY_SO)
}

fn seen(record: &Record) -> String {
    says(record).map_or_else(String::new, |s| format!(": {s}"))
}

fn mark_of(verdict: Verdict) -> Mark {
    match verdict {
        Verdict::Pass => Mark::Ok,
        Verdict::Accepted => Mark::Note,
        Verdict::Fail => Mark::Fail,
        Verdict::Inconclusive => Mark::Doubt,
    }
}

fn tell(plan: &Plan, record: &Record) -> (Mark, String) {
    if let Some(ix) = record.event.step() {
        return tell_step(plan, record, ix);
    }
    if let Some(ix) = record.event.gate() {
        return tell_gate(plan, record, ix);
    }
    let detail = &*record.detail;
    // What somebody left from another terminal is theirs, whoever took it.
    let left = record.detail.person.as_ref().filter(|_| record.detail.left.is_some());
    let by = safe::line(left.unwrap_or(&record.by));
    let person = || detail.person.as_deref().map_or_else(|| by.clone(), safe::line);
    match record.event {
        Event::RunStarted => {
            let from = detail.start.as_ref().and_then(|s| s.continues.as_deref());
            let from = from.map(|r| format!(", continuing {}", safe::line(r))).unwrap_or_default();
            let what = format!(
                "{} on {}, {}{from}",
                safe::line(&plan.runbook),
                safe::line(&plan.automation),
                safe::line(&plan.environment)
            );
            (Mark::Note, format!("run {} declared: {what}", safe::line(&record.run)))
        }
        Event::LeaseTaken { over } => {
            let holder = detail.lease.as_ref().map_or_else(
                || by.clone(),
                |l| format!("{} on {} (process {})", safe::line(&l.person), safe::line(&l.host), l.pid),
            );
            let how = if over { "took the run over" } else { "holds the run" };
            (if over { Mark::Note } else { Mark::Quiet }, format!("{holder} {how}"))
        }
        Event::PhaseEntered { phase } => (Mark::Quiet, phrase::phase(phase).to_owned()),
        Event::TriggerMeasured { trigger, verdict } => {
            let t = plan.triggers.get(trigger.ix());
            let wanted = t.map(phrase::trigger).unwrap_or_default();
            let Some(measured) = detail.measured.as_ref().map(phrase::measured) else {
                let told = t.is_some_and(|t| t.signal.is_none());
                return if told {
                    (Mark::Note, format!("a report by a person counts; not measured ({wanted})"))
                } else {
                    (Mark::Doubt, format!("can't be told ({wanted}){}", seen(record)))
                };
            };
            match verdict {
                Verdict::Pass => (Mark::Note, format!("{measured}: it HOLDS ({wanted})")),
                Verdict::Fail => (Mark::Note, format!("{measured}: clear ({wanted})")),
                Verdict::Accepted | Verdict::Inconclusive => {
                    (Mark::Doubt, format!("{measured}: can't be told ({wanted}){}", seen(record)))
                }
            }
        }
        Event::FactSilent { .. } => (Mark::Quiet, format!("the signal is silent{}", seen(record))),
        Event::FactAnswered { fact, region, source } => {
            let f = plan.facts.get(fact.ix());
            let value = match (&detail.value, &detail.measured, f.and_then(|f| f.regions.get(usize::from(region)))) {
                _ if region == UNKNOWN => "not known".to_owned(),
                (Some(v), ..) => phrase::value(f.map(|f| &f.kind), v),
                (None, Some(m), _) => phrase::measured(m),
                (None, None, Some(r)) => safe::line(&r.label),
                (None, None, None) => format!("region {region}"),
            };
            let from = match source {
                Source::Signal => "measured".to_owned(),
                Source::Person => format!("says {by}"),
                Source::Silence => "nobody answered in time".to_owned(),
            };
            let mark = if region == UNKNOWN { Mark::Doubt } else { Mark::Note };
            (mark, format!("{value}, {from}"))
        }
        Event::SeverityProposed { row: r } => {
            let when = plan.rows.get(r.ix()).and_then(|r| r.when.as_deref());
            let when = when.map_or_else(|| "no other row matches".to_owned(), safe::line);
            (Mark::Note, format!("the matrix proposes {} ({when})", row(plan, r)))
        }
        Event::SeverityConfirmed { row: r } => {
            (Mark::Ok, format!("severity {}, confirmed by {}", row(plan, r), person()))
        }
        Event::DowngradeAsked { row: r } => (Mark::Ask, format!("{by} asks to lower the severity to {}", row(plan, r))),
        Event::QuestionExpired => {
            let what = detail.note.as_deref().map(|n| format!(": {}", safe::line(n))).unwrap_or_default();
            (Mark::Doubt, format!("nobody answered in time{what}"))
        }
        Event::CheckJudged { check, verdict } => {
            let c = plan.checks.get(check.ix());
            let value = match (&detail.value, &detail.measured) {
                (Some(v), _) => phrase::value(c.and_then(|c| c.kind.as_ref()), v),
                (None, Some(m)) => phrase::measured(m),
                (None, None) => "no value".to_owned(),
            };
            let wanted = c
                .and_then(|c| {
                    c.signal.as_ref().map(phrase::condition).or_else(|| c.condition.as_ref().map(phrase::threshold))
                })
                .map(|w| format!(", wanted {w}"))
                .unwrap_or_default();
            let mark = if verdict == Verdict::Accepted { Mark::Doubt } else { mark_of(verdict) };
            let more = if verdict == Verdict::Pass { String::new() } else { seen(record) };
            (mark, format!("{value}{wanted}{more}"))
        }
        Event::CheckDeferred { .. } => (Mark::Note, "no data while stopped; it must pass in every soak".to_owned()),
        Event::CheckAttested { .. } => (Mark::Note, format!("inconclusive, attested by {}", person())),
        Event::BackToRespond => (Mark::Note, format!("{by} goes back to responding")),
        Event::FixAuthorNamed => (Mark::Note, format!("the fix was made by {}", person())),
        Event::HoldsLooked { others: true } => {
            let runs = detail.runs.iter().map(|r| safe::line(r)).collect::<Vec<_>>().join(", ");
            (Mark::Note, format!("nothing is raised while another run holds this automation: {runs}"))
        }
        Event::HoldsLooked { others: false } => (Mark::Quiet, "no other run holds this automation".to_owned()),
        Event::SoakStarted { stage: s } => {
            let soak = plan.stages.get(s.ix()).map(|s| s.soak).unwrap_or_default();
            (Mark::Note, format!("{}: watched for {soak}", stage(plan, s)))
        }
        Event::SoakEnded { stage: s } => (Mark::Quiet, format!("{}: the soak is over", stage(plan, s))),
        Event::Breached { why } => {
            (Mark::Fail, format!("autonomy is taken back, because {}", phrase::breach_reason(why)))
        }
        Event::BreachAnswered => (Mark::Note, format!("{by} goes on to verify again")),
        Event::AbandonAsked => (Mark::Note, format!("{by} ends the run; autonomy stays low{}", kept(record))),
        Event::CheckReopened { .. } => (Mark::Quiet, "judged again".to_owned()),
        Event::StandDownAsked => (Mark::Ask, format!("{by} asks to stand down: a false alarm")),
        Event::FollowUpsOpened => {
            let n = plan.follow_ups.len();
            (Mark::Note, format!("{n} follow-up {} opened", if n == 1 { "item" } else { "items" }))
        }
        Event::RecordDegraded => (
            Mark::Fail,
            format!(
                "the record could not be written where it belongs; it is kept in the emergency file{}",
                seen(record)
            ),
        ),
        Event::RecordRestored => (Mark::Ok, "the record is where it belongs again".to_owned()),
        Event::Restarted => (Mark::Note, format!("{by} goes on with the run")),
        Event::Interrupted => (Mark::Note, "left; it can be resumed".to_owned()),
        Event::Noted if detail.redacted.is_some() => (
            Mark::Note,
            detail.redacted.as_ref().map_or_else(String::new, |r| {
                format!(
                    "{by} redacted what record {} names, under {}: {}",
                    r.seq,
                    safe::line(&r.law),
                    safe::line(&r.reason)
                )
            }),
        ),
        Event::Noted if detail.endorsed.is_some() => {
            let person = detail.person.as_deref().map(safe::line).unwrap_or_default();
            (Mark::Quiet, format!("{person} signed for the process that writes this record"))
        }
        Event::Noted if detail.fork.is_some() => {
            let branch = detail.fork.as_ref().map(|f| safe::line(&f.branch)).unwrap_or_default();
            (Mark::Note, format!("{by} decided about the records beside this run on {branch}{}", kept(record)))
        }
        Event::Noted if detail.note.is_some() && detail.retrospective.is_none() && detail.drill.is_none() => {
            (Mark::Doubt, detail.note.as_deref().map(safe::line).unwrap_or_default())
        }
        Event::Noted if detail.remark.is_some() => (
            Mark::Note,
            format!("{} signed a remark as evaluator", safe::line(detail.person.as_deref().unwrap_or("?"))),
        ),
        Event::Noted if detail.drill.is_some() => (Mark::Note, came_in(record)),
        Event::Noted => (
            Mark::Note,
            detail.retrospective.as_ref().map_or_else(
                || format!("{by} noted something{}", kept(record)),
                |claim| {
                    let read = claim.read.map(|v| {
                        let lines: Vec<String> = detail.seen.iter().map(|s| safe::line(&s.says)).collect();
                        format!("; read when it was entered, not before: {}, {}", phrase::verdict(v), lines.join("; "))
                    });
                    let said = phrase::claim(claim);
                    format!("RETROSPECTIVE, entered by {by}: {said}{}{}", read.unwrap_or_default(), kept(record))
                },
            ),
        ),
        Event::ContinuedBy => {
            let runs = detail.runs.iter().map(|r| safe::line(r)).collect::<Vec<_>>().join(", ");
            (Mark::Note, format!("continued by {runs}"))
        }
        Event::RunEnded { end } => {
            use crate::run::event::End;
            let mark = match end {
                End::Closed | End::StoodDown => Mark::Ok,
                End::ClosedWithExceptions | End::Abandoned | End::Recorded => Mark::Note,
                End::Stuck => Mark::Fail,
            };
            (mark, format!("the run is {}", phrase::end(end)))
        }
        // Those about a step or a gate were told above.
        _ => (Mark::Quiet, seen(record)),
    }
}

/// What payloads a record points to.
fn kept(record: &Record) -> String {
    let parts: Vec<String> =
        record.detail.payloads.iter().map(|p| format!("{} of {} bytes", safe::line(&p.subject), p.length)).collect();
    if parts.is_empty() { String::new() } else { format!(" ({} kept apart)", parts.join(", ")) }
}

fn tell_step(plan: &Plan, record: &Record, ix: StepIx) -> (Mark, String) {
    let act = act(plan, ix);
    let by = safe::line(&record.by);
    let person = || record.detail.person.as_deref().map_or_else(|| by.clone(), safe::line);
    match record.event {
        Event::StepCarried { .. } => (Mark::Note, format!("{act}: stands from the earlier run")),
        Event::StepPrepared { .. } => (Mark::Quiet, format!("prepared: {act}{}", digest(record))),
        Event::StepUnprepared { .. } => (Mark::Doubt, format!("prior state could not be read{}", seen(record))),
        Event::StepIntended { .. } => (Mark::Quiet, format!("about to {act}{}", digest(record))),
        Event::StepObserved { outcome: Outcome::Done, .. } => {
            (Mark::Quiet, format!("{act}: done, says the provider{}", seen(record)))
        }
        // Nothing went wrong: the read-back that follows says whether it holds.
        Event::StepObserved { .. } if already_so(record) => (Mark::Quiet, format!("{act}{}", seen(record))),
        Event::StepObserved { outcome, .. } => {
            let mark = if outcome == Outcome::Unknown { Mark::Doubt } else { Mark::Fail };
            (mark, format!("{act}: {}{}", phrase::outcome(outcome), seen(record)))
        }
        Event::StepProved { verdict: Verdict::Pass, .. } => {
            (Mark::Ok, format!("{act}; proven{}{}", seen(record), kept(record)))
        }
        Event::StepProved { verdict, .. } => {
            (mark_of(verdict), format!("{act}; {}{}{}", phrase::verdict(verdict), seen(record), kept(record)))
        }
        Event::StepInDoubt { .. } => {
            (Mark::Doubt, format!("{act}: an intent without an outcome; it is looked at before anything is repeated"))
        }
        Event::StepChosen { choice, .. } => {
            (Mark::Note, format!("{by} chose: {}{}", phrase::choice(choice), kept(record)))
        }
        Event::StepAttested { .. } => (Mark::Note, format!("{act}: attested by {}{}", person(), kept(record))),
        Event::UndoPrepared { .. } => (Mark::Quiet, format!("the state is what our step left; undo of {act} prepared")),
        Event::UndoIntended { .. } => (Mark::Quiet, format!("about to undo: {act}")),
        Event::UndoObserved { outcome: Outcome::Done, .. } => {
            (Mark::Quiet, format!("undo of {act}: done, says the provider{}", seen(record)))
        }
        Event::UndoObserved { outcome, .. } => {
            let mark = if outcome == Outcome::Unknown { Mark::Doubt } else { Mark::Fail };
            (mark, format!("undo of {act}: {}{}", phrase::outcome(outcome), seen(record)))
        }
        Event::UndoProved { verdict: Verdict::Pass, .. } => {
            (Mark::Ok, format!("put back what this changed: {act}; proven{}", seen(record)))
        }
        Event::UndoProved { verdict, .. } => {
            (mark_of(verdict), format!("undo of {act}; {}{}", phrase::verdict(verdict), seen(record)))
        }
        Event::UndoInDoubt { .. } => (Mark::Doubt, format!("undo of {act}: an intent without an outcome")),
        Event::UndoNeedless { .. } => (Mark::Ok, format!("undo of {act}: prior state already holds, nothing written")),
        Event::UndoStuck { .. } => {
            (Mark::Fail, format!("undo of {act} can't be done safely and needs a person{}", seen(record)))
        }
        Event::UndoByHand { .. } => (Mark::Note, format!("{} put it back by hand: {act}", person())),
        _ => (Mark::Quiet, act),
    }
}

fn digest(record: &Record) -> String {
    let Some(act) = &record.detail.act else { return String::new() };
    format!(" [act {}]", short(&act.digest))
}

/// The first twelve characters of a digest: enough to compare by eye.
#[must_use]
pub fn short(digest: &str) -> String {
    safe::line(digest.get(..12).unwrap_or(digest))
}

fn tell_gate(plan: &Plan, record: &Record, ix: GateIx) -> (Mark, String) {
    let Some(gate) = plan.gates.get(ix.ix()) else { return (Mark::Quiet, format!("gate {}", ix.0)) };
    let detail = &*record.detail;
    let vote = |v: &Vote| {
        let said = match v.decision {
            Decision::Approve => "approves",
            Decision::Deny => "says no",
            Decision::Amend => "proposes other text",
        };
        format!("{} {said}", safe::line(&v.person))
    };
    let voter = || detail.vote.as_ref().map_or_else(String::new, |v| format!("{}: ", vote(v)));
    let count = || detail.note.as_deref().map_or_else(String::new, |n| format!(": {}", safe::line(n)));
    match record.event {
        Event::FallbackHeld { .. } => (Mark::Quiet, "the fallback holds already".to_owned()),
        Event::FallbackMissing { .. } => (Mark::Note, "the fallback does not hold; it is applied first".to_owned()),
        Event::GateOpened { .. } => {
            let until = detail.deadline.map(|d| format!(" until {}", phrase::when(d, record.at))).unwrap_or_default();
            (Mark::Ask, format!("waits for {}{until}", phrase::who(gate)))
        }
        Event::VoteCounted { .. } => (
            Mark::Note,
            format!("{}{}", detail.vote.as_ref().map_or_else(|| "a vote counts".to_owned(), vote), count()),
        ),
        Event::VoteRefused { .. } => {
            let why = detail.note.as_deref().map(|n| format!(" because {}", safe::line(n))).unwrap_or_default();
            (Mark::Note, format!("{}the vote does not count{why}", voter()))
        }
        Event::GateGranted { .. } => {
            (Mark::Ok, format!("granted{}{}", count(), phrase::names_only(plan, record.drill)))
        }
        Event::GateDenied { .. } => (Mark::Fail, format!("{}denied; {}", voter(), phrase::fallback(gate))),
        Event::GateExpired { .. } => (Mark::Fail, format!("the deadline passed; {}", phrase::fallback(gate))),
        Event::GateReminded { .. } => {
            let whom = detail.note.as_deref().map(|n| format!(" from {}", safe::line(n))).unwrap_or_default();
            (Mark::Doubt, format!("no answer yet{whom}; paged again, and the deadline stays"))
        }
        Event::GateVoided { why: VoidReason::PriorChanged, .. } if plan.sign_off == Some(ix) => {
            (Mark::Note, "asked anew; earlier votes no longer count".to_owned())
        }
        Event::GateVoided { why: why @ VoidReason::FallbackApplied, .. } => {
            (Mark::Note, format!("prepared anew before anybody is asked, because {}", phrase::void_reason(why)))
        }
        Event::GateVoided { why, .. } => {
            (Mark::Note, format!("{}earlier votes no longer count, because {}", voter(), phrase::void_reason(why)))
        }
        Event::GateConsumed { .. } => (Mark::Quiet, "the grant is used up".to_owned()),
        Event::GlassBroken { .. } => {
            let skipped = phrase::skipped(&detail.functions);
            let by = safe::line(&record.by);
            let paged = if plan.on_silence.is_some() { ", who are paged" } else { "; no pager is bound, so call them" };
            (Mark::Fail, format!("BREAK-GLASS by {by}: it goes ahead WITHOUT the approval of {skipped}{paged}"))
        }
        Event::ReviewVoted { .. } => {
            (Mark::Note, format!("{}{}", voter(), detail.note.as_deref().map(safe::line).unwrap_or_default()))
        }
        Event::Reviewed { .. } => (Mark::Ok, "countersigned by those who were skipped".to_owned()),
        _ => (Mark::Quiet, gate_id(plan, ix)),
    }
}
