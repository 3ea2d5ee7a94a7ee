//! Triggers, and the measurements that triggers and checks share.
//!
//! Owns which thresholds may stand where.

use super::runbook::id;
use super::table::Table;
use crate::diag::code;
use crate::model::runbook::{Condition, Measure, Trigger, TriggerOn};
use crate::text::span::Spanned;

/// The one of some keys that is there; several are reported.
pub(super) fn one_of(t: &Table<'_, '_>, keys: &[&'static str]) -> Option<&'static str> {
    let there = t.which(keys);
    if let [first, second, ..] = there.as_slice() {
        t.reader.report(
            t.reader
                .make(
                    code::CONFLICTING_KEYS,
                    t.key_span(second),
                    format!("`{first}` and `{second}` exclude each other"),
                    "this one",
                )
                .at(&t.reader.source, t.key_span(first), "and this one")
                .help("keep one of them"),
        );
    }
    there.first().copied()
}

pub(super) fn trigger(t: Table<'_, '_>) -> Trigger {
    let id = id(&t, "trigger");
    let on = match one_of(&t, &["signal", "report"]) {
        Some("report") => {
            for key in ["above", "below", "above-baseline", "samples", "for"] {
                t.refuse(key, "a report is made by a person; only a signal has a threshold");
            }
            t.text("report").map(TriggerOn::Report)
        }
        Some(_) => measure(&t, &["above", "below", "above-baseline"]).map(TriggerOn::Signal),
        None => {
            t.get("signal");
            t.get("report");
            keys(&t);
            t.missing("signal", "signal = \"…\"");
            None
        }
    };
    let trigger = Trigger { span: t.span, id, on };
    t.get("signal");
    t.get("report");
    t.finish();
    trigger
}

/// Marks the keys of a measurement as known.
pub(super) fn keys(t: &Table<'_, '_>) {
    for key in ["above", "below", "above-baseline", "samples", "for"] {
        t.get(key);
    }
}

pub(super) fn measure(t: &Table<'_, '_>, conditions: &[&'static str]) -> Option<Measure> {
    let signal = t.text("signal");
    let condition = condition(t, conditions);
    let (samples, lasting) = (t.count("samples"), t.duration("for"));
    Some(Measure { signal: signal?, condition, samples, lasting })
}

pub(super) fn condition(t: &Table<'_, '_>, keys: &[&'static str]) -> Option<Spanned<Condition>> {
    for key in keys {
        t.get(key);
    }
    match one_of(t, keys) {
        Some("above") => t.number("above").map(|n| n.map(Condition::Above)),
        Some("below") => t.number("below").map(|n| n.map(Condition::Below)),
        Some(_) => {
            let b = t.table("above-baseline", "`above-baseline`")?;
            let times = b.must("times", "times = 2.0", b.number("times"));
            let window = b.must("window", "window = \"24h\"", b.duration("window"));
            let cases = b.count("cases");
            if let Some(n) = times.filter(|n| n.value <= 1.0) {
                b.reader.advise(
                    code::BAD_VALUE,
                    n.span,
                    "`times` must be more than 1",
                    "",
                    "2.0 means: twice the mean of the window",
                );
            }
            let span = b.head;
            b.finish();
            Some(Spanned::new(Condition::AboveBaseline { times: times?, window: window?, cases }, span))
        }
        None => {
            if !t.has("above-baseline") {
                t.missing(if keys.len() < 3 { "below" } else { "above" }, "above = 0.02");
            }
            None
        }
    }
}
