//! `aigov approve`, `deny` and `amend`: what is asked, whole; then a short code typed; then a vote on its way.
//!
//! Where only signed votes count, `vote::signed` signs; in the sandbox and in demonstrations a name is enough.

mod signed;

use std::fs;
use std::path::Path;

use crate::cli::args::Vote as Asked;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::ports::SystemChance;
use crate::cli::record::{Story, fetch};
use crate::cli::session;
use crate::cli::signing;
use crate::cli::votable;
use crate::journal::{Store, this_host};
use crate::model::word::Word as _;
use crate::plan::rehearsal::Rehearsal;
use crate::plan::{Gate, Plan, Votes};
use crate::port::{Flaw, Keys};
use crate::report::{gate, json};
use crate::run::asked::{Looked, Moment, held_against};
use crate::run::attest::Attestable;
use crate::run::ledger::{Ledger, OpenGate};
use crate::run::record::{Decision, Vote};
use crate::run::recount::recount;
use crate::text::{safe, shell};
use crate::ui::Tone;

/// Longest text that can be proposed.
const MOST_TEXT: u64 = 64 * 1024;

/// A gate as it stands open, with all that a vote is made from.
struct Open<'a> {
    cx: &'a Context,
    args: &'a Asked,
    run: &'a str,
    plan: &'a Plan,
    ledger: &'a Ledger,
    open: &'a OpenGate,
    gate: &'a Gate,
    /// Digest of the last record.
    head: String,
    /// What is practised, in a drill.
    rehearsal: Option<&'a Rehearsal>,
}

/// Shows what a gate asks, and casts a vote on exactly that.
pub(super) fn call(cx: &Context, args: &Asked, decision: Decision, text_file: Option<&Path>) -> Result<u8, CliError> {
    fetch(cx);
    let story = Story::read(cx, &args.run)?;
    let summary = story.summary()?;
    let plan = summary.plan;
    // The chain is checked before anything of the record is shown.
    let ledger = Ledger::of(plan, &story.records)
        .map_err(|e| CliError::new(Kind::Journal, e.to_string()).next(cx.command(&format!("verify {}", story.run))))?;
    founded(cx, &story, plan)?;
    if let Some(file) = &args.elsewhere.import
        && signed::seen(cx, &story, file)?
    {
        cx.screen.labelled(Tone::Good, "ok", "this vote was seen before; it is not given twice");
        cx.screen.say(Tone::Plain, "Next:");
        cx.screen.command(&cx.command(&format!("brief {}", story.run)));
        return Ok(0);
    }
    let vouch = votable::vouchable(plan, &ledger, args.gate.as_deref()).filter(|_| summary.end.is_none());
    if vouch.is_some() {
        can_be_vouched(cx, &story.run, args, decision)?;
    }
    let (plan, open) = match &vouch {
        Some(of) => (&of.plan, &of.open),
        None => (plan, votable::find(cx, plan, &ledger, &story.run, args.gate.as_deref())?),
    };
    let gate = plan.gates.get(open.gate.ix()).ok_or_else(|| CliError::failed("the plan has no such gate"))?;
    // Whoever votes sees all of it, in whatever form the answer is wanted.
    let page = match &vouch {
        Some(of) => {
            let does = Attestable::does(plan, &ledger, of.check);
            gate::vouch(&summary, of, &does, cx.now, cx.screen.room())
        }
        None => gate::page(&summary, open.gate, cx.now, cx.screen.room()),
    };
    let page = page.ok_or_else(|| CliError::new(Kind::Journal, "the record does not say what this gate asks"))?;
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
    let text = text_file.map(read_text).transpose()?;
    let start = story.records.first().and_then(|r| r.detail.start.as_ref());
    let rehearsal = start.and_then(|s| s.rehearsal.as_deref()).filter(|_| cx.course().is_some());
    let this = Open {
        rehearsal,
        cx,
        args,
        run: &story.run,
        plan,
        ledger: &ledger,
        open,
        gate,
        head: ledger.last_digest.clone(),
    };
    let vote = match plan.votes {
        Votes::Signed => match this.signed(decision, text)? {
            Some(vote) => vote,
            None => return Ok(0),
        },
        Votes::Unsigned => this.unsigned(decision, text)?,
    };
    let store = cx.journal_for_writing();
    store.put_vote(&vote)?;
    push(cx, &store, &vote);
    let reviews = ledger.reviews.contains_key(&open.gate);
    let said = match vote.decision {
        Decision::Approve if vouch.is_some() => "vouches at",
        Decision::Approve if reviews => "countersigns",
        Decision::Deny if reviews => "objects to",
        Decision::Approve => "approves",
        Decision::Deny => "says no to",
        Decision::Amend => "proposes other text for",
    };
    let counted = reviews && countersigned(cx, &store, &story.run, summary.end.is_some());
    let then = if counted { "It is on record." } else { "Whoever holds the run counts it." };
    let says = format!("{} {said} {} of {}. {then}", safe::line(&vote.person), gate.id, story.run);
    cx.screen.labelled(Tone::Good, "ok", &says);
    cx.screen.say(Tone::Plain, "Next:");
    cx.screen.command(&cx.command(&format!("brief {}", story.run)));
    Ok(0)
}

