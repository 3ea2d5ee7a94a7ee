//! The dialect of Prometheus: instant and range queries about the world's metrics.
//!
//! Values are texts, no data is an empty result and no error, and a query that can't be read is 400. Metrics age
//! [`super::SPEED`] times faster than the clock on the wall: a time given by the caller is a time of the metrics.

use serde_json::{Value as Json, json};

use super::cast;
use super::exchange::{Asked, Reply};
use super::promql::{self, Labels, Source, Value};
use super::store::Tokens;
use super::world::World;
use crate::text::time::{Instant, Millis};

const MOST_POINTS: i64 = 11_000;

struct Metrics<'a> {
    world: &'a World,
    now: Instant,
}

impl Source for Metrics<'_> {
    fn labels(&self, metric: &str) -> Labels {
        let of = cast::measured(metric).map_or("", |(member, _)| member.name);
        [("__name__", metric), ("automation", of), ("instance", &format!("{of}:9090")), ("job", of)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    fn value(&self, metric: &str, age: Millis) -> Option<f64> {
        self.world.metric(metric, self.now, age)
    }
}

/// A refusal: status and body.
type Refusal = Reply;

pub(super) fn answer(world: &World, asked: &Asked, tokens: &Tokens, now: Instant) -> Reply {
    let rest = asked.rest(1);
    match rest.as_slice() {
        ["-", "healthy"] => return Reply::text(200, "text/plain; charset=utf-8", "Prometheus Server is Healthy.\n"),
        ["-", "ready"] => return Reply::text(200, "text/plain; charset=utf-8", "Prometheus Server is Ready.\n"),
        _ => {}
    }
    if !asked.credential().is_some_and(|t| tokens.is(t)) {
        return Reply::text(401, "text/plain; charset=utf-8", "Unauthorized\n")
            .with("www-authenticate", "Bearer".to_owned());
    }
    let metrics = Metrics { world, now };
    let done = match (asked.method.as_str(), rest.as_slice()) {
        ("GET" | "POST", ["api", "v1", "query"]) => query(&metrics, asked),
        ("GET" | "POST", ["api", "v1", "query_range"]) => query_range(&metrics, asked),
        ("GET", ["api", "v1", "status", "buildinfo"]) => Ok(json!({ "version": "2.42.0", "revision": "sandbox" })),
        _ => return Reply::text(404, "text/plain; charset=utf-8", "404 page not found\n"),
    };
    match done {
        Ok(data) => Reply::json(200, "application/json", &json!({ "status": "success", "data": data })),
        Err(refusal) => refusal,
    }
}

/// A parameter from the query or the body's form, the query first.
fn parameter(asked: &Asked, name: &str) -> Option<String> {
    let form = if asked.is_of_type("application/x-www-form-urlencoded") { asked.form() } else { Vec::new() };
    asked.query.iter().chain(&form).find(|(n, _)| n == name).map(|(_, v)| v.clone())
}

fn expression(asked: &Asked) -> Result<promql::Expr, Refusal> {
    let text = parameter(asked, "query").unwrap_or_default();
    promql::parse(&text).map_err(|e| bad_data(&format!("invalid parameter \"query\": {e}")))
}

fn query(metrics: &Metrics<'_>, asked: &Asked) -> Result<Json, Refusal> {
    let at = match parameter(asked, "time") {
        None => metrics.now,
        Some(text) => time("time", &text)?,
    };
    let expr = expression(asked)?;
    let value = promql::evaluate(&expr, metrics, metrics.now.since(at)).map_err(|e| bad_data(&e))?;
    let point = |v: f64| json!([seconds(at), number(v)]);
    Ok(match value {
        Value::Scalar(v) => json!({ "resultType": "scalar", "result": point(v) }),
        Value::Vector(vector) => json!({
            "resultType": "vector",
            "result": vector.iter().map(|(l, v)| json!({ "metric": l, "value": point(*v) })).collect::<Vec<_>>(),
        }),
        Value::Matrix(matrix) => {
            let values = |samples: &[(Millis, f64)]| -> Vec<Json> {
                let at = |age: Millis| Instant(metrics.now.0.saturating_sub_unsigned(age.0));
                samples.iter().map(|(age, v)| json!([seconds(at(*age)), number(*v)])).collect()
            };
            json!({
                "resultType": "matrix",
                "result": matrix.iter().map(|(l, s)| json!({ "metric": l, "values": values(s) })).collect::<Vec<_>>(),
            })
        }
    })
}

fn query_range(metrics: &Metrics<'_>, asked: &Asked) -> Result<Json, Refusal> {
    let needed = |name: &str| {
        parameter(asked, name)
            .ok_or_else(|| bad_data(&format!("invalid parameter \"{name}\": cannot parse \"\" to a valid timestamp")))
    };
    let (start, end) = (time("start", &needed("start")?)?, time("end", &needed("end")?)?);
    if end < start {
        return Err(bad_data("invalid parameter \"end\": end timestamp must not be before start time"));
    }
    let step = needed("step")?;
    let length = step.parse::<f64>().ok().map(|s| s * 1_000.0).or_else(|| {
        #[expect(clippy::cast_precision_loss, reason = "a step in milliseconds is far below 2^53")]
        step.parse::<Millis>().ok().map(|m| m.0 as f64)
    });
    #[expect(clippy::cast_possible_truncation, reason = "a step beyond 2^63 ms saturates and has one point")]
    let length = length
        .ok_or_else(|| bad_data(&format!("invalid parameter \"step\": cannot parse \"{step}\" to a valid duration")))?
        as i64;
    if length <= 0 {
        return Err(bad_data(
            "invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive \
             integer",
        ));
    }
    if (end.0 - start.0) / length > MOST_POINTS {
        return Err(bad_data(
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution \
             (?step=XX)",
        ));
    }
    let expr = expression(asked)?;
    let mut series: Vec<(Labels, Vec<Json>)> = Vec::new();
    let mut at = start;
    while at <= end {
        let points = match promql::evaluate(&expr, metrics, metrics.now.since(at)).map_err(|e| bad_data(&e))? {
            Value::Scalar(v) => vec![(Labels::new(), v)],
            Value::Vector(vector) => vector,
            Value::Matrix(_) => {
                return Err(bad_data(
                    "invalid expression type \"range vector\" for range query, must be Scalar or \
                    instant Vector",
                ));
            }
        };
        for (labels, v) in points {
            let point = json!([seconds(at), number(v)]);
            match series.iter_mut().find(|(l, _)| *l == labels) {
                Some((_, values)) => values.push(point),
                None => series.push((labels, vec![point])),
            }
        }
        at = Instant(at.0.saturating_add(length));
    }
    let result: Vec<Json> = series.iter().map(|(l, v)| json!({ "metric": l, "values": v })).collect();
    Ok(json!({ "resultType": "matrix", "result": result }))
}

/// An instant as Prometheus takes it: seconds since the epoch or RFC 3339.
fn time(parameter: &str, text: &str) -> Result<Instant, Refusal> {
    #[expect(clippy::cast_possible_truncation, reason = "a time beyond 2^63 ms saturates at the end of time")]
    let seconds = text.parse::<f64>().ok().filter(|s| s.is_finite()).map(|s| Instant((s * 1_000.0).round() as i64));
    seconds.or_else(|| text.parse().ok()).ok_or_else(|| {
        let says = format!("invalid parameter \"{parameter}\": cannot parse \"{text}\" to a valid timestamp");
        bad_data(&says)
    })
}

fn seconds(at: Instant) -> Json {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of this millennium are far below 2^53")]
    let seconds = at.0 as f64 / 1_000.0;
    json!(seconds)
}

fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        value.to_string()
    }
}

fn bad_data(says: &str) -> Reply {
    Reply::json(400, "application/json", &json!({ "status": "error", "errorType": "bad_data", "error": says }))
}
