//! `aigov people` as typed.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use super::vote::Elsewhere;
use crate::text::time::Millis;

/// Below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  aigov people check                                   who is missing, and on whom it all hangs
  aigov people add lena --function legal --role legal-on-duty --key lena.pub
  aigov people drill --within 1h                       asks each approver to sign a harmless statement
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
    /// Ask each approver to sign a harmless statement, and remember who could
    #[command(after_help = super::examples("aigov people drill
         aigov people drill lena carl --within 1h --page
         aigov people check"))]
    Drill(Drill),
    /// Answer a drill of people: sign its harmless statement
    #[command(after_help = super::examples("aigov people answer
         aigov people answer 20261124-1000-abcd --as lena --print > statement.txt
         aigov people answer --import statement.txt"))]
    Answer(Answer),
}

/// `aigov people drill`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Drill {
    /// Only these; without any, everybody who may decide as something
    #[arg(value_name = "NAME")]
    pub asked: Vec<String>,
    /// How long an answer is in time
    #[arg(long, value_name = "TIME", default_value = "30m")]
    pub within: Millis,
    /// Page them through the workspace's pager, which wakes people up
    #[arg(long)]
    pub page: bool,
    /// Which environment's pager
    #[arg(long, value_name = "NAME", requires = "page")]
    pub env: Option<String>,
}

/// `aigov people answer`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Answer {
    /// The drill; without it, the last one that asks you
    pub drill: Option<String>,
    /// Who you are, where keys of several people are here; in the sandbox, any name
    #[arg(long = "as", value_name = "NAME")]
    pub person: Option<String>,
    /// Where the signature comes from.
    #[command(flatten)]
    pub elsewhere: Elsewhere,
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
