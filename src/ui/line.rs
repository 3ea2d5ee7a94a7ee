//! A line that a person types, before anything is in flight.
//!
//! A prompt that blocks is right here and nowhere else: during a run, questions can be withdrawn.

use std::io::{BufRead as _, stdin};

use super::screen::{Screen, Tone};

/// What a person typed, or what Enter alone stands for; none when they left.
#[must_use]
pub fn line(screen: &Screen, ask: &str, otherwise: Option<&str>) -> Option<String> {
    screen.labelled(Tone::Ask, "ask", ask);
    loop {
        let enter = otherwise.map_or_else(String::new, |o| format!(" (Enter: {o})"));
        screen.labelled(Tone::Plain, "", &format!("type it and press Enter{enter}"));
        let mut typed = String::new();
        if !matches!(stdin().lock().read_line(&mut typed), Ok(n) if n > 0) {
            return None;
        }
        match (typed.trim(), otherwise) {
            ("", Some(otherwise)) => return Some(otherwise.to_owned()),
            ("", None) => {}
            (typed, _) => return Some(typed.to_owned()),
        }
    }
}
