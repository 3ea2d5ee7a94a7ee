//! The same with several things at a time: reading files, walking the paths of plans, playing the cases of a sweep.
//!
//! Owns the threads. What comes back stands in the order in which it was handed in, whoever was first.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::explore::{Budget, Coverage, TooLarge, explore};
use crate::plan::Plan;

/// Walks each plan, as many at a time as there are cores.
#[must_use]
pub(crate) fn on_all_cores(plans: &[Plan], budget: Budget) -> Vec<Result<Coverage, TooLarge>> {
    spread(plans, |plan| explore(plan, budget))
}

/// Does the same with each thing, as many at a time as there are cores.
#[must_use]
pub(crate) fn spread<T: Sync, R: Send>(things: &[T], act: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, usize::from).min(things.len());
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Option<R>>> = Mutex::new(things.iter().map(|_| None).collect());
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some((n, thing)) = {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    things.get(n).map(|thing| (n, thing))
                } {
                    let came = act(thing);
                    // Nothing in here can panic while it is held, so that it is never poisoned.
                    if let Some(place) = done.lock().unwrap_or_else(PoisonError::into_inner).get_mut(n) {
                        *place = Some(came);
                    }
                }
            });
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::paths::one_by_one;
    use crate::plan::fixture;

    #[test]
    fn several_at_a_time_come_to_the_same_in_the_same_order() {
        let whole = fixture::plan();
        let short = {
            let mut plan = whole.clone();
            plan.problems.push("so that it stops after contain".to_owned());
            plan
        };
        let plans = [whole.clone(), short.clone(), whole, short];
        let budget = Budget { faults: 1, states: 50_000 };
        assert_eq!(on_all_cores(&plans, budget), one_by_one(&plans, budget));
        assert_eq!(on_all_cores(&[], budget), []);
    }
}
