//! `aigov rehearse` as typed.

use clap::Args as ClapArgs;

/// Below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  aigov rehearse                                        lists the scenarios
  aigov rehearse gameday/invented-policy --auto         plays it in memory, in virtual time
  aigov rehearse gameday/invented-policy --auto --player late --seed 7
  aigov rehearse gameday/invented-policy --auto --keep
                                                        keeps the record too, as a drill
  aigov rehearse incident/hallucination --sweep --automation support-replies
  aigov rehearse incident/hallucination --sweep --seed 1 --runs 500

In memory nothing can be reached: every system, every clock and every person is part of the program.

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
    #[arg(long, value_name = "N", requires = "sweep")]
    pub runs: Option<u64>,
    /// With --sweep: the automation, when the runbook fits several
    #[arg(long, value_name = "NAME", requires = "sweep")]
    pub automation: Option<String>,
    /// With --sweep: the environment, when there are several
    #[arg(long, value_name = "NAME", requires = "sweep")]
    pub env: Option<String>,
    /// Keep the record in the journal, on the branches of drills
    #[arg(long, requires = "auto")]
    pub keep: bool,
}
