//! The adapter for Prometheus against a real server, and what of it is the dialect's against the sandbox, too. The real one
//! has a day of history, written by `.ci/servers/prometheus.sh`:
//!
//! - `suite_steady`: 0.06 every fifteen seconds for a day, up to now, and `suite_steady_cases` with 900 observations;
//! - `suite_doubled`: 2 for most of the day and 6 in its last hour, with `suite_doubled_cases` at 40;
//! - `suite_dipped`: 0.06, but 0.001 for one minute five minutes ago;
//! - `suite_stale`: ended an hour ago.

use aigov::model::catalog::Capability;
use aigov::plan::checked::Standing;
use aigov::plan::needed::Needed;
use aigov::plan::{Condition, Measure, Target};
use aigov::port::{Fault, SignalReading};
use aigov::run::event::Verdict;
use aigov::text::time::Millis;
use serde_json::json;

use crate::dialect::{Served, Which, contract};
use crate::open::Opened;
use crate::orders::{LIMIT, wait};
use crate::suite;

const HOUR: u64 = 3_600_000;

/// The server; none where the suite does not run.
fn server() -> Option<Opened> {
    Some(Opened::with("prometheus", &suite::variable("AIGOV_SUITE_PROMETHEUS")?, &[]))
}

/// A server with a series that has shown 0.06 for a good while.
struct Steady {
    _served: Option<Served>,
    opened: Opened,
    steady: &'static str,
}

impl Which {
    fn server(self) -> Option<Steady> {
        match self {
            Self::Real => Some(Steady { _served: None, opened: server()?, steady: "suite_steady" }),
            Self::Sandbox => {
                let served = Served::new();
                let token = served.token("sandbox-token");
                let opened = Opened::with("prometheus", &served.url("prometheus"), &[("token", &token)]);
                Some(Steady { _served: Some(served), opened, steady: "ai_ungrounded_ratio" })
            }
        }
    }
}

contract! {
    a_value_is_held_against_its_condition,
    no_data_is_never_good_news,
    a_value_that_holds_for_the_whole_time_is_seen_to,
    a_query_that_the_server_does_not_understand_is_said_in_its_words,
    a_check_says_whether_a_query_gives_anything,
}

fn measure(query: &str, count: Option<&str>, condition: Condition) -> Measure {
    let mut binding = json!({ "query": query });
    if let Some(count) = count {
        binding["count-query"] = json!(count);
    }
    Measure {
        signal: "suite".into(),
        target: Target {
            provider: "suite".into(),
            kind: "prometheus".into(),
            binding: binding.as_object().unwrap().clone(),
            label: "suite".into(),
        },
        condition,
        samples: None,
        lasting: None,
    }
}

fn read(opened: &Opened, measure: &Measure) -> Result<SignalReading, Fault> {
    wait(opened.provider().measure(measure, LIMIT))
}

fn verdict(opened: &Opened, measure: &Measure) -> Verdict {
    read(opened, measure).unwrap_or_else(|f| panic!("{f}")).verdict
}

fn a_value_is_held_against_its_condition(which: Which) {
    let Some(server) = which.server() else { return };
    let (opened, steady) = (&server.opened, server.steady);
    assert_eq!(verdict(opened, &measure(steady, None, Condition::Above(0.02))), Verdict::Pass);
    assert_eq!(verdict(opened, &measure(steady, None, Condition::Below(0.02))), Verdict::Fail);
    let reading = read(opened, &measure(steady, None, Condition::Value)).unwrap();
    assert_eq!(reading.measured.value, Some(0.06));
}

fn no_data_is_never_good_news(which: Which) {
    let Some(server) = which.server() else { return };
    let (opened, steady) = (&server.opened, server.steady);
    for query in ["suite_no_such_series", &format!("{steady} / 0 * 0")] {
        let reading = read(opened, &measure(query, None, Condition::Below(0.02))).unwrap();
        assert_eq!(reading.verdict, Verdict::Inconclusive, "{query}: {reading:?}");
        assert_eq!(reading.measured.value, None, "{query}");
    }
}

#[test]
fn a_series_that_ended_is_no_data() {
    let Some(opened) = server() else { return };
    let reading = read(&opened, &measure("suite_stale", None, Condition::Below(0.02))).unwrap();
    assert_eq!((reading.verdict, reading.measured.value), (Verdict::Inconclusive, None), "{reading:?}");
}

