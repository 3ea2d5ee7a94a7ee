//! Signatures made here, changed in every way, and by hardware that is made of software.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixListener;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use sha2::{Digest as _, Sha256, Sha512};
use ssh_key::PrivateKey;
use ssh_key::private::Ed25519Keypair;

use super::armour::{self, Parts};
use super::*;
use crate::approval::{BadSignature, Namespace};
use crate::model::key::{BadKey, KeyType, PublicKey, put};
use crate::port::{Chance, Signer};

struct Count(u8);

impl Chance for Count {
    fn fill(&mut self, bytes: &mut [u8]) {
        for b in bytes {
            self.0 = self.0.wrapping_mul(31).wrapping_add(7);
            *b = self.0;
        }
    }
}

const TEXT: &[u8] = b"Stop the bot.\n";

fn pair(n: u8) -> Pair {
    Pair::generate(&mut Count(n)).unwrap()
}

#[test]
fn what_is_signed_is_checked_whole() {
    let pair = pair(1);
    let signed = pair.sign(Namespace::Vote, TEXT).unwrap();
    let checked = check(Namespace::Vote, TEXT, &signed).unwrap();
    assert_eq!(checked.key, *pair.public());
    assert!(!checked.touched && !checked.verified && checked.certificate.is_none());
    assert!(!format!("{pair:?}").contains("PRIVATE"));
    for other in Namespace::ALL.into_iter().filter(|n| *n != Namespace::Vote) {
        let no = check(other, TEXT, &signed).unwrap_err();
        assert_eq!(no, BadSignature::Namespace("aigov-vote@v1".into()));
    }
    assert_eq!(check(Namespace::Vote, b"Stop the bot!\n", &signed), Err(BadSignature::Wrong));
    assert_eq!(armour::write(&armour::read(&signed).unwrap()), signed, "one form");
}

#[test]
fn no_changed_byte_holds_and_none_makes_it_stumble() {
    let signed = pair(1).sign(Namespace::Vote, TEXT).unwrap();
    let parts = armour::read(&signed).unwrap();
    for n in 0..parts.signature.len() {
        let mut changed = parts.clone();
        changed.signature[n] ^= 1;
        assert!(check(Namespace::Vote, TEXT, &armour::write(&changed)).is_err(), "signature byte {n}");
        let mut cut = parts.clone();
        cut.signature.truncate(n);
        assert!(check(Namespace::Vote, TEXT, &armour::write(&cut)).is_err(), "cut at {n}");
    }
    for n in 0..parts.key.len() {
        let mut changed = parts.clone();
        changed.key[n] ^= 1;
        assert!(check(Namespace::Vote, TEXT, &armour::write(&changed)).is_err(), "key byte {n}");
    }
    let mut longer = parts.clone();
    longer.signature.push(0);
    assert!(check(Namespace::Vote, TEXT, &armour::write(&longer)).is_err(), "one signature has one form");
    for (n, _) in signed.char_indices().step_by(7) {
        assert!(check(Namespace::Vote, TEXT, &signed[..n]).is_err(), "text cut at {n}");
    }
    let weak = Parts { hash: "sha1".into(), ..parts.clone() };
    assert_eq!(check(Namespace::Vote, TEXT, &armour::write(&weak)), Err(BadSignature::Algorithm("sha1".into())));
    assert!(armour::read(&"x".repeat(100_000)).is_err());
}

#[test]
fn a_weak_or_unknown_key_is_told_by_name() {
    let parts = armour::read(&pair(1).sign(Namespace::Vote, TEXT).unwrap()).unwrap();
    let with = |name: &[u8], fields: &[&[u8]]| {
        let mut key = Vec::new();
        put(&mut key, name);
        fields.iter().for_each(|f| put(&mut key, f));
        check(Namespace::Vote, TEXT, &armour::write(&Parts { key, ..parts.clone() })).unwrap_err()
    };
    let short = [&[0, 0xff][..], &[0xff; 255][..]].concat();
    assert_eq!(with(b"ssh-rsa", &[&[1, 0, 1], &short]), BadSignature::Key(BadKey::Rsa(2048)));
    assert_eq!(with(b"ssh-dss", &[b"p"]), BadSignature::Key(BadKey::Type("ssh-dss".into())));
}

/// An ed25519 key of hardware, made of software.
struct Hardware {
    private: PrivateKey,
    key: Vec<u8>,
}

impl Hardware {
    fn new() -> Self {
        let private = PrivateKey::from(Ed25519Keypair::from_seed(&[7; 32]));
        let mut key = Vec::new();
        put(&mut key, KeyType::SkEd25519.name().as_bytes());
        put(&mut key, private.public_key().key_data().ed25519().unwrap().as_ref());
        put(&mut key, b"ssh:");
        Self { private, key }
    }

