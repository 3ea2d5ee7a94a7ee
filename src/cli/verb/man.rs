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
        let page = page(&command, "aigov").map_err(|e| CliError::failed("the page can't be made").because(e))?;
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
    let mut count = 0;
    let verbs = command.get_subcommands().map(|verb| (format!("aigov-{}", verb.get_name()), verb));
    for (name, of) in [("aigov".to_owned(), &command)].into_iter().chain(verbs) {
        let text = page(of, &name).map_err(cannot)?;
        fs::write(folder.join(format!("{name}.1")), text).map_err(cannot)?;
        count += 1;
    }
    let screen = context::screen();
    screen.labelled(Tone::Good, "ok", &format!("{count} pages written to {}", folder.display()));
    screen.say(Tone::Plain, "Next:");
    screen.command(&format!("man -l {}", crate::cli::place::quoted(&folder.join("aigov.1"))));
    Ok(0)
}

/// The definition with what holds for every verb in each of them.
fn whole() -> Command {
    let mut command = Args::command();
    command.build();
    command
}

/// One page. It says the version and no date, so that the same program makes the same bytes.
fn page(command: &Command, name: &str) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let typed = name.replacen('-', " ", 1);
    let command = command.clone().version(env!("CARGO_PKG_VERSION")).display_name(name.to_owned()).bin_name(typed);
    clap_mangen::Man::new(command)
        .title(name)
        .source(concat!("aigov ", env!("CARGO_PKG_VERSION")))
        .date("")
        .render(&mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_holds_what_the_help_says() {
        for verb in whole().get_subcommands().filter(|v| v.get_name() != "help") {
            let text =
                String::from_utf8(page(verb, "aigov-x").unwrap()).unwrap().replace("\\-", "-").replace("\\*(Aq", "'");
            let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(text.contains(&about), "{}: {text}", verb.get_name());
            assert!(text.contains("9 partly contained") && text.contains("Examples:"), "{}", verb.get_name());
            for arg in verb.get_arguments().filter_map(|a| a.get_long()) {
                assert!(text.contains(&format!("--{arg}")), "{}: --{arg}", verb.get_name());
            }
            assert_eq!(page(verb, "aigov-x").unwrap(), page(verb, "aigov-x").unwrap());
        }
    }
}
