//! `aigov show` as typed.

use std::path::PathBuf;

use clap::Args as ClapArgs;

/// Below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  aigov show 20261123-0204-abcd
  aigov show abcd --open                 reasons, notes and evidence that its records name
  aigov show abcd --open 12              of one record
  aigov show abcd --open 12 --identity ~/.ssh/other_key --json

";

/// `aigov show`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Show {
    /// The run: its id, or how it begins or ends
    pub run: String,
    /// Open what is kept apart: reasons, notes, evidence; of all records or of one
    #[arg(long, value_name = "SEQ", num_args = 0..=1)]
    pub open: Option<Option<u64>>,
    /// The private key that opens what is encrypted; without it `identity` of your config.toml, or ~/.ssh/id_ed25519
    #[arg(long, value_name = "FILE", requires = "open")]
    pub identity: Option<PathBuf>,
}
