//! The traits between the machine's driver and the world, and nothing but the traits and the data they carry.
//!
//! Live run, resume, rehearsal and tests differ in which implementations are handed in, and in nothing else. Knows the
//! core's data; must not know any implementation.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use serde_json::Value;

use crate::approval::{BadSignature, Checked, Namespace};
use crate::aside;
use crate::model::key::PublicKey;
use crate::plan::checked;
use crate::plan::needed::Needed;
use crate::plan::{FactValue, Measure, Plan, Step, Target, Voters};
use crate::run::event::{Choice, Outcome, Verdict};
use crate::run::record::{Detail, Measured, PayloadRef, Record, RequestView, Seen, Signed, Vote};
use crate::text::time::{Instant, Millis};

/// A future of a port. Not `Send`: one thread drives a run.
pub type Fut<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

// ---------------------------------------------------------------------------------------------------------- providers

/// What is asked of a provider: one target of one step, forward or back.
#[derive(Clone, Debug)]
pub struct Order<'a> {
    /// The run's id; part of keys and of what people see.
    pub run: &'a str,
    /// The environment, cross-checked with the provider's own.
    pub environment: &'a str,
    /// The step.
    pub step: &'a Step,
    /// One of the step's targets.
    pub target: &'a Target,
    /// Forward, or putting prior state back.
    pub way: Way<'a>,
    /// Idempotency or deduplication key, fixed when prepared; empty before.
    pub key: &'a str,
    /// Text as its readers will see it, for statements, notices and pages.
    pub text: Option<&'a str>,
    /// Preparing only: the state that an earlier act of the same sign-off will have left here by then, in the provider's own
    /// terms. None where what stands there now is what will be found.
    pub after: Option<&'a Value>,
}

/// Forward or back.
#[derive(Clone, Copy, Debug)]
pub enum Way<'a> {
    /// Do the step's act.
    Do,
    /// Put this captured prior state back.
    Undo(&'a Value),
}

/// What preparing found and fixed, for one target.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// Prior state, whole enough to be put back; canonical, without anything that changes by itself (times, counters).
    pub prior: Value,
    /// State as it will be read after a successful act, in the same form as `prior`.
    pub leaves: Value,
    /// The requests that `perform` will send, in order, secrets as references.
    pub requests: Vec<RequestView>,
    /// The requests that would put `prior` back.
    pub undo: Vec<RequestView>,
    /// The provider's own account, project or namespace.
    pub account: String,
}

/// Why something could not be prepared or measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// One line for the operator, secrets removed, escaped: what happened, to what.
    pub says: String,
    /// What to do next, if known.
    pub help: Option<String>,
    /// True when the secret or the address is missing, so that nothing could have been sent.
    pub before_sending: bool,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.says)
    }
}

impl std::error::Error for Fault {}

/// What a perform or probe saw.
#[derive(Clone, Debug, PartialEq)]
pub struct Sight<T> {
    /// The outcome or verdict.
    pub is: T,
    /// What was seen, for the record.
    pub seen: Seen,
    /// Bytes to keep as a payload: captured evidence, the whole of a refused answer.
    pub keep: Option<Vec<u8>>,
}

/// A read of a signal, judged against its condition.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalReading {
    /// `Pass` when the condition holds, `Fail` when it does not, `Inconclusive` without data or enough samples.
    pub verdict: Verdict,
    /// The numbers.
    pub measured: Measured,
    /// One line of explanation, such as `no data for 15m`.
    pub says: String,
}

/// Somebody whose turn it is, as a pager knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnDuty {
    /// The pager's own id.
    pub id: String,
    /// What the pager calls them.
    pub name: String,
    /// Their e-mail address there, by which a person of `people.toml` can be recognised.
    pub email: Option<String>,
    /// When the turn ends; none when it does not end.
    pub until: Option<Instant>,
}

/// Carries verbs out on one real system. Implementations live in `provider/`, one file each.
///
/// Retries only where repetition is harmless; everything else is reported as `Unknown`. Obeys rate limits within
/// the time given. Never lets a secret into anything it returns.
pub trait Provider {
    /// What would be sent for an order, without sending anything: capture, act, read-back. Parts only known when the
    /// step is prepared are shown as `{prior.…}`.
    fn describe(&self, order: &Order<'_>) -> Vec<RequestView>;

    /// Reads prior state and renders the exact requests. Changes nothing.
    fn prepare<'a>(&'a self, order: &'a Order<'a>) -> Fut<'a, Result<Prepared, Fault>>;

