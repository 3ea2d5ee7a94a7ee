//! The key of a process, and signatures on commits.
//!
//! A process makes a key for itself, keeps it in memory only, and signs each of its commits with it: nobody has to be
//! asked, and nothing is waited for. The record names the public half; that it was theirs is a person's word, given later.
//! The signature is SSHSIG in git's namespace, in the header that git itself writes, so that `git verify-commit` checks
//! it. Must not judge whose a key is.

use std::fmt;
use std::sync::Arc;

use ssh_key::private::Ed25519Keypair;
use ssh_key::{HashAlg, LineEnding, PrivateKey, PublicKey, SshSig};

/// What git signs in.
const NAMESPACE: &str = "git";

/// The header of a commit that holds its signature.
const HEADER: &str = "gpgsig";

/// A key made for one process.
#[derive(Clone)]
pub struct ProcessKey {
    key: Arc<PrivateKey>,
    public: Arc<str>,
}

impl fmt::Debug for ProcessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.public)
    }
}

impl ProcessKey {
    /// From unpredictable bytes.
    #[must_use]
    pub fn new(seed: &[u8; 32]) -> Option<Self> {
        let key = PrivateKey::new(Ed25519Keypair::from_seed(seed).into(), "").ok()?;
        let public = line(key.public_key())?;
        Some(Self { key: Arc::new(key), public: public.into() })
    }

    /// The public half in OpenSSH's one-line form.
    #[must_use]
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The bytes of a commit with its signature; as they are where it can't be made.
    pub(super) fn signed(&self, commit: Vec<u8>) -> Vec<u8> {
        self.armour(&commit).and_then(|armour| with(&commit, &armour)).unwrap_or(commit)
    }

    fn armour(&self, bytes: &[u8]) -> Option<String> {
        self.key.sign(NAMESPACE, HashAlg::Sha512, bytes).ok()?.to_pem(LineEnding::LF).ok()
    }
}

fn line(key: &PublicKey) -> Option<String> {
    let text = key.to_openssh().ok()?;
    let mut words = text.split_whitespace();
    Some(format!("{} {}", words.next()?, words.next()?))
}

/// Puts a signature where git puts it: behind the other headers.
fn with(commit: &[u8], armour: &str) -> Option<Vec<u8>> {
    let end = commit.windows(2).position(|pair| pair == b"\n\n")? + 1;
    let (headers, message) = commit.split_at_checked(end)?;
    let folded = armour.trim_end().replace('\n', "\n ");
    Some([headers, format!("{HEADER} {folded}\n").as_bytes(), message].concat())
}

/// The signature of a commit and the bytes that it is over; none when there is none.
pub(super) fn apart(header: &str, message: &str) -> Option<(String, Vec<u8>)> {
    let mut armour: Option<String> = None;
    let mut rest = String::with_capacity(header.len() + message.len() + 2);
    let mut inside = false;
    for text in header.lines() {
        match (text.strip_prefix(HEADER).and_then(|t| t.strip_prefix(' ')), text.strip_prefix(' ')) {
            (Some(first), _) => {
                inside = true;
                armour.get_or_insert_default().push_str(first);
            }
            (None, Some(next)) if inside => {
                let armour = armour.get_or_insert_default();
                armour.push('\n');
                armour.push_str(next);
            }
            _ => {
                inside = false;
                rest.push_str(text);
                rest.push('\n');
            }
        }
    }
    rest.push('\n');
    rest.push_str(message);
    armour.map(|armour| (armour + "\n", rest.into_bytes()))
}

/// Checks a signature over a commit; the key that made it.
///
/// # Errors
/// Why it does not hold.
pub(super) fn check(armour: &str, commit: &[u8]) -> Result<String, &'static str> {
    let signature = SshSig::from_pem(armour).map_err(|_| "it can't be read")?;
    // One signature has one form: otherwise a changed byte could pass.
    if signature.to_pem(LineEnding::LF).ok().as_deref().map(str::trim_end) != Some(armour.trim_end_matches('\n')) {
        return Err("it is not written as signatures are");
    }
    if signature.namespace() != NAMESPACE {
        return Err("it was made for something else");
    }
    let key = PublicKey::from(signature.public_key().clone());
    key.verify(NAMESPACE, commit, &signature).map_err(|_| "it does not belong to what stands here")?;
    line(&key).ok_or("its key can't be read")
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &[u8] =
        b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor a <a> 1 +0000\ncommitter a <a> 1 +0000\n\nsaid\n\n{}\n";

    fn signed() -> (ProcessKey, Vec<u8>) {
        let key = ProcessKey::new(&[7; 32]).unwrap();
        let signed = key.signed(COMMIT.to_vec());
        (key, signed)
    }

    fn taken_apart(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
        let text = String::from_utf8_lossy(bytes);
        let (header, message) = text.split_once("\n\n")?;
        apart(header, message)
    }

    #[test]
    fn what_is_signed_is_found_again_byte_for_byte() {
        let (key, signed) = signed();
        let (armour, bytes) = taken_apart(&signed).unwrap();
        assert_eq!(bytes, COMMIT);
        assert_eq!(check(&armour, &bytes).unwrap(), key.public());
        assert!(taken_apart(COMMIT).is_none());
    }

    #[test]
    fn any_changed_byte_is_seen() {
        let (key, signed) = signed();
        let begins = signed.windows(6).position(|w| w == b"gpgsig").unwrap();
        let ends = begins + signed[begins..].windows(2).position(|w| w == b"\n\n").unwrap();
        for at in 0..signed.len() {
            let mut changed = signed.clone();
            changed[at] ^= 1;
            let same = taken_apart(&changed).is_some_and(|(a, b)| check(&a, &b).as_deref() == Ok(key.public()));
            assert!(!same, "{at} of {begins}..{ends}: {}", String::from_utf8_lossy(&changed));
        }
    }
}
