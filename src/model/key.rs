//! A public key as people paste it: what type it is, whether it is strong enough, and which key it is whatever stands
//! behind it.
//!
//! Owns the reading of OpenSSH's one-line form and of the bytes inside it, bounded and without any cryptography. Whether
//! a signature was made by a key is the Keys port's affair.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use crate::text::canon::sha256;

/// The shortest RSA modulus that is taken, in bits.
pub const RSA_LEAST: usize = 3072;
/// The longest: beyond it a check takes longer than anybody waits.
pub const RSA_MOST: usize = 16_384;
/// The longest key that is read, in bytes.
const LONGEST: usize = 16 * 1024;

/// What kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyType {
    /// `ssh-ed25519`.
    Ed25519,
    /// `ecdsa-sha2-nistp256`.
    EcdsaP256,
    /// `ssh-rsa`.
    Rsa,
    /// `sk-ssh-ed25519@openssh.com`: lives in hardware that asks for a touch.
    SkEd25519,
    /// `sk-ecdsa-sha2-nistp256@openssh.com`: lives in hardware, or is a passkey.
    SkEcdsaP256,
}

impl KeyType {
    /// OpenSSH's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ssh-ed25519",
            Self::EcdsaP256 => "ecdsa-sha2-nistp256",
            Self::Rsa => "ssh-rsa",
            Self::SkEd25519 => "sk-ssh-ed25519@openssh.com",
            Self::SkEcdsaP256 => "sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    /// Whether the key lives in hardware that says with each signature whether it was touched.
    #[must_use]
    pub const fn is_hardware(self) -> bool {
        matches!(self, Self::SkEd25519 | Self::SkEcdsaP256)
    }
}

/// Why a line is not a key that can vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadKey {
    /// Not the form of a public key at all.
    NotAKey,
    /// The line names a type and does not hold a whole key of it.
    Cut,
    /// A type that is not taken.
    Type(String),
    /// RSA with so many bits.
    Rsa(usize),
}

impl fmt::Display for BadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAKey => f.write_str("not the line of a .pub file"),
            Self::Cut => f.write_str("not a whole public key of the type that it names"),
            Self::Type(name) if name == "ssh-dss" => f.write_str("DSA keys are too weak to vote with"),
            Self::Type(name) => write!(f, "keys of type {} can't vote", crate::text::safe::excerpt(name, 60)),
            Self::Rsa(bits) if *bits > RSA_MOST => write!(f, "RSA with {bits} bits is more than {RSA_MOST}"),
            Self::Rsa(bits) => write!(f, "RSA with {bits} bits is too weak to vote with; {RSA_LEAST} is the least"),
        }
    }
}

impl std::error::Error for BadKey {}

/// A public key, whole and strong enough. Two of them are equal when they are the same key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey {
    kind: KeyType,
    blob: Vec<u8>,
}

impl PublicKey {
    /// Reads the one line of a `.pub` file; what stands behind the key is left out.
    ///
    /// # Errors
    /// It is not a whole key, or not one that is strong enough.
    pub fn parse(line: &str) -> Result<Self, BadKey> {
        let mut words = line.split_whitespace();
        let (Some(kind), text) = (words.next(), words.next()) else { return Err(BadKey::NotAKey) };
        // A passkey signs in a form of its own; the key is one of hardware.
        let kind = kind.strip_prefix("webauthn-").unwrap_or(kind);
        let looks = ["ssh-", "ecdsa-", "sk-"].iter().any(|p| kind.starts_with(p));
        let (true, Some(text)) = (looks && text.is_none_or(|t| t.len() <= LONGEST * 2), text) else {
            return Err(BadKey::NotAKey);
        };
        let known = [KeyType::Ed25519, KeyType::EcdsaP256, KeyType::Rsa, KeyType::SkEd25519, KeyType::SkEcdsaP256];
        if known.iter().all(|k| k.name() != kind) {
            return Err(BadKey::Type(kind.to_owned()));
        }
        let blob = STANDARD.decode(text).map_err(|_| BadKey::Cut)?;
        match Self::of_blob(&blob) {
            Ok(key) if key.kind.name() == kind => Ok(key),
            Ok(_) | Err(BadKey::NotAKey) => Err(BadKey::Cut),
            Err(e) => Err(e),
        }
    }

    /// The same from the bytes of the key.
    ///
    /// # Errors
    /// As [`PublicKey::parse`].
    pub fn of_blob(blob: &[u8]) -> Result<Self, BadKey> {
        if blob.len() > LONGEST {
            return Err(BadKey::Cut);
        }
        let mut rest = blob;
        let name = field(&mut rest).ok_or(BadKey::NotAKey)?;
        let mut fields = Vec::new();
        while !rest.is_empty() {
            fields.push(field(&mut rest).ok_or(BadKey::Cut)?);
        }
        let point = |p: &[u8]| p.len() == 65 && p.first() == Some(&4);
        let (kind, whole) = match name {
            b"ssh-ed25519" => (KeyType::Ed25519, matches!(fields[..], [key] if key.len() == 32)),
            b"sk-ssh-ed25519@openssh.com" => {
                (KeyType::SkEd25519, matches!(fields[..], [key, app] if key.len() == 32 && !app.is_empty()))
            }
            b"ecdsa-sha2-nistp256" => {
                (KeyType::EcdsaP256, matches!(fields[..], [curve, p] if curve == b"nistp256" && point(p)))
            }
            b"sk-ecdsa-sha2-nistp256@openssh.com" => (
                KeyType::SkEcdsaP256,
                matches!(fields[..], [curve, p, app] if curve == b"nistp256" && point(p) && !app.is_empty()),
            ),
            b"ssh-rsa" => {
                let [exponent, modulus] = fields[..] else { return Err(BadKey::Cut) };
                // One number has one form, or the same key could look like two.
                if [exponent, modulus].iter().any(|n| !minimal(n)) {
                    return Err(BadKey::Cut);
                }
                let bits = bits(modulus);
                if !(RSA_LEAST..=RSA_MOST).contains(&bits) {
                    return Err(BadKey::Rsa(bits));
                }
                (KeyType::Rsa, (1..=5).contains(&exponent.len()) && bits_odd(exponent) && bits_odd(modulus))
            }
            other => return Err(BadKey::Type(String::from_utf8_lossy(other).into_owned())),
        };
        if whole { Ok(Self { kind, blob: blob.to_vec() }) } else { Err(BadKey::Cut) }
    }

