//! `aigov init` and `aigov new`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

/// `aigov init [DIR]`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Init {
    /// The folder; without it, the current one
    pub dir: Option<PathBuf>,
    /// What the automation is called, such as support-replies
    #[arg(long = "automation", value_name = "NAME")]
    pub called: Option<String>,
    /// What it does, in a sentence
    #[arg(long, value_name = "TEXT")]
    pub purpose: Option<String>,
    /// The kind of system that can switch it off, such as unleash; http is any other
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// Where that system is
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// A setting of that system: KEY=VALUE; a secret is env:NAME, file:PATH or command:PROGRAM
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    /// What is switched there: KEY=VALUE, such as flag=support-replies
    #[arg(long = "bind", value_name = "KEY=VALUE")]
    pub binding: Vec<String>,
    /// Who owns it, then who else signs before it acts alone again
    #[arg(long = "person", value_name = "NAME", num_args = 1)]
    pub people: Vec<String>,
    /// The environment
    #[arg(long = "env", value_name = "NAME", default_value = "production")]
    pub environment: String,
}

/// `aigov new`.
#[derive(Debug, Subcommand)]
pub(crate) enum New {
    /// An automation, in automations/NAME.toml
    Automation {
        /// Its name: a-z, 0-9 and `-`
        name: Option<String>,
    },
    /// A scenario of a game day, in runbooks/gameday/NAME.toml
    Scenario {
        /// Its name: a-z, 0-9 and `-`
        name: Option<String>,
    },
    /// The text of an inject that only the game master can open, as lines for a scenario; reads it from standard input
    Sealed {
        /// The game master's public key: age1…, or a file that holds one line of an SSH key
        #[arg(long, value_name = "KEY", required = true)]
        key: Vec<String>,
    },
    /// A runbook, in runbooks/incident/NAME.toml
    Runbook {
        /// Its name: a-z, 0-9 and `-`
        name: Option<String>,
    },
}
