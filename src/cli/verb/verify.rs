//! `aigov verify [RUN]`.

use std::path::Path;

use serde_json::json;

use crate::cli::args::Verify;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::journal::{Finding, RunReport, Store, Weight};
use crate::keys::SshKeys;
use crate::plan::Voters;
use crate::port::JournalError;
use crate::text::{safe, shell};
use crate::ui::{Screen, Tone};

/// Checks the record of one run, or of all. Exit 8 when something is broken or missing.
pub(super) fn call(cx: &Context, args: &Verify) -> Result<u8, CliError> {
    let store = cx.journal();
    let run = match &args.run {
        Some(run) => Some(match store.find(run) {
            // Its branch is gone, and what is left of it is told.
            Err(JournalError::Broken { run, .. }) => run,
            found => found?,
        }),
        None => None,
    };
    let next = |run: &str| cx.command(&format!("log {run}"));
    match store.verify_with(run.as_deref(), Some(&checker())) {
        Ok(reports) => told(&cx.screen, cx.json, &reports, next)?,
        Err(e) => {
            // What could not go into git is a record all the same, and may be the only one of a stop.
            let away = store.verify_away(run.as_deref(), Some(&checker()));
            // That there is no journal yet is no damage; that there is one which nobody can open is.
            let none_yet = !cx.journal_path().exists() && store.runs().is_ok();
            if away.is_empty() && (run.is_some() || !none_yet) {
                return Err(e.into());
            }
            told(&cx.screen, cx.json, &away, next)?;
            if !none_yet {
                return Err(e.into());
            }
        }
    }
    let Some(first) = store.waiting() else { return Ok(0) };
    if !cx.json {
        cx.screen.say(Tone::Plain, "What waits comes home to git, as it is, with the next command that writes. Next:");
        cx.screen.command(&cx.command(&format!("resume {}", safe::line(&first))));
    }
    Ok(0)
}

/// The same of a clone, without a workspace and without a network: real runs and drills.
pub(super) fn away(screen: &Screen, args: &Verify, journal: &Path, json: bool) -> Result<u8, CliError> {
    let mut reports = Vec::new();
    let mut fault = None;
    for drill in [false, true] {
        let store = Store::open_clone(journal, drill);
        let run = args.run.as_deref().map(|run| store.find(run)).transpose();
        match run.and_then(|run| store.verify_with(run.as_deref(), Some(&checker()))) {
            Ok(found) => reports.extend(found),
            Err(e) => fault = Some(e),
        }
    }
    if let (true, Some(e)) = (reports.is_empty(), fault) {
        return Err(CliError::from(e).next("aigov verify --help"));
    }
    told(screen, json, &reports, |run| {
        format!("git -C {} log --reverse --all --grep {}", shell::path(journal), safe::line(run))
    })?;
    Ok(0)
}

/// Checks signatures. Who may vote is in each run's own record.
pub(super) fn checker() -> SshKeys {
    SshKeys::new(Box::new(|| Ok(Voters::default())))
}

fn told(screen: &Screen, json: bool, all: &[RunReport], next: impl Fn(&str) -> String) -> Result<(), CliError> {
    let mut first_broken = None;
    for report in all {
        if json {
            screen.raw(&object(report));
        } else {
            let word = match report.whole() {
                true if report.away > 0 => "NOT IN GIT YET",
                true => "whole",
                false => "NOT WHOLE",
            };
            screen.text(&format!(
                "{}: {word}, {} records, {} votes, {} gates passed, {} commits signed, last {}",
                safe::line(&report.run),
                report.records,
                report.votes,
                report.gates,
                report.signed,
                safe::line(&report.digest)
            ));
            for word in &report.endorsed {
                let (first, last) = (word.first, word.last);
                screen.text(&format!("  endorsed by {}: records {first} to {last}", safe::line(&word.person)));
            }
            for finding in &report.findings {
                screen.text(&format!("  {}", line(finding)));
            }
        }
        if first_broken.is_none() && !report.whole() {
            let link = report.first_broken().or_else(|| report.findings.first()).map(line).unwrap_or_default();
            first_broken = Some((report.run.clone(), link));
        }
    }
    if all.is_empty() {
        if !json {
            screen.say(Tone::Plain, "There are no runs here yet.");
        }
        return Ok(());
    }
    if let Some((run, link)) = first_broken {
        let says = format!("the record of run {} is not whole; first: {link}", safe::line(&run));
        return Err(CliError::new(Kind::Journal, says).next(next(&safe::line(&run))));
    }
    if !json {
        let (in_git, away) = (all.iter().any(|r| r.away == 0), all.iter().any(|r| r.away > 0));
        let limits = LIMITS.iter().filter(|_| in_git).chain(LIMITS_AWAY.iter().filter(|_| away));
        for (word, says) in limits {
            screen.labelled(Tone::Plain, word, says);
        }
    }
    Ok(())
}

/// The same of records that wait in a file.
const LIMITS_AWAY: [(&str, &str); 2] = [
    (
        "shows",
        "of what is not in git yet: it is one chain from its first record on, and its gates had the votes that they ask \
         for",
    ),
    (
        "not",
        "of what is not in git yet: that nobody wrote the file anew as a whole, or cut its end off; nothing in it is \
         signed, and nobody else has it",
    ),
];

/// What this shows, and what it does not.
const LIMITS: [(&str, &str); 5] = [
    ("shows", "no record, vote or payload that stands here was changed, dropped or slipped in after it was written"),
    (
        "shows",
        "every gate that let something pass had the votes that it asks for, and nothing was done that one refused",
    ),
    (
        "not",
        "that the last records were not cut off before they were pushed: compare the last digest with another clone",
    ),
    (
        "not",
        "that a run was not written anew as a whole, with people and keys of its own: compare who is endorsed, and the \
         commit of the workspace in its first record, with what you know",
    ),
    ("not", "that people who hold enough of the keys did not agree to write down what did not happen"),
];

fn object(report: &RunReport) -> String {
    let mut whole = json!({
        "run": report.run, "records": report.records, "head": report.head, "digest": report.digest,
        "endorsed": report.endorsed.iter().map(|e| json!({
            "person": e.person, "first": e.first, "last": e.last,
        })).collect::<Vec<_>>(),
        "votes": report.votes, "gates": report.gates, "signed": report.signed, "whole": report.whole(),
        "findings": report.findings.iter().map(|f| json!({
            "weight": weight(f.weight), "seq": f.seq, "commit": f.commit, "says": f.says,
        })).collect::<Vec<_>>(),
    });
    // Said only where it is so: what stands in git is told as it was told before.
    if let Some(object) = whole.as_object_mut().filter(|_| report.away > 0) {
        object.insert("away".to_owned(), report.away.into());
    }
    whole.to_string()
}

fn line(finding: &Finding) -> String {
    let at = finding.seq.map(|s| format!("record {s}: ")).unwrap_or_default();
    format!("{}: {at}{}", weight(finding.weight), safe::line(&finding.says))
}

const fn weight(weight: Weight) -> &'static str {
    match weight {
        Weight::Broken => "broken",
        Weight::Missing => "missing",
        Weight::Fork => "fork",
        Weight::Redacted => "redacted",
        Weight::Unsigned => "unsigned",
        Weight::Unendorsed => "not endorsed",
        Weight::Unread => "not read",
        Weight::Note => "note",
    }
}
