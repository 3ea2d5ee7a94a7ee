//! Drills of people on branches of their own, `aigov-drill/people/DRILL` and `aigov-drill/word/DRILL/NONCE`: one commit
//! each, as votes are, so that an approver on another machine needs only the right to push a new branch.
//!
//! Must not judge an answer: that is `approval`'s.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::commit::{Commit, Draft, io_error, ref_error};
use super::repo::Durable;
use super::store::Store;
use crate::approval::harmless::{Asking, Word};
use crate::port::JournalError;
use crate::run::record::canonical;
use crate::text::safe;
use crate::text::time::Instant;

impl Store {
    fn asking_branch(&self, drill: &str) -> String {
        self.branches("people") + drill
    }

    fn word_branch(&self, drill: &str, nonce: &str) -> String {
        format!("{}{drill}/{nonce}", self.branches("word"))
    }

    /// Begins a drill of people, and says what did not reach the remote.
    ///
    /// # Errors
    /// The repository could not be written, or there is one of this name.
    pub fn put_asking(&self, of: &Asking) -> Result<Vec<String>, JournalError> {
        let names: Vec<&str> = of.people.iter().map(|p| p.name.as_str()).collect();
        let subject = format!("DRILL {} asks {} to sign a harmless statement", of.by, names.join(", "));
        self.put(&self.asking_branch(&of.drill), &subject, &of.by, of.at, of)
    }

    /// Keeps an answer, and says what did not reach the remote.
    ///
    /// # Errors
    /// The repository could not be written, or there is one of this nonce.
    pub fn put_word(&self, word: &Word) -> Result<Vec<String>, JournalError> {
        let subject = format!("DRILL {} answers drill {}", word.person, word.drill);
        self.put(&self.word_branch(&word.drill, &word.nonce), &subject, &word.person, word.at, word)
    }

    pub(super) fn put(
        &self,
        branch: &str,
        subject: &str,
        by: &str,
        at: Instant,
        of: &impl Serialize,
    ) -> Result<Vec<String>, JournalError> {
        let doing = || format!("write {branch}");
        let git = self.writable()?;
        let line = canonical(of).map_err(|e| io_error(doing(), e))?;
        let message = format!("{}\n\n{}\n", safe::line(subject), String::from_utf8_lossy(&line));
        let draft = Draft { tree: None, parent: None, by: by.to_owned(), at, message };
        let oid = git.commit(&draft, Durable::Now, &mut Vec::new()).map_err(|e| ref_error(doing(), e))?;
        git.move_ref(branch, None, oid, Durable::Now, || true).map_err(|e| ref_error(doing(), e))?;
        Ok(self.push_branches(&[branch.to_owned()]))
    }

    /// Every drill of people, oldest first. What can't be read as one is none.
    ///
    /// # Errors
    /// The repository could not be read.
    pub fn askings(&self) -> Result<Vec<Asking>, JournalError> {
        let prefix = self.branches("people");
        let named = self.all_of::<Asking>(&prefix)?.into_iter().filter(|(name, of)| *name == of.drill);
        let mut all: Vec<Asking> = named.map(|(_, of)| of).collect();
        all.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.drill.cmp(&b.drill)));
        Ok(all)
    }

    /// Every answer to a drill.
    ///
    /// # Errors
    /// The repository could not be read.
    pub fn words(&self, drill: &str) -> Result<Vec<Word>, JournalError> {
        let prefix = self.word_branch(drill, "");
        let of = self.all_of::<Word>(&prefix)?.into_iter();
        Ok(of.filter(|(nonce, w)| w.drill == drill && w.nonce == *nonce).map(|(_, w)| w).collect())
    }

    pub(super) fn all_of<T: DeserializeOwned>(&self, prefix: &str) -> Result<Vec<(String, T)>, JournalError> {
        let doing = || format!("read {prefix}");
        let Some(git) = self.there()? else { return Ok(Vec::new()) };
        let heads = git.heads(prefix).map_err(|e| io_error(doing(), e))?;
        let odb = git.repo().odb().map_err(|e| io_error(doing(), e))?;
        let read = |(name, head): (String, git2::Oid)| {
            let commit = Commit::read(&odb, head).ok()?;
            let (_, mut lines) = commit.parts();
            let of = lines.next().and_then(|line| serde_json::from_slice::<T>(line.as_bytes()).ok())?;
            Some((name.strip_prefix(prefix).unwrap_or_default().to_owned(), of))
        };
        Ok(heads.into_iter().filter_map(read).collect())
    }
}
