//! Pages compared whole: what a person reads is the contract here.

use super::example::{at_the_gate, plan};
use super::*;
use crate::text::time::{Instant, Millis};

fn now() -> Instant {
    "2026-11-23T02:14:20Z".parse().unwrap()
}

#[test]
fn the_brief_is_five_lines_for_the_bridge() {
    let records = at_the_gate();
    let summary = Summary::of(&records).unwrap();
    let lines = brief::lines(&summary, now());
    assert_eq!(
        lines.join("\n"),
        "\
DRILL: nothing real was touched. Fabricated content reached customers: support-replies (production), run 20261123-0204-abcd, since 02:04:05 UTC; respond, for 10m 15s.
Stopped and proven: set autonomy to off. Meanwhile: Tickets go to human agents.
Severity: sev1, confirmed (harm yes, exposed 1843).
Waits: tell-customers for legal and communications until 02:34:20 UTC (in 20m); then: it is not done; it waits in the queue, and the run can't close before it is done or dropped.
Next: aigov approve 20261123-0204-abcd tell-customers"
    );
}

#[test]
fn a_deadline_that_passed_is_said_before_it_is_recorded() {
    let records = at_the_gate();
    let summary = Summary::of(&records).unwrap();
    let late = now().plus(Millis::from_secs(3_600));
    assert!(brief::lines(&summary, late)[3].contains("(passed); expired, not yet recorded: it is not done"));
    assert_eq!(json::summary(&summary, late)["gates"][0]["state"], "expired, not yet recorded");
    assert_eq!(json::summary(&summary, now())["gates"][0]["state"], "open");
}

#[test]
fn the_story_reads_at_80_columns() {
    let records = at_the_gate();
    let summary = Summary::of(&records).unwrap();
    let page = story::page(&summary, &records, 80);
    for line in page.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let text = page.to_string();
    let middle = text.split("Contain\n").nth(1).and_then(|t| t.split("Where it stands").next()).unwrap();
    assert_eq!(
        middle,
        "\
02:04:09 ok    stop-sending: set autonomy to off; proven: consumers now see off
               (0.3s)
               Why: Every sent answer can be relied upon; drafts can not.
02:04:12 -     page: page ada, lena (critical); accepted, unproven

Assess
02:04:14 -     ungrounded-claims: 0.06 (4100 samples): it HOLDS (ungrounded_rate
               above 0.02 on at least 200 samples)
02:04:15 -     harm: yes, says olga
02:04:16 -     exposed: 1843, measured
02:04:17 -     sev1: the matrix proposes sev1 (harm || exposed > 1000)
02:04:18 ok    sev1: severity sev1, confirmed by olga

Respond
02:04:21 ask   tell-customers: waits for legal and communications until 02:34:20
               UTC

"
    );
}

#[test]
fn a_voter_sees_the_letter_the_difference_and_the_whole_request() {
    let records = at_the_gate();
    let summary = Summary::of(&records).unwrap();
    let text = gate::page(&summary, crate::plan::GateIx(0), now(), 80).unwrap().to_string();
    for needed in [
        "Legal and communications is asked to approve tell-customers",
        "severity      sev1",
        "asked by      olga",
        "deadline      02:34:20 UTC (in 20m)",
        "  | Dear Sam,",
        "  - Dear {{ name }},",
        "  + Dear Sam,",
        "  POST http://127.0.0.1:1/statements",
        "    authorization: Bearer {file sandbox-token}",
        "    {\"audience\":\"affected\"}",
        "irreversible: A sent statement cannot be recalled.",
        &"a1b2c3d4e5f6".repeat(5),
        "accepted, unproven page ada, lena (critical)",
        "Votes so far",
    ] {
        assert!(text.contains(needed), "{needed:?} is missing in\n{text}");
    }
    assert!(gate::page(&summary, crate::plan::GateIx(1), now(), 80).is_none(), "a gate that never opened asks nothing");
}

#[test]
fn the_closing_table_names_each_step_with_its_proof() {
    let records = at_the_gate();
    let summary = Summary::of(&records).unwrap();
    assert_eq!(
        closing::rows(&summary),
        [
            ["stop-sending", "set autonomy to off", "pass", "0.4s"],
            ["page", "page ada, lena (critical)", "accepted, unproven", ""],
            ["tell-customers", "publish customer-correction to affected", "waits for votes", ""],
        ]
        .map(|row| row.map(str::to_owned))
    );
}

#[test]
fn a_run_that_is_over_waits_for_nobody() {
    let mut records = at_the_gate();
    let last = records.last().unwrap();
    let mut value = serde_json::to_value(last).unwrap();
    value["seq"] = serde_json::json!(last.seq + 1);
    value["prev"] = serde_json::json!(crate::run::record::sha256_hex(&last.bytes().unwrap()));
    value["event"] = serde_json::json!({ "kind": "run-ended", "end": "abandoned" });
    value["detail"] = serde_json::json!({});
    records.push(serde_json::from_value(value).unwrap());
    let summary = Summary::of(&records).unwrap();
    assert_eq!(brief::lines(&summary, now())[3], "Waits: for nobody.");
    assert_eq!(summary.open_gates().count(), 0);
    assert_eq!(closing::rows(&summary)[2][2], "not decided: the run ended");
}

