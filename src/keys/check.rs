//! Whether a signature holds, and what the hardware that made it says.
//!
//! The cryptography is ssh-key's. What it leaves to others is here: the namespace, the hash, the strength of the key, the
//! algorithm, and the flags of hardware keys, which neither ssh-key nor ssh-keygen looks at.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Verifier as _;
use sha2::{Digest as _, Sha256, Sha512};
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, EcdsaCurve, Signature};

use super::{armour, certificate};
use crate::approval::{BadSignature, Checked, Namespace};
use crate::model::key::{KeyType, PublicKey, field};

/// A passkey's algorithm; its key is of type `sk-ecdsa-sha2-nistp256@openssh.com`.
const WEBAUTHN: &str = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com";
/// A person touched it.
const TOUCHED: u8 = 1;
/// A PIN or a fingerprint was given.
const VERIFIED: u8 = 4;

/// Checks a signature over a message, made for a namespace.
///
/// # Errors
/// Why it does not hold.
pub fn check(namespace: Namespace, message: &[u8], signature: &str) -> Result<Checked, BadSignature> {
    let parts = armour::read(signature)?;
    if parts.namespace != namespace.name() {
        return Err(BadSignature::Namespace(parts.namespace));
    }
    let digest = match parts.hash.as_str() {
        "sha512" => Sha512::digest(message).to_vec(),
        "sha256" => Sha256::digest(message).to_vec(),
        other => return Err(BadSignature::Algorithm(other.to_owned())),
    };
    let signed = armour::to_sign(&parts.namespace, &parts.hash, &digest);
    let (key, certificate) = certificate::open(&parts.key)?;
    let flags = raw(&key, &signed, &parts.signature)?;
    Ok(Checked { key, certificate, touched: flags & TOUCHED != 0, verified: flags & VERIFIED != 0 })
}

/// Checks what the key itself signed, and returns the flags of hardware; none are set for other keys.
pub(super) fn raw(key: &PublicKey, signed: &[u8], signature: &[u8]) -> Result<u8, BadSignature> {
    let mut rest = signature;
    let name = field(&mut rest).ok_or(BadSignature::Form("cut off"))?;
    let fits: &[&str] = match key.kind() {
        KeyType::Rsa => &["rsa-sha2-512", "rsa-sha2-256"],
        KeyType::SkEcdsaP256 => &[KeyType::SkEcdsaP256.name(), WEBAUTHN],
        KeyType::Ed25519 => &[KeyType::Ed25519.name()],
        KeyType::EcdsaP256 => &[KeyType::EcdsaP256.name()],
        KeyType::SkEd25519 => &[KeyType::SkEd25519.name()],
    };
    let name = fits.iter().find(|f| f.as_bytes() == name);
    let name = *name.ok_or_else(|| BadSignature::Algorithm(first_word(signature)))?;
    if name == WEBAUTHN {
        return webauthn(key, signed, rest);
    }
    let data = key_data(key)?;
    let parsed = Signature::try_from(signature).map_err(|_| BadSignature::Form("its inner signature can't be read"))?;
    // One signature has one form.
    if Vec::<u8>::try_from(parsed.clone()).ok().as_deref() != Some(signature) {
        return Err(BadSignature::Form("more in it than belongs there"));
    }
    data.verify(signed, &parsed).map_err(|_| BadSignature::Wrong)?;
    let flags = parsed.as_bytes().len().checked_sub(5).and_then(|at| parsed.as_bytes().get(at));
    Ok(flags.copied().filter(|_| key.kind().is_hardware()).unwrap_or(0))
}

fn first_word(signature: &[u8]) -> String {
    let mut rest = signature;
    String::from_utf8_lossy(field(&mut rest).unwrap_or_default()).into_owned()
}

fn key_data(key: &PublicKey) -> Result<KeyData, BadSignature> {
    let read = ssh_key::PublicKey::from_bytes(key.blob());
    read.map(KeyData::from).map_err(|_| BadSignature::Form("its key can't be read"))
}

/// What a browser signs: the hash of the name of the site, flags and counter, and the hash of a text that it made and
/// that must hold what was to be signed.
fn webauthn(key: &PublicKey, signed: &[u8], mut rest: &[u8]) -> Result<u8, BadSignature> {
    let bad = BadSignature::Form;
    let cut = || bad("cut off");
    let inner = field(&mut rest).ok_or_else(cut)?;
    let (flags, after) = rest.split_first().ok_or_else(cut)?;
    let (counter, after) = after.split_first_chunk::<4>().ok_or_else(cut)?;
    rest = after;
    let origin = field(&mut rest).ok_or_else(cut)?;
    let client = field(&mut rest).ok_or_else(cut)?;
    let extensions = field(&mut rest).ok_or_else(cut)?;
    if !rest.is_empty() {
        return Err(bad("more in it than belongs there"));
    }
    // As OpenSSH has it: no new key is told here, and extensions are there exactly where the flag says so.
    if flags & 0x40 != 0 || (flags & 0x80 != 0) == extensions.is_empty() {
        return Err(bad("its flags and its extensions do not fit"));
    }
    if origin.contains(&b'"') {
        return Err(bad("its origin is none"));
    }
    let mut begins = br#"{"type":"webauthn.get","challenge":""#.to_vec();
    begins.extend(URL_SAFE_NO_PAD.encode(signed).bytes());
    begins.extend(br#"","origin":""#);
    begins.extend(origin);
    begins.push(b'"');
    if !client.starts_with(&begins) {
        return Err(BadSignature::Wrong);
    }
    let data = key_data(key)?;
    let Some(sk) = data.sk_ecdsa_p256() else { return Err(bad("its key can't be read")) };
    let mut whole = Sha256::digest(sk.application()).to_vec();
    whole.push(*flags);
    whole.extend(counter);
    whole.extend(extensions);
    whole.extend(Sha256::digest(client));
    let ecdsa = Signature::new(Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 }, inner)
        .map_err(|_| bad("its inner signature can't be read"))?;
    let inner = p256::ecdsa::Signature::try_from(&ecdsa).map_err(|_| BadSignature::Wrong)?;
    let point = p256::ecdsa::VerifyingKey::from_encoded_point(sk.ec_point()).map_err(|_| BadSignature::Wrong)?;
    point.verify(&whole, &inner).map_err(|_| BadSignature::Wrong)?;
    Ok(*flags)
}