    fn sign(&self, flags: u8) -> String {
        let (namespace, hash) = (Namespace::Vote.name(), "sha512");
        let mut whole = Sha256::digest(b"ssh:").to_vec();
        whole.extend([flags, 0, 0, 0, 9]);
        whole.extend(Sha256::digest(armour::to_sign(namespace, hash, &Sha512::digest(TEXT))));
        let inner = self.private.try_sign(&whole).unwrap();
        let mut signature = Vec::new();
        put(&mut signature, KeyType::SkEd25519.name().as_bytes());
        put(&mut signature, inner.as_bytes());
        signature.extend([flags, 0, 0, 0, 9]);
        armour::write(&Parts { key: self.key.clone(), namespace: namespace.into(), hash: hash.into(), signature })
    }
}

#[test]
fn the_flags_of_hardware_are_read_and_can_not_be_changed() {
    let hardware = Hardware::new();
    for (flags, touched, verified) in [(0, false, false), (1, true, false), (5, true, true), (4, false, true)] {
        let checked = check(Namespace::Vote, TEXT, &hardware.sign(flags)).unwrap();
        assert_eq!((checked.touched, checked.verified), (touched, verified), "{flags}");
        assert!(checked.key.kind().is_hardware());
    }
    let mut parts = armour::read(&hardware.sign(0)).unwrap();
    let at = parts.signature.len() - 5;
    parts.signature[at] = 1;
    assert_eq!(check(Namespace::Vote, TEXT, &armour::write(&parts)), Err(BadSignature::Wrong), "a touch is signed");
}

/// What a browser hands out for a passkey.
fn passkey(challenge: &[u8], origin: &str, flags: u8) -> String {
    let private = p256::ecdsa::SigningKey::from_slice(&[3; 32]).unwrap();
    let mut key = Vec::new();
    for part in [KeyType::SkEcdsaP256.name().as_bytes(), b"nistp256"] {
        put(&mut key, part);
    }
    put(&mut key, private.verifying_key().to_encoded_point(false).as_bytes());
    put(&mut key, b"aigov.example.com");
    let challenge = URL_SAFE_NO_PAD.encode(challenge);
    let client =
        format!(r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"{origin}","crossOrigin":false}}"#);
    let mut whole = Sha256::digest(b"aigov.example.com").to_vec();
    whole.extend([flags, 0, 0, 0, 1]);
    whole.extend(Sha256::digest(&client));
    let inner: p256::ecdsa::Signature = private.sign(&whole);
    let inner = ssh_key::Signature::try_from(inner).unwrap();
    let mut signature = Vec::new();
    put(&mut signature, b"webauthn-sk-ecdsa-sha2-nistp256@openssh.com");
    put(&mut signature, inner.as_bytes());
    signature.extend([flags, 0, 0, 0, 1]);
    for part in [origin.as_bytes(), client.as_bytes(), b""] {
        put(&mut signature, part);
    }
    armour::write(&Parts { key, namespace: Namespace::Vote.name().into(), hash: "sha512".into(), signature })
}

#[test]
fn a_passkey_signs_in_the_form_of_ssh() {
    let asked = armour::to_sign(Namespace::Vote.name(), "sha512", &Sha512::digest(TEXT));
    let signed = passkey(&asked, "https://aigov.example.com", 5);
    let checked = check(Namespace::Vote, TEXT, &signed).unwrap();
    assert!(checked.touched && checked.verified);
    assert_eq!(check(Namespace::Vote, b"other", &signed), Err(BadSignature::Wrong));
    let other = passkey(b"something else", "https://aigov.example.com", 5);
    assert_eq!(check(Namespace::Vote, TEXT, &other), Err(BadSignature::Wrong), "the browser was asked something else");
    let quoted = passkey(&asked, "x\",\"challenge\":\"", 5);
    assert!(matches!(check(Namespace::Vote, TEXT, &quoted), Err(BadSignature::Form(_))));
    assert!(matches!(check(Namespace::Vote, TEXT, &passkey(&asked, "https://x", 0x41)), Err(BadSignature::Form(_))));
}

/// A certificate by an authority for a key.
fn certificate(kind: u32, principals: &[&str], options: &[u8], signed_by: &PrivateKey) -> Vec<u8> {
    let of = PrivateKey::from(Ed25519Keypair::from_seed(&[9; 32]));
    let authority = PrivateKey::from(Ed25519Keypair::from_seed(&[8; 32]));
    let mut out = Vec::new();
    put(&mut out, b"ssh-ed25519-cert-v01@openssh.com");
    put(&mut out, b"nonce");
    put(&mut out, of.public_key().key_data().ed25519().unwrap().as_ref());
    out.extend(7_u64.to_be_bytes());
    out.extend(kind.to_be_bytes());
    put(&mut out, b"lena at work");
    let mut names = Vec::new();
    principals.iter().for_each(|p| put(&mut names, p.as_bytes()));
    put(&mut out, &names);
    out.extend(1_000_u64.to_be_bytes());
    out.extend(2_000_u64.to_be_bytes());
    put(&mut out, options);
    put(&mut out, b"");
    put(&mut out, b"");
    put(&mut out, &authority.public_key().to_bytes().unwrap());
    let signature: Vec<u8> = signed_by.try_sign(&out).unwrap().try_into().unwrap();
    put(&mut out, &signature);
    out
}

