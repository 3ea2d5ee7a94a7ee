//! `aigov doctor` as typed.

use clap::Args as ClapArgs;

/// Below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  aigov doctor                           would a stop work now: providers, journal, people
  aigov doctor --env production          only what production needs
  aigov doctor --json                    one object per check, for a program

Changes nothing anywhere. What could not be told is counted and is no finding.

";

/// `aigov doctor`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Doctor {
    /// The environment; without it, every one of aigov.toml
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
}
