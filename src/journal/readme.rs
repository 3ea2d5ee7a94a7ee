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
use crate::port::JournalError;
use crate::text::safe;
use crate::text::time::Instant;

const BRANCH: &str = "refs/heads/main";
const PAGE: &str = "README.md";
const SIGNERS: &str = "allowed_signers";
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
    let signers = signers(&runs, store.key().map(ProcessKey::public), &known);
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

/// The keys of the processes that wrote, in the form that `ssh-keygen` and git take: those of the runs that are here, our
/// own, and those of the list before.
fn signers(runs: &[RunInfo], own: Option<&str>, before: &str) -> String {
    let mut lines: BTreeSet<String> = before.lines().map(str::to_owned).collect();
    let keys = runs.iter().flat_map(|r| &r.keys).map(String::as_str).chain(own);
    // A key is outside text: one that could begin another line or another principal is left out.
    let plain = |key: &&str| key.split(' ').count() == 2 && key.chars().all(safe::is_plain);
    lines.extend(keys.filter(plain).map(|key| format!("{MAIL} namespaces=\"git\" {key}")));
    lines.into_iter().map(|line| line + "\n").collect()
}

/// The page: our runs, and those of the page before that are not here.
fn text(runs: &[RunInfo], realm: &str, before: &str) -> String {
    let mut out = format!(
        "{TITLE}\n\n\
         What happened in each run, one branch per run, one commit per step. Nothing here is ever rewritten.\n\n\
         ```\n\
         git log --reverse origin/{realm}/run/ID      # the story of a run, one line to read and one record in JSON each\n\
         git log -p origin/{realm}/payload/ID         # reasons, notes and evidence that its records name by digest\n\
         git branch -r --list 'origin/{realm}/fork/*' # records that were written beside a run and wait to be reconciled\n\
         ```\n\n\
         ## Checking a run with git and sha256sum\n\n\
         Each record holds the SHA-256 of the record before (`prev`), counted from `seq` 0. This prints nothing when the\n\
         chain is whole:\n\n\
         ```sh\n\
         prev=0000000000000000000000000000000000000000000000000000000000000000\n\
         git log --reverse --format=%B origin/{realm}/run/ID | grep '^{{' | while IFS= read -r line; do\n\
         \x20 case $line in *\"\\\"prev\\\":\\\"$prev\\\"\"*) ;; *) echo \"broken before: $line\" ;; esac\n\
         \x20 prev=$(printf %s \"$line\" | sha256sum | cut -d' ' -f1)\n\
         done\n\
         ```\n\n\
         A payload is the file `AB/REST.SALT` of its branch, where `AB` and `REST` are its digest:\n\
         `(printf %s SALT; git show origin/{realm}/payload/ID:AB/REST.SALT) | sha256sum`\n\n\
         Where people are named for whose eyes it is, it is `AB/REST.age`, and holds salt and text. With the private key of\n\
         one of them, this prints its digest, and the text without the 32 digits of the salt:\n\n\
         ```sh\n\
         git show origin/{realm}/payload/ID:AB/REST.age | age -d -i ~/.ssh/id_ed25519 | sha256sum\n\
         git show origin/{realm}/payload/ID:AB/REST.age | age -d -i ~/.ssh/id_ed25519 | tail -c +33\n\
         ```\n\n\
         ## Checking signatures with git and ssh-keygen\n\n\
         Each process signs its commits with a key of its own, which its first record names (`key`). The keys stand in\n\
         `allowed_signers` on this branch. `G` says that a signature is good, `N` that there is none, `B` or `U` that it is\n\
         not what it should be:\n\n\
         ```sh\n\
         git show origin/main:allowed_signers > allowed_signers\n\
         git -c gpg.ssh.allowedSignersFile=allowed_signers log --format='%G? %h %s' origin/{realm}/run/ID\n\
         git -c gpg.ssh.allowedSignersFile=allowed_signers verify-commit origin/{realm}/run/ID\n\
         ```\n\n\
         ## Runs\n\n"
    );
    // Newest first; an id begins with its day.
    let mut entries: BTreeMap<&str, String> =
        before.lines().filter_map(|l| Some((l.strip_prefix("- `")?.split('`').next()?, l.to_owned()))).collect();
    entries.extend(runs.iter().map(|r| (r.id.as_str(), entry(r))));
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
