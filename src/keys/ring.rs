//! The keys that whoever sits here holds: in an ssh-agent and in files.
//!
//! Owns the order in which a signature is looked for: the agent, a file that needs nothing, `ssh-keygen`. Every signature
//! is checked before it is handed out. Must not know what is signed.

use std::path::PathBuf;

use super::agent::Agent;
use super::armour::{self, Parts};
use super::certificate;
use super::check::check;
use super::file;
use super::pair::{Pair, for_agent};
use crate::approval::{BadSignature, Checked, Namespace};
use crate::aside::{Answer, aside};
use crate::model::key::PublicKey;
use crate::plan::Voters;
use crate::port::{Beside, CantSign, Keys, SaidBy, Signer};
use crate::run::record::Signed;

/// Keys within reach.
#[derive(Clone, Debug, Default)]
pub struct Ring {
    agent: Option<Agent>,
    files: Vec<PathBuf>,
    ssh_keygen: PathBuf,
}

impl Ring {
    /// An agent, where there is one, and files that may hold a key.
    #[must_use]
    pub fn new(agent: Option<Agent>, files: Vec<PathBuf>) -> Self {
        Self { agent, files, ssh_keygen: PathBuf::from("ssh-keygen") }
    }

    /// What the agent holds: each blob with the key inside it. Keys that can't vote are left out.
    fn in_agent(&self) -> Vec<(Vec<u8>, PublicKey)> {
        let blobs = self.agent.as_ref().and_then(|a| a.list().ok()).unwrap_or_default();
        // A certificate says more than the key alone, so it comes first.
        let mut all: Vec<(bool, Vec<u8>, PublicKey)> = blobs
            .into_iter()
            .filter_map(|blob| certificate::open(&blob).ok().map(|(key, vouched)| (vouched.is_none(), blob, key)))
            .collect();
        all.sort_by_key(|(plain, ..)| *plain);
        all.into_iter().map(|(_, blob, key)| (blob, key)).collect()
    }

    fn by_agent(&self, blob: &[u8], namespace: Namespace, message: &[u8]) -> Result<String, super::agent::AgentError> {
        let agent = self.agent.as_ref().ok_or(super::agent::AgentError::Answer)?;
        let signature = agent.sign(blob, &for_agent(namespace, message))?;
        let (key, namespace, hash) = (blob.to_vec(), namespace.name().to_owned(), "sha512".to_owned());
        Ok(armour::write(&Parts { key, namespace, hash, signature }))
    }
}

impl Ring {
    /// The first of these keys that signs without a word at the terminal: in the agent, or in a file without a passphrase.
    /// One that waits for a touch comes last, and only where it may.
    fn quiet(&self, lines: &[String], touch: bool) -> Option<PublicKey> {
        let wanted = |key: &PublicKey| lines.contains(&key.line());
        let mut in_agent: Vec<PublicKey> = self.in_agent().into_iter().map(|(_, key)| key).filter(wanted).collect();
        in_agent.sort_by_key(|key| key.kind().is_hardware());
        let in_file = || self.files.iter().filter_map(|f| Some(Pair::open(f)?.public().clone())).find(wanted);
        match in_agent.into_iter().next() {
            Some(key) if !key.kind().is_hardware() => Some(key),
            in_hardware => in_file().or(in_hardware.filter(|_| touch)),
        }
    }

    /// Signs with a key without a word at the terminal.
    fn sign_quietly(&self, key: &PublicKey, namespace: Namespace, message: &[u8]) -> Result<String, CantSign> {
        let signed = match self.in_agent().into_iter().find(|(_, held)| held == key) {
            Some((blob, _)) => {
                self.by_agent(&blob, namespace, message).map_err(|e| CantSign::Because(e.to_string()))?
            }
            None => {
                let pair = self.files.iter().filter_map(|f| Pair::open(f)).find(|p| p.public() == key);
                let signed = pair.and_then(|p| p.sign(namespace, message));
                signed
                    .ok_or_else(|| CantSign::Because(format!("{} is not within reach any more", key.fingerprint())))?
            }
        };
        match check(namespace, message, &signed) {
            Ok(checked) if checked.key == *key => Ok(signed),
            _ => Err(CantSign::Because("what came back is no signature of this key".to_owned())),
        }
    }
}

impl Signer for Ring {
    fn held(&self) -> Vec<PublicKey> {
        let mut held: Vec<PublicKey> = self.in_agent().into_iter().map(|(_, key)| key).collect();
        held.extend(self.files.iter().filter_map(|f| file::public_half(f)));
        let mut seen: Vec<PublicKey> = Vec::new();
        for key in held {
            if !seen.contains(&key) {
                seen.push(key);
            }
        }
        seen
    }

    fn sign(&self, key: &PublicKey, namespace: Namespace, message: &[u8]) -> Result<String, CantSign> {
        let ours = |signed: String| match check(namespace, message, &signed) {
            Ok(checked) if checked.key == *key => Ok(signed),
            Ok(_) => Err(CantSign::Because("another key signed than the one that was asked".to_owned())),
            Err(e) => Err(CantSign::Because(format!("what came back is no signature: {e}"))),
        };
        let mut why = None;
        if let Some((blob, _)) = self.in_agent().into_iter().find(|(_, held)| held == key) {
            match self.by_agent(&blob, namespace, message) {
                Ok(signed) => return ours(signed),
                Err(e) => why = Some(e.to_string()),
            }
        }
        let Some(file) = self.files.iter().find(|f| file::public_half(f).as_ref() == Some(key)) else {
            let none = || format!("nobody here holds {}: neither an ssh-agent nor a key file", key.fingerprint());
            return Err(CantSign::Because(why.unwrap_or_else(none)));
        };
        match Pair::open(file) {
            Some(pair) => ours(
                pair.sign(namespace, message)
                    .ok_or_else(|| CantSign::Because(format!("{} can't sign", file.display())))?,
            ),
            None => ours(file::by_ssh_keygen(&self.ssh_keygen, file, namespace, message)?),
        }
    }
}

/// Reads the roster as it stands now; why not, where it can't be read.
pub type RosterNow = Box<dyn Fn() -> Result<Voters, String>>;

/// The Keys port: signatures checked, and which keys count now.
pub struct SshKeys {
    roster: RosterNow,
    ring: Option<Ring>,
}

impl std::fmt::Debug for SshKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SshKeys")
    }
}

impl SshKeys {
    /// With a way to read the roster as it stands now.
    #[must_use]
    pub fn new(roster: RosterNow) -> Self {
        Self { roster, ring: None }
    }

    /// And with the keys of whoever sits here, who vouches for this process.
    #[must_use]
    pub fn signing_with(mut self, ring: Ring) -> Self {
        self.ring = Some(ring);
        self
    }
}

impl Keys for SshKeys {
    fn check(&self, namespace: Namespace, message: &[u8], signature: &str) -> Result<Checked, BadSignature> {
        check(namespace, message, signature)
    }

    fn roster(&self) -> Result<Voters, String> {
        (self.roster)()
    }

    fn sign_beside(&self, of: &Beside, text: SaidBy) -> Option<Answer<Result<Signed, CantSign>>> {
        let (ring, of) = (self.ring.clone()?, of.clone());
        let work = move || match ring.quiet(&of.keys, of.touch) {
            Some(key) => {
                let statement = text(&key);
                ring.sign_quietly(&key, of.namespace, statement.as_bytes())
                    .map(|signature| Signed { statement, signature })
            }
            None => Err(CantSign::Because(
                "no key of yours signs without being asked for a passphrase; put it into your ssh-agent".to_owned(),
            )),
        };
        aside("signing", work).ok()
    }
}
