//! One vote that counts, and every way in which it would not.

use std::collections::BTreeMap;

use super::*;
use crate::approval::{Certificate, Checked};
use crate::model::key::{PublicKey, put};
use crate::plan::{Band, Fallback, GateIx, Key, PLAN_FORMAT};
use crate::text::time::Millis;

fn plan(votes: Votes) -> Plan {
    let person = |name: &str, functions: &[&str]| Person {
        name: name.into(),
        functions: functions.iter().map(|f| (*f).to_owned()).collect(),
        from: None,
        until: None,
        keys: vec![],
    };
    Plan {
        format: PLAN_FORMAT,
        runbook: "incident/x".into(),
        title: "X".into(),
        class: "hallucinated-content".into(),
        impact: "customer-impacting".into(),
        automation: "a".into(),
        purpose: String::new(),
        band: Band::High,
        environment: "production".into(),
        production: true,
        votes,
        contain_within: None,
        question_within: Millis::from_secs(600),
        meanwhile: None,
        users: vec![],
        triggers: vec![],
        steps: vec![],
        immediate: vec![],
        stop: vec![],
        on_silence: None,
        facts: vec![],
        rows: vec![],
        gates: vec![gate()],
        checks: vec![],
        sign_off: Some(GateIx(0)),
        stages: vec![],
        safe_all: vec![],
        stand_down: None,
        downgrade: GateIx(0),
        follow_ups: vec![],
        roster: vec![
            person("lena", &["legal"]),
            person("carl", &["communications"]),
            person("olga", &["legal", "operations"]),
            person("ada", &["legal", "engineering"]),
            person("sam", &["risk"]),
        ],
        authorities: vec![],
        roles: BTreeMap::new(),
        alternates: BTreeMap::new(),
        lost: vec![],
        problems: vec![],
    }
}

fn gate() -> Gate {
    Gate {
        id: "sign-off".into(),
        functions: vec!["legal".into(), "communications".into()],
        people: 2,
        not: vec![Excluded::Operator, Excluded::FixAuthor],
        within: Millis::from_secs(60),
        on_timeout: Fallback::ReadOnly,
        touch: crate::plan::Touch::None,
        review: None,
    }
}

const DEADLINE: Instant = Instant(60_000);

fn ballot() -> Ballot<'static> {
    Ballot {
        nonce: "n1",
        run: "r",
        gate: "sign-off",
        act: "digest",
        head: "head",
        person: "lena",
        say: Say::Approve,
        text: None,
        at: Instant(1_000),
        environment: None,
        signature: Signature::None,
    }
}

/// Judges with what is usual, changed by `change`.
fn judge(
    vote: &Ballot<'_>,
    plan: &Plan,
    change: impl for<'a> FnOnce(Circumstances<'a>) -> Circumstances<'a>,
) -> Option<Reason> {
    let gate = gate();
    refusal(
        vote,
        &change(Circumstances {
            plan,
            run: "r",
            gate: &gate,
            act: "digest",
            opened: Instant(500),
            deadline: DEADLINE,
            now: Instant(2_000),
            roster: Ok(&plan.roster),
            authorities: &plan.authorities,
            again: false,
            knows_head: &|h| h == "head",
            used: &|n| n == "old",
            asker: Some("hanna"),
            operators: &|p| p == "olga",
            fix_authors: &|p| p == "ada",
            said_yes: &|_| false,
            amendable: true,
        }),
    )
}

