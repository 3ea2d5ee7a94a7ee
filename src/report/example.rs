//! A small plan and record made by hand, for the tests of this room and of the terminal.

use serde_json::{Value, json};

use crate::plan::Plan;
use crate::run::record::{GENESIS, Record, sha256_hex};

/// One automation with a switch, a page, a fact, two severities, a gated statement, a check and a stage.
pub(crate) fn plan() -> Plan {
    let flags = json!({ "provider": "flags", "kind": "http", "binding": { "flag": "replies" }, "label": "autonomy" });
    let step = |id: &str, role: &str, act: Value, targets: Value, direction: &str, undo: &str| {
        json!({
            "id": id, "role": role, "act": act, "targets": targets, "direction": direction, "why": null,
            "within": "30s", "or_else": null, "irreversible": null, "repeat": "harmless", "proof": "read-back",
            "undo": undo, "gate": null, "console": null, "by_hand": null,
        })
    };
    let mut stop = step(
        "stop-sending",
        "immediate",
        json!({ "do": "control.set", "control": "autonomy", "to": false, "safe": true }),
        json!([flags]),
        "lowers",
        "restore",
    );
    stop["why"] = json!("Every sent answer can be relied upon; drafts can not.");
    stop["console"] = json!("https://flags.example.com/replies");
    stop["by_hand"] = json!("Projects, replies, production, off");
    let mut page = step(
        "page",
        "immediate",
        json!({ "do": "page.send", "to": ["ada", "lena"], "severity": "critical", "summary": "replies" }),
        json!([{ "provider": "pager", "kind": "http", "binding": {}, "label": "pager" }]),
        "looks",
        "none",
    );
    page["proof"] = json!("accepted");
    page["repeat"] = json!("keyed");
    let mut tell = step(
        "tell-customers",
        "respond",
        json!({ "do": "statement.publish", "template": "customer-correction", "audience": "affected",
                "text": "Dear {{ name }},\nwe were wrong.", "amended": null }),
        json!([{ "provider": "outbox", "kind": "http", "binding": {}, "label": "outbox" }]),
        "neutral",
        "none",
    );
    tell["irreversible"] =
        json!({ "because": "A sent statement cannot be recalled.", "corrective": "Send a correction." });
    tell["gate"] = json!(0);
    tell["repeat"] = json!("keyed");
    let stage = step(
        "stage.1",
        "stage",
        json!({ "do": "control.set", "control": "traffic", "to": 5.0, "safe": false }),
        json!([flags]),
        "raises",
        "none",
    );
    let gate = |id: &str, functions: Value, not: Value, within: &str, fallback: &str| json!({ "id": id, "functions": functions, "people": 2, "not": not, "within": within, "on_timeout": fallback });
    let metric = |signal: &str, condition: Value, samples: Value| {
        json!({ "signal": signal, "condition": condition, "samples": samples, "lasting": null,
                "target": { "provider": "metrics", "kind": "http", "binding": {}, "label": signal } })
    };
    let value = json!({
        "format": 1, "runbook": "incident/hallucination", "title": "Fabricated content reached customers",
        "class": "hallucinated-content", "impact": "customer-impacting", "automation": "support-replies",
        "purpose": "Drafts and sends replies", "band": "high", "environment": "production", "production": true,
        "votes": "unsigned", "contain_within": "5m", "question_within": "10m",
        "meanwhile": "Tickets go to human agents.", "users": ["external"],
        "triggers": [
            { "id": "ungrounded-claims", "report": null, "signal": metric("ungrounded_rate", json!({ "above": 0.02 }), json!(200)) },
            { "id": "credible-report", "signal": null, "report": "A customer shows an invented policy." },
        ],
        "steps": [stop, page, tell, stage], "immediate": [0, 1], "stop": [], "on_silence": null,
        "facts": [
            { "id": "harm", "ask": "Could somebody act on it to their harm?", "signal": null, "kind": "yes-no",
              "regions": [ { "label": "no", "example": { "yes-no": false } }, { "label": "yes", "example": { "yes-no": true } } ] },
            { "id": "exposed", "ask": "How many people received it?", "signal": null, "kind": "count",
              "regions": [ { "label": "at most 1000", "example": { "count": 0 } }, { "label": "more than 1000", "example": { "count": 1001 } } ] },
        ],
        "rows": [
            { "level": "sev1", "when": "harm || exposed > 1000", "test": { "holds": 0 }, "respond": [2], "escalate": [], "public": true },
            { "level": "sev2", "when": null, "test": null, "respond": [], "escalate": [], "public": false },
        ],
        "gates": [
            gate("tell-customers", json!(["legal", "communications"]), json!([]), "30m", "queue"),
            gate("sign-off", json!(["engineering", "product"]), json!(["operator", "fix-author"]), "24h", "read-only"),
            gate("downgrade", json!([]), json!([]), "30m", "cancel"),
        ],
        "checks": [
            { "id": "grounded-again", "signal": metric("ungrounded_rate", json!({ "below": 0.01 }), json!(200)),
              "ask": null, "kind": null, "condition": null },
            { "id": "hand-sample", "signal": null, "ask": "How many are wrong?", "kind": "count", "condition": { "below": 1.0 } },
        ],
        "sign_off": 1, "stages": [ { "step": 3, "soak": "2h" } ], "safe_all": [], "stand_down": null, "downgrade": 2,
        "follow_ups": [ { "title": "Add the cases", "kind": "evaluation", "owner": "ada", "due": "2w" } ],
        "roster": [
            { "name": "ada", "functions": ["engineering"] }, { "name": "carl", "functions": ["communications"] },
            { "name": "grace", "functions": ["product"] }, { "name": "lena", "functions": ["legal"] },
            { "name": "olga", "functions": ["operations"] },
        ],
        "roles": {}, "problems": [],
    });
    serde_json::from_value(value).expect("the example is a plan")
}

