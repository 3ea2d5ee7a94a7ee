//! The fold, event by event, on the plan of the fixture.

use serde_json::json;

use super::*;
use crate::plan::fixture;
use crate::run::command::Command;
use crate::run::deadline::{self, Open};
use crate::run::event::{Choice, Phase, VoidReason};
use crate::run::input::Deadline;
use crate::run::record::Decision;
use crate::text::time::Millis;

const OFF: StepIx = StepIx(0);
const SAFE: StepIx = StepIx(15);
const TELL: GateIx = GateIx(0);

/// A ledger that is told events at given seconds.
struct Told {
    plan: Plan,
    ledger: Ledger,
}

impl Told {
    fn new() -> Self {
        let mut told = Self { plan: fixture::plan(), ledger: Ledger { run: "r".into(), ..Ledger::default() } };
        told.say(0, Event::RunStarted, Detail::default());
        told
    }

    fn say(&mut self, second: i64, event: Event, detail: Detail) {
        let record = self.ledger.seal(Instant(second * 1000), "olga", event, None, detail);
        self.ledger.fold(&self.plan, &record).unwrap();
    }

    fn prepare(&mut self, step: StepIx, prior: &Value, leaves: &Value) {
        let detail = Detail { act: Some(act("d", prior, leaves)), ..Detail::default() };
        self.say(1, Event::StepPrepared { step }, detail);
    }

    /// Prepared, intended, come back so.
    fn attempt(&mut self, step: StepIx, prior: &Value, leaves: &Value, outcome: Outcome) {
        self.prepare(step, prior, leaves);
        self.say(2, Event::StepIntended { step }, Detail::default());
        self.say(3, Event::StepObserved { step, outcome }, Detail::default());
    }

    fn ours(&self, step: StepIx, now: &Value) -> bool {
        self.ledger.is_ours(&self.plan.step(step).targets[0], now)
    }
}

fn act(digest: &str, prior: &Value, leaves: &Value) -> PreparedAct {
    PreparedAct {
        digest: digest.into(),
        requests: vec![],
        prior: vec![prior.clone()],
        leaves: vec![leaves.clone()],
        undo: vec![],
        accounts: vec![],
        key: "k".into(),
        statement: None,
    }
}

fn vote(nonce: &str, person: &str, decision: Decision, text: Option<&str>) -> Vote {
    Vote {
        nonce: nonce.into(),
        run: "r".into(),
        gate: "tell-customers".into(),
        act: "d".into(),
        head: String::new(),
        person: person.into(),
        decision,
        text: text.map(str::to_owned),
        reason: None,
        at: Instant(0),
        signed: None,
    }
}

#[test]
fn what_stood_before_the_first_attempt_that_may_have_acted_is_what_an_undo_puts_back() {
    let (on, off) = (json!(true), json!(false));
    let mut told = Told::new();
    // A refusal certainly changed nothing, so what somebody else leaves meanwhile is the prior state.
    told.attempt(OFF, &json!("someone"), &off, Outcome::Refused);
    assert_eq!(told.ledger.step(OFF).owed, None);
    assert!(!told.ours(OFF, &off), "nothing was left");
    // An attempt of unknown outcome counts: the second finds its own work and must not take it for prior state.
    told.attempt(OFF, &on, &off, Outcome::Unknown);
    told.attempt(OFF, &off, &off, Outcome::Done);
    assert_eq!(told.ledger.step(OFF).owed, Some(vec![on.clone()]));
    told.say(4, Event::StepProved { step: OFF, verdict: Verdict::Pass }, Detail::default());
    assert!(told.ours(OFF, &off) && !told.ours(OFF, &on));
    // Another step on the same target: what is found there is still this run's.
    told.attempt(SAFE, &off, &json!("lower"), Outcome::Unknown);
    assert!(told.ours(OFF, &off) && told.ours(OFF, &json!("lower")) && !told.ours(OFF, &on));
    // By hand, after a refusal: what was read before is what is put back.
    let mut told = Told::new();
    told.attempt(OFF, &on, &off, Outcome::Refused);
    told.say(4, Event::StepChosen { step: OFF, choice: Choice::ByHand }, Detail::default());
    told.say(5, Event::StepProved { step: OFF, verdict: Verdict::Pass }, Detail::default());
    assert_eq!(told.ledger.step(OFF).owed, Some(vec![on]));
}

