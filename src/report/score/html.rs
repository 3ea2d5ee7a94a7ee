//! The card as one HTML file that needs nothing else and is readable without scripts, with the timeline drawn.

use super::judge::standing;
use super::{RULES, Score};
use crate::report::drill::offset;
use crate::report::sheet::{POLICY, escaped};
use crate::run::event::{Event, Verdict};
use crate::run::record::{DeliveredWhat, Record};
use crate::text::safe;
use crate::text::time::Millis;

const STYLE: &str = "\
body{font:16px/1.45 system-ui,sans-serif;color:#111;background:#fff;max-width:60rem;margin:1.5rem auto;padding:0 1rem}
h1{font-size:1.9rem;margin:0 0 .3rem}h2{margin:2rem 0 .6rem;border-bottom:2px solid #111;padding-bottom:.15rem}
.drill{border:3px dashed #111;padding:.4rem 1rem;font-weight:bold}.sum{font-size:1.6rem;font-weight:bold}
.red{border-left:8px solid #111;padding-left:.8rem;font-weight:bold}
table{border-collapse:collapse;width:100%;margin:.6rem 0}th,td{border:1px solid #777;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{background:#eee}td.n{text-align:right;white-space:nowrap}svg{width:100%;height:auto;border:1px solid #777}
text{font:11px ui-monospace,monospace}
@media print{body{max-width:none;margin:0;font-size:11pt}table,svg{break-inside:avoid}}
";

/// The width of the drawn timeline, and where its axis begins.
const WIDE: f64 = 1000.0;
const LEFT: f64 = 90.0;

/// The rows of the timeline, from the top.
const ROWS: [&str; 5] = ["injects", "actions", "gates", "faults", "contained"];

/// The whole page.
#[must_use]
pub fn html(of: &Score, records: &[Record]) -> String {
    let r = &of.rehearsal;
    let title = escaped(&format!("Drill: {}", safe::line(&r.title)));
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n\
         </head>\n<body>\n<h1>{title}</h1>\n<p class=\"drill\">DRILL: {}, and it never counts as real.</p>\n",
        escaped(&r.touched())
    );
    if let Some(says) = r.unplayed() {
        out.push_str(&para(&says));
    }
    let run = of.run.as_deref().map_or_else(|| "never declared".to_owned(), safe::line);
    let who = r.player.as_deref().map_or_else(|| "people".to_owned(), |p| format!("player {}", safe::line(p)));
    out.push_str(&para(&format!("{}, run {run}, {who}, seed {}, began {}", safe::line(&r.scenario), r.seed, r.begins)));
    out.push_str(&format!("<p class=\"sum\">{} of 100: {}, {}</p>\n", of.sum, of.rating.letter(), of.rating.words()));
    for line in &of.red_lines {
        out.push_str(&format!("<p class=\"red\">RED LINE: {}</p>\n", escaped(&safe::line(line))));
    }
    out.push_str("<h2>Timeline</h2>\n");
    out.push_str(&timeline(of, records));
    out.push_str("<h2>Dimensions</h2>\n");
    let rows = of.dimensions.iter().map(|d| {
        let points = d.points.map_or_else(|| "not exercised".to_owned(), |p| format!("{p:.1}"));
        vec![d.dimension.to_string(), points, d.weight.to_string(), safe::line(&d.says)]
    });
    out.push_str(&table(&["dimension", "points", "of", "why"], rows));
    out.push_str("<h2>Expected</h2>\n");
    let rows = of.expected.iter().map(|e| {
        let at = e.at.map_or_else(|| "never".to_owned(), offset);
        let red = if e.red_line { "red line" } else { "" };
        vec![safe::line(&e.id), at, standing(&e.standing), red.to_owned()]
    });
    out.push_str(&table(&["expectation", "first", "standing", ""], rows));
    if !of.broken.is_empty() {
        out.push_str("<h2>Forbidden, and done</h2>\n");
        let rows = of.broken.iter().map(|b| vec![safe::line(&b.id), offset(b.at), safe::line(&b.why)]);
        out.push_str(&table(&["what", "when", "why not"], rows));
    }
    out.push_str("<h2>What came in</h2>\n");
    let rows = r.injects.iter().map(|i| {
        let trap = if i.trap { "a trap" } else { "" };
        vec![offset(i.at), safe::line(&i.id), i.channel.to_string(), safe::line(&i.text), trap.to_owned()]
    });
    out.push_str(&table(&["when", "inject", "by", "text", ""], rows));
    out.push_str(&format!(
        "<footer><p>Computed from the records alone, by rules {RULES}: aigov score {}. Scenario {}.</p></footer>\n</body>\n</html>\n",
        escaped(&run),
        escaped(&of.digest)
    ));
    out
}

fn para(text: &str) -> String {
    format!("<p>{}</p>\n", escaped(text))
}

fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let head: String = head.iter().map(|h| format!("<th>{}</th>", escaped(h))).collect();
    let row = |cells: Vec<String>| {
        let cells: String = cells.iter().map(|c| format!("<td>{}</td>", escaped(c))).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let body: String = rows.map(row).collect();
    format!("<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n")
}

/// The timeline up to a little after containment and the first gates: what is later is in the table of records.
fn timeline(of: &Score, records: &[Record]) -> String {
    let r = &of.rehearsal;
    let last_inject = r.injects.iter().map(|i| i.at.0).max().unwrap_or_default();
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
            Event::Noted => {
                if let Some(d) = record.detail.drill.as_ref().filter(|d| d.what == DeliveredWhat::Inject) {
                    dot(0, d.due, "dot", &safe::line(&d.id));
                }
            }
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
    for fault in &r.faults {
        dot(3, fault.at, "square", &format!("{}: {}", safe::line(&fault.id), fault.kind));
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
