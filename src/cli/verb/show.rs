//! `aigov show RUN`.
//!
//! What `--open` opens stands in `show_open`.

use serde_json::json;

use crate::cli::args::Show;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::record::Story;
use crate::report::{closing, json as objects, sentence, story};
use crate::ui::table;

/// Tells the whole story of a run.
pub(super) fn call(cx: &Context, args: &Show) -> Result<u8, CliError> {
    if let Some(seq) = args.open {
        return super::show_open::call(cx, args, seq);
    }
    let read = Story::read(cx, &args.run)?;
    let summary = read.summary()?;
    if cx.json {
        for record in &read.records {
            let told = sentence(summary.plan, record);
            cx.screen.raw(
                &json!({
                    "seq": record.seq, "at": record.at, "by": record.by, "mark": told.mark.word(), "about": told.about,
                    "says": told.text, "why": told.why, "event": record.event,
                })
                .to_string(),
            );
        }
        cx.screen.raw(&objects::summary(&summary, cx.now).to_string());
        return Ok(0);
    }
    cx.screen.page(&story::page(&summary, &read.records, cx.screen.room()));
    let rows = closing::rows(&summary);
    if !rows.is_empty() {
        cx.screen.text(" ");
        cx.screen.text(&table::draw(closing::HEADER, &rows, cx.screen.room()));
    }
    Ok(0)
}
