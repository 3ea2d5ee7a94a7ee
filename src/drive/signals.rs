//! Requests from outside to leave: SIGINT, SIGTERM, SIGHUP, as a number that only grows.
//!
//! The first lets the call in flight finish for a short while; the second leaves at once. Who catches the signals is not
//! known here.

use tokio::sync::watch;

use super::call::real_sleep;
use crate::port::Clock;
use crate::text::time::Millis;

/// How long the call in flight may go on after the first signal.
const GRACE: Millis = Millis(3_000);

/// The side that catches signals.
#[derive(Debug)]
pub struct Raise(watch::Sender<u8>);

impl Raise {
    /// Asks the run to be left; asked twice, at once.
    pub fn raise(&self) {
        self.0.send_modify(|n| *n = n.saturating_add(1));
    }
}

/// The side of the driver.
#[derive(Clone, Debug)]
pub struct Signals(watch::Receiver<u8>);

impl Signals {
    /// Both sides.
    #[must_use]
    pub fn channel() -> (Raise, Self) {
        let (send, receive) = watch::channel(0);
        (Raise(send), Self(receive))
    }

    /// Whether the run is to be left.
    #[must_use]
    pub fn raised(&self) -> bool {
        *self.0.borrow() > 0
    }

    /// Returns when the run is to be left; never, when nobody can ask for it any more.
    pub async fn first(&self) {
        self.at_least(1).await;
    }

    /// Returns when a call in flight has to be given up: a while after the first signal, or at the second.
    pub(super) async fn patience_ends(&self, clock: &dyn Clock) {
        self.first().await;
        tokio::select! {
            () = self.at_least(2) => {}
            () = real_sleep(clock, GRACE) => {}
        }
    }

    async fn at_least(&self, times: u8) {
        if self.0.clone().wait_for(|n| *n >= times).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
