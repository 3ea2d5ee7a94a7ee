//! The journal's port without a disk, with faults at will.
//!
//! Keeps the same promises as the one in git: places without gaps, and the chain. A clone is the same
//! log, so that a test looks at it while the driver owns it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use litemap::LiteMap;

use super::payload::Payload;
use crate::port::{Durability, JournalError, RunLog};
use crate::run::record::{GENESIS, PayloadRef, Record, Vote, sha256_hex};

/// A run's log in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryLog(Rc<RefCell<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    run: String,
    /// One entry per append.
    batches: Vec<Vec<Record>>,
    last: Option<String>,
    next_seq: u64,
    appends: usize,
    fail: BTreeSet<usize>,
    moved: BTreeSet<usize>,
    away: bool,
    stays_away: bool,
    payloads: LiteMap<String, (String, Vec<u8>)>,
    votes: Vec<Vote>,
    others: Vec<String>,
}

impl MemoryLog {
    /// An empty log of a run.
    #[must_use]
    pub fn new(run: &str) -> Self {
        Self(Rc::new(RefCell::new(Inner { run: run.to_owned(), ..Inner::default() })))
    }

    /// A log that goes on after records, as a resumed run's.
    #[must_use]
    pub fn after(run: &str, records: &[Record]) -> Self {
        let log = Self::new(run);
        {
            let mut inner = log.0.borrow_mut();
            inner.batches.push(records.to_vec());
            inner.next_seq = records.last().map_or(0, |r| r.seq + 1);
            inner.last = records.last().and_then(|r| r.bytes().ok()).map(|b| sha256_hex(&b));
        }
        log
    }

    /// The `n`-th append from here on (counted from 0) goes to the emergency file, and all after it until
    /// [`RunLog::try_restore`].
    pub fn fail_append(&self, n: usize) {
        let mut inner = self.0.borrow_mut();
        let at = inner.appends + n;
        inner.fail.insert(at);
    }

    /// The `n`-th append from here on (counted from 0) finds that somebody else appended.
    pub fn move_before(&self, n: usize) {
        let mut inner = self.0.borrow_mut();
        let at = inner.appends + n;
        inner.moved.insert(at);
    }

    /// Whether restoring fails.
    pub fn stay_away(&self, stays: bool) {
        self.0.borrow_mut().stays_away = stays;
    }

    /// A vote arrives.
    pub fn give_vote(&self, vote: Vote) {
        self.0.borrow_mut().votes.push(vote);
    }

    /// Other runs that hold a lowering step from now on.
    pub fn set_others(&self, others: &[&str]) {
        self.0.borrow_mut().others = others.iter().map(|o| (*o).to_owned()).collect();
    }

    /// Everything appended, in order.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        self.0.borrow().batches.concat()
    }

    /// Everything appended, by append.
    #[must_use]
    pub fn batches(&self) -> Vec<Vec<Record>> {
        self.0.borrow().batches.clone()
    }

    /// The bytes of a payload.
    #[must_use]
    pub fn payload(&self, digest: &str) -> Option<Vec<u8>> {
        self.0.borrow().payloads.get(digest).map(|(_, bytes)| bytes.clone())
    }
}

impl Inner {
    fn head(&self) -> String {
        // A commit's name has 40 digits.
        self.last.as_deref().and_then(|l| l.get(..40)).unwrap_or_default().to_owned()
    }

    fn append(&mut self, batch: &[Record]) -> Result<Durability, JournalError> {
        let this = self.appends;
        self.appends += 1;
        if self.moved.contains(&this) {
            return Err(JournalError::Moved {
                run: self.run.clone(),
                expected: self.head(),
                found: GENESIS.get(..40).unwrap_or_default().to_owned(),
            });
        }
        self.away |= self.fail.contains(&this);
        let mut stored = Vec::with_capacity(batch.len());
        for record in batch {
            if record.seq != self.next_seq || record.run != self.run {
                return Err(JournalError::Broken {
                    run: self.run.clone(),
                    link: format!("record {} was appended where {} belongs", record.seq, self.next_seq),
                });
            }
            let prev = self.last.clone().unwrap_or_else(|| GENESIS.to_owned());
            if record.prev != prev && record.prev != GENESIS {
                return Err(JournalError::Broken {
                    run: self.run.clone(),
                    link: format!("record {} names another record before it", record.seq),
                });
            }
            let mut record = record.clone();
            record.prev = prev;
            let bytes = record
                .bytes()
                .map_err(|e| JournalError::Io { doing: "write a record".to_owned(), source: Box::new(e) })?;
            self.last = Some(sha256_hex(&bytes));
            self.next_seq += 1;
            stored.push(record);
        }
        self.batches.push(stored);
        Ok(if self.away { Durability::Emergency } else { Durability::Git })
    }
}

