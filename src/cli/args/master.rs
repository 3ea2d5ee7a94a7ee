//! `aigov master` as typed.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

/// Below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  aigov master 20261124-1000-abcd                       the schedule, and a line for each thing you do
  aigov master abcd next                                the next inject comes now
  aigov master abcd say \"The vendor: we see nothing on our side\" --channel vendor
  aigov master abcd pause
  aigov master abcd resume
  aigov master abcd skip offer
  aigov master abcd open --identity ~/.ssh/id_ed25519   tells what was sealed
  aigov master abcd abort \"NO DUFF\"

";

/// `aigov master`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Master {
    /// The drill: its id, or how it begins or ends
    pub run: String,
    /// What to do; without it, the schedule, and then what you type
    pub order: Option<Deed>,
    /// What is said, which inject is meant, or the abort word
    pub text: Option<String>,
    /// By which way an outsider speaks: alert, ticket, email, phone, press, vendor, regulator, automation
    #[arg(long, value_name = "WAY", default_value = "phone")]
    pub channel: String,
    /// To which role of the scenario
    #[arg(long, value_name = "ROLE")]
    pub to: Vec<String>,
    /// Who you are; it stands in the record
    #[arg(long = "as", value_name = "NAME")]
    pub person: Option<String>,
    /// The private key that opens what is sealed; without it `identity` of your config.toml, or ~/.ssh/id_ed25519
    #[arg(long, value_name = "FILE")]
    pub identity: Option<PathBuf>,
}

/// What a game master does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deed {
    /// The next inject comes now
    Next,
    /// An outsider says something that the scenario does not have
    Say,
    /// The drill's time stands
    Pause,
    /// The drill's time goes on
    Resume,
    /// An inject is left out
    Skip,
    /// What is sealed is told, on the record
    Open,
    /// The abort word was said: the drill ends
    Abort,
}
