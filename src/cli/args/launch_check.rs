//! `aigov launch-check` as typed.

use clap::Args as ClapArgs;

/// Below the help.
pub(crate) const EXAMPLES: &str = "\
aigov launch-check support-replies
aigov launch-check support-replies --env production";

/// `aigov launch-check`.
#[derive(Debug, ClapArgs)]
pub(crate) struct LaunchCheck {
    /// The automation
    pub automation: String,
    /// The environment; without it, the only one or the one in production
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
}
