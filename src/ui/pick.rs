//! Choosing one of several lines with the arrow keys and Enter, before anything is in flight.
//!
//! Owns how the list looks. A prompt that blocks is right here and nowhere else: during a run, questions can be withdrawn.

use std::fmt;

use dialoguer::theme::Theme;

use super::screen::{Screen, Tone};
use crate::text::safe;

struct Marked<'a>(&'a Screen);

impl Theme for Marked<'_> {
    fn format_select_prompt_item(&self, f: &mut dyn fmt::Write, text: &str, active: bool) -> fmt::Result {
        let mark = if active { ">" } else { " " };
        let tone = if active { Tone::Ask } else { Tone::Plain };
        write!(f, "{}  {mark} {}", self.0.prefix(), self.0.paint(tone, text))
    }
}

/// The index of the line that a person picks; none when they leave.
#[must_use]
pub fn pick(screen: &Screen, ask: &str, lines: &[String]) -> Option<usize> {
    screen.labelled(Tone::Ask, "ask", &format!("{ask} (arrow keys, then Enter)"));
    // A line that wraps would be drawn anew in the wrong place.
    let room = screen.room().saturating_sub(8);
    let items: Vec<String> = lines
        .iter()
        .map(|l| {
            let line = safe::line(l);
            if line.chars().count() <= room { line } else { line.chars().take(room - 1).chain(['…']).collect() }
        })
        .collect();
    dialoguer::Select::with_theme(&Marked(screen))
        .items(&items)
        .default(0)
        .report(false)
        .interact_on_opt(&dialoguer::console::Term::stderr())
        .ok()
        .flatten()
}
