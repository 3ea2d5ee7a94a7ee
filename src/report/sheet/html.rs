//! HTML: one file that needs nothing else, readable without scripts, fit for paper.

use super::markdown::is_link;
use super::{Block, Part, Sheet};

/// No resource is loaded and nothing is executed, whatever stands in the text.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

const STYLE: &str = "\
body{font:16px/1.45 system-ui,sans-serif;color:#111;background:#fff;max-width:60rem;margin:1.5rem auto;padding:0 1rem}
h1{font-size:1.9rem;margin:0 0 .3rem}h2{margin:2rem 0 .6rem;border-bottom:2px solid #111;padding-bottom:.15rem}
h3{margin:1.3rem 0 .3rem}p{margin:.4rem 0}ul{margin:.4rem 0;padding-left:1.3rem}
pre{background:#f3f3f3;border:1px solid #bbb;padding:.5rem;white-space:pre-wrap;overflow-wrap:anywhere;font:13px/1.4 ui-monospace,monospace}
.loud{border:3px solid #111;padding:.6rem 1rem;margin:1rem 0}.loud pre{font-size:17px;font-weight:bold;background:#fff;margin:.3rem 0 .8rem}
.loud p{font-weight:bold}dl{display:grid;grid-template-columns:8.5rem 1fr;gap:.15rem .8rem;margin:.4rem 0}
dt{font-weight:bold}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;margin:.6rem 0}th,td{border:1px solid #777;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:break-word}
th{background:#eee;white-space:nowrap}.tick{display:flex;gap:.6rem;align-items:baseline;margin:.4rem 0}.box{flex:none;width:1rem;height:1rem;border:2px solid #111;align-self:flex-start;margin-top:.2rem}
.write{flex:none;margin-left:auto;min-width:13rem;border-bottom:1px solid #111;color:#444;font-size:.85rem}
footer{margin-top:2rem;border-top:1px solid #777;padding-top:.5rem;font-size:.85rem;color:#333;overflow-wrap:anywhere}
@media (max-width:40rem){dl{grid-template-columns:1fr}.tick{flex-wrap:wrap}.write{margin-left:1.8rem}}
@media print{body{max-width:none;margin:0;font-size:11pt}h2,h3{break-after:avoid}pre,table,.loud,.step,.tick{break-inside:avoid}a{color:#111}}
";

/// Lays out a page as one HTML file.
#[must_use]
pub fn html(sheet: &Sheet) -> String {
    let title = escaped(&sheet.title);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n\
         </head>\n<body>\n<h1>{title}</h1>\n"
    );
    for line in &sheet.under {
        out.push_str(&format!("<p>{}</p>\n", escaped(line)));
    }
    for block in &sheet.blocks {
        out.push_str(&of_block(block));
    }
    out.push_str("<footer>\n");
    for line in &sheet.foot {
        out.push_str(&format!("<p>{}</p>\n", escaped(line)));
    }
    out.push_str("</footer>\n</body>\n</html>\n");
    out
}

fn of_block(block: &Block) -> String {
    match block {
        Block::Section(text) => format!("<h2>{}</h2>\n", escaped(text)),
        Block::Para(text) => format!("<p>{}</p>\n", escaped(text)),
        Block::Loud(lines) => {
            let line = |(text, command): &(String, Option<String>)| {
                let command = command.as_ref().map(|c| format!("<pre>{}</pre>\n", escaped(c))).unwrap_or_default();
                format!("<p>{}</p>\n{command}", escaped(text))
            };
            format!("<div class=\"loud\">\n{}</div>\n", lines.iter().map(line).collect::<String>())
        }
        Block::Items(items) => list(items),
        Block::Ticks(lines) => lines
            .iter()
            .map(|(text, write)| {
                let write = write.as_ref().map(|w| format!("<span class=\"write\">{}:</span>", escaped(w)));
                format!(
                    "<div class=\"tick\"><span class=\"box\"></span><span>{}</span>{}</div>\n",
                    escaped(text),
                    write.unwrap_or_default()
                )
            })
            .collect(),
        Block::Bullets(lines) => {
            let line = |text: &String| format!("<li>{}</li>\n", escaped(text));
            format!("<ul>\n{}</ul>\n", lines.iter().map(line).collect::<String>())
        }
        Block::Table { head, rows } => {
            let cells = |tag: &str, cells: &[String]| {
                let cells: String = cells.iter().map(|c| format!("<{tag}>{}</{tag}>", escaped(c))).collect();
                format!("<tr>{cells}</tr>\n")
            };
            let body: String = rows.iter().map(|r| cells("td", r)).collect();
            format!("<table>\n<thead>\n{}</thead>\n<tbody>\n{body}</tbody>\n</table>\n", cells("th", head))
        }
        Block::Step(step) => of_step(step),
    }
}

fn of_step(step: &Part) -> String {
    let requests = if step.requests.is_empty() {
        String::new()
    } else {
        format!("<pre>{}</pre>\n", escaped(&step.requests.join("\n")))
    };
    format!(
        "<section class=\"step\">\n<h3>{} {}</h3>\n{}{requests}</section>\n",
        escaped(&step.number),
        escaped(&step.title),
        list(&step.items)
    )
}

fn list(items: &[(String, String)]) -> String {
    let line = |(label, text): &(String, String)| {
        let shown = escaped(text);
        let shown = if label == "console" && is_link(text) {
            format!("<a href=\"{shown}\" rel=\"noreferrer\">{shown}</a>")
        } else {
            shown
        };
        format!("<dt>{}</dt><dd>{shown}</dd>\n", escaped(label))
    };
    format!("<dl>\n{}</dl>\n", items.iter().map(line).collect::<String>())
}

/// Text that HTML shows as it is, between tags and in quotes.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
