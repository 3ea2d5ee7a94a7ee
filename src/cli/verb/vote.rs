//! `aigov approve`, `deny` and `amend`: what is asked, whole; then a short code typed; then a vote on its way.

use std::fs;
use std::path::Path;

use crate::approval::{Ballot, Circumstances, Reason, Say, refusal};
use crate::cli::args::Vote as Asked;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::ports::{SystemChance, now};
use crate::cli::record::{Story, fetch};
use crate::cli::session;
use crate::journal::Store;
use crate::plan::{Act, Gate, Plan, Votes};
use crate::port::Chance as _;
use crate::report::{gate, json};
use crate::run::ledger::{Ledger, OpenGate, guarded_by};
use crate::run::record::{Decision, Vote};
use crate::text::{safe, suggest};
use crate::ui::Tone;

/// How many characters of the digest are typed.
const CODE: usize = 6;
/// Longest text that can be proposed.
const MOST_TEXT: u64 = 64 * 1024;

/// Shows what a gate asks, and casts a vote on exactly that.
pub(super) fn call(cx: &Context, args: &Asked, decision: Decision, text_file: Option<&Path>) -> Result<u8, CliError> {
    fetch(cx);
    let story = Story::read(cx, &args.run)?;
    let summary = story.summary()?;
    let plan = summary.plan;
    let ledger = Ledger::of(plan, &story.records)
        .map_err(|e| CliError::new(Kind::Journal, e.to_string()).next(cx.command(&format!("verify {}", story.run))))?;
    let open = open_gate(cx, plan, &ledger, &story.run, args.gate.as_deref())?;
    let gate = plan.gates.get(open.gate.ix()).ok_or_else(|| CliError::failed("the plan has no such gate"))?;
    // Whoever votes sees all of it, in whatever form the answer is wanted.
    let page = gate::page(&summary, open.gate, cx.now, cx.screen.room())
        .ok_or_else(|| CliError::new(Kind::Journal, "the record does not say what this gate asks"))?;
    cx.screen.aside(&page);
    cx.screen.blank();
    if cx.json {
        let mut whole = json::summary(&summary, cx.now);
        if let Some(object) = whole.as_object_mut() {
            let asked =
                serde_json::to_value(&open.act).map_err(|e| CliError::failed("the act can't be shown").because(e))?;
            object.insert("asked".to_owned(), asked);
        }
        cx.screen.raw(&whole.to_string());
    }
    if plan.votes == Votes::Signed {
        let says = "only signed votes count in this workspace, and this version can't check signatures yet";
        return Err(CliError::new(Kind::Refused, says)
            .hint("unsigned votes count in the sandbox, and where `demo = true` and every provider is on this machine")
            .next(cx.command(&format!("brief {}", story.run))));
    }
    let text = text_file.map(read_text).transpose()?;
    let person = voter(cx, plan, gate, args)?;
    let head = story.records.last().and_then(|r| r.bytes().ok()).map(|b| crate::text::canon::sha256_hex(&b));
    let mut vote = Vote {
        nonce: nonce(),
        run: story.run.clone(),
        gate: gate.id.clone(),
        act: open.act.digest.clone(),
        head: head.unwrap_or_default(),
        person,
        decision,
        text,
        reason: None,
        at: now(),
    };
    held_against(cx, plan, &ledger, open, &vote)?;
    confirm(cx, args, &vote, &open.act.digest)?;
    let store = cx.journal_for_writing();
    vote.reason = reason(&store, args, &vote)?;
    vote.at = now();
    store.put_vote(&vote)?;
    push(cx, &store);
    let said = match decision {
        Decision::Approve => "approves",
        Decision::Deny => "says no to",
        Decision::Amend => "proposes other text for",
    };
    cx.screen.labelled(
        Tone::Good,
        "ok",
        &format!("{} {said} {} of {}. Whoever holds the run counts it.", safe::line(&vote.person), gate.id, story.run),
    );
    cx.screen.say(Tone::Plain, "Next:");
    cx.screen.command(&cx.command(&format!("brief {}", story.run)));
    Ok(0)
}

