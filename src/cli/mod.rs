//! One verb per file; makes the real ports in one place. Nobody imports it.
//!
//! Owns the command line, the exit codes and the search for the workspace. Must not decide what a run may do.

mod args;
mod choice;
mod context;
mod error;
mod files;
mod place;
mod ports;
mod providers;
mod record;
mod session;
mod verb;

use std::ffi::OsString;

use clap::Parser as _;
use clap::error::ErrorKind;

use args::Args;
use error::{CliError, word};

use crate::text::safe;
use crate::ui::{Screen, Tone};

/// Carries out a command line, the program's name first, and returns the exit code.
pub fn run(line: impl IntoIterator<Item = OsString>) -> u8 {
    let args = match Args::try_parse_from(line) {
        Ok(args) => args,
        Err(e) => {
            // Help and version are what was asked for. A reader that leaves early has seen enough.
            let _ = e.print();
            return match e.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => 0,
                _ => {
                    tell_end(&context::screen(), 2, Some("aigov --help"));
                    2
                }
            };
        }
    };
    let sandbox = args.global.sandbox;
    match verb::call(args) {
        Ok(code) => code,
        Err(e) => {
            tell(&context::screen().in_sandbox(sandbox), &e);
            e.kind.code()
        }
    }
}

fn tell(screen: &Screen, e: &CliError) {
    screen.labelled(Tone::Bad, "error", &safe::line(&e.says));
    for cause in e.causes() {
        screen.labelled(Tone::Plain, "", &format!("because: {}", safe::line(&cause)));
    }
    for hint in &e.hints {
        screen.labelled(Tone::Plain, "", &safe::line(hint));
    }
    tell_end(screen, e.kind.code(), e.next.as_deref());
}

fn tell_end(screen: &Screen, code: u8, next: Option<&str>) {
    screen.say(Tone::Bad, &format!("Exit {code}: {}.", word(code)));
    screen.say(Tone::Plain, "Next:");
    screen.command(&safe::line(next.unwrap_or("aigov --help")));
}
