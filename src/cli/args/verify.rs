//! `aigov verify` as typed.

use std::path::PathBuf;

use clap::Args as ClapArgs;

/// Below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  aigov verify                                    every run
  aigov verify 20261123-0204-abcd --json
  aigov verify --journal journal.git              a clone, anywhere: no workspace, no network

";

/// `aigov verify`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Verify {
    /// The run: its id, or how it begins or ends
    pub run: Option<String>,
    /// A clone of a journal, bare or not, instead of the workspace's own
    #[arg(long, value_name = "DIR", conflicts_with_all = ["directory", "sandbox"])]
    pub journal: Option<PathBuf>,
}