#[test]
fn a_certificate_tells_whom_it_names_by_whose_word_and_until_when() {
    let authority = PrivateKey::from(Ed25519Keypair::from_seed(&[8; 32]));
    let of = PrivateKey::from(Ed25519Keypair::from_seed(&[9; 32]));
    let signed = |key: Vec<u8>| {
        let (namespace, hash) = (Namespace::Vote.name(), "sha512");
        let bytes = armour::to_sign(namespace, hash, &Sha512::digest(TEXT));
        let signature: Vec<u8> = of.try_sign(&bytes).unwrap().try_into().unwrap();
        let text = armour::write(&Parts { key, namespace: namespace.into(), hash: hash.into(), signature });
        check(Namespace::Vote, TEXT, &text)
    };
    let checked = signed(certificate(1, &["lena"], b"", &authority)).unwrap();
    let vouched = checked.certificate.unwrap();
    assert_eq!(checked.key, PublicKey::of_blob(&of.public_key().to_bytes().unwrap()).unwrap());
    assert_eq!(vouched.authority, PublicKey::of_blob(&authority.public_key().to_bytes().unwrap()).unwrap());
    assert_eq!((vouched.principals, vouched.from.0, vouched.until.0), (vec!["lena".to_owned()], 1_000_000, 2_000_000));
    for (what, bad) in [
        ("of a machine", certificate(2, &["lena"], b"", &authority)),
        ("names nobody", certificate(1, &[], b"", &authority)),
        ("by somebody else", certificate(1, &["lena"], b"", &of)),
    ] {
        assert!(matches!(signed(bad), Err(BadSignature::Certificate(_))), "{what}");
    }
    let mut options = Vec::new();
    put(&mut options, b"force-command");
    put(&mut options, b"\0\0\0\x04true");
    let bound = signed(certificate(1, &["lena"], &options, &authority));
    assert!(matches!(bound, Err(BadSignature::Certificate(_))), "{bound:?}");
}

/// An agent that answers every question with these bytes.
fn agent(folder: &std::path::Path, answers: Vec<Vec<u8>>) -> Agent {
    let path = folder.join("agent");
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        for answer in answers {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let mut length = [0; 4];
            if stream.read_exact(&mut length).is_err() {
                return;
            }
            let mut request = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
            let _ = stream.read_exact(&mut request).and_then(|()| stream.write_all(&answer));
        }
    });
    Agent::new(&path)
}

fn framed(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, bytes);
    out
}

#[test]
fn an_agent_that_says_no_or_lies_is_told_from_one_that_signs() {
    let folder = tempfile::tempdir().unwrap();
    let key = pair(1).public().clone();
    let list = {
        let mut out = vec![12, 0, 0, 0, 1];
        put(&mut out, key.blob());
        put(&mut out, b"ada@laptop");
        framed(&out)
    };
    let held = agent(folder.path(), vec![list.clone()]).list().unwrap();
    assert_eq!(held, [key.blob().to_vec()]);
    for (answer, why) in [
        (framed(&[5]), "refused"),
        (vec![0xff; 4], "an answer that is none"),
        (framed(&[14, 0, 0]), "an answer that is none"),
        (framed(&[]), "an answer that is none"),
        (vec![0, 0], "can't be reached"),
    ] {
        let said = agent(folder.path(), vec![answer]).sign(key.blob(), b"x").unwrap_err().to_string();
        assert!(said.contains(why), "{said}");
    }
    // Another key's signature, or nonsense, is never handed on.
    let ring = Ring::new(Some(agent(folder.path(), vec![list.clone(), framed(&[14, 0, 0, 0, 1, 0])])), vec![]);
    let said = ring.sign(&key, Namespace::Vote, TEXT).unwrap_err().to_string();
    assert!(said.contains("no signature"), "{said}");
    let ring = Ring::new(Some(agent(folder.path(), vec![list, framed(&[5])])), vec![]);
    assert!(ring.sign(&key, Namespace::Vote, TEXT).unwrap_err().to_string().contains("refused"));
}

#[test]
fn a_file_without_a_passphrase_signs_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let private = PrivateKey::from(Ed25519Keypair::from_seed(&[4; 32]));
    let file = folder.path().join("id_ed25519");
    private.write_openssh_file(&file, ssh_key::LineEnding::LF).unwrap();
    let ring = Ring::new(None, vec![folder.path().join("none"), file.clone()]);
    let held = ring.held();
    assert_eq!(held.len(), 1);
    let signed = ring.sign(&held[0], Namespace::SignOff, TEXT).unwrap();
    assert_eq!(check(Namespace::SignOff, TEXT, &signed).unwrap().key, held[0]);
    let nobody = ring.sign(pair(1).public(), Namespace::SignOff, TEXT).unwrap_err();
    assert!(nobody.to_string().contains("nobody here holds SHA256:"), "{nobody}");
}
