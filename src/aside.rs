//! Work in a thread of its own, and its answer when it has come.
//!
//! Owns the thread and the waiting: a file system, git or a key that hangs must not hang a stop. What is done is said by
//! whoever asks. Nothing is told to work that nobody waits for any more; it ends with the process.
//!
//! A channel and a thread are each a good deal of machine code for every kind of answer, so here they are of one kind and
//! the answer is laid beside them.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;
use std::time::Duration;

/// An answer that may come.
#[derive(Debug)]
pub struct Answer<T> {
    there: Arc<Mutex<Option<T>>>,
    over: Receiver<()>,
}

/// How far an answer is.
#[derive(Debug, PartialEq, Eq)]
pub enum Coming<T> {
    /// It is here. It is handed out once.
    Here(T),
    /// Not yet.
    Awaited,
    /// It never comes: the work ended without one, or it was handed out before.
    Never,
}

/// Begins it.
///
/// # Errors
/// The system gives no thread.
pub fn aside<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> io::Result<Answer<T>> {
    let there = Arc::new(Mutex::new(None));
    let place = Arc::clone(&there);
    let done = Box::new(move || {
        let came = work();
        *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(came);
    });
    Ok(Answer { there, over: begin(name, done)? })
}

fn begin(name: &str, work: Box<dyn FnOnce() + Send>) -> io::Result<Receiver<()>> {
    let (tell, over) = channel();
    Builder::new().name(name.to_owned()).spawn(move || {
        work();
        // Nobody may be waiting any more.
        let _ = tell.send(());
    })?;
    Ok(over)
}

impl<T> Answer<T> {
    /// The answer, waited for no longer than this. None where it did not come in time or never will.
    pub fn within(&self, limit: Duration) -> Option<T> {
        match self.wait(limit) {
            Coming::Here(answer) => Some(answer),
            Coming::Awaited | Coming::Never => None,
        }
    }

    /// The same, telling what is late from what never comes.
    pub fn wait(&self, limit: Duration) -> Coming<T> {
        match self.over.recv_timeout(limit) {
            Err(RecvTimeoutError::Timeout) => Coming::Awaited,
            Ok(()) | Err(RecvTimeoutError::Disconnected) => self.take(),
        }
    }

    /// The answer, if it is here.
    pub fn now(&self) -> Coming<T> {
        match self.over.try_recv() {
            Err(TryRecvError::Empty) => Coming::Awaited,
            Ok(()) | Err(TryRecvError::Disconnected) => self.take(),
        }
    }

    fn take(&self) -> Coming<T> {
        self.there.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Coming::Never, Coming::Here)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn an_answer_is_awaited_then_here_and_handed_out_once() {
        let (go, wait) = channel::<()>();
        let answer = aside("test", move || wait.recv().map(|()| 7)).unwrap();
        assert_eq!(answer.now(), Coming::Awaited);
        assert_eq!(answer.wait(Duration::ZERO), Coming::Awaited);
        go.send(()).unwrap();
        assert_eq!(answer.within(LONG), Some(Ok(7)));
        assert_eq!(answer.within(LONG), None);
        assert_eq!(answer.now(), Coming::Never);
    }

    #[test]
    fn work_that_ends_without_an_answer_is_not_waited_for() {
        let answer = aside("test", || -> u8 { panic!("on purpose") }).unwrap();
        assert_eq!(answer.wait(LONG), Coming::Never);
    }
}
