//! `aigov log [RUN]`.

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::record::Story;
use crate::report::{log, phrase};
use crate::text::safe;
use crate::ui::Tone;

/// Lists the runs, or the events of one.
pub(super) fn call(cx: &Context, run: Option<&str>) -> Result<u8, CliError> {
    match run {
        Some(run) => events(cx, run),
        None => runs(cx),
    }
}

fn events(cx: &Context, run: &str) -> Result<u8, CliError> {
    let story = Story::read(cx, run)?;
    let summary = story.summary()?;
    for record in &story.records {
        if cx.json {
            if let Some(line) = record.bytes().ok().and_then(|b| String::from_utf8(b).ok()) {
                cx.screen.raw(&line);
            }
        } else {
            cx.screen.text(&log::line(summary.plan, record));
        }
    }
    Ok(0)
}

fn runs(cx: &Context) -> Result<u8, CliError> {
    let runs = cx.journal().runs()?;
    if runs.is_empty() && !cx.json {
        cx.screen.say(Tone::Plain, "There are no runs here yet.");
        cx.screen.command(&cx.command("run"));
    }
    for info in runs.iter().rev() {
        if cx.json {
            cx.screen.raw(
                &json!({
                    "run": info.id, "runbook": info.runbook, "automation": info.automation,
                    "environment": info.environment, "began": info.started, "last": info.last_at, "phase": info.phase,
                    "severity": info.severity, "end": info.end, "drill": info.drill, "records": info.records,
                    "digest": info.digest, "damaged": info.damaged,
                })
                .to_string(),
            );
            continue;
        }
        let state = match (info.end, &info.damaged) {
            (_, Some(says)) => format!("DAMAGED: {}", safe::line(says)),
            (Some(end), None) => phrase::end(end).to_owned(),
            (None, None) => format!("open, {}", phrase::phase(info.phase).to_lowercase()),
        };
        let severity = info.severity.as_deref().map(|s| format!(", {}", safe::line(s))).unwrap_or_default();
        let screen = if info.practice.is_some() { cx.screen.in_drill() } else { cx.screen.clone() };
        screen.text(&format!(
            "{}  {}  {} on {} ({}){severity}: {state}",
            safe::line(&info.id),
            info.started.to_string().get(..16).unwrap_or_default(),
            safe::line(&info.runbook),
            safe::line(&info.automation),
            safe::line(&info.environment),
        ));
    }
    Ok(0)
}
