//! The command line as typed. Words only: nothing here looks at files, time or the environment.

mod break_glass;
mod doctor;
mod init;
mod launch_check;
pub(crate) mod lint;
mod master;
mod page;
mod people;
mod record;
mod redact;
mod rehearse;
mod review;
mod schema;
mod score;
mod show;
mod status;
mod stop;
mod verify;
mod vote;
mod watch;
mod who;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

pub(crate) use break_glass::BreakGlass;
pub(crate) use doctor::Doctor;
pub(crate) use init::{Init, New};
pub(crate) use launch_check::LaunchCheck;
pub(crate) use lint::{Explain, Lint};
pub(crate) use master::{Deed, Master};
pub(crate) use page::Page;
pub(crate) use people::{Add as AddPerson, Answer as PeopleAnswer, Drill as PeopleDrill, People};
pub(crate) use record::Record;
pub(crate) use redact::Redact;
pub(crate) use rehearse::Rehearse;
pub(crate) use review::Review;
pub(crate) use schema::Schema;
pub(crate) use score::Score;
pub(crate) use show::Show;
pub(crate) use status::Status;
pub(crate) use stop::Stop;
pub(crate) use verify::Verify;
pub(crate) use vote::{Amend, Inbox, Vote};
pub(crate) use watch::Watch;
pub(crate) use who::Who;

/// The table of exit codes, under every help.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0 done                      6 undone
  1 failed                    7 in doubt or stuck
  2 usage                     8 journal invalid or moved
  3 findings                  9 partly contained
  4 waiting for a human     130 interrupted, resumable
  5 refused (denied or expired)";

/// What stands under a verb's help: examples, then the exit codes. A test reads each line that begins with `aigov`.
pub(crate) fn examples(lines: &str) -> String {
    let lines: Vec<String> = lines.lines().map(|l| format!("  {}\n", l.trim_start())).collect();
    format!("Examples:\n{}\n{EXIT_CODES}", lines.concat())
}

const EXAMPLES: &str = "\
Examples:
  aigov                                     what is open, what waits, how to stop what
  aigov stop support-replies                stop it now, proven
  aigov plan incident/hallucination         every request that would be sent
  aigov run incident/hallucination          contain, assess, respond, verify, restore
  aigov approve 20261123-0204-abcd          see what is asked, say yes
  aigov resume                              go on with a run that was left
  aigov brief 20261123-0204-abcd            five lines for the bridge

";

