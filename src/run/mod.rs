//! The machine: what an incident run may do next, as pure state.
//!
//! Four uses drive it: live, resume, rehearsal and exploration. Owns events, inputs, commands, state and the three
//! functions over them. No clock, files, net, randomness or printing.

pub mod apply;
pub mod asked;
pub mod attest;
pub mod beyond;
pub mod command;
pub mod count;
pub mod deadline;
pub mod decide;
pub mod event;
pub mod input;
pub mod ledger;
pub mod left;
pub mod origin;
mod pending;
pub mod record;
pub mod recount;
pub mod schema;
pub mod state;

#[cfg(test)]
mod tests;
