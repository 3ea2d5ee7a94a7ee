//! `aigov redact RUN SEQ --law … --reason …`.

use serde_json::json;

use crate::cli::args::Redact;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::record::Story;
use crate::cli::session::{self, Wishes};
use crate::journal::Erased;
use crate::run::record::Redaction;
use crate::text::{safe, shell};
use crate::ui::Tone;

/// Erases what a record names and leaves a tombstone. The tombstone comes first: whatever happens in between, the record
/// says what was meant.
pub(super) fn call(cx: &Context, args: &Redact) -> Result<u8, CliError> {
    let story = Story::read(cx, &args.act.run)?;
    let run = safe::line(&story.run);
    let mut digests = Vec::new();
    for record in story.records.iter().filter(|r| r.seq == args.seq) {
        let reason = record.detail.vote.iter().filter_map(|v| v.reason.as_ref());
        digests.extend(record.detail.payloads.iter().chain(reason).map(|p| p.digest.clone()));
    }
    if digests.is_empty() {
        let says = format!("record {} of run {run} names nothing that is kept apart", args.seq);
        return Err(CliError::usage(says)
            .hint("only reasons, notes and evidence can be erased; the record itself never is")
            .next(cx.command(&format!("show {run} --open"))));
    }
    let told = story.records.iter().filter_map(|r| r.detail.redacted.as_ref());
    let already = told.flat_map(|r| &r.digests).filter(|d| digests.contains(d)).count() >= digests.len();
    if !already {
        let (law, reason) = (safe::line(args.law.trim()), safe::line(args.reason.trim()));
        let redaction = Redaction { seq: args.seq, digests: digests.clone(), law, reason };
        let wishes = Wishes { person: args.act.person.as_deref(), answers: None };
        session::act(cx, &story.run, &wishes, |driver, _| driver.redact(redaction))?;
    }
    let store = cx.journal_for_writing();
    let erased = store.erase(&story.run, &digests, cx.now)?;
    let pushed = store.push();
    tell(cx, &run, args.seq, &erased, store.path());
    let at_remote = erased.remote.as_ref().is_some_and(Result::is_err) || pushed.error.is_some();
    if !at_remote {
        return Ok(0);
    }
    Err(CliError::new(Kind::Failed, format!("what record {} names is erased here, and not at the remote", args.seq))
        .hint("a remote that refuses rewriting needs its administrator: the payload branch, and nothing else, is replaced")
        .next(cx.command(&format!("redact {run} {} --law … --reason …", args.seq))))
}

fn tell(cx: &Context, run: &str, seq: u64, erased: &Erased, path: &std::path::Path) {
    if cx.json {
        let remote =
            erased.remote.as_ref().map(|r| r.as_ref().err().map_or_else(|| "replaced".to_owned(), Clone::clone));
        cx.screen.raw(
            &json!({
                "run": run, "seq": seq, "files": erased.files, "beside": erased.beside, "packed": erased.packed,
                "remote": remote,
            })
            .to_string(),
        );
    }
    let all = erased.files + erased.beside;
    let files = if all == 1 { "1 file is" } else { &format!("{all} files are") };
    cx.screen.say(Tone::Good, &format!("What record {seq} of run {run} names is redacted: {files} erased."));
    if erased.packed > 0 {
        cx.screen.say(Tone::Doubt, "It is still in a pack of this repository, until git collects:");
        cx.screen.command(&format!("git --git-dir {} gc --prune=now", shell::path(path)));
    }
    match &erased.remote {
        None => {}
        Some(Ok(())) => cx.screen.say(
            Tone::Plain,
            "The remote's payload branch is replaced. Its old objects stay there until it collects, or its administrator asks \
             it to.",
        ),
        Some(Err(why)) => cx.screen.labelled(Tone::Bad, "FAIL", &format!("the remote keeps it: {}", safe::line(why))),
    }
    cx.screen.say(
        Tone::Plain,
        "Clones and backups that others made still hold it: they are asked to fetch the payload branch anew with --force and to \
         collect. `aigov verify` says redacted, not broken.",
    );
    cx.screen.say(Tone::Plain, "Next:");
    cx.screen.command(&cx.command(&format!("verify {run}")));
}
