//! `aigov inbox`: what waits for whoever sits here, on this machine and on the remote, and what became of their votes.

use serde_json::json;

use crate::cli::args::Inbox as Args;
use crate::cli::attended;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::keys;
use crate::cli::record::{Story, fetch};
use crate::cli::votable;
use crate::journal::RunInfo;
use crate::plan::{Plan, Votes};
use crate::report::{asked, phrase};
use crate::run::event::Event;
use crate::run::ledger::Ledger;
use crate::run::record::Record;
use crate::text::safe;
use crate::text::time::Instant;
use crate::ui::Tone;

/// Prints what waits.
pub(super) fn call(cx: &Context, args: &Args) -> Result<u8, CliError> {
    fetch(cx);
    let store = cx.journal();
    let ring = keys::ring(cx, args.key.as_deref());
    let (mut waiting, mut unread) = (0, Vec::new());
    let mut first: Option<String> = None;
    let mut known = false;
    let due = |r: &&RunInfo| cx.concerns(r) && (r.attended() || (!r.reviews.is_empty() && r.practice.is_none()));
    for info in store.runs()?.iter().filter(due) {
        let Ok(story) = Story::of(&store, &info.id) else {
            unread.push(info.id.clone());
            continue;
        };
        let Ok(summary) = story.summary() else {
            unread.push(info.id.clone());
            continue;
        };
        let plan = summary.plan;
        let Ok(ledger) = Ledger::of(plan, &story.records) else {
            unread.push(info.id.clone());
            continue;
        };
        if let Some((says, since)) = attended::unattended(cx, &store, plan, &story) {
            nobody_attends(cx, &story.run, plan, &says, since);
        }
        for me in mine(cx, args, plan, &ring)? {
            known = true;
            if summary.start.rehearsal.as_deref().is_some_and(|r| r.absent(&me, cx.now.since(r.begins)).is_some()) {
                // Absent is absent: what is asked of them waits for those who stand in.
                continue;
            }
            for (open, gate) in votable::of(cx, plan, &ledger, &me) {
                let as_whom = if plan.votes == Votes::Signed { String::new() } else { format!(" --as {me}") };
                let command = cx.command(&safe::line(&format!("approve {} {}{as_whom}", story.run, gate.id)));
                let review = ledger.reviews.contains_key(&open.gate);
                show(cx, &story.run, &me, &gate.id, plan, (!review).then_some(open.deadline), &command);
                if !cx.json {
                    cx.screen.say(Tone::Plain, &asked::line(plan, &ledger, open, cx.now));
                }
                waiting += 1;
                first.get_or_insert(command);
            }
            for of in votable::vouchable_by(cx, plan, &ledger, &me).into_iter().filter(|_| summary.end.is_none()) {
                let as_whom = if plan.votes == Votes::Signed { String::new() } else { format!(" --as {me}") };
                let typed = format!("approve {} {} --reason \"what was looked at\"{as_whom}", story.run, of.id());
                let command = cx.command(&safe::line(&typed));
                show(cx, &story.run, &me, of.id(), plan, Some(of.open.deadline), &command);
                waiting += 1;
                first.get_or_insert(command);
            }
            for record in &story.records {
                fate(cx, record, &me);
            }
        }
    }
    for run in unread {
        cx.screen.labelled(Tone::Bad, "FAIL", &format!("run {} can't be read", safe::line(&run)));
    }
    if !cx.json {
        if waiting == 0 {
            cx.screen.say(
                Tone::Plain,
                if known { "Nothing waits for you." } else { "Nothing that is open knows a key from here." },
            );
        }
        cx.screen.say(Tone::Plain, "Next:");
        cx.screen.command(&first.unwrap_or_else(|| cx.command("status")));
    }
    Ok(if waiting == 0 { 0 } else { Kind::Waiting.code() })
}

/// Whose inbox it is: whose key is here, or, where votes are not signed, who is named.
fn mine(cx: &Context, args: &Args, plan: &Plan, ring: &crate::keys::Ring) -> Result<Vec<String>, CliError> {
    if plan.votes == Votes::Unsigned {
        return Ok(cx.reader(args.person.as_deref())?.into_iter().collect());
    }
    let held = keys::held(ring, &plan.roster).into_iter().map(|(p, _)| p.name.clone());
    Ok(held.filter(|name| args.person.as_ref().is_none_or(|asked| asked == name)).collect())
}

/// A stage that is raised while nobody watches it is everybody's.
fn nobody_attends(cx: &Context, run: &str, plan: &Plan, says: &str, since: Instant) {
    let command = cx.command(&safe::line(&format!("resume {run}")));
    if cx.json {
        let object = json!({
            "run": run, "automation": plan.automation, "environment": plan.environment, "unattended_since": since,
            "command": command,
        });
        cx.screen.raw(&object.to_string());
        return;
    }
    let of = safe::line(&format!("run {run} on {} in {}", plan.automation, plan.environment));
    cx.screen.labelled(Tone::Bad, "FAIL", &format!("{of}: {says}"));
    cx.screen.command(&command);
}

fn show(cx: &Context, run: &str, me: &str, gate: &str, plan: &Plan, deadline: Option<Instant>, command: &str) {
    if cx.json {
        let object = json!({
            "run": run, "person": me, "gate": gate, "automation": plan.automation, "environment": plan.environment,
            "deadline": deadline, "command": command,
        });
        cx.screen.raw(&object.to_string());
        return;
    }
    let what = plan.gates.iter().find(|g| g.id == gate);
    let text = format!(
        "{me}: {gate} of {} in {}, {}; {}; then: {}",
        plan.automation,
        plan.environment,
        plan.title,
        deadline.map_or_else(|| "no deadline".to_owned(), |at| phrase::deadline(at, cx.now)),
        what.map_or("", phrase::fallback),
    );
    cx.screen.say(Tone::Doubt, &safe::line(&text));
    cx.screen.command(command);
}

/// What became of a vote of this person.
fn fate(cx: &Context, record: &Record, me: &str) {
    let Some(vote) = record.detail.vote.as_ref().filter(|v| v.person == me) else { return };
    let (word, why) = match record.event {
        Event::VoteRefused { .. } => ("refused", record.detail.note.as_deref().unwrap_or_default()),
        Event::Noted => ("refused", record.detail.note.as_deref().unwrap_or_default()),
        Event::CheckAttested { .. } => ("counted", ""),
        Event::VoteCounted { .. } | Event::GateGranted { .. } | Event::GateDenied { .. } => ("counted", ""),
        _ => return,
    };
    if cx.json {
        let object = json!({
            "run": record.run, "person": me, "gate": vote.gate, "vote": word, "at": record.at, "because": why,
        });
        cx.screen.raw(&object.to_string());
        return;
    }
    let because = if why.is_empty() { String::new() } else { format!(": {why}") };
    let text = format!("{me}: your vote at {} of run {} was {word}{because}", vote.gate, record.run);
    cx.screen.say(if word == "refused" { Tone::Bad } else { Tone::Good }, &safe::line(&text));
}
