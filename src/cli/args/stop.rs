//! `aigov stop` as typed.

use clap::Args as ClapArgs;

/// Examples, under its help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  aigov stop support-replies               its narrowest control to safe, proven by a read-back
  aigov stop support-replies fraud-check --wider
  aigov stop --class critical              all of risk band critical: low, medium, high or critical
  aigov stop --all --reason \"wrong prices\"

A stop of it that is open already is gone on with. One whose record can't be read within 250 ms, or
that another process holds, stays open beside the new one; that is said, and both hold.

Exit codes of a stop: 0 all are stopped, proven; 9 some; 1 none; 7 of some it is not known.

";

/// `aigov stop`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Stop {
    /// The automations
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Every automation
    #[arg(long)]
    pub all: bool,
    /// Every automation of this risk band: low, medium, high or critical
    #[arg(long, value_name = "BAND")]
    pub class: Vec<String>,
    /// Only in this environment; without it, in every one marked as production
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// The wider controls of [stop] too
    #[arg(long)]
    pub wider: bool,
    /// These controls instead of those that [stop] names
    #[arg(long, value_name = "NAME", conflicts_with = "wider")]
    pub control: Vec<String>,
    /// Why; it stands in the record
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Who you are, in the sandbox or a demonstration
    #[arg(long = "as", value_name = "NAME")]
    pub person: Option<String>,
}
