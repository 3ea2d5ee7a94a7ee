//! The page of a code, the table of all codes, and the reference.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::lint::{GROUPS, Group, Rule};
use crate::report::Page;

/// The page of a code, for a terminal.
#[must_use]
pub fn page(group: &Group, rule: &Rule, width: usize) -> Page {
    let mut page = Page::new(width);
    page.heading(&format!("{} ({}, {})", rule.code, group.name, rule.severity));
    page.blank();
    page.hang("  ", "  ", rule.code.summary);
    let e = &rule.explanation;
    for (title, text) in [("What", e.what), ("Why", e.why)] {
        prose(&mut page, title, text);
    }
    example(&mut page, "Bad", e.bad);
    example(&mut page, "Good", e.good);
    prose(&mut page, "How to mend it", e.fix);
    page
}

fn prose(page: &mut Page, title: &str, text: &str) {
    page.heading(title);
    for (i, paragraph) in text.split("\n\n").enumerate() {
        if i > 0 {
            page.blank();
        }
        page.hang("  ", "  ", paragraph);
    }
}

fn example(page: &mut Page, title: &str, text: &str) {
    page.heading(title);
    page.verbatim(4, text);
}

/// Every code with its summary, by group.
#[must_use]
pub fn table(width: usize) -> Page {
    let mut page = Page::new(width);
    let column = GROUPS.iter().flat_map(|g| g.rules).map(|r| r.code.name.len()).max().unwrap_or(0);
    // Where a column for the names would leave no room, each summary goes below its name.
    let column = if column + 34 > width { 4 } else { column };
    for group in GROUPS {
        page.heading(&format!("{}: {}", group.name, group.about));
        for rule in group.rules {
            page.item(2, rule.code.name, column, rule.code.summary);
        }
    }
    page
}

/// A code as one object.
#[must_use]
pub fn object(group: &Group, rule: &Rule) -> Value {
    let e = &rule.explanation;
    json!({
        "code": rule.code.name, "group": group.name, "severity": rule.severity.to_string(), "summary": rule.code.summary,
        "what": e.what, "why": e.why, "bad": e.bad, "good": e.good, "fix": e.fix,
    })
}

/// The page of a code in Markdown, its title at this depth.
#[must_use]
pub fn markdown(group: &Group, rule: &Rule, depth: usize) -> String {
    let e = &rule.explanation;
    let mut out = String::new();
    // Writing to a String can't fail.
    let _ = write!(
        out,
        "{} {}\n\n{} ({}, {})\n\n{}\n\n**Why.** {}\n\nBad:\n\n```toml\n{}\n```\n\nGood:\n\n```toml\n{}\n```\n\n\
         **How to mend it.** {}\n",
        "#".repeat(depth),
        rule.code,
        rule.code.summary,
        group.name,
        rule.severity,
        e.what,
        e.why,
        e.bad,
        e.good,
        e.fix
    );
    out
}

/// The whole reference in Markdown.
#[must_use]
pub fn reference() -> String {
    let mut out = String::from(
        "# What `aigov lint` finds\n\nMade by `aigov explain --markdown`; a test compares it with the program. `aigov explain \
         CODE` shows one of these at the terminal.\n",
    );
    for group in GROUPS {
        let _ = write!(out, "\n**{}**: {}", group.name, group.about);
        for rule in group.rules {
            let _ = write!(out, " [{0}](#{0})", rule.code);
        }
        out.push('\n');
    }
    for group in GROUPS {
        let _ = write!(out, "\n## {}\n\n{}\n", group.name, group.about);
        for rule in group.rules {
            out.push('\n');
            out.push_str(&markdown(group, rule, 3));
        }
    }
    out
}
