//! Payloads for the eyes of named people only.
//!
//! Owns who they are, the form in which a sealed payload is stored, and opening it again. A sealed payload is a file of
//! [age](https://age-encryption.org): inside it stands the salt (32 hexadecimal digits) and then the bytes, so that
//! `age -d -i KEY FILE | sha256sum` prints the digest that the record names. The salt is inside, because with it in the
//! open anybody could try out what a short reason says. Must not look for keys: they are handed in.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::sync::Arc;

use age::secrecy::SecretString;
use age::ssh;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::payload;

/// Somebody whom payloads are encrypted to, and the key.
#[derive(Clone)]
struct Reader {
    name: String,
    key: Arc<dyn age::Recipient + Send + Sync>,
}

/// Everybody whom payloads are encrypted to.
#[derive(Clone, Default)]
pub struct Readers {
    readers: Vec<Reader>,
    without: Vec<String>,
    named: bool,
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl Readers {
    /// From names and keys as they are written: `age1…`, or the line of an ssh-ed25519 or ssh-rsa key. A person may have
    /// several; one that can't be encrypted to is left out, and whoever has none that can is named by
    /// [`Readers::without`].
    pub fn of<'a>(written: impl IntoIterator<Item = (&'a str, Vec<&'a str>)>) -> Self {
        let mut all = Self::default();
        for (name, keys) in written {
            let before = all.readers.len();
            for key in &keys {
                all.named |= can_seal(key);
                if let Some(key) = recipient(key) {
                    all.readers.push(Reader { name: name.to_owned(), key });
                }
            }
            if all.readers.len() == before {
                all.without.push(name.to_owned());
            }
        }
        all
    }

    /// Whether somebody is named whom payloads are to be encrypted to. Otherwise they are kept in the clear.
    #[must_use]
    pub const fn are_named(&self) -> bool {
        self.named
    }

    /// Who can read, in the order written.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let mut last = None;
        self.readers.iter().map(|r| r.name.as_str()).filter(move |name| last.replace(*name) != Some(*name))
    }

    /// Who can't, because no key of theirs can be encrypted to.
    #[must_use]
    pub fn without(&self) -> &[String] {
        &self.without
    }

    /// Encrypts salt and bytes; none when that can't be done for anybody.
    pub(super) fn seal(&self, salt: &str, bytes: &[u8]) -> Option<Vec<u8>> {
        let keys = self.readers.iter().map(|r| &*r.key as &dyn age::Recipient);
        let sealing = age::Encryptor::with_recipients(keys).ok()?;
        let mut sealed = Vec::with_capacity(bytes.len() + 512);
        let mut writer = sealing.wrap_output(&mut sealed).ok()?;
        writer.write_all(salt.as_bytes()).and_then(|()| writer.write_all(bytes)).ok()?;
        writer.finish().ok()?;
        Some(sealed)
    }
}

/// Whether a key is written in a form that something could be encrypted to, whole or not.
#[must_use]
pub fn can_seal(written: &str) -> bool {
    ["age1", "ssh-ed25519 ", "ssh-rsa "].iter().any(|form| written.trim_start().starts_with(form))
}

fn recipient(written: &str) -> Option<Arc<dyn age::Recipient + Send + Sync>> {
    let written = written.trim();
    if let Ok(key) = written.parse::<age::x25519::Recipient>() {
        return Some(Arc::new(key));
    }
    // What stands behind the key is somebody's remark.
    let mut words = written.split_whitespace();
    let line = format!("{} {}", words.next()?, words.next()?);
    line.parse::<ssh::Recipient>().ok().map(|key| Arc::new(key) as _)
}

/// A private key that opens payloads.
pub struct Identity(Vec<Box<dyn age::Identity>>);

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

/// Why a payload can't be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CantOpen {
    /// The file holds no private key that this program knows.
    NotAnIdentity,
    /// The key is of a kind that can't decrypt, such as one in hardware.
    Unfit,
    /// The passphrase is wrong, or none was given.
    Passphrase,
    /// It was encrypted to others.
    NotForThisKey,
    /// It is not what was sealed.
    Damaged,
    /// It opens, and is not what the record names.
    OtherDigest,
}

impl fmt::Display for CantOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAnIdentity => "the file holds no private key of age or SSH",
            Self::Unfit => {
                "keys of this kind can sign and not decrypt: `encrypt` in people.toml names the one that can"
            }
            Self::Passphrase => "the passphrase is not the key's",
            Self::NotForThisKey => "it was encrypted to others than this key",
            Self::Damaged => "it is not what was sealed",
            Self::OtherDigest => "it opens, and is not what the record names",
        })
    }
}

impl std::error::Error for CantOpen {}