    /// Acts, at most once unless repetition is harmless, within `limit`.
    fn perform<'a>(
        &'a self,
        order: &'a Order<'a>,
        prepared: Option<&'a Prepared>,
        limit: Millis,
    ) -> Fut<'a, Sight<Outcome>>;

    /// Reads the effect back once where it is consumed: `Pass` when the state is what the order wants. `limit` bounds
    /// this one read; the driver repeats it until `within` is over.
    fn probe<'a>(
        &'a self,
        order: &'a Order<'a>,
        prepared: Option<&'a Prepared>,
        limit: Millis,
    ) -> Fut<'a, Sight<Verdict>>;

    /// Reads a signal and judges its condition at `now`. `now` is the run's clock; providers of metrics pass it on as
    /// the evaluation time only when the sandbox's clock runs fast.
    fn measure<'a>(&'a self, measure: &'a Measure, limit: Millis) -> Fut<'a, Result<SignalReading, Fault>>;

    /// Credentials, scope, the provider's own gates that would stop us, and whether what is named exists. Reads only.
    fn check<'a>(&'a self, needed: &'a [Needed], limit: Millis) -> Fut<'a, Vec<checked::Checked>>;

    /// Who is on call now for what a role is bound to, whoever is called first standing first. Reads only. Most systems
    /// don't know.
    fn on_call<'a>(&'a self, target: &'a Target, limit: Millis) -> Fut<'a, Result<Vec<OnDuty>, Fault>>;
}

/// The providers of a workspace for one environment, by name.
pub trait Providers {
    /// The provider of this name, or why it can't be had (missing secret, no settings for the environment).
    ///
    /// # Errors
    /// A secret that is not there, an address that is not given: nothing was sent.
    fn get(&self, name: &str) -> Result<&dyn Provider, Fault>;

    /// By how many milliseconds the clock of each host that said what time it has is ahead of this machine's, which shows
    /// `now`. Where the time is not this machine's, as in a drill, nothing is said.
    fn clocks(&self, now: Instant) -> Vec<(String, i64)> {
        let _ = now;
        Vec::new()
    }
}

// ------------------------------------------------------------------------------------------------------------ journal

/// Where a batch of records went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// In git, fsynced.
    Git,
    /// In the one file of the many runs that a command drives at once, synced beside the acts; the same command brings it to
    /// git. Only for what lowers.
    Spool,
    /// In the emergency file, fsynced where the file system allows it.
    Emergency,
    /// Only on standard error: nothing could be written.
    Printed,
}

/// Why a journal operation failed.
#[derive(Debug)]
pub enum JournalError {
    /// Somebody else appended: the head is not what we built on.
    Moved {
        /// The run.
        run: String,
        /// The head that was expected.
        expected: String,
        /// The head that was found.
        found: String,
    },
    /// No run of this id; `nearest` are those that come close.
    NoSuchRun {
        /// What was asked for.
        run: String,
        /// Nearest ids.
        nearest: Vec<String>,
    },
    /// A record is damaged, out of order or not ours.
    Broken {
        /// The run.
        run: String,
        /// Which link, in words.
        link: String,
    },
    /// The repository or file system said no.
    Io {
        /// What was being done, to what.
        doing: String,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moved { run, expected, found } => write!(
                f,
                "the record of run {run} moved: expected head {}, found {}",
                expected.get(..10).unwrap_or(expected),
                found.get(..10).unwrap_or(found)
            ),
            Self::NoSuchRun { run, nearest } if nearest.is_empty() => write!(f, "no run `{run}` in this journal"),
            Self::NoSuchRun { run, nearest } => {
                write!(f, "no run `{run}` in this journal; nearest: {}", nearest.join(", "))
            }
            Self::Broken { run, link } => write!(f, "the record of run {run} is broken: {link}"),
            Self::Io { doing, .. } => write!(f, "could not {doing}"),
        }
    }
}

impl std::error::Error for JournalError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(&**source),
            _ => None,
        }
    }
}

/// Why nothing may rest on a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfounded {
    /// In words.
    pub says: String,
    /// How much of it a person can settle.
    pub flaw: Flaw,
}

/// What is wrong with a record, by what can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is not what it was, or lets something pass that it may not.
    Broken,
    /// It is whole, and nobody who is known stands behind what it would let pass: then somebody can.
    Unvouched,
    /// It is whole, and other records of the same run are known that are not in it: somebody looks at both and decides.
    Beside,
}

/// The append-only record of one run, held for writing.
pub trait RunLog {
    /// Appends one batch as one commit and returns once it is durable: at most four fsyncs. Falls over to the emergency
    /// file within two seconds; only a moved head is an error that stops. The records' bytes are the same wherever they
    /// go. `seq` must be the next; `prev` must be the digest of the one before, or the genesis, which is replaced by it.
    ///
    /// # Errors
    /// [`JournalError::Moved`] when somebody else appended.
    fn append(&mut self, batch: &[Record]) -> Result<Durability, JournalError>;

