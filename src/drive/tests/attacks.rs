//! What somebody could try who wants an act done that nobody approved: each attempt, and the refusal that comes of it.
//!
//! Every row is a whole run that stands at its first gate, where only signed votes count.

use super::count;
use crate::approval::{Namespace, render};
use crate::drive::fake::Scene;
use crate::drive::fake_keys::{hardware, key, sign};
use crate::drive::{WaitsFor, Why};
use crate::model::key::PublicKey;
use crate::plan::{GateIx, Key, Person, Touch, Votes};
use crate::port::{Clock as _, Keys as _};
use crate::run::asked::{asked, said};
use crate::run::event::{End, Event};
use crate::run::record::{Decision, Record, Signed, Vote};
use crate::text::canon::sha256_hex;
use crate::text::time::{Instant, Millis};

const PEOPLE: [&str; 6] = ["lena", "carl", "ada", "grace", "olga", "sam"];

pub(super) fn number(person: &str) -> u8 {
    u8::try_from(PEOPLE.iter().position(|p| *p == person).unwrap()).unwrap() + 1
}

fn held(key: &PublicKey) -> Key {
    Key { key: key.line(), from: None, revoked: None, hardware: false }
}

fn keyed(roster: &mut [Person]) {
    for person in roster {
        person.keys = vec![held(&key(number(&person.name)))];
    }
}

/// A run of signed votes that stands at its first gate: legal and communications about a letter.
fn at_the_gate() -> Scene {
    waiting(|_| ())
}

/// The same, and no drill.
fn in_earnest() -> Scene {
    waiting(|s| s.drill = false)
}

pub(super) fn ready(change: impl FnOnce(&mut Scene)) -> Scene {
    let mut scene = Scene::new();
    scene.plan.votes = Votes::Signed;
    keyed(&mut scene.plan.roster);
    scene.log.voters.clear();
    scene.log.absent_at_gates = true;
    for gate in &mut scene.plan.gates {
        gate.within = Millis::from_secs(7_200);
    }
    change(&mut scene);
    *scene.keys.roster.borrow_mut() = Some(scene.plan.roster.clone());
    scene
}

pub(super) fn waiting(change: impl FnOnce(&mut Scene)) -> Scene {
    let mut scene = ready(change);
    let stopped = scene.go();
    let Why::Waiting(WaitsFor::Votes { gate, signed: true, .. }) = &stopped.why else { panic!("{stopped:?}") };
    assert_eq!(gate, "tell-customers");
    scene
}

/// A vote as it should be, signed with this key.
pub(super) fn vote_by(scene: &Scene, person: &str, with: &PublicKey, decision: Decision) -> Vote {
    let ledger = scene.ledger();
    let open = ledger.gate.as_ref().unwrap();
    let vote = Vote {
        nonce: format!("{}-{}", with.short(), sha256_hex(format!("{person}{}", ledger.last_digest).as_bytes())),
        run: ledger.run.clone(),
        gate: scene.plan.gate(open.gate).id.clone(),
        act: open.act.digest.clone(),
        head: ledger.last_digest.clone(),
        person: person.to_owned(),
        decision,
        text: (decision == Decision::Amend).then(|| "Other words.".to_owned()),
        reason: None,
        at: scene.clock.now(),
        signed: None,
    };
    signed(scene, vote, with)
}

fn signed(scene: &Scene, mut vote: Vote, with: &PublicKey) -> Vote {
    let ledger = scene.ledger();
    let asked = asked(&scene.plan, &ledger, ledger.gate.as_ref().unwrap());
    let statement = render(&asked, &said(&vote, &with.fingerprint()));
    let signature = sign(with, asked.namespace, &statement, false, false);
    vote.signed = Some(Box::new(Signed { statement, signature }));
    vote
}

pub(super) fn vote(scene: &Scene, person: &str) -> Vote {
    vote_by(scene, person, &key(number(person)), Decision::Approve)
}