#[test]
fn undone_means_that_prior_state_is_ours_now_and_still_known_for_the_next_time() {
    let (on, off) = (json!(true), json!(false));
    let mut told = Told::new();
    told.attempt(OFF, &on, &off, Outcome::Done);
    told.say(4, Event::StepProved { step: OFF, verdict: Verdict::Pass }, Detail::default());
    let detail = Detail { act: Some(act("u", &off, &on)), ..Detail::default() };
    told.say(5, Event::UndoPrepared { step: OFF }, detail);
    told.say(6, Event::UndoIntended { step: OFF }, Detail::default());
    assert!(told.ours(OFF, &on) && told.ours(OFF, &off), "either may be found");
    told.say(7, Event::UndoObserved { step: OFF, outcome: Outcome::Refused }, Detail::default());
    assert!(!told.ours(OFF, &on) && told.ours(OFF, &off), "it was not put back");
    told.say(8, Event::UndoProved { step: OFF, verdict: Verdict::Pass }, Detail::default());
    assert!(told.ours(OFF, &on) && !told.ours(OFF, &off));
    assert_eq!(told.ledger.step(OFF).owed, Some(vec![on]));
}

#[test]
fn votes_belong_to_the_gate_as_it_opened_and_nonces_to_the_run() {
    let mut told = Told::new();
    let open = |at| Detail {
        act: Some(act("d", &Value::Null, &Value::Null)),
        deadline: Some(Instant(at)),
        ..Detail::default()
    };
    let voted = |v: Vote| Detail { vote: Some(v), ..Detail::default() };
    told.say(10, Event::GateOpened { gate: TELL }, open(99_000));
    let seen = told.ledger.last_digest.clone();
    told.say(11, Event::VoteCounted { gate: TELL }, voted(vote("n1", "lena", Decision::Approve, None)));
    told.say(12, Event::VoteRefused { gate: TELL }, voted(vote("n2", "olga", Decision::Approve, None)));
    let gate = told.ledger.gate.as_ref().unwrap();
    assert_eq!(gate.votes.len(), 1);
    assert!(gate.heads.contains(&seen) && gate.heads.contains(&told.ledger.last_digest));
    assert_eq!(
        deadline::open(&told.plan, Command::AwaitVotes(TELL), &told.ledger),
        Some(Open { of: Deadline::Gate(TELL), at: Instant(99_000) })
    );
    // An amendment voids them, is remembered as the text and as its proposer's yes.
    let amend = vote("n3", "lena", Decision::Amend, Some("Dear …"));
    told.say(13, Event::GateVoided { gate: TELL, why: VoidReason::Amended }, voted(amend.clone()));
    assert_eq!(told.ledger.gate, None);
    assert_eq!(told.ledger.step(StepIx(10)).amended.as_deref(), Some("Dear …"));
    assert_eq!(told.ledger.proposer, Some(amend.clone()));
    told.say(14, Event::GateOpened { gate: TELL }, open(199_000));
    told.say(14, Event::VoteCounted { gate: TELL }, voted(amend));
    assert_eq!(told.ledger.proposer, None, "counted once");
    assert!(!told.ledger.gate.as_ref().unwrap().heads.contains(&seen), "shown before the act was prepared");
    told.say(15, Event::GateExpired { gate: TELL }, Detail::default());
    assert!(told.ledger.refused.contains(&TELL));
    assert_eq!(told.ledger.nonces.iter().collect::<Vec<_>>(), ["n1", "n2", "n3"]);
}

#[test]
fn operators_are_all_who_held_the_run_or_gave_an_argument_or_attestation() {
    let mut told = Told::new();
    let lease = |person: &str, generation| Detail {
        lease: Some(Lease { person: person.into(), host: "h".into(), boot: "b".into(), pid: 1, generation }),
        ..Detail::default()
    };
    told.say(1, Event::LeaseTaken { over: false }, lease(UNIDENTIFIED, 1));
    assert!(told.ledger.operators.is_empty() && told.ledger.holder().is_none());
    told.say(2, Event::LeaseTaken { over: true }, lease("sam", 2));
    assert_eq!(told.ledger.holder(), Some("sam"));
    let by = |person: &str| Detail { person: Some(person.into()), ..Detail::default() };
    told.say(3, Event::CheckAttested { check: CheckIx(1) }, by("grace"));
    told.say(4, Event::FixAuthorNamed, by("ada"));
    assert_eq!(told.ledger.operators.iter().collect::<Vec<_>>(), ["grace", "olga", "sam"]);
    assert_eq!(told.ledger.fix_authors.iter().collect::<Vec<_>>(), ["ada"]);
}

