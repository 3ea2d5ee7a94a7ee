//! A key with somebody's word for it: OpenSSH's certificates.
//!
//! Owns opening one and checking its own signature. Whether its authority counts, and when, is for whoever counts votes.

use ssh_key::certificate::CertType;

use super::check;
use crate::approval::{BadSignature, Certificate};
use crate::model::key::{PublicKey, field};
use crate::text::time::Instant;

/// The key of a signature, and its certificate where it is one.
pub(super) fn open(blob: &[u8]) -> Result<(PublicKey, Option<Certificate>), BadSignature> {
    let mut rest = blob;
    let name = field(&mut rest).ok_or(BadSignature::Form("its key can't be read"))?;
    if !name.ends_with(b"-cert-v01@openssh.com") {
        return PublicKey::of_blob(blob).map(|key| (key, None)).map_err(BadSignature::Key);
    }
    let bad = BadSignature::Certificate;
    let certificate = ssh_key::Certificate::from_bytes(blob).map_err(|_| bad("can't be read"))?;
    if certificate.to_bytes().ok().as_deref() != Some(blob) {
        return Err(bad("holds more than belongs there"));
    }
    if certificate.cert_type() != CertType::User {
        return Err(bad("is one of a machine, not of a person"));
    }
    if !certificate.critical_options().is_empty() {
        return Err(bad("holds only under conditions that can't be checked here"));
    }
    if certificate.valid_principals().is_empty() {
        return Err(bad("names nobody"));
    }
    let of = |data: &ssh_key::public::KeyData| {
        let blob = ssh_key::PublicKey::from(data.clone()).to_bytes().map_err(|_| bad("can't be read"))?;
        PublicKey::of_blob(&blob).map_err(BadSignature::Key)
    };
    let authority = of(certificate.signature_key())?;
    // Everything up to the signature is what the authority signed.
    let signature: Vec<u8> = Vec::try_from(certificate.signature().clone()).map_err(|_| bad("can't be read"))?;
    let signed = blob.len().checked_sub(signature.len() + 4).and_then(|end| blob.get(..end));
    check::raw(&authority, signed.ok_or(bad("can't be read"))?, &signature)
        .map_err(|_| bad("was not signed by the authority that it names"))?;
    let at = |seconds: u64| Instant(i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX));
    Ok((
        of(certificate.public_key())?,
        Some(Certificate {
            authority,
            principals: certificate.valid_principals().to_vec(),
            from: at(certificate.valid_after()),
            until: at(certificate.valid_before()),
        }),
    ))
}
