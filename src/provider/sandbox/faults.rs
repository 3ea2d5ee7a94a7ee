//! The faults of a scenario as requests meet them, in whatever dialect, and signals that show what a scenario says.
//!
//! Must not know which call is spoilt, or when: whoever plays says so.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::exchange::{Asked, Reply};
use super::server::Disturbance;
use crate::model::scenario::FaultKind;

/// Longer than anybody waits for an answer.
const NEVER: Duration = Duration::from_secs(3_600);

/// What happens to one request of a call with this fault: whether the call acts, and how many of its requests came before.
#[must_use]
pub fn spoilt(kind: FaultKind, acts: bool, before: u32, asked: &Asked) -> Disturbance {
    let writes = !matches!(asked.method.as_str(), "GET" | "HEAD");
    match kind {
        FaultKind::Timeout => Disturbance::Late(NEVER),
        FaultKind::Error => Disturbance::Instead(refusal(503, "the drill has taken it away")),
        FaultKind::RateLimit => {
            let reply = refusal(429, "too many requests").with("retry-after", "3600".to_owned());
            Disturbance::Instead(reply)
        }
        FaultKind::Partial if writes => Disturbance::Lost,
        FaultKind::NoEffect if writes => Disturbance::Pretended,
        FaultKind::WrongVersion if writes => another(asked).map_or(Disturbance::Otherwise, Disturbance::Altered),
        FaultKind::StaleRead if !acts => Disturbance::Stale,
        FaultKind::StaleRead if before == 0 => Disturbance::Remembered,
        _ => Disturbance::None,
    }
}

fn refusal(status: u16, says: &str) -> Reply {
    Reply::json(status, "application/json", &json!({ "error": says, "message": says }))
}

/// The same request for another version; none where it names no version.
fn another(asked: &Asked) -> Option<Asked> {
    let mut body = asked.json()?;
    let version = body.get_mut("version")?;
    let other = if version.as_str() == Some("1") { "2" } else { "1" };
    *version = json!(other);
    Some(Asked { body: body.to_string().into_bytes(), ..asked.clone() })
}

/// What a query for a signal is answered with: its value, the observations behind it or its baseline, whichever is asked;
/// without a value, nothing. None for a request that is no such query.
#[must_use]
pub fn shown(
    asked: &Asked,
    binding: &BTreeMap<String, String>,
    [value, samples, baseline]: [Option<f64>; 3],
) -> Option<Disturbance> {
    if !asked.path.ends_with("/api/v1/query") {
        return None;
    }
    let query = asked.parameter("query")?;
    // The functions that are put around a signal's own query, which may begin with one of them itself.
    let own = binding.get("query");
    let around = |function: &str| own.is_some_and(|own| query.starts_with(&format!("{function}(({own})[")));
    let number = if own.is_some_and(|own| own == query) {
        value
    } else if binding.get("count-query").is_some_and(|q| q == query) {
        samples
    } else if around("avg_over_time") {
        baseline
    } else if around("count_over_time") {
        // As if it had been collected all the time.
        value.map(|_| 1_000_000.0)
    } else {
        value
    };
    let result: Vec<Value> = number.iter().map(|n| json!({ "metric": {}, "value": [0, n.to_string()] })).collect();
    let data = json!({ "status": "success", "data": { "resultType": "vector", "result": result } });
    Some(Disturbance::Instead(Reply::json(200, "application/json", &data)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_told_from_what_is_put_around_it_even_where_it_looks_the_same() {
        for own in ["rate(x[5m])", "avg_over_time(x[5m])", "count_over_time(x[1h])"] {
            let binding: BTreeMap<String, String> =
                [("query", own), ("count-query", "sum(y)")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
            for (query, number) in [
                (own.to_owned(), "0.5"),
                ("sum(y)".to_owned(), "300"),
                (format!("min_over_time(({own})[15m:15s])"), "0.5"),
                (format!("avg_over_time(({own})[24h:60s])"), "0.1"),
                (format!("count_over_time(({own})[15m:15s])"), "1000000"),
            ] {
                let target = format!("/prometheus/api/v1/query?query={}", crate::provider::request::encode(&query));
                let asked = Asked::new("GET", &target, Vec::new(), Vec::new());
                let Some(Disturbance::Instead(reply)) = shown(&asked, &binding, [Some(0.5), Some(300.0), Some(0.1)])
                else {
                    panic!("{query}")
                };
                let body: Value = serde_json::from_slice(&reply.body).unwrap();
                assert_eq!(body["data"]["result"][0]["value"][1], number, "{query}");
            }
        }
    }
}
