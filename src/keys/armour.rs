//! The form of an SSH signature: base64 between two lines, and inside it fields with lengths.
//!
//! Owns reading and writing of the form, bounded. Every byte is accounted for: a signature has one form, so that the same
//! one can't be shown as two.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::approval::BadSignature;
use crate::model::key::{field, put};

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";
const MAGIC: &[u8] = b"SSHSIG";
/// The longest text that is read as a signature.
const LONGEST: usize = 64 * 1024;
/// How long a line of base64 is, as ssh-keygen writes it.
const COLUMN: usize = 70;

/// The fields of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    /// The public key, or a certificate.
    pub key: Vec<u8>,
    /// What it is made for.
    pub namespace: String,
    /// `sha512` or `sha256`.
    pub hash: String,
    /// Algorithm and signature.
    pub signature: Vec<u8>,
}

/// Reads the armoured form.
pub(super) fn read(text: &str) -> Result<Parts, BadSignature> {
    let bad = BadSignature::Form;
    if text.len() > LONGEST {
        return Err(bad("too long"));
    }
    // As ssh-keygen and an editor end lines, and nothing else that would pass for a blank.
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    let inner = text.strip_prefix(BEGIN).and_then(|t| t.strip_suffix(END));
    let inner = inner.ok_or(bad("it does not stand between BEGIN and END SSH SIGNATURE"))?;
    let base64: String = inner.split_ascii_whitespace().collect();
    let blob = STANDARD.decode(base64).map_err(|_| bad("not base64"))?;
    let mut rest = blob.strip_prefix(MAGIC).ok_or(bad("it does not begin with SSHSIG"))?;
    let (version, after) = rest.split_first_chunk::<4>().ok_or(bad("cut off"))?;
    if u32::from_be_bytes(*version) != 1 {
        return Err(bad("of a version that is not known"));
    }
    rest = after;
    let mut next = || field(&mut rest).ok_or(bad("cut off"));
    let (key, namespace, reserved, hash, signature) = (next()?, next()?, next()?, next()?, next()?);
    if !rest.is_empty() || !reserved.is_empty() {
        return Err(bad("more in it than belongs there"));
    }
    let word = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| bad("not in UTF-8"));
    Ok(Parts { key: key.to_vec(), namespace: word(namespace)?, hash: word(hash)?, signature: signature.to_vec() })
}

/// Writes the armoured form.
pub(super) fn write(parts: &Parts) -> String {
    let mut blob = MAGIC.to_vec();
    blob.extend(1_u32.to_be_bytes());
    for part in [&*parts.key, parts.namespace.as_bytes(), b"", parts.hash.as_bytes(), &*parts.signature] {
        put(&mut blob, part);
    }
    let base64 = STANDARD.encode(blob);
    let mut out = format!("{BEGIN}\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(COLUMN));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out.push_str(END);
    out.push('\n');
    out
}

/// The bytes over which the key itself signs: never the message alone, so that no other signature can be taken for one.
pub(super) fn to_sign(namespace: &str, hash: &str, digest: &[u8]) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    for part in [namespace.as_bytes(), b"", hash.as_bytes(), digest] {
        put(&mut out, part);
    }
    out
}