    /// Keeps bytes apart on the payload branch and returns what the record says of them. Never blocks an act: when it
    /// can't be written it goes the way of the emergency file.
    fn keep(&mut self, subject: &str, bytes: &[u8]) -> PayloadRef;

    /// Votes that have arrived on vote branches and are not in `known` (by nonce).
    ///
    /// # Errors
    /// The repository could not be read.
    fn votes(&mut self, known: &dyn Fn(&str) -> bool) -> Result<Vec<Vote>, JournalError>;

    /// What others left for this run since it was last asked: in a drill, what comes in from its scenario. Each is put on
    /// record as a note. Asked before every command, so it has to be cheap where there is nothing.
    ///
    /// # Errors
    /// The repository could not be read.
    fn arrivals(&mut self) -> Result<Vec<Detail>, JournalError> {
        Ok(Vec::new())
    }

    /// Whether any other open run holds a lowering step on this automation and environment; their ids.
    ///
    /// # Errors
    /// The repository could not be read.
    fn others_holding(&mut self, automation: &str, environment: &str) -> Result<Vec<String>, JournalError>;

    /// Why nothing may rest on the records before this place, what is broken first. Nothing where there is nothing to hold
    /// against them. May take long: never asked before containment is over.
    fn unfounded(&mut self, keys: &dyn Keys, before: u64) -> Vec<Unfounded> {
        let _ = (keys, before);
        Vec::new()
    }

    /// The commit that the next append builds on.
    fn head(&self) -> String;

    /// The public half of the key with which this process signs what it appends, for the record to name; none where it
    /// signs nothing.
    fn key(&self) -> Option<String> {
        None
    }

    /// Brings the record home from the emergency file, where that can be done now; true when all of it is where it
    /// belongs. Cheap when it is.
    fn try_restore(&mut self) -> bool;

    /// How many appends have not reached the remote; none when there is no remote.
    fn unpushed(&self) -> Option<usize>;
}

// --------------------------------------------------------------------------------------------------------------- keys

/// Checks what people signed, and knows which of their keys count now.
pub trait Keys {
    /// Checks a signature over a message, made for a namespace: the key's strength, the algorithm, the hash, what hardware
    /// says, and a certificate's own signature. Whose the key is, and whether it counts, is for whoever counts.
    ///
    /// # Errors
    /// Why it does not hold.
    fn check(&self, namespace: Namespace, message: &[u8], signature: &str) -> Result<Checked, BadSignature>;

    /// The roster as it stands now: a key that was taken out or revoked since a run began does not count any more.
    ///
    /// # Errors
    /// In words: it can't be read, so that nothing can be said of any key.
    fn roster(&self) -> Result<Voters, String>;

    /// Has one of these keys, each in its one-line form, sign a text beside whatever goes on: whoever asks is never made to
    /// wait and is never asked for a passphrase. `touch`: whether a key may be taken that waits for a person's touch. None
    /// where nobody signs; what comes later says why not.
    fn sign_beside(&self, of: &Beside, text: SaidBy) -> Option<aside::Answer<Result<Signed, CantSign>>> {
        let _ = (of, text);
        None
    }
}

/// What is to be signed beside a run, and by which keys.
#[derive(Clone, Debug)]
pub struct Beside {
    /// Any of these will do.
    pub keys: Vec<String>,
    /// Whether one may be taken that waits for a touch.
    pub touch: bool,
    /// What the signature is made for.
    pub namespace: Namespace,
}

/// Makes the text for the key that will sign it.
pub type SaidBy = Box<dyn FnOnce(&PublicKey) -> String + Send>;

/// Why a signature could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CantSign {
    /// In words.
    Because(String),
    /// The person who was asked for a passphrase or a touch left the question with Ctrl-C.
    Left,
}

impl fmt::Display for CantSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Because(says) => says,
            Self::Left => "the question was left",
        })
    }
}

impl std::error::Error for CantSign {}

/// Signs with the keys that whoever sits here holds.
pub trait Signer {
    /// The keys within reach, without touching or asking for any.
    fn held(&self) -> Vec<PublicKey>;

    /// Signs with one of them; may ask for a passphrase or a touch, and waits for it.
    ///
    /// # Errors
    /// Nobody holds it, or the holder said no.
    fn sign(&self, key: &PublicKey, namespace: Namespace, message: &[u8]) -> Result<String, CantSign>;
}

// ----------------------------------------------------------------------------------------------------------- operator

