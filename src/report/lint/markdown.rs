//! Markdown for a comment on a pull request: one line that says it all, then a table, then what is strengthened,
//! what is answered for, and what is excepted.
//!
//! Owns the escaping: no text from a file may become a link, a mention or markup.

use super::{last_line, place, sentence};
use crate::diag::Severity;
use crate::lint::Outcome;
use crate::text::safe;

/// Rows of the table; a comment has room for so many.
const MOST_ROWS: usize = 100;

/// The comment.
#[must_use]
pub fn comment(outcome: &Outcome, prefix: &str) -> String {
    let mut out = format!("**aigov lint**: {}\n", text(&last_line(outcome)));
    if !outcome.findings.is_empty() {
        out.push_str("\n| | where | what | how to mend it |\n|---|---|---|---|\n");
    }
    for finding in outcome.findings.iter().take(MOST_ROWS) {
        let word = match finding.severity {
            Severity::Error => "**error**",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let at = finding.labels.first().map_or_else(String::new, |l| {
            let at = place(l, prefix);
            code(&format!("{}:{}", at.file, at.from.line))
        });
        let help = finding.help.as_deref().map_or_else(String::new, text);
        out.push_str(&format!(
            "| {word} {} | {at} | {} | {help} |\n",
            code(finding.code.name),
            text(&sentence(finding))
        ));
    }
    let more = outcome.findings.len().saturating_sub(MOST_ROWS);
    if more > 0 {
        out.push_str(&format!("\n{more} more findings are not shown here.\n"));
    }
    let stronger = outcome.compared.as_ref().map_or(&[][..], |c| &c.stronger);
    if !stronger.is_empty() {
        out.push_str("\nWhat it strengthens:\n\n");
    }
    for stronger in stronger.iter().take(MOST_ROWS) {
        let at = stronger.labels.first().map_or_else(String::new, |l| {
            let at = place(l, prefix);
            code(&format!("{}:{}", at.file, at.from.line))
        });
        out.push_str(&format!("- {} ({at})\n", text(&sentence(stronger))));
    }
    if stronger.len() > MOST_ROWS {
        out.push_str(&format!("\n{} more are not shown here.\n", stronger.len() - MOST_ROWS));
    }
    let closed = outcome.compared.as_ref().map_or(&[][..], |c| &c.closed);
    let answered: Vec<_> = super::excepted(outcome).collect();
    if !closed.is_empty() || !answered.is_empty() {
        out.push_str("\nWeaker, and answered for:\n\n");
    }
    for closed in closed.iter().take(MOST_ROWS) {
        out.push_str(&format!("- {}: signed by {}\n", text(&sentence(&closed.finding)), text(&super::by(&closed.by))));
    }
    for e in answered.iter().take(MOST_ROWS) {
        let (what, owner, why) = (text(&sentence(&e.finding)), text(&e.owner), text(&e.reason));
        out.push_str(&format!("- {what}: **not signed**, an exception of {owner} until {}: {why}\n", e.until));
    }
    let more = closed.len().saturating_sub(MOST_ROWS) + answered.len().saturating_sub(MOST_ROWS);
    if more > 0 {
        out.push_str(&format!("\n{more} more are not shown here.\n"));
    }
    if !outcome.excepted.is_empty() {
        out.push_str("\n<details><summary>Excepted</summary>\n\n| what | where | until | who answers for it | why |\n");
        out.push_str("|---|---|---|---|---|\n");
        for excepted in &outcome.excepted {
            let at = excepted.finding.labels.first().map_or_else(String::new, |l| code(&place(l, prefix).file));
            out.push_str(&format!(
                "| {} | {at} | {} | {} | {} |\n",
                code(excepted.finding.code.name),
                excepted.until,
                text(&excepted.owner),
                text(&excepted.reason)
            ));
        }
        out.push_str("\n</details>\n");
    }
    out
}

/// Text that shows itself: what stands between backticks stays code, everything else loses its meaning as markup, also
/// what would become a link by itself.
fn text(written: &str) -> String {
    let mut out = String::new();
    for (i, part) in safe::line(written).split('`').enumerate() {
        if i % 2 == 1 {
            out.push_str(&code(part));
            continue;
        }
        let part = part.replace("://", ":\u{2060}//").replace("www.", "www\u{2060}.");
        for c in part.chars() {
            match c {
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '&' => out.push_str("&amp;"),
                // No name of a file calls anybody.
                '@' => out.push_str("@\u{2060}"),
                '|' | '*' | '_' | '[' | ']' | '\\' | '~' | '#' | '!' => {
                    out.push('\\');
                    out.push(c);
                }
                c => out.push(c),
            }
        }
    }
    out
}

/// Code in a cell of a table.
fn code(written: &str) -> String {
    let shown = safe::line(written).replace('`', "'").replace('|', "\\|");
    format!("`{shown}`")
}
