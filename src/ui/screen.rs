//! The screen: stdout for what one would pipe, stderr for everything else.
//!
//! Owns both streams, the width, colour, the `SANDBOX` in front of every line and the spinner. What kind of terminal it is
//! comes as given values; nothing is looked up here. A broken pipe is success: the reader has seen enough.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report::{Mark, Page, page::wrap};
use crate::text::safe::is_plain;

/// In front of every line of the sandbox.
const SANDBOX: &str = "SANDBOX ";

/// In front of every line of a drill.
const DRILL: &str = "DRILL ";

/// What the terminal is like, decided outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns.
    pub width: usize,
    /// Whether colour may be used.
    pub colour: bool,
    /// Whether stderr is a terminal that understands cursor movement: otherwise nothing moves.
    pub moves: bool,
    /// Whether stdout is a terminal.
    pub pages: bool,
    /// Whether a person can be asked: stdin and stderr are terminals.
    pub person: bool,
    /// Whether everything shown belongs to the sandbox.
    pub sandbox: bool,
    /// Whether everything shown belongs to a drill.
    pub drill: bool,
}

impl Look {
    /// From what the environment says. `no_color`: the variable `NO_COLOR` is set and not empty. `columns`: the width of
    /// the terminal, if it is one; then whether stdin, stdout and stderr are terminals.
    #[must_use]
    pub fn decide(
        no_color: bool,
        term: Option<&str>,
        columns: Option<usize>,
        [stdin, stdout, stderr]: [bool; 3],
        sandbox: bool,
    ) -> Self {
        let dumb = term == Some("dumb");
        Self {
            width: columns.filter(|_| stderr).unwrap_or(80).clamp(40, 120),
            colour: stderr && !dumb && !no_color,
            moves: stderr && !dumb,
            pages: stdout,
            person: stdin && stderr,
            sandbox,
            drill: false,
        }
    }
}

/// How a line is to be taken; its word always stands in the line as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    Plain,
    /// Stands out.
    Strong,
    /// Good.
    Good,
    /// Bad.
    Bad,
    /// Doubtful.
    Doubt,
    /// A person is asked.
    Ask,
}

impl Tone {
    /// The tone of a mark.
    #[must_use]
    pub const fn of(mark: Mark) -> Self {
        match mark {
            Mark::Ok => Self::Good,
            Mark::Fail => Self::Bad,
            Mark::Doubt => Self::Doubt,
            Mark::Ask => Self::Ask,
            Mark::Note | Mark::Quiet => Self::Plain,
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "\u{1b}[1m",
            Self::Good => "\u{1b}[32m",
            Self::Bad => "\u{1b}[1;31m",
            Self::Doubt => "\u{1b}[33m",
            Self::Ask => "\u{1b}[1;36m",
        }
    }
}

struct Streams {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    spinner: Option<ProgressBar>,
    /// A prompt stands on the last line of stderr, not yet answered.
    asking: bool,
    fault: Option<io::Error>,
}

/// A handle on the screen; clones share it.
#[derive(Clone)]
pub struct Screen {
    look: Look,
    streams: Rc<RefCell<Streams>>,
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Screen").field("look", &self.look).finish_non_exhaustive()
    }
}

impl Screen {
    /// The process's own streams.
    #[must_use]
    pub fn new(look: Look) -> Self {
        Self::over(look, Box::new(io::stdout()), Box::new(io::stderr()))
    }

    /// Over any two streams.
    #[must_use]
    pub fn over(look: Look, out: Box<dyn Write>, err: Box<dyn Write>) -> Self {
        let streams = Streams { out, err, spinner: None, asking: false, fault: None };
        Self { look, streams: Rc::new(RefCell::new(streams)) }
    }

    /// What it is like.
    #[must_use]
    pub const fn look(&self) -> Look {
        self.look
    }

    /// The same screen with or without `SANDBOX` in front.
    #[must_use]
    pub fn in_sandbox(&self, sandbox: bool) -> Self {
        Self { look: Look { sandbox, ..self.look }, streams: Rc::clone(&self.streams) }
    }

    /// The same screen with `DRILL` in front.
    #[must_use]
    pub fn in_drill(&self) -> Self {
        Self { look: Look { drill: true, ..self.look }, streams: Rc::clone(&self.streams) }
    }

    /// Columns that are left for text.
    #[must_use]
    pub fn room(&self) -> usize {
        self.look.width - self.prefix().len()
    }

