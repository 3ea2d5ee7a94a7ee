//! Choosing one of several lines before anything is in flight: with the arrow keys, or by typing part of one, or its name.
//!
//! Owns what is marked and how the list looks. What was typed always counts, however few lines there are: a name that is
//! typed is the one that is taken, and where nothing has it, or several do, Enter takes nothing.

use super::screen::{Screen, Tone};
use super::typing::{Key, Typing};
use crate::text::{safe, suggest};

/// More lines than this are not put on a screen at once.
const MOST: usize = 12;

/// The index of the line that a person picks; none when they leave.
#[must_use]
pub fn pick(screen: &Screen, ask: &str, lines: &[String]) -> Option<usize> {
    if lines.len() == 1 {
        return Some(0);
    }
    let many = if lines.len() > MOST { format!(" There are {}.", lines.len()) } else { String::new() };
    if screen.look().moves {
        let how = "arrow keys, or type its name or words of its line; then Enter";
        screen.labelled(Tone::Ask, "ask", &format!("{ask}{many} ({how})"));
        moving(screen, lines)
    } else {
        screen.labelled(Tone::Ask, "ask", &format!("{ask}{many} Type its name, or words of its line."));
        still(screen, lines)
    }
}

/// What was typed, what has it, and which of these is marked.
#[derive(Debug)]
struct Choosing {
    typed: String,
    found: Vec<usize>,
    at: Option<usize>,
}

#[derive(Debug, PartialEq, Eq)]
enum Pressed {
    GoOn,
    Picked(usize),
    Left,
}

impl Choosing {
    fn new(lines: &[String]) -> Self {
        Self { typed: String::new(), found: (0..lines.len()).collect(), at: Some(0) }
    }

    fn press(&mut self, key: Key, lines: &[String]) -> Pressed {
        match key {
            Key::Char(c) => self.typed.push(c),
            Key::Back => {
                self.typed.pop();
            }
            Key::Wipe => self.typed.clear(),
            Key::Up | Key::Down => {
                let last = self.found.len().checked_sub(1);
                self.at = last.map(|last| match (self.at, key) {
                    (Some(0) | None, Key::Up) => last,
                    (Some(at), Key::Up) => at - 1,
                    (Some(at), _) if at < last => at + 1,
                    _ => 0,
                });
                return Pressed::GoOn;
            }
            Key::Enter => return self.marked().map_or(Pressed::GoOn, Pressed::Picked),
            Key::Leave => return Pressed::Left,
            Key::Other => return Pressed::GoOn,
        }
        self.found = matching(&self.typed, lines);
        // Which of several was meant is not guessed: the first of them is not what was typed.
        self.at = (self.found.len() == 1).then_some(0);
        Pressed::GoOn
    }

    fn marked(&self) -> Option<usize> {
        self.found.get(self.at?).copied()
    }

    /// What is drawn: the lines that have it, at most so many, and what is missing; the last is where it is typed.
    fn drawn(&self, screen: &Screen, lines: &[String], most: usize) -> Vec<String> {
        // A line that wraps would be drawn anew in the wrong place.
        let room = screen.room().saturating_sub(4);
        let first = self.at.map_or(0, |at| (at + 1).saturating_sub(most));
        let mut out: Vec<String> = Vec::new();
        for ix in self.found.iter().skip(first).take(most) {
            let line = cut(&safe::line(lines.get(*ix).map_or("", String::as_str)), room);
            let marked = self.marked() == Some(*ix);
            let (mark, tone) = if marked { (">", Tone::Ask) } else { (" ", Tone::Plain) };
            out.push(format!("  {mark} {}", screen.paint(tone, &line)));
        }
        let says = if self.at.is_none() {
            Some(missing(&self.typed, &self.found, lines))
        } else {
            let more = self.found.len().saturating_sub(most);
            (more > 0).then(|| format!("and {more} more"))
        };
        out.extend(says.map(|says| format!("    {}", cut(&says, room))));
        let typed = safe::line(&self.typed);
        let tail = typed.chars().count().saturating_sub(room);
        out.push(format!("> {}", typed.chars().skip(tail).collect::<String>()));
        out
    }
}

fn cut(line: &str, room: usize) -> String {
    if line.chars().count() <= room {
        return line.to_owned();
    }
    line.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}

/// On a terminal whose cursor moves.
fn moving(screen: &Screen, lines: &[String]) -> Option<usize> {
    let typing = Typing::keys().ok()?;
    // The question, what is missing and what is typed want a line each, and so does a question that is wrapped.
    let most = typing.rows().map_or(MOST, |rows| rows.saturating_sub(5).clamp(1, MOST));
    let mut choosing = Choosing::new(lines);
    let mut above = 0;
    loop {
        let drawn = choosing.drawn(screen, lines, most);
        screen.redraw(above, &drawn);
        above = drawn.len().saturating_sub(1);
        let picked = match choosing.press(typing.key(), lines) {
            Pressed::GoOn => continue,
            Pressed::Picked(ix) => Some(ix),
            Pressed::Left => None,
        };
        screen.redraw(above, &[]);
        return picked;
    }
}

