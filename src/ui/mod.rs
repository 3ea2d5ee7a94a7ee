//! Edge: eyes and mouth. The terminal, and what is shown on it.
//!
//! Owns every character that reaches a terminal and every key that is read from one. Must not decide anything: what a
//! person said is handed on as an answer, and silence is never turned into one.

pub mod absent;
pub mod answers;
pub mod diagnostic;
mod draft;
mod editing;
pub mod keyboard;
pub mod leave;
pub mod line;
pub mod operator;
pub mod passphrase;
pub mod pick;
pub mod reporter;
pub mod screen;
pub mod stream;
pub mod table;
pub mod typing;

pub use absent::{Absent, Silent};
pub use answers::Answers;
pub use leave::{Left, leavable};
pub use operator::Terminal;
pub use passphrase::{NoPassphrase, passphrase};
pub use reporter::Lines;
pub use screen::{Look, Screen, Tone};
pub use stream::Stream;
