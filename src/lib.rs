//! `aigov` keeps humans in the lead when an AI system in production misbehaves.
//!
//! The map: arrows point one way, `text ← diag ← model ← plan ← approval ← run ← explore ← lint`; `port` knows data only;
//! the edges (`provider`, `journal`, `keys`, `ui`) know the core's data and `aside`, and never each other; `drive` uses `run` and
//! `port`; `report` reads records; `cli` makes real ports in one place and nobody imports it. `tests/house.rs` holds this.

pub mod approval;
pub mod aside;
pub mod cli;
pub mod diag;
pub mod drive;
pub mod explore;
pub mod journal;
pub mod keys;
pub mod lint;
pub mod model;
pub mod plan;
pub mod port;
pub mod provider;
pub mod rehearse;
pub mod report;
pub mod run;
pub mod text;
pub mod ui;
