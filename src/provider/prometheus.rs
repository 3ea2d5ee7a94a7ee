//! Prometheus: signals by instant query, so that the server's own clock is the only one that counts.
//!
//! Facts observed on Prometheus 2.42: values are texts; no data is 200 with an empty result, which is never taken for
//! health; a bad query is 400 `bad_data`. A condition that has to last is held against the worst value over that time, and
//! against how much of that time has data at all. Changes nothing and can be asked for no act.

use serde_json::Value;

use super::adapter::Adapter;
use super::answer::{self, Answer, Fate};
use super::checks::Access;
use super::link::{self, Link, Opening, needs, takes};
use super::request::{Request, encode};
use super::transport::Deadline;
use crate::model::catalog::{Ability, Capability, Holds, Key, Kind, nothing};
use crate::plan::checked::Checked;
use crate::plan::needed::Needed;
use crate::plan::{Condition, Measure, Proof, Repeat};
use crate::port::{Fault, Order, Prepared, Sight, SignalReading};
use crate::run::event::{Outcome, Verdict};
use crate::run::record::Measured;
use crate::text::number::shown;
use crate::text::safe;
use crate::text::time::Millis;

pub(super) const KIND: Kind = Kind {
    name: "prometheus",
    about: "Prometheus, or anything that answers its query API: signals",
    settings: &[
        needs("url", Holds::Url, "the server, such as https://prometheus.example.com"),
        takes("token", Holds::Secret, "sent as a bearer token"),
    ],
    shared: &[],
    ability: |capability, _, _| match capability {
        Capability::Signal => {
            Some(Ability { keys: SIGNAL, open: false, repeat: Repeat::Harmless, proof: Proof::ReadBack })
        }
        _ => None,
    },
    lacks: nothing,
};

const SIGNAL: &[Key] = &[
    needs("query", Holds::Text, "PromQL that gives one number"),
    takes("count-query", Holds::Text, "PromQL for the number of observations behind it"),
];

/// The part of a lasting condition's time that must have data.
const COVERED: f64 = 0.9;

pub(super) struct Prometheus {
    link: Link,
}

/// What a query came to.
enum Read {
    Number(f64),
    /// Why there is none, as one line.
    Nothing(String),
}

/// How finely a length of time is looked at: about as often as metrics are collected, with a bounded number of points.
fn step(length: Millis) -> Millis {
    const SECOND: u64 = 1_000;
    let step = match length.0 / SECOND {
        0..=60 => SECOND * 5,
        61..=3_600 => SECOND * 15,
        3_601..=86_400 => SECOND * 60,
        _ => SECOND * 300,
    };
    Millis(step.min(length.0 / 2).max(SECOND))
}

impl Prometheus {
    pub(super) fn open(opening: &Opening<'_>) -> Result<Self, Fault> {
        Ok(Self { link: Link::open(opening)? })
    }

    fn request(&self, query: &str) -> Request {
        let url = self.link.base.at(&format!("/api/v1/query?query={}", encode(query)));
        Request::get(url, "measure").secret("Authorization", "Bearer ", self.link.token.as_ref())
    }

    async fn number(&self, query: &str, until: Deadline) -> Result<Read, Fault> {
        let answer = self.link.read(&self.request(query), until).await;
        if answer.fate == Fate::NotSent {
            return Err(Fault { says: answer.says, help: answer.help, before_sending: true });
        }
        Ok(read(&answer))
    }

