//! Who may say yes, as arithmetic: what a gate requires, which votes count, and whether distinct people cover it.
//!
//! Pure: it is told who voted, who is excluded and what time it is, and never looks by itself. It must not know where
//! votes come from or how they are kept.

pub mod harmless;
mod process;
mod refusal;
pub mod review;
mod roster;
mod signature;
mod speaks;
pub mod statement;
mod tally;

pub use process::Process;
pub use refusal::{Ballot, Circumstances, Reason, Say, Signature, refusal};
pub use roster::strictest;
pub use signature::{BadSignature, Certificate, Checked, Namespace};
pub use statement::{Asked, Said, Statement, read, render};
pub use tally::{Counted, Requirement, Tally, tally};
