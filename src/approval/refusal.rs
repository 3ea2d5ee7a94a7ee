//! Why a vote does not count, by name, so that the person who gave it is told.

use std::fmt;

use super::Requirement;
use super::signature::Checked;
use super::statement::differs;
use crate::plan::{Excluded, Gate, Person, Plan, Touch, Votes};
use crate::text::safe::{self, is_plain};
use crate::text::time::{Instant, Millis};

/// What a vote says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    /// Yes, to exactly this act.
    Approve,
    /// No.
    Deny,
    /// Yes, to this act with other text.
    Amend,
}

/// A vote as it arrived.
#[derive(Clone, Copy, Debug)]
pub struct Ballot<'a> {
    /// Unique per vote.
    pub nonce: &'a str,
    /// The run it names.
    pub run: &'a str,
    /// The gate it names.
    pub gate: &'a str,
    /// Digest of the act as it was shown.
    pub act: &'a str,
    /// Digest of the run's last record when it was shown.
    pub head: &'a str,
    /// Who.
    pub person: &'a str,
    /// What it says.
    pub say: Say,
    /// The text proposed with an amendment.
    pub text: Option<&'a str>,
    /// When, by the voter's clock.
    pub at: Instant,
    /// The environment it names, where it is signed.
    pub environment: Option<&'a str>,
    /// What came of looking at its signature.
    pub signature: Signature<'a>,
}

/// What came of looking at a vote's signature.
#[derive(Clone, Copy, Debug)]
pub enum Signature<'a> {
    /// There is none.
    None,
    /// It is not given yet: whether a vote of this person would count at all.
    ToCome,
    /// It does not hold: why, in words.
    Bad(&'a str),
    /// It holds.
    Good {
        /// What it says.
        checked: &'a Checked,
        /// The text it was made over.
        statement: &'a str,
        /// The text that it should have been made over, from the run's own record.
        should_be: &'a str,
    },
}

/// What a vote is held against: the gate as it stands open.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    /// The plan recorded when the run began; its roster is the one that counts.
    pub plan: &'a Plan,
    /// The run.
    pub run: &'a str,
    /// The open gate.
    pub gate: &'a Gate,
    /// Digest of the act as prepared.
    pub act: &'a str,
    /// When the gate opened.
    pub opened: Instant,
    /// When the gate closes.
    pub deadline: Instant,
    /// Now, by the clock of the run's holder.
    pub now: Instant,
    /// The roster as it stands now; why not, where it can't be read. Nobody gains by it: it only takes votes away.
    pub roster: Result<&'a [Person], &'a str>,
    /// The authorities whose certificates count now. Nobody gains by them either.
    pub authorities: &'a [String],
    /// Whether a vote that was counted is counted again, after its gate has closed.
    pub again: bool,
    /// Whether a record digest lies in the run's record at or after the act's preparation.
    pub knows_head: &'a dyn Fn(&str) -> bool,
    /// Whether a nonce was seen before in this run.
    pub used: &'a dyn Fn(&str) -> bool,
    /// Who asks: whoever holds the run now. Nobody approves what they ask for themselves.
    pub asker: Option<&'a str>,
    /// Everyone who ever held the run's lease or gave an argument or an attestation.
    pub operators: &'a dyn Fn(&str) -> bool,
    /// Whether somebody was named as having made the fix.
    pub fix_authors: &'a dyn Fn(&str) -> bool,
    /// Whether this person's yes to this very act was counted already.
    pub said_yes: &'a dyn Fn(&str) -> bool,
    /// Whether the act carries text that can be amended.
    pub amendable: bool,
}

