//! What `aigov doctor` found, as a page and as objects: section by section, then the worst first with what to do.
//!
//! Owns the order of gravity and what is left out of a page. Must not check anything.

use litemap::LiteMap;
use serde_json::{Value, json};

use super::Page;
use crate::plan::checked::{Checked, Standing};

/// Most lines of one section that are as needed and shown; the others are counted.
const SHOWN: usize = 12;
/// Most findings that are repeated at the end.
const WORST: usize = 5;

/// One part of what was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What it is about, such as `flags` or `journal`.
    pub title: String,
    /// The environment; none for what all of them share.
    pub environment: Option<String>,
    /// Whether real people are affected there.
    pub production: bool,
    /// What was found.
    pub found: Vec<Checked>,
}

impl Section {
    fn name(&self, several: bool) -> String {
        match &self.environment {
            Some(environment) if several => format!("{} ({environment})", self.title),
            _ => self.title.clone(),
        }
    }
}

/// How many stand how.
#[must_use]
pub fn tally(sections: &[Section]) -> LiteMap<Standing, usize> {
    let mut count = LiteMap::new();
    for checked in sections.iter().flat_map(|s| &s.found) {
        *count.entry(checked.is).or_default() += 1;
    }
    count
}

/// The last line: all four counts, the gravest first.
#[must_use]
pub fn counts(sections: &[Section]) -> String {
    let tally = tally(sections);
    let of = |standing| tally.get(&standing).copied().unwrap_or(0);
    let notes = of(Standing::Note);
    format!(
        "{} wrong, {} could not be told, {notes} {}, {} as needed.",
        of(Standing::Wrong),
        of(Standing::Untold),
        if notes == 1 { "note" } else { "notes" },
        of(Standing::Ok)
    )
}

/// Everything that is wrong, the worst first: production before what is not, then in the order in which one thing hides
/// the next.
#[must_use]
pub fn worst(sections: &[Section]) -> Vec<(&Section, &Checked)> {
    let mut all: Vec<(&Section, &Checked)> = sections
        .iter()
        .flat_map(|s| s.found.iter().map(move |c| (s, c)))
        .filter(|(_, c)| c.is == Standing::Wrong)
        .collect();
    all.sort_by_key(|(s, c)| (s.environment.is_some() && !s.production, c.aspect));
    all
}

/// The whole as a page.
#[must_use]
pub fn page(sections: &[Section], width: usize) -> Page {
    let mut page = Page::new(width);
    let several = several(sections);
    // A heading with nothing under it would look as if something had been forgotten.
    for section in sections.iter().filter(|s| !s.found.is_empty()) {
        page.heading(&section.name(several));
        let mut shown = 0_usize;
        let mut left_out = 0_usize;
        for checked in &section.found {
            if checked.is == Standing::Ok {
                shown += 1;
                if shown > SHOWN {
                    left_out += 1;
                    continue;
                }
            }
            line(&mut page, checked);
        }
        if left_out > 0 {
            page.item(2, Standing::Ok.word(), 6, &format!("and {left_out} more; --json lists each"));
        }
    }
    let worst = worst(sections);
    if !worst.is_empty() {
        page.heading("Worst first:");
        for (n, (section, checked)) in worst.iter().take(WORST).enumerate() {
            let says = format!("{}: {}: {}", section.name(several), checked.what, checked.says);
            page.hang(&format!("  {} ", n + 1), "    ", &says);
            what_to_do(&mut page, 4, checked);
        }
        if worst.len() > WORST {
            page.hang("    ", "    ", &format!("and {} more, above", worst.len() - WORST));
        }
    }
    page.heading(&counts(sections));
    page
}

fn line(page: &mut Page, checked: &Checked) {
    let word = checked.is.word();
    if page.width() >= 72 && checked.what.chars().count() <= 24 {
        // Two columns: what, and what was found.
        let first = format!("  {word:<6} {:<24} ", checked.what);
        let rest = " ".repeat(first.chars().count());
        page.hang(&first, &rest, &checked.says);
    } else {
        page.hang(&format!("  {word:<6} "), "         ", &format!("{}: {}", checked.what, checked.says));
    }
    if checked.is != Standing::Ok {
        what_to_do(page, 9, checked);
    }
}

