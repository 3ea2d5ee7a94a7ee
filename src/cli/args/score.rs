//! `aigov score` as typed.

use clap::Args as ClapArgs;

/// Below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  aigov score                               the drills that were kept, newest first
  aigov score 20261124-1000-abcd            one drill, from its record alone
  aigov score abcd --html                   a page with the timeline drawn

";

/// `aigov score`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Score {
    /// The drill: its id, or how it begins or ends; without it, the drills are listed
    pub run: Option<String>,
    /// One HTML file that needs nothing else, instead of text
    #[arg(long, requires = "run", conflicts_with = "json")]
    pub html: bool,
}
