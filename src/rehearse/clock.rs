//! Time that passes only when everybody waits, and the loop that lets it pass.
//!
//! There is no reactor and no thread: a future that waits for anything but this clock waits for ever, so that nothing
//! played here can reach a socket, a file or a real second.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::drive::Raise;
use crate::port::{Clock, Fut};
use crate::text::time::{Instant, Millis};

/// A clock that is moved by waiting.
#[derive(Debug)]
pub struct VirtualClock {
    now: Cell<i64>,
    timers: RefCell<BTreeSet<(i64, u64)>>,
    made: Cell<u64>,
}

impl VirtualClock {
    /// A clock that shows this instant.
    #[must_use]
    pub fn at(now: Instant) -> Self {
        Self { now: Cell::new(now.0), timers: RefCell::default(), made: Cell::new(0) }
    }

    fn next(&self) -> Option<Instant> {
        self.timers.borrow().first().map(|(at, _)| Instant(*at))
    }

    fn advance(&self, to: Instant) {
        self.now.set(self.now.get().max(to.0));
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Instant {
        Instant(self.now.get())
    }

    fn sleep(&self, length: Millis) -> Fut<'_, ()> {
        let number = self.made.get();
        self.made.set(number + 1);
        Box::pin(Sleep { clock: self, length, number, until: None })
    }

    fn scale(&self) -> u32 {
        1
    }
}

struct Sleep<'c> {
    clock: &'c VirtualClock,
    length: Millis,
    number: u64,
    /// Set when it is first asked.
    until: Option<i64>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let now = this.clock.now.get();
        let until = *this.until.get_or_insert_with(|| now.saturating_add_unsigned(this.length.0));
        if until <= now {
            return Poll::Ready(());
        }
        this.clock.timers.borrow_mut().insert((until, this.number));
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(until) = self.until {
            self.clock.timers.borrow_mut().remove(&(until, self.number));
        }
    }
}

/// Lets a future run to its end. At `end` the run is asked to be left; a future that waits for nothing that will come
/// even then is given up.
pub fn run<T>(clock: &VirtualClock, end: Instant, raise: &Raise, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    let mut left = false;
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return Some(value);
        }
        match clock.next() {
            Some(next) if left || next < end => clock.advance(next),
            _ if !left => {
                clock.advance(end);
                raise.raise();
                left = true;
            }
            _ => return None,
        }
    }
}
