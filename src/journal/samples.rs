//! A small plan and one record of every kind, for tests.

use std::collections::BTreeMap;

use serde_json::json;

use crate::plan::{
    Act, Band, Check, CheckIx, Direction, Fact, FactIx, FactKind, Fallback, Gate, GateIx, PLAN_FORMAT, Plan, Proof,
    Repeat, Row, RowIx, Setting, Stage, StageIx, Step, StepIx, StepRole, Trigger, TriggerIx, Undo, Votes,
};
use crate::port::Chance;
use crate::run::event::{BreachReason, Choice, End, Event, Outcome, Phase, Source, Verdict, VoidReason};
use crate::run::record::{
    Decision, Detail, GENESIS, Lease, Measured, PayloadRef, PreparedAct, RECORD_FORMAT, Record, Redaction, RequestView,
    Seen, Start, Vote,
};
use crate::text::time::{Instant, Millis};

/// Bytes that count up.
pub(super) struct Counting(pub(super) u8);

impl Chance for Counting {
    fn fill(&mut self, bytes: &mut [u8]) {
        for b in bytes {
            *b = self.0;
            self.0 = self.0.wrapping_add(1);
        }
    }
}

pub(super) fn chance() -> Box<dyn Chance> {
    Box::new(Counting(7))
}

fn step(id: &str, direction: Direction) -> Step {
    Step {
        id: id.into(),
        role: StepRole::Immediate,
        act: Act::SetControl { control: "autonomy".into(), to: Setting::On(false), safe: true },
        targets: vec![],
        direction,
        why: Some("so that nothing more goes out".into()),
        within: Millis::from_secs(30),
        or_else: None,
        irreversible: None,
        repeat: Repeat::Harmless,
        proof: Proof::ReadBack,
        undo: Undo::Restore,
        gate: None,
        console: None,
        by_hand: None,
    }
}

pub(super) fn plan() -> Plan {
    Plan {
        format: PLAN_FORMAT,
        runbook: "incident/hallucination".into(),
        title: "Fabricated content reached customers".into(),
        class: "hallucinated-content".into(),
        impact: "customer-impacting".into(),
        automation: "support-replies".into(),
        purpose: "answers customers".into(),
        band: Band::High,
        environment: "production".into(),
        production: true,
        votes: Votes::Unsigned,
        contain_within: Some(Millis::from_secs(300)),
        question_within: Millis::from_secs(600),
        meanwhile: None,
        users: vec![],
        triggers: vec![Trigger { id: "ungrounded-claims".into(), signal: None, report: Some("a report".into()) }],
        steps: vec![step("stop-sending", Direction::Lowers), step("tell-customers", Direction::Neutral)],
        immediate: vec![StepIx(0)],
        stop: vec![],
        on_silence: None,
        facts: vec![Fact {
            id: "harm".into(),
            ask: Some("Was anybody harmed?".into()),
            signal: None,
            kind: FactKind::YesNo,
            regions: vec![],
        }],
        rows: vec![Row {
            level: "sev1".into(),
            when: None,
            test: None,
            respond: vec![StepIx(1)],
            escalate: vec![],
            public: true,
        }],
        gates: vec![Gate {
            id: "tell-customers".into(),
            functions: vec!["legal".into()],
            people: 1,
            not: vec![],
            within: Millis::from_secs(3600),
            on_timeout: Fallback::Queue,
            touch: crate::plan::Touch::None,
            review: None,
        }],
        checks: vec![Check {
            id: "grounded-again".into(),
            signal: None,
            ask: Some("How many are wrong?".into()),
            kind: Some(FactKind::Count),
            condition: None,
        }],
        sign_off: None,
        stages: vec![Stage { step: StepIx(0), soak: Millis::from_secs(3600) }],
        safe_all: vec![],
        stand_down: None,
        downgrade: GateIx(0),
        follow_ups: vec![],
        roster: vec![],
        authorities: vec![],
        roles: BTreeMap::new(),
        alternates: BTreeMap::new(),
        lost: vec![],
        problems: vec![],
    }
}