    /// What kind of key.
    #[must_use]
    pub const fn kind(&self) -> KeyType {
        self.kind
    }

    /// The bytes that are the key.
    #[must_use]
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// The one line that stands for this key in a record: type and bytes, without a comment.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {}", self.kind.name(), STANDARD.encode(&self.blob))
    }

    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", STANDARD_NO_PAD.encode(sha256(&self.blob)))
    }

    /// Sixteen hexadecimal digits that name this key in the name of a branch.
    #[must_use]
    pub fn short(&self) -> String {
        sha256(&self.blob).iter().take(8).map(|b| format!("{b:02x}")).collect()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line())
    }
}

/// Takes one length-prefixed field off the front.
pub fn field<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let field = after.get(..length)?;
    *rest = after.get(length..)?;
    Some(field)
}

/// Appends a length-prefixed field.
pub fn put(out: &mut Vec<u8>, field: &[u8]) {
    out.extend(u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend(field);
}

/// Whether a number is positive and written in the one shortest way.
fn minimal(number: &[u8]) -> bool {
    match number {
        [] => false,
        [0, next, ..] => next & 0x80 != 0,
        [first, ..] => *first != 0 && first & 0x80 == 0,
    }
}

fn bits(number: &[u8]) -> usize {
    let number = number.strip_prefix(&[0]).unwrap_or(number);
    number.first().map_or(0, |first| number.len() * 8 - usize::try_from(first.leading_zeros()).unwrap_or(0))
}

fn bits_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|last| last & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEoDr18oITOfmWWsMFLb6SxkEM22LVZJgcO4pkf43D5S";

    fn rsa(bits: usize) -> String {
        let mut blob = Vec::new();
        put(&mut blob, b"ssh-rsa");
        put(&mut blob, &[1, 0, 1]);
        let mut modulus = vec![0xff_u8; bits / 8];
        modulus.insert(0, 0);
        put(&mut blob, &modulus);
        format!("ssh-rsa {}", STANDARD.encode(blob))
    }

    #[test]
    fn a_key_is_whole_and_of_its_type_or_none() {
        let key = PublicKey::parse(&format!("{ADA} ada@laptop")).unwrap();
        assert_eq!((key.kind(), key.line().as_str()), (KeyType::Ed25519, ADA));
        assert_eq!(PublicKey::parse(&format!("  {ADA}\tsomebody else ")).unwrap(), key, "the comment is no part of it");
        assert_eq!(PublicKey::of_blob(key.blob()).unwrap(), key);
        assert_eq!(key.fingerprint().len(), "SHA256:".len() + 43);
        assert_eq!(key.short().len(), 16);
        for (wrong, why) in [
            (ADA.replace("43D5S", "43D5"), BadKey::Cut),
            (ADA.replace("ssh-ed25519 ", "ecdsa-sha2-nistp256 "), BadKey::Cut),
            (ADA.replace("AAAAC3", "AAAAD3"), BadKey::Cut),
            ("ssh-ed25519".to_owned(), BadKey::NotAKey),
            ("ssh-ed25519 !!! x".to_owned(), BadKey::Cut),
            (String::new(), BadKey::NotAKey),
            (format!("from=\"*\" {ADA}"), BadKey::NotAKey),
            ("ssh-dss AAAAB3NzaC1kc3MAAAAA".to_owned(), BadKey::Type("ssh-dss".to_owned())),
            (rsa(2048), BadKey::Rsa(2048)),
            (rsa(1024), BadKey::Rsa(1024)),
            (rsa(32_768), BadKey::Rsa(32_768)),
        ] {
            assert_eq!(PublicKey::parse(&wrong), Err(why), "{wrong}");
        }
        assert_eq!(PublicKey::parse(&rsa(3072)).unwrap().kind(), KeyType::Rsa);
    }

    #[test]
    fn one_rsa_key_has_one_form() {
        let line = rsa(3072);
        let key = PublicKey::parse(&line).unwrap();
        let mut padded = Vec::new();
        put(&mut padded, b"ssh-rsa");
        put(&mut padded, &[0, 1, 0, 1]);
        let mut rest = key.blob();
        field(&mut rest);
        field(&mut rest);
        put(&mut padded, field(&mut rest).unwrap());
        assert_eq!(PublicKey::of_blob(&padded), Err(BadKey::Cut), "the same key must not look like two");
    }

    #[test]
    fn no_bytes_make_it_stumble() {
        let key = PublicKey::parse(ADA).unwrap();
        for n in 0..key.blob().len() {
            assert!(PublicKey::of_blob(&key.blob()[..n]).is_err(), "{n}");
            let mut changed = key.blob().to_vec();
            changed[n] ^= 0x80;
            if let Ok(other) = PublicKey::of_blob(&changed) {
                assert_ne!(other, key);
            }
        }
    }
}
