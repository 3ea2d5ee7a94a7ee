//! `aigov watch` as typed.

use clap::Args as ClapArgs;

/// Below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  aigov watch 20261123-0204-abcd            what happened so far, then each event as it happens
  aigov watch abcd --once                   what happened so far
  aigov watch abcd --json                   each record, one a line

";

/// `aigov watch`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Watch {
    /// The run or drill: its id, or how it begins or ends
    pub run: String,
    /// Show what is there and end
    #[arg(long)]
    pub once: bool,
}
