//! What people write, decoded with spans: runbook, automation, people, workspace.

pub mod catalog;
