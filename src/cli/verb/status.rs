//! Bare `aigov` and `aigov status`: what is open, what waits for whom, and how to stop each automation.

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::record::Story;
use crate::journal::RunInfo;
use crate::model::automation::Automation;
use crate::report::{Page, brief, json as objects};
use crate::text::safe;

/// Prints the state of the workspace.
pub(super) fn call(cx: &Context) -> Result<u8, CliError> {
    // A record that can't be read hides what is open, and must not hide how to stop.
    let (runs, trouble) = match cx.journal().runs() {
        Ok(runs) => (runs, None),
        Err(e) => (Vec::new(), Some(CliError::from(e))),
    };
    let open: Vec<&RunInfo> = runs.iter().filter(|r| r.open() && !r.handed_on).collect();
    if cx.json {
        for info in &open {
            let story = Story::read(cx, &info.id)?;
            cx.screen.raw(&objects::summary(&story.summary()?, cx.now).to_string());
        }
        for automation in cx.loaded().workspace.automations.values() {
            cx.screen
                .raw(&json!({ "automation": automation.name, "stop": stop_command(cx, &automation.name) }).to_string());
        }
        return trouble.map_or(Ok(0), Err);
    }
    let mut page = Page::new(cx.screen.room());
    let count = match open.len() {
        _ if trouble.is_some() => "can't be told, because the record can't be read".to_owned(),
        0 => "none".to_owned(),
        n => n.to_string(),
    };
    page.heading(&format!("Open runs: {count}"));
    for info in &open {
        one(cx, &mut page, info);
    }
    page.heading("Automations, and how to stop each");
    let automations = &cx.loaded().workspace.automations;
    if automations.is_empty() {
        page.hang("  ", "  ", "none: automations/NAME.toml describes one");
    }
    for automation in automations.values() {
        stop(cx, &mut page, automation);
    }
    let wrong = cx.loaded().problems.len() + cx.loaded().unread.len();
    if wrong > 0 {
        let files = if wrong == 1 { "problem" } else { "problems" };
        page.heading(&format!("{wrong} {files} in the files of this workspace; `aigov plan RUNBOOK` shows them"));
    }
    if let Some(trouble) = trouble {
        cx.screen.page(&page);
        // A run can be started all the same: its record goes to an emergency file.
        return Err(trouble.next(cx.command("run")));
    }
    page.heading("Next:");
    let next = match open.first() {
        None => cx.command("run"),
        Some(info) => {
            let gate = info.gates.keys().next();
            let stop = info.runbook == crate::plan::STOP;
            let on = if stop { format!("run --continues {}", info.id) } else { format!("resume {}", info.id) };
            let words = gate.map_or(on, |g| format!("approve {} {g}", info.id));
            cx.command(&safe::line(&words))
        }
    };
    page.verbatim(2, &next);
    cx.screen.page(&page);
    Ok(0)
}

fn one(cx: &Context, page: &mut Page, info: &RunInfo) {
    let story = Story::read(cx, &info.id);
    let Some(summary) = story.as_ref().ok().and_then(|s| s.summary().ok()) else {
        page.hang(
            "  ",
            "    ",
            &format!("{}: its record can't be read whole; aigov verify {}", safe::line(&info.id), safe::line(&info.id)),
        );
        return;
    };
    let lines = brief::lines(&summary, cx.now);
    for (n, line) in lines.iter().enumerate().filter(|(n, _)| *n < 4) {
        let first = if n == 0 { "  " } else { "    " };
        page.hang(first, "      ", line);
    }
}

fn stop(cx: &Context, page: &mut Page, automation: &Automation) {
    let purpose = automation.purpose.as_ref().map_or_else(String::new, |p| format!(": {}", safe::line(&p.value)));
    page.hang("  ", "    ", &format!("{}{purpose}", safe::line(&automation.name)));
    page.verbatim(4, &stop_command(cx, &automation.name));
    let control = automation.stop.as_ref().and_then(|s| s.control.as_ref());
    let control = control.and_then(|c| automation.controls.get(&c.value));
    for (label, text) in
        [("console", control.and_then(|c| c.console.as_ref())), ("by hand", control.and_then(|c| c.by_hand.as_ref()))]
    {
        if let Some(text) = text {
            page.hang("    ", "      ", &format!("{label}: {}", safe::line(&text.value)));
        }
    }
}

fn stop_command(cx: &Context, automation: &str) -> String {
    cx.command(&format!("stop {}", safe::line(automation)))
}