impl Identity {
    /// Reads a private key: a file of age, or one of SSH whose passphrase `ask` gives.
    ///
    /// # Errors
    /// No key, one that can't decrypt, or no right passphrase.
    pub fn read(text: &str, ask: impl FnOnce() -> Option<String>) -> Result<Self, CantOpen> {
        if let Ok(file) = age::IdentityFile::from_buffer(text.as_bytes())
            && let Ok(all) = file.into_identities()
            && !all.is_empty()
        {
            return Ok(Self(all.into_iter().map(|i| i as Box<dyn age::Identity>).collect()));
        }
        match ssh::Identity::from_buffer(text.as_bytes(), None) {
            Ok(key @ ssh::Identity::Unencrypted(_)) => Ok(Self(vec![Box::new(key)])),
            Ok(ssh::Identity::Encrypted(key)) => {
                let phrase = ask().ok_or(CantOpen::Passphrase)?;
                let open = key.decrypt(SecretString::from(phrase)).map_err(|_| CantOpen::Passphrase)?;
                Ok(Self(vec![Box::new(ssh::Identity::from(open))]))
            }
            Ok(ssh::Identity::Unsupported(_)) => Err(CantOpen::Unfit),
            Err(_) => Err(CantOpen::NotAnIdentity),
        }
    }
}

const ARMOUR: [&str; 2] = ["-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----"];

/// Seals a text for whoever holds the private key of one of these lines, in age's ASCII form; and the digest of what is in
/// it, which can be told to everybody. None when it can't be encrypted to any of them.
#[must_use]
pub fn seal_text(keys: &[&str], chance: [u8; 16], text: &str) -> Option<(String, String)> {
    let salt: String = chance.iter().map(|b| format!("{b:02x}")).collect();
    let readers = Readers::of([("game master", keys.to_vec())]);
    let sealed = STANDARD.encode(readers.seal(&salt, text.as_bytes())?);
    let [begin, end] = ARMOUR;
    let mut armour = format!("{begin}\n");
    for line in sealed.as_bytes().chunks(64) {
        armour.push_str(&String::from_utf8_lossy(line));
        armour.push('\n');
    }
    armour.push_str(end);
    armour.push('\n');
    Some((armour, payload::digest(&salt, text.as_bytes())))
}

/// Opens what [`seal_text`] sealed; the chance stands before the text.
///
/// # Errors
/// It is for others, or damaged.
pub fn open_text(armour: &str, with: &Identity) -> Result<String, CantOpen> {
    let [begin, end] = ARMOUR;
    let body = armour.trim().strip_prefix(begin).and_then(|a| a.strip_suffix(end)).ok_or(CantOpen::Damaged)?;
    let body: String = body.split_whitespace().collect();
    let sealed = STANDARD.decode(body).map_err(|_| CantOpen::Damaged)?;
    String::from_utf8(opened(&sealed, with)?).map_err(|_| CantOpen::Damaged)
}

fn opened(sealed: &[u8], with: &Identity) -> Result<Vec<u8>, CantOpen> {
    let decryptor = age::Decryptor::new_buffered(sealed).map_err(|_| CantOpen::Damaged)?;
    let keys = with.0.iter().map(|i| &**i as &dyn age::Identity);
    let mut reader = decryptor.decrypt(keys).map_err(|e| match e {
        age::DecryptError::NoMatchingKeys => CantOpen::NotForThisKey,
        _ => CantOpen::Damaged,
    })?;
    let mut all = Vec::new();
    reader.read_to_end(&mut all).map_err(|_: io::Error| CantOpen::Damaged)?;
    Ok(all)
}

