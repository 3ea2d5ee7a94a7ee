//! The record: an event in its place, with everything that the state leaves out.
//!
//! Owns the stored form, its canonical bytes and the chain of digests. Must not know where records are kept.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::event::{Event, Verdict};
use super::origin::Origin;
pub use crate::plan::act::RequestView;
use crate::plan::rehearsal::Rehearsal;
use crate::plan::{FactValue, Plan};
pub use crate::text::canon::{canonical, sha256_hex};
use crate::text::time::{Instant, Millis};

/// The format of [`Record`] as stored.
pub const RECORD_FORMAT: u32 = 1;

/// One event of a run with its place, time, author and particulars.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Record {
    /// [`RECORD_FORMAT`].
    pub format: u32,
    /// The run.
    pub run: String,
    /// Gap-free from 0 within the run.
    pub seq: u64,
    /// When, in UTC, by the clock of the machine that wrote it.
    pub at: Instant,
    /// Who held the run.
    pub by: String,
    /// SHA-256 of the canonical bytes of the record before; 64 zeros for the first.
    pub prev: String,
    /// True in a drill or in the sandbox: never counts as real.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drill: bool,
    /// True when it was sealed while the record went to the emergency file: it came home later, or is not home yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// What happened.
    pub event: Event,
    /// The id in the runbook of what this is about: a step, gate, fact, trigger, check or level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Particulars.
    #[serde(default, skip_serializing_if = "Detail::is_empty")]
    pub detail: Box<Detail>,
}

/// The digest that stands for *nothing before*.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl Record {
    /// The bytes that are stored, hashed and signed.
    ///
    /// # Errors
    /// A number that is not finite.
    pub fn bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        canonical(self)
    }
}

/// Particulars of a record. Outside text in here is already in visible escaped form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(default)]
pub struct Detail {
    /// With `RunStarted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Box<Start>>,
    /// With `LeaseTaken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// The prepared act: digest of the canonical request, prior state, account and environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<PreparedAct>,
    /// What was seen on the wire or in a read-back, one per target.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<Seen>,
    /// With `GateOpened`, and with questions: when it expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Instant>,
    /// With `VoteCounted`, `VoteRefused`, `GateGranted`, `GateDenied` and `GateVoided` by amendment: the vote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vote: Option<Vote>,
    /// A fact's or a check's value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<FactValue>,
    /// A measured number, with the number of observations beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
    /// A person named: fix author, attester.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// With `GlassBroken`: functions that had not said yes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<String>,
    /// With `GlassBroken` and `GateReminded`: people whom the page that follows is for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<String>,
    /// Free text kept apart: reasons, notes, evidence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payloads: Vec<PayloadRef>,
    /// Another run: continued, holding.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<String>,
    /// A short line of the program's own, such as why a vote is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How long the outward part took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub took: Option<Millis>,
    /// With `Noted`: the tombstone of payloads that were erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redacted: Option<Redaction>,
    /// With the first record that a process writes: the public half of the key with which it signs what it appends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// With `Noted`: what was done by hand, without the program, and entered afterwards. Never counts as proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retrospective: Option<Claim>,
    /// With `Noted`, in a drill: what came in from its scenario.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drill: Option<Delivered>,
    /// With `Noted`, in a drill: what its evaluator says of it, signed. No part of the score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<Signed>,
    /// With `Noted`: the nonce of what somebody left for the run from another terminal, so that it is taken once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
    /// With `Noted`: somebody's signed word for the key of the process that wrote this record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endorsed: Option<Box<Signed>>,
    /// With `Noted`: records that were written beside the run, about which somebody decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fork: Option<Fork>,
}

/// Records beside a run, as they stood when somebody decided about them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Fork {
    /// The branch that keeps them.
    pub branch: String,
    /// Its last commit.
    pub head: String,
}

/// Something of a scenario that came in while it was played.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Delivered {
    /// What it is.
    pub what: DeliveredWhat,
    /// Its id in the scenario; empty where it has none.
    pub id: String,
    /// When it was due, from the beginning.
    pub due: Millis,
    /// When the time goes on: how long it stood, by the clocks of the world.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stood: Option<Millis>,
}

/// What came in from a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DeliveredWhat {
    /// An inject reached the players.
    Inject,
    /// An inject was left out: its state did not come, or the game master skipped it.
    Skipped,
    /// The game master holds the time.
    Paused,
    /// The game master lets the time go on.
    Resumed,
    /// Somebody said the abort word: from here on it is real.
    Aborted,
    /// Somebody voted who is absent in the drill; it does not count.
    Absent,
    /// A sealed inject was opened: its text is what was pinned in the beginning.
    Opened,
    /// Its time is over.
    Over,
    /// A fault of the scenario struck for the first time. Records of earlier versions do not say it.
    Struck,
}

/// What somebody says was done by hand. The record's own time and author are those of the entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Claim {
    /// When, as said.
    pub at: Instant,
    /// By whom, as said.
    pub by: String,
    /// What came of it, as said.
    pub result: ClaimedResult,
    /// What a read-back said when it was entered, of that moment and not of the one that is told; none where nothing can be
    /// read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Verdict>,
}

