//! `aigov lint` and `aigov explain` as typed.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::EXIT_CODES;

/// Under the help of `aigov lint`.
pub(crate) fn after_lint() -> String {
    format!(
        "\
Examples:
  aigov lint                                 the whole workspace
  aigov lint runbooks/incident/ours.toml     only what is found in this file
  aigov lint --deny warnings --format github for a pull request
  aigov lint --against origin/main           and what it weakens, and where
  aigov lint --only against --against HEAD~1 what the last commit weakens alone

{EXIT_CODES}"
    )
}

/// Under the help of `aigov explain`.
pub(crate) fn after_explain() -> String {
    format!(
        "\
Examples:
  aigov explain                              every code, one line each
  aigov explain review-overdue               what it is, why, and how to mend it
  aigov explain --markdown                   the whole reference

{EXIT_CODES}"
    )
}

/// `aigov lint`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Lint {
    /// Files or folders of the workspace; without them, all of it
    pub paths: Vec<PathBuf>,
    /// How findings are told
    #[arg(long, value_name = "FORMAT", value_enum, conflicts_with = "json")]
    pub format: Option<Format>,
    /// Warnings count as findings that fail
    #[arg(long, value_name = "WHAT", value_enum)]
    pub deny: Option<Deny>,
    /// Pass over a code, or a group of codes; can be given several times
    #[arg(long, value_name = "CODE")]
    pub allow: Vec<String>,
    /// Look for this code, or group of codes, alone; can be given several times
    #[arg(long, value_name = "CODE")]
    pub only: Vec<String>,
    /// Walk every path of every plan as well, which takes seconds
    #[arg(long = "paths")]
    pub paths_too: bool,
    /// Say what has been weakened since this revision of git, and what strengthened
    #[arg(long, value_name = "REV")]
    pub against: Option<String>,
}

/// How findings are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// With source lines, for a person
    Human,
    /// One JSON object a line
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// JUnit XML
    Junit,
    /// Markdown, for a comment on a pull request
    Markdown,
}

/// What counts as failing beside errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    /// Warnings too
    Warnings,
}

/// `aigov explain`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Explain {
    /// A code, such as unknown-key; without it, all codes
    #[arg(value_name = "CODE")]
    pub rule: Option<String>,
    /// Print Markdown: the page of a code, or the whole reference
    #[arg(long)]
    pub markdown: bool,
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::Args;
    use super::*;

    #[test]
    fn what_the_helps_promise_parses() {
        for help in [after_lint(), after_explain()] {
            for line in help.lines().filter(|l| l.starts_with("  aigov")) {
                let words = line.get(..45).unwrap_or(line).split_whitespace();
                Args::try_parse_from(words).unwrap_or_else(|e| panic!("{line}: {e}"));
            }
        }
        assert!(Args::try_parse_from(["aigov", "lint", "--json", "--format", "sarif"]).is_err());
    }
}
