//! Folds over records: story, brief, closing table. Data in, text out; never prints.
//!
//! Owns the words in which plan and record are told. Everything that came from outside passes through `text::safe` here,
//! whether or not it was escaped before. Must not read a clock, a file or the environment, and must not know a terminal.

pub mod asked;
pub mod attended;
pub mod brief;
pub mod closing;
pub mod course;
pub mod doctor;
pub mod drill;
pub mod drilled;
pub mod fold;
pub mod gate;
pub mod json;
pub mod lint;
pub mod log;
pub mod page;
pub mod people;
pub mod phrase;
pub mod plan;
pub mod score;
pub mod sentence;
pub mod sheet;
pub mod status;
pub mod stop;
pub mod story;
pub mod who;

#[cfg(test)]
pub(crate) mod example;

pub use fold::Summary;
pub use page::Page;
pub use sentence::{Mark, Sentence, sentence};

#[cfg(test)]
mod tests;
