//! `aigov rehearse` as typed.

use std::path::PathBuf;

use clap::Args as ClapArgs;

/// Below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  aigov rehearse                                        lists the scenarios
  aigov rehearse gameday/invented-policy                plays it with people, at this and other terminals
  aigov rehearse gameday/invented-policy --speed 5      the same, five times as fast
  aigov rehearse gameday/invented-policy --env staging   the same, in an environment marked for it
  aigov rehearse gameday/invented-policy --auto         plays it in memory, in virtual time
  aigov rehearse gameday/invented-policy --auto --player late --seed 7
  aigov rehearse gameday/invented-policy --auto --keep
                                                        keeps the record too, as a drill
  aigov rehearse incident/hallucination --sweep --automation support-replies
  aigov rehearse incident/hallucination --sweep --seed 1 --runs 500
  aigov rehearse --from 20261123-0204-abcd --out runbooks/gameday/again.toml
                                                        a run becomes a scenario

With people, the systems are servers on this machine, with what the plan names and the scenario's faults in them; no real
system and no real credential is needed. Who is absent is absent; and the game master has a terminal of their own (aigov
master RUN). With --auto nothing can be reached at all: every system, every clock and every person is part of the program.

";

/// `aigov rehearse`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Rehearse {
    /// The scenario, such as gameday/invented-policy, or with --sweep a runbook; without it, scenarios are listed
    pub scenario: Option<String>,
    /// Play it in memory and in virtual time, with the scenario's own players
    #[arg(long, requires = "scenario")]
    pub auto: bool,
    /// Which of the scenario's players
    #[arg(long, value_name = "NAME", requires = "auto", default_value = "good")]
    pub player: String,
    /// What chance begins from: the same seed gives the same transcript, byte for byte
    #[arg(long, value_name = "N", requires = "scenario", default_value_t = 1)]
    pub seed: u64,
    /// Play every fault at every step of a runbook, then every pair, in memory
    #[arg(long, requires = "scenario", conflicts_with = "auto")]
    pub sweep: bool,
    /// With --sweep: this many random cases instead, from the seed on; one that fails is minimised
    #[arg(long, value_name = "N", requires = "sweep", value_parser = clap::value_parser!(u64).range(1..))]
    pub runs: Option<u64>,
    /// With --sweep: the automation, when the runbook fits several
    #[arg(long, value_name = "NAME", requires = "sweep")]
    pub automation: Option<String>,
    /// With people: a real environment that is marked `rehearse = true`; with --sweep, the environment
    #[arg(long, value_name = "NAME", requires = "scenario", conflicts_with = "auto")]
    pub env: Option<String>,
    /// With people: how many times as fast its time goes
    #[arg(long, value_name = "N", requires = "scenario", conflicts_with_all = ["auto", "sweep"], default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..=60))]
    pub speed: u32,
    /// With people: a TOML file that answers facts, where nobody sits at the terminal
    #[arg(long, value_name = "FILE", requires = "scenario", conflicts_with_all = ["auto", "sweep"])]
    pub answers: Option<std::path::PathBuf>,
    /// With people: who you are, in the sandbox or a demonstration
    #[arg(long = "as", value_name = "NAME", requires = "scenario", conflicts_with_all = ["auto", "sweep"])]
    pub person: Option<String>,
    /// Write a scenario that makes a run or a drill happen again, played once and compared before it is written
    #[arg(long = "from", value_name = "RUN", conflicts_with_all = ["scenario", "auto", "sweep"])]
    pub from_run: Option<String>,
    /// With --from: the file; without it, on standard output
    #[arg(long, value_name = "FILE", requires = "from_run")]
    pub out: Option<PathBuf>,
    /// Keep the record in the journal, on the branches of drills
    #[arg(long, requires = "auto")]
    pub keep: bool,
}
