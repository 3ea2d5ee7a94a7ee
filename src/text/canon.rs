//! One sequence of bytes for one meaning, and its digest.
//!
//! Canonical JSON is RFC 8785, so that anyone can recompute a digest with other tools. Must not know what is digested.

use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// SHA-256 in lower-case hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(64);
    for b in sha256(bytes) {
        // Writing to a String can't fail.
        let _ = write!(out, "{b:02x}");
    }
    out
}

/// RFC 8785 canonical JSON of a value.
///
/// # Errors
/// A number that is not finite.
pub fn canonical<T: Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    serde_json_canonicalizer::to_vec(value)
}
