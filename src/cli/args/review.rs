//! `aigov review` as typed.

use clap::Args as ClapArgs;

use super::vote::Elsewhere;

/// Below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  aigov review                                 what was reviewed as it is, by whom
  aigov review incident/hallucination          read it, and sign that you did
  aigov review --launch support-replies        the owner's sign-off before a launch
  aigov review --against origin/main           what the change weakens, and your word for it
  aigov review incident/unknown --print --as lena
  aigov review --import statement.txt

";

/// `aigov review`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Review {
    /// The runbook; without it, all that was reviewed is listed
    #[arg(conflicts_with = "automation")]
    pub runbook: Option<String>,
    /// An automation whose launch is signed off, as its file is now
    #[arg(long = "launch", value_name = "AUTOMATION")]
    pub automation: Option<String>,
    /// A revision: what the change since then weakens is shown, and signed for
    #[arg(long, value_name = "REV", conflicts_with_all = ["runbook", "automation"])]
    pub against: Option<String>,
    /// The environment of the launch; without it, the only one or the one in production
    #[arg(long, value_name = "NAME", requires = "automation")]
    pub env: Option<String>,
    /// Who you are, where keys of several people are here; in the sandbox or a demonstration, any name
    #[arg(long = "as", value_name = "NAME")]
    pub person: Option<String>,
    /// The first six characters of the digest of what was shown, instead of typing them; where votes are not signed
    #[arg(long, value_name = "CODE", conflicts_with = "import")]
    pub code: Option<String>,
    /// Where the signature comes from.
    #[command(flatten)]
    pub elsewhere: Elsewhere,
}
