//! What people write, decoded with spans: runbook, automation, people, workspace, scenario.

pub mod automation;
pub mod binding;
pub mod catalog;
pub mod decode;
pub mod exception;
pub mod expr;
pub mod hours;
pub mod key;
pub mod load;
pub mod named;
pub mod obligation;
pub mod people;
pub mod runbook;
pub mod scalar;
pub mod scenario;
pub mod schema;
pub mod stricter;
pub mod word;
pub mod workspace;
