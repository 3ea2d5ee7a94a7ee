//! The sandbox: a small world behind a server inside the process, on loopback, that speaks the dialects of the systems
//! the adapters know, with their own error shapes, so that a whole run can be had on a bare machine.
//!
//! Owns the world's file, its token and the server. Nothing here is known to the adapters: they reach it over HTTP like
//! any other server, which is what makes it worth having. Must not be reachable from outside this machine.

mod argocd;
mod cast;
mod desk;
mod endpoints;
mod exchange;
mod faults;
mod mlflow;
mod pagerduty;
mod prometheus;
mod promql;
mod seed;
mod server;
mod store;
mod unleash;
mod world;

#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;

use crate::text::time::Instant;

pub use exchange::{Asked, Reply};
pub use faults::{shown, spoilt};
pub use seed::{Seed, Seeds, seeds};
pub use server::{Clock, Disturb, Disturbance, Running};

/// How much faster than reality the sandbox's metrics age: an hour of them passes in a second.
pub const SPEED: u32 = 3_600;

/// The name under which the templates speak of the sandbox's server; whoever opens providers puts
/// [`Running::origin`] in its place.
pub const PLACEHOLDER: &str = "http://sandbox.test";

/// The sandbox of one folder. It has no state of its own: everything lies in the folder, so that a killed process and
/// two processes at once find the same world.
#[derive(Clone, Copy, Debug)]
pub struct Sandbox;

impl Sandbox {
    /// Makes what is missing in the folder: the world at the beginning of its story, and two random tokens readable by
    /// their owner alone (`sandbox-token`, and `sandbox-client-token` that only reads flags). What is there stays.
    /// Says whether the world was made now.
    ///
    /// # Errors
    /// The folder can't be written.
    pub fn prepare(folder: &Path, now: Instant) -> io::Result<bool> {
        store::Store::new(folder).prepare(unleash::CLIENT_ENVIRONMENT, || world::World::new(now))
    }

    /// The same with what a seed says instead of the sandbox's own world.
    ///
    /// # Errors
    /// The folder can't be written.
    pub fn prepare_seeded(folder: &Path, seed: &Seed) -> io::Result<bool> {
        store::Store::new(folder).prepare(&seed.client, || seed.world.clone())
    }

    /// Starts serving the folder's world on a free port of 127.0.0.1, as tasks of the current runtime; `now` is asked
    /// once per request. Ends when what is returned is dropped.
    ///
    /// # Errors
    /// Nothing was prepared in the folder, or no port could be had.
    ///
    /// # Panics
    /// Outside a tokio runtime, which is a mistake of the caller.
    pub fn serve(folder: &Path, now: Clock) -> io::Result<Running> {
        Self::serve_disturbed(folder, now, Box::new(|_| Disturbance::None))
    }

    /// [`Self::serve`] with faults: `disturb` is asked about each request before it is carried out.
    ///
    /// # Errors
    /// As [`Self::serve`].
    pub fn serve_disturbed(folder: &Path, now: Clock, disturb: Disturb) -> io::Result<Running> {
        server::serve(store::Store::new(folder), now, disturb)
    }

    /// Puts the world back to the beginning of its story. The tokens stay.
    ///
    /// # Errors
    /// The folder can't be written.
    pub fn reset(folder: &Path, now: Instant) -> io::Result<()> {
        store::Store::new(folder).reset(now)
    }
}