/// On a terminal that gets plain lines.
fn still(screen: &Screen, lines: &[String]) -> Option<usize> {
    let typing = Typing::lines().ok()?;
    let mut found: Vec<usize> = (0..lines.len()).collect();
    loop {
        if found.len() <= MOST {
            for line in found.iter().filter_map(|ix| lines.get(*ix)) {
                screen.labelled(Tone::Plain, "", &safe::line(line));
            }
        }
        screen.prompt("> ");
        let typed = typing.line()?;
        screen.entered();
        found = matching(&typed, lines);
        if let [only] = found.as_slice() {
            return Some(*only);
        }
        screen.labelled(Tone::Plain, "-", &missing(&typed, &found, lines));
    }
}

/// Why nothing is picked by what was typed.
fn missing(typed: &str, found: &[usize], lines: &[String]) -> String {
    if found.is_empty() {
        let near = suggest::nearest(typed.trim(), lines.iter().map(|l| name(l)));
        let near = near.map_or_else(String::new, |n| format!(" Did you mean {}?", safe::line(n)));
        return format!("Nothing has that.{near}");
    }
    if typed.trim().is_empty() {
        return format!("{} to choose from.", lines.len());
    }
    format!("{} of {} have that; type more of it.", found.len(), lines.len())
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

    #[test]
    fn what_is_typed_is_what_enter_takes_and_what_nothing_has_is_nothing() {
        use Pressed::{GoOn, Left, Picked};
        let lines: Vec<String> =
            ["alpha: answers", "beta: answers", "beta-2: writes", "typo: mails"].map(str::to_owned).to_vec();
        let chars = |typed: &str| typed.chars().map(Key::Char).collect::<Vec<Key>>();
        for (keys, last) in [
            (vec![], Picked(0)),
            (vec![Key::Down], Picked(1)),
            (vec![Key::Up], Picked(3)),
            (vec![Key::Up, Key::Down], Picked(0)),
            (chars("typo"), Picked(3)),
            (chars("TYP"), Picked(3)),
            // A whole name is the one, though another begins with it.
            (chars("beta"), Picked(1)),
            (chars("beta-"), Picked(2)),
            // Several have it: none of them is what was typed, until an arrow says which.
            (chars("answers"), GoOn),
            ([chars("answers"), vec![Key::Down, Key::Down]].concat(), Picked(1)),
            (chars("gamma"), GoOn),
            ([chars("gamma"), vec![Key::Down]].concat(), GoOn),
            // Taking it back does not put the mark back where nobody put it.
            ([chars("g"), vec![Key::Back]].concat(), GoOn),
            ([chars("gamma"), vec![Key::Wipe], chars("alp")].concat(), Picked(0)),
            ([chars("typo"), vec![Key::Other]].concat(), Picked(3)),
        ] {
            let mut choosing = Choosing::new(&lines);
            for key in &keys {
                assert_eq!(choosing.press(*key, &lines), GoOn, "{keys:?}");
            }
            assert_eq!(choosing.press(Key::Enter, &lines), last, "{keys:?}");
            assert_eq!(choosing.press(Key::Leave, &lines), Left, "{keys:?}");
        }
    }

    #[test]
    fn the_marked_line_is_always_among_the_drawn_and_no_line_wraps() {
        let lines: Vec<String> = (0..30).map(|n| format!("bot-{n:02}: {}", "long ".repeat(40))).collect();
        let (screen, ..) = crate::ui::screen::fake::screen(crate::ui::screen::fake::PLAIN);
        let mut choosing = Choosing::new(&lines);
        for n in 0..30 {
            let drawn = choosing.drawn(&screen, &lines, MOST);
            assert_eq!(drawn.len(), MOST + 2, "{drawn:?}");
            assert!(drawn.iter().any(|l| l.starts_with(&format!("  > bot-{n:02}"))), "{drawn:?}");
            assert!(drawn.iter().all(|l| l.chars().count() <= 80), "{drawn:?}");
            assert_eq!(choosing.press(Key::Down, &lines), Pressed::GoOn);
        }
        for c in "bot".chars() {
            choosing.press(Key::Char(c), &lines);
        }
        let drawn = choosing.drawn(&screen, &lines, MOST);
        assert!(drawn.iter().all(|l| !l.starts_with("  >")), "{drawn:?}");
        assert!(drawn.contains(&"    30 of 30 have that; type more of it.".to_owned()), "{drawn:?}");
        assert_eq!(drawn.last().map(String::as_str), Some("> bot"));
    }
}