#[test]
fn a_vote_that_counts_and_every_reason_why_one_does_not() {
    let demo = plan(Votes::Unsigned);
    let as_is = |v: Ballot<'static>| judge(&v, &demo, |c| c);
    assert_eq!(as_is(ballot()), None);
    let table = [
        (Ballot { person: "lena\u{200b}", ..ballot() }, Reason::Unprintable),
        (Ballot { say: Say::Amend, text: Some("a\u{202e}b"), ..ballot() }, Reason::Unprintable),
        (Ballot { run: "other", ..ballot() }, Reason::WrongRun),
        (Ballot { nonce: "old", ..ballot() }, Reason::NonceUsed),
        (Ballot { gate: "tell", ..ballot() }, Reason::WrongGate),
        (Ballot { person: "mallory", ..ballot() }, Reason::UnknownPerson),
        (Ballot { person: "olga", ..ballot() }, Reason::Operator),
        (Ballot { person: "ada", ..ballot() }, Reason::FixAuthor),
        (
            Ballot { person: "sam", ..ballot() },
            Reason::NotEntitled { needs: vec!["legal".into(), "communications".into()] },
        ),
        (Ballot { at: DEADLINE, ..ballot() }, Reason::TooLate),
        (Ballot { act: "another", ..ballot() }, Reason::WrongAct),
        (Ballot { head: "before", ..ballot() }, Reason::HeadNotKnown),
        (Ballot { say: Say::Amend, ..ballot() }, Reason::NothingToAmend),
        (Ballot { say: Say::Amend, text: Some(" \n"), ..ballot() }, Reason::NothingToAmend),
    ];
    for (vote, reason) in table {
        assert_eq!(as_is(vote), Some(reason));
    }
    assert_eq!(as_is(Ballot { say: Say::Amend, text: Some("Dear …\nyours"), ..ballot() }), None);
}

#[test]
fn a_person_votes_on_their_own_days_only_by_both_clocks() {
    let at = |from: Option<i64>, until: Option<i64>, vote: i64, now: i64| {
        let mut demo = plan(Votes::Unsigned);
        let lena = demo.roster.iter_mut().find(|p| p.name == "lena").unwrap();
        (lena.from, lena.until) = (from.map(Instant), until.map(Instant));
        judge(&Ballot { at: Instant(vote), ..ballot() }, &demo, |c| Circumstances { now: Instant(now), ..c })
    };
    assert_eq!(at(Some(1_000), Some(3_000), 1_000, 2_999), None);
    for (vote, now) in [(999, 2_000), (1_000, 3_000), (3_000, 2_000), (0, 0)] {
        assert_eq!(at(Some(1_000), Some(3_000), vote, now), Some(Reason::NotServing), "{vote} {now}");
    }
    assert_eq!(at(None, Some(2_000), 1_000, 2_000), Some(Reason::NotServing));
    assert_eq!(at(Some(2_001), None, 1_000, 2_000), Some(Reason::NotServing));
}

#[test]
fn whoever_asks_never_answers_and_late_is_late_by_the_holders_clock_too() {
    let demo = plan(Votes::Unsigned);
    assert_eq!(judge(&ballot(), &demo, |c| Circumstances { asker: Some("lena"), ..c }), Some(Reason::OwnRequest));
    assert_eq!(judge(&ballot(), &demo, |c| Circumstances { now: DEADLINE, ..c }), Some(Reason::TooLate));
    assert_eq!(judge(&ballot(), &demo, |c| Circumstances { said_yes: &|_| true, ..c }), Some(Reason::AlreadyApproved));
    // Taking back a yes is always heard.
    let no = Ballot { say: Say::Deny, ..ballot() };
    assert_eq!(judge(&no, &demo, |c| Circumstances { said_yes: &|_| true, ..c }), None);
    let amend = Ballot { say: Say::Amend, text: Some("Dear …"), ..ballot() };
    assert_eq!(judge(&amend, &demo, |c| Circumstances { amendable: false, ..c }), Some(Reason::NothingToAmend));
}

#[test]
fn an_unsigned_vote_counts_only_where_the_plan_says_so() {
    let real = plan(Votes::Signed);
    assert_eq!(judge(&ballot(), &real, |c| c), Some(Reason::Unsigned));
    let bad = Ballot { signature: Signature::Bad("cut off"), ..ballot() };
    assert_eq!(judge(&bad, &real, |c| c), Some(Reason::BadSignature("cut off".into())));
    let demo = plan(Votes::Unsigned);
    assert_eq!(judge(&bad, &demo, |c| c), None, "where nothing is signed, nothing is looked at");
}

fn key(n: u8) -> PublicKey {
    let mut blob = Vec::new();
    put(&mut blob, b"ssh-ed25519");
    put(&mut blob, &[n; 32]);
    PublicKey::of_blob(&blob).unwrap()
}

fn checked(n: u8) -> Checked {
    Checked { key: key(n), certificate: None, touched: false, verified: false }
}