/// The same vote with another text under it, signed anew by whoever holds the key.
fn reworded(vote: &Vote, with: &PublicKey, namespace: Namespace, from: &str, to: &str) -> Vote {
    let before = &vote.signed.as_ref().unwrap().statement;
    assert!(before.contains(from), "{from}\n{before}");
    let statement = before.replacen(from, to, 1);
    // Where a drill's would do, what the run itself asks for: such a vote is refused for what it says.
    let made_for = vote.signed.as_ref().unwrap().signature.lines().nth(2).unwrap().to_owned();
    let earnest = namespace == Namespace::Drill && made_for == Namespace::Vote.name();
    let namespace = if earnest { Namespace::Vote } else { namespace };
    let signature = sign(with, namespace, &statement, false, false);
    Vote { signed: Some(Box::new(Signed { statement, signature })), ..vote.clone() }
}

pub(super) fn cast(scene: &mut Scene, votes: Vec<Vote>) {
    scene.log.votes.extend(votes);
    let _ = scene.go();
}

pub(super) fn notes(scene: &Scene) -> Vec<String> {
    let refused = |r: &&Record| matches!(r.event, Event::VoteRefused { .. });
    scene.log.records.iter().filter(refused).map(|r| r.detail.note.clone().unwrap()).collect()
}

pub(super) fn sent(scene: &Scene) -> usize {
    scene.world.things.borrow().effects.get("outbox/affected").map_or(0, Vec::len)
}

/// One attempt: what is done to the scene, which votes come in, and what is said of the first that is refused.
type Attempt = (&'static str, fn(&mut Scene) -> Vec<Vote>, &'static str);