/// Why a vote does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It names another run.
    WrongRun,
    /// It names another gate than the one that is open.
    WrongGate,
    /// It has been seen before.
    NonceUsed,
    /// Nobody of this name is in the run's roster.
    UnknownPerson,
    /// Only signed votes count here.
    Unsigned,
    /// The signature does not hold.
    BadSignature(String),
    /// It names another environment.
    WrongEnvironment,
    /// Nobody of the roster has this key.
    UnknownKey(String),
    /// Somebody else of the roster has this key.
    OthersKey(String),
    /// Several of the roster have this key, so that nobody can tell who signed.
    SharedKey,
    /// The key does not count yet.
    KeyTooNew,
    /// The key was revoked.
    Revoked,
    /// The person or the key is not in people.toml any more.
    TakenOut,
    /// Whether the key still counts can't be told.
    RosterUnread(String),
    /// The authority that vouches for the key is not among those of people.toml any more.
    AuthorityTakenOut,
    /// The certificate does not hold now, or did not when it was used.
    CertificateOver,
    /// No person touched the hardware.
    NotTouched,
    /// No PIN and no fingerprint was given.
    NoPin,
    /// It was given before the gate opened.
    TooEarly,
    /// Its time lies in the future.
    FromTheFuture,
    /// The text that was signed is not the one that the record asks about.
    OtherText {
        /// The first line that differs, counted from 1.
        line: usize,
    },
    /// Whoever asks doesn't answer.
    OwnRequest,
    /// An operator of this run, where the gate excludes them.
    Operator,
    /// Whoever made the fix, where the gate excludes them.
    FixAuthor,
    /// None of the gate's functions.
    NotEntitled {
        /// The functions that have a say.
        needs: Vec<String>,
    },
    /// It was given for another act than the one that waits.
    WrongAct,
    /// The record it was given on is not this run's, or older than the act.
    HeadNotKnown,
    /// The roster counts their votes at another time.
    NotServing,
    /// The deadline has passed.
    TooLate,
    /// The same person has approved already.
    AlreadyApproved,
    /// There is no text to amend.
    NothingToAmend,
    /// It holds characters that a reader could not see.
    Unprintable,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongRun => f.write_str("it names another run"),
            Self::WrongGate => f.write_str("it names a gate that is not the open one"),
            Self::NonceUsed => f.write_str("this vote was seen before; each counts once"),
            Self::UnknownPerson => f.write_str("nobody of this name was in the roster when the run began"),
            Self::Unsigned => f.write_str("it is not signed, and only signed votes count in this workspace"),
            Self::OwnRequest => f.write_str("whoever asks for an approval can't give it"),
            Self::Operator => f.write_str("operators of this run are excluded at this gate"),
            Self::FixAuthor => f.write_str("whoever made the fix is excluded at this gate"),
            Self::NotEntitled { needs } => write!(f, "this gate asks for {}", needs.join(", ")),
            Self::WrongAct => f.write_str("it was given for another act than the one that waits now"),
            Self::HeadNotKnown => {
                f.write_str("it was given on a record that is not this run's since the act was prepared")
            }
            Self::BadSignature(why) => write!(f, "its signature does not count: {why}"),
            Self::WrongEnvironment => f.write_str("it was given for another environment"),
            Self::UnknownKey(key) => write!(f, "nobody in the roster of this run has the key {key}"),
            Self::OthersKey(owner) => write!(f, "it is signed with a key of {}", safe::line(owner)),
            Self::SharedKey => f.write_str("its key stands under several names, so nobody can tell who signed"),
            Self::KeyTooNew => f.write_str("its key does not count yet: see `valid-from`"),
            Self::Revoked => f.write_str("its key was revoked"),
            Self::TakenOut => f.write_str("the person or the key is not in people.toml any more"),
            Self::RosterUnread(why) => write!(f, "whether its key still counts can't be told: {}", safe::line(why)),
            Self::AuthorityTakenOut => {
                f.write_str("the authority that vouches for its key is not in people.toml any more")
            }
            Self::CertificateOver => f.write_str("its certificate does not hold at this time"),
            Self::NotTouched => {
                f.write_str("no person touched the hardware that signed it, and this gate asks for that")
            }
            Self::NoPin => f.write_str("no PIN and no fingerprint was given, and this gate asks for one"),
            Self::TooEarly => f.write_str("it was given before the gate opened"),
            Self::FromTheFuture => f.write_str("its time lies in the future: the clocks differ by more than 5 minutes"),
            Self::OtherText { line } => {
                write!(f, "what was signed is not what this run asks: it differs at line {line} of the statement")
            }
            Self::NotServing => {
                f.write_str("people.toml does not count votes of this person today: see `from` and `until`")
            }
            Self::TooLate => f.write_str("the deadline had passed"),
            Self::AlreadyApproved => f.write_str("this person has approved already; each counts once"),
            Self::Unprintable => f.write_str("it holds characters that a reader could not see"),
            Self::NothingToAmend => f.write_str("this act carries no text that could be amended"),
        }
    }
}

/// How far two clocks may be apart before a vote is refused for its time.
const SKEW: Millis = Millis::from_secs(5 * 60);

