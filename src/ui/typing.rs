//! Lines and keys that a person types before anything is in flight.
//!
//! A read that blocks is right here and nowhere else: during a run, questions can be withdrawn, and `keyboard` reads.
//!
//! Ctrl-C is a key here and no signal. A signal would end the process in the middle of the question, without a word; as a
//! key it leaves the question as Ctrl-D does, so that whoever asked says what was not done and how to go on.

use std::fs::File;
use std::io::{self, Read as _};
use std::time::Duration;

use rustix::termios::{SpecialCodeIndex, Termios, tcgetwinsize};

use super::keyboard::{Keyboard, key_by_key};

/// What stands in a mode's place of a key that is none.
const NO_KEY: u8 = if cfg!(any(target_os = "linux", target_os = "android")) { 0 } else { 0xff };

/// How long after Esc the rest of an arrow may come: a terminal far away may send it in two parts.
const REST: Duration = Duration::from_millis(50);

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A letter, a figure, a space.
    Char(char),
    /// Enter.
    Enter,
    /// Takes the last character back.
    Back,
    /// Ctrl-U: takes back everything that was typed.
    Wipe,
    /// The line above.
    Up,
    /// The line below.
    Down,
    /// Esc, Ctrl-C, Ctrl-D, or the terminal is gone.
    Leave,
    /// Stands for nothing.
    Other,
}

/// The ear of one question; the terminal is as it was when this goes.
#[derive(Debug)]
pub struct Typing {
    keyboard: Keyboard,
    /// What Ctrl-C sends.
    leaves: u8,
}

impl Typing {
    /// Line by line, as the terminal edits them.
    ///
    /// # Errors
    /// Stdin is no terminal.
    pub fn lines() -> io::Result<Self> {
        // The key ends the line that it stands in, so that it is read at once and not only behind Enter.
        Self::with(|mode, leaves| mode.special_codes[SpecialCodeIndex::VEOL] = leaves)
    }

    /// Key by key.
    ///
    /// # Errors
    /// Stdin is no terminal.
    pub fn keys() -> io::Result<Self> {
        Self::with(|mode, _| key_by_key(mode))
    }

    fn with(change: impl FnOnce(&mut Termios, u8)) -> io::Result<Self> {
        let mut leaves = NO_KEY;
        let keyboard = Keyboard::in_mode(|mode| {
            leaves = std::mem::replace(&mut mode.special_codes[SpecialCodeIndex::VINTR], NO_KEY);
            change(mode, leaves);
        })?;
        Ok(Self { keyboard, leaves })
    }

    /// The next line, without its end; none when the person left.
    #[must_use]
    pub fn line(&self) -> Option<String> {
        let mut line = Vec::new();
        loop {
            let byte = self.byte()?;
            if byte == self.leaves && byte != NO_KEY {
                return None;
            }
            if byte == b'\n' {
                return Some(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned());
            }
            line.push(byte);
        }
    }

    /// The next key.
    #[must_use]
    pub fn key(&self) -> Key {
        let rest = || self.keyboard.readable_within(REST).is_ok_and(|is| is).then(|| self.byte()).flatten();
        match self.byte() {
            None => Key::Leave,
            Some(byte) if byte == self.leaves && byte != NO_KEY => Key::Leave,
            Some(first) => key_of(first, rest),
        }
    }

    /// How many lines the terminal has, where it says so.
    #[must_use]
    pub fn rows(&self) -> Option<usize> {
        tcgetwinsize(self.keyboard.terminal()).ok().map(|size| usize::from(size.ws_row)).filter(|rows| *rows > 0)
    }

    /// One byte, so that what was typed ahead stays where the next question finds it.
    fn byte(&self) -> Option<u8> {
        let mut byte = [0];
        let mut terminal: &File = self.keyboard.terminal();
        loop {
            match terminal.read(&mut byte) {
                Ok(0) => return None,
                Ok(_) => return byte.first().copied(),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
    }
}

/// The key that begins with a byte; `rest`: the bytes that come with it.
pub(super) fn key_of(first: u8, mut rest: impl FnMut() -> Option<u8>) -> Key {
    match first {
        b'\r' | b'\n' => Key::Enter,
        0x7f | 0x08 => Key::Back,
        0x15 => Key::Wipe,
        0x03 | 0x04 => Key::Leave,
        0x1b => match rest() {
            None => Key::Leave,
            Some(b'[' | b'O') => loop {
                match rest() {
                    Some(b'A') => break Key::Up,
                    Some(b'B') => break Key::Down,
                    None | Some(0x40..=0x7e) => break Key::Other,
                    Some(_) => {}
                }
            },
            Some(_) => Key::Other,
        },
        _ => {
            let more = match first {
                0xc0..=0xdf => 1,
                0xe0..=0xef => 2,
                0xf0..=0xf7 => 3,
                _ => 0,
            };
            let bytes: Vec<u8> = std::iter::once(first).chain((0..more).map_while(|_| rest())).collect();
            let c = std::str::from_utf8(&bytes).ok().and_then(|t| t.chars().next());
            c.filter(|c| !c.is_control()).map_or(Key::Other, Key::Char)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_is_one_key_and_esc_alone_leaves() {
        for (bytes, keys) in [
            (&b"a\r"[..], vec![Key::Char('a'), Key::Enter]),
            ("é漢".as_bytes(), vec![Key::Char('é'), Key::Char('漢')]),
            (b"\x1b[A\x1bOB", vec![Key::Up, Key::Down]),
            (b"\x1b[1;5C\x1b[3~x", vec![Key::Other, Key::Other, Key::Char('x')]),
            (b"\x1b", vec![Key::Leave]),
            (b"\x03\x04", vec![Key::Leave, Key::Leave]),
            (b"\x7f\x08\x15\t", vec![Key::Back, Key::Back, Key::Wipe, Key::Other]),
            (b"\x1bx\xff", vec![Key::Other, Key::Other]),
        ] {
            let mut left = bytes.iter().copied();
            let mut read = Vec::new();
            while let Some(first) = left.next() {
                read.push(key_of(first, || left.next()));
            }
            assert_eq!(read, keys, "{bytes:?}");
        }
    }
}