    /// What stands in front of every line.
    pub(super) fn prefix(&self) -> &'static str {
        match (self.look.drill, self.look.sandbox) {
            (true, _) => DRILL,
            (false, true) => SANDBOX,
            (false, false) => "",
        }
    }

    /// A page on stdout.
    pub fn page(&self, page: &Page) {
        self.text(&page.to_string());
    }

    /// Text on stdout, line by line.
    pub fn text(&self, text: &str) {
        for line in text.lines() {
            for part in self.broken(line, self.look.pages) {
                self.out(&format!("{}{part}", self.prefix()));
            }
        }
    }

    /// A line that is too long for a terminal would go on there without `SANDBOX` in front: in the sandbox it is broken
    /// where the terminal would break it. Elsewhere it stays whole.
    fn broken(&self, line: &str, terminal: bool) -> Vec<String> {
        if self.prefix().is_empty() || !terminal || line.chars().count() <= self.room() {
            return vec![line.to_owned()];
        }
        let chars: Vec<char> = line.chars().collect();
        chars.chunks(self.room()).map(|c| c.iter().collect()).collect()
    }

    /// One line of JSON on stdout, never with `SANDBOX` in front. A terminal gets what draws or hides in JSON's own escapes:
    /// the same value, other bytes.
    pub fn raw(&self, line: &str) {
        if !self.look.pages || line.chars().all(is_plain) {
            return self.out(line);
        }
        let mut shown = String::with_capacity(line.len());
        for c in line.chars() {
            if is_plain(c) {
                shown.push(c);
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a String can't fail.
                    let _ = fmt::Write::write_fmt(&mut shown, format_args!("\\u{unit:04x}"));
                }
            }
        }
        self.out(&shown);
    }

    fn out(&self, line: &str) {
        let mut s = self.streams.borrow_mut();
        if s.fault.is_some() {
            return;
        }
        let Streams { out, spinner, fault, .. } = &mut *s;
        let written = suspended(spinner.as_ref(), || writeln!(out, "{}", line.trim_end()).and_then(|()| out.flush()));
        if let Err(e) = written {
            *fault = Some(e);
        }
    }

    /// What went wrong on stdout, except that its reader left.
    #[must_use]
    pub fn fault(&self) -> Option<io::Error> {
        self.streams.borrow_mut().fault.take().filter(|e| e.kind() != io::ErrorKind::BrokenPipe)
    }

    /// A page on stderr.
    pub fn aside(&self, page: &Page) {
        for line in page.lines() {
            self.verbatim(line);
        }
    }

    /// A paragraph on stderr, wrapped.
    pub fn say(&self, tone: Tone, text: &str) {
        for line in wrap(text, self.room()) {
            self.err(&format!("{}{}", self.prefix(), self.paint(tone, &line)));
        }
    }

    /// A line on stderr with a mark in front, wrapped with a hanging indent.
    pub fn mark(&self, mark: Mark, text: &str) {
        self.labelled(Tone::of(mark), mark.word(), text);
    }

    /// A line on stderr with a word of at most five characters in front.
    pub fn labelled(&self, tone: Tone, word: &str, text: &str) {
        let room = self.room().saturating_sub(6);
        for (i, line) in wrap(text, room).iter().enumerate() {
            let lead = if i == 0 { self.paint(tone, &format!("{word:<5}")) } else { " ".repeat(5) };
            self.err(&format!("{}{lead} {line}", self.prefix()));
        }
    }

    /// A command to copy, on a line of its own on stderr, never wrapped.
    pub fn command(&self, command: &str) {
        self.err(&format!("{}        {}", self.prefix(), self.paint(Tone::Strong, command)));
    }

    /// A line on stderr, not wrapped.
    pub fn verbatim(&self, line: &str) {
        for part in self.broken(line, self.look.moves) {
            self.err(&format!("{}{part}", self.prefix()));
        }
    }

    /// An empty line on stderr.
    pub fn blank(&self) {
        self.err(self.prefix());
    }

    /// The beginning of a line on stderr that the answer will follow.
    pub fn prompt(&self, text: &str) {
        let mut s = self.streams.borrow_mut();
        if let Some(bar) = s.spinner.take() {
            bar.finish_and_clear();
        }
        s.asking = true;
        // Wrapped like any line, behind its own indentation; the answer follows the last of it.
        let body = text.trim_start_matches(' ');
        let lead = text.get(..text.len() - body.len()).unwrap_or("");
        let lines = wrap(body, self.room().saturating_sub(lead.len()).max(10));
        let end = if text.ends_with(' ') { " " } else { "" };
        let _ = write!(
            s.err,
            "{}{end}",
            lines.iter().map(|l| format!("{}{lead}{l}", self.prefix())).collect::<Vec<_>>().join("\n")
        );
        let _ = s.err.flush();
    }

    /// Goes on in a prompt's line, with what somebody types there.
    pub(super) fn typed(&self, text: &str) {
        let mut s = self.streams.borrow_mut();
        let _ = write!(s.err, "{text}");
        let _ = s.err.flush();
    }

    /// Ends a prompt's line, with what was understood.
    pub fn echo(&self, text: &str) {
        let mut s = self.streams.borrow_mut();
        s.asking = false;
        let _ = writeln!(s.err, "{text}");
        let _ = s.err.flush();
    }

    /// Draws lines in place of those that stand there, `above` the cursor's and the cursor's own; the cursor stays behind
    /// the last. Only where the cursor moves, and only lines that fit.
    pub(super) fn redraw(&self, above: usize, lines: &[String]) {
        let mut s = self.streams.borrow_mut();
        s.asking = !lines.is_empty();
        let up = if above > 0 { format!("\u{1b}[{above}A") } else { String::new() };
        let lines: Vec<String> = lines.iter().map(|l| format!("{}{l}", self.prefix())).collect();
        let _ = write!(s.err, "{up}\r\u{1b}[J{}", lines.join("\n"));
        let _ = s.err.flush();
    }

    /// The person ended a prompt's line themselves, with Enter.
    pub fn entered(&self) {
        self.streams.borrow_mut().asking = false;
    }

    fn err(&self, line: &str) {
        let mut s = self.streams.borrow_mut();
        if std::mem::take(&mut s.asking) {
            // A question was withdrawn: what follows begins on a line of its own.
            let _ = writeln!(s.err);
        }
        let Streams { err, spinner, .. } = &mut *s;
        // Nobody may be stopped from containing because a terminal went away.
        let _ = suspended(spinner.as_ref(), || writeln!(err, "{}", line.trim_end()).and_then(|()| err.flush()));
    }

    /// Text in a colour, where there is colour.
    #[must_use]
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        if self.look.colour && tone != Tone::Plain {
            format!("{}{text}\u{1b}[0m", tone.code())
        } else {
            text.to_owned()
        }
    }

    /// Shows that something is under way. Nothing moves where nothing can.
    pub fn spin(&self, what: &str) {
        if !self.look.moves {
            return;
        }
        let room = self.room().saturating_sub(12);
        let what: String = what.chars().take(room).collect();
        let mut s = self.streams.borrow_mut();
        if let Some(bar) = &s.spinner {
            bar.set_message(what);
            return;
        }
        let template = format!("{}{{spinner}}     {{msg}} {{elapsed}}", self.prefix());
        let Ok(style) = ProgressStyle::with_template(&template) else { return };
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(style.tick_chars(r"|/-\ "));
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(120));
        s.spinner = Some(bar);
    }

    /// Takes the spinner away.
    pub fn still(&self) {
        if let Some(bar) = self.streams.borrow_mut().spinner.take() {
            bar.finish_and_clear();
        }
    }
}

