//! A key pair in memory: the key of one process, and key files that need no passphrase.
//!
//! Owns the private half for as long as it lives; it is wiped when dropped and never printed.

use std::fmt;
use std::path::Path;

use sha2::{Digest as _, Sha512};
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{HashAlg, PrivateKey, SshSig};

use super::armour::{self, Parts};
use crate::approval::Namespace;
use crate::model::key::PublicKey;
use crate::port::Chance;

/// A private key with its public half.
pub struct Pair {
    private: PrivateKey,
    public: PublicKey,
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pair({})", self.public.fingerprint())
    }
}

impl Pair {
    /// A new ed25519 key.
    #[must_use]
    pub fn generate(chance: &mut dyn Chance) -> Option<Self> {
        let mut seed = [0; 32];
        chance.fill(&mut seed);
        Self::of(PrivateKey::from(Ed25519Keypair::from_seed(&seed)))
    }

    /// The key of a file, where it can be read and needs no passphrase. RSA is left to others: ssh-key can't sign with it.
    #[must_use]
    pub fn open(file: &Path) -> Option<Self> {
        let private = PrivateKey::read_openssh_file(file).ok()?;
        if private.is_encrypted() || !matches!(private.key_data(), KeypairData::Ed25519(_) | KeypairData::Ecdsa(_)) {
            return None;
        }
        Self::of(private)
    }

    fn of(private: PrivateKey) -> Option<Self> {
        let public = PublicKey::of_blob(&private.public_key().to_bytes().ok()?).ok()?;
        Some(Self { private, public })
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a message for a namespace.
    #[must_use]
    pub fn sign(&self, namespace: Namespace, message: &[u8]) -> Option<String> {
        let signed = SshSig::sign(&self.private, namespace.name(), HashAlg::Sha512, message).ok()?;
        Some(armour::write(&Parts {
            key: self.public.blob().to_vec(),
            namespace: namespace.name().to_owned(),
            hash: "sha512".to_owned(),
            signature: Vec::try_from(signed.signature().clone()).ok()?,
        }))
    }
}

/// What an agent is asked to sign for a message.
pub(super) fn for_agent(namespace: Namespace, message: &[u8]) -> Vec<u8> {
    armour::to_sign(namespace.name(), "sha512", &Sha512::digest(message))
}
