//! The port's side of a held run.

use super::hold::HeldRun;
use super::payload::Payload;
use super::readme;
use crate::port::{Durability, JournalError, Keys, RunLog, Unfounded};
use crate::run::event::Event;
use crate::run::record::{PayloadRef, Record, Vote};

impl RunLog for HeldRun {
    fn append(&mut self, batch: &[Record]) -> Result<Durability, JournalError> {
        let durability = self.put(batch)?;
        // The page lists runs and the keys that sign them.
        let turning =
            |r: &Record| matches!(r.event, Event::RunStarted | Event::RunEnded { .. }) || r.detail.key.is_some();
        let turning = batch.iter().any(turning);
        if turning && durability == Durability::Git {
            let store = self.store.clone();
            if let Some(writer) = &self.writer {
                writer.after(move |git| {
                    // A list for visitors; the record does not depend on it.
                    let _ = readme::refresh(git, &store);
                });
            }
        }
        Ok(durability)
    }

    fn keep(&mut self, subject: &str, bytes: &[u8]) -> PayloadRef {
        let mut salt = [0; 16];
        self.chance.fill(&mut salt);
        let payload = Payload::new(subject, salt, bytes).for_readers(self.store.readers());
        let reference = payload.reference();
        self.put_payload(payload);
        reference
    }

    fn votes(&mut self, known: &dyn Fn(&str) -> bool) -> Result<Vec<Vote>, JournalError> {
        self.push.fetch_votes(&self.store, &self.run);
        self.store.votes(&self.run, known)
    }

    fn others_holding(&mut self, automation: &str, environment: &str) -> Result<Vec<String>, JournalError> {
        self.store.holding(automation, environment, Some(&self.run))
    }

    fn unfounded(&mut self, keys: &dyn Keys, before: u64) -> Vec<Unfounded> {
        self.store.unfounded(&self.run, keys, before)
    }

    fn head(&self) -> String {
        self.head.map(|h| h.to_string()).unwrap_or_default()
    }

    fn key(&self) -> Option<String> {
        self.store.key().map(|key| key.public().to_owned())
    }

    fn try_restore(&mut self) -> bool {
        self.restore()
    }

    fn unpushed(&self) -> Option<usize> {
        self.push.unpushed()
    }
}