/// The kind after a kind; a total match, so that a new kind can't be forgotten.
fn after(event: Event) -> Option<Event> {
    let (step, gate, check, stage) = (StepIx(0), GateIx(0), CheckIx(0), StageIx(0));
    Some(match event {
        Event::RunStarted => Event::LeaseTaken { over: false },
        Event::LeaseTaken { .. } => Event::StepCarried { step },
        Event::StepCarried { .. } => Event::PhaseEntered { phase: Phase::Contain },
        Event::PhaseEntered { .. } => Event::StepPrepared { step },
        Event::StepPrepared { .. } => Event::StepUnprepared { step },
        Event::StepUnprepared { .. } => Event::StepIntended { step },
        Event::StepIntended { .. } => Event::StepObserved { step, outcome: Outcome::Done },
        Event::StepObserved { .. } => Event::StepProved { step, verdict: Verdict::Pass },
        Event::StepProved { .. } => Event::StepInDoubt { step },
        Event::StepInDoubt { .. } => Event::StepChosen { step, choice: Choice::Retry },
        Event::StepChosen { .. } => Event::StepAttested { step },
        Event::StepAttested { .. } => Event::FallbackHeld { gate },
        Event::FallbackHeld { .. } => Event::FallbackMissing { gate },
        Event::FallbackMissing { .. } => Event::GateOpened { gate },
        Event::GateOpened { .. } => Event::VoteCounted { gate },
        Event::VoteCounted { .. } => Event::VoteRefused { gate },
        Event::VoteRefused { .. } => Event::GateGranted { gate },
        Event::GateGranted { .. } => Event::GateDenied { gate },
        Event::GateDenied { .. } => Event::GateExpired { gate },
        Event::GateExpired { .. } => Event::GateReminded { gate },
        Event::GateReminded { .. } => Event::GateVoided { gate, why: VoidReason::Amended },
        Event::GateVoided { .. } => Event::GateConsumed { gate },
        Event::GateConsumed { .. } => Event::GlassBroken { gate },
        Event::GlassBroken { .. } => Event::ReviewVoted { gate },
        Event::ReviewVoted { .. } => Event::Reviewed { gate },
        Event::Reviewed { .. } => Event::TriggerMeasured { trigger: TriggerIx(0), verdict: Verdict::Fail },
        Event::TriggerMeasured { .. } => Event::FactSilent { fact: FactIx(0) },
        Event::FactSilent { .. } => Event::FactAnswered { fact: FactIx(0), region: 255, source: Source::Silence },
        Event::FactAnswered { .. } => Event::SeverityProposed { row: RowIx(0) },
        Event::SeverityProposed { .. } => Event::SeverityConfirmed { row: RowIx(0) },
        Event::SeverityConfirmed { .. } => Event::DowngradeAsked { row: RowIx(0) },
        Event::DowngradeAsked { .. } => Event::QuestionExpired,
        Event::QuestionExpired => Event::CheckJudged { check, verdict: Verdict::Inconclusive },
        Event::CheckJudged { .. } => Event::CheckDeferred { check },
        Event::CheckDeferred { .. } => Event::CheckAttested { check },
        Event::CheckAttested { .. } => Event::CheckReopened { check },
        Event::CheckReopened { .. } => Event::AbandonAsked,
        Event::AbandonAsked => Event::BackToRespond,
        Event::BackToRespond => Event::FixAuthorNamed,
        Event::FixAuthorNamed => Event::HoldsLooked { others: false },
        Event::HoldsLooked { .. } => Event::SoakStarted { stage },
        Event::SoakStarted { .. } => Event::SoakEnded { stage },
        Event::SoakEnded { .. } => Event::Breached { why: BreachReason::Check },
        Event::Breached { .. } => Event::BreachAnswered,
        Event::BreachAnswered => Event::UndoPrepared { step },
        Event::UndoPrepared { .. } => Event::UndoIntended { step },
        Event::UndoIntended { .. } => Event::UndoObserved { step, outcome: Outcome::Unknown },
        Event::UndoObserved { .. } => Event::UndoProved { step, verdict: Verdict::Pass },
        Event::UndoProved { .. } => Event::UndoInDoubt { step },
        Event::UndoInDoubt { .. } => Event::UndoNeedless { step },
        Event::UndoNeedless { .. } => Event::UndoStuck { step },
        Event::UndoStuck { .. } => Event::UndoByHand { step },
        Event::UndoByHand { .. } => Event::StandDownAsked,
        Event::StandDownAsked => Event::FollowUpsOpened,
        Event::FollowUpsOpened => Event::RecordDegraded,
        Event::RecordDegraded => Event::RecordRestored,
        Event::RecordRestored => Event::Restarted,
        Event::Restarted => Event::Interrupted,
        Event::Interrupted => Event::Noted,
        Event::Noted => Event::ContinuedBy,
        Event::ContinuedBy => Event::RunEnded { end: End::ClosedWithExceptions },
        Event::RunEnded { .. } => return None,
    })
}

/// A vote that says yes.
pub(super) fn vote(run: &str, nonce: &str, at: i64) -> Vote {
    Vote {
        nonce: nonce.into(),
        run: run.into(),
        gate: "tell-customers".into(),
        act: "ab".repeat(32),
        head: "cd".repeat(20),
        person: "lena".into(),
        decision: Decision::Approve,
        text: None,
        reason: None,
        at: Instant(at),
        signed: None,
    }
}

