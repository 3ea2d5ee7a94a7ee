//! A passphrase from the person at the terminal, and from nowhere else: not from a pipe, a variable or an argument.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _, Write as _, stderr, stdin, stdout};

use dialoguer::Password;
use dialoguer::console::Term;

use super::leave::leavable;
use crate::text::safe;

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPassphrase {
    /// The person left the question with Ctrl-C.
    Left,
    /// They typed none.
    Empty,
    /// No terminal is here to ask at.
    Nobody,
}

impl fmt::Display for NoPassphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Left => "the question for the passphrase was left",
            Self::Empty => "no passphrase was typed",
            Self::Nobody => {
                "it has a passphrase, which is asked for at a terminal, and none is here: type this at one, with at most \
                 one of standard output and standard error redirected, or name a key that needs none"
            }
        })
    }
}

/// Asks for the passphrase of something.
///
/// # Errors
/// There is none.
pub fn passphrase(of: &str) -> Result<String, NoPassphrase> {
    let own = own_terminal().map_err(|_| NoPassphrase::Nobody)?;
    let prompt = format!("Passphrase of {}", safe::line(of));
    let at = own.as_ref().map(File::try_clone).transpose().map_err(|_| NoPassphrase::Nobody)?;
    let ask = move || {
        let term = match at {
            Some(at) => Term::read_write_pair(at.try_clone()?, at),
            None => Term::stderr(),
        };
        Password::new().with_prompt(prompt).allow_empty_password(true).report(false).interact_on(&term)
    };
    match leavable(ask) {
        Ok(Ok(typed)) if typed.is_empty() => Err(NoPassphrase::Empty),
        Ok(Ok(typed)) => Ok(typed),
        Ok(Err(_)) => Err(NoPassphrase::Nobody),
        Err(_) => {
            // The question stands in a line that nobody ended.
            let _ = own.map_or_else(|| writeln!(stderr()), |mut at| writeln!(at));
            Err(NoPassphrase::Left)
        }
    }
}

/// None where standard error is a terminal, and otherwise the terminal that the person sits at all the same: of what they
/// redirected, the question is no part.
fn own_terminal() -> io::Result<Option<File>> {
    if stderr().is_terminal() {
        return Ok(None);
    }
    if !stdin().is_terminal() || !stdout().is_terminal() {
        return Err(io::ErrorKind::NotConnected.into());
    }
    OpenOptions::new().read(true).write(true).open("/dev/tty").map(Some)
}
