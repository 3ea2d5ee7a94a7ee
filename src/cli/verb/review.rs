//! `aigov review [RUNBOOK]`, `aigov review --launch AUTOMATION`, `aigov review --against REV`: what is read, whole; then a short
//! code typed; then a signed word on it. Without a name, what was reviewed as it is now.

mod weakened;

use std::path::Path;

use serde_json::json;

use crate::approval::Namespace;
use crate::approval::review::{FORMAT, Of, Review, last};
use crate::cli::args::{Review as Asked, Target};
use crate::cli::change::Change;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::reviewed::{self, Judge};
use crate::cli::revision::{self, LastChange};
use crate::cli::signing::{self, Wanted};
use crate::cli::{choice, files, keys, record};
use crate::text::safe;
use crate::ui::{Tone, table};

/// What is to be reviewed.
struct Subject {
    of: Of,
    name: String,
    environment: Option<String>,
    path: String,
    digest: String,
    changed: Option<String>,
    author: Option<String>,
    /// What it is where it is a change.
    change: Option<Change>,
}

/// Shows what is to be reviewed and keeps somebody's word on it; or takes a word that was signed elsewhere; or lists.
pub(super) fn call(cx: &Context, args: &Asked) -> Result<u8, CliError> {
    record::fetch(cx);
    if let Some(file) = &args.elsewhere.import {
        return import(cx, file);
    }
    let Some(subject) = subject(cx, args)? else { return list(cx) };
    show(cx, &subject)?;
    let judge = Judge::new(cx);
    if reviewed::is_play(cx) {
        return unsigned(cx, args, &subject, &judge);
    }
    if args.code.is_some() {
        let says = "here the code is typed by a person at a terminal; nothing was voted";
        return Err(CliError::new(Kind::Refused, says).next(cx.command(&subject.again())));
    }
    let ring = keys::ring(cx, args.elsewhere.key.as_deref());
    let again = subject.again();
    let wanted = Wanted { named: args.person.as_deref(), print: args.elsewhere.print, again: &again };
    let (person, key) = signing::signer(cx, judge.roster(), &ring, wanted)?;
    let mut review = subject.review(&person.name, format!("{}-{}", key.short(), signing::nonce()), cx);
    review.key = key.fingerprint();
    may(cx, &subject, &review)?;
    if args.elsewhere.print {
        signing::print(cx, &review.statement(), Namespace::Review, "review");
        return Ok(0);
    }
    let says = format!("{} signs with {} {}", safe::line(&person.name), key.kind().name(), key.fingerprint());
    cx.screen.say(Tone::Plain, &says);
    if !cx.screen.look().person {
        return Err(CliError::new(Kind::Waiting, "a review needs a person who types the code of what is shown")
            .hint("the code is the first six characters of the digest above")
            .next(cx.command(&again)));
    }
    signing::typed(cx, "say that you have read it", &signing::code(&subject.digest), &cx.command(&again))?;
    if key.kind().is_hardware() {
        cx.screen.say(Tone::Plain, "Touch the key now.");
    }
    // The time is the moment of signing, not of looking.
    review.at = cx.time();
    let text = review.statement();
    let signature = signing::sign(&ring, &key, Namespace::Review, &text, &cx.command(&again))?;
    review.signed = Some((text, signature));
    keep(cx, &review, &judge, subject.change.as_ref())
}

/// A name is enough in the sandbox and in demonstrations.
fn unsigned(cx: &Context, args: &Asked, subject: &Subject, judge: &Judge) -> Result<u8, CliError> {
    if args.elsewhere.print {
        return Err(CliError::usage("votes are not signed here, so there is no statement"));
    }
    let Some(name) = &args.person else {
        return Err(CliError::usage("say who you are: a review is somebody's")
            .next(cx.command(&format!("{} --as NAME", subject.again()))));
    };
    let review = subject.review(name, signing::nonce(), cx);
    may(cx, subject, &review)?;
    let code = signing::code(&subject.digest);
    let again = cx.command(&format!("{} --as {}", subject.again(), safe::line(name)));
    match &args.code {
        Some(typed) if *typed == code => {}
        Some(typed) => return Err(signing::wrong(typed, &again)),
        None if cx.screen.look().person => signing::typed(cx, "say that you have read it", &code, &again)?,
        None => {
            return Err(CliError::new(Kind::Waiting, "a review needs a person who types the code of what is shown")
                .hint("the code is the first six characters of the digest above")
                .next(cx.command(&format!("{} --as {} --code CODE", subject.again(), safe::line(name)))));
        }
    }
    keep(cx, &review, judge, subject.change.as_ref())
}

impl Subject {
    fn review(&self, person: &str, nonce: String, cx: &Context) -> Review {
        Review {
            format: FORMAT,
            of: self.of,
            name: self.name.clone(),
            environment: self.environment.clone(),
            digest: self.digest.clone(),
            changed: self.changed.clone(),
            person: person.to_owned(),
            key: String::new(),
            nonce,
            at: cx.time(),
            signed: None,
        }
    }