/// Keeps humans in the lead when an AI system in production misbehaves.
#[derive(Debug, Parser)]
#[command(
    name = "aigov",
    version,
    about,
    after_help = format!("{EXAMPLES}{EXIT_CODES}"),
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Args {
    /// What holds for every verb.
    #[command(flatten)]
    pub global: Global,
    /// What to do; without it, what is open.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// What holds for every verb.
#[derive(Clone, Debug, Default, ClapArgs)]
pub(crate) struct Global {
    /// The workspace: the folder that holds aigov.toml
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub directory: Option<PathBuf>,
    /// Use the built-in sandbox, where nothing is real
    #[arg(long, global = true, conflicts_with = "directory")]
    pub sandbox: bool,
    /// Print JSON on stdout, one object per line for streams
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Make a workspace: at most four short files, and nothing is overwritten
    #[command(after_help = examples(
        "aigov init --automation support-replies --url https://flags.example.com
         aigov init governance --automation bot --kind http --url https://switch.example.com --person ada --person grace
         aigov init --automation bot --url https://flags.example.com --bind project=support --bind flag=bot-autonomy
         aigov init --automation bot --url https://flags.example.com --set token=file:/run/secrets/flags"
    ))]
    Init(Init),
    /// Write a new file from a template that teaches its format
    #[command(subcommand, after_help = examples(
        "aigov new automation support-replies
         aigov new runbook wrong-prices
         aigov new scenario invented-refund
         aigov new sealed --key ~/.ssh/id_ed25519.pub"
    ))]
    New(New),
    /// Stop automations at once: no runbook, no approval; proven by a read-back
    #[command(after_help = format!("{}{EXIT_CODES}", stop::EXAMPLES))]
    Stop(Stop),
    /// Run a runbook: contain first, then ask
    #[command(after_help = examples(
        "aigov run                                       asks which automation and what you see
         aigov run incident/hallucination --automation support-replies
         aigov run incident/unknown --answers answers.toml
         aigov run incident/hallucination --continues 20261123-0204-abcd"
    ))]
    Run(Run),
    /// Show who can stop an automation now, how fast, and by which command
    #[command(after_help = format!("{}{EXIT_CODES}", who::EXAMPLES))]
    Who(Who),
    /// Check that a stop would work now: providers, journal, people; changes nothing
    #[command(after_help = format!("{}{EXIT_CODES}", doctor::EXAMPLES))]
    Doctor(Doctor),
    /// Show every request that a run would send, and send none
    #[command(after_help = examples(
        "aigov plan incident/hallucination
         aigov plan incident/unknown --automation support-replies --env production --json"
    ))]
    Plan(Plan),
    /// Make a page for the wiki and for paper: the same plan, or how an automation is stopped
    #[command(after_help = format!("{}{EXIT_CODES}", page::EXAMPLES))]
    Page(Page),
    /// Go on with a run that was left
    #[command(after_help = examples(
        "aigov resume
         aigov resume 20261123-0204-abcd --take-over --reason \"the other machine is gone\""
    ))]
    Resume(Resume),
    /// Show what waits for you, here and on the remote
    #[command(after_help = format!("{}{EXIT_CODES}", vote::EXAMPLES))]
    Inbox(Inbox),
    /// See what a gate asks for, and say yes to exactly that
    #[command(after_help = examples(
        "aigov approve 20261123-0204-abcd                see what is asked, then say yes
         aigov approve 20261123-0204-abcd tell-customers
         aigov approve 20261123-0204-abcd tell-customers --print
         aigov approve 20261123-0204-abcd --import statement.txt"
    ))]
    Approve(Vote),
    /// See what a gate asks for, and say no
    #[command(after_help = examples(
        "aigov deny 20261123-0204-abcd tell-customers --reason \"names a customer\""
    ))]
    Deny(Vote),
    /// See what a gate asks for, and propose other text
    #[command(after_help = examples(
        "aigov amend 20261123-0204-abcd tell-customers --text-file letter.txt"
    ))]
    Amend(Amend),
    /// Do what a gate holds up without its approval: only downward, loud, and reviewed
    #[command(after_help = format!("{}{EXIT_CODES}", break_glass::EXAMPLES))]
    BreakGlass(BreakGlass),
    /// Show what is open and what waits for whom
    #[command(after_help = format!("{}{EXIT_CODES}", status::EXAMPLES))]
    Status(Status),
    /// List the runs, or the events of one
    #[command(after_help = examples(
        "aigov log                                       all runs
         aigov log abcd                                  one run, by how its id ends"
    ))]
    Log(MaybeRun),
    /// Tell the whole story of a run
    #[command(after_help = format!("{}{EXIT_CODES}", show::EXAMPLES))]
    Show(Show),
    /// Check the record offline: chain, signatures, votes, gates, missing runs
    #[command(after_help = format!("{}{EXIT_CODES}", verify::EXAMPLES))]
    Verify(Verify),
    /// Follow a run or a drill from another terminal, as it happens
    #[command(after_help = format!("{}{EXIT_CODES}", watch::EXAMPLES))]
    Watch(Watch),
    /// Five lines to paste into the bridge
    #[command(after_help = examples(
        "aigov brief 20261123-0204-abcd"
    ))]
    Brief(OneRun),
    /// Put a note on a run's record
    #[command(after_help = examples(
        "aigov note 20261123-0204-abcd \"support has told the first ten customers\"
         aigov note 20261124-1000-abcd \"legal was called after the press\" --evaluator"
    ))]
    Note(Note),
    /// Enter afterwards what was done by hand, marked as that
    #[command(after_help = format!("{}{EXIT_CODES}", record::EXAMPLES))]
    Record(Record),
    /// Erase what a record keeps apart, under a law; a tombstone stays
    #[command(after_help = format!("{}{EXIT_CODES}", redact::EXAMPLES))]
    Redact(Redact),
    /// Answer a fact of a run, or revise it
    #[command(visible_alias = "revise", after_help = examples(
        "aigov answer 20261123-0204-abcd exposed 1200
         aigov answer 20261123-0204-abcd harm yes"
    ))]
    Answer(Answer),
    /// Raise or lower the severity of a run
    #[command(after_help = examples(
        "aigov severity 20261123-0204-abcd sev1 --reason \"it is in the press\""
    ))]
    Severity(Severity),
    /// Ask to stand down from a false alarm
    #[command(after_help = examples(
        "aigov stand-down 20261123-0204-abcd --reason \"the test account was mistaken for a customer\""
    ))]
    StandDown(Reasoned),
    /// End a run; autonomy stays low
    #[command(after_help = examples(
        "aigov abandon 20261123-0204-abcd --reason \"goes on in another run\""
    ))]
    Abandon(Reasoned),
    /// Walk every path of a runbook and say what was covered
    #[command(after_help = examples(
        "aigov explore incident/hallucination
         aigov explore incident/hallucination --faults 3"
    ))]
    Explore(Explore),
    /// Practise an incident with the very runbook, machine and commands of the night
    #[command(after_help = format!("{}{EXIT_CODES}", rehearse::EXAMPLES))]
    Rehearse(Rehearse),
    /// See a drill's schedule and act in it as its game master: say, pause, skip, end
    #[command(after_help = format!("{}{EXIT_CODES}", master::EXAMPLES))]
    Master(Master),
    /// Tell how a drill was played, from its record alone
    #[command(after_help = format!("{}{EXIT_CODES}", score::EXAMPLES))]
    Score(Score),
    /// Print the JSON Schema of what people write, for editors
    #[command(after_help = format!("{}{EXIT_CODES}", schema::EXAMPLES))]
    Schema(Schema),
    /// Prove runbooks and inventory offline, before they are needed
    #[command(after_help = lint::after_lint())]
    Lint(Lint),
    /// Say what a code of lint means, why, and how to mend it
    #[command(after_help = lint::after_explain())]
    Explain(Explain),
    /// Read a runbook, or an automation before its launch, and sign that you did
    #[command(after_help = format!("{}{EXIT_CODES}", review::EXAMPLES))]
    Review(Review),
    /// Tell what holds and what is missing before an automation is let loose
    #[command(after_help = examples(launch_check::EXAMPLES))]
    LaunchCheck(LaunchCheck),
    /// Who there is: whether everything is covered, and somebody new
    #[command(subcommand, after_help = format!("{}{EXIT_CODES}", people::EXAMPLES))]
    People(People),
    /// Print completions for a shell
    #[command(after_help = examples(
        "aigov completions bash
         aigov completions fish"
    ))]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the manual pages, one for each verb
    #[command(after_help = examples(
        "aigov man                                       the page of aigov itself, for `man -l -`
         aigov man share/man/man1                        all pages, into a folder"
    ))]
    Man {
        /// The folder; without it, the page of aigov itself on standard output
        dir: Option<PathBuf>,
    },
}

