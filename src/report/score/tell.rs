//! A score as lines of text and as JSON, and two of them side by side.

use serde_json::{Value, json};

use super::judge::standing;
use super::{RULES, Score};
use crate::model::word::Word as _;
use crate::report::drill::offset;
use crate::text::safe;

/// The card as lines: the rating, red lines, dimensions, what was not met, raw times.
#[must_use]
pub fn lines(of: &Score) -> Vec<String> {
    let mut out = vec![format!(
        "DRILL score {} of 100: {} ({}){}",
        of.sum,
        of.rating.letter(),
        of.rating.words(),
        if of.red_lines.is_empty() { "" } else { ", a red line was crossed" }
    )];
    out.extend(of.rehearsal.unplayed().map(|says| format!("DRILL {says}")));
    out.extend(of.red_lines.iter().map(|r| format!("DRILL RED LINE {}", safe::line(r))));
    for d in &of.dimensions {
        let points = d.points.map_or_else(|| "  -".to_owned(), |p| format!("{:>3}", number(p)));
        out.push(format!("DRILL {points} of {:>2}  {:<13} {}", d.weight, d.dimension.word(), safe::line(&d.says)));
    }
    for e in &of.expected {
        let at = e.at.map(offset).unwrap_or_default();
        out.push(format!("DRILL expected {:<20} {:>10}  {}", safe::line(&e.id), at, standing(&e.standing)));
    }
    for b in &of.broken {
        out.push(format!("DRILL forbidden {} at {}: {}", safe::line(&b.id), offset(b.at), safe::line(&b.why)));
    }
    for b in &of.believed {
        let (trap, by) = (safe::line(&b.trap), safe::line(&b.by));
        out.push(format!("DRILL trap {trap} was believed ({by}): costs all of {}", b.dimension));
    }
    out
}

/// What an evaluator says of a drill: signed, and apart from what is computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Who says it.
    pub person: String,
    /// Whether the signature holds for this drill.
    pub counts: bool,
    /// By which key, or why it does not count.
    pub standing: String,
    /// What they say, on one line.
    pub text: String,
}

impl Remark {
    /// Who, with the signature's standing, and what.
    #[must_use]
    pub fn told(&self) -> String {
        format!("{} ({}): {}", self.person, self.standing, self.text)
    }

    /// As an object.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({ "by": self.person, "counts": self.counts, "signature": self.standing, "text": self.text })
    }
}

fn number(points: f64) -> String {
    if points.fract() == 0.0 { format!("{points}") } else { format!("{points:.1}") }
}

/// The card as one object. Keys are part of the contract with scripts.
#[must_use]
pub fn json(of: &Score) -> Value {
    let t = &of.times;
    json!({
        "drill": true, "rules": RULES, "run": of.run, "scenario": of.rehearsal.scenario, "digest": of.digest,
        "seed": of.rehearsal.seed, "player": of.rehearsal.player, "begins": of.rehearsal.begins,
        "played": of.rehearsal.played, "unplayed": of.rehearsal.unplayed(),
        "score": of.sum, "rating": of.rating.letter(), "red_lines": of.red_lines,
        "dimensions": of.dimensions.iter().map(|d| json!({
            "dimension": d.dimension, "weight": d.weight, "points": d.points, "says": d.says,
        })).collect::<Vec<_>>(),
        "expected": of.expected.iter().map(|e| json!({
            "id": e.id, "dimension": e.dimension, "at_ms": e.at.map(|a| a.0), "standing": standing(&e.standing),
            "red_line": e.red_line,
        })).collect::<Vec<_>>(),
        "forbidden": of.broken.iter().map(|b| json!({
            "id": b.id, "dimension": b.dimension, "why": b.why, "at_ms": b.at.0, "red_line": b.red_line,
        })).collect::<Vec<_>>(),
        "believed": of.believed.iter().map(|b| json!({
            "trap": b.trap, "by": b.by, "dimension": b.dimension,
        })).collect::<Vec<_>>(),
        "times_ms": {
            "first_inject": t.first_inject.0, "declared": t.declared.map(|m| m.0),
            "first_action": t.first_action.map(|m| m.0), "contained": t.contained.map(|m| m.0),
            "judged": t.judged.map(|m| m.0), "ended": t.ended.map(|m| m.0), "effects": t.effects,
        },
    })
}

/// What changed against an earlier drill of the very same scenario, a line each.
#[must_use]
pub fn compared(now: &Score, before: &Score) -> Vec<String> {
    let run = before.run.as_deref().map(safe::line).unwrap_or_default();
    if now.digest != before.digest {
        return vec![format!("DRILL {run} practised something else, so that it is not compared")];
    }
    let mut out = vec![format!("DRILL compared with {run}: {} then, {} now, of 100", before.sum, now.sum)];
    for (a, b) in now.dimensions.iter().zip(&before.dimensions) {
        if a.points != b.points {
            let show = |p: Option<f64>| p.map_or_else(|| "not exercised".to_owned(), number);
            out.push(format!("DRILL   {}: {} then, {} now", a.dimension, show(b.points), show(a.points)));
        }
    }
    out
}
