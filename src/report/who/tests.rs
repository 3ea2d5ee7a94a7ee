//! The answer compared whole, and what it says of everything that can be missing.

use super::*;
use crate::model::decode;
use crate::plan::shipped;
use crate::text::source::Source;

fn shipped(path: &str) -> &'static str {
    shipped::SANDBOX.iter().find(|(p, _)| *p == path).unwrap().1
}

fn now() -> Instant {
    "2026-11-23T02:14:20Z".parse().unwrap()
}

fn stop(run: &str, days: u64, drill: bool, first: Option<u64>, all: Option<u64>) -> Past {
    Past {
        run: run.into(),
        runbook: "incident/unknown".into(),
        environment: "production".into(),
        began: Instant(now().0 - i64::try_from(days).unwrap() * 86_400_000),
        drill,
        stops: true,
        first: first.map(Millis),
        all: all.map(Millis),
        proven: all.is_some(),
        holds: false,
        phase: Phase::Close,
        by: "olga".into(),
    }
}

/// The answer for the sandbox's automation, its files changed by replacing texts.
fn asked(edits: &[(&str, &str)], duty: &BTreeMap<String, Duty>, past: Option<&[Past]>) -> Who {
    let edited = |path: &str| {
        let mut text = shipped(path).to_owned();
        for (from, to) in edits {
            text = text.replace(from, to);
        }
        Source::new(path, text)
    };
    let automation = decode::automation(&edited("automations/support-replies.toml"), "support-replies").value;
    let people = decode::people(&edited("people.toml")).value;
    answer(&Known {
        automation: &automation,
        environment: Some("production"),
        people: Some(&people),
        duty,
        past,
        practised: &BTreeMap::new(),
        journal: ".aigov/journal.git",
        remote: Some("git@git.example.com:ai/journal.git"),
        command: "aigov stop support-replies".into(),
        refresh: "aigov who support-replies --refresh".into(),
    })
}

fn duty(person: Option<&str>, until: &str) -> BTreeMap<String, Duty> {
    let turn = Turn { person: person.map(Into::into), called: "Olga O.".into(), until: until.parse().ok() };
    let of = serde_json::json!({ "schedule": "PSBOXNT" });
    let Value::Object(of) = of else { unreachable!("it was written as an object") };
    let asked = Instant(now().0 - 7_500_000);
    BTreeMap::from([("any-sre".to_owned(), Duty { provider: "pager".into(), of, asked, turns: vec![turn] })])
}

#[test]
fn the_whole_answer_at_80_columns() {
    let mut open = stop("20261123-0204-abcd", 0, false, Some(2_100), Some(4_000));
    open.holds = true;
    open.phase = Phase::Respond;
    let past = [stop("20261101-0900-dddd", 22, true, Some(1_200), Some(1_200)), open];
    let who = asked(&[], &duty(Some("olga"), "2026-11-23T08:00:00Z"), Some(&past));
    assert_eq!(page(&who, now(), 80).to_string(), include_str!("tests/whole_80.txt"));
    let narrow = page(&who, now(), 40);
    assert_eq!(narrow.to_string(), include_str!("tests/whole_40.txt"));
}

#[test]
fn an_automation_of_which_nothing_is_said_lacks_everything_aloud() {
    let source = Source::new("automations/bot.toml", "schema = 1\n");
    let automation = decode::automation(&source, "bot").value;
    let who = answer(&Known {
        automation: &automation,
        environment: None,
        people: None,
        duty: &BTreeMap::new(),
        past: None,
        practised: &BTreeMap::new(),
        journal: ".aigov/journal.git",
        remote: None,
        command: "aigov stop bot".into(),
        refresh: "aigov who bot --refresh".into(),
    });
    assert_eq!(page(&who, now(), 80).to_string(), include_str!("tests/nothing_80.txt"));
}

