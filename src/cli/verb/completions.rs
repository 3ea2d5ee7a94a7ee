//! `aigov completions SHELL`.

use std::io::{Write as _, stdout};

use clap::CommandFactory as _;

use crate::cli::args::Args;

/// Prints the completions. A reader that leaves early has seen enough.
pub(super) fn call(shell: clap_complete::Shell) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "aigov", &mut script);
    let _ = stdout().write_all(&script);
    0
}
