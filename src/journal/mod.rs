//! Edge: records, payloads and votes in git.
//!
//! Owns the repository, the order in which bytes become durable, the emergency file, and everything that is said about
//! a record by looking at git alone. One commit per append, the records in the commit message, so that `git log` is the
//! timeline and an append costs the same at event 10 and at event 100,000. Must not judge what a record means: that is
//! the machine's.
//!
//! `memory` is the same port without a disk, for tests of the driver.

mod beside;
mod commit;
mod create;
mod emergency;
mod fold;
mod folders;
mod health;
mod hold;
mod import;
mod index;
mod last;
mod lease;
mod left;
mod log;
pub mod memory;
mod named;
mod payload;
mod practised;
mod push;
mod readme;
mod redact;
mod repo;
mod reviews;
mod seal;
mod sign;
mod signers;
mod spool;
mod store;
mod subject;
mod verify;
mod votes;
mod writer;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use fold::{GateWaiting, Practice, RunInfo};
pub use hold::{HeldRun, HoldError};
pub use import::Imported;
pub use lease::{Holder, this_boot, this_host};
pub use payload::Content;
pub use push::{PushReport, Refusal};
pub use redact::Erased;
pub use repo::OpenError;
pub use seal::{CantOpen, Identity, Readers, can_seal, open as open_sealed, open_text, seal_text};
pub use sign::ProcessKey;
pub use signers::Endorsed;
pub use spool::{Landed, Spool, SpoolLog};
pub use store::{Store, run_id};
pub use verify::{Finding, RunReport, Weight};
