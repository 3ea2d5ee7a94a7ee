//! Several questions to the world at once, at most so many at a time: a server that does not answer holds up nobody who
//! asks another one.
//!
//! Owns the order of the answers, which is that of the questions. Must not give anything up: whoever asks sets the limit.

use std::future::poll_fn;
use std::task::Poll;

use litemap::LiteMap;

use crate::port::Fut;

/// Carries futures out together, at most `most` at a time, and returns what came of each, in the order given.
pub(crate) async fn at_once<T>(most: usize, work: Vec<Fut<'_, T>>) -> Vec<T> {
    let mut waiting = work.into_iter().enumerate();
    let mut active: Vec<(usize, Fut<'_, T>)> = Vec::new();
    let mut done: LiteMap<usize, T> = LiteMap::new();
    poll_fn(|cx| {
        loop {
            let free = most.max(1).saturating_sub(active.len());
            active.extend(waiting.by_ref().take(free));
            let before = done.len();
            active.retain_mut(|(n, future)| match future.as_mut().poll(cx) {
                Poll::Ready(came) => {
                    done.insert(*n, came);
                    false
                }
                Poll::Pending => true,
            });
            if active.is_empty() && waiting.len() == 0 {
                return Poll::Ready(());
            }
            if done.len() == before {
                return Poll::Pending;
            }
        }
    })
    .await;
    done.into_iter().map(|(_, value)| value).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use tokio::task::yield_now;

    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn never_more_than_so_many_at_a_time_and_answers_in_the_order_of_questions() {
        for (most, all) in [(3, 7), (1, 4), (16, 5), (0, 2), (4, 0)] {
            let (running, peak) = (Cell::new(0_usize), Cell::new(0_usize));
            let ask = |n: usize| -> Fut<'_, usize> {
                let (running, peak) = (&running, &peak);
                Box::pin(async move {
                    running.set(running.get() + 1);
                    peak.set(peak.get().max(running.get()));
                    for _ in 0..all - n {
                        yield_now().await;
                    }
                    running.set(running.get() - 1);
                    n
                })
            };
            let answers = at_once(most, (0..all).map(ask).collect()).await;
            assert_eq!(answers, (0..all).collect::<Vec<_>>());
            assert_eq!(peak.get(), most.max(1).min(all));
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn the_slow_one_holds_up_no_other() {
        let ended = RefCell::new(Vec::new());
        let ask = |n: usize, turns: usize| -> Fut<'_, ()> {
            let ended = &ended;
            Box::pin(async move {
                for _ in 0..turns {
                    yield_now().await;
                }
                ended.borrow_mut().push(n);
            })
        };
        let work = (0..10).map(|n| ask(n, if n == 0 { 1_000 } else { 2 })).collect();
        at_once(2, work).await;
        assert_eq!(*ended.borrow(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]);
    }
}