/// Opens a sealed payload and holds it against its digest.
///
/// # Errors
/// It is for others, damaged, or another one.
pub fn open(sealed: &[u8], digest: &str, with: &Identity) -> Result<Vec<u8>, CantOpen> {
    let all = opened(sealed, with)?;
    let (salt, bytes) = all.split_at_checked(payload::SALT_DIGITS).ok_or(CantOpen::Damaged)?;
    let salt = std::str::from_utf8(salt).map_err(|_| CantOpen::Damaged)?;
    if payload::digest(salt, bytes) == digest { Ok(bytes.to_vec()) } else { Err(CantOpen::OtherDigest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &str = "000102030405060708090a0b0c0d0e0f";

    fn native() -> (Identity, String) {
        use age::secrecy::ExposeSecret as _;
        let key = age::x25519::Identity::generate();
        let read = Identity::read(key.to_string().expose_secret(), || None).unwrap();
        (read, key.to_public().to_string())
    }

    /// A key of SSH as `ssh-keygen` writes one, from a seed.
    fn of_ssh(seed: u8, phrase: Option<&str>) -> (String, String) {
        let pair = ssh_key::private::Ed25519Keypair::from_seed(&[seed; 32]);
        let key = ssh_key::PrivateKey::new(pair.into(), "ada").unwrap();
        let line = key.public_key().to_openssh().unwrap();
        let key = match phrase {
            // With OpenSSH's usual cipher and the fewest rounds.
            Some(phrase) => {
                let kdf = ssh_key::Kdf::Bcrypt { salt: vec![7; 16], rounds: 1 };
                key.encrypt_with(ssh_key::Cipher::Aes256Ctr, kdf, 1, phrase).unwrap()
            }
            None => key,
        };
        (key.to_openssh(ssh_key::LineEnding::LF).unwrap().to_string(), line)
    }

    #[test]
    fn whom_it_is_encrypted_to_opens_it_and_nobody_else() {
        let ((ada, ada_line), (bo, bo_line), (carl, _)) = (native(), of_ssh(1, None), of_ssh(2, None));
        let readers = Readers::of([("ada", vec![ada_line.as_str()]), ("bo", vec![bo_line.as_str()])]);
        let digest = payload::digest(SALT, b"the whole answer");
        let sealed = readers.seal(SALT, b"the whole answer").unwrap();
        assert!(!String::from_utf8_lossy(&sealed).contains(SALT), "the salt is for readers, too");
        assert_eq!(open(&sealed, &digest, &ada).unwrap(), b"the whole answer");
        let bo = Identity::read(&bo, || None).unwrap();
        assert_eq!(open(&sealed, &digest, &bo).unwrap(), b"the whole answer");
        let carl = Identity::read(&carl, || None).unwrap();
        assert_eq!(open(&sealed, &digest, &carl), Err(CantOpen::NotForThisKey));
        assert_eq!(open(&sealed, &"0".repeat(64), &bo), Err(CantOpen::OtherDigest));
        for at in [0, sealed.len() / 2, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(&changed, &digest, &bo).is_err(), "{at}");
        }
    }

    #[test]
    fn a_key_with_a_passphrase_asks_for_it_once() {
        let (file, line) = of_ssh(3, Some("twelve words"));
        let sealed = Readers::of([("ada", vec![line.as_str()])]).seal(SALT, b"x").unwrap();
        let key = Identity::read(&file, || Some("twelve words".to_owned())).unwrap();
        assert_eq!(open(&sealed, &payload::digest(SALT, b"x"), &key).unwrap(), b"x");
        assert_eq!(Identity::read(&file, || Some("others".to_owned())).unwrap_err(), CantOpen::Passphrase);
        assert_eq!(Identity::read(&file, || None).unwrap_err(), CantOpen::Passphrase);
        assert_eq!(Identity::read("hello", || None).unwrap_err(), CantOpen::NotAnIdentity);
    }

    #[test]
    fn a_text_sealed_for_one_opens_to_what_its_digest_was_told_of() {
        let ((mia, mia_line), (other, _)) = (native(), native());
        let (armour, digest) = seal_text(&[&mia_line], [7; 16], "the vendor calls").unwrap();
        assert!(!armour.contains("vendor") && armour.lines().all(|l| l.len() <= 64));
        let whole = open_text(&armour, &mia).unwrap();
        assert_eq!(crate::text::canon::sha256_hex(whole.as_bytes()), digest);
        assert_eq!(crate::plan::rehearsal::unsealed(&whole), "the vendor calls");
        assert_eq!(open_text(&armour, &other), Err(CantOpen::NotForThisKey));
        assert_eq!(open_text("hello", &mia), Err(CantOpen::Damaged));
        assert_eq!(seal_text(&["ssh-ed25519 cut"], [7; 16], "x"), None);
    }

    #[test]
    fn who_has_no_key_that_can_serve_is_named_and_keeps_nobody_else_out() {
        let (_, line) = of_ssh(4, None);
        let hardware = "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t carl";
        let all = Readers::of([("carl", vec![hardware]), ("dora", vec![]), ("ada", vec![line.as_str()])]);
        assert!(all.are_named());
        assert_eq!(all.names().collect::<Vec<_>>(), ["ada"]);
        assert_eq!(all.without(), ["carl", "dora"]);
        assert!(all.seal(SALT, b"x").is_some());
        // Nobody is named: nothing is to be encrypted. Somebody is, and can't be encrypted to: that is another thing.
        assert!(!Readers::of([("carl", vec![hardware])]).are_named());
        let cut = Readers::of([("ada", vec!["ssh-ed25519 AAAAC3NzaC1lZDI1"])]);
        assert!(cut.are_named() && cut.seal(SALT, b"x").is_none());
    }
}
