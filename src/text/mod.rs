//! Text and time as values: spans, sources, durations, instants, nearest names, outside text made safe to print.
//!
//! Leaf of the house: imports nothing of the crate. Must not read a clock, a file or the environment.

pub mod canon;
pub mod gather;
pub mod number;
pub mod safe;
pub mod shell;
pub mod source;
pub mod span;
pub mod suggest;
pub mod time;