#[test]
fn a_record_out_of_place_is_named_and_changes_nothing() {
    let told = Told::new();
    let good = told.ledger.seal(Instant(-5), "olga", Event::Noted, None, Detail::default());
    assert_eq!(good.at, Instant(0), "a clock that was set back does not show");
    let cases = [
        (Record { seq: 2, ..good.clone() }, "expected number 1"),
        (Record { prev: GENESIS.into(), ..good.clone() }, "another record before it"),
        (Record { run: "s".into(), ..good.clone() }, "belongs to run s"),
        (Record { event: Event::StepIntended { step: StepIx(99) }, ..good.clone() }, "no step 99"),
    ];
    for (record, says) in cases {
        let mut ledger = told.ledger.clone();
        let error = ledger.fold(&told.plan, &record).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(ledger, told.ledger);
    }
    let mut again = Ledger::of(&told.plan, &[]).unwrap();
    again.run = "r".into();
    assert_ne!(again, told.ledger);
}

#[test]
fn the_page_about_a_silence_does_not_end_it_and_the_next_comes_after_twice_as_long() {
    let mut told = Told::new();
    let page = told.plan.on_silence.unwrap();
    told.say(0, Event::PhaseEntered { phase: Phase::Restore }, Detail::default());
    let open = |told: &Told, wanted| deadline::open(&told.plan, wanted, &told.ledger).unwrap();
    let minutes =
        |told: &Told, from: i64| open(told, Command::NameFixAuthor).at.since(Instant(from * 1_000)).0 / 60_000;
    assert_eq!(minutes(&told, 0), 10);
    let mut at = 0;
    for (n, wait) in [20, 40, 80, 160, 320, 640, 640].into_iter().enumerate() {
        at += 1_000_000;
        let what = "the name of who made the fix".to_owned();
        told.say(at, Event::QuestionExpired, Detail { note: Some(what.clone()), ..Detail::default() });
        assert_eq!(told.ledger.paged, Paged::Waits(what));
        for event in [Event::StepPrepared { step: page }, Event::StepIntended { step: page }] {
            told.say(at + 1, event, Detail::default());
        }
        told.say(at + 2, Event::StepProved { step: page, verdict: Verdict::Accepted }, Detail::default());
        assert_eq!(minutes(&told, at + 2), wait);
        // A pager takes what has one key for one: each is another.
        assert_eq!(told.ledger.step(page).repeats, u32::try_from(n).unwrap() + 1);
    }
    // What is asked next has its own time.
    told.say(at + 3, Event::FixAuthorNamed, Detail::default());
    assert_eq!(minutes(&told, at + 3), 10);
    // To look takes longer than to answer, and what is measured is nobody's to answer.
    let look = open(&told, Command::JudgeCheck(CheckIx(1)));
    assert_eq!((look.of, look.at.since(Instant((at + 3) * 1_000)).0), (Deadline::Check(CheckIx(1)), 3_600_000));
    for nobody in [Command::JudgeCheck(CheckIx(0)), Command::Hold, Command::HaltForRecord, Command::Finish] {
        assert_eq!(deadline::open(&told.plan, nobody, &told.ledger), None, "{nobody:?}");
    }
}

#[test]
fn a_deadline_is_not_put_off_by_restarting() {
    let mut told = Told::new();
    told.say(100, Event::PhaseEntered { phase: Phase::Assess }, Detail::default());
    let ask = Command::AskFact(FactIx(0));
    let before = deadline::open(&told.plan, ask, &told.ledger).unwrap();
    assert_eq!(before.at, Instant(700_000));
    told.say(650, Event::Restarted, Detail::default());
    told.say(651, Event::LeaseTaken { over: false }, Detail::default());
    told.say(652, Event::Noted, Detail::default());
    assert_eq!(deadline::open(&told.plan, ask, &told.ledger), Some(before));
    assert!(!before.passed(Instant(699_999)) && before.passed(Instant(700_000)));
    // Soaks pass in the run's time.
    told.ledger.time_scale = 3600;
    told.say(1000, Event::SoakStarted { stage: StageIx(0) }, Detail::default());
    let soak = deadline::open(&told.plan, Command::Soak(StageIx(0)), &told.ledger).unwrap();
    assert_eq!(soak.at, Instant(1_002_000));
    assert_eq!(deadline::real(Millis(1), 3600), Millis(1));
    assert_eq!(deadline::open(&told.plan, Command::Advance, &told.ledger), None);
}