/// Each command on a line of its own and in one piece, whatever the width: one that was broken could not be copied.
fn what_to_do(page: &mut Page, indent: usize, checked: &Checked) {
    let lead = " ".repeat(indent);
    if let Some(help) = &checked.help {
        page.hang(&format!("{lead}> "), &format!("{lead}  "), help);
    }
    for command in &checked.commands {
        page.verbatim(indent + 2, command);
    }
}

fn several(sections: &[Section]) -> bool {
    let mut environments = sections.iter().filter_map(|s| s.environment.as_ref());
    environments.next().is_some_and(|first| environments.any(|other| other != first))
}

/// One thing that was looked at as an object. Keys are part of the contract with scripts.
#[must_use]
pub fn object(section: &Section, checked: &Checked) -> Value {
    json!({
        "section": section.title, "environment": section.environment, "production": section.production,
        "check": checked.aspect, "what": checked.what, "is": checked.is, "says": checked.says, "help": checked.help,
        "commands": checked.commands,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::checked::Aspect;

    fn sections() -> Vec<Section> {
        let flags = |environment: &str, production, found| Section {
            title: "flags, unleash".into(),
            environment: Some(environment.into()),
            production,
            found,
        };
        let missing = Checked::wrong(Aspect::Exists, "flag support-replies in production", "HTTP 404 Not Found")
            .help("make the flag, or correct its name");
        vec![
            flags("staging", false, vec![Checked::wrong(Aspect::Reach, "reach", "no connection")]),
            flags(
                "production",
                true,
                vec![
                    missing,
                    Checked::wrong(Aspect::Credential, "token", "HTTP 401 Unauthorized").help("check the secret"),
                    Checked::untold(Aspect::Protection, "change requests", "this edition does not say"),
                ],
            ),
            Section {
                title: "journal".into(),
                environment: None,
                production: false,
                found: (0..20).map(|n| Checked::ok(Aspect::Journal, format!("part {n}"), "as it should be")).collect(),
            },
        ]
    }

    #[test]
    fn the_worst_comes_first_and_every_count_is_said() {
        let all = sections();
        let order: Vec<&str> = worst(&all).iter().map(|(_, c)| c.what.as_str()).collect();
        assert_eq!(order, ["token", "flag support-replies in production", "reach"]);
        assert_eq!(counts(&all), "3 wrong, 1 could not be told, 0 notes, 20 as needed.");
        let text = page(&all, 80).to_string();
        assert!(text.contains("and 8 more; --json lists each"), "{text}");
        assert!(text.contains("  untold change requests"), "{text}");
        assert!(text.contains("  1 flags, unleash (production): token: HTTP 401"), "{text}");
    }

    #[test]
    fn a_page_keeps_to_its_width_and_leaves_out_nothing_that_is_wrong() {
        for width in [40, 72, 80, 120] {
            let text = page(&sections(), width).to_string();
            assert!(text.lines().all(|l| l.chars().count() <= width), "{text}");
            let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(flat.contains("flag support-replies in production: HTTP 404 Not Found"), "{text}");
            assert!(flat.contains("> check the secret"), "{text}");
        }
    }

    #[test]
    fn a_command_stands_on_a_line_of_its_own_and_in_one_piece() {
        let command = "git -C /srv/some/where/that/is/long/journal.git config receive.denyNonFastForwards true";
        let wrong = Checked::wrong(Aspect::Journal, "force-push", "the remote would let its past be rewritten");
        let found = vec![wrong.help("on the remote").command(command)];
        let section = Section { title: "journal".into(), environment: None, production: false, found };
        for width in [40, 80] {
            let text = page(std::slice::from_ref(&section), width).to_string();
            let whole: Vec<&str> = text.lines().filter(|l| l.trim() == command).collect();
            assert_eq!(whole.len(), 2, "where it was found, and among the worst: {text}");
        }
    }

    #[test]
    fn what_nothing_was_asked_of_has_no_heading() {
        let mut all = sections();
        all.push(Section { title: "pager".into(), environment: None, production: false, found: Vec::new() });
        let text = page(&all, 80).to_string();
        assert!(text.contains("\njournal\n") && !text.contains("pager"), "{text}");
    }

    #[test]
    fn an_object_says_where_and_how() {
        let all = sections();
        let object = object(&all[1], &all[1].found[1]);
        assert_eq!(
            object,
            json!({ "section": "flags, unleash", "environment": "production", "production": true, "check": "credential",
                "what": "token", "is": "wrong", "says": "HTTP 401 Unauthorized", "help": "check the secret", "commands": [] })
        );
    }
}
