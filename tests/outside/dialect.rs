//! One contract for each dialect, held by the real server and by the sandbox that speaks it: what the sandbox answers can't
//! drift from the truth, because the very same functions are called on both.
//!
//! A test of the contract is a function of [`Which`]; `contract!` makes two tests of it. The one against the real server
//! runs in its suite, the one against the sandbox always.

use std::fs;

use crate::program::Home;
use crate::world::World;

/// Which server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// The real one, where the suite has started it.
    Real,
    /// The sandbox, on a world of its own.
    Sandbox,
}

/// A sandbox that is served as long as this lives.
pub(crate) struct Served {
    world: World,
    _home: Home,
}

impl Served {
    pub(crate) fn new() -> Self {
        let home = Home::new();
        Self { world: World::new(&home), _home: home }
    }

    /// Where one of its systems answers.
    pub(crate) fn url(&self, system: &str) -> String {
        format!("{}/{system}", self.world.origin())
    }

    /// One of its tokens: `sandbox-token`, `sandbox-client-token`.
    pub(crate) fn token(&self, name: &str) -> String {
        fs::read_to_string(self.world.folder().join(name)).unwrap().trim().to_owned()
    }
}

/// Makes a test on each of both servers of each function.
macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod on_the_real_server {
            $(#[test]
            fn $name() {
                super::$name($crate::dialect::Which::Real);
            })*
        }
        mod on_the_sandbox {
            $(#[test]
            fn $name() {
                super::$name($crate::dialect::Which::Sandbox);
            })*
        }
    };
}

pub(crate) use contract;
