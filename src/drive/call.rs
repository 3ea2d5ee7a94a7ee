//! Waiting: for a call, for a length of time, for an instant, and never past a request to leave.

use std::future::Future;

use super::{Driver, Why};
use crate::port::{Clock, Fut};
use crate::text::time::{Instant, Millis};

/// How much longer than its own limit a call may take before it is given up from outside.
const SLACK: Millis = Millis(1_000);
/// The longest sleep at a stretch, in real time: clocks are set and machines sleep.
const STRETCH: Millis = Millis(5_000);

/// What became of a call.
pub(super) enum Called<T> {
    /// It came back.
    Came(T),
    /// It did not come back in time.
    TimeOver,
    /// The run is being left and the call did not come back soon enough.
    Left,
}

/// Waits in real time, whatever the run's clock does.
pub(super) async fn real_sleep(clock: &dyn Clock, length: Millis) {
    clock.sleep(Millis(length.0.saturating_mul(u64::from(clock.scale().max(1))))).await;
}

/// Waits for calls at the same time; what they came to, in their order.
pub(super) async fn together<T>(calls: Vec<Fut<'_, T>>) -> Vec<T> {
    let mut slots: Vec<(Option<Fut<'_, T>>, Option<T>)> = calls.into_iter().map(|call| (Some(call), None)).collect();
    std::future::poll_fn(|cx| {
        for (call, came) in &mut slots {
            if let Some(std::task::Poll::Ready(value)) = call.as_mut().map(|call| call.as_mut().poll(cx)) {
                *came = Some(value);
                *call = None;
            }
        }
        if slots.iter().all(|(call, _)| call.is_none()) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    slots.into_iter().filter_map(|(_, came)| came).collect()
}

impl<'a> Driver<'a> {
    /// A call that was given `limit`; it is given up a little after that, so that its own account of it comes first.
    pub(super) async fn call<T>(&self, limit: Millis, call: impl Future<Output = T>) -> Called<T> {
        let clock: &'a dyn Clock = self.ports.clock;
        tokio::select! {
            biased;
            came = call => Called::Came(came),
            () = self.ports.signals.patience_ends(clock) => Called::Left,
            () = real_sleep(clock, Millis(limit.0.saturating_add(SLACK.0))) => Called::TimeOver,
        }
    }

    /// Waits a length of real time, or until the run is to be left.
    pub(super) async fn pause(&self, length: Millis) -> Result<(), Why> {
        tokio::select! {
            biased;
            () = self.ports.signals.first() => Err(Why::Interrupted),
            () = real_sleep(self.ports.clock, length) => Ok(()),
        }
    }

    /// Waits towards an instant, at most a stretch. True when it has come.
    pub(super) async fn towards(&self, until: Instant) -> Result<bool, Why> {
        let left = until.since(self.now());
        if left.0 > 0 {
            self.pause(Millis(left.0.min(STRETCH.0))).await?;
        }
        Ok(self.now() >= until)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::task::Poll;

    use super::*;

    #[test]
    fn calls_go_out_at_the_same_time_and_come_back_in_their_order() {
        let second = Cell::new(false);
        // The first ends only once the second has begun.
        let first = std::future::poll_fn(|cx| {
            cx.waker().wake_by_ref();
            if second.get() { Poll::Ready("first") } else { Poll::Pending }
        });
        let calls: Vec<Fut<'_, &str>> = vec![
            Box::pin(first),
            Box::pin(async {
                second.set(true);
                "second"
            }),
        ];
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(runtime.block_on(together(calls)), ["first", "second"]);
    }
}
