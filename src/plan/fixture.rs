//! A plan made by hand for tests: one of everything that a runbook can ask for, on a made-up automation.

use std::collections::BTreeMap;

use serde_json::{Map, json};

use super::matrix::{Operator, Test};
use super::*;

/// A length in seconds.
pub(crate) const fn secs(n: u64) -> Millis {
    Millis::from_secs(n)
}

/// A target at a provider of the fake world: `provider` and the `name` of the thing addressed.
pub(crate) fn target(provider: &str, name: &str) -> Target {
    let mut binding = Map::new();
    binding.insert("name".into(), json!(name));
    Target { provider: provider.into(), kind: "fake".into(), binding, label: name.into() }
}

/// A step with what is usual: harmless to repeat, read back, within 30 s.
pub(crate) fn step(id: &str, role: StepRole, act: Act, targets: Vec<Target>, direction: Direction) -> Step {
    let undo = if matches!(act, Act::SetControl { .. } | Act::Freeze) && role != StepRole::Stage {
        Undo::Restore
    } else {
        Undo::None
    };
    Step {
        id: id.into(),
        role,
        act,
        targets,
        direction,
        why: None,
        within: secs(30),
        or_else: None,
        irreversible: None,
        repeat: Repeat::Harmless,
        proof: Proof::ReadBack,
        undo,
        gate: None,
        console: Some("https://flags.example.com".into()),
        by_hand: Some("Projects, support, off".into()),
    }
}

fn control(id: &str, role: StepRole, control: &str, to: Setting, direction: Direction) -> Step {
    let safe = direction == Direction::Lowers;
    step(id, role, Act::SetControl { control: control.into(), to, safe }, vec![target("flags", control)], direction)
}

fn page(id: &str, role: StepRole, to: &str) -> Step {
    let act = Act::Page { to: vec![to.into()], severity: "critical".into(), summary: "support-replies".into() };
    Step {
        proof: Proof::Accepted,
        repeat: Repeat::Keyed,
        ..step(id, role, act, vec![target("pager", to)], Direction::Looks)
    }
}

fn rollback(id: &str, layer: &str) -> Step {
    let act = Act::RollbackLayer { layer: layer.into(), to: "last-known-good".into() };
    step(id, StepRole::Respond, act, vec![target("registry", layer)], Direction::Neutral)
}

fn measure(signal: &str, condition: Condition) -> Measure {
    Measure {
        signal: signal.into(),
        target: target("metrics", signal),
        condition,
        samples: Some(200),
        lasting: Some(secs(3600)),
    }
}

fn gate(id: &str, functions: &[&str], people: u16, not: &[Excluded], on_timeout: Fallback) -> Gate {
    Gate {
        id: id.into(),
        functions: functions.iter().map(|f| (*f).into()).collect(),
        people,
        not: not.to_vec(),
        within: secs(1800),
        on_timeout,
        touch: crate::plan::Touch::None,
        review: None,
    }
}