    /// What is typed to come back here.
    fn again(&self) -> String {
        match self.of {
            Of::Runbook => format!("review {}", self.name),
            Of::Launch => format!("review --launch {}", self.name),
            Of::Change => format!("review --against {}", self.change.as_ref().map_or(&*self.name, |c| c.name.as_str())),
        }
    }
}

fn subject(cx: &Context, args: &Asked) -> Result<Option<Subject>, CliError> {
    let workspace = &cx.loaded().workspace;
    if let Some(revision) = &args.against {
        return weakened::subject(cx, revision).map(Some);
    }
    let (of, name, environment) = match (&args.runbook, &args.automation) {
        (Some(runbook), _) => {
            choice::known_runbook(cx, workspace, runbook)?;
            (Of::Runbook, runbook.clone(), None)
        }
        (None, Some(automation)) => {
            let names: Vec<String> = workspace.automations.keys().cloned().collect();
            let name = choice::known_automation(cx, &names, automation)?.to_owned();
            let target = Target { automation: Some(name.clone()), env: args.env.clone() };
            let environment = choice::environment(cx, workspace, None, &target)?;
            (Of::Launch, name, Some(environment))
        }
        (None, None) => return Ok(None),
    };
    of_file(cx, of, &name, environment).map(Some)
}

fn of_file(cx: &Context, of: Of, name: &str, environment: Option<String>) -> Result<Subject, CliError> {
    if of == Of::Change {
        return weakened::subject(cx, name);
    }
    let (path, digest) = reviewed::file(cx, of, name)
        .ok_or_else(|| CliError::failed(format!("the file of {name} can't be read")).next(cx.command("lint")))?;
    let (changed, author) = match revision::last_change(&cx.place, &path) {
        LastChange::Nowhere => (None, None),
        LastChange::By { commit, email } => (Some(format!("{commit} by {email}")), Some(email)),
        LastChange::Unread(why) => {
            let says = format!("who changed {path} last can't be told: {why}");
            return Err(CliError::failed(says).next(cx.command("doctor")));
        }
        LastChange::Uncommitted => {
            return Err(CliError::usage(format!("{path} has changes that are not committed; nobody else has them"))
                .hint("what is reviewed is what others can read: commit it first")
                .next(format!("git commit {path}")));
        }
    };
    Ok(Subject { of, name: name.to_owned(), environment, path, digest, changed, author, change: None })
}

/// The whole file, what is known of it, and who reviewed it before.
fn show(cx: &Context, subject: &Subject) -> Result<(), CliError> {
    if let Some(change) = &subject.change {
        return weakened::show(cx, subject, change);
    }
    let text = files::text(&cx.place, &subject.path)
        .ok_or_else(|| CliError::failed(format!("{} can't be read", subject.path)).next(cx.command("lint")))?;
    for line in text.lines() {
        cx.screen.verbatim(&safe::line(line));
    }
    cx.screen.blank();
    let about = match &subject.environment {
        Some(environment) => format!("the launch of {} in {environment}", subject.name),
        None => format!("runbook {}", subject.name),
    };
    let changed = subject.changed.as_ref().map(|c| format!(", changed last in {}", safe::line(c))).unwrap_or_default();
    cx.screen.say(Tone::Plain, &format!("This is {about}, whole: {}{changed}.", subject.path));
    let before = reviewed::counted(cx)?;
    let says = match last(&before, subject.of, &subject.name, &subject.digest) {
        None => "Nobody has reviewed it yet.".to_owned(),
        Some((review, true)) => format!("Reviewed as it is by {} on {}.", safe::line(&review.person), review.at.day()),
        Some((review, false)) => {
            let (who, day) = (safe::line(&review.person), review.at.day());
            format!(
                "Reviewed last by {who} on {day}, and changed since; then its digest was {}.",
                short(&review.digest)
            )
        }
    };
    cx.screen.say(Tone::Plain, &says);
    cx.screen.say(Tone::Plain, &format!("Digest {}", subject.digest));
    Ok(())
}

/// Whoever wrote it last does not review it, and only its owner signs a launch off.
fn may(cx: &Context, subject: &Subject, review: &Review) -> Result<(), CliError> {
    let refused = |says: String| {
        Err(CliError::new(Kind::Refused, says).hint("ask somebody else to").next(cx.command(&subject.again())))
    };
    if let Some(change) = &subject.change {
        return weakened::may(cx, subject, change, review);
    }
    let person = safe::line(&review.person);
    let people = cx.core().workspace.people.as_ref();
    let of = people.and_then(|p| p.persons.get(&review.person));
    let email = of.and_then(|p| p.contacts.email.as_ref()).map(|e| e.value.as_str());
    if let (Of::Runbook, Some(author), Some(email)) = (subject.of, &subject.author, email)
        && author.eq_ignore_ascii_case(email)
    {
        return refused(format!("{person} changed it last; whoever writes a runbook does not review it"));
    }
    if subject.of == Of::Launch {
        let automation = cx.loaded().workspace.automations.get(&subject.name);
        let owners = automation.map(|a| reviewed::owners(cx, a)).unwrap_or_default();
        if !owners.contains(&review.person) {
            let owners = if owners.is_empty() { "nobody".to_owned() } else { safe::line(&owners.join(", ")) };
            return refused(format!("a launch is signed off by the automation's owner: {owners}, not {person}"));
        }
    }
    Ok(())
}

