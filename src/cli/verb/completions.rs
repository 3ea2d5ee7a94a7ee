//! `aigov completions SHELL`.

use std::io::{Write as _, stdout};

use crate::cli::args::Shell;

/// Prints the script that has a shell ask this program. A reader that leaves early has seen enough.
pub(super) fn call(shell: Shell) -> u8 {
    let script = match shell {
        Shell::Bash => include_str!("../../../completions/aigov.bash"),
        Shell::Zsh => include_str!("../../../completions/_aigov"),
        Shell::Fish => include_str!("../../../completions/aigov.fish"),
    };
    let _ = stdout().write_all(script.as_bytes());
    0
}