const ATTEMPTS: &[Attempt] = &[
    ("no signature at all", |s| vec![Vote { signed: None, ..vote(s, "lena") }], "it is not signed"),
    (
        "a name beside somebody else's text",
        |s| {
            // What stands beside the text is nobody's word: the text is Sam's, and Sam has no say.
            vec![Vote { person: "lena".into(), ..vote(s, "sam") }]
        },
        "this gate asks for legal, communications",
    ),
    (
        "another's name in the text, signed with one's own key",
        |s| vec![vote_by(s, "lena", &key(number("sam")), Decision::Approve)],
        "it is signed with a key of sam",
    ),
    (
        "a key of nobody",
        |s| vec![vote_by(s, "lena", &key(99), Decision::Approve)],
        "nobody in the roster of this run has the key",
    ),
    (
        "a changed text under a good signature",
        |s| {
            let mut v = vote(s, "lena");
            let signed = v.signed.as_mut().unwrap();
            signed.statement = signed.statement.replace("expires      ", "expires      2");
            vec![v]
        },
        "it is not a signature of this text",
    ),
    (
        "a signature made for something else",
        |s| {
            let v = vote(s, "lena");
            vec![reworded(&v, &key(1), Namespace::Git, "decision", "decision")]
        },
        "it was made for `git`",
    ),
    (
        "somebody's word for a change of the roster",
        |s| vec![reworded(&vote(s, "lena"), &key(1), Namespace::Roster, "decision", "decision")],
        "it was made for `aigov-roster@v1`",
    ),
    (
        "another act than the one that waits",
        |s| {
            let v = vote(s, "lena");
            let act = v.act.clone();
            vec![reworded(&v, &key(1), Namespace::Drill, &act, &"0".repeat(64))]
        },
        "it was given for another act",
    ),
    (
        "another run",
        |s| {
            let v = vote(s, "lena");
            let run = format!("run          {}", v.run);
            vec![reworded(&v, &key(1), Namespace::Drill, &run, "run          20261123-0204-sibl")]
        },
        "it names another run",
    ),
    (
        "another environment",
        |s| {
            let v = vote(s, "lena");
            vec![reworded(&v, &key(1), Namespace::Drill, "environment  production", "environment  staging")]
        },
        "it was given for another environment",
    ),
    (
        "another gate",
        |s| {
            vec![reworded(
                &vote(s, "lena"),
                &key(1),
                Namespace::Drill,
                "gate         tell-customers",
                "gate         sign-off",
            )]
        },
        "it names a gate that is not the open one",
    ),
    (
        "the runbook edited after it was approved",
        |s| {
            let v = vote(s, "lena");
            vec![reworded(
                &v,
                &key(1),
                Namespace::Drill,
                "incident/hallucination sha256:",
                "incident/hallucination sha256:0",
            )]
        },
        "what was signed is not what this run asks",
    ),
    (
        "a request that was not shown",
        |s| {
            vec![reworded(
                &vote(s, "lena"),
                &key(1),
                Namespace::Drill,
                "Exactly these requests will be sent:\n| ",
                "Exactly these requests will be sent:\n| DELETE /everything\n| ",
            )]
        },
        "what was signed is not what this run asks",
    ),
    (
        "a longer deadline",
        |s| {
            let v = vote(s, "lena");
            let text = &v.signed.as_ref().unwrap().statement;
            let line = text.lines().find(|l| l.starts_with("expires")).unwrap().to_owned();
            vec![reworded(&v, &key(1), Namespace::Drill, &line, "expires      2099-01-01T00:00:00.000Z")]
        },
        "what was signed is not what this run asks",
    ),
    (
        "another letter",
        |s| {
            vec![reworded(
                &vote(s, "lena"),
                &key(1),
                Namespace::Drill,
                "We told you something that was wrong.",
                "All is well.",
            )]
        },
        "what was signed is not what this run asks",
    ),
    (
        "somebody else as the one who asks",
        |s| vec![reworded(&vote(s, "lena"), &key(1), Namespace::Drill, "requester    olga", "requester    sam")],
        "what was signed is not what this run asks",
    ),
    (
        "a field said twice",
        |s| {
            vec![reworded(
                &vote(s, "lena"),
                &key(1),
                Namespace::Drill,
                "person       lena\n",
                "person       lena\nperson       carl\n",
            )]
        },
        "it says `person` twice",
    ),
    (
        "a text that is no statement",
        |s| {
            let mut v = vote(s, "lena");
            let statement = "yes".to_owned();
            let signature = sign(&key(1), Namespace::Drill, &statement, false, false);
            v.signed = Some(Box::new(Signed { statement, signature }));
            vec![v]
        },
        "it does not begin with",
    ),
    (
        "the operator approves their own request",
        |s| vec![vote(s, "olga")],
        "whoever asks for an approval can't give it",
    ),
    ("somebody without a say", |s| vec![vote(s, "sam")], "this gate asks for legal, communications"),
    (
        "somebody who is in no roster",
        |s| vec![vote_by(s, "mallory", &key(50), Decision::Approve)],
        "nobody of this name",
    ),
    (
        "a name that only looks alike",
        |s| vec![vote_by(s, "l\u{435}na", &key(1), Decision::Approve)],
        "nobody of this name was in the roster",
    ),
    (
        "characters that nobody sees",
        |s| {
            vec![vote_by(s, "lena", &key(1), Decision::Amend)]
                .into_iter()
                .map(|v| {
                    let other = Vote { text: Some("Other\u{202e} words.".into()), ..v };
                    let mut made = signed(s, other.clone(), &key(1));
                    let statement = made.signed.as_ref().unwrap().statement.replace("\\u{202e}", "\u{202e}");
                    let signature = sign(&key(1), Namespace::Drill, &statement, false, false);
                    made.signed = Some(Box::new(Signed { statement, signature }));
                    made
                })
                .collect()
        },
        "characters that a reader could not see",
    ),
    (
        "the same key under two names",
        |s| {
            // Recorded so when the run began, whatever lint said.
            let both = s.plan.roster.iter().position(|p| p.name == "carl").unwrap();
            s.keys.roster.borrow_mut().as_mut().unwrap()[both].keys.push(held(&key(1)));
            vec![vote(s, "lena")]
        },
        "its key stands under several names",
    ),
    (
        "the same person twice",
        |s| {
            let first = vote(s, "lena");
            let mut again = Vote { nonce: format!("{}-again", key(1).short()), ..first.clone() };
            again = signed(s, again, &key(1));
            vec![first, again]
        },
        "this person has approved already",
    ),
    (
        "two keys of one person",
        |s| {
            let at = s.plan.roster.iter().position(|p| p.name == "lena").unwrap();
            // The run began with one key; the second came into people.toml afterwards.
            s.keys.roster.borrow_mut().as_mut().unwrap()[at].keys.push(held(&key(77)));
            vec![vote(s, "lena"), vote_by(s, "lena", &key(77), Decision::Approve)]
        },
        "nobody in the roster of this run has the key",
    ),
    (
        "a person added to people.toml during the run",
        |s| {
            let mallory = Person { name: "mallory".into(), keys: vec![held(&key(50))], ..s.plan.roster[2].clone() };
            s.keys.roster.borrow_mut().as_mut().unwrap().push(mallory);
            vec![vote_by(s, "mallory", &key(50), Decision::Approve)]
        },
        "nobody of this name was in the roster when the run began",
    ),
    (
        "self-approval through a second account, made meanwhile",
        |s| {
            let second = Person {
                name: "olga-too".into(),
                functions: vec!["legal".into()],
                keys: vec![held(&key(70))],
                ..s.plan.roster[2].clone()
            };
            s.keys.roster.borrow_mut().as_mut().unwrap().push(second);
            vec![vote_by(s, "olga-too", &key(70), Decision::Approve)]
        },
        "nobody of this name was in the roster when the run began",
    ),
    (
        "self-approval with one's own key in another's name",
        |s| vec![vote_by(s, "lena", &key(number("olga")), Decision::Approve)],
        "it is signed with a key of olga",
    ),
    (
        "a key that was revoked meanwhile",
        |s| {
            let now = s.clock.now();
            for p in s.keys.roster.borrow_mut().as_mut().unwrap() {
                p.keys[0].revoked = Some(now);
            }
            vec![vote(s, "lena")]
        },
        "its key was revoked",
    ),
    (
        "an expired key, renewed since, used once more",
        |s| {
            let now = s.clock.now();
            for p in s.keys.roster.borrow_mut().as_mut().unwrap() {
                p.keys[0].revoked = Some(now);
                p.keys.push(Key { from: Some(now), ..held(&key(100 + number(&p.name))) });
            }
            vec![vote(s, "lena")]
        },
        "its key was revoked",
    ),
    (
        "the key that it was renewed by, which this run has never seen",
        |s| {
            let now = s.clock.now();
            for p in s.keys.roster.borrow_mut().as_mut().unwrap() {
                p.keys[0].revoked = Some(now);
                p.keys.push(Key { from: Some(now), ..held(&key(100 + number(&p.name))) });
            }
            vec![vote_by(s, "lena", &key(100 + number("lena")), Decision::Approve)]
        },
        "nobody in the roster of this run has the key",
    ),
    (
        "a key that was taken out meanwhile",
        |s| {
            for p in s.keys.roster.borrow_mut().as_mut().unwrap() {
                p.keys.clear();
            }
            vec![vote(s, "lena")]
        },
        "is not in people.toml any more",
    ),
    (
        "a roster that nobody can read any more",
        |s| {
            *s.keys.roster.borrow_mut() = None;
            vec![vote(s, "lena")]
        },
        "whether its key still counts can't be told",
    ),
    (
        "a vote given before the gate opened",
        |s| {
            let mut v = vote(s, "lena");
            v.at = Instant(v.at.0 - 3_600_000);
            vec![signed(s, v, &key(1))]
        },
        "it was given before the gate opened",
    ),
    (
        "a vote from the future",
        |s| {
            let mut v = vote(s, "lena");
            v.at = Instant(v.at.0 + 600_000);
            vec![signed(s, v, &key(1))]
        },
        "its time lies in the future",
    ),
    (
        "a head that is not this run's",
        |s| {
            let mut v = vote(s, "lena");
            v.head = "0".repeat(64);
            vec![signed(s, v, &key(1))]
        },
        "it was given on a record that is not this run's",
    ),
    (
        "a branch named after somebody else's key",
        |s| {
            let mut v = vote(s, "lena");
            v.nonce = format!("{}-squatted", key(2).short());
            vec![signed(s, v, &key(1))]
        },
        "its nonce names another key",
    ),
    (
        "a text under another branch",
        |s| {
            let mut v = vote(s, "lena");
            v.nonce.push('x');
            vec![v]
        },
        "its text has another nonce than its branch",
    ),
];

