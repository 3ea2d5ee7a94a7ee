//! `aigov inbox`: what waits for whoever sits here, on this machine and on the remote, and what became of their votes.

use serde_json::json;

use crate::cli::args::Inbox as Args;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::keys;
use crate::cli::record::{Story, fetch};
use crate::plan::{Plan, Votes};
use crate::report::phrase;
use crate::run::asked::{Looked, Moment, held_against};
use crate::run::event::Event;
use crate::run::ledger::Ledger;
use crate::run::record::{Decision, Record, Vote};
use crate::text::safe;
use crate::ui::Tone;

/// Prints what waits.
pub(super) fn call(cx: &Context, args: &Args) -> Result<u8, CliError> {
    fetch(cx);
    let store = cx.journal();
    let ring = keys::ring(cx, args.key.as_deref());
    let (mut waiting, mut unread) = (0, Vec::new());
    let mut first: Option<String> = None;
    let mut known = false;
    for info in store.runs()?.iter().filter(|r| r.open() && !r.handed_on) {
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
        for me in mine(cx, args, plan, &ring)? {
            known = true;
            if let Some(open) = &ledger.gate
                && let Some(gate) = plan.gates.get(open.gate.ix())
            {
                let vote = Vote {
                    nonce: String::new(),
                    run: ledger.run.clone(),
                    gate: gate.id.clone(),
                    act: open.act.digest.clone(),
                    head: ledger.last_digest.clone(),
                    person: me.clone(),
                    decision: Decision::Approve,
                    text: None,
                    reason: None,
                    at: cx.now,
                    signed: None,
                };
                let at = Moment { now: cx.now, roster: Ok(&plan.roster), again: false };
                if held_against(plan, &ledger, open, &vote, &Looked::ToCome, at).is_none() {
                    let as_whom = if plan.votes == Votes::Signed { String::new() } else { format!(" --as {me}") };
                    let command = cx.command(&safe::line(&format!("approve {} {}{as_whom}", story.run, gate.id)));
                    show(cx, &story.run, &me, &gate.id, plan, open.deadline, &command);
                    waiting += 1;
                    first.get_or_insert(command);
                }
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

fn show(
    cx: &Context,
    run: &str,
    me: &str,
    gate: &str,
    plan: &Plan,
    deadline: crate::text::time::Instant,
    command: &str,
) {
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
        phrase::deadline(deadline, cx.now),
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
