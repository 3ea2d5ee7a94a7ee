//! Choosing one of several lines before anything is in flight: with the arrow keys, or by typing part of one, or its name.
//!
//! Owns what is marked and how the list looks. What was typed always counts, however few lines there are: a name that is
//! typed is the one that is taken, and where no name has it, or several do, Enter takes nothing. What stands behind a name
//! narrows the list and marks nothing: whoever types `invoices` has not said that they mean the one bot whose description
//! has that word, and to stop another one harms.

use super::screen::{Screen, Tone};
use super::typing::{Key, Typing};
use crate::text::{safe, suggest};

/// More lines than this are not put on a screen at once.
const MOST: usize = 12;

/// The index of the line that a person picks; none when they leave. A single line is asked about, too: what it stands for
/// is done only once somebody has said so.
#[must_use]
pub fn pick(screen: &Screen, ask: &str, lines: &[String]) -> Option<usize> {
    let many = if lines.len() > MOST { format!(" There are {}.", lines.len()) } else { String::new() };
    if screen.look().moves {
        let how = "arrow keys, or type its name, or words of its line to see fewer; then Enter";
        screen.labelled(Tone::Ask, "ask", &format!("{ask}{many} ({how})"));
        moving(screen, lines)
    } else {
        screen.labelled(Tone::Ask, "ask", &format!("{ask}{many} Type its name, or words of its line to see fewer."));
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
        let mut new = Self { typed: String::new(), found: Vec::new(), at: None };
        new.look(lines);
        new
    }

    /// What has it now, and which of these was meant. Nobody has marked anything when nothing was typed: an Enter too many
    /// behind the command would stop whatever stands first.
    fn look(&mut self, lines: &[String]) {
        self.found = matching(&self.typed, lines);
        let meant = meant(&self.typed, &self.found, lines);
        self.at = meant.and_then(|meant| self.found.iter().position(|ix| *ix == meant));
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
        self.look(lines);
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
            Some(missing(&self.typed, &self.found, lines, " mark it with an arrow key, or type its name."))
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
        if let Some(line) = picked.and_then(|ix| lines.get(ix)) {
            // The list is gone, and what comes next is about this.
            screen.labelled(Tone::Plain, "", &safe::line(line));
        }
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
        if let Some(meant) = meant(&typed, &found, lines) {
            return Some(meant);
        }
        screen.labelled(Tone::Plain, "-", &missing(&typed, &found, lines, " type its name to take it."));
    }
}

/// Why nothing is picked by what was typed; `take`: how the only one that has it is taken all the same.
fn missing(typed: &str, found: &[usize], lines: &[String], take: &str) -> String {
    if found.is_empty() {
        let near = suggest::nearest(typed.trim(), lines.iter().map(|l| name(l)));
        let near = near.map_or_else(String::new, |n| format!(" Did you mean {}?", safe::line(n)));
        return format!("Nothing has that.{near}");
    }
    if typed.trim().is_empty() {
        return format!("{} to choose from.", lines.len());
    }
    if found.len() == 1 {
        return format!("That stands in its description alone:{take}");
    }
    format!("{} of {} have that; type more of it.", found.len(), lines.len())
}

/// What stands before the colon.
fn name(line: &str) -> &str {
    line.split_once(':').map_or(line, |(name, _)| name)
}

/// Whether a text holds every word that was typed.
fn holds(text: &str, typed: &str) -> bool {
    let text = text.to_lowercase();
    typed.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// The lines that hold every word that was typed, those whose name does first; the one whose name it is, alone.
fn matching(typed: &str, lines: &[String]) -> Vec<usize> {
    let typed = typed.trim().to_lowercase();
    if let Some(exact) = lines.iter().position(|l| !typed.is_empty() && name(l).to_lowercase() == typed) {
        return vec![exact];
    }
    let having = |of: fn(&str) -> &str| -> Vec<usize> {
        lines.iter().enumerate().filter(|(_, l)| holds(of(l), &typed)).map(|(n, _)| n).collect()
    };
    let mut found = having(name);
    for ix in having(|line| line) {
        if !found.contains(&ix) {
            found.push(ix);
        }
    }
    found
}

/// The one of those found that was meant: the only one whose name holds what was typed. Which of several was meant is not
/// guessed, and neither is one from what is said of it.
fn meant(typed: &str, found: &[usize], lines: &[String]) -> Option<usize> {
    let named = |ix: &&usize| lines.get(**ix).is_some_and(|l| holds(name(l), typed));
    let mut named = found.iter().filter(named);
    named.next().copied().filter(|_| named.next().is_none())
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
            // Names come first, in the order of the list; then what has it in its description.
            ("mai", vec![3, 2]),
            ("mail\n", vec![3]),
            ("", vec![0, 1, 2, 3]),
            ("nothing of it", vec![]),
        ] {
            assert_eq!(matching(typed, &lines), is, "{typed}");
        }
        for (typed, is) in [
            ("bot\n", Some(0)),
            ("2", None),
            ("20", Some(2)),
            // In one name and in another's description: the name it is.
            ("mai", Some(3)),
            // In one description alone, or partly there: nobody said which.
            ("by", None),
            ("bot-20 mail", None),
            ("", None),
            ("nothing of it", None),
        ] {
            assert_eq!(meant(typed, &matching(typed, &lines), &lines), is, "{typed}");
        }
    }

    #[test]
    fn what_is_typed_is_what_enter_takes_and_what_nothing_has_is_nothing() {
        use Pressed::{GoOn, Left, Picked};
        let lines: Vec<String> =
            ["alpha: answers", "beta: answers", "beta-2: writes", "typo: mails"].map(str::to_owned).to_vec();
        let chars = |typed: &str| typed.chars().map(Key::Char).collect::<Vec<Key>>();
        for (keys, last) in [
            // Nothing is marked before somebody marks it.
            (vec![], GoOn),
            (vec![Key::Other], GoOn),
            (vec![Key::Down], Picked(0)),
            (vec![Key::Down, Key::Down], Picked(1)),
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
            // One has it, in what is said of it: that is no name, until an arrow says that it is meant.
            (chars("writes"), GoOn),
            (chars("beta writes"), GoOn),
            ([chars("writes"), vec![Key::Down]].concat(), Picked(2)),
            ([chars("writes"), vec![Key::Up]].concat(), Picked(2)),
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
        // Of one line there is no other: it is marked, and wants its Enter.
        let only = ["alpha: answers".to_owned()];
        assert_eq!(Choosing::new(&only).press(Key::Enter, &only), Picked(0));
    }

    #[test]
    fn the_marked_line_is_always_among_the_drawn_and_no_line_wraps() {
        let lines: Vec<String> = (0..30).map(|n| format!("bot-{n:02}: {}", "long ".repeat(40))).collect();
        let (screen, ..) = crate::ui::screen::fake::screen(crate::ui::screen::fake::PLAIN);
        let mut choosing = Choosing::new(&lines);
        let drawn = choosing.drawn(&screen, &lines, MOST);
        assert!(drawn.contains(&"    30 to choose from.".to_owned()), "{drawn:?}");
        for n in 0..30 {
            assert_eq!(choosing.press(Key::Down, &lines), Pressed::GoOn);
            let drawn = choosing.drawn(&screen, &lines, MOST);
            assert_eq!(drawn.len(), MOST + 2, "{drawn:?}");
            assert!(drawn.iter().any(|l| l.starts_with(&format!("  > bot-{n:02}"))), "{drawn:?}");
            assert!(drawn.iter().all(|l| l.chars().count() <= 80), "{drawn:?}");
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
