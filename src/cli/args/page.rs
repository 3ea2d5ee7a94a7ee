//! `aigov page` as typed.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::Target;

/// Below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  aigov page support-replies --print               how to stop it, for the wall
  aigov page incident/hallucination                the runbook as Markdown, for the wiki
  aigov page incident/hallucination --html --out hallucination.html
  aigov page incident/unknown --automation support-replies --env production --print

";

/// `aigov page`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Page {
    /// A runbook, or an automation: the page on how it is stopped
    #[arg(value_name = "RUNBOOK|AUTOMATION")]
    pub what: String,
    /// As Markdown, which is what is made unless you say otherwise
    #[arg(long, group = "layout")]
    pub markdown: bool,
    /// As one HTML file that needs nothing else
    #[arg(long, group = "layout")]
    pub html: bool,
    /// As plain text for paper, with boxes to tick
    #[arg(long, group = "layout")]
    pub print: bool,
    /// On what.
    #[command(flatten)]
    pub target: Target,
    /// Into this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}
