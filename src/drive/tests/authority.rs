//! An authority whose certificates stand for people, and which is not trusted any more while a run is open: what it vouched
//! for falls at once, as with a key that is revoked.

use super::attacks::{cast, notes, sent, vote, vote_by, waiting};
use super::count;
use crate::approval::Certificate;
use crate::drive::fake::Scene;
use crate::drive::fake_keys::key;
use crate::run::event::Event;
use crate::run::record::Decision;
use crate::text::time::Instant;

const AUTHORITY: u8 = 88;
const LENAS: u8 = 77;
const GONE: &str = "the authority that vouches for its key is not in people.toml any more";

/// A run whose roster trusts an authority, and a key of Lena's that only its certificate makes hers.
fn certified() -> Scene {
    let scene = waiting(|s| {
        s.plan.authorities = vec![key(AUTHORITY).line()];
        s.keys.authorities.replace(s.plan.authorities.clone());
    });
    scene.keys.certificate.replace(Some((
        key(LENAS),
        Certificate {
            authority: key(AUTHORITY),
            principals: vec!["lena".into()],
            from: Instant(0),
            until: Instant(i64::MAX),
        },
    )));
    scene
}

#[test]
fn a_certificate_votes_while_its_authority_is_trusted() {
    let mut scene = certified();
    let votes = vec![vote_by(&scene, "lena", &key(LENAS), Decision::Approve), vote(&scene, "carl")];
    cast(&mut scene, votes);
    assert_eq!((sent(&scene), notes(&scene)), (1, vec![]));
}

#[test]
fn an_authority_that_is_taken_out_vouches_for_no_vote_that_comes_and_for_none_that_was_counted() {
    // Before the vote came.
    let mut scene = certified();
    scene.keys.authorities.borrow_mut().clear();
    let votes = vec![vote_by(&scene, "lena", &key(LENAS), Decision::Approve), vote(&scene, "carl")];
    cast(&mut scene, votes);
    assert_eq!((sent(&scene), notes(&scene)), (0, vec![GONE.to_owned()]));
    // After it was counted, before the act.
    let mut scene = certified();
    let first = vec![vote_by(&scene, "lena", &key(LENAS), Decision::Approve)];
    cast(&mut scene, first);
    assert_eq!(count(&scene, |e| matches!(e, Event::VoteCounted { .. })), 1);
    scene.keys.authorities.borrow_mut().clear();
    let second = vec![vote(&scene, "carl")];
    cast(&mut scene, second);
    assert_eq!(sent(&scene), 0, "{:?}", scene.events());
    assert_eq!(count(&scene, |e| matches!(e, Event::GateGranted { .. })), 0);
}
