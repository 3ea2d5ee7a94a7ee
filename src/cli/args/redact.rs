//! `aigov redact` as typed.

use clap::Args as ClapArgs;

use super::Act;

/// Below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  aigov redact 20261123-0204-abcd 12 --law \"GDPR Art. 17\" --reason \"the customer asked for it\"

";

/// `aigov redact`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Redact {
    /// The run.
    #[command(flatten)]
    pub act: Act,
    /// The record whose reasons, notes and evidence are erased; `aigov log RUN` numbers them
    pub seq: u64,
    /// The law or order that asks for it; it stands in the record for good
    #[arg(long, value_name = "TEXT")]
    pub law: String,
    /// Why; it stands in the record for good, so name nobody
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}
