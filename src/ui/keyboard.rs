//! Keys and lines from the terminal, as futures that can be dropped at any moment.
//!
//! A question may be withdrawn while it stands: its deadline passes, a vote arrives, a signal comes. A thread that blocks in
//! a read could not be withdrawn: it would leave the terminal without echo, or swallow the answer to the next question.
//! So this looks every few milliseconds whether the terminal is readable and reads only then; dropping the future puts the
//! terminal's mode back and consumes nothing. What was typed before a question stood on the screen does not answer it, nor
//! does what is still being typed when one stands there in place of another.
//!
//! Ctrl-C stays a signal here. Before anything is in flight it is a key, which `typing` reads.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr, tcsetattr,
};

/// How often it is looked: quicker than a person notices.
const LOOK: Duration = Duration::from_millis(15);

/// How long no key may be pressed before a question that stands in place of another hears one: longer than between two
/// keys of somebody who types.
const QUIET: Duration = Duration::from_millis(700);

/// What was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed<T> {
    /// A key or a line.
    Got(T),
    /// The terminal is gone, or the person ended the input.
    Gone,
}

/// One question's ear. Made anew for each, so that nothing is left over from the one before.
#[derive(Debug)]
pub struct Keyboard {
    terminal: File,
    before: Termios,
}

impl Keyboard {
    /// Listens on stdin, key by key, and forgets what was typed before.
    ///
    /// # Errors
    /// Stdin is no terminal.
    pub fn open() -> io::Result<Self> {
        let keyboard = Self::kept()?;
        tcflush(&keyboard.terminal, QueueSelector::IFlush)?;
        Ok(keyboard)
    }

    /// The same for a question that stood on the screen before: what was typed since then answers it. A line that is half
    /// typed can be read once it is read key by key.
    ///
    /// # Errors
    /// Stdin is no terminal.
    pub(super) fn kept() -> io::Result<Self> {
        Self::in_mode(key_by_key)
    }

    /// Waits until nobody types any more; returns whether somebody did. What they typed is forgotten.
    ///
    /// # Errors
    /// The terminal could not be read.
    pub(super) async fn quiet(&self) -> io::Result<bool> {
        let mut typed = false;
        loop {
            match tokio::time::timeout(QUIET, self.bytes()).await {
                Err(_) => return Ok(typed),
                // The terminal is gone, which whoever listens next finds out.
                Ok(Ok(bytes)) if bytes.is_empty() => return Ok(typed),
                Ok(Ok(_)) => typed = true,
                Ok(Err(e)) if e.kind() == io::ErrorKind::Interrupted => {}
                Ok(Err(e)) => return Err(e),
            }
        }
    }

    /// On stdin in another mode, until this goes. What was typed before still counts.
    pub(super) fn in_mode(change: impl FnOnce(&mut Termios)) -> io::Result<Self> {
        let fd: OwnedFd = io::stdin().as_fd().try_clone_to_owned()?;
        let before = tcgetattr(&fd)?;
        let keyboard = Self { terminal: File::from(fd), before };
        let mut mode = keyboard.before.clone();
        change(&mut mode);
        tcsetattr(&keyboard.terminal, OptionalActions::Now, &mode)?;
        Ok(keyboard)
    }

    /// The terminal that is listened to.
    pub(super) const fn terminal(&self) -> &File {
        &self.terminal
    }

    async fn bytes(&self) -> io::Result<Vec<u8>> {
        while !self.readable()? {
            tokio::time::sleep(LOOK).await;
        }
        let mut bytes = vec![0; 4096];
        let n = (&self.terminal).read(&mut bytes)?;
        bytes.truncate(n);
        Ok(bytes)
    }

    /// Whether a read returns at once: something was typed, or the terminal is gone.
    fn readable(&self) -> io::Result<bool> {
        self.readable_within(Duration::ZERO)
    }

    /// The same, a moment later at most.
    pub(super) fn readable_within(&self, moment: Duration) -> io::Result<bool> {
        let mut fds = [PollFd::new(&self.terminal, PollFlags::IN)];
        let moment = Timespec { tv_sec: 0, tv_nsec: moment.subsec_nanos().into() };
        match poll(&mut fds, Some(&moment)) {
            Ok(n) => Ok(n > 0),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// The next key; escape sequences of arrows and the like are not keys here.
    ///
    /// # Errors
    /// The terminal could not be read.
    pub async fn key(&self) -> io::Result<Typed<char>> {
        loop {
            match self.bytes().await {
                Ok(bytes) => match key_of(&bytes) {
                    Some(typed) => return Ok(typed),
                    None => continue,
                },
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                // EIO: the terminal was closed.
                Err(e) if e.raw_os_error() == Some(5) => return Ok(Typed::Gone),
                Err(e) => return Err(e),
            }
        }
    }

    /// What is typed next, as it comes; nothing where the terminal is gone.
    ///
    /// # Errors
    /// The terminal could not be read.
    pub(super) async fn typed(&self) -> io::Result<Vec<u8>> {
        loop {
            match self.bytes().await {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.raw_os_error() == Some(5) => return Ok(Vec::new()),
                came => return came,
            }
        }
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        // Where the terminal is gone there is nothing to put back.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}

/// Each key is read as it is typed, and shown by whoever reads it.
pub(super) fn key_by_key(mode: &mut Termios) {
    mode.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
    mode.special_codes[SpecialCodeIndex::VMIN] = 1;
    mode.special_codes[SpecialCodeIndex::VTIME] = 0;
}

/// The key that bytes from a terminal stand for; none when they stand for none.
fn key_of(bytes: &[u8]) -> Option<Typed<char>> {
    match bytes {
        [] | [4, ..] => Some(Typed::Gone),
        [0x1b, ..] => None,
        _ => {
            let text = String::from_utf8_lossy(bytes);
            let c = text.chars().next()?;
            Some(Typed::Got(if c == '\r' { '\n' } else { c }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_are_no_answer_and_the_end_of_input_is_none_either() {
        assert_eq!(key_of(b"y"), Some(Typed::Got('y')));
        assert_eq!(key_of(b"\r"), Some(Typed::Got('\n')));
        assert_eq!(key_of("é".as_bytes()), Some(Typed::Got('é')));
        assert_eq!(key_of(b"\x1b[A"), None);
        assert_eq!(key_of(b"\x04"), Some(Typed::Gone));
        assert_eq!(key_of(b""), Some(Typed::Gone));
    }
}
