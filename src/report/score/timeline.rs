//! The timeline of a drill, drawn: what came in, what was done, gates, faults where they struck, and containment.
//!
//! Owns the drawing. Everything in it stands on record; nothing is drawn where it was only planned.

use super::{Score, came};
use crate::report::drill::offset;
use crate::report::sheet::escaped;
use crate::run::event::{Event, Verdict};
use crate::run::record::{DeliveredWhat, Record};
use crate::text::safe;
use crate::text::time::Millis;

/// The width of the drawn timeline, and where its axis begins.
const WIDE: f64 = 1000.0;
const LEFT: f64 = 90.0;

/// The rows of the timeline, from the top.
const ROWS: [&str; 5] = ["injects", "actions", "gates", "faults", "contained"];

/// The timeline up to a little after containment and the first gates: what is later is in the table of records.
pub(super) fn timeline(of: &Score, records: &[Record]) -> String {
    let r = &of.rehearsal;
    let came = came::all(of, records);
    let last_inject = came.iter().filter_map(|c| c.at).map(|at| at.0).max().unwrap_or_default();
    let gates = records.iter().filter(|x| x.event.gate().is_some()).map(|x| x.at.since(r.begins).0);
    let ended = of.times.ended.map_or(last_inject, |e| e.0);
    let wanted = gates.chain([last_inject, of.times.contained.map_or(0, |c| c.0)]).max().unwrap_or_default();
    let end = wanted.max(60_000).min(ended.max(last_inject).max(60_000)).min(4 * 3_600_000);
    #[expect(clippy::cast_precision_loss, reason = "times of a drill are small")]
    let x = |at: Millis| LEFT + (at.0.min(end) as f64 / end as f64) * (WIDE - LEFT - 20.0);
    let y = |row: usize| 24.0 + f64::from(u32::try_from(row).unwrap_or_default()) * 30.0;
    let mut marks = String::new();
    for (n, name) in ROWS.iter().enumerate() {
        marks.push_str(&format!(
            "<text x=\"4\" y=\"{}\">{name}</text><line x1=\"{LEFT}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"#bbb\"/>\n",
            y(n) + 4.0,
            y(n),
            WIDE - 20.0,
            y(n)
        ));
    }
    let mut dot = |row: usize, at: Millis, shape: &str, title: &str| {
        let (cx, cy) = (x(at), y(row));
        let drawn = match shape {
            "square" => format!("<rect x=\"{:.1}\" y=\"{:.1}\" width=\"9\" height=\"9\"", cx - 4.5, cy - 4.5),
            "ring" => format!("<circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"5\" fill=\"#fff\" stroke=\"#111\""),
            _ => format!("<circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"4.5\""),
        };
        let title = format!("{} {title}", offset(at));
        marks.push_str(&format!(
            "{drawn}><title>{}</title></{}>\n",
            escaped(&title),
            if shape == "square" { "rect" } else { "circle" }
        ));
    };
    for record in records {
        let at = record.at.since(r.begins);
        if at.0 > end {
            continue;
        }
        let about = record.about.as_deref().map(safe::line).unwrap_or_default();
        match record.event {
            Event::StepProved { verdict, .. } => {
                let shape = if matches!(verdict, Verdict::Pass | Verdict::Accepted) { "dot" } else { "ring" };
                dot(1, at, shape, &format!("{about}: {}", super::super::phrase::verdict(verdict)));
            }
            Event::GateOpened { .. } => dot(2, at, "ring", &format!("{about} opened")),
            Event::GateGranted { .. } => dot(2, at, "dot", &format!("{about} granted")),
            Event::GateDenied { .. } => dot(2, at, "square", &format!("{about} denied")),
            Event::GateExpired { .. } => dot(2, at, "square", &format!("{about} expired")),
            _ => {}
        }
    }
    for c in &came {
        let Some(at) = c.at.filter(|at| at.0 <= end) else { continue };
        let shape = match c.what {
            Some(DeliveredWhat::Inject) => "dot",
            Some(DeliveredWhat::Skipped) => "ring",
            _ => "square",
        };
        dot(0, at, shape, [&c.id, &c.text, &c.mark].map(|t| t.trim()).join(" ").trim());
    }
    for fault in came::faults(of, records) {
        if let Some(at) = fault.at.filter(|at| at.0 <= end) {
            dot(3, at, "square", &format!("{}: {}", fault.id, fault.what));
        }
    }
    if let Some(at) = of.times.contained {
        dot(4, at, "dot", "proven contained");
    }
    let bottom = y(ROWS.len()) - 6.0;
    let scale: String = (0..=4_u64)
        .map(|n| {
            let at = Millis(end * n / 4);
            format!(
                "<text x=\"{:.1}\" y=\"{bottom}\" text-anchor=\"middle\">{}</text>\n",
                x(at).min(WIDE - 40.0),
                offset(at)
            )
        })
        .collect();
    format!(
        "<svg viewBox=\"0 0 {WIDE} {}\" role=\"img\" aria-label=\"Timeline of the drill\">\n{marks}{scale}</svg>\n",
        bottom + 12.0
    )
}