fn held(n: u8) -> Key {
    Key { key: key(n).line(), from: None, revoked: None, hardware: false }
}

/// A plan where Lena has key 1 and Carl key 2.
fn keyed(change: impl FnOnce(&mut Plan)) -> Plan {
    let mut plan = plan(Votes::Signed);
    for (name, n) in [("lena", 1), ("carl", 2)] {
        plan.roster.iter_mut().find(|p| p.name == name).unwrap().keys = vec![held(n)];
    }
    change(&mut plan);
    plan
}

fn lena(plan: &mut Plan) -> &mut Person {
    plan.roster.iter_mut().find(|p| p.name == "lena").unwrap()
}

/// Lena's vote, signed by a key, judged by the roster of the run and the roster of now.
fn by(checked: &Checked, run: &Plan, now: &Plan) -> Option<Reason> {
    let vote = Ballot {
        environment: Some("production"),
        signature: Signature::Good { checked, statement: "the same", should_be: "the same\n" },
        ..ballot()
    };
    judged(&vote, run, &gate(), Ok(now))
}

fn judged(vote: &Ballot<'_>, plan: &Plan, gate: &Gate, now: Result<&Plan, &str>) -> Option<Reason> {
    let of = Circumstances {
        plan,
        run: "r",
        gate,
        act: "digest",
        opened: Instant(500),
        deadline: DEADLINE,
        now: Instant(2_000),
        roster: now.map(|p| p.roster.as_slice()),
        authorities: now.map_or(&[], |p| p.authorities.as_slice()),
        again: false,
        knows_head: &|h| h == "head",
        used: &|n| n == "old",
        asker: Some("hanna"),
        operators: &|p| p == "olga",
        fix_authors: &|p| p == "ada",
        said_yes: &|_| false,
        amendable: true,
    };
    refusal(vote, &of)
}

#[test]
fn a_key_speaks_for_its_owner_in_both_rosters_or_for_nobody() {
    let plan = keyed(|_| ());
    assert_eq!(by(&checked(1), &plan, &plan), None);
    let with = |change: &dyn Fn(&mut Plan)| keyed(change);
    let later = Some(Instant(1_500));
    type Change<'a> = &'a dyn Fn(&mut Plan);
    let nothing: Change<'_> = &|_| ();
    let table: [(u8, Change<'_>, Change<'_>, Reason); 11] = [
        (9, nothing, nothing, Reason::UnknownKey(key(9).fingerprint())),
        (2, nothing, nothing, Reason::OthersKey("carl".into())),
        (1, &|p| p.roster[1].keys.push(held(1)), nothing, Reason::SharedKey),
        (1, nothing, &|p| p.roster[1].keys.push(held(1)), Reason::SharedKey),
        (1, nothing, &|p| lena(p).keys.clear(), Reason::TakenOut),
        (1, nothing, &|p| p.roster.retain(|p| p.name != "lena"), Reason::TakenOut),
        (1, nothing, &|p| lena(p).keys[0].revoked = later, Reason::Revoked),
        (1, &|p| lena(p).keys[0].revoked = later, nothing, Reason::Revoked),
        (1, &|p| lena(p).keys[0].from = later, nothing, Reason::KeyTooNew),
        (1, nothing, &|p| lena(p).until = later, Reason::NotServing),
        (1, nothing, &|p| lena(p).functions.clear(), Reason::NotEntitled { needs: gate().functions }),
    ];
    for (n, run, now, reason) in table {
        assert_eq!(by(&checked(n), &with(run), &with(now)), Some(reason));
    }
    // Put into people.toml after the run began.
    assert!(matches!(
        by(&checked(9), &plan, &keyed(|p| lena(p).keys.push(held(9)))),
        Some(Reason::OthersKey(_) | Reason::UnknownKey(_))
    ));
    let vote =
        Ballot { signature: Signature::Good { checked: &checked(1), statement: "x", should_be: "x" }, ..ballot() };
    let unread = judged(&vote, &plan, &gate(), Err("it is broken"));
    assert_eq!(unread, Some(Reason::RosterUnread("it is broken".into())));
}