/// Why this vote does not count, or none when it does. What identifies a vote is looked at first, then the voter and
/// their key, then the act, so that the reason given is the one that a person can do something about.
#[must_use]
pub fn refusal(vote: &Ballot<'_>, of: &Circumstances<'_>) -> Option<Reason> {
    let words = [vote.nonce, vote.run, vote.gate, vote.act, vote.head, vote.person];
    let letter = vote.text.unwrap_or_default();
    if words.iter().any(|w| !w.chars().all(is_plain)) || !letter.chars().all(|c| c == '\n' || is_plain(c)) {
        return Some(Reason::Unprintable);
    }
    if vote.run != of.run {
        return Some(Reason::WrongRun);
    }
    if (of.used)(vote.nonce) {
        return Some(Reason::NonceUsed);
    }
    if vote.environment.is_some_and(|e| e != of.plan.environment) {
        return Some(Reason::WrongEnvironment);
    }
    if vote.gate != of.gate.id {
        return Some(Reason::WrongGate);
    }
    let Some(person) = of.plan.roster.iter().find(|p| p.name == vote.person) else {
        return Some(Reason::UnknownPerson);
    };
    if of.plan.votes == Votes::Signed
        && let Some(reason) = keys(vote, of, person)
    {
        return Some(reason);
    }
    if !person.serves(of.now) || !person.serves(vote.at) {
        return Some(Reason::NotServing);
    }
    if of.asker == Some(vote.person) {
        return Some(Reason::OwnRequest);
    }
    for excluded in &of.gate.not {
        match excluded {
            Excluded::Operator if (of.operators)(vote.person) => return Some(Reason::Operator),
            Excluded::FixAuthor if (of.fix_authors)(vote.person) => return Some(Reason::FixAuthor),
            Excluded::Operator | Excluded::FixAuthor => {}
        }
    }
    if !Requirement::from(of.gate).entitles(&functions_of(of, person)) {
        return Some(Reason::NotEntitled { needs: of.gate.functions.clone() });
    }
    if (!of.again && of.now >= of.deadline) || vote.at >= of.deadline {
        return Some(Reason::TooLate);
    }
    if of.plan.votes == Votes::Signed {
        if vote.at.plus(SKEW) < of.opened {
            return Some(Reason::TooEarly);
        }
        if of.now.plus(SKEW) < vote.at {
            return Some(Reason::FromTheFuture);
        }
    }
    if vote.act != of.act {
        return Some(Reason::WrongAct);
    }
    if !(of.knows_head)(vote.head) {
        return Some(Reason::HeadNotKnown);
    }
    if let Signature::Good { statement, should_be, .. } = vote.signature
        && let Some(line) = differs(statement, should_be)
    {
        return Some(Reason::OtherText { line });
    }
    match vote.say {
        Say::Approve if (of.said_yes)(vote.person) => Some(Reason::AlreadyApproved),
        Say::Amend if !of.amendable || vote.text.is_none_or(|t| t.trim().is_empty()) => Some(Reason::NothingToAmend),
        Say::Approve | Say::Deny | Say::Amend => None,
    }
}

/// What a person may decide as: what the run's roster says, and still does where only signed votes count.
#[must_use]
fn functions_of(of: &Circumstances<'_>, person: &Person) -> Vec<String> {
    if of.plan.votes == Votes::Unsigned {
        return person.functions.clone();
    }
    let now = of.roster.ok().and_then(|all| all.iter().find(|p| p.name == person.name));
    let still = |f: &&String| now.is_some_and(|p| p.functions.contains(f));
    person.functions.iter().filter(still).cloned().collect()
}

/// Why the key that signed does not speak for the person.
fn keys(vote: &Ballot<'_>, of: &Circumstances<'_>, person: &Person) -> Option<Reason> {
    let checked = match vote.signature {
        Signature::None => return Some(Reason::Unsigned),
        Signature::ToCome => return None,
        Signature::Bad(why) => return Some(Reason::BadSignature(why.to_owned())),
        Signature::Good { checked, .. } => checked,
    };
    let line = checked.key.line();
    let roster_now = match of.roster {
        Ok(roster) => roster,
        Err(why) => return Some(Reason::RosterUnread(why.to_owned())),
    };
    let has = |p: &&Person| p.keys.iter().any(|k| k.key == line);
    // Who has it by either roster: nobody gains a second name by an edit.
    let mut owners: Vec<&str> =
        of.plan.roster.iter().filter(has).chain(roster_now.iter().filter(has)).map(|p| p.name.as_str()).collect();
    owners.sort_unstable();
    owners.dedup();
    match owners[..] {
        [] => {}
        [one] if one == person.name => {}
        [other] => return Some(Reason::OthersKey(other.to_owned())),
        _ => return Some(Reason::SharedKey),
    }
    let Some(now) = roster_now.iter().find(|p| p.name == person.name) else { return Some(Reason::TakenOut) };
    if !now.serves(of.now) {
        return Some(Reason::NotServing);
    }
    let mut hardware = false;
    if let Some(key) = person.keys.iter().find(|k| k.key == line) {
        let Some(still) = now.keys.iter().find(|k| k.key == line) else { return Some(Reason::TakenOut) };
        for key in [key, still] {
            if key.revoked.is_some_and(|at| at <= of.now) {
                return Some(Reason::Revoked);
            }
            if key.from.is_some_and(|at| at > vote.at || at > of.now) {
                return Some(Reason::KeyTooNew);
            }
            hardware |= key.hardware;
        }
    } else {
        let vouched = checked
            .certificate
            .as_ref()
            .filter(|c| of.plan.authorities.contains(&c.authority.line()) && c.principals.contains(&person.name));
        let Some(certificate) = vouched else { return Some(Reason::UnknownKey(checked.key.fingerprint())) };
        if !of.authorities.contains(&certificate.authority.line()) {
            return Some(Reason::AuthorityTakenOut);
        }
        let holds = |at: Instant| certificate.from <= at && at < certificate.until;
        if !holds(vote.at) || !holds(of.now) {
            return Some(Reason::CertificateOver);
        }
    }
    if (hardware || of.gate.touch != Touch::None) && !checked.touched {
        return Some(Reason::NotTouched);
    }
    (of.gate.touch == Touch::Pin && !checked.verified).then_some(Reason::NoPin)
}

#[cfg(test)]
mod tests;