fn about(event: Event) -> Option<&'static str> {
    match event {
        Event::SeverityProposed { .. } | Event::SeverityConfirmed { .. } | Event::DowngradeAsked { .. } => Some("sev1"),
        Event::TriggerMeasured { .. } => Some("ungrounded-claims"),
        Event::FactSilent { .. } | Event::FactAnswered { .. } => Some("harm"),
        Event::CheckJudged { .. }
        | Event::CheckDeferred { .. }
        | Event::CheckAttested { .. }
        | Event::CheckReopened { .. } => Some("grounded-again"),
        Event::SoakStarted { .. } | Event::SoakEnded { .. } => Some("stop-sending"),
        _ if event.gate().is_some() => Some("tell-customers"),
        _ if event.step().is_some() => Some("stop-sending"),
        _ => None,
    }
}

fn detail(event: Event) -> Detail {
    let mut detail = Detail::default();
    match event {
        Event::RunStarted => {
            detail.start = Some(Box::new(Start {
                plan: plan(),
                plan_digest: "ef".repeat(32),
                files: BTreeMap::from([("aigov.toml".to_owned(), "01".repeat(32))]),
                workspace: "acme".into(),
                commit: None,
                dirty: false,
                version: env!("CARGO_PKG_VERSION").into(),
                heads: BTreeMap::new(),
                continues: None,
                operators: vec!["olga".into()],
                time_scale: 1,
                declared: "declared by hand".into(),
                retrospective: false,
                rehearsal: None,
                roster: None,
            }));
        }
        Event::LeaseTaken { .. } => {
            detail.key =
                Some("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEoDr18oITOfmWWsMFLb6SxkEM22LVZJgcO4pkf43D5S".into());
            detail.lease =
                Some(Lease { person: "olga".into(), host: "here".into(), boot: "b".into(), pid: 4242, generation: 1 });
        }
        Event::StepPrepared { .. } => {
            detail.act = Some(PreparedAct {
                digest: "ab".repeat(32),
                requests: vec![RequestView {
                    method: "POST".into(),
                    url: "https://flags.example/off".into(),
                    headers: vec![("Authorization".into(), "{env UNLEASH_TOKEN}".into())],
                    body: "{\"on\":false}".into(),
                    purpose: "set".into(),
                }],
                prior: vec![json!({"on": true})],
                leaves: vec![json!({"on": false})],
                undo: vec![],
                accounts: vec!["support".into()],
                key: "k".into(),
                statement: None,
            });
        }
        Event::StepObserved { .. } | Event::StepProved { .. } => {
            detail.seen = vec![Seen {
                target: "autonomy".into(),
                status: Some(200),
                says: "off — \\u{1b}[31m as told".into(),
                requests: 1,
            }];
            detail.took = Some(Millis(187));
        }
        Event::GateOpened { .. } => detail.deadline = Some(Instant(1_800_003_600_000)),
        Event::VoteCounted { .. } => detail.vote = Some(vote("r", "n1", 5)),
        Event::TriggerMeasured { .. } => {
            detail.measured = Some(Measured { value: Some(0.061), samples: Some(812), baseline: None });
        }
        Event::Noted => {
            detail.note = Some("a line of the program's own".into());
            detail.redacted = Some(Redaction {
                seq: 3,
                digests: vec!["56".repeat(32)],
                law: "GDPR Art. 17".into(),
                reason: "asked for by the person".into(),
            });
        }
        Event::ContinuedBy => {
            detail.payloads = vec![PayloadRef {
                subject: "note".into(),
                digest: "12".repeat(32),
                length: 9,
                sealed: Some("34".repeat(32)),
                apart: false,
            }];
        }
        _ => {}
    }
    detail
}

/// One record of each kind, chained, as a driver hands them over.
pub(super) fn every_kind(run: &str) -> Vec<Record> {
    let mut events = vec![Event::RunStarted];
    while let Some(next) = events.last().and_then(|e| after(*e)) {
        events.push(next);
    }
    (0..).zip(events).map(|(seq, event)| record(run, seq, event)).collect()
}

/// One record.
pub(super) fn record(run: &str, seq: u64, event: Event) -> Record {
    Record {
        format: RECORD_FORMAT,
        run: run.into(),
        seq,
        at: Instant(1_800_000_000_000 + i64::try_from(seq).unwrap() * 1_000),
        by: "olga".into(),
        prev: GENESIS.into(),
        drill: false,
        late: false,
        event,
        about: about(event).map(Into::into),
        detail: Box::new(detail(event)),
    }
}
