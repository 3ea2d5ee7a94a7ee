//! Game days: a scenario played against the very machine, driver and plan of a real run, with other ports.
//!
//! Owns virtual time, systems in memory, players that follow a script, and what comes in from a scenario. Everything here
//! is deterministic: the same scenario, seed and player give the same records, byte for byte. Nothing here can reach
//! anything: there is no reactor under it, and it knows no adapter. Must not judge how it was played: the score is a fold
//! over the records.
//!
//! With people, the systems are real servers and the clock is the world's: then what can be reached is whatever was handed
//! in, and nothing of this room opens anything by itself.

mod apart;
mod chance;
mod clock;
mod comings;
mod course;
mod desk;
mod ears;
mod log;
mod no_keys;
mod operator;
mod people;
mod play;
mod scene;
mod spoil;
pub mod sweep;
mod systems;
mod watch;

pub use chance::Seeded as SeededChance;
pub use clock::{VirtualClock, run};
pub use comings::LeftBeside;
pub use course::Course;
pub use people::{Stage, Taken, with_people};
pub use play::{Play, Played, play};
pub use spoil::{Blow, Blows, Shown};
