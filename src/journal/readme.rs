//! The branch `main`: a page for somebody who has only a clone.
//!
//! Says what this is, lists the runs one line each, and tells how to check everything with git and sha256sum alone. Made
//! anew when a run starts or ends, never waited for, and never written over a `main` that is not ours.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use git2::{ObjectType, Oid};

use super::commit::{Draft, MAIL, ref_error};
use super::fold::RunInfo;
use super::repo::{Durable, Git};
use super::sign::ProcessKey;
use super::store::Store;
use super::subject;
use crate::approval::Namespace;
use crate::port::JournalError;
use crate::text::gather::Gather;
use crate::text::safe;
use crate::text::time::Instant;

const BRANCH: &str = "refs/heads/main";
const PAGE: &str = "README.md";
/// What the page says before its list of runs.
const PAGE_TEXT: &str = include_str!("page.md");
const SIGNERS: &str = "allowed_signers";
/// What people sign in a journal.
const PEOPLE_SIGN: [Namespace; 5] =
    [Namespace::Vote, Namespace::SignOff, Namespace::Drill, Namespace::Review, Namespace::Process];
const TITLE: &str = "# Journal of aigov";

/// Makes the page and moves `main` to it. Nothing is written when it says the same already.
pub(super) fn refresh(git: &Git, store: &Store) -> Result<(), JournalError> {
    let failed = |e| ref_error("write the journal's README", e);
    let head = git.head(BRANCH).map_err(failed)?;
    let before = head.and_then(|h| page(git, h));
    if head.is_some() && !before.as_deref().is_some_and(|text| text.starts_with(TITLE)) {
        // Somebody keeps the journal in a repository of their own.
        return Ok(());
    }
    write(git, store, head, head, before.as_deref().unwrap_or_default())
}

/// Puts our page on top of `theirs`, with their runs in it, and moves `main` there from `ours`.
pub(super) fn join(git: &Git, store: &Store, ours: Oid, theirs: Oid) -> Result<(), JournalError> {
    let page = page(git, theirs).unwrap_or_default();
    if !page.starts_with(TITLE) {
        return Ok(());
    }
    write(git, store, Some(ours), Some(theirs), &page)
}

fn write(git: &Git, store: &Store, ours: Option<Oid>, parent: Option<Oid>, before: &str) -> Result<(), JournalError> {
    let failed = |e| ref_error("write the journal's README", e);
    let runs = store.runs()?;
    let text = text(&runs, store.realm(), before);
    let known = parent.and_then(|head| file(git, head, SIGNERS)).unwrap_or_default();
    let signers = signers(store, &runs, store.key().map(ProcessKey::public), before, &known);
    if ours == parent && before == text && known == signers {
        return Ok(());
    }
    let mut later: Vec<PathBuf> = Vec::new();
    let mut tree = Vec::new();
    // In git's order.
    for (name, content) in [(PAGE, &text), (SIGNERS, &signers)] {
        let blob = git.write(ObjectType::Blob, content.as_bytes(), Durable::Later, &mut later).map_err(failed)?;
        tree.extend_from_slice(format!("100644 {name}\0").as_bytes());
        tree.extend_from_slice(blob.as_bytes());
    }
    let tree = git.write(ObjectType::Tree, &tree, Durable::Later, &mut later).map_err(failed)?;
    let at = runs.iter().map(|r| r.last_at).max().unwrap_or_default();
    let message = "The list of runs\n".to_owned();
    let draft = Draft { tree: Some(tree), parent, by: "aigov".to_owned(), at, message };
    let commit = git.commit(&draft, Durable::Later, &mut later).map_err(failed)?;
    git.move_ref(BRANCH, ours, commit, Durable::Later, || true).map_err(failed)
}

/// The page at a commit.
pub(super) fn page(git: &Git, head: Oid) -> Option<String> {
    file(git, head, PAGE)
}