/// A shell that completion is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// For ~/.local/share/bash-completion/completions/aigov
    Bash,
    /// For a file _aigov in a folder of $fpath
    Zsh,
    /// For ~/.config/fish/completions/aigov.fish
    Fish,
}

/// Which runbook on what.
#[derive(Clone, Debug, Default, ClapArgs)]
pub(crate) struct Target {
    /// The automation, when the runbook fits several
    #[arg(long, value_name = "NAME")]
    pub automation: Option<String>,
    /// The environment, when there are several
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
}

/// `aigov run`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Run {
    /// The runbook, such as incident/hallucination; without it, you choose by what you see
    pub runbook: Option<String>,
    /// On what.
    #[command(flatten)]
    pub target: Target,
    /// A TOML file that answers facts and confirms the proposed severity or a graver one
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// The same as `aigov plan`: sends nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Go on under another class where this run is: what is contained is probed, not repeated
    #[arg(long, value_name = "RUN")]
    pub continues: Option<String>,
    /// Who you are, in the sandbox or a demonstration
    #[arg(long = "as", value_name = "NAME")]
    pub person: Option<String>,
    /// Do not offer to join runs that are open on the same automation
    #[arg(long)]
    pub new: bool,
}

/// `aigov plan`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Plan {
    /// The runbook, such as incident/hallucination
    pub runbook: String,
    /// On what.
    #[command(flatten)]
    pub target: Target,
}

/// `aigov resume`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Resume {
    /// The run; without it, the only one that is open
    pub run: Option<String>,
    /// Take it from a holder on another machine
    #[arg(long, requires = "reason")]
    pub take_over: bool,
    /// Why it is taken over
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// A TOML file that answers facts and confirms the proposed severity or a graver one
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// Who you are, in the sandbox or a demonstration
    #[arg(long = "as", value_name = "NAME")]
    pub person: Option<String>,
}

/// A run.
#[derive(Debug, ClapArgs)]
pub(crate) struct OneRun {
    /// The run: its id, or how it begins or ends
    pub run: String,
}

/// A run, or all.
#[derive(Debug, ClapArgs)]
pub(crate) struct MaybeRun {
    /// The run: its id, or how it begins or ends
    pub run: Option<String>,
}

/// An act on a run.
#[derive(Debug, ClapArgs)]
pub(crate) struct Act {
    /// The run
    pub run: String,
    /// Who you are, in the sandbox or a demonstration
    #[arg(long = "as", value_name = "NAME")]
    pub person: Option<String>,
}

