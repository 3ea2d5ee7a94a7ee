//! `aigov record` as typed.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::Target;

/// Below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  aigov record support-replies                     its stop, done by hand: asks who, when, what came of it
  aigov record support-replies --from done.toml    the same from a file
  aigov record incident/hallucination --from done.toml
  aigov record 20261123-0204-abcd                  what was done by hand beside this run

A file says for each step that was done:
  [[done]]
  step   = \"autonomy\"        # of a stop the control; of a runbook the step's id
  by     = \"ada\"
  at     = 2026-01-23T02:14:00Z
  result = \"worked\"          # worked, failed or unknown
  saw    = \"The console shows off.\"

";

/// `aigov record`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Record {
    /// The runbook or the automation whose page was worked through, or a run
    #[arg(value_name = "RUNBOOK|AUTOMATION|RUN")]
    pub done: String,
    /// A TOML file that says what was done, instead of questions
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// On what.
    #[command(flatten)]
    pub target: Target,
    /// Who you are, in the sandbox or a demonstration
    #[arg(long = "as", value_name = "NAME")]
    pub person: Option<String>,
}
