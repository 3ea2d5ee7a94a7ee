//! What came back, and what it means: an outcome for an act, a document for a read.
//!
//! Owns the one table that turns statuses, lost answers and unreadable bodies into [`Outcome`]s and verdicts. Bodies in
//! here are already free of secrets. Must not send anything.

use serde_json::Value;

use crate::port::{Fault, Sight};
use crate::run::event::{Outcome, Verdict};
use crate::run::record::Seen;
use crate::text::safe;

/// How many characters of a foreign message are shown in one line.
const SHOWN: usize = 200;

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// A status line came back; `whole` when the body did too.
    Answered { status: u16, whole: bool },
    /// Certainly nothing was sent.
    NotSent,
    /// It was sent, or may have been, and no answer came.
    Lost,
}

/// What came back.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) fate: Fate,
    /// The body without secrets.
    pub(super) body: Vec<u8>,
    /// Whether secrets were taken out of the body, so that it is not what the server holds.
    pub(super) altered: bool,
    /// One line, without secrets and escaped: what went wrong, or `HTTP 200`.
    pub(super) says: String,
    /// What to do about it, if known.
    pub(super) help: Option<String>,
    /// How many requests it took.
    pub(super) requests: u32,
    /// The server's own clock, in milliseconds since 1970, from its `Date` header.
    pub(super) served: Option<i64>,
    /// Set when an earlier try of the same act may have acted.
    pub(super) earlier: bool,
}

impl Answer {
    /// Nothing was sent.
    pub(super) const fn not_sent(says: String, help: Option<String>) -> Self {
        Self {
            fate: Fate::NotSent,
            body: Vec::new(),
            altered: false,
            says,
            help,
            requests: 0,
            served: None,
            earlier: false,
        }
    }

    pub(super) const fn status(&self) -> Option<u16> {
        match self.fate {
            Fate::Answered { status, .. } => Some(status),
            Fate::NotSent | Fate::Lost => None,
        }
    }

    /// Whether the status is 2xx.
    pub(super) const fn succeeded(&self) -> bool {
        matches!(self.fate, Fate::Answered { status: 200..=299, .. })
    }

    /// The meaning for an act. `expect` narrows which 2xx count; empty means all.
    pub(super) fn outcome(&self, expect: &[u16]) -> Outcome {
        let outcome = match self.fate {
            Fate::NotSent => Outcome::NotSent,
            Fate::Lost => Outcome::Unknown,
            Fate::Answered { status: 200..=299, whole: false } => Outcome::Unknown,
            Fate::Answered { status, .. } if expect.contains(&status) => Outcome::Done,
            Fate::Answered { status: 200..=299, .. } if expect.is_empty() => Outcome::Done,
            Fate::Answered { status: 300..=499, .. } => Outcome::Refused,
            // Another 2xx than expected, an informational status, 5xx, or a number that means nothing.
            Fate::Answered { .. } => Outcome::Unknown,
        };
        if self.earlier && outcome != Outcome::Done { Outcome::Unknown } else { outcome }
    }

    /// The document of a read; anything that is not whole JSON in a 2xx answer is a reason why nothing is known.
    pub(super) fn document(&self) -> Result<Value, String> {
        match self.fate {
            Fate::Answered { status: 200..=299, whole: true } => serde_json::from_slice(&self.body)
                .map_err(|_| format!("{}, but the answer is not JSON: {}", self.says, excerpt(&self.body))),
            _ => Err(self.says.clone()),
        }
    }

    /// The document of a read of state that is to be put back: must be exactly what the server holds.
    pub(super) fn state(&self, what: &str) -> Result<Value, Fault> {
        let fault = |says: String| Fault {
            says: format!("{what}: {says}"),
            help: self.help.clone(),
            before_sending: self.fate == Fate::NotSent,
        };
        let document = self.document().map_err(fault)?;
        if self.altered {
            return Err(fault(
                "the state holds one of our own secrets, so it is neither recorded nor put back".to_owned(),
            ));
        }
        Ok(document)
    }

    /// One line for the record: `says`, with the provider's own words where it refused.
    pub(super) fn line(&self) -> String {
        let mut line = self.says.clone();
        if let Some(help) = &self.help {
            line.push_str("; ");
            line.push_str(help);
        }
        line
    }

    /// The whole of an answer that is worth keeping: everything but plain success.
    pub(super) fn keep(&self) -> Option<Vec<u8>> {
        (!self.succeeded() && !self.body.is_empty()).then(|| self.body.clone())
    }

    /// As seen, for an act on a target.
    pub(super) fn sight(&self, is: Outcome, target: &str) -> Sight<Outcome> {
        Sight { is, seen: self.seen(target, self.line()), keep: self.keep() }
    }

