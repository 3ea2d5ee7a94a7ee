//! One verb per file; makes the real ports in one place. Nobody imports it.
//!
//! Owns the command line, the exit codes and the search for the workspace. Must not decide what a run may do.

mod args;
mod at_once;
mod attended;
mod change;
mod choice;
mod complete;
mod context;
mod decoded;
mod draft;
mod drill;
mod error;
mod files;
mod keys;
mod on_call;
mod part;
mod place;
mod ports;
mod practised;
mod protected;
mod providers;
mod record;
mod reviewed;
mod revision;
mod schemas;
mod session;
mod signing;
mod verb;
mod votable;
mod walk;

use std::ffi::OsString;
use std::io::{Write as _, stdout};
use std::path::Path;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};

use args::{Args, Schema, Verb};
use context::Context;
use error::{CliError, Kind, word};

use crate::text::{safe, shell};
use crate::ui::{Screen, Tone, leave};

/// Carries out a command line, the program's name first, and returns the exit code.
pub fn run(line: impl IntoIterator<Item = OsString>) -> u8 {
    let line: Vec<OsString> = line.into_iter().collect();
    if context::completing() {
        return complete::call(&line);
    }
    // A reader that leaves early has seen enough.
    if asks_for_version(&line) {
        let _ = writeln!(stdout(), "{VERSION_LINE}");
        return 0;
    }
    let args = match Args::try_parse_from(&line) {
        Ok(args) => args,
        Err(e) => {
            // Help and version are what was asked for. A reader that leaves early has seen enough.
            let _ = e.print();
            return match e.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => 0,
                _ => {
                    tell_end(&context::screen(), 2, Some(&help_for(&line)));
                    2
                }
            };
        }
    };
    if let Some(Verb::Completions { shell }) = args.verb {
        return verb::completions(shell);
    }
    if let Some(Verb::Schema(Schema { kind: Some(kind), write: false })) = &args.verb {
        return verb::schema(*kind, args.global.json);
    }
    if let Some(Verb::Man { dir }) = &args.verb {
        return verb::man(dir.as_deref()).unwrap_or_else(|e| tell(&context::screen(), &e, ""));
    }
    if let Some(Verb::Init(a)) = &args.verb {
        return verb::init(a, args.global.json).unwrap_or_else(|e| tell(&context::screen(), &e, ""));
    }
    if let Some(Verb::Explain(a)) = &args.verb {
        let screen = context::screen();
        return verb::explain(&screen, a, args.global.json).unwrap_or_else(|e| tell(&screen, &e, ""));
    }
    if let Some(Verb::Verify(a)) = &args.verb
        && let Some(journal) = &a.journal
    {
        let screen = context::screen();
        return verb::verify_away(&screen, a, journal, args.global.json).unwrap_or_else(|e| tell(&screen, &e, ""));
    }
    let cx = match Context::open(&args.global) {
        Ok(cx) => cx,
        Err(e) => return tell(&context::screen(), &there(e, &line), ""),
    };
    when_left(&cx);
    verb::call(&cx, args.verb).unwrap_or_else(|e| tell(&cx.screen, &e, &cx.place.suffix))
}

/// Who leaves in the middle of something that asks nothing is told how to go on, too.
fn when_left(cx: &Context) {
    let (look, suffix) = (cx.screen.look(), cx.place.suffix.clone());
    leave::when_left(move || {
        let screen = Screen::new(look);
        screen.echo("");
        let says = "left in the middle; what was not done by then is not done, and nothing on record is lost";
        tell(&screen, &CliError::new(Kind::Interrupted, says).next("aigov status"), &suffix);
    });
}

/// What `--version` prints.
const VERSION_LINE: &str = concat!("aigov ", env!("CARGO_PKG_VERSION"));

/// Whether nothing but the version is asked for. Scripts ask that often, and building the whole command line takes longer
/// than starting the process.
fn asks_for_version(line: &[OsString]) -> bool {
    matches!(line, [_, only] if only == "--version" || only == "-V")
}

