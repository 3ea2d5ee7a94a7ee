//! The form in which a batch of records is a commit, and back.
//!
//! A message is a subject that a person can read, an empty line, then one canonical JSON record per line. Owns the bytes
//! of commit objects. Must not touch files.

use git2::{ObjectType, Oid};

use super::repo::{EMPTY_TREE, Git, RefError};
use super::sign;
use super::subject;
use crate::port::JournalError;
use crate::run::record::Record;
use crate::text::time::Instant;

/// The address that stands where git wants one: nobody receives mail there.
pub(super) const MAIL: &str = "journal@aigov.invalid";

/// A commit about to be written.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// 40 hexadecimal digits; none for the empty tree.
    pub(super) tree: Option<Oid>,
    /// The one parent.
    pub(super) parent: Option<Oid>,
    /// Author and committer.
    pub(super) by: String,
    /// Author's and committer's time.
    pub(super) at: Instant,
    /// The whole message.
    pub(super) message: String,
}

impl Draft {
    /// The bytes of the object.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let tree = self.tree.map_or_else(|| EMPTY_TREE.to_owned(), |t| t.to_string());
        let parent = self.parent.map_or_else(String::new, |p| format!("parent {p}\n"));
        let by = plain_name(&self.by);
        // Git's dates are whole seconds and not negative.
        let secs = self.at.0.div_euclid(1000).max(0);
        format!(
            "tree {tree}\n{parent}author {by} <{MAIL}> {secs} +0000\ncommitter {by} <{MAIL}> {secs} +0000\n\n{}",
            self.message
        )
        .into_bytes()
    }
}

/// A name as git allows it in a commit: no angle brackets, no line ends, not empty, no crud at its ends.
fn plain_name(name: &str) -> String {
    let kept: String = name.chars().filter(|c| !matches!(c, '<' | '>') && !c.is_control()).collect();
    let kept = kept.trim_matches(|c: char| c.is_whitespace() || ".,:;\"\\'".contains(c)).to_owned();
    if kept.is_empty() { "unidentified".to_owned() } else { kept }
}

/// The message of a batch.
pub(super) fn message(records: &[Record], lines: &[String]) -> String {
    let mut out = subject::of(records);
    out.push_str("\n\n");
    for line in lines {
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// A commit as read.
#[derive(Clone, Debug)]
pub(super) struct Commit {
    pub(super) id: Oid,
    pub(super) tree: String,
    pub(super) parents: Vec<Oid>,
    header: String,
    pub(super) message: String,
}

impl Commit {
    /// Reads one; libgit2 compares its bytes with its name.
    pub(super) fn read(odb: &git2::Odb<'_>, id: Oid) -> Result<Self, git2::Error> {
        let object = odb.read(id)?;
        if object.kind() != ObjectType::Commit {
            return Err(git2::Error::from_str(&format!("{id} is not a commit")));
        }
        let text = String::from_utf8_lossy(object.data());
        let (header, message) = text.split_once("\n\n").unwrap_or((&text, ""));
        let mut tree = String::new();
        let mut parents = Vec::new();
        for line in header.lines() {
            if let Some(hex) = line.strip_prefix("tree ") {
                hex.clone_into(&mut tree);
            } else if let Some(hex) = line.strip_prefix("parent ") {
                parents.push(Oid::from_str(hex)?);
            }
        }
        Ok(Self { id, tree, parents, header: header.to_owned(), message: message.to_owned() })
    }

    /// Its signature and the bytes that it is over; none when it is not signed.
    pub(super) fn signature(&self) -> Option<(String, Vec<u8>)> {
        sign::apart(&self.header, &self.message)
    }

    /// Subject and record lines.
    pub(super) fn parts(&self) -> (&str, impl Iterator<Item = &str>) {
        let (subject, body) = self.message.split_once("\n\n").unwrap_or((&self.message, ""));
        (subject, body.lines().filter(|l| !l.is_empty()))
    }
}

/// Every commit from the root to `head`, or from the child of `until` when that is met on the way. Follows first
/// parents; `verify` looks at the others.
pub(super) fn walk(git: &Git, head: Oid, until: Option<Oid>) -> Result<Vec<Commit>, git2::Error> {
    let odb = git.repo().odb()?;
    let mut found = Vec::new();
    let mut next = Some(head);
    while let Some(id) = next {
        if Some(id) == until {
            break;
        }
        let commit = Commit::read(&odb, id)?;
        next = commit.parents.first().copied();
        found.push(commit);
    }
    found.reverse();
    Ok(found)
}

/// Decodes a line.
pub(super) fn record(run: &str, line: &str) -> Result<Record, JournalError> {
    serde_json::from_slice(line.as_bytes()).map_err(|e| JournalError::Broken {
        run: run.to_owned(),
        link: format!("a record can't be read ({e}): {}", crate::text::safe::excerpt(line, 80)),
    })
}

/// An error of libgit2 or the file system, with what was being done.
pub(super) fn io_error(
    doing: impl Into<String>,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> JournalError {
    JournalError::Io { doing: doing.into(), source: source.into() }
}

/// The same for what reading or moving a branch can say.
pub(super) fn ref_error(doing: impl Into<String>, e: RefError) -> JournalError {
    match e {
        RefError::Io(source) => JournalError::Io { doing: doing.into(), source },
        RefError::Moved { found } => io_error(
            doing,
            format!("the branch is at {}", found.map_or_else(|| "nothing".to_owned(), |f| f.to_string())),
        ),
        RefError::Cancelled => io_error(doing, "given up"),
    }
}