fn import(cx: &Context, file: &Path) -> Result<u8, CliError> {
    let (text, signature) = signing::elsewhere(cx, file, "review RUNBOOK")?;
    let bad = |says: String| {
        CliError::usage(format!("{} can't be taken: {}", file.display(), safe::line(&says))).next(cx.command("review"))
    };
    let mut review = Review::read(&text).map_err(bad)?;
    if !signing::is_nonce(&review.nonce) {
        return Err(bad("its nonce is none".to_owned()));
    }
    let subject = of_file(cx, review.of, &review.name, review.environment.clone())?;
    if subject.digest != review.digest {
        return Err(CliError::new(Kind::Refused, format!("{} was changed since that was printed", subject.path))
            .next(cx.command(&subject.again())));
    }
    may(cx, &subject, &review)?;
    review.signed = Some((text, signature));
    keep(cx, &review, &Judge::new(cx), subject.change.as_ref())
}

/// Keeps a review that counts; one that does not is told why, and kept nowhere.
fn keep(cx: &Context, review: &Review, judge: &Judge, change: Option<&Change>) -> Result<u8, CliError> {
    let now = cx.time();
    let before = || change.and_then(|c| c.judge(cx).refusal(review, now));
    if let Some(why) = judge.refusal(review, now).or_else(before) {
        let says = format!("a review by {} would not count: {}", safe::line(&review.person), safe::line(&why));
        return Err(CliError::new(Kind::Refused, says).next(cx.command("people check")));
    }
    for why in cx.journal_for_writing().put_review(review)? {
        let says = format!("the review has not reached the remote; it is kept here: {}", safe::line(&why));
        cx.screen.labelled(Tone::Doubt, "DOUBT", &says);
    }
    if cx.json {
        cx.screen.raw(&row(review, true).to_string());
    }
    let (person, name) = (safe::line(&review.person), safe::line(&review.name));
    let (says, next) = match review.of {
        Of::Runbook => {
            (format!("{person} has reviewed {name} as it is ({}).", short(&review.digest)), "lint".to_owned())
        }
        Of::Launch => (
            format!("{person} signs the launch of {name} off as it is ({}).", short(&review.digest)),
            format!("launch-check {name}"),
        ),
        Of::Change => (
            format!("{person} signs for this change ({}).", short(&review.digest)),
            format!("lint --against {}", change.map_or(name, |c| safe::line(&c.name))),
        ),
    };
    cx.screen.labelled(Tone::Good, "ok", &says);
    cx.screen.say(Tone::Plain, "Next:");
    cx.screen.command(&cx.command(&next));
    Ok(0)
}

fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

fn row(review: &Review, current: bool) -> serde_json::Value {
    json!({
        "of": review.of.word(), "name": review.name, "environment": review.environment, "digest": review.digest,
        "person": review.person, "at": review.at, "signed": review.signed.is_some(), "current": current,
    })
}

/// Each runbook and each launch with its last review; and what is kept and does not count.
fn list(cx: &Context) -> Result<u8, CliError> {
    let workspace = &cx.loaded().workspace;
    let all = reviewed::all(cx)?;
    let counted: Vec<Review> = all.iter().filter(|(_, why)| why.is_none()).map(|(r, _)| r.clone()).collect();
    let runbooks = workspace.runbooks.keys().map(|name| (Of::Runbook, name));
    let launches = workspace.automations.keys().map(|name| (Of::Launch, name));
    let mut rows = Vec::new();
    let mut first = None;
    for (of, name) in runbooks.chain(launches) {
        let Some((_, digest)) = reviewed::file(cx, of, name) else { continue };
        let found = last(&counted, of, name, &digest);
        let (mark, says) = match found {
            Some((r, true)) => ("ok", format!("{} on {}", safe::line(&r.person), r.at.day())),
            Some((r, false)) => ("CHANGED", format!("since {} on {}", safe::line(&r.person), r.at.day())),
            None => ("-", "nobody".to_owned()),
        };
        if of == Of::Runbook && mark != "ok" && first.is_none() {
            first = Some(name);
        }
        if let (true, Some((review, current))) = (cx.json, found) {
            cx.screen.raw(&row(review, current).to_string());
        }
        rows.push([mark.to_owned(), format!("{} {}", of.word(), safe::line(name)), says]);
    }
    if !cx.json {
        cx.screen.text(table::draw(["", "what", "reviewed by"], &rows, cx.screen.room()).trim_end());
    }
    for (review, why) in &all {
        if let Some(why) = why {
            let (person, name) = (safe::line(&review.person), safe::line(&review.name));
            let says = format!("a review of {name} by {person} does not count: {}", safe::line(why));
            cx.screen.labelled(Tone::Doubt, "DOUBT", &says);
        }
    }
    cx.screen.say(Tone::Plain, "Next:");
    cx.screen.command(&cx.command(&first.map_or_else(|| "lint".to_owned(), |name| format!("review {name}"))));
    Ok(0)
}
