//! `aigov break-glass` as typed.

use clap::Args as ClapArgs;

/// Below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  aigov break-glass 20261123-0204-abcd --reason \"legal can't be reached and it goes on sending\"
  aigov break-glass 20261123-0204-abcd drain-queue --reason \"the queue still holds 4000 answers\"

Only what lowers autonomy or keeps evidence is done without its approval, and nothing that can't be taken
back. Those who were skipped are paged at once, and asked to countersign: aigov approve RUN review-GATE.

";

/// `aigov break-glass`.
#[derive(Debug, ClapArgs)]
pub(crate) struct BreakGlass {
    /// The run
    pub run: String,
    /// The gate; without it, the one that is open
    pub gate: Option<String>,
    /// Why nobody is waited for; it stands in the record
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Who you are, where keys of several people are here; in the sandbox or a demonstration, any name
    #[arg(long = "as", value_name = "NAME")]
    pub person: Option<String>,
    /// A file of answers, as `aigov run` takes one
    #[arg(long, value_name = "FILE")]
    pub answers: Option<std::path::PathBuf>,
}
