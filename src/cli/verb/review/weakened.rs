//! What is shown of a change before somebody signs for it, and who may.

use super::{Review, Subject};
use crate::approval::review::Of;
use crate::cli::change::Change;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::cli::files;
use crate::diag::Diagnostic;
use crate::lint::{Agreed, Selection};
use crate::text::safe;
use crate::ui::{Tone, diagnostic};

/// The change since a revision.
pub(super) fn subject(cx: &Context, revision: &str) -> Result<Subject, CliError> {
    let now: Vec<(String, Vec<u8>)> = files::texts(&cx.place).files.into_iter().collect();
    let change = Change::read(cx, revision, &now, &Selection::default())?;
    let shown = safe::excerpt(revision, 60);
    let Some(base) = change.base.clone() else {
        return Err(CliError::usage(format!("`{shown}` is no commit, so nobody can tell who made the change"))
            .next(cx.command("review --against origin/main")));
    };
    if change.files.is_empty() {
        return Err(CliError::usage(format!("nothing differs from `{shown}`")).next(cx.command("review")));
    }
    if !change.committed(cx) {
        return Err(CliError::usage("there are changes that are not committed; nobody else has them")
            .hint("what is signed for is what others can read: commit it first")
            .next("git commit"));
    }
    let Some(authors) = change.authors(cx) else {
        return Err(CliError::usage(format!("this clone does not hold every commit since `{shown}`"))
            .hint("whoever made the change does not sign for it, so all of its commits have to be here")
            .next("git fetch --unshallow"));
    };
    let by: Vec<&str> = authors.iter().map(String::as_str).collect();
    Ok(Subject {
        of: Of::Change,
        name: base,
        environment: None,
        path: "the workspace".to_owned(),
        digest: change.digest(),
        changed: Some(by.join(", ")),
        author: None,
        change: Some(change),
    })
}

/// All that it weakens, each in both revisions, and the files that differ.
pub(super) fn show(cx: &Context, subject: &Subject, change: &Change) -> Result<(), CliError> {
    let agreed = change.agreed(cx);
    let outcome = change.weakened(cx, &agreed)?;
    let look = cx.screen.look();
    let closed = outcome.compared.iter().flat_map(|c| &c.closed).map(|c| &c.finding);
    let all: Vec<&Diagnostic> = outcome.findings.iter().chain(closed).collect();
    let revision = safe::excerpt(&change.name, 60);
    if all.is_empty() {
        return Err(CliError::usage(format!(
            "the change since `{revision}` weakens nothing, so nobody has to sign for it"
        ))
        .next(cx.command(&format!("lint --against {revision}"))));
    }
    for finding in &all {
        for line in diagnostic::render(finding, cx.screen.room(), look.colour && look.pages).lines() {
            cx.screen.verbatim(line);
        }
        cx.screen.blank();
    }
    let made = subject.changed.as_deref().map(safe::line).unwrap_or_default();
    cx.screen
        .say(Tone::Plain, &format!("This is what the change since {revision} weakens, made by {made}. It differs in:"));
    for path in change.files.keys() {
        cx.screen.verbatim(&format!("  {}", safe::line(path)));
    }
    for agreed in &agreed {
        cx.screen.say(Tone::Plain, &format!("Signed by {} on {}.", safe::line(&agreed.by), agreed.on));
    }
    cx.screen.say(Tone::Plain, &format!("Digest {}", subject.digest));
    Ok(())
}

/// Whoever made it does not sign for it, and only those sign whose word closes something.
pub(super) fn may(cx: &Context, subject: &Subject, change: &Change, review: &Review) -> Result<(), CliError> {
    let refused = |says: String, hint: String| {
        Err(CliError::new(Kind::Refused, says).hint(hint).next(cx.command(&subject.again())))
    };
    let authors = change.authors(cx).unwrap_or_default();
    if let Some(why) = change.bars(cx, &review.person, &authors) {
        return refused(why, "ask somebody else to".to_owned());
    }
    let agreed = [Agreed { by: review.person.clone(), on: review.at.day() }];
    let outcome = change.weakened(cx, &agreed)?;
    // It may take another's word as well to close it.
    if outcome.compared.as_ref().is_some_and(|c| !c.heard.is_empty()) {
        return Ok(());
    }
    let asked = outcome.findings.iter().filter_map(|f| f.help.clone()).next().unwrap_or_default();
    refused(format!("the word of {} closes nothing of what this change weakens", safe::line(&review.person)), asked)
}
