//! `aigov schema` as typed.

use clap::Args as ClapArgs;

use crate::cli::schemas::Kind;

/// Below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  aigov schema runbook                      print the schema of runbooks
  aigov schema --write                      put all of them where editors look

An editor finds them by the first line of a file: #:schema ../.aigov/schema/automation.json

";

/// `aigov schema`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Schema {
    /// What has the form
    #[arg(required_unless_present = "write")]
    pub kind: Option<Kind>,
    /// Write it into the workspace's .aigov/schema/; without a kind, all of them
    #[arg(long)]
    pub write: bool,
}