#[test]
fn the_plan_page_can_not_be_mistaken_for_a_run() {
    let plan = plan();
    let mut described = plan::Described::new();
    let view = serde_json::from_value(serde_json::json!({
        "method": "POST", "url": "https://flags.example.com/off", "purpose": "set",
        "headers": [["authorization", "{env FLAGS_TOKEN}"]], "body": "{}",
    }))
    .unwrap();
    described.insert(crate::plan::StepIx(0), Ok(vec![view]));
    described.insert(crate::plan::StepIx(1), Err("no settings for production".to_owned()));
    let text = plan::page(&plan, "d1", &described, 80).to_string();
    assert!(text.starts_with("PLAN ONLY: nothing is sent, nothing is recorded.\n"));
    for needed in [
        "  2.1 stop-sending: set autonomy to off [control.safe]",
        "    direction   lowers autonomy",
        "    POST https://flags.example.com/off",
        "      authorization: {env FLAGS_TOKEN}",
        "    requests    can't be told: no settings for production",
        "    gate        legal and communications, within 30m; otherwise it is not",
        "    reversible  irreversible: A sent statement cannot be recalled. Instead:",
        "  sev2               otherwise: no response beyond what is contained",
        "Only known when a step is prepared",
    ] {
        assert!(text.contains(needed), "{needed:?} is missing in\n{text}");
    }
}

#[test]
fn hostile_text_never_reaches_a_page_as_it_is() {
    let mut records = at_the_gate();
    let hostile = "\u{1b}[2J\u{202e}x\u{200b}\r\n";
    for record in &mut records {
        hostile.clone_into(&mut record.by);
        for seen in &mut record.detail.seen {
            hostile.clone_into(&mut seen.says);
        }
        if let Some(act) = &mut record.detail.act {
            act.statement = Some(hostile.to_owned());
            act.requests[0].body = hostile.to_owned();
            act.requests[0].url = hostile.to_owned();
        }
        if let Some(start) = &mut record.detail.start {
            let mut plan = serde_json::to_string(&start.plan).unwrap();
            for word in ["Fabricated content", "Tickets go", "Every sent", "How many people", "autonomy\"", "lena"] {
                plan = plan.replace(word, &format!("\\u001b[2J\\u202e{word}"));
            }
            start.plan = serde_json::from_str(&plan).unwrap();
        }
    }
    let summary = Summary::of(&records).unwrap();
    let mut all = story::page(&summary, &records, 80).to_string();
    all.push_str(&brief::lines(&summary, now()).join("\n"));
    all.push_str(&gate::page(&summary, crate::plan::GateIx(0), now(), 80).unwrap().to_string());
    all.push_str(&plan::page(summary.plan, "d", &plan::Described::new(), 80).to_string());
    all.push_str(&closing::rows(&summary).concat().concat());
    for record in &records {
        all.push_str(&log::line(summary.plan, record));
    }
    let bad: Vec<char> = all.chars().filter(|c| *c != '\n' && !crate::text::safe::is_plain(*c)).collect();
    assert_eq!(bad, Vec::<char>::new(), "{all}");
    assert!(all.contains("\\u{1b}[2J"));
}

#[test]
fn a_log_line_is_one_line() {
    let records = at_the_gate();
    let summary = Summary::of(&records).unwrap();
    assert_eq!(
        log::line(summary.plan, &records[4]),
        "   4 2026-11-23T02:04:09Z ok    stop-sending: set autonomy to off; proven: consumers now see off (0.3s)"
    );
    assert_eq!(
        log::line(summary.plan, &records[2]),
        "   2 2026-11-23T02:04:07Z .     stop-sending: about to set autonomy to off"
    );
    // What was off already is no failure.
    let mut already = records[3].clone();
    assert!(matches!(already.event, crate::run::event::Event::StepObserved { .. }), "{:?}", already.event);
    if let crate::run::event::Event::StepObserved { outcome, .. } = &mut already.event {
        *outcome = crate::run::event::Outcome::NotSent;
    }
    let says = crate::run::record::ALREADY_SO.into();
    already.detail.seen = vec![crate::run::record::Seen { target: "autonomy".into(), status: None, says, requests: 0 }];
    let line = log::line(summary.plan, &already);
    assert!(line.contains(" .     stop-sending: set autonomy to off") && line.contains("already"), "{line}");
}

#[test]
fn clocks_are_told_for_the_class_that_starts_them_in_the_law_s_own_count() {
    use crate::model::decode;
    let source = crate::text::source::Source::new("o", include_str!("../../templates/obligations.toml"));
    let duties = decode::obligations(&source).value;
    let told = |class: &str| {
        let mut page = page::Page::new(80);
        plan::clocks(&mut page, class, &duties);
        page.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let leak = told("data-leakage");
    for needed in ["within 72h of `aware`: Supervisory authority", "without undue delay after `aware`: The controller"]
    {
        assert!(leak.contains(needed), "{leak}");
    }
    assert!(leak.contains("from summaries, check the text") && leak.contains("verify with counsel"), "{leak}");
    assert!(told("unsafe-recommendation").contains("within 10d of `aware`"));
    assert_eq!(told("hallucinated-content"), "", "no clock, no heading");
}
