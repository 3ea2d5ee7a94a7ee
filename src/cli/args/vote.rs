//! Votes and the inbox as typed.

use std::path::PathBuf;

use clap::Args as ClapArgs;

/// Below the help of `aigov inbox`.
pub(crate) const EXAMPLES: &str = "\
Examples:
  aigov inbox                  what waits for whoever's key is here, on this machine and on the remote
  aigov inbox --json

";

/// `aigov approve` and `aigov deny`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Vote {
    /// The run
    pub run: String,
    /// The gate; without it, the only one that is open
    pub gate: Option<String>,
    /// Who you are, where keys of several people are here; in the sandbox or a demonstration, any name
    #[arg(long = "as", value_name = "NAME")]
    pub person: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", conflicts_with = "import")]
    pub reason: Option<String>,
    /// The first six characters of the digest of what was shown, instead of typing them; where votes are not signed
    #[arg(long, value_name = "CODE", conflicts_with = "import")]
    pub code: Option<String>,
    /// Where the signature comes from.
    #[command(flatten)]
    pub elsewhere: Elsewhere,
}

/// Where the signature comes from.
#[derive(Clone, Debug, Default, ClapArgs)]
pub(crate) struct Elsewhere {
    /// A key file to sign with, beside the ssh-agent and ~/.ssh
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Print the statement instead of signing it, to be signed on another machine
    #[arg(long, conflicts_with = "import")]
    pub print: bool,
    /// Take a statement that was signed elsewhere; its signature is beside it, in FILE.sig
    #[arg(long, value_name = "FILE")]
    pub import: Option<PathBuf>,
}

/// `aigov amend`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Amend {
    /// What votes have in common.
    #[command(flatten)]
    pub vote: Vote,
    /// A file with the text as its readers are to see it
    #[arg(long, value_name = "FILE", required_unless_present = "import")]
    pub text_file: Option<PathBuf>,
}

/// `aigov inbox`.
#[derive(Debug, Default, ClapArgs)]
pub(crate) struct Inbox {
    /// Who you are, where keys of several people are here
    #[arg(long = "as", value_name = "NAME")]
    pub person: Option<String>,
    /// A key file of yours, beside the ssh-agent and ~/.ssh
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
}
