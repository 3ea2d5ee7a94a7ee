//! Waiting for a person in code that is not ours, such as a prompt for a passphrase or `ssh-keygen`: Ctrl-C leaves it.
//!
//! Where we read keys ourselves, Ctrl-C is a key (`typing`). Where others read, it is a signal, which would end the process
//! in the middle of the question, without a word and with a terminal that shows nothing of what is typed. So the signal is
//! heard here, the terminal is put back as it was, and whoever asked says what was not done. Owns that signal from the
//! first such wait on, also where nobody is waited for any more; must not decide what leaving means, or say how to go on.

use std::fs::{File, OpenOptions};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::Duration;

use crate::aside::aside;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::signal::unix::{SignalKind, signal};

/// How long what was left may take to end by itself: `ssh-keygen` hears the same signal and puts the terminal back, too.
const END: Duration = Duration::from_millis(500);

/// What 130 means stands in the help: interrupted.
const INTERRUPTED: i32 = 130;

/// The person left with Ctrl-C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left;

/// What ends a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Over,
    Left,
}

/// Told when Ctrl-C comes; nobody while nobody is waited for.
static WAITS: Mutex<Option<Sender<Word>>> = Mutex::new(None);

/// What is said before the process ends because of it.
static WORDS: Mutex<Option<Words>> = Mutex::new(None);

type Words = Box<dyn FnOnce() + Send>;

/// Whether a run listens for the signal itself.
static RUNS: AtomicBool = AtomicBool::new(false);

fn waits() -> MutexGuard<'static, Option<Sender<Word>>> {
    // What is inside is whole, whoever held it.
    WAITS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does what waits for a person.
///
/// # Errors
/// They left. What was begun may go on waiting until the process ends, and nothing of it is heard any more.
pub fn leavable<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Left> {
    let terminal = Terminal::now();
    listen();
    let (word, words) = channel();
    *waits() = Some(word.clone());
    // Woken when the work is over, too, however it ended.
    let working = aside("waits for a person", move || {
        let _over = Over(word);
        work()
    });
    let mut over = working.is_ok() && words.recv() == Ok(Word::Over);
    *waits() = None;
    // Who leaves at the very moment at which it is over has left: nothing that was not wanted any more is taken.
    over &= !words.try_iter().any(|word| word == Word::Left);
    if let Some(is) = working.ok().filter(|_| over).and_then(|came| came.within(END)) {
        return Ok(is);
    }
    if let Some(terminal) = terminal {
        terminal.put_back();
    }
    Err(Left)
}

/// From now on a run listens, and Ctrl-C asks it to be left.
pub fn give_way() {
    RUNS.store(true, Ordering::SeqCst);
}

/// Says this when Ctrl-C ends the process while nobody is waited for and no run listens. Where it never was heard here, the
/// system ends the process, and nothing is said.
pub fn when_left(words: impl FnOnce() + Send + 'static) {
    *WORDS.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(words));
}

/// Says so when it goes.
struct Over(Sender<Word>);

impl Drop for Over {
    fn drop(&mut self) {
        // Nobody may be waiting any more.
        let _ = self.0.send(Word::Over);
    }
}

/// The terminal of this process, and the mode that it was in.
struct Terminal {
    file: File,
    before: Termios,
}

impl Terminal {
    fn now() -> Option<Self> {
        let file = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
        let before = tcgetattr(&file).ok()?;
        Some(Self { file, before })
    }

    /// What was typed and not read goes with it: it may be half a secret.
    fn put_back(&self) {
        // Where the terminal is gone there is nothing to put back.
        let _ = tcsetattr(&self.file, OptionalActions::Flush, &self.before);
    }
}

/// Hears Ctrl-C from the moment this returns until the process ends. Once it has been heard by anybody, the system does
/// nothing of its own on it any more; so where nobody is waited for, this ends the process as the system would have.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let (ready, is_ready) = channel();
        let hears = move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
            runtime.block_on(async {
                let Ok(mut interrupts) = signal(SignalKind::interrupt()) else { return };
                // Whoever asked waits for this word.
                let _ = ready.send(());
                while interrupts.recv().await.is_some() {
                    match waits().take() {
                        Some(word) => drop(word.send(Word::Left)),
                        None if RUNS.load(Ordering::SeqCst) => {}
                        None => interrupted(),
                    }
                }
            });
        };
        if thread::Builder::new().name("interrupts".to_owned()).spawn(hears).is_ok() {
            // Without an ear the signal ends the process, as it does everywhere else.
            let _ = is_ready.recv();
        }
    });
}

#[expect(clippy::exit, reason = "in place of the signal that this thread has taken from the system")]
fn interrupted() -> ! {
    let words = WORDS.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(words) = words {
        words();
    }
    std::process::exit(INTERRUPTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_by_itself_is_what_came_and_what_breaks_is_left() {
        assert_eq!(leavable(|| 7), Ok(7));
        assert_eq!(leavable(|| -> u8 { panic!("on purpose") }), Err(Left));
        assert_eq!(leavable(|| "again"), Ok("again"));
    }
}