/// A question to the person at the terminal.
#[derive(Clone, Debug)]
pub enum Question<'a> {
    /// A fact of the matrix.
    Fact {
        /// The plan.
        plan: &'a Plan,
        /// Which.
        fact: crate::plan::FactIx,
    },
    /// Confirm the proposed row, or a graver one with a reason.
    Severity {
        /// The plan.
        plan: &'a Plan,
        /// The proposed row.
        proposed: crate::plan::RowIx,
    },
    /// A step did not pass.
    Step {
        /// The plan.
        plan: &'a Plan,
        /// Which.
        step: crate::plan::StepIx,
        /// What is on offer.
        offer: &'a [Choice],
        /// What happened, one line.
        because: &'a str,
    },
    /// A check that asks.
    Check {
        /// The plan.
        plan: &'a Plan,
        /// Which.
        check: crate::plan::CheckIx,
    },
    /// A check did not pass.
    CheckNext {
        /// The plan.
        plan: &'a Plan,
        /// Which.
        check: crate::plan::CheckIx,
        /// Whether an attestation may stand in (inconclusive only).
        may_attest: bool,
    },
    /// Who made the fix.
    FixAuthor {
        /// The plan.
        plan: &'a Plan,
    },
    /// The sign-off was denied or expired: again, or leave autonomy low.
    SignOffAgain {
        /// The plan.
        plan: &'a Plan,
    },
    /// After a breach: verify again, or end.
    AfterBreach {
        /// The plan.
        plan: &'a Plan,
    },
    /// An undo needs a person.
    Stuck {
        /// The plan.
        plan: &'a Plan,
        /// Which.
        step: crate::plan::StepIx,
    },
}

/// What the person said.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A fact's or a check's value.
    Value(FactValue),
    /// `?`: not known yet.
    NotKnown,
    /// A row, with a reason when it is not the proposed one.
    Row(crate::plan::RowIx, Option<String>),
    /// A choice, with a reason where one is asked.
    Choice(Choice, Option<String>),
    /// A person's name.
    Person(String),
    /// Yes to going on as offered.
    Yes,
    /// Judge again.
    Again,
    /// A named person attests, with a reason.
    Attest(String, String),
    /// Back to responding.
    Back,
    /// Ask to stand down.
    StandDown,
    /// End with autonomy low, with a reason.
    Abandon(String),
    /// There is nobody to ask: no terminal, and no prepared answer.
    Nobody,
    /// Something came in that has to be on record before an answer: the question is asked again.
    CameIn,
    /// The person pressed Ctrl-C, closed the terminal, or the deadline is to be looked at.
    Interrupted,
}

/// The person at the terminal, or the file of prepared answers.
pub trait Operator {
    /// Asks. Gives up with [`Answer::Interrupted`] on a signal. Never turns silence into a value.
    fn ask<'a>(&'a mut self, question: Question<'a>, deadline: Option<Instant>) -> Fut<'a, Answer>;

    /// Whether a person can be asked at all.
    fn present(&self) -> bool;

    /// Who this is: a person of the roster known by a key, a demo person, or none.
    fn person(&self) -> Option<&str>;

    /// Whether somebody has begun to answer this question and was kept from it: its deadline passed under their fingers, or
    /// something came in. What they typed is kept for when it is asked again.
    fn begun(&self, _question: &Question<'_>) -> bool {
        false
    }
}

// --------------------------------------------------------------------------------------------- clock, chance, reporter

/// The only source of now.
pub trait Clock {
    /// Now, in UTC.
    fn now(&self) -> Instant;

    /// Waits in the run's time; the sandbox's clock runs fast.
    fn sleep(&self, length: Millis) -> Fut<'_, ()>;

    /// How much faster than reality this clock runs; 1 in reality.
    fn scale(&self) -> u32;
}

/// The only source of randomness: ids, nonces, salts.
pub trait Chance {
    /// Fills with unpredictable bytes.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// What the reporter is told besides records.
#[derive(Clone, Debug)]
pub enum Progress<'a> {
    /// An outward call begins, up to `limit`.
    Begins {
        /// One line: what.
        what: &'a str,
        /// The time it may take.
        limit: Millis,
    },
    /// It is over; the record that follows says how.
    Ends,
    /// Waiting for something, until the instant if there is one.
    Waits {
        /// One line: for what.
        what: &'a str,
        /// Until when.
        until: Option<Instant>,
    },
    /// A line for the operator that is not in the record, such as console and by-hand of a step that failed.
    Says(&'a str),
}

/// Shows what happens as it happens. A failing reporter must not stop a run.
pub trait Reporter {
    /// A record that is durable now (or in memory until the intent that follows at once).
    fn record(&mut self, plan: &Plan, record: &Record);

    /// Something that passes by.
    fn progress(&mut self, plan: &Plan, progress: Progress<'_>);
}
