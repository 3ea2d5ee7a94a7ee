//! `aigov schema KIND`: prints the JSON Schema of what people write, or puts it where editors look.

use std::io::{Write as _, stdout};

use clap::ValueEnum as _;
use serde_json::json;

use crate::cli::args::Schema;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::schemas::{self, Kind};
use crate::ui::Tone;

/// Prints a schema; needs no workspace. A reader that leaves early has seen enough.
pub(super) fn print(kind: Kind, one_line: bool) -> u8 {
    let schema = kind.schema();
    let _ = if one_line { writeln!(stdout(), "{schema}") } else { writeln!(stdout(), "{schema:#}") };
    0
}

/// Writes schemas into the workspace.
pub(super) fn write(cx: &Context, args: &Schema) -> Result<u8, CliError> {
    if cx.place.is_sandbox() {
        return Err(CliError::usage("the sandbox has no files that an editor opens")
            .hint("name a workspace with -C, or print one schema")
            .next("aigov schema runbook"));
    }
    let kinds = args.kind.as_ref().map_or_else(Kind::value_variants, std::slice::from_ref);
    let written = schemas::write(&cx.place.root, kinds)?;
    if cx.json {
        let paths: Vec<String> = written.iter().map(|p| p.display().to_string()).collect();
        cx.screen.raw(&json!({ "written": paths }).to_string());
        return Ok(0);
    }
    for path in &written {
        cx.screen.text(&path.display().to_string());
    }
    cx.screen.say(Tone::Plain, "An editor finds them by the first line of each TOML file, such as:");
    cx.screen.command("#:schema ../.aigov/schema/automation.json");
    cx.screen.say(Tone::Plain, "Next:");
    cx.screen.command(&cx.command("status"));
    Ok(0)
}
