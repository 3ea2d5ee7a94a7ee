//! Parse, call, exit code; nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(aigov::cli::run(std::env::args_os()))
}