    /// As seen, for a read.
    pub(super) fn verdict(&self, is: Verdict, target: &str, says: String) -> Sight<Verdict> {
        Sight { is, seen: self.seen(target, says), keep: None }
    }

    /// A read that says nothing.
    pub(super) fn inconclusive(&self, target: &str, why: &str) -> Sight<Verdict> {
        let says = self.help.as_ref().map_or_else(|| why.to_owned(), |h| format!("{why}; {h}"));
        Sight { is: Verdict::Inconclusive, seen: self.seen(target, says), keep: self.keep() }
    }

    fn seen(&self, target: &str, says: String) -> Seen {
        Seen { target: target.to_owned(), status: self.status(), says, requests: self.requests }
    }
}

/// A message out of a foreign body: the usual members of a JSON error, or the beginning of the text.
pub(super) fn excerpt(body: &[u8]) -> String {
    if let Ok(document) = serde_json::from_slice::<Value>(body) {
        let pointers = ["/details/0/message", "/message", "/error/message", "/error", "/detail", "/title"];
        let message = pointers.iter().find_map(|p| document.pointer(p).and_then(Value::as_str));
        if let Some(message) = message.filter(|m| !m.trim().is_empty()) {
            return safe::excerpt(message, SHOWN);
        }
    }
    // Runs of white space say nothing in one line.
    let text = String::from_utf8_lossy(body).split_whitespace().collect::<Vec<_>>().join(" ");
    safe::excerpt(&text, SHOWN)
}

/// A verdict without any request behind it.
pub(super) fn untold(target: &str, says: String) -> Sight<Verdict> {
    Sight {
        is: Verdict::Inconclusive,
        seen: Seen { target: target.to_owned(), status: None, says, requests: 0 },
        keep: None,
    }
}

/// An act that was not begun.
pub(super) fn not_begun(target: &str, fault: &Fault) -> Sight<Outcome> {
    let says = fault.help.as_ref().map_or_else(|| fault.says.clone(), |h| format!("{}; {h}", fault.says));
    let seen = Seen { target: target.to_owned(), status: None, says, requests: 0 };
    Sight { is: Outcome::NotSent, seen, keep: None }
}

/// A fault before anything was sent.
pub(super) fn fault(says: impl Into<String>, help: Option<&str>) -> Fault {
    Fault { says: says.into(), help: help.map(str::to_owned), before_sending: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(fate: Fate) -> Answer {
        Answer { fate, requests: 1, ..Answer::not_sent("x".into(), None) }
    }

    #[test]
    fn a_status_is_an_outcome() {
        let answered = |status, whole| answer(Fate::Answered { status, whole }).outcome(&[]);
        for status in [200, 201, 202, 204] {
            assert_eq!(answered(status, true), Outcome::Done, "{status}");
            assert_eq!(answered(status, false), Outcome::Unknown, "{status} cut");
        }
        for status in [301, 302, 304, 307, 308, 400, 401, 403, 404, 409, 422, 429] {
            assert_eq!(answered(status, true), Outcome::Refused, "{status}");
            assert_eq!(answered(status, false), Outcome::Refused, "{status} cut");
        }
        for status in [100, 500, 502, 503, 504, 599, 999] {
            assert_eq!(answered(status, true), Outcome::Unknown, "{status}");
        }
        assert_eq!(answer(Fate::NotSent).outcome(&[]), Outcome::NotSent);
        assert_eq!(answer(Fate::Lost).outcome(&[]), Outcome::Unknown);
        assert_eq!(answer(Fate::Answered { status: 202, whole: true }).outcome(&[200]), Outcome::Unknown);
    }

    #[test]
    fn what_an_earlier_try_may_have_done_is_not_forgotten() {
        for fate in [Fate::NotSent, Fate::Lost, Fate::Answered { status: 404, whole: true }] {
            assert_eq!(Answer { earlier: true, ..answer(fate) }.outcome(&[]), Outcome::Unknown, "{fate:?}");
        }
        let done = Answer { earlier: true, ..answer(Fate::Answered { status: 200, whole: true }) };
        assert_eq!(done.outcome(&[]), Outcome::Done);
    }

    #[test]
    fn only_whole_json_is_a_document() {
        let with = |status, whole, body: &str| {
            Answer { body: body.into(), ..answer(Fate::Answered { status, whole }) }.document()
        };
        assert!(with(200, true, "{\"a\":1}").is_ok());
        for (status, whole, body) in
            [(200, false, "{\"a\":1}"), (200, true, "<html>"), (200, true, ""), (500, true, "{}"), (302, true, "{}")]
        {
            assert!(with(status, whole, body).is_err(), "{status} {body}");
        }
    }
}
