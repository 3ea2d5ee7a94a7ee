//! One vote that counts, and every way in which it would not.

use std::collections::BTreeMap;

use super::*;
use crate::plan::{Band, Fallback, GateIx, PLAN_FORMAT, Person};
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
        signed: false,
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
            deadline: DEADLINE,
            now: Instant(2_000),
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
    assert_eq!(judge(&Ballot { signed: true, ..ballot() }, &real, |c| c), None);
}
