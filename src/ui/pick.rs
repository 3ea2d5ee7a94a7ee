//! Choosing one of several lines with the arrow keys and Enter, before anything is in flight; of many, by typing part of
//! one first.
//!
//! Owns how the list looks. A prompt that blocks is right here and nowhere else: during a run, questions can be withdrawn.

use std::fmt;

use dialoguer::theme::Theme;

use super::screen::{Screen, Tone};
use crate::text::{safe, suggest};

struct Marked<'a>(&'a Screen);

impl Theme for Marked<'_> {
    fn format_select_prompt_item(&self, f: &mut dyn fmt::Write, text: &str, active: bool) -> fmt::Result {
        let mark = if active { ">" } else { " " };
        let tone = if active { Tone::Ask } else { Tone::Plain };
        write!(f, "{}  {mark} {}", self.0.prefix(), self.0.paint(tone, text))
    }
}

/// More lines than this are not put on a screen at once.
const MOST: usize = 12;

/// The index of the line that a person picks; none when they leave.
#[must_use]
pub fn pick(screen: &Screen, ask: &str, lines: &[String]) -> Option<usize> {
    let mut among: Vec<usize> = (0..lines.len()).collect();
    if among.len() > MOST {
        among = narrowed(screen, ask, lines)?;
    }
    if let [only] = among.as_slice() {
        return Some(*only);
    }
    let few: Vec<&String> = among.iter().filter_map(|n| lines.get(*n)).collect();
    among.get(list(screen, ask, &few)?).copied()
}

/// Asks for part of a line until few enough are left; none when the person leaves.
fn narrowed(screen: &Screen, ask: &str, lines: &[String]) -> Option<Vec<usize>> {
    screen.labelled(
        Tone::Ask,
        "ask",
        &format!("{ask} There are {}: type its name, or words of its line.", lines.len()),
    );
    loop {
        screen.prompt("> ");
        let mut typed = String::new();
        let read = std::io::stdin().read_line(&mut typed).ok()?;
        if typed.ends_with('\n') {
            screen.entered();
        }
        if read == 0 {
            return None;
        }
        let found = matching(&typed, lines);
        match found.len() {
            1..=MOST => return Some(found),
            0 => {
                let near = suggest::nearest(typed.trim(), lines.iter().map(|l| name(l)));
                let near = near.map_or_else(String::new, |n| format!(" Did you mean {}?", safe::line(n)));
                screen.labelled(Tone::Plain, "-", &format!("Nothing has that.{near}"));
            }
            n => {
                let some: Vec<String> =
                    found.iter().take(3).filter_map(|i| lines.get(*i)).map(|l| safe::line(name(l))).collect();
                let says = format!("{n} of {} have that, such as {}; type more of it.", lines.len(), some.join(", "));
                screen.labelled(Tone::Plain, "-", &says);
            }
        }
    }
}

/// What stands before the colon.
fn name(line: &str) -> &str {
    line.split_once(':').map_or(line, |(name, _)| name)
}

/// The lines that hold every word that was typed; the one whose name it is, alone.
fn matching(typed: &str, lines: &[String]) -> Vec<usize> {
    let typed = typed.trim().to_lowercase();
    if let Some(exact) = lines.iter().position(|l| !typed.is_empty() && name(l).to_lowercase() == typed) {
        return vec![exact];
    }
    let words: Vec<&str> = typed.split_whitespace().collect();
    let holds = |line: &String| {
        let line = line.to_lowercase();
        words.iter().all(|w| line.contains(w))
    };
    lines.iter().enumerate().filter(|(_, l)| holds(l)).map(|(n, _)| n).collect()
}

fn list(screen: &Screen, ask: &str, lines: &[&String]) -> Option<usize> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_narrow_and_a_whole_name_decides() {
        let lines: Vec<String> = ["bot: answers", "bot-2: answers Invoices", "bot-20: invoices, by mail", "mail"]
            .map(str::to_owned)
            .to_vec();
        for (typed, is) in [
            ("bot\n", vec![0]),
            ("BOT-2", vec![1]),
            ("bot-", vec![1, 2]),
            ("invoices mail", vec![2]),
            ("mail\n", vec![3]),
            ("", vec![0, 1, 2, 3]),
            ("nothing of it", vec![]),
        ] {
            assert_eq!(matching(typed, &lines), is, "{typed}");
        }
    }
}
