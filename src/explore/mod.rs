//! Every path of the machine for one plan: what must always hold, what must be possible, and the shortest witness.
//!
//! Drives the same `pending`, `decide` and `apply` as a live run, with every input that the world could give. Owns the
//! claims and the search. Says what it covered and never more than that.

mod branch;
mod claim;
mod ends;
mod known;
mod reach;
mod search;
mod shape;
mod story;

pub use branch::{Branch, branches};
pub use claim::{Always, Monitor, Sometimes};
pub use reach::reach;
pub use search::{Budget, Coverage, TooLarge, Witness, explore};
pub use shape::shape;
pub use story::tell;

#[cfg(test)]
mod tests;