fn suspended<T>(spinner: Option<&ProgressBar>, write: impl FnOnce() -> T) -> T {
    match spinner {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

#[cfg(test)]
pub(crate) mod fake {
    //! Streams that tests can read.

    use super::*;

    #[derive(Clone, Default)]
    pub(crate) struct Kept(pub(crate) Rc<RefCell<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Kept {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.borrow().clone()).unwrap()
        }
    }

    pub(crate) const PLAIN: Look =
        Look { width: 80, colour: false, moves: false, pages: false, person: false, sandbox: false, drill: false };

    pub(crate) fn screen(look: Look) -> (Screen, Kept, Kept) {
        let (out, err) = (Kept::default(), Kept::default());
        (Screen::over(look, Box::new(out.clone()), Box::new(err.clone())), out, err)
    }
}

#[cfg(test)]
mod tests {
    use super::fake::{PLAIN, screen};
    use super::*;

    #[test]
    fn colour_and_movement_need_a_terminal_that_wants_them() {
        let look = |no_color, term, terminal| Look::decide(no_color, term, Some(100), [terminal; 3], false);
        assert!(look(false, Some("xterm"), true).colour);
        assert!(!look(true, Some("xterm"), true).colour);
        assert!(look(true, Some("xterm"), true).moves);
        assert!(!look(false, Some("dumb"), true).colour);
        assert!(!look(false, Some("dumb"), true).moves);
        assert!(!look(false, Some("xterm"), false).colour);
        assert_eq!(look(false, None, false).width, 80);
        assert_eq!(look(false, None, true).width, 100);
        assert!(!Look::decide(false, None, None, [false, true, true], false).person);
    }

    #[test]
    fn every_sandbox_line_says_so_and_json_does_not() {
        let (s, out, err) = screen(Look { sandbox: true, ..PLAIN });
        s.mark(Mark::Ok, &"word ".repeat(40));
        s.say(Tone::Strong, "x");
        s.blank();
        s.text("a\nb");
        s.raw("{}");
        assert!(err.text().lines().all(|l| l.starts_with("SANDBOX")), "{}", err.text());
        assert!(err.text().lines().all(|l| l.len() <= 80));
        assert_eq!(out.text(), "SANDBOX a\nSANDBOX b\n{}\n");
    }

    #[test]
    fn every_line_of_a_drill_says_so_in_the_sandbox_too() {
        let (s, out, err) = screen(Look { sandbox: true, ..PLAIN });
        let s = s.in_drill();
        s.mark(Mark::Ok, &"word ".repeat(40));
        s.say(Tone::Strong, "x");
        s.blank();
        s.prompt("      yes or no: ");
        s.text("a");
        assert!(err.text().lines().all(|l| l.starts_with("DRILL")), "{}", err.text());
        assert_eq!(out.text(), "DRILL a\n");
    }

    #[test]
    fn json_draws_nothing_on_a_terminal_and_stays_the_same_value() {
        let value = serde_json::json!({ "title": "a\u{202e}b\u{9b}31m\u{1b}[2J\u{e0041}\u{7f} é" });
        for pages in [true, false] {
            let (s, out, _) = screen(Look { pages, ..PLAIN });
            s.raw(&value.to_string());
            let text = out.text();
            assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
            assert_eq!(text.trim_end().chars().all(is_plain), pages, "{text:?}");
            assert!(text.contains('é'));
        }
    }

    #[test]
    fn a_long_question_is_wrapped_behind_its_indentation_and_ends_where_the_answer_begins() {
        let (s, _, err) = screen(Look { sandbox: true, width: 40, ..PLAIN });
        s.prompt("      y yes, n no, ? not known yet (until 16:24:38 UTC): ");
        assert_eq!(err.text(), "SANDBOX       y yes, n no, ? not known\nSANDBOX       yet (until 16:24:38 UTC): ");
    }

    #[test]
    fn colour_adds_nothing_but_colour() {
        let (plain, _, a) = screen(PLAIN);
        let (colour, _, b) = screen(Look { colour: true, ..PLAIN });
        for s in [&plain, &colour] {
            s.mark(Mark::Fail, "it did not work");
        }
        assert_eq!(a.text(), "FAIL  it did not work\n");
        assert_eq!(b.text(), "\u{1b}[1;31mFAIL \u{1b}[0m it did not work\n");
    }

    #[test]
    fn what_follows_a_withdrawn_question_begins_on_a_line_of_its_own() {
        let (s, _, err) = screen(PLAIN);
        s.prompt("one: ");
        s.say(Tone::Plain, "withdrawn");
        s.prompt("two: ");
        s.echo("yes");
        s.say(Tone::Plain, "answered");
        s.prompt("three: ");
        s.entered();
        s.say(Tone::Plain, "typed");
        assert_eq!(err.text(), "one: \nwithdrawn\ntwo: yes\nanswered\nthree: typed\n");
    }

    #[test]
    fn a_reader_that_left_is_no_fault() {
        struct Shut(io::ErrorKind);
        impl Write for Shut {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        for (kind, fault) in [(io::ErrorKind::BrokenPipe, false), (io::ErrorKind::StorageFull, true)] {
            let s = Screen::over(PLAIN, Box::new(Shut(kind)), Box::new(Shut(kind)));
            s.text("a\nb");
            s.say(Tone::Plain, "a failing terminal stops nobody");
            assert_eq!(s.fault().is_some(), fault);
        }
    }
}
