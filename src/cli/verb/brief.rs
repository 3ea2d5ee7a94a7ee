//! `aigov brief RUN`.

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::record::Story;
use crate::report::{brief, json};

/// Prints five lines for the bridge.
pub(super) fn call(cx: &Context, run: &str) -> Result<u8, CliError> {
    let story = Story::read(cx, run)?;
    let summary = story.summary()?;
    if cx.json {
        cx.screen.raw(&json::summary(&summary, cx.now).to_string());
    } else {
        for line in brief::lines(&summary, cx.now) {
            cx.screen.text(&line);
        }
    }
    Ok(0)
}
