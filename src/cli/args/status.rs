//! `aigov status` as typed.

use clap::Args as ClapArgs;

/// Below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  aigov                        the same as aigov status
  aigov status --as lena       what waits for Lena
  aigov status --all           every automation, also where there are many

";

/// `aigov status`.
#[derive(Debug, Default, ClapArgs)]
pub(crate) struct Status {
    /// Whose gates to look for: a person of people.toml
    #[arg(long = "as", value_name = "NAME")]
    pub person: Option<String>,
    /// Name every automation and every open run, however many there are
    #[arg(long)]
    pub all: bool,
}