/// The plan.
pub(crate) fn plan() -> Plan {
    use StepRole::{Escalate, Immediate, OrElse, Respond, Safe, Silence, Stage as StageRole, Stop};
    let off = || Setting::On(false);
    let level = |l: &str| Setting::Level(l.into());
    let capture = Act::Capture { since: secs(7200) };
    let publish = Act::Publish {
        template: "customer-correction".into(),
        text: "We told you something that was wrong.".into(),
        audience: "affected".into(),
        amended: None,
    };
    let steps = vec![
        Step { or_else: Some(StepIx(1)), ..control("stop-sending", Immediate, "autonomy", off(), Direction::Lowers) },
        control("stop-service", OrElse, "replicas", Setting::Percent(0.0), Direction::Lowers),
        Step {
            repeat: Repeat::Keyed,
            ..step(
                "keep-evidence",
                Immediate,
                capture,
                vec![target("evidence", "prompts"), target("evidence", "decisions")],
                Direction::Looks,
            )
        },
        step("freeze", Immediate, Act::Freeze, vec![target("deploy", "support-replies")], Direction::Neutral),
        page("page", Immediate, "owner"),
        control("stop.autonomy", Stop, "autonomy", off(), Direction::Lowers),
        control("stop.replicas", Stop, "replicas", Setting::Percent(0.0), Direction::Lowers),
        page("silence", Silence, "commander"),
        rollback("rollback-retrieval", "retrieval"),
        rollback("rollback-prompt", "prompt"),
        Step {
            repeat: Repeat::Keyed,
            gate: Some(GateIx(0)),
            irreversible: Some(Irreversible { because: "It is read.".into(), corrective: None }),
            ..step("tell-customers", Respond, publish, vec![target("outbox", "affected")], Direction::Neutral)
        },
        page("escalate.sev1.legal", Escalate, "legal"),
        page("escalate.sev2.owner", Escalate, "owner"),
        control("stage.1", StageRole, "mode", level("advisory"), Direction::Raises),
        control("stage.2", StageRole, "traffic", Setting::Percent(5.0), Direction::Raises),
        control("safe.autonomy", Safe, "autonomy", off(), Direction::Lowers),
        control("safe.mode", Safe, "mode", level("off"), Direction::Lowers),
        control("safe.traffic", Safe, "traffic", Setting::Percent(0.0), Direction::Lowers),
    ];
    let count = |label: &str, n: u64| Region { label: label.into(), example: FactValue::Count(n) };
    let yes_no = |label: &str, b: bool| Region { label: label.into(), example: FactValue::YesNo(b) };
    let exposed = |n: u64| Test::Compare(FactIx(1), Operator::Greater, FactValue::Count(n));
    let row = |level: &str, test: Option<Test>, respond: &[u16], escalate: &[u16]| Row {
        level: level.into(),
        when: test.as_ref().map(|_| "…".into()),
        test,
        respond: respond.iter().copied().map(StepIx).collect(),
        escalate: escalate.iter().copied().map(StepIx).collect(),
        public: level == "sev1",
    };
    let person = |name: &str, functions: &[&str]| Person {
        name: name.into(),
        functions: functions.iter().map(|f| (*f).into()).collect(),
        from: None,
        until: None,
        keys: vec![],
    };
    Plan {
        format: PLAN_FORMAT,
        runbook: "incident/hallucination".into(),
        title: "Fabricated content reached customers".into(),
        class: "hallucinated-content".into(),
        impact: "customer-impacting".into(),
        automation: "support-replies".into(),
        purpose: "Drafts and sends replies".into(),
        band: Band::High,
        environment: "production".into(),
        production: true,
        votes: Votes::Unsigned,
        contain_within: Some(secs(300)),
        question_within: secs(600),
        meanwhile: None,
        users: vec![],
        triggers: vec![
            Trigger {
                id: "ungrounded-claims".into(),
                signal: Some(measure("ungrounded_rate", Condition::Above(0.02))),
                report: None,
            },
            Trigger { id: "credible-report".into(), signal: None, report: Some("Somebody shows one.".into()) },
        ],
        steps,
        immediate: vec![StepIx(0), StepIx(2), StepIx(3), StepIx(4)],
        stop: vec![StepIx(5), StepIx(6)],
        on_silence: Some(StepIx(7)),
        facts: vec![
            Fact {
                id: "harm".into(),
                ask: Some("Could somebody act on it to their harm?".into()),
                signal: None,
                kind: FactKind::YesNo,
                regions: vec![yes_no("no", false), yes_no("yes", true)],
            },
            Fact {
                id: "exposed".into(),
                ask: Some("How many people received it?".into()),
                signal: Some(measure("recipients", Condition::Value)),
                kind: FactKind::Count,
                regions: vec![count("0", 0), count("1 to 1000", 1), count("more than 1000", 1001)],
            },
        ],
        rows: vec![
            row("sev1", Some(Test::Or(Box::new(Test::Holds(FactIx(0))), Box::new(exposed(1000)))), &[8, 9, 10], &[11]),
            row("sev2", Some(exposed(0)), &[9], &[12]),
            row("sev3", None, &[], &[]),
        ],
        gates: vec![
            gate("tell-customers", &["legal", "communications"], 2, &[], Fallback::Queue),
            gate(
                "sign-off",
                &["engineering", "product"],
                2,
                &[Excluded::Operator, Excluded::FixAuthor],
                Fallback::ReadOnly,
            ),
            gate("stand-down", &[], 1, &[Excluded::Operator], Fallback::ReadOnly),
            gate("downgrade", &[], 1, &[Excluded::Operator], Fallback::Cancel),
        ],
        checks: vec![
            Check {
                id: "grounded-again".into(),
                signal: Some(measure("ungrounded_rate", Condition::Below(0.01))),
                ask: None,
                kind: None,
                condition: None,
            },
            Check {
                id: "hand-sample".into(),
                signal: None,
                ask: Some("How many of 50 are wrong?".into()),
                kind: Some(FactKind::Count),
                condition: Some(Condition::Below(1.0)),
            },
        ],
        sign_off: Some(GateIx(1)),
        stages: vec![Stage { step: StepIx(13), soak: secs(7200) }, Stage { step: StepIx(14), soak: secs(7200) }],
        safe_all: vec![StepIx(15), StepIx(16), StepIx(17)],
        stand_down: Some(GateIx(2)),
        downgrade: GateIx(3),
        follow_ups: vec![FollowUp {
            title: "Add the cases to the evaluation set".into(),
            kind: "evaluation".into(),
            owner: "ada".into(),
            due: secs(14 * 86_400),
        }],
        roster: vec![
            person("ada", &["engineering", "technical"]),
            person("grace", &["product", "business"]),
            person("lena", &["legal"]),
            person("carl", &["communications"]),
            person("olga", &["operations"]),
            person("sam", &["risk", "security"]),
        ],
        authorities: vec![],
        roles: BTreeMap::new(),
        alternates: BTreeMap::new(),
        lost: vec![],
        problems: vec![],
    }
}

/// The plan with a response that lowers and waits for legal's approval all the same: an act that may go ahead without it.
pub(crate) fn glass() -> Plan {
    let mut plan = plan();
    let drain = control("drain", StepRole::Respond, "replicas", Setting::Percent(0.0), Direction::Lowers);
    plan.steps.push(Step { gate: Some(GateIx(4)), ..drain });
    let drain = StepIx(u16::try_from(plan.steps.len() - 1).unwrap());
    for row in plan.rows.iter_mut().take(2) {
        row.respond.insert(0, drain);
    }
    let of = gate("drain", &["legal"], 1, &[Excluded::Operator], Fallback::Cancel);
    plan.gates.push(Gate { review: Some(GateIx(5)), ..of.clone() });
    plan.gates.push(Gate { id: "review-drain".into(), within: secs(86_400 * 365), ..of });
    plan
}
