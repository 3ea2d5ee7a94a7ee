//! Markdown, for the wiki and the repository.

use super::{Block, Part, Sheet};

/// Lays out a page as CommonMark with tables.
#[must_use]
pub fn markdown(sheet: &Sheet) -> String {
    let mut out = format!("# {}\n\n", escaped(&sheet.title));
    for line in &sheet.under {
        out.push_str(&format!("{}  \n", escaped(line)));
    }
    for block in &sheet.blocks {
        out.push('\n');
        match block {
            Block::Section(text) => out.push_str(&format!("## {}\n", escaped(text))),
            Block::Para(text) => out.push_str(&format!("{}\n", escaped(text))),
            Block::Loud(lines) => {
                for (text, command) in lines {
                    out.push_str(&format!("**{}**\n\n", escaped(text)));
                    if let Some(command) = command {
                        out.push_str(&fenced(std::slice::from_ref(command)));
                        out.push('\n');
                    }
                }
            }
            Block::Items(items) => out.push_str(&list(items)),
            Block::Ticks(lines) => {
                for (text, write) in lines {
                    let write = write.as_ref().map(|w| format!(" – {}: ", escaped(w))).unwrap_or_default();
                    out.push_str(&format!("- [ ] {}{}\n", escaped(text), write.trim_end()));
                }
            }
            Block::Bullets(lines) => {
                for text in lines {
                    out.push_str(&format!("- {}\n", escaped(text)));
                }
            }
            Block::Table { head, rows } => {
                out.push_str(&row(head));
                out.push_str(&format!("|{}\n", " --- |".repeat(head.len())));
                for cells in rows {
                    out.push_str(&row(cells));
                }
            }
            Block::Step(step) => out.push_str(&of_step(step)),
        }
    }
    out.push_str("\n---\n\n");
    for line in &sheet.foot {
        out.push_str(&format!("{}  \n", escaped(line)));
    }
    out
}

fn of_step(step: &Part) -> String {
    let mut out = format!("### {} {}\n\n{}", escaped(&step.number), escaped(&step.title), list(&step.items));
    if !step.requests.is_empty() {
        out.push('\n');
        out.push_str(&fenced(&step.requests));
    }
    out
}

fn list(items: &[(String, String)]) -> String {
    let line = |(label, text): &(String, String)| {
        let text = if label == "console" && is_link(text) { format!("<{text}>") } else { escaped(text) };
        format!("- **{}:** {text}\n", escaped(label))
    };
    items.iter().map(line).collect()
}

fn row(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|c| escaped(c)).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// A code block whose fence is longer than anything in it.
fn fenced(lines: &[String]) -> String {
    let longest = lines.iter().flat_map(|l| l.split(|c| c != '`')).map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}\n{}\n{fence}\n", lines.join("\n"))
}

/// Whether a text is an address that may become a link, and nothing else.
pub(super) fn is_link(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|r| !r.is_empty() && r.chars().all(|c| c.is_ascii_graphic() && !"<>\"'`\\".contains(c)))
}

/// Text that Markdown shows as it is.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let chars: Vec<char> = text.chars().collect();
    for (i, c) in chars.iter().enumerate() {
        let beside = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_alphanumeric());
        // Within a word an underscore means nothing.
        let word = *c == '_' && beside(i.checked_sub(1)) && beside(i.checked_add(1));
        let first = i == 0 && matches!(c, '-' | '+' | '=' | ':');
        // `1.` or `1)` at the beginning would be a list.
        let numbered = matches!(c, '.' | ')') && i > 0 && chars.iter().take(i).all(char::is_ascii_digit);
        if first
            || numbered
            || (matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '$') && !word)
        {
            out.push('\\');
        }
        out.push(*c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_text_is_no_markup() {
        assert_eq!(
            escaped("a_b *c* <img src=x> [x](javascript:1) | `y`"),
            "a_b \\*c\\* \\<img src=x\\> \\[x\\](javascript:1) \\| \\`y\\`"
        );
        assert_eq!(escaped("# h"), "\\# h");
        assert_eq!(escaped("1. list"), "1\\. list");
        assert_eq!(escaped("version 1.2"), "version 1.2");
        assert_eq!(escaped("- x &amp; y"), "\\- x \\&amp; y");
        assert_eq!(fenced(&["```".to_owned()]), "````\n```\n````\n");
        assert!(is_link("https://a.example.com/x?y=1") && !is_link("javascript:alert(1)") && !is_link("https://a\" x"));
    }
}
