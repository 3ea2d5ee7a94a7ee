//! `aigov man [DIR]`: manual pages, made from the same definition as the help, so that the two can't differ.

use std::fs;
use std::io::{Write as _, stdout};
use std::path::Path;

use clap::{Command, CommandFactory as _};

use crate::cli::args::Args;
use crate::cli::context;
use crate::cli::error::CliError;
use crate::ui::Tone;

/// Prints the page of the program, or writes all pages. A reader that leaves early has seen enough.
pub(super) fn call(folder: Option<&Path>) -> Result<u8, CliError> {
    let command = whole();
    let Some(folder) = folder else {
        let page =
            page(&command, "aigov", "aigov").map_err(|e| CliError::failed("the page can't be made").because(e))?;
        let _ = stdout().write_all(&page);
        return Ok(0);
    };
    let cannot = |e| {
        CliError::failed(format!("the pages can't be written to {}", folder.display()))
            .because(e)
            .hint("name a folder that you may write to")
            .next("aigov man DIR")
    };
    fs::create_dir_all(folder).map_err(cannot)?;
    let all = pages(&command, "aigov", "aigov");
    let count = all.len();
    for (name, typed, of) in all {
        let text = page(of, &name, &typed).map_err(cannot)?;
        fs::write(folder.join(format!("{name}.1")), text).map_err(cannot)?;
    }
    let screen = context::screen();
    screen.labelled(Tone::Good, "ok", &format!("{count} pages written to {}", folder.display()));
    screen.say(Tone::Plain, "Next:");
    screen.command(&format!("man -l {}", crate::text::shell::path(&folder.join("aigov.1"))));
    Ok(0)
}

/// The definition with what holds for every verb in each of them.
fn whole() -> Command {
    let mut command = Args::command();
    command.build();
    command
}

/// Every page with its name and what is typed, each verb's own verbs behind it: a page names no other that is not there.
fn pages<'c>(of: &'c Command, name: &str, typed: &str) -> Vec<(String, String, &'c Command)> {
    let mut all = vec![(name.to_owned(), typed.to_owned(), of)];
    for verb in of.get_subcommands().filter(|v| v.get_name() != "help") {
        all.extend(pages(verb, &format!("{name}-{}", verb.get_name()), &format!("{typed} {}", verb.get_name())));
    }
    all
}

/// One page. It says the version and no date, so that the same program makes the same bytes.
fn page(command: &Command, name: &str, typed: &str) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let command = command.clone().version(env!("CARGO_PKG_VERSION"));
    let command = command.display_name(name.to_owned()).bin_name(typed.to_owned());
    let under = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let verbs = command.get_subcommands().next().is_some();
    let made = clap_mangen::Man::new(command).title(name).source(concat!("aigov ", env!("CARGO_PKG_VERSION"))).date("");
    made.render_title(&mut out)?;
    made.render_name_section(&mut out)?;
    made.render_synopsis_section(&mut out)?;
    made.render_description_section(&mut out)?;
    made.render_options_section(&mut out)?;
    if verbs {
        made.render_subcommands_section(&mut out)?;
    }
    // The crate has one heading for all that stands under the help: EXTRA, where nobody looks for examples.
    for (heading, lines) in sections(&under) {
        section(&mut out, heading, &lines)?;
    }
    made.render_version_section(&mut out)?;
    Ok(out)
}