/// Where another workspace is named, everything that was typed stands behind it: whoever stands in the wrong folder at night
/// types it once.
fn there(mut e: CliError, line: &[OsString]) -> CliError {
    if let Some(next) = e.next.as_mut().filter(|next| next.starts_with("aigov -C ")) {
        for word in line.iter().skip(1) {
            next.push(' ');
            next.push_str(&shell::path(Path::new(word)));
        }
    }
    e
}

/// The help of the verb that was meant, or of everything.
fn help_for(line: &[OsString]) -> String {
    let command = Args::command();
    let verb = line.iter().skip(1).filter_map(|word| word.to_str()).find_map(|word| command.find_subcommand(word));
    verb.map_or_else(|| "aigov --help".to_owned(), |verb| format!("aigov {} --help", verb.get_name()))
}

/// Tells why, and what to type next; returns the exit code.
fn tell(screen: &Screen, e: &CliError, suffix: &str) -> u8 {
    screen.still();
    screen.labelled(Tone::Bad, "error", &safe::line(&e.says));
    for cause in e.causes() {
        screen.labelled(Tone::Plain, "", &format!("because: {}", safe::line(&cause)));
    }
    for hint in &e.hints {
        screen.labelled(Tone::Plain, "", &safe::line(hint));
    }
    for command in &e.commands {
        screen.command(&safe::line(command));
    }
    let next = e.next.as_ref().map(|next| there_too(next, suffix));
    tell_end(screen, e.kind.code(), next.as_deref());
    e.kind.code()
}

/// A command that is typed from where one stands, for the workspace that was named. What git does, it does in that folder:
/// behind its own words `-C` would mean something else, such as a commit whose message is taken.
fn there_too(command: &str, suffix: &str) -> String {
    match command.strip_prefix("git ") {
        _ if command.ends_with(suffix) => command.to_owned(),
        Some(rest) if rest.starts_with("-C ") => command.to_owned(),
        Some(rest) => format!("git{suffix} {rest}"),
        None => format!("{command}{suffix}"),
    }
}

fn tell_end(screen: &Screen, code: u8, next: Option<&str>) {
    screen.say(Tone::Bad, &format!("Exit {code}: {}.", word(code)));
    screen.say(Tone::Plain, "Next:");
    screen.command(&safe::line(next.unwrap_or("aigov --help")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_command_stands_where_its_program_reads_it() {
        for (command, suffix, typed) in [
            ("aigov lint", " -C desk", "aigov lint -C desk"),
            ("aigov lint -C desk", " -C desk", "aigov lint -C desk"),
            ("aigov lint", "", "aigov lint"),
            ("git commit people.toml", " -C desk", "git -C desk commit people.toml"),
            ("git commit people.toml", "", "git commit people.toml"),
            ("git -C /other fsck", " -C desk", "git -C /other fsck"),
        ] {
            assert_eq!(there_too(command, suffix), typed);
        }
    }

    #[test]
    fn the_short_way_to_the_version_says_what_the_long_one_does() {
        assert_eq!(VERSION_LINE, Args::command().render_version().trim_end());
    }

    #[test]
    fn what_was_typed_in_the_wrong_folder_is_typed_once() {
        let line: Vec<OsString> = ["aigov", "stop", "bot", "--reason", "it's wrong"].map(OsString::from).to_vec();
        let next = |named: &str| there(CliError::usage("no").next(named), &line).next.unwrap();
        assert_eq!(next("aigov -C /srv/ai"), r"aigov -C /srv/ai stop bot --reason 'it'\''s wrong'");
        assert_eq!(next("aigov status"), "aigov status");
    }

    #[test]
    fn a_slip_leads_to_the_help_of_the_verb_that_was_meant() {
        for (line, next) in [
            ("aigov severity x", "aigov severity --help"),
            ("aigov --json revise", "aigov answer --help"),
            ("aigov frobnicate", "aigov --help"),
            ("aigov", "aigov --help"),
        ] {
            let line: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(help_for(&line), next);
        }
    }
}
