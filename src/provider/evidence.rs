//! Evidence that an adapter reads itself: how it is kept, and what proves that it was.
//!
//! Owns the memory of what this process has captured. A probe can't look into the journal, so it passes only for what
//! this very process has read whole and handed over; anything else is captured again, which is harmless.

use std::cell::RefCell;

use litemap::LiteMap;
use serde_json::Value;

use super::answer::{self, Answer};
use crate::port::{Order, Sight};
use crate::run::event::{Outcome, Verdict};
use crate::run::record::{Seen, canonical, sha256_hex};
use crate::text::time::{Instant, Millis};

/// What was captured, by run, step and source.
#[derive(Default)]
pub(super) struct Captured(RefCell<LiteMap<[String; 3], String>>);

fn key(order: &Order<'_>) -> [String; 3] {
    [order.run.to_owned(), order.step.id.clone(), order.target.label.clone()]
}

impl Captured {
    /// Hands evidence over, canonical, and remembers that.
    pub(super) fn keep(&self, order: &Order<'_>, document: &Value, what: &str, requests: u32) -> Sight<Outcome> {
        let label = &order.target.label;
        let Ok(bytes) = canonical(document) else {
            let says = "the evidence holds a number that can't be written down".to_owned();
            return Sight {
                is: Outcome::Refused,
                seen: Seen { target: label.clone(), status: None, says, requests },
                keep: None,
            };
        };
        let digest = sha256_hex(&bytes);
        let says = format!("{what}, {} bytes, SHA-256 {}", bytes.len(), digest.get(..12).unwrap_or(&digest));
        self.0.borrow_mut().insert(key(order), says.clone());
        Sight {
            is: Outcome::Done,
            seen: Seen { target: label.clone(), status: Some(200), says, requests },
            keep: Some(bytes),
        }
    }

    /// Whether this process has captured it.
    pub(super) fn proof(&self, order: &Order<'_>) -> Sight<Verdict> {
        let label = &order.target.label;
        match self.0.borrow().get(&key(order)) {
            Some(says) => Sight { is: Verdict::Pass, ..answer::untold(label, format!("captured: {says}")) },
            None => answer::untold(label, "this process has captured nothing; capture it again".to_owned()),
        }
    }

    /// A capture whose read said nothing. Reading changes nothing, so it is never `Unknown`.
    pub(super) fn failed(answer: &Answer, label: &str, why: &str) -> Sight<Outcome> {
        let is = if answer.outcome(&[]) == Outcome::NotSent { Outcome::NotSent } else { Outcome::Refused };
        let mut sight = answer.sight(is, label);
        sight.seen.says = why.to_owned();
        sight
    }
}

/// The instant from which on evidence is wanted, by the server's own clock.
pub(super) fn cutoff(answer: &Answer, since: Millis) -> Option<Instant> {
    let back = i64::try_from(since.0).ok()?;
    answer.served.map(|now| Instant(now.saturating_sub(back)))
}