fn push(cx: &Context, store: &Store) {
    if store.remote().is_none() {
        return;
    }
    let report = store.push();
    let refused = report.refused.iter().map(|r| format!("{}: {}", r.branch, r.because));
    for why in report.error.iter().cloned().chain(refused) {
        let says = format!("the vote has not reached the remote; it is kept here: {}", safe::line(&why));
        cx.screen.labelled(Tone::Doubt, "DOUBT", &says);
    }
}

fn open_gate<'l>(
    cx: &Context,
    plan: &Plan,
    ledger: &'l Ledger,
    run: &str,
    asked: Option<&str>,
) -> Result<&'l OpenGate, CliError> {
    let brief = cx.command(&format!("brief {run}"));
    let id = |open: &OpenGate| plan.gates.get(open.gate.ix()).map_or("", |g| g.id.as_str()).to_owned();
    if let Some(asked) = asked
        && !plan.gates.iter().any(|g| g.id == asked)
    {
        let names = || plan.gates.iter().map(|g| g.id.as_str());
        let error = CliError::usage(format!("run {run} has no gate `{}`", safe::line(asked))).next(brief);
        return Err(match suggest::nearest(asked, names()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("there is {}", suggest::list(names()))),
        });
    }
    let open = ledger.gate.as_ref();
    match (open, asked) {
        (None, _) => Err(CliError::new(Kind::Refused, format!("no gate of run {run} waits for votes now")).next(brief)),
        (Some(open), Some(asked)) if id(open) != asked => {
            let says = format!("gate `{}` does not wait for votes now; `{}` does", safe::line(asked), id(open));
            Err(CliError::new(Kind::Refused, says).next(brief))
        }
        (Some(open), _) if cx.now >= open.deadline => {
            let says = format!("gate `{}` expired; that is not recorded yet", id(open));
            Err(CliError::new(Kind::Refused, says).next(cx.command(&format!("resume {run}"))))
        }
        (Some(open), _) => Ok(open),
    }
}

fn read_text(file: &Path) -> Result<String, CliError> {
    let bad = |says: String| CliError::usage(format!("{} can't be proposed: {says}", file.display()));
    let length = fs::metadata(file).map_err(|e| bad(e.to_string()))?.len();
    if length > MOST_TEXT {
        return Err(bad(format!("it has {length} bytes, and {MOST_TEXT} is the most")));
    }
    let text = fs::read_to_string(file).map_err(|e| bad(e.to_string()))?;
    if text.trim().is_empty() { Err(bad("it is empty".to_owned())) } else { Ok(text) }
}

/// A vote says whose it is: nobody votes by default.
fn voter(cx: &Context, plan: &Plan, gate: &Gate, args: &Asked) -> Result<String, CliError> {
    match &args.person {
        Some(_) => {
            let person = session::person(cx, plan, args.person.as_deref())?;
            person.ok_or_else(|| CliError::usage("nobody votes without a name"))
        }
        None => {
            let mut error = CliError::usage("say who you are: a vote is somebody's");
            for p in plan.roster.iter().filter(|p| p.functions.iter().any(|f| gate.functions.contains(f))) {
                error = error.hint(format!("--as {}   ({})", safe::line(&p.name), safe::line(&p.functions.join(", "))));
            }
            Err(error.next(cx.command(&format!("approve {} {} --as NAME", args.run, gate.id))))
        }
    }
}

/// Nobody should type a code for a vote that can't count.
fn held_against(cx: &Context, plan: &Plan, ledger: &Ledger, open: &OpenGate, vote: &Vote) -> Result<(), CliError> {
    match against(plan, ledger, open, vote, false) {
        None => Ok(()),
        Some(reason) => {
            let says = format!("a vote of {} would not count: {reason}", safe::line(&vote.person));
            Err(CliError::new(Kind::Refused, says).next(cx.command(&format!("brief {}", vote.run))))
        }
    }
}

