//! `aigov rehearse SCENARIO`: played by people, with the machine and the commands of the night.

use super::{Ready, Stand, ready};
use crate::cli::args::Rehearse;
use crate::cli::context::Context;
use crate::cli::drill;
use crate::cli::error::{CliError, Kind};
use crate::cli::session::Wishes;
use crate::model::scenario::Scenario;
use crate::plan::rehearsal::Ground;

/// Begins it, and plays this terminal's part.
pub(super) fn call(cx: &Context, scenario: &Scenario, args: &Rehearse) -> Result<u8, CliError> {
    let ground = match &args.env {
        None => Ground::Here,
        Some(name) => Ground::Staging(drill::staging(cx, name)?),
    };
    if !cx.screen.look().person && args.answers.is_none() {
        let says = "a drill with people is played by somebody at a terminal";
        return Err(CliError::new(Kind::Waiting, says)
            .hint("with --answers FILE this terminal answers from a file; with --auto nobody is needed")
            .next(cx.command(&format!("rehearse {} --auto", scenario.name))));
    }
    let Ready { planned, resolved } = ready(cx, scenario, Stand::People(&ground))?;
    let mut rehearsal = resolved.rehearsal;
    rehearsal.seed = args.seed;
    rehearsal.speed = args.speed;
    rehearsal.player = None;
    let wishes = Wishes { person: args.person.as_deref(), answers: args.answers.as_deref() };
    drill::begin(cx, &planned, rehearsal, &ground, &wishes)
}
