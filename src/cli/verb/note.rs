//! `aigov note RUN TEXT`.

use crate::cli::args::Note;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::session::{self, Wishes};

/// Puts a note on a run's record.
pub(super) fn call(cx: &Context, args: &Note) -> Result<u8, CliError> {
    let wishes = Wishes { person: args.act.person.as_deref(), answers: None };
    session::act(cx, &args.act.run, &wishes, |driver, _| driver.note(&args.text))?;
    Ok(0)
}