#[test]
fn too_few_observations_are_no_verdict() {
    let Some(opened) = server() else { return };
    let mut it = measure("suite_steady", Some("suite_steady_cases"), Condition::Above(0.02));
    it.samples = Some(200);
    let reading = read(&opened, &it).unwrap();
    assert_eq!((reading.verdict, reading.measured.samples), (Verdict::Pass, Some(900)), "{}", reading.says);
    it.samples = Some(1000);
    assert_eq!(verdict(&opened, &it), Verdict::Inconclusive);
    let mut it = measure("suite_steady", Some("suite_no_such_series"), Condition::Above(0.02));
    it.samples = Some(1);
    assert_eq!(verdict(&opened, &it), Verdict::Inconclusive);
}

fn a_value_that_holds_for_the_whole_time_is_seen_to(which: Which) {
    let Some(server) = which.server() else { return };
    for (condition, verdict) in [(Condition::Above(0.02), Verdict::Pass), (Condition::Below(0.02), Verdict::Fail)] {
        let mut it = measure(server.steady, None, condition);
        it.lasting = Some(Millis(15 * 60_000));
        assert_eq!(self::verdict(&server.opened, &it), verdict);
    }
}

#[test]
fn a_condition_has_to_hold_for_the_whole_time() {
    let Some(opened) = server() else { return };
    let lasting = |query: &str, minutes: u64| {
        let mut it = measure(query, None, Condition::Above(0.02));
        it.lasting = Some(Millis(minutes * 60_000));
        verdict(&opened, &it)
    };
    assert_eq!(lasting("suite_steady", 15), Verdict::Pass);
    assert_eq!(lasting("suite_dipped", 15), Verdict::Fail);
    assert_eq!(lasting("suite_stale", 15), Verdict::Inconclusive);
}

#[test]
fn a_baseline_is_the_mean_of_the_window_before() {
    let Some(opened) = server() else { return };
    let doubled = |times: f64, cases: u64| {
        let condition = Condition::AboveBaseline { times, window: Millis(24 * HOUR), cases: Some(cases) };
        read(&opened, &measure("suite_doubled", Some("suite_doubled_cases"), condition)).unwrap()
    };
    let reading = doubled(2.0, 10);
    assert_eq!(reading.verdict, Verdict::Pass, "{}", reading.says);
    let baseline = reading.measured.baseline.unwrap();
    assert!((2.0..2.5).contains(&baseline), "{baseline}");
    assert_eq!(doubled(4.0, 10).verdict, Verdict::Fail);
    assert_eq!(doubled(2.0, 100).verdict, Verdict::Inconclusive);
}

#[test]
fn a_query_that_gives_several_series_is_no_verdict() {
    let Some(opened) = server() else { return };
    let query = r#"{__name__=~"suite_steady|suite_doubled"}"#;
    match read(&opened, &measure(query, None, Condition::Above(0.02))) {
        Ok(reading) => assert_eq!(reading.verdict, Verdict::Inconclusive, "{}", reading.says),
        Err(fault) => assert!(!fault.before_sending && fault.says.contains("series"), "{fault:?}"),
    }
}

fn a_query_that_the_server_does_not_understand_is_said_in_its_words(which: Which) {
    let Some(server) = which.server() else { return };
    let (opened, steady) = (&server.opened, server.steady);
    let says = match read(opened, &measure(&format!("{steady}{{"), None, Condition::Value)) {
        Ok(reading) => {
            assert_eq!(reading.verdict, Verdict::Inconclusive);
            reading.says
        }
        Err(fault) => fault.says,
    };
    assert!(says.contains("parse error") || says.contains("bad_data"), "{says}");
}

#[test]
fn a_series_that_is_being_scraped_is_seen_to_change() {
    let Some(opened) = server() else { return };
    let exporter = crate::exporter::Exporter::on(&suite::variable("AIGOV_SUITE_EXPORTER").unwrap());
    for value in [0.25, 0.75] {
        exporter.set("suite_live", value);
        let reading = crate::orders::eventually(
            || read(&opened, &measure("suite_live", None, Condition::Value)).unwrap(),
            |r| r.measured.value == Some(value),
        );
        assert_eq!(reading.measured.value, Some(value));
    }
}

fn a_check_says_whether_a_query_gives_anything(which: Which) {
    let Some(server) = which.server() else { return };
    let (opened, steady) = (&server.opened, server.steady);
    let look = |query: &str| {
        let target = measure(query, None, Condition::Value).target;
        wait(opened.provider().check(&[Needed::used(target, Capability::Signal)], LIMIT))
    };
    let notes = look(steady);
    assert!(!notes.is_empty() && notes.iter().all(|n| n.is != Standing::Wrong), "{notes:?}");
    assert!(look(&format!("{steady}{{")).iter().any(|n| n.is == Standing::Wrong && n.says.contains("parse error")));
    assert!(look("suite_no_such_series").iter().any(|n| n.is == Standing::Note && n.says.contains("no data")));
}