/// Events with their particulars, chained from `2026-11-23T02:04:05Z`, one a second.
pub(crate) fn records(plan: &Plan, events: Vec<(Value, Value)>) -> Vec<Record> {
    let mut prev = GENESIS.to_owned();
    let mut out = Vec::new();
    for (seq, (event, mut detail)) in events.into_iter().enumerate() {
        if event["kind"] == "run-started" {
            detail = json!({ "start": {
                "plan": plan, "plan_digest": "d1".repeat(32), "files": {}, "workspace": "demo", "commit": null,
                "dirty": false, "version": "0.1.0", "heads": {}, "continues": null, "time_scale": 3600,
                "declared": "declared by olga on a report",
            }});
        }
        let record: Record = serde_json::from_value(json!({
            "format": 1, "run": "20261123-0204-abcd", "seq": seq, "at": format!("2026-11-23T02:04:{:02}Z", 5 + seq),
            "by": "olga", "prev": prev, "drill": true, "event": event, "detail": detail,
        }))
        .expect("the example is a record");
        prev = sha256_hex(&record.bytes().expect("finite"));
        out.push(record);
    }
    out
}

/// A run up to its first gate: stopped, paged without proof, assessed, a statement waiting for two votes.
pub(crate) fn at_the_gate() -> Vec<Record> {
    let plan = plan();
    let act = json!({
        "digest": "a1b2c3d4e5f6".repeat(5) + "a1b2", "prior": [null], "leaves": [null], "undo": [], "accounts": ["outbox/affected"],
        "key": "k", "statement": "Dear Sam,\nwe were wrong.",
        "requests": [ { "method": "POST", "url": "http://127.0.0.1:1/statements", "purpose": "send",
                        "headers": [["authorization", "Bearer {file sandbox-token}"]], "body": "{\"audience\":\"affected\"}" } ],
    });
    let none = || json!({});
    records(
        &plan,
        vec![
            (json!({ "kind": "run-started" }), none()),
            (json!({ "kind": "phase-entered", "phase": "contain" }), none()),
            (json!({ "kind": "step-intended", "step": 0 }), none()),
            (json!({ "kind": "step-observed", "step": 0, "outcome": "done" }), json!({ "took": "120ms" })),
            (
                json!({ "kind": "step-proved", "step": 0, "verdict": "pass" }),
                json!({ "took": "300ms", "seen": [ { "target": "autonomy", "status": 200, "requests": 1, "says": "consumers now see off" } ] }),
            ),
            (json!({ "kind": "step-intended", "step": 1 }), none()),
            (json!({ "kind": "step-observed", "step": 1, "outcome": "done" }), none()),
            (json!({ "kind": "step-proved", "step": 1, "verdict": "accepted" }), none()),
            (json!({ "kind": "phase-entered", "phase": "assess" }), none()),
            (
                json!({ "kind": "trigger-measured", "trigger": 0, "verdict": "pass" }),
                json!({ "measured": { "value": 0.06, "samples": 4100, "baseline": null } }),
            ),
            (
                json!({ "kind": "fact-answered", "fact": 0, "region": 1, "source": "person" }),
                json!({ "value": { "yes-no": true } }),
            ),
            (
                json!({ "kind": "fact-answered", "fact": 1, "region": 1, "source": "signal" }),
                json!({ "measured": { "value": 1843.0, "samples": null, "baseline": null } }),
            ),
            (json!({ "kind": "severity-proposed", "row": 0 }), none()),
            (json!({ "kind": "severity-confirmed", "row": 0 }), none()),
            (json!({ "kind": "phase-entered", "phase": "respond" }), none()),
            (json!({ "kind": "step-prepared", "step": 2 }), json!({ "act": act })),
            (json!({ "kind": "gate-opened", "gate": 0 }), json!({ "deadline": "2026-11-23T02:34:20Z" })),
        ],
    )
}
