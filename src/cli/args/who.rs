//! `aigov who` as typed.

use clap::Args as ClapArgs;

/// Below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  aigov who support-replies              who can stop it now, how fast, by which command
  aigov who support-replies --refresh    the same, asking the pager who is on call
  aigov who support-replies --json       the same for a program

";

/// `aigov who`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Who {
    /// The automation
    pub automation: String,
    /// The environment; without it, the only one or the one in production
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// Ask the pager first who is on call, and keep what it says; without it, nobody is asked
    #[arg(long)]
    pub refresh: bool,
}