#[test]
fn a_touch_is_asked_for_by_key_and_by_gate() {
    let hard = keyed(|p| lena(p).keys[0].hardware = true);
    assert_eq!(by(&checked(1), &hard, &hard), Some(Reason::NotTouched));
    let touched = Checked { touched: true, ..checked(1) };
    assert_eq!(by(&touched, &hard, &hard), None);
    let plan = keyed(|_| ());
    let at = |checked: &Checked, touch: Touch| {
        let gate = Gate { touch, ..gate() };
        let vote = Ballot { signature: Signature::Good { checked, statement: "", should_be: "" }, ..ballot() };
        judged(&vote, &plan, &gate, Ok(&plan))
    };
    assert_eq!(at(&checked(1), Touch::None), None);
    assert_eq!(at(&checked(1), Touch::Touch), Some(Reason::NotTouched));
    assert_eq!(at(&touched, Touch::Touch), None);
    assert_eq!(at(&touched, Touch::Pin), Some(Reason::NoPin));
    assert_eq!(at(&Checked { verified: true, ..touched }, Touch::Pin), None);
}

#[test]
fn a_certificate_of_an_authority_stands_for_whom_it_names_while_it_holds() {
    let certified = |authority: u8, name: &str, from: i64, until: i64| Checked {
        certificate: Some(Certificate {
            authority: key(authority),
            principals: vec![name.to_owned()],
            from: Instant(from),
            until: Instant(until),
        }),
        ..checked(9)
    };
    let plan = keyed(|p| p.authorities = vec![key(8).line()]);
    let unknown = Some(Reason::UnknownKey(key(9).fingerprint()));
    assert_eq!(by(&certified(8, "lena", 0, 9_000), &plan, &plan), None);
    assert_eq!(by(&certified(7, "lena", 0, 9_000), &plan, &plan), unknown, "another authority");
    assert_eq!(by(&certified(8, "carl", 0, 9_000), &plan, &plan), unknown, "another person");
    assert_eq!(by(&certified(8, "lena", 0, 1_500), &plan, &plan), Some(Reason::CertificateOver), "over by now");
    assert_eq!(by(&certified(8, "lena", 1_500, 9_000), &plan, &plan), Some(Reason::CertificateOver), "not yet then");
    let none = keyed(|_| ());
    assert_eq!(by(&certified(8, "lena", 0, 9_000), &none, &none), unknown);
    // Who is not trusted any more now vouches for nobody now; who is trusted since does not yet, in this run.
    assert_eq!(by(&certified(8, "lena", 0, 9_000), &plan, &none), Some(Reason::AuthorityTakenOut), "taken out since");
    assert_eq!(by(&certified(8, "lena", 0, 9_000), &none, &plan), unknown, "put in since");
}

#[test]
fn what_was_signed_is_what_is_asked_here_and_now() {
    let plan = keyed(|_| ());
    let good = checked(1);
    let vote = || Ballot {
        environment: Some("production"),
        signature: Signature::Good { checked: &good, statement: "a\nb", should_be: "a\nb" },
        ..ballot()
    };
    let elsewhere = Ballot { environment: Some("staging"), ..vote() };
    assert_eq!(judge(&elsewhere, &plan, |c| c), Some(Reason::WrongEnvironment));
    let signature = Signature::Good { checked: &good, statement: "a\nc", should_be: "a\nb" };
    assert_eq!(judge(&Ballot { signature, ..vote() }, &plan, |c| c), Some(Reason::OtherText { line: 2 }));
    let hour = 3_600_000;
    let early = judge(&vote(), &plan, |c| Circumstances {
        opened: Instant(hour),
        now: Instant(hour),
        deadline: Instant(2 * hour),
        ..c
    });
    assert_eq!(early, Some(Reason::TooEarly));
    let ahead =
        judge(&Ballot { at: Instant(hour), ..vote() }, &plan, |c| Circumstances { deadline: Instant(2 * hour), ..c });
    assert_eq!(ahead, Some(Reason::FromTheFuture));
    // Counted again, after the gate has closed, by the same rules but for what happened in between.
    assert_eq!(judge(&vote(), &plan, |c| Circumstances { now: DEADLINE, again: true, ..c }), None);
    assert_eq!(judge(&vote(), &plan, |c| Circumstances { now: DEADLINE, ..c }), Some(Reason::TooLate));
}