fn file(git: &Git, head: Oid, name: &str) -> Option<String> {
    let tree = git.repo().find_commit(head).ok()?.tree().ok()?;
    let blob = git.repo().find_blob(tree.get_name(name)?.id()).ok()?;
    Some(String::from_utf8_lossy(blob.content()).into_owned())
}

/// The keys of the processes that wrote and of the people who may vote, in the form that `ssh-keygen` and git take: those
/// of the runs that are here, our own, and those of the list before. A run's people are read when the page has it for the
/// first time.
fn signers(store: &Store, runs: &[RunInfo], own: Option<&str>, page: &str, before: &str) -> String {
    let mut lines: BTreeSet<String> = before.lines().map(str::to_owned).collect();
    let keys = runs.iter().flat_map(|r| &r.keys).map(String::as_str).chain(own);
    // A key is outside text: one that could begin another line or another principal is left out.
    let plain = |key: &&str| key.split(' ').count() == 2 && key.chars().all(safe::is_plain);
    lines.extend(keys.filter(plain).map(|key| format!("{MAIL} namespaces=\"git\" {key}")));
    let namespaces: Vec<&str> = PEOPLE_SIGN.iter().map(|n| n.name()).collect();
    let namespaces = namespaces.join(",");
    for run in runs.iter().filter(|r| !page.contains(&format!("- `{}`", r.id))) {
        let records = store.read(&run.id).unwrap_or_default();
        let start = records.first().and_then(|r| r.detail.start.as_ref());
        for person in start.iter().flat_map(|s| &s.plan.roster) {
            let keys = person.keys.iter().map(|k| k.key.as_str()).filter(plain);
            lines.extend(keys.map(|key| format!("{} namespaces=\"{namespaces}\" {key}", principal(&person.name))));
        }
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

/// A person's name as one word of that list: whatever else it holds becomes `_`, byte for byte.
fn principal(name: &str) -> String {
    let plain = |b: u8| if b.is_ascii_alphanumeric() || b"._@+-".contains(&b) { char::from(b) } else { '_' };
    name.bytes().map(plain).collect()
}

/// The page: our runs, and those of the page before that are not here.
fn text(runs: &[RunInfo], realm: &str, before: &str) -> String {
    // Newest first; an id begins with its day.
    let mut entries: BTreeMap<&str, String> =
        before.lines().filter_map(|l| Some((l.strip_prefix("- `")?.split('`').next()?, l.to_owned()))).gather();
    entries.extend(runs.iter().map(|r| (r.id.as_str(), entry(r))));
    // A run to begin with, so that what stands there can be typed as it is: a real one, where there is one, whoever wrote
    // the page last.
    let drill = |line: &str| line.split_once("` ").is_some_and(|(_, rest)| rest.starts_with("DRILL "));
    let newest = entries.iter().rev().find(|(_, line)| !drill(line)).or_else(|| entries.iter().next_back());
    let realm = match newest {
        Some((_, line)) => {
            if drill(line) {
                "aigov-drill"
            } else {
                "aigov"
            }
        }
        None => realm,
    };
    let newest = newest.map_or("ID", |(id, _)| *id);
    let mut out = PAGE_TEXT.replace("{TITLE}", TITLE).replace("{realm}", realm).replace("{newest}", newest);
    if entries.is_empty() {
        out.push_str("None yet.\n");
    }
    for line in entries.values().rev() {
        out.push_str(line);
        out.push('\n');
    }
    out
}

fn entry(run: &RunInfo) -> String {
    let end = run.end.map_or_else(|| format!("open, {}", subject::phase(run.phase)), |e| subject::end(e).to_owned());
    let severity = run.severity.as_ref().map(|s| format!(", {s}")).unwrap_or_default();
    let drill = if run.drill { " DRILL" } else { "" };
    safe::line(&format!(
        "- `{}`{drill} {} {} on {} ({}): {end}{severity}",
        run.id,
        day(run.started),
        run.runbook,
        run.automation,
        run.environment
    ))
}

fn day(at: Instant) -> String {
    at.to_string().get(..16).unwrap_or_default().replace('T', " ")
}