/// Nobody is shown a gate, and nobody votes, on a record that whoever holds the run may not rest on.
fn founded(cx: &Context, story: &Story, plan: &Plan) -> Result<(), CliError> {
    if cx.course().is_none() {
        session::still_local(cx, plan)?;
    }
    let port = crate::cli::keys::port(cx);
    let keys: &dyn Keys = &port;
    let check = |of, text: &[u8], signature: &str| keys.check(of, text, signature);
    let wrong = recount(plan, &story.records, &check).wrong;
    let wrong = wrong.into_iter().next().map(|w| format!("record {}: {}", w.seq, w.says));
    let before = story.records.last().map_or(0, |last| last.seq + 1);
    let (unvouched, broken): (Vec<_>, Vec<_>) =
        cx.journal().unfounded(&story.run, keys, before).into_iter().partition(|f| f.flaw == Flaw::Unvouched);
    // Whole, and by nobody who is known: whoever votes decides, and knows it.
    for doubt in unvouched {
        cx.screen.labelled(Tone::Doubt, "DOUBT", &safe::line(&doubt.says));
    }
    match wrong.or_else(|| broken.into_iter().next().map(|f| f.says)) {
        None => Ok(()),
        Some(what) => {
            let says = format!("nobody votes on this record: {}; nothing was voted", safe::line(&what));
            Err(CliError::new(Kind::Journal, says).next(cx.command(&format!("verify {}", story.run))))
        }
    }
}

/// Somebody vouches for a check on a ground that they name, or does not vouch for it.
fn can_be_vouched(cx: &Context, run: &str, args: &Asked, decision: Decision) -> Result<(), CliError> {
    let gate = args.gate.as_deref().unwrap_or_default();
    let again = cx.command(&safe::line(&format!("approve {run} {gate} --reason \"what was looked at\"")));
    if decision != Decision::Approve {
        return Err(CliError::usage("somebody vouches for a check or does not; there is nothing to deny or to amend")
            .hint("as long as nobody does, autonomy stays low")
            .next(again));
    }
    let ground = args.reason.as_deref().is_some_and(|r| !r.trim().is_empty());
    if !ground && args.elsewhere.import.is_none() {
        return Err(CliError::usage("say with --reason on what ground you vouch for it").next(again));
    }
    Ok(())
}

/// Puts a countersignature on record at once where nobody drives the run: its end does not wait for anybody.
fn countersigned(cx: &Context, store: &Store, run: &str, over: bool) -> bool {
    let here = store.holder(run, &this_host()).is_ok_and(|of| of.same_host);
    let wishes = session::Wishes::default();
    (over || here) && session::act(cx, run, &wishes, |driver, _| driver.take_countersignatures()).is_ok()
}

fn push(cx: &Context, store: &Store, vote: &Vote) {
    for why in store.push_vote(vote) {
        let says = format!("not all of the vote has reached the remote; it is kept here: {}", safe::line(&why));
        cx.screen.labelled(Tone::Doubt, "DOUBT", &says);
    }
}

