//! `aigov` from outside: as a process, and against real servers and official API descriptions.
//!
//! One binary, so that it links once. Suites that need a server skip, and say so, unless `.ci/run` has started it.

mod description;
mod scan;
mod suite;
mod wire;
