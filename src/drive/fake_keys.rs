//! Keys that are names: a signature says who made it over what, and can be forged by writing another name. What real
//! signatures hold is tried in `keys`; here it is what becomes of them.

use std::cell::RefCell;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::approval::{BadSignature, Certificate, Checked, Namespace};
use crate::model::key::{PublicKey, put};
use crate::plan::{Person, Voters};
use crate::port::Keys;
use crate::text::canon::sha256_hex;

/// The public key of a number.
pub(crate) fn key(n: u8) -> PublicKey {
    let mut blob = Vec::new();
    put(&mut blob, b"ssh-ed25519");
    put(&mut blob, &[n; 32]);
    PublicKey::parse(&format!("ssh-ed25519 {}", STANDARD.encode(blob))).unwrap()
}

/// The public key of a number, in hardware.
pub(crate) fn hardware(n: u8) -> PublicKey {
    let mut blob = Vec::new();
    put(&mut blob, b"sk-ssh-ed25519@openssh.com");
    put(&mut blob, &[n; 32]);
    put(&mut blob, b"ssh:");
    PublicKey::of_blob(&blob).unwrap()
}

/// A signature of a text by a key, touched or not.
pub(crate) fn sign(key: &PublicKey, namespace: Namespace, text: &str, touched: bool, verified: bool) -> String {
    format!("{}\n{touched} {verified}\n{}\n{}", key.line(), namespace, sha256_hex(text.as_bytes()))
}

/// The port.
#[derive(Debug, Default)]
pub(crate) struct FakeKeys {
    /// The roster as it stands now; none when it can't be read.
    pub(crate) roster: RefCell<Option<Vec<Person>>>,
    /// Authorities as they stand now.
    pub(crate) authorities: RefCell<Vec<String>>,
    /// The certificate that a key signs with.
    pub(crate) certificate: RefCell<Option<(PublicKey, Certificate)>>,
}

impl Keys for FakeKeys {
    fn check(&self, namespace: Namespace, message: &[u8], signature: &str) -> Result<Checked, BadSignature> {
        let mut lines = signature.lines();
        let mut next = || lines.next().ok_or(BadSignature::Form("cut off"));
        let key = PublicKey::parse(next()?).map_err(BadSignature::Key)?;
        let (touched, verified) = next()?.split_once(' ').ok_or(BadSignature::Form("cut off"))?;
        let made_for = next()?;
        if made_for != namespace.name() {
            return Err(BadSignature::Namespace(made_for.to_owned()));
        }
        if next()? != sha256_hex(message) {
            return Err(BadSignature::Wrong);
        }
        let certificate = self.certificate.borrow().clone().filter(|(of, _)| *of == key).map(|(_, c)| c);
        Ok(Checked { key, certificate, touched: touched == "true", verified: verified == "true" })
    }

    fn roster(&self) -> Result<Voters, String> {
        let persons = self.roster.borrow().clone().ok_or_else(|| "it is not there".to_owned())?;
        Ok(Voters { persons, authorities: self.authorities.borrow().clone() })
    }
}
