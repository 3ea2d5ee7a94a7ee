//! `aigov people` as typed.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

/// Below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  aigov people check                                   who is missing, and on whom it all hangs
  aigov people add lena --function legal --role legal-on-duty --key lena.pub
  ssh-add -L | head -1 | aigov people add ada --function engineering --key -

";

/// `aigov people`.
#[derive(Debug, Subcommand)]
pub(crate) enum People {
    /// Whether every role, function and gate is covered, now and with any one person absent
    #[command(after_help = super::examples("aigov people check
         aigov people check --json"))]
    Check,
    /// Write a person into people.toml; nothing that stands there is changed
    #[command(after_help = super::examples("aigov people add lena --function legal --key lena.pub
         aigov people add ada --role support-ml-lead --key agent"))]
    Add(Add),
}

/// `aigov people add`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Add {
    /// The name by which they are known in files and in the record, such as ada
    #[arg(value_name = "NAME")]
    pub called: String,
    /// Their name in full
    #[arg(long, value_name = "TEXT")]
    pub full_name: Option<String>,
    /// What they may decide as, such as legal; as often as needed
    #[arg(long = "function", value_name = "NAME")]
    pub functions: Vec<String>,
    /// A role that they carry; as often as needed
    #[arg(long = "role", value_name = "NAME")]
    pub carries: Vec<String>,
    /// A .pub file, `-` for standard input, or `agent` for the only key in your ssh-agent
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// What payloads are encrypted to, where the key can't decrypt: age1… or the line of an ssh-ed25519 or ssh-rsa key
    #[arg(long, value_name = "KEY")]
    pub encrypt: Option<String>,
    /// Their e-mail address
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
}