    async fn reading(&self, measure: &Measure, until: Deadline) -> Result<SignalReading, Fault> {
        let query = link::binding(&measure.target, "query")?;
        let count_query = link::maybe(&measure.target, "count-query");
        let mut measured = Measured { value: None, samples: None, baseline: None };
        let unclear = |measured, says| Ok(SignalReading { verdict: Verdict::Inconclusive, measured, says });
        // What the condition is held against: the value now, or the one furthest from it over the time it has to last.
        let extreme = match (&measure.condition, measure.lasting) {
            (Condition::Value, _) | (_, None) => None,
            (Condition::Above(_) | Condition::AboveBaseline { .. }, Some(lasting)) => Some(("min", "lowest", lasting)),
            (Condition::Below(_), Some(lasting)) => Some(("max", "highest", lasting)),
        };
        let mut words = String::new();
        let asked = match extreme {
            None => query.to_owned(),
            Some((function, word, lasting)) => {
                let window = format!("({query})[{lasting}:{}]", step(lasting));
                let points = match self.number(&format!("count_over_time({window})"), until).await? {
                    Read::Number(points) => points,
                    Read::Nothing(why) => return unclear(measured, format!("{why} in the last {lasting}")),
                };
                #[expect(clippy::cast_precision_loss, reason = "a number of points is far below 2^52")]
                let wanted = (lasting.0 / step(lasting).0) as f64;
                if points < (wanted * COVERED).floor() {
                    let part = (points / wanted * 100.0).floor();
                    return unclear(measured, format!("data for only {part} % of the last {lasting}"));
                }
                words = format!("{word} of the last {lasting}: ");
                format!("{function}_over_time({window})")
            }
        };
        let value = match self.number(&asked, until).await? {
            Read::Number(value) => value,
            Read::Nothing(why) => return unclear(measured, why),
        };
        measured.value = Some(value);
        let floor = match &measure.condition {
            Condition::AboveBaseline { cases, .. } => measure.samples.max(*cases),
            _ => measure.samples,
        };
        if let Some(query) = count_query {
            match self.number(query, until).await? {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates; negative is 0")]
                Read::Number(count) => measured.samples = Some(count as u64),
                Read::Nothing(why) if floor.is_some() => return unclear(measured, format!("observations: {why}")),
                Read::Nothing(_) => {}
            }
        }
        match (floor, measured.samples) {
            (Some(floor), None) => {
                let says = format!("{floor} observations are asked for, but the signal has no `count-query`");
                return unclear(measured, says);
            }
            (Some(floor), Some(samples)) if samples < floor => {
                return unclear(
                    measured,
                    format!("{words}{} from {samples} observations, fewer than {floor}", shown(value)),
                );
            }
            _ => {}
        }
        let holds = match &measure.condition {
            Condition::Value => true,
            Condition::Above(limit) => value > *limit,
            Condition::Below(limit) => value < *limit,
            Condition::AboveBaseline { times, window, .. } => {
                let baseline = format!("avg_over_time(({query})[{window}:{}])", step(*window));
                match self.number(&baseline, until).await? {
                    Read::Number(baseline) => {
                        measured.baseline = Some(baseline);
                        words = format!("{words}baseline {}, now ", shown(baseline));
                        value > 0.0 && value >= times * baseline
                    }
                    Read::Nothing(why) => return unclear(measured, format!("baseline: {why}")),
                }
            }
        };
        let samples = measured.samples.map_or_else(String::new, |s| format!(" from {s} observations"));
        let verdict = if holds { Verdict::Pass } else { Verdict::Fail };
        Ok(SignalReading { verdict, measured, says: format!("{words}{}{samples}", shown(value)) })
    }
}

/// Exactly one finite number, or why there is none.
fn read(answer: &Answer) -> Read {
    let document = match answer.document() {
        Ok(document) => document,
        Err(why) => return Read::Nothing(why),
    };
    if document["status"] != "success" {
        return Read::Nothing(format!("the answer is not a result: {}", answer::excerpt(&answer.body)));
    }
    if let Some(warning) = document["warnings"].get(0).and_then(Value::as_str) {
        return Read::Nothing(format!("the result is incomplete: {}", safe::excerpt(warning, 200)));
    }
    let data = &document["data"];
    let sample = match (data["resultType"].as_str(), data["result"].as_array()) {
        (Some("scalar"), Some(sample)) => sample.get(1),
        (Some("vector"), Some(series)) => match series.as_slice() {
            [] => return Read::Nothing("no data".to_owned()),
            [one] => one["value"].get(1),
            many => return Read::Nothing(format!("the query gives {} series, not one number", many.len())),
        },
        _ => return Read::Nothing("the query does not give a number".to_owned()),
    };
    match sample.and_then(Value::as_str).and_then(|v| v.parse::<f64>().ok()) {
        Some(number) if number.is_finite() => Read::Number(number),
        Some(odd) => Read::Nothing(format!("the value is {odd}, which says nothing")),
        None => Read::Nothing("the value is not a number".to_owned()),
    }
}

impl Adapter for Prometheus {
    fn link(&self) -> &Link {
        &self.link
    }

    fn requests_of(&self, order: &Order<'_>) -> Result<Vec<Request>, Fault> {
        Err(self.link.cannot(order))
    }

    async fn prepare_order(&self, order: &Order<'_>, _until: Deadline) -> Result<Prepared, Fault> {
        Err(self.link.cannot(order))
    }

    async fn perform_order(
        &self,
        order: &Order<'_>,
        _prepared: Option<&Prepared>,
        _until: Deadline,
    ) -> Result<Sight<Outcome>, Fault> {
        Err(self.link.cannot(order))
    }

    async fn probe_order(
        &self,
        order: &Order<'_>,
        _prepared: Option<&Prepared>,
        _until: Deadline,
    ) -> Result<Sight<Verdict>, Fault> {
        Err(self.link.cannot(order))
    }

    async fn read_signal(&self, measure: &Measure, until: Deadline) -> Result<SignalReading, Fault> {
        self.reading(measure, until).await
    }

    async fn check_access(&self, _needed: &[Needed], until: Deadline) -> Access {
        self.access(until).await
    }

    async fn check_needed(&self, needed: &Needed, until: Deadline) -> Result<Vec<Checked>, Fault> {
        self.check_signal(needed, until).await
    }
}

mod check;
#[cfg(test)]
mod tests;
