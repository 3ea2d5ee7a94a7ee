//! Who may say yes, as arithmetic: what a gate requires, which votes count, and whether distinct people cover it.
//!
//! Pure: it is told who voted, who is excluded and what time it is, and never looks by itself. It must not know where
//! votes come from or how they are kept.

mod refusal;
mod signature;
mod tally;

pub use refusal::{Ballot, Circumstances, Reason, Say, refusal};
pub use signature::{BadSignature, Certificate, Checked, Namespace};
pub use tally::{Counted, Requirement, Tally, tally};