/// What stands under the help, in the sections that manuals have for it and in their order.
fn sections(under: &str) -> [(&'static str, Vec<&str>); 3] {
    let [mut status, mut notes, mut examples] = [Vec::new(), Vec::new(), Vec::new()];
    let mut last = "";
    for line in under.lines() {
        if !line.is_empty() && !line.starts_with(' ') {
            last = line;
        }
        let section = match last {
            "Examples:" => &mut examples,
            _ if last.starts_with("Exit codes") => &mut status,
            _ => &mut notes,
        };
        // The section's own heading says that.
        if !matches!(line, "Examples:" | "Exit codes:") {
            section.push(line);
        }
    }
    [("EXIT STATUS", status), ("NOTES", notes), ("EXAMPLES", examples)]
}

/// A section: what is set in stays as it is set, the rest is wrapped by whoever shows it.
fn section(out: &mut Vec<u8>, heading: &str, lines: &[&str]) -> std::io::Result<()> {
    if lines.iter().all(|line| line.is_empty()) {
        return Ok(());
    }
    writeln!(out, ".SH \"{heading}\"")?;
    for part in lines.split(|line| line.is_empty()).filter(|part| !part.is_empty()) {
        writeln!(out, ".PP")?;
        for line in part {
            let set = line.starts_with(' ');
            let text = line.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\*(Aq");
            // A dot at the beginning would be a command of the page's language.
            let dot = if text.starts_with('.') { "\\&" } else { "" };
            if set {
                writeln!(out, ".nf\n{dot}{text}\n.fi")?;
            } else {
                writeln!(out, "{dot}{text}")?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_holds_what_the_help_says() {
        for verb in whole().get_subcommands().filter(|v| v.get_name() != "help") {
            let text = plain(&page(verb, "aigov-x", "aigov x").unwrap());
            let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(text.contains(&about), "{}: {text}", verb.get_name());
            for arg in verb.get_arguments().filter_map(|a| a.get_long()) {
                assert!(text.contains(&format!("--{arg}")), "{}: --{arg}", verb.get_name());
            }
            assert_eq!(page(verb, "aigov-x", "aigov x").unwrap(), page(verb, "aigov-x", "aigov x").unwrap());
        }
    }

    #[test]
    fn a_page_names_no_other_that_is_not_there() {
        let whole = whole();
        let all = pages(&whole, "aigov", "aigov");
        let names: Vec<&str> = all.iter().map(|(name, ..)| name.as_str()).collect();
        assert!(names.contains(&"aigov-people-add") && names.contains(&"aigov-stop"), "{names:?}");
        for (name, typed, of) in &all {
            let text = plain(&page(of, name, typed).unwrap());
            for named in text.split_whitespace().filter_map(|w| w.strip_suffix("(1)")) {
                assert!(names.contains(&named), "{name} names {named}");
            }
        }
    }

    fn plain(page: &[u8]) -> String {
        String::from_utf8(page.to_vec()).unwrap().replace("\\-", "-").replace("\\*(Aq", "'").replace("\\e", "\\")
    }

    /// The text of a section, without what only sets it.
    fn section_of(page: &str, heading: &str) -> Vec<String> {
        let begins = [format!(".SH {heading}"), format!(".SH \"{heading}\"")];
        let lines = page.lines().skip_while(|l| !begins.iter().any(|b| b == l)).skip(1);
        let lines = lines.take_while(|l| !l.starts_with(".SH "));
        lines.filter(|l| !l.starts_with('.')).map(|l| l.trim_start_matches("\\&").to_owned()).collect()
    }

    #[test]
    fn what_stands_under_the_help_stands_under_headings_that_say_what_it_is() {
        let whole = whole();
        let all = std::iter::once(&whole).chain(whole.get_subcommands());
        for verb in all {
            let name = verb.get_name();
            let page = plain(&page(verb, "aigov-x", "aigov x").unwrap());
            assert!(!page.contains("EXTRA"), "{name}: {page}");
            let help = verb.get_after_help().unwrap().to_string();
            let mut found = 0;
            for heading in ["EXIT STATUS", "NOTES", "EXAMPLES"] {
                let lines = section_of(&page, heading);
                found += lines.len();
                for line in &lines {
                    assert!(help.lines().any(|l| l == line), "{name}: {heading}: {line}");
                }
                let example = |l: &String| l.starts_with("  aigov ");
                match heading {
                    "EXIT STATUS" => assert!(lines.iter().any(|l| l.contains("9 partly contained")), "{name}: {page}"),
                    "EXAMPLES" => assert!(lines.iter().any(example), "{name}: {page}"),
                    _ => assert!(!lines.iter().any(example), "{name}: {page}"),
                }
            }
            let said = help.lines().filter(|l| !matches!(*l, "" | "Examples:" | "Exit codes:")).count();
            assert_eq!(found, said, "{name}: nothing is left out, and nothing is said twice");
        }
    }
}