/// What came of an act, as somebody says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ClaimedResult {
    /// It worked.
    Worked,
    /// It did not.
    Failed,
    /// Nobody knows.
    Unknown,
}

/// What was erased, and why. It stands in the record for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Redaction {
    /// The record that names what was erased.
    pub seq: u64,
    /// Digests of what was erased.
    pub digests: Vec<String>,
    /// The law or order that asks for it.
    pub law: String,
    /// Why, in words.
    pub reason: String,
}

impl Detail {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What is seen of a target that was as wanted before anything was sent to it.
pub const ALREADY_SO: &str = "it is so already; nothing was sent";

/// What a run starts from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Start {
    /// The whole plan.
    pub plan: Plan,
    /// Digest of the plan's meaning.
    pub plan_digest: String,
    /// Each source file: path in the workspace and SHA-256 of its bytes.
    pub files: BTreeMap<String, String>,
    /// The workspace: a name without user-specific path, such as the folder's last component.
    pub workspace: String,
    /// The workspace's git commit; none when it is not in git.
    pub commit: Option<String>,
    /// Whether the work tree differs from that commit.
    pub dirty: bool,
    /// The tool's version.
    pub version: String,
    /// Last record of every run known here: run id to record digest, so that a vanished run is noticed.
    pub heads: BTreeMap<String, String>,
    /// The run this one continues.
    pub continues: Option<String>,
    /// The operators of that run, who count as this one's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operators: Vec<String>,
    /// Time factor of the sandbox; 1 in reality.
    pub time_scale: u32,
    /// Who declared it and how it was noticed, as the program's own words.
    pub declared: String,
    /// True when the whole run was entered afterwards: what is in it was done by hand, without the program.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retrospective: bool,
    /// In a drill that is played from a scenario: the whole scenario, so that anybody can score it from the record alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsal: Option<Box<Rehearsal>>,
    /// Where the roster was read; none in the sandbox, in a drill and where the workspace is not in git.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roster: Option<Origin>,
}

/// Who holds a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Lease {
    /// The person, or `unidentified`.
    pub person: String,
    /// The machine's name.
    pub host: String,
    /// The boot's id, so that a process number of an earlier boot is not mistaken.
    pub boot: String,
    /// The process number.
    pub pid: u32,
    /// Counts up with every holder.
    pub generation: u32,
}

/// A prepared act, fixed before its gate or its intent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct PreparedAct {
    /// SHA-256 of the canonical form of everything below, of the step's act and of run, environment and undo or not.
    pub digest: String,
    /// Requests as they will be sent, secrets as references, one list per target.
    pub requests: Vec<RequestView>,
    /// Prior state captured, one per target; null where none could be read.
    pub prior: Vec<Value>,
    /// What is written, as the provider will be asked to hold it afterwards, one per target: what an undo expects to find.
    pub leaves: Vec<Value>,
    /// Undo requests as they would be sent now, secrets as references.
    pub undo: Vec<RequestView>,
    /// The provider's own account or project, one per target.
    pub accounts: Vec<String>,
    /// Idempotency or deduplication key.
    pub key: String,
    /// The statement exactly as its readers will see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
}

/// What was seen, of one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Seen {
    /// The target's label.
    pub target: String,
    /// HTTP status; none when there was no answer.
    pub status: Option<u16>,
    /// One line: what it means, secrets removed, escaped.
    pub says: String,
    /// How many requests it took.
    pub requests: u32,
}

/// A number read from a metrics provider.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Measured {
    /// The value; none when there is no data.
    pub value: Option<f64>,
    /// Observations behind it, where counted.
    pub samples: Option<u64>,
    /// The baseline, for relative conditions.
    pub baseline: Option<f64>,
}

/// A vote as it was given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Vote {
    /// Unique per vote.
    pub nonce: String,
    /// The run.
    pub run: String,
    /// The gate's id.
    pub gate: String,
    /// Digest of the act as it was shown.
    pub act: String,
    /// The head of the run's record when it was shown.
    pub head: String,
    /// Who.
    pub person: String,
    /// Approve, deny or amend.
    pub decision: Decision,
    /// Other text proposed, with `amend`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The reason, kept apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<PayloadRef>,
    /// When, by the voter's clock.
    pub at: Instant,
    /// What was signed, whole. Everything above is read from it where only signed votes count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Box<Signed>>,
}

/// A text and the signature over it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Signed {
    /// The statement, whole.
    pub statement: String,
    /// Its SSH signature, as `ssh-keygen -Y sign` writes one.
    pub signature: String,
}

/// What a vote says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Yes, to exactly this act.
    Approve,
    /// No.
    Deny,
    /// Yes, to this act with other text.
    Amend,
}

/// A payload kept apart from the record, so that it can be erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct PayloadRef {
    /// What it is: `reason`, `note`, `evidence`, `statement`, `answer`.
    pub subject: String,
    /// SHA-256 of salt and bytes.
    pub digest: String,
    /// Length in bytes.
    pub length: u64,
    /// SHA-256 of the file as it is stored, where it is encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
    /// True when it was to be encrypted and could not be: it is kept in the clear on the machine that wrote it, and nowhere
    /// else, until it can be.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub apart: bool,
}
