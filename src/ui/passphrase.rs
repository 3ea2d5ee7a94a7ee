//! A passphrase from the person at the terminal, and from nowhere else: not from a pipe, a variable or an argument.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::text::safe;

/// The terminal without echo; as it was when this goes.
struct Silent {
    terminal: File,
    before: Termios,
}

impl Drop for Silent {
    fn drop(&mut self) {
        // Where the terminal is gone there is nothing to put back.
        let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
    }
}

/// Asks for a passphrase; none without a terminal, and none when nothing was typed.
#[must_use]
pub fn passphrase(of: &str) -> Option<String> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
    let before = tcgetattr(&terminal).ok()?;
    let mut mode = before.clone();
    mode.local_modes.remove(LocalModes::ECHO);
    let mut out = terminal.try_clone().ok()?;
    write!(out, "Passphrase of {}: ", safe::line(of)).and_then(|()| out.flush()).ok()?;
    let silent = Silent { terminal, before };
    tcsetattr(&silent.terminal, OptionalActions::Flush, &mode).ok()?;
    let mut line = String::new();
    let read = BufReader::new(&silent.terminal).read_line(&mut line);
    let _ = writeln!(out);
    read.ok()?;
    let typed = line.trim_end_matches(['\n', '\r']);
    (!typed.is_empty()).then(|| typed.to_owned())
}
