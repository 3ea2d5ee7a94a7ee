use serde_json::{Value, json};

use crate::plan::{Condition, Measure};
use crate::port::{Providers as _, SignalReading};
use crate::provider::stub::{Got, Reply, Stub};
use crate::provider::tests::{LIMIT, one, target};
use crate::run::event::Verdict;
use crate::text::time::Millis;

fn vector(value: &str) -> Value {
    json!({ "status": "success", "data": { "resultType": "vector", "result": [{ "metric": {}, "value": [1.0, value] }] } })
}

fn query(got: &Got) -> String {
    let encoded = got.target.strip_prefix("/api/v1/query?query=").unwrap();
    let mut bytes = encoded.bytes();
    let mut out = String::new();
    while let Some(b) = bytes.next() {
        out.push(if b == b'%' {
            let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
            char::from(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap())
        } else {
            char::from(b)
        });
    }
    out
}

struct Ask {
    condition: Condition,
    samples: Option<u64>,
    lasting: Option<Millis>,
    count: bool,
}

const NOW: Ask = Ask { condition: Condition::Value, samples: None, lasting: None, count: false };

/// Measures against a server that answers each query with a value or, for none, with no data.
async fn measure(ask: Ask, answer: fn(&str) -> Option<&'static str>) -> (SignalReading, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::start(move |got| match answer(&query(got)) {
        Some(value) => Reply::Json(200, vector(value)),
        None => Reply::Json(200, json!({ "status": "success", "data": { "resultType": "vector", "result": [] } })),
    })
    .await;
    let set = one(folder.path(), "prometheus", json!({}), json!({ "url": stub.url, "token": { "file": "token" } }));
    let mut binding = json!({ "query": "q" });
    if ask.count {
        binding["count-query"] = json!("c");
    }
    let measure = Measure {
        signal: "s".into(),
        target: target("prometheus", "s", binding),
        condition: ask.condition,
        samples: ask.samples,
        lasting: ask.lasting,
    };
    let reading = set.get("prometheus").unwrap().measure(&measure, LIMIT).await.unwrap();
    assert!(stub.got().iter().all(|g| g.headers["authorization"] == "Bearer a-token-0123456789"));
    (reading, stub.got().iter().map(query).collect())
}