impl RunLog for MemoryLog {
    fn append(&mut self, batch: &[Record]) -> Result<Durability, JournalError> {
        self.0.borrow_mut().append(batch)
    }

    fn keep(&mut self, subject: &str, bytes: &[u8]) -> PayloadRef {
        let mut inner = self.0.borrow_mut();
        // Salts without chance, each once.
        let salt = u128::try_from(inner.payloads.len()).unwrap_or_default().to_be_bytes();
        let payload = Payload::new(subject, salt, bytes);
        let reference = payload.reference();
        inner.payloads.insert(payload.digest, (payload.salt, payload.bytes));
        reference
    }

    fn votes(&mut self, known: &dyn Fn(&str) -> bool) -> Result<Vec<Vote>, JournalError> {
        Ok(self.0.borrow().votes.iter().filter(|v| !known(&v.nonce)).cloned().collect())
    }

    fn others_holding(&mut self, _: &str, _: &str) -> Result<Vec<String>, JournalError> {
        Ok(self.0.borrow().others.clone())
    }

    fn head(&self) -> String {
        self.0.borrow().head()
    }

    fn try_restore(&mut self) -> bool {
        let mut inner = self.0.borrow_mut();
        if !inner.stays_away {
            inner.away = false;
        }
        !inner.away
    }

    fn unpushed(&self) -> Option<usize> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{record, vote};
    use super::*;
    use crate::run::event::Event;

    #[test]
    fn faults_come_where_they_are_asked_for_and_the_chain_holds() {
        let log = MemoryLog::new("r");
        let mut held = log.clone();
        log.fail_append(1);
        log.move_before(4);
        let went: Vec<Durability> = (0..3).map(|seq| held.append(&[record("r", seq, Event::Noted)]).unwrap()).collect();
        assert_eq!(went, [Durability::Git, Durability::Emergency, Durability::Emergency]);
        log.stay_away(true);
        assert!(!held.try_restore());
        log.stay_away(false);
        assert!(held.try_restore());
        assert_eq!(held.append(&[record("r", 3, Event::Noted)]).unwrap(), Durability::Git);
        assert!(matches!(held.append(&[record("r", 4, Event::Noted)]), Err(JournalError::Moved { .. })));
        assert!(matches!(held.append(&[record("r", 9, Event::Noted)]), Err(JournalError::Broken { .. })));
        let mut prev = GENESIS.to_owned();
        for r in log.records() {
            assert_eq!(r.prev, prev);
            prev = sha256_hex(&r.bytes().unwrap());
        }
        let mut next = MemoryLog::after("r", &log.records());
        assert_eq!(next.head(), held.head());
        let mut on = record("r", 4, Event::Restarted);
        on.prev = "5".repeat(64);
        assert!(matches!(next.append(&[on.clone()]), Err(JournalError::Broken { .. })), "another one before it");
        on.prev = prev;
        assert_eq!(next.append(&[on]).unwrap(), Durability::Git);
    }

    #[test]
    fn votes_and_payloads_are_given_back() {
        let log = MemoryLog::new("r");
        let mut held = log.clone();
        log.give_vote(vote("r", "n1", 1));
        assert_eq!(held.votes(&|_| false).unwrap().len(), 1);
        assert_eq!(held.votes(&|n| n == "n1").unwrap(), []);
        let kept = held.keep("note", b"bytes");
        assert_ne!(kept.digest, held.keep("note", b"bytes").digest);
        assert_eq!(log.payload(&kept.digest).unwrap(), b"bytes");
        log.set_others(&["a"]);
        assert_eq!(held.others_holding("x", "y").unwrap(), ["a"]);
    }
}
