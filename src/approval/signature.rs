//! What a signature says, once it was checked: by which key, in which namespace, and whether a person touched it.
//!
//! Owns the data only. Checking one is the Keys port's affair.

use std::fmt;

use crate::model::key::{BadKey, PublicKey};
use crate::text::time::Instant;

/// What a signature is made for. One made for something else never counts, whatever it signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Namespace {
    /// A vote.
    Vote,
    /// A vote on the sign-off before autonomy returns.
    SignOff,
    /// A change of who may vote.
    Roster,
    /// A vote in a drill, which never counts as real.
    Drill,
    /// Somebody's word that they have read a file and stand behind it as it is.
    Review,
    /// An operator's word for the key of a process of theirs.
    Process,
    /// A commit or a tag.
    Git,
}

impl Namespace {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Vote, Self::SignOff, Self::Roster, Self::Drill, Self::Review, Self::Process, Self::Git];

    /// As `ssh-keygen -Y sign -n` takes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vote => "aigov-vote@v1",
            Self::SignOff => "aigov-sign-off@v1",
            Self::Roster => "aigov-roster@v1",
            Self::Drill => "aigov-drill@v1",
            Self::Review => "aigov-review@v1",
            Self::Process => "aigov-process@v1",
            Self::Git => "git",
        }
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A signature that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The key that made it.
    pub key: PublicKey,
    /// Who vouches for the key, where a certificate came with it.
    pub certificate: Option<Certificate>,
    /// Whether hardware says that a person touched it; never for a key outside hardware.
    pub touched: bool,
    /// Whether hardware says that a PIN or a fingerprint was given.
    pub verified: bool,
}

/// A certificate whose own signature holds. Whether its authority is one of ours is for whoever counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The key of the authority that signed it.
    pub authority: PublicKey,
    /// Whom it names.
    pub principals: Vec<String>,
    /// From when on it holds.
    pub from: Instant,
    /// From when on it does not hold any more.
    pub until: Instant,
}

/// Why a signature does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadSignature {
    /// Not the form of an SSH signature.
    Form(&'static str),
    /// Made for something else.
    Namespace(String),
    /// A key that can't vote.
    Key(BadKey),
    /// An algorithm that is not taken, such as one with SHA-1.
    Algorithm(String),
    /// A certificate that does not hold by itself.
    Certificate(&'static str),
    /// The text or the signature was changed, or another key made it.
    Wrong,
}

impl fmt::Display for BadSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |t: &str| crate::text::safe::excerpt(t, 60);
        match self {
            Self::Form(what) => write!(f, "it is not an SSH signature: {what}"),
            Self::Namespace(found) => write!(f, "it was made for `{}`, not for this", shown(found)),
            Self::Key(bad) => write!(f, "its key is {bad}"),
            Self::Algorithm(name) => write!(f, "signatures of {} are not taken", shown(name)),
            Self::Certificate(what) => write!(f, "its certificate {what}"),
            Self::Wrong => f.write_str("it is not a signature of this text by the key that it names"),
        }
    }
}

impl std::error::Error for BadSignature {}
