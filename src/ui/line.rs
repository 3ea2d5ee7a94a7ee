//! A line that a person types, before anything is in flight.
//!
//! A prompt that blocks is right here and nowhere else: during a run, questions can be withdrawn.

use super::screen::{Screen, Tone};
use super::typing::Typing;

/// What a person typed, or what Enter alone stands for; none when they left.
#[must_use]
pub fn line(screen: &Screen, ask: &str, otherwise: Option<&str>) -> Option<String> {
    let typing = Typing::lines().ok()?;
    screen.labelled(Tone::Ask, "ask", ask);
    loop {
        let enter = otherwise.map_or_else(String::new, |o| format!(" (Enter: {o})"));
        screen.labelled(Tone::Plain, "", &format!("type it and press Enter{enter}"));
        let Some(typed) = typing.line() else {
            // Keys that end a line without Enter leave the cursor in it.
            screen.echo("");
            return None;
        };
        match (typed.trim(), otherwise) {
            ("", Some(otherwise)) => return Some(otherwise.to_owned()),
            ("", None) => {}
            (typed, _) => return Some(typed.to_owned()),
        }
    }
}