/// An act on a run that needs a reason.
#[derive(Debug, ClapArgs)]
pub(crate) struct Reasoned {
    /// The run.
    #[command(flatten)]
    pub act: Act,
    /// Why; it stands in the record
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// `aigov note`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Note {
    /// The run.
    #[command(flatten)]
    pub act: Act,
    /// The note
    pub text: String,
    /// Sign it as the evaluator of a drill: it stands beside the score, and is no part of it
    #[arg(long)]
    pub evaluator: bool,
    /// With --evaluator: a key file to sign with, beside the ssh-agent and ~/.ssh
    #[arg(long, value_name = "FILE", requires = "evaluator")]
    pub key: Option<PathBuf>,
    /// The fork that this decides about, as `aigov verify` names it: what was written there stays, and is settled
    #[arg(long, value_name = "BRANCH")]
    pub fork: Option<String>,
}

/// `aigov answer`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Answer {
    /// The run.
    #[command(flatten)]
    pub act: Act,
    /// The fact
    pub fact: String,
    /// Its value; ? means not known
    pub value: String,
}

/// `aigov severity`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Severity {
    /// The run.
    #[command(flatten)]
    pub act: Act,
    /// The level, such as sev1; graver takes effect at once, lower needs a second person
    pub level: String,
    /// Why; it stands in the record
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// `aigov explore`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Explore {
    /// The runbook
    pub runbook: String,
    /// On what.
    #[command(flatten)]
    pub target: Target,
    /// How many outward calls may go wrong on one path
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub faults: u8,
    /// How many states to look at before stopping
    #[arg(long, value_name = "N", default_value_t = 20_000_000)]
    pub states: u32,
    /// Write the shortest way to a broken claim, or to what --to names, as a scenario that people can replay
    #[arg(long, value_name = "FILE")]
    pub as_scenario: Option<PathBuf>,
    /// With --as-scenario: what it is to come to, such as "gate sign-off can expire"
    #[arg(long, value_name = "TEXT", requires = "as_scenario")]
    pub to: Option<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_holds_together() {
        Args::command().debug_assert();
    }

    /// The command of a line of help, without what is said about it.
    fn parses(line: &str) {
        let command = line.trim_start().split("   ").next().unwrap_or_default();
        // Quotes as a shell takes them.
        let mut words: Vec<String> = Vec::new();
        for (n, part) in command.split('"').enumerate() {
            if n % 2 == 1 {
                words.push(part.to_owned());
            } else {
                words.extend(part.split_whitespace().map(str::to_owned));
            }
        }
        Args::try_parse_from(&words).unwrap_or_else(|e| panic!("{line}: {e}"));
    }

    #[test]
    fn every_verb_shows_examples_that_parse() {
        for verb in Args::command().get_subcommands() {
            let help = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
            let lines: Vec<&str> = help.lines().filter(|l| l.starts_with("  aigov ")).collect();
            assert!(help.starts_with("Examples:") && !lines.is_empty(), "aigov {} shows no example", verb.get_name());
            for line in lines {
                parses(line);
                let own = [verb.get_name()].into_iter().chain(verb.get_visible_aliases());
                let mut words = line.split_whitespace();
                assert!(own.into_iter().any(|n| words.clone().any(|w| w == n)) && words.next().is_some(), "{line}");
            }
        }
    }

    #[test]
    fn what_the_help_promises_parses() {
        for line in EXAMPLES.lines().filter(|l| l.starts_with("  aigov")) {
            parses(line);
        }
        assert!(Args::try_parse_from(["aigov", "resume", "r", "--take-over"]).is_err(), "a take-over has a reason");
        assert!(Args::try_parse_from(["aigov", "abandon", "r"]).is_err(), "to abandon has a reason");
        assert!(Args::try_parse_from(["aigov", "amend", "r"]).is_err(), "to amend has a text");
        assert!(Args::try_parse_from(["aigov", "-C", "x", "--sandbox", "status"]).is_err());
    }

    fn of_the_repository(path: &str) -> String {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    #[test]
    fn the_readme_names_every_verb_and_every_exit_code() {
        let readme = of_the_repository("README.md");
        for verb in Args::command().get_subcommands() {
            let row = readme
                .lines()
                .find(|l| l.starts_with(&format!("| `aigov {}", verb.get_name())))
                .unwrap_or_else(|| panic!("README's commands lack {}", verb.get_name()));
            let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(row.ends_with(&format!("| {about} |")), "{row}\nthe program says: {about}");
        }
        for word in EXIT_CODES.lines().skip(1).flat_map(|l| l.split("  ")).map(str::trim).filter(|w| !w.is_empty()) {
            let (code, meaning) = word.split_once(' ').unwrap();
            assert!(readme.contains(&format!("| {code} | {meaning} |")), "{word}");
        }
    }

    #[test]
    fn every_help_names_the_exit_codes() {
        let mut command = Args::command();
        assert!(command.render_help().to_string().contains("9 partly contained"));
        for sub in command.get_subcommands_mut() {
            assert!(sub.render_help().to_string().contains("130 interrupted"), "{}", sub.get_name());
        }
    }
}
