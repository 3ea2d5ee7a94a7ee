//! Now and chance, from the operating system: the two ports that have no room of their own.

use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::journal::ProcessKey;
use crate::port::{Chance, Clock, Fut};
use crate::rehearse::Course;
use crate::text::time::{Instant, Millis};

/// The machine's clock. In the sandbox waits on the world run faster; now is always now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemClock {
    scale: u32,
}

impl SystemClock {
    /// With waits that are `scale` times as fast as reality; at least 1.
    #[must_use]
    pub(crate) fn new(scale: u32) -> Self {
        Self { scale: scale.max(1) }
    }
}

/// Now. Before 1970 counts as 1970.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the clock's own implementation")]
pub(crate) fn now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        now()
    }

    fn sleep(&self, length: Millis) -> Fut<'_, ()> {
        // Never shorter than it has to be.
        let real = Millis(length.0.div_ceil(u64::from(self.scale)));
        Box::pin(tokio::time::sleep(real.std()))
    }

    fn scale(&self) -> u32 {
        self.scale
    }
}

/// The time of a drill: what is shown is the drill's, what is waited is real.
#[derive(Debug)]
pub(crate) struct DrillClock(pub(crate) Rc<Course>);

impl Clock for DrillClock {
    fn now(&self) -> Instant {
        self.0.now()
    }

    fn sleep(&self, length: Millis) -> Fut<'_, ()> {
        Box::pin(tokio::time::sleep(length.std()))
    }

    fn scale(&self) -> u32 {
        1
    }
}

/// The operating system's randomness.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemChance;

impl Chance for SystemChance {
    fn fill(&mut self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_ok() {
            return;
        }
        // Without a source of randomness a stop still has to go on. Nothing here is a secret: ids, nonces and salts
        // only have to differ, and time and process number make them differ.
        let mut seed = format!("{}-{}", now().0, std::process::id());
        for chunk in bytes.chunks_mut(32) {
            seed = crate::text::canon::sha256_hex(seed.as_bytes());
            chunk.copy_from_slice(seed.as_bytes().get(..chunk.len()).unwrap_or_default());
        }
    }
}

/// A key for this process; none without a source of randomness, because a key that can be guessed is worse than none.
#[must_use]
pub(crate) fn process_key() -> Option<ProcessKey> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).ok()?;
    ProcessKey::new(&seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_fills_everything_and_differs() {
        let (mut a, mut b) = ([0_u8; 40], [0_u8; 40]);
        SystemChance.fill(&mut a);
        SystemChance.fill(&mut b);
        assert_ne!(a, b);
        assert_ne!(a, [0; 40]);
    }
}
