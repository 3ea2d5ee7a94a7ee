//! Votes on branches of their own, `vote/RUN/NONCE`: one commit each, so that a voter on another machine needs only the
//! right to push a new branch.
//!
//! Must not judge a vote: that is `approval`'s, on what the run's holder copies into the record.

use super::commit::{Commit, Draft, io_error, ref_error};
use super::payload::{self, Payload};
use super::repo::{Durable, RefError};
use super::store::Store;
use crate::port::{Chance, JournalError};
use crate::run::record::{Decision, PayloadRef, Vote, canonical};
use crate::text::safe;
use crate::text::time::Instant;

impl Store {
    /// Writes a vote where the run's holder will find it.
    ///
    /// # Errors
    /// The repository could not be written, or there is a vote of this nonce.
    pub fn put_vote(&self, vote: &Vote) -> Result<(), JournalError> {
        let doing = || format!("write the vote on {} of run {}", vote.gate, vote.run);
        let git = self.writable()?;
        let line = canonical(vote).map_err(|e| io_error(doing(), e))?;
        let verb = match vote.decision {
            Decision::Approve => "approves",
            Decision::Deny => "denies",
            Decision::Amend => "amends",
        };
        let subject = safe::line(&format!("{} {verb} {} of {}", vote.person, vote.gate, vote.run));
        let message = format!("{subject}\n\n{}\n", String::from_utf8_lossy(&line));
        let draft = Draft { tree: None, parent: None, by: vote.person.clone(), at: vote.at, message };
        let mut none = Vec::new();
        let oid = git.commit(&draft, Durable::Now, &mut none).map_err(|e| ref_error(doing(), e))?;
        git.move_ref(&self.vote_branch(&vote.run, &vote.nonce), None, oid, Durable::Now, || true)
            .map_err(|e| ref_error(doing(), e))
    }

    /// Keeps a voter's words apart on the run's payload branch, durable when this returns. The holder of the run may be
    /// writing there too: whoever comes second builds on the first.
    ///
    /// # Errors
    /// The repository could not be written.
    pub fn keep_words(
        &self,
        run: &str,
        subject: &str,
        bytes: &[u8],
        at: Instant,
        chance: &mut dyn Chance,
    ) -> Result<PayloadRef, JournalError> {
        let doing = || format!("keep the {subject} of a vote on run {run}");
        let mut salt = [0; 16];
        chance.fill(&mut salt);
        let kept = Payload::new(subject, salt, bytes).for_readers(self.readers());
        if kept.apart {
            return Err(io_error(doing(), "no key in people.toml could be encrypted to"));
        }
        let git = self.writable()?;
        let mut dirty = Vec::new();
        let mut tries = 0;
        loop {
            tries += 1;
            match payload::put(&git, &self.payload_branch(run), &kept, at, &mut dirty) {
                Err(RefError::Moved { .. }) if tries < 20 => {}
                put => break put.map_err(|e| ref_error(doing(), e))?,
            }
        }
        for changed in dirty {
            match std::fs::File::open(&changed).and_then(|f| f.sync_all()) {
                // In a pack already: git has made it durable.
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                synced => synced.map_err(|e| io_error(doing(), e))?,
            }
        }
        Ok(kept.reference())
    }

    /// Votes that lie with a run and are not `known` by nonce, in order of time and nonce. What can't be read as a vote is
    /// not one; one on another run, which somebody copied here, is for whoever counts to refuse by name.
    ///
    /// # Errors
    /// The repository could not be read.
    pub fn votes(&self, run: &str, known: &dyn Fn(&str) -> bool) -> Result<Vec<Vote>, JournalError> {
        let git = self.readable()?;
        let doing = || format!("read the votes on run {run}");
        let prefix = self.vote_branch(run, "");
        let heads = git.heads(&prefix).map_err(|e| io_error(doing(), e))?;
        let odb = git.repo().odb().map_err(|e| io_error(doing(), e))?;
        let mut votes = Vec::new();
        for (name, head) in heads {
            let nonce = name.strip_prefix(&prefix).unwrap_or_default();
            if known(nonce) {
                continue;
            }
            let Ok(commit) = Commit::read(&odb, head) else { continue };
            let (_, mut lines) = commit.parts();
            let vote = lines.next().and_then(|line| serde_json::from_slice::<Vote>(line.as_bytes()).ok());
            if let Some(vote) = vote.filter(|v| v.nonce == nonce && !known(&v.nonce)) {
                votes.push(vote);
            }
        }
        votes.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.nonce.cmp(&b.nonce)));
        Ok(votes)
    }
}

#[cfg(test)]
pub(super) fn raw(store: &Store, run: &str, nonce: &str, message: &str) {
    let git = store.writable().unwrap();
    let draft = Draft {
        tree: None,
        parent: None,
        by: "x".into(),
        at: crate::text::time::Instant(0),
        message: message.to_owned(),
    };
    let oid = git.commit(&draft, Durable::Now, &mut Vec::new()).unwrap();
    git.move_ref(&store.vote_branch(run, nonce), None, oid, Durable::Now, || true).unwrap();
}