#[test]
fn what_is_missing_is_said_in_its_place() {
    let none = BTreeMap::new();
    let fresh = duty(Some("olga"), "2026-11-23T08:00:00Z");
    let strange = duty(None, "2026-11-23T08:00:00Z");
    let mut empty = fresh.clone();
    empty.values_mut().for_each(|d| d.turns.clear());
    let half = [stop("r1", 9, false, Some(900), Some(900)), stop("r2", 1, false, Some(800), None)];
    type Row<'a> = (&'a [(&'a str, &'a str)], &'a BTreeMap<String, Duty>, &'a [Past], Part, &'a str);
    let rows: &[Row<'_>] = &[
        (&[], &none, &[], Part::Who, "`pager` was never asked who is on call as any-sre: aigov who support-replies"),
        (&[("PSBOXNT", "PANOTHER")], &fresh, &[], Part::Who, "`pager` was never asked who is on call"),
        (&[("provider = \"pager\"", "provider = \"other\"")], &fresh, &[], Part::Who, "`other` was never asked who"),
        (&[], &empty, &[], Part::Who, "nobody was on call as any-sre when `pager` was asked"),
        (&[], &strange, &[], Part::Who, "`Olga O.` of pager is on call as any-sre and has no entry in people.toml"),
        (
            &[("commander\", \"any-sre\"]", "commander\", \"any-rse\"]")],
            &fresh,
            &[],
            Part::Who,
            "`any-rse` is nobody of people.toml; did you mean",
        ),
        (
            &[("commander\", \"any-sre\"]", "commander\", \"the-duty-office\"]")],
            &fresh,
            &[],
            Part::Who,
            "neither a person nor a role",
        ),
        (&[("who       =", "wider2 =")], &fresh, &[], Part::Who, "nobody is named in `[stop] who`; these carry"),
        (
            &[("phone     = \"+41 44 000 00 02\"\nemail     = \"ada@sandbox.test\"", "")],
            &fresh,
            &[],
            Part::Who,
            "people.toml does not say how to reach ada",
        ),
        (&[], &fresh, &[], Part::Fast, "it was never stopped for real on this record"),
        (&[], &fresh, &half, Part::Fast, "it was never stopped in a drill"),
        (&[("control   = \"autonomy\"", "")], &fresh, &[], Part::Safe, "does not name a control"),
        (&[("control   = \"autonomy\"", "control = \"autonmy\"")], &fresh, &[], Part::Safe, "which is no control"),
        (&[("by-hand  =", "why  =")], &fresh, &[], Part::Safe, "does not say what to do there (`by-hand`)"),
        (
            &[("by-hand  =", "why  ="), ("console  =", "where  =")],
            &fresh,
            &[],
            Part::Safe,
            "says neither `console` nor `by-hand`",
        ),
        (&[("meanwhile =", "meantime =")], &fresh, &[], Part::Meanwhile, "does not say what customers see"),
        (&[("[evidence.", "[evidnce.")], &fresh, &[], Part::Evidence, "no source of evidence is described"),
    ];
    for (edits, duty, past, part, says) in rows {
        let who = asked(edits, duty, Some(past));
        let missing = who.missing.get(part).cloned().unwrap_or_default();
        assert!(missing.iter().any(|m| m.contains(says)), "{says}: {missing:?}");
        let shown = page(&who, now(), 400).to_string();
        assert!(shown.contains("MISSING"), "{shown}");
    }
}

#[test]
fn a_stop_that_was_not_proven_is_never_shown_as_one_and_the_last_proven_one_stands_beside_it() {
    let past = [stop("r1", 9, false, Some(900), Some(900)), stop("r2", 1, false, Some(800), None)];
    let who = asked(&[], &BTreeMap::new(), Some(&past));
    assert_eq!(who.real.iter().map(|p| p.run.as_str()).collect::<Vec<_>>(), ["r2", "r1"]);
    assert!(went(&who.real[0], now()).starts_with("NOT PROVEN WHOLLY"));
    assert_eq!(went(&stop("r3", 1, true, None, None), now()), "NOT PROVEN: no probe passed (1d 0h ago, run r3)");
}

#[test]
fn a_turn_that_is_over_and_whoever_hides_in_a_name_are_seen() {
    let mut duty = duty(Some("olga"), "2026-11-23T01:00:00Z");
    duty.values_mut().flat_map(|d| &mut d.turns).for_each(|t| t.called = "Ol\u{202e}ga\u{1b}[2J".into());
    let shown = page(&asked(&[], &duty, Some(&[])), now(), 200).to_string();
    assert!(
        shown.contains("TURN OVER since 01:00:00 UTC: Ol\\u{202e}ga\\u{1b}[2J (olga), said pager 2h 5m ago"),
        "{shown}"
    );
}