/// What the holder of the run will say of a vote, as far as it can be known here.
pub(super) fn against(plan: &Plan, ledger: &Ledger, open: &OpenGate, vote: &Vote, signed: bool) -> Option<Reason> {
    let gate = plan.gates.get(open.gate.ix())?;
    let amendable = guarded_by(plan, open.gate)
        .and_then(|s| plan.steps.get(s.ix()))
        .is_some_and(|s| matches!(s.act, Act::Publish { .. }));
    let ballot = Ballot {
        nonce: &vote.nonce,
        run: &vote.run,
        gate: &vote.gate,
        act: &vote.act,
        head: &vote.head,
        person: &vote.person,
        say: match vote.decision {
            Decision::Approve => Say::Approve,
            Decision::Deny => Say::Deny,
            Decision::Amend => Say::Amend,
        },
        text: vote.text.as_deref(),
        at: vote.at,
        signed,
    };
    refusal(
        &ballot,
        &Circumstances {
            plan,
            run: &ledger.run,
            gate,
            act: &open.act.digest,
            deadline: open.deadline,
            now: vote.at,
            knows_head: &|head| open.heads.contains(head),
            used: &|nonce| ledger.nonces.contains(nonce),
            asker: ledger.holder(),
            operators: &|person| ledger.operators.contains(person),
            fix_authors: &|person| ledger.fix_authors.contains(person),
            said_yes: &|person| open.votes.iter().any(|v| v.person == person && v.decision != Decision::Deny),
            amendable,
        },
    )
}

/// The code of what was shown is typed, so that nobody approves what they did not look at, and nothing else than that.
fn confirm(cx: &Context, args: &Asked, vote: &Vote, digest: &str) -> Result<(), CliError> {
    let code: String = digest.chars().take(CODE).collect();
    let wrong = |typed: &str| {
        CliError::usage(format!("`{}` is not the code of what is shown; nothing was voted", safe::line(typed)))
            .hint("the code is the first six characters of the digest above")
    };
    if let Some(typed) = &args.code {
        return if *typed == code { Ok(()) } else { Err(wrong(typed)) };
    }
    if !cx.screen.look().person {
        let again = format!("approve {} {} --as {} --code CODE", vote.run, vote.gate, vote.person);
        return Err(CliError::new(Kind::Waiting, "a vote needs a person who types the code of what is shown")
            .hint("the code is the first six characters of the digest above")
            .next(cx.command(&again)));
    }
    let does = match vote.decision {
        Decision::Approve => "approve",
        Decision::Deny => "deny",
        Decision::Amend => "propose the other text",
    };
    cx.screen.prompt(&format!("To {does}, type {code} (the digest's first {CODE}): "));
    let mut typed = String::new();
    // Nothing is in flight here, so a prompt that blocks holds nobody up.
    let read = std::io::stdin().read_line(&mut typed);
    if typed.ends_with('\n') {
        cx.screen.entered();
    }
    let typed = typed.trim();
    match read {
        Ok(n) if n > 0 && typed == code => Ok(()),
        Ok(n) if n > 0 => Err(wrong(typed)),
        _ => Err(CliError::new(Kind::Interrupted, "nothing was voted")),
    }
}

fn reason(store: &Store, args: &Asked, vote: &Vote) -> Result<Option<crate::run::record::PayloadRef>, CliError> {
    let Some(reason) = args.reason.as_deref().map(str::trim).filter(|r| !r.is_empty()) else { return Ok(None) };
    Ok(Some(store.keep_words(&vote.run, "reason", reason.as_bytes(), vote.at, &mut SystemChance)?))
}

fn nonce() -> String {
    let mut bytes = [0_u8; 16];
    SystemChance.fill(&mut bytes);
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