#[tokio::test(flavor = "current_thread")]
async fn a_threshold_is_crossed_or_not_or_nothing_is_known() {
    let above = |limit| Ask { condition: Condition::Above(limit), ..NOW };
    for (limit, verdict) in [(0.02, Verdict::Pass), (0.06, Verdict::Fail), (0.07, Verdict::Fail)] {
        let (reading, asked) = measure(above(limit), |_| Some("0.06")).await;
        assert_eq!((reading.verdict, reading.measured.value), (verdict, Some(0.06)), "{limit}: {}", reading.says);
        assert_eq!(asked, ["q"]);
    }
    for odd in [None, Some("NaN"), Some("+Inf"), Some("x")] {
        let answer: fn(&str) -> Option<&'static str> = match odd {
            None => |_| None,
            Some("NaN") => |_| Some("NaN"),
            Some("+Inf") => |_| Some("+Inf"),
            Some(_) => |_| Some("x"),
        };
        let (reading, _) = measure(Ask { condition: Condition::Below(1.0), ..NOW }, answer).await;
        assert_eq!((reading.verdict, reading.measured.value), (Verdict::Inconclusive, None), "{odd:?}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn too_few_observations_are_no_verdict() {
    let ask = |samples, count| Ask { condition: Condition::Below(0.01), samples, count, ..NOW };
    let answer = |q: &str| Some(if q == "c" { "199" } else { "0.004" });
    assert_eq!(measure(ask(Some(200), true), answer).await.0.verdict, Verdict::Inconclusive);
    let (reading, _) = measure(ask(Some(199), true), answer).await;
    assert_eq!((reading.verdict, reading.measured.samples), (Verdict::Pass, Some(199)));
    let (reading, _) = measure(ask(Some(1), false), answer).await;
    assert_eq!(reading.verdict, Verdict::Inconclusive);
    assert!(reading.says.contains("count-query"), "{}", reading.says);
    assert_eq!(measure(ask(None, false), answer).await.0.verdict, Verdict::Pass);
    let nothing_counted = |q: &str| if q == "c" { None } else { Some("0.004") };
    assert_eq!(measure(ask(Some(1), true), nothing_counted).await.0.verdict, Verdict::Inconclusive);
}

#[tokio::test(flavor = "current_thread")]
async fn a_lasting_condition_holds_at_its_worst_moment_and_has_data_all_along() {
    let ask = |condition| Ask { condition, lasting: Some(Millis::from_secs(900)), ..NOW };
    let answer = |q: &str| match q {
        "count_over_time((q)[15m:15s])" => Some("60"),
        "min_over_time((q)[15m:15s])" => Some("0.01"),
        "max_over_time((q)[15m:15s])" => Some("0.05"),
        _ => panic!("{q}"),
    };
    assert_eq!(measure(ask(Condition::Above(0.02)), answer).await.0.verdict, Verdict::Fail, "it dipped");
    assert_eq!(measure(ask(Condition::Above(0.005)), answer).await.0.verdict, Verdict::Pass);
    assert_eq!(measure(ask(Condition::Below(0.04)), answer).await.0.verdict, Verdict::Fail, "it peaked");
    assert_eq!(measure(ask(Condition::Below(0.06)), answer).await.0.verdict, Verdict::Pass);
    let half = |q: &str| Some(if q.starts_with("count") { "30" } else { "0.01" });
    let (reading, _) = measure(ask(Condition::Below(0.06)), half).await;
    assert_eq!(reading.verdict, Verdict::Inconclusive);
    assert!(reading.says.contains("50 %"), "{}", reading.says);
}

#[tokio::test(flavor = "current_thread")]
async fn a_baseline_is_the_mean_of_the_same_signal() {
    let ask = |times, cases| Ask {
        condition: Condition::AboveBaseline { times, window: Millis::from_secs(86_400), cases },
        count: true,
        ..NOW
    };
    let answer = |q: &str| match q {
        "q" => Some("0.06"),
        "c" => Some("12"),
        "avg_over_time((q)[1d:1m])" => Some("0.03"),
        _ => panic!("{q}"),
    };
    let (reading, _) = measure(ask(2.0, Some(10)), answer).await;
    assert_eq!((reading.verdict, reading.measured.baseline), (Verdict::Pass, Some(0.03)), "{}", reading.says);
    assert_eq!(measure(ask(2.1, Some(10)), answer).await.0.verdict, Verdict::Fail);
    assert_eq!(measure(ask(2.0, Some(13)), answer).await.0.verdict, Verdict::Inconclusive, "too few cases");
    let no_baseline = |q: &str| if q.starts_with("avg") { None } else { Some("20") };
    assert_eq!(measure(ask(2.0, None), no_baseline).await.0.verdict, Verdict::Inconclusive);
    let all_zero = |q: &str| Some(if q == "c" { "20" } else { "0" });
    assert_eq!(measure(ask(2.0, None), all_zero).await.0.verdict, Verdict::Fail, "nothing is not twice nothing");
}

#[tokio::test(flavor = "current_thread")]
async fn what_is_no_single_number_is_no_verdict() {
    let two = json!({ "resultType": "vector", "result": [{ "value": [1, "1"] }, { "value": [1, "2"] }] });
    let bodies = [
        (json!({ "status": "success", "data": two }), "2 series"),
        (json!({ "status": "success", "data": { "resultType": "matrix", "result": [] } }), "does not give a number"),
        (json!({ "status": "success", "warnings": ["partial"], "data": vector("1")["data"] }), "partial"),
        (json!({ "status": "error", "errorType": "bad_data", "error": "parse error" }), "parse error"),
        (json!({ "status": "success", "data": { "resultType": "scalar", "result": [1, "0.5"] } }), ""),
    ];
    for (body, why) in bodies {
        let folder = tempfile::tempdir().unwrap();
        let stub = Stub::start(move |_| Reply::Json(200, body.clone())).await;
        let set = one(folder.path(), "prometheus", json!({}), json!({ "url": stub.url }));
        let measure = Measure {
            signal: "s".into(),
            target: target("prometheus", "s", json!({ "query": "q" })),
            condition: Condition::Value,
            samples: None,
            lasting: None,
        };
        let reading = set.get("prometheus").unwrap().measure(&measure, LIMIT).await.unwrap();
        let wanted = if why.is_empty() { Verdict::Pass } else { Verdict::Inconclusive };
        assert_eq!(reading.verdict, wanted, "{why}: {}", reading.says);
        assert!(reading.says.contains(why), "{why}: {}", reading.says);
    }
}
