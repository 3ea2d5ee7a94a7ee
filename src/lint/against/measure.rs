//! Two conditions on a signal, or on an answer: which of them is harder to meet.
//!
//! Owns the comparison and its words. Whether harder is weaker is known to the rule: a trigger that is harder to meet fires
//! later, a check that is harder to meet lets autonomy return later.

use super::steps::is_one_place;
use crate::plan::{Condition, Measure};
use crate::text::time::Millis;

/// One way in which a condition differs from another.
pub(super) struct Difference {
    /// Of what.
    pub(super) what: &'static str,
    pub(super) from: String,
    pub(super) to: String,
    /// Whether the second is harder to meet; none where nobody can say.
    pub(super) harder: Option<bool>,
}

/// Whether two measures read the same.
pub(super) fn is_one_signal(a: &Measure, b: &Measure) -> bool {
    a.signal == b.signal || is_one_place(&a.target, &b.target)
}

/// How two measures of the same signal differ.
pub(super) fn differences(a: &Measure, b: &Measure) -> Vec<Difference> {
    let mut out = conditions(&a.condition, &b.condition);
    let (x, y) = (a.samples.unwrap_or(0), b.samples.unwrap_or(0));
    out.extend(different("samples", x.to_string(), y.to_string(), x < y));
    let (x, y) = (a.lasting.unwrap_or(Millis(0)), b.lasting.unwrap_or(Millis(0)));
    out.extend(different("`for`", x.to_string(), y.to_string(), x < y));
    out
}

/// How two conditions differ.
pub(super) fn conditions(a: &Condition, b: &Condition) -> Vec<Difference> {
    match (a, b) {
        (Condition::Above(x), Condition::Above(y)) => {
            different("threshold", words(a), words(b), x < y).into_iter().collect()
        }
        (Condition::Below(x), Condition::Below(y)) => {
            different("threshold", words(a), words(b), x > y).into_iter().collect()
        }
        (
            Condition::AboveBaseline { times: x, window: s, cases: c },
            Condition::AboveBaseline { times: y, window: t, cases: d },
        ) => {
            let mut out: Vec<Difference> =
                different("ratio to the baseline", x.to_string(), y.to_string(), x < y).into_iter().collect();
            let (c, d) = (c.unwrap_or(0), d.unwrap_or(0));
            out.extend(different("cases", c.to_string(), d.to_string(), c < d));
            out.extend(
                different("window", s.to_string(), t.to_string(), false).map(|d| Difference { harder: None, ..d }),
            );
            out
        }
        (Condition::Value, Condition::Value) => Vec::new(),
        _ => vec![Difference { what: "threshold", from: words(a), to: words(b), harder: None }],
    }
}

fn different(what: &'static str, from: String, to: String, harder: bool) -> Option<Difference> {
    (from != to).then_some(Difference { what, from, to, harder: Some(harder) })
}

fn words(condition: &Condition) -> String {
    match condition {
        Condition::Above(x) => format!("above {x}"),
        Condition::Below(x) => format!("below {x}"),
        Condition::AboveBaseline { times, window, .. } => format!("{times} times the mean of {window}"),
        Condition::Value => "any value".to_owned(),
    }
}