#[test]
fn every_attempt_is_refused_by_name_and_nothing_is_sent() {
    assert!(ATTEMPTS.len() >= 30);
    let mut wrong = Vec::new();
    let both = ATTEMPTS.iter().flat_map(|row| [(at_the_gate as fn() -> Scene, row), (in_earnest, row)]);
    for (scene, (what, attempt, because)) in both {
        let mut scene = scene();
        let votes = attempt(&mut scene);
        cast(&mut scene, votes);
        let notes = notes(&scene);
        if notes.last().is_none_or(|n| !n.contains(because)) {
            wrong.push(format!("{what}: expected {because:?}, found {notes:?}"));
        }
        if sent(&scene) != 0 || count(&scene, |e| matches!(e, Event::GateGranted { .. })) != 0 {
            wrong.push(format!("{what}: the letter was sent"));
        }
        // What was refused is on record, whole, and is told only once.
        let told = notes.len();
        let _ = scene.go();
        assert_eq!(self::notes(&scene).len(), told, "{what}: refused again");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_was_said_in_a_drill_opens_nothing_in_earnest_and_the_other_way_round() {
    for (drill, made_for, refused) in
        [(false, Namespace::Drill, "aigov-drill@v1"), (true, Namespace::Vote, "aigov-vote@v1")]
    {
        let mut scene = waiting(|s| s.drill = drill);
        let votes = ["lena", "carl"].map(|person| {
            let mut v = vote(&scene, person);
            let signed = v.signed.as_mut().unwrap();
            signed.signature = sign(&key(number(person)), made_for, &signed.statement, false, false);
            v
        });
        cast(&mut scene, votes.to_vec());
        assert_eq!(sent(&scene), 0);
        assert_eq!(notes(&scene).len(), 2);
        assert!(notes(&scene).iter().all(|n| n.contains(refused)), "{:?}", notes(&scene));
    }
    let mut scene = in_earnest();
    let votes = vec![vote(&scene, "lena"), vote(&scene, "carl")];
    cast(&mut scene, votes);
    assert_eq!((sent(&scene), notes(&scene)), (1, vec![]));
}

#[test]
fn whoever_ran_it_once_signs_nothing_off_though_they_hold_the_function_and_somebody_else_runs_it_now() {
    let mut scene = ready(|_| ());
    let _ = scene.go();
    // Ada, of engineering, takes it over for a while; then Olga has it back, and asks.
    for person in ["ada", "olga"] {
        scene.policy.person = Some(person.into());
        let _ = scene.with_over(true);
    }
    let votes = vec![vote(&scene, "lena"), vote(&scene, "carl")];
    cast(&mut scene, votes);
    assert_eq!(sent(&scene), 1, "{:?}", notes(&scene));
    let gate = scene.ledger().gate.map(|g| g.gate);
    let (asked, why) = match gate {
        Some(gate) => (scene.plan.gate(gate).id.clone(), {
            let votes = vec![vote(&scene, "ada"), vote(&scene, "grace")];
            cast(&mut scene, votes);
            notes(&scene)
        }),
        // Nobody who is left is of engineering: it is not even opened, and says whom it lacks and why.
        None => ("none".to_owned(), vec![format!("{:?}", scene.go().why)]),
    };
    let refused = why.iter().any(|n| {
        n.contains("operators of this run are excluded at this gate")
            || (n.contains("Entitled") && n.contains("engineering") && n.contains("\"ada\""))
    });
    assert!(refused, "{asked}: {why:?}");
    assert_eq!(count(&scene, |e| *e == Event::GateGranted { gate: scene.plan.sign_off.unwrap() }), 0);
    assert_eq!(scene.world.state("flags/autonomy"), serde_json::json!(false));
}

#[test]
fn two_who_are_asked_and_hold_their_keys_send_the_letter_once() {
    let mut scene = at_the_gate();
    let votes = vec![vote(&scene, "lena"), vote(&scene, "carl")];
    cast(&mut scene, votes.clone());
    assert_eq!((sent(&scene), notes(&scene)), (1, vec![]));
    let granted = scene.log.records.iter().find(|r| matches!(r.event, Event::GateGranted { .. })).unwrap();
    assert_eq!(granted.detail.note.as_deref(), Some("legal by lena, communications by carl"));
    // The whole signed text of each stands in the record.
    let kept: Vec<&Vote> = scene.log.records.iter().filter_map(|r| r.detail.vote.as_ref()).collect();
    assert!(votes.iter().all(|v| kept.iter().any(|k| k.signed == v.signed)));
}

#[test]
fn racing_votes_all_count_in_whichever_order_they_arrive() {
    for order in [["lena", "carl"], ["carl", "lena"]] {
        let mut scene = at_the_gate();
        let votes: Vec<Vote> = order.iter().map(|p| vote(&scene, p)).collect();
        for v in votes {
            cast(&mut scene, vec![v]);
        }
        assert_eq!((sent(&scene), notes(&scene)), (1, vec![]), "{order:?}");
    }
}

#[test]
fn a_vote_that_was_used_opens_no_second_gate() {
    let mut scene = at_the_gate();
    let votes = vec![vote(&scene, "lena"), vote(&scene, "carl")];
    cast(&mut scene, votes.clone());
    assert_eq!(sent(&scene), 1);
    // The same votes in a run beside it, whose act is the same but for its name.
    let mut sibling = waiting(|s| s.run = "20261123-0204-sibl".into());
    cast(&mut sibling, votes);
    assert_eq!(sent(&sibling), 0);
    assert!(notes(&sibling).iter().all(|n| n == "it names another run") && notes(&sibling).len() == 2);
}

#[test]
fn a_denial_leaves_no_attempt_and_is_somebodys_too() {
    let mut scene = at_the_gate();
    let forged = Vote { signed: None, ..vote_by(&scene, "carl", &key(2), Decision::Deny) };
    cast(&mut scene, vec![forged]);
    assert_eq!(count(&scene, |e| matches!(e, Event::GateDenied { .. })), 0);
    let no = vote_by(&scene, "carl", &key(2), Decision::Deny);
    cast(&mut scene, vec![no]);
    assert_eq!(count(&scene, |e| matches!(e, Event::GateDenied { .. })), 1);
    assert_eq!(sent(&scene), 0);
}

#[test]
fn a_grant_in_a_forged_record_is_counted_again_and_falls() {
    let mut scene = at_the_gate();
    let votes = vec![vote(&scene, "lena"), vote(&scene, "carl")];
    cast(&mut scene, votes);
    let at = scene.log.records.iter().position(|r| matches!(r.event, Event::GateGranted { .. })).unwrap();
    // Written up to the grant by somebody who could write files and sign nothing.
    let mut forged = ready(|_| ());
    forged.log.records = scene.log.records[..=at].to_vec();
    let last = forged.log.records.iter_mut().rev().find_map(|r| r.detail.vote.as_mut()).unwrap();
    let signed = last.signed.as_mut().unwrap();
    signed.signature = sign(&key(2), Namespace::Drill, "something else", false, false);
    for n in 1..forged.log.records.len() {
        forged.log.records[n].prev = sha256_hex(&forged.log.records[n - 1].bytes().unwrap());
    }
    let _ = forged.go();
    assert_eq!(sent(&forged), 0, "{:?}", forged.events());
    // The same record as it was, and somebody's key revoked since.
    let mut late = ready(|_| ());
    late.log.records = scene.log.records[..=at].to_vec();
    late.keys.roster.borrow_mut().as_mut().unwrap().iter_mut().find(|p| p.name == "carl").unwrap().keys.clear();
    let _ = late.go();
    assert_eq!(sent(&late), 0, "a key that was taken out before the act takes its vote along");
}

#[test]
fn where_a_touch_is_asked_for_a_program_with_an_agent_approves_nothing() {
    let mut scene = waiting(|s| {
        s.plan.gates[0].touch = Touch::Touch;
        for person in &mut s.plan.roster {
            let n = number(&person.name);
            person.keys.push(held(&hardware(n)));
        }
    });
    let quiet = vote_by(&scene, "lena", &hardware(1), Decision::Approve);
    let soft = vote(&scene, "carl");
    cast(&mut scene, vec![quiet, soft]);
    assert_eq!(notes(&scene).len(), 2);
    assert!(notes(&scene).iter().all(|n| n.contains("no person touched the hardware")), "{:?}", notes(&scene));
    let touched = |scene: &Scene, person: &str| {
        let with = hardware(number(person));
        let mut v = vote_by(scene, person, &with, Decision::Approve);
        let signed = v.signed.as_mut().unwrap();
        signed.signature = sign(&with, Namespace::Drill, &signed.statement, true, false);
        v
    };
    let votes = vec![touched(&scene, "lena"), touched(&scene, "carl")];
    cast(&mut scene, votes);
    assert_eq!(sent(&scene), 1, "{:?}", notes(&scene));
}

#[test]
fn an_amendment_is_signed_and_the_others_see_the_new_text_before_it_counts() {
    let mut scene = at_the_gate();
    let votes = vec![vote(&scene, "carl"), vote_by(&scene, "lena", &key(1), Decision::Amend)];
    cast(&mut scene, votes);
    assert_eq!((sent(&scene), notes(&scene)), (0, vec![]));
    let old = vote(&at_the_gate(), "carl");
    let new = vote(&scene, "carl");
    assert_ne!(old.act, new.act);
    cast(&mut scene, vec![new]);
    assert_eq!(sent(&scene), 1, "{:?}", notes(&scene));
    assert_eq!(scene.world.letters.borrow().as_slice(), ["Other words."]);
    // Whoever reads it later counts the same.
    let check: crate::run::recount::Check<'_> = &|of, text, signature| scene.keys.check(of, text, signature);
    let found = crate::run::recount::recount(&scene.plan, &scene.log.records, check);
    assert_eq!((found.granted, found.wrong), (1, vec![]));
}

#[test]
fn a_take_over_lets_nobody_approve_what_they_asked_for() {
    let mut scene = at_the_gate();
    let first = vote(&scene, "lena");
    cast(&mut scene, vec![first]);
    // Carl takes the run over; now Carl asks, and Olga has asked before.
    scene.policy.person = Some("carl".into());
    let _ = scene.with_over(true);
    let votes = vec![vote(&scene, "carl"), vote(&scene, "olga")];
    cast(&mut scene, votes);
    assert_eq!(sent(&scene), 0);
    assert!(
        notes(&scene).iter().any(|n| n.contains("whoever asks for an approval can't give it")),
        "{:?}",
        notes(&scene)
    );
}

#[test]
fn a_whole_run_of_signed_votes_closes() {
    let mut scene = at_the_gate();
    let mut rounds = 0;
    loop {
        rounds += 1;
        assert!(rounds < 6, "{:?}", scene.events());
        let who: &[&str] = if scene.ledger().gate.as_ref().map(|g| g.gate) == Some(GateIx(0)) {
            &["lena", "carl"]
        } else {
            &["ada", "grace"]
        };
        let votes: Vec<Vote> = who.iter().map(|p| vote(&scene, p)).collect();
        scene.log.votes.extend(votes);
        match scene.go().why {
            Why::Done(end) => break assert_eq!(end, End::Closed),
            Why::Waiting(WaitsFor::Votes { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(notes(&scene), [""; 0]);
}