impl Open<'_> {
    fn vote(&self, person: String, nonce: String, decision: Decision, text: Option<String>) -> Vote {
        Vote {
            nonce,
            run: self.run.to_owned(),
            gate: self.gate.id.clone(),
            act: self.open.act.digest.clone(),
            head: self.head.clone(),
            person,
            decision,
            text,
            reason: None,
            at: self.cx.time(),
            signed: None,
        }
    }

    fn unsigned(&self, decision: Decision, text: Option<String>) -> Result<Vote, CliError> {
        if self.args.elsewhere.print || self.args.elsewhere.import.is_some() {
            return Err(CliError::usage("votes are not signed here, so there is no statement"));
        }
        let mut vote = self.vote(self.voter()?, signing::nonce(), decision, text);
        self.held_against(&vote, &Looked::Unsigned)?;
        self.confirm(&vote, true)?;
        vote.reason = self.reason()?;
        vote.at = self.cx.time();
        Ok(vote)
    }

    /// A vote says whose it is: nobody votes by default.
    fn voter(&self) -> Result<String, CliError> {
        let (cx, plan, args) = (self.cx, self.plan, self.args);
        match &args.person {
            Some(_) => {
                let person = session::person(cx, plan, args.person.as_deref())?;
                person.ok_or_else(|| CliError::usage("nobody votes without a name"))
            }
            None => {
                let mut error = CliError::usage("say who you are: a vote is somebody's");
                for p in plan.roster.iter().filter(|p| p.functions.iter().any(|f| self.gate.functions.contains(f))) {
                    let functions = safe::line(&p.functions.join(", "));
                    error = error.hint(format!("--as {}   ({functions})", safe::line(&p.name)));
                }
                Err(error.next(cx.command(&format!("approve {} {} --as NAME", args.run, self.gate.id))))
            }
        }
    }

    /// Nobody should type a code for a vote that can't count.
    fn held_against(&self, vote: &Vote, looked: &Looked) -> Result<(), CliError> {
        if let Some(how) = self.absent(vote) {
            let says =
                format!("{} is absent in this drill ({how}), so nothing of theirs counts", safe::line(&vote.person));
            return Err(CliError::new(Kind::Refused, says).next(self.cx.command(&format!("brief {}", self.run))));
        }
        let port = crate::cli::keys::port(self.cx);
        let voters = crate::port::Keys::roster(&port);
        let at = Moment::by(&voters, self.cx.time(), false);
        match held_against(self.plan, self.ledger, self.open, vote, looked, at) {
            None => Ok(()),
            Some(reason) => {
                let says = format!("a vote of {} would not count: {reason}", safe::line(&vote.person));
                Err(CliError::new(Kind::Refused, says).next(self.cx.command(&format!("brief {}", self.run))))
            }
        }
    }

    /// How the voter is absent in a drill now; none where they are there, or decline and do so.
    fn absent(&self, vote: &Vote) -> Option<&'static str> {
        use crate::plan::rehearsal::How;
        let rehearsal = self.rehearsal?;
        let how = rehearsal.absent(&vote.person, self.cx.time().since(rehearsal.begins))?;
        (how != How::Declines || vote.decision != Decision::Deny).then(|| how.word())
    }

    /// The code of what was shown is typed, so that nobody approves what they did not look at, and nothing else than that.
    fn confirm(&self, vote: &Vote, may_be_given: bool) -> Result<(), CliError> {
        let (cx, args) = (self.cx, self.args);
        let code = signing::code(&self.open.act.digest);
        if let Some(typed) = &args.code {
            if !may_be_given {
                let says = "here the code is typed by a person at a terminal; nothing was voted";
                let again = cx.command(&format!("approve {} {}", vote.run, vote.gate));
                return Err(CliError::new(Kind::Refused, says).next(again));
            }
            return if *typed == code { Ok(()) } else { Err(signing::wrong(typed, &self.again(vote.decision))) };
        }
        if !cx.screen.look().person {
            let given = if may_be_given { format!(" --as {} --code CODE", vote.person) } else { String::new() };
            let again = format!("approve {} {}{given}", vote.run, vote.gate);
            return Err(CliError::new(Kind::Waiting, "a vote needs a person who types the code of what is shown")
                .hint("the code is the first six characters of the digest above")
                .next(cx.command(&again)));
        }
        let does = match vote.decision {
            Decision::Approve => "approve",
            Decision::Deny => "deny",
            Decision::Amend => "propose the other text",
        };
        signing::typed(cx, does, &code, &self.again(vote.decision))
    }

    /// What is typed to come back to this question, with everything that was said of who votes and by which key.
    fn again(&self, decision: Decision) -> String {
        let verb = match decision {
            Decision::Approve => "approve",
            Decision::Deny => "deny",
            Decision::Amend => "amend",
        };
        let mut again = format!("{verb} {} {}", self.run, self.gate.id);
        if let Some(person) = &self.args.person {
            again.push_str(&format!(" --as {}", shell::path(Path::new(person))));
        }
        if let Some(key) = &self.args.elsewhere.key {
            again.push_str(&format!(" --key {}", shell::path(key)));
        }
        if decision == Decision::Amend {
            again.push_str(" --text-file FILE");
        }
        self.cx.command(&safe::line(&again))
    }

    fn reason(&self) -> Result<Option<crate::run::record::PayloadRef>, CliError> {
        let reason = self.args.reason.as_deref().map(str::trim).filter(|r| !r.is_empty());
        let Some(reason) = reason else { return Ok(None) };
        let store = self.cx.journal_for_writing();
        Ok(Some(store.keep_words(self.run, "reason", reason.as_bytes(), self.cx.time(), &mut SystemChance)?))
    }
}

fn read_text(file: &Path) -> Result<String, CliError> {
    let bad = |says: String| CliError::usage(format!("{} can't be used: {says}", file.display()));
    let length = fs::metadata(file).map_err(|e| bad(e.to_string()))?.len();
    if length > MOST_TEXT {
        return Err(bad(format!("it has {length} bytes, and {MOST_TEXT} is the most")));
    }
    let text = fs::read_to_string(file).map_err(|e| bad(e.to_string()))?;
    if text.trim().is_empty() { Err(bad("it is empty".to_owned())) } else { Ok(text) }
}
