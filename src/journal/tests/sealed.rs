//! Payloads for the eyes of named people.

use super::super::payload::Content;
use super::super::samples::{chance, record};
use super::super::seal::{Identity, Readers, open};
use super::super::verify::Weight;
use super::{Room, append_all, begun};
use crate::port::RunLog as _;
use crate::run::event::Event;
use crate::run::record::{PayloadRef, Redaction};

/// A key of SSH from a seed: the private half as a file holds it, and the public line.
fn pair(seed: u8) -> (Identity, String) {
    let pair = ssh_key::private::Ed25519Keypair::from_seed(&[seed; 32]);
    let key = ssh_key::PrivateKey::new(pair.into(), "ada").unwrap();
    let file = key.to_openssh(ssh_key::LineEnding::LF).unwrap();
    (Identity::read(&file, || None).unwrap(), key.public_key().to_openssh().unwrap())
}

fn note(seq: u64, payload: &PayloadRef) -> crate::run::record::Record {
    let mut r = record("r1", seq, Event::Noted);
    r.detail.payloads = vec![payload.clone()];
    r
}

#[test]
fn what_is_for_named_eyes_is_encrypted_on_its_way_and_verify_checks_the_file() {
    let room = Room::new();
    let (ada, line) = pair(1);
    let store = room.store().with_readers(Readers::of([("ada", vec![line.as_str()])]));
    let mut held = begun(&store, "r1", 0);
    let kept = held.keep("note", b"the customer is named in here");
    assert!(kept.sealed.is_some() && !kept.apart && kept.length == 29);
    append_all(&mut held, &[note(1, &kept)]);
    drop(held);
    let Some(Content::Sealed(bytes)) = store.payload("r1", &kept.digest).unwrap() else { panic!("not encrypted") };
    assert_eq!(open(&bytes, &kept.digest, &ada).unwrap(), b"the customer is named in here");
    let weights = |seq| -> Vec<(Weight, Option<u64>)> {
        let report = store.verify(Some("r1")).unwrap().remove(0);
        report.findings.iter().filter(|f| f.seq == Some(seq)).map(|f| (f.weight, f.seq)).collect()
    };
    assert_eq!(weights(1), []);
    // Nothing of it stands anywhere in the open.
    let (mut held, _) = store.hold("r1", chance()).unwrap();
    let other = PayloadRef { sealed: Some("0".repeat(64)), ..kept };
    append_all(&mut held, &[note(2, &other)]);
    drop(held);
    assert_eq!(weights(2), [(Weight::Broken, Some(2))], "another file than the record names");
}

#[test]
fn what_cannot_be_encrypted_stays_here_for_its_owners_eyes_until_it_can() {
    use std::os::unix::fs::PermissionsExt as _;
    let room = Room::new();
    let cut = Readers::of([("ada", vec!["ssh-ed25519 AAAAC3NzaC1lZDI1"])]);
    let store = room.store().with_readers(cut);
    let mut held = begun(&store, "r1", 0);
    let kept = held.keep("evidence", b"for ada's eyes");
    assert!(kept.apart && kept.sealed.is_none());
    append_all(&mut held, &[note(1, &kept)]);
    drop(held);
    assert!(store.readable().unwrap().head(&store.payload_branch("r1")).unwrap().is_none(), "nothing that is pushed");
    let (path, _) = store.waiting_payloads("r1").remove(0);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(store.payload("r1", &kept.digest).unwrap(), Some(Content::Plain(b"for ada's eyes".to_vec())));
    let report = store.verify(Some("r1")).unwrap().remove(0);
    assert!(report.whole() && report.findings.iter().any(|f| f.weight == Weight::Note && f.seq == Some(1)));
    // Held again with the broken key it stays where it is; with a whole one it comes home, encrypted.
    drop(store.hold("r1", chance()).unwrap());
    assert_eq!(store.waiting_payloads("r1").len(), 1);
    let (ada, line) = pair(2);
    let store = store.with_readers(Readers::of([("ada", vec![line.as_str()])]));
    drop(store.hold("r1", chance()).unwrap());
    assert!(!path.exists());
    let Some(Content::Sealed(bytes)) = store.payload("r1", &kept.digest).unwrap() else { panic!("not encrypted") };
    assert_eq!(open(&bytes, &kept.digest, &ada).unwrap(), b"for ada's eyes");
}

#[test]
fn what_is_redacted_is_gone_from_the_disk_and_verify_says_so() {
    let room = Room::new();
    let store = room.store();
    let mut held = begun(&store, "r1", 0);
    let (gone, stays) = (held.keep("note", b"names a customer"), held.keep("note", b"names nobody"));
    append_all(&mut held, &[note(1, &gone), note(2, &stays)]);
    append_all(&mut held, &[record("r1", 3, Event::RunEnded { end: crate::run::event::End::Closed })]);
    drop(held);
    let weights = |store: &super::Store| -> Vec<(Weight, Option<u64>)> {
        super::besides(&store.verify(Some("r1")).unwrap()[0]).iter().map(|f| (f.weight, f.seq)).collect()
    };
    // Erased without a tombstone is missing, whoever does it.
    let at = record("r1", 4, Event::Noted).at;
    let erased = store.erase("r1", std::slice::from_ref(&gone.digest), at).unwrap();
    assert_eq!((erased.files, erased.beside, erased.packed, erased.remote), (1, 0, 0, None));
    assert_eq!(weights(&store), [(Weight::Missing, Some(1))]);
    let (mut held, _) = store.hold("r1", chance()).unwrap();
    let mut tombstone = record("r1", 4, Event::Noted);
    tombstone.detail.redacted = Some(Redaction {
        seq: 1,
        digests: vec![gone.digest.clone()],
        law: "GDPR Art. 17".into(),
        reason: "asked for".into(),
    });
    append_all(&mut held, &[tombstone]);
    drop(held);
    assert_eq!(weights(&store), [(Weight::Redacted, Some(1))]);
    assert!(store.verify(Some("r1")).unwrap()[0].whole());
    assert_eq!(store.payload("r1", &gone.digest).unwrap(), None);
    assert_eq!(store.payload("r1", &stays.digest).unwrap(), Some(Content::Plain(b"names nobody".to_vec())));
    // Nothing that git stores says it any more; zlib would hide it, so every object is read.
    let git = store.readable().unwrap();
    let odb = git.repo().odb().unwrap();
    let mut seen = 0;
    odb.foreach(|id| {
        seen += 1;
        !odb.read(*id).is_ok_and(|o| o.data().windows(16).any(|w| w == b"names a customer"))
    })
    .unwrap();
    assert!(seen > 5);
    // A second time there is nothing left to erase.
    assert_eq!(store.erase("r1", &[gone.digest], at).unwrap().files, 0);
}
