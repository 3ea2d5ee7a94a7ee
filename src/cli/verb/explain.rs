//! `aigov explain [CODE]`: what a code of lint means.

use crate::cli::args::Explain;
use crate::cli::error::CliError;
use crate::lint;
use crate::report::lint::explain;
use crate::text::{safe, suggest};
use crate::ui::{Screen, Tone};

/// Prints the page of a code, or the table of all.
pub(super) fn call(screen: &Screen, args: &Explain, json: bool) -> Result<u8, CliError> {
    let Some(name) = &args.rule else {
        if json {
            for group in lint::GROUPS {
                for rule in group.rules {
                    screen.raw(&explain::object(group, rule).to_string());
                }
            }
        } else if args.markdown {
            screen.text(&explain::reference());
        } else {
            screen.page(&explain::table(screen.room()));
            screen.say(Tone::Plain, "Next:");
            screen.command("aigov explain CODE");
        }
        return Ok(0);
    };
    let Some((group, rule)) = lint::find(name) else {
        let error = CliError::usage(format!("there is no code `{}`", safe::excerpt(name, 60)));
        return Err(match suggest::nearest(name, lint::names()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")).next(format!("aigov explain {near}")),
            None => error.next("aigov explain"),
        });
    };
    if json {
        screen.raw(&explain::object(group, rule).to_string());
    } else if args.markdown {
        screen.text(&explain::markdown(group, rule, 1));
    } else {
        screen.page(&explain::page(group, rule, screen.room()));
        screen.say(Tone::Plain, "Next:");
        screen.command(&format!("aigov lint --only {name}"));
    }
    Ok(0)
}
