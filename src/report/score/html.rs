//! The card as one HTML file that needs nothing else and is readable without scripts: the timeline, what is computed, what
//! came in as the record has it, and apart from it what evaluators say.

use super::came;
use super::judge::standing;
use super::tell::{Remark, compared};
use super::timeline::timeline;
use super::{RULES, Score};
use crate::report::drill::offset;
use crate::report::sheet::{POLICY, escaped};
use crate::run::record::Record;
use crate::text::safe;

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

/// The whole page, with the last drill of the same scenario and the remarks of evaluators where there are any.
#[must_use]
pub fn html(of: &Score, records: &[Record], before: Option<&Score>, remarks: &[Remark]) -> String {
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
    let rows = came::all(of, records).into_iter().map(|c| {
        let at = c.at.map_or_else(|| "never".to_owned(), offset);
        vec![at, c.id, c.by, c.text, c.mark]
    });
    out.push_str(&table(&["when", "inject", "by", "text", ""], rows));
    if !r.faults.is_empty() {
        out.push_str("<h2>Faults</h2>\n");
        let rows = came::faults(of, records).into_iter().map(|f| {
            let at = f.at.map_or_else(|| "not on record as having struck".to_owned(), offset);
            vec![f.id, f.what, at]
        });
        out.push_str(&table(&["fault", "what breaks", "struck first"], rows));
    }
    if let Some(before) = before {
        out.push_str("<h2>Compared with the last drill of the same scenario</h2>\n");
        for line in compared(of, before) {
            out.push_str(&para(line.strip_prefix("DRILL").unwrap_or(&line).trim()));
        }
    }
    if !remarks.is_empty() {
        out.push_str("<h2>Remarks of evaluators</h2>\n<p>Signed, and no part of what is computed.</p>\n");
        remarks.iter().for_each(|remark| out.push_str(&para(&remark.told())));
    }
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
